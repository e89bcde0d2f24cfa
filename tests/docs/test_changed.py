"""What pages tell of changes is in the recordings of every engine."""

from __future__ import annotations

import pytest

from macros.lab.images import ENGINES
from macros.record import recording as recordings
from macros.site import library

# What a published container brings: group, and what one of its lines has.
PUBLISHED = {
    "container": "lab-hello1 httpd:2.4 running",
    "link": "type veth master docker0",
    "address": "172.17.0.2/16 in lab-hello1 on bridge",
    "rule": "--dport 80 -j DNAT --to-destination 172.17.0.2:80",
    "listener": "tcp 127.0.0.1:80 docker-proxy",
    "process": "containerd-shim-runc-v2 -namespace moby",
}


@pytest.mark.parametrize("engine", ENGINES)
def test_on_the_bridge_page_a_published_container_is_seen_to_come_and_to_go(engine):
    results = recordings.load(library.ROOT, "network/bridge").engines[engine].results
    (run,) = (one.changes for one in results if one.key.startswith("docker run -d -p 127.0.0.1:80:80"))
    (removed,) = (one.changes for one in results if one.key.startswith("docker rm -f lab-hello1"))
    for group, part in PUBLISHED.items():
        assert any(line.startswith(f"+ {group} ") and part in line for line in run), (group, run)
        assert any(line.startswith(f"- {group} ") for line in removed), (group, removed)
