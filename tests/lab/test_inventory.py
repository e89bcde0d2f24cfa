"""What an engine has, as its API tells it."""

from __future__ import annotations

from types import SimpleNamespace

from macros.lab.inventory import listed

TOLD = {
    "containers": [{"Names": ["/web"], "Id": "c2", "State": "running"}, {"Names": None, "Id": "c1", "State": "dead"}],
    "networks": [{"Name": "host", "Id": "n1"}, {"Name": "none", "Id": "n2"}, {"Name": "bridge", "Id": "n3"}],
    "volumes": [{"Name": "v2"}, {"Name": "v1"}],
    "images": [{"RepoTags": ["b:1", "a:1"], "Id": "i1"}, {"RepoTags": None, "Id": "i2"}],
}
LISTED = [
    "container  c1 dead", "container web c2 running", "image <none>:<none> i2", "image a:1 i1", "image b:1 i1",
    "network bridge n3", "network host n1", "network none n2", "volume v1", "volume v2", "swarm inactive",
]  # fmt: skip


def engine(told: dict) -> SimpleNamespace:
    api = SimpleNamespace(containers=lambda all: told["containers"], networks=lambda: told["networks"],
                          images=lambda: told["images"], volumes=lambda: {"Volumes": told["volumes"]})  # fmt: skip
    return SimpleNamespace(api=api, info=lambda: {"Swarm": {"LocalNodeState": "inactive"}})


def test_the_same_things_in_another_order_are_the_same():
    assert listed(engine(TOLD)) == LISTED
    assert listed(engine({kind: found[::-1] for kind, found in TOLD.items()})) == LISTED
    assert listed(engine(TOLD | {"volumes": None})) == [line for line in LISTED if "volume" not in line]
