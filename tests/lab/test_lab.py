"""The lab's boundary: what it leaves on the machine's engine, and who may talk to it."""

from __future__ import annotations

import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from macros.draw import topology
from macros.lab import owner as labs
from macros.lab.host import Lab
from macros.lab.inventory import leftovers, snapshot
from macros.site import library
from tests.tools.pages import delay

# What is started in the background, as by nohup, ignores SIGINT, and so does what it starts in turn.
STARTS = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from macros.lab.host import Lab\n"
    "lab = Lab.start(report=lambda line: None); print('up', flush=True); input()"
)


def lab_names(client, pid):
    """Names of the containers and networks of the labs of one process; other workers have theirs."""
    containers = client.containers.list(all=True, filters={"label": f"{labs.LABEL}=host"})
    networks = client.networks.list(filters={"label": f"{labs.LABEL}=network"})
    owned = [(c.name, c.labels) for c in containers] + [(n.name, n.attrs["Labels"]) for n in networks]
    return [name for name, label in owned if f"/{pid}/" in label[labs.OWNER]]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_lab_of_an_ended_process_is_removed(lab, how):
    process = subprocess.Popen([sys.executable, "-c", STARTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, cwd=library.ROOT, text=True)  # fmt: skip
    assert process.stdout.readline() == "up\n"
    mine = lab_names(lab.outer, process.pid)
    process.send_signal(how)
    process.wait(30)
    if how is signal.SIGKILL:
        labs.sweep(lab.outer)
    assert len(mine) == 2 and not lab_names(lab.outer, process.pid)


def test_engine_refuses_who_has_no_certificate(lab):
    address = lab.environment["DOCKER_HOST"].replace("tcp", "https")
    context = ssl._create_unverified_context()
    with pytest.raises((urllib.error.URLError, OSError)):
        urllib.request.urlopen(f"{address}/_ping", timeout=5, context=context).read()
    assert lab.client.ping()


def test_reset_leaves_an_empty_host(lab):
    lab.run("docker", "run", "-d", "--name", "one", "-v", "kept:/v", "busybox:1.37", "sleep", "99")
    lab.run("bash", "-c", "docker network create net; touch ~/f")
    assert leftovers(lab) == ["container one", "network net", "volume kept"]
    lab.reset()
    assert leftovers(lab) == [] and lab.run("ls", "/root")[1] == ""


def test_a_snapshot_has_who_is_stopped_and_who_shares_a_network(lab):
    lab.run("bash", "-c", "docker network create --subnet 10.61.0.0/24 net; "
            "docker run -d --network net --name one busybox:1.37 sleep 99; docker run --network net --name two "
            "busybox:1.37 true; docker run -d --network container:one --name three busybox:1.37 sleep 99; "
            "docker run -d --name elsewhere busybox:1.37 sleep 99")  # fmt: skip
    found = topology.from_snapshot(snapshot(lab, "net"))
    lab.reset()
    assert [(c.name, c.state, c.mode) for c in found.containers] == [
        ("one", "running", ""), ("three", "running", "container:one"), ("two", "exited", "")]  # fmt: skip
    assert [end.address for c in found.containers for end in c.endpoints] == ["10.61.0.2/24", None]


def test_a_lab_with_a_delay_starts_programs_late_and_shows_nothing_of_it(lab):
    late = Lab.start(lab.engine, report=lambda line: None, delay=1.5)
    try:
        late.run("docker", "run", "-d", "-p", "8080:80", "--name", "web", "httpd:2.4")
        at_once, _ = late.run("curl", "-s", "-o", "/dev/null", "http://127.0.0.1:8080")
        waited, _ = late.run("curl", "-s", "--retry", "5", "--retry-all-errors", "-o", "/dev/null", "http://127.0.0.1:8080")
        shown = late.run("docker", "inspect", "--format", "{{.Path}} {{.Args}} {{.Config.Entrypoint}}", "web")
        first = late.run("docker", "exec", "web", "cat", "/proc/1/comm")
    finally:
        late.close()
    assert at_once in (52, 56) and waited == 0  # an empty answer, a reset connection
    assert shown == (0, "httpd-foreground [] []\n") and first == (0, "httpd\n")


@pytest.mark.parametrize("given", ["x", "-1", "nan", "60"])
def test_a_delay_is_seconds(monkeypatch, given):
    monkeypatch.setenv("DELAY", given)
    with pytest.raises(ValueError, match=f"DELAY={given}: give seconds from 0 to 10"):
        delay()
    monkeypatch.delenv("DELAY")
    assert delay() == 0


def test_a_lab_says_of_what_parts_its_engine_is(lab):
    assert set(lab.parts) - {"Compose"} == {"engine", "CLI", "containerd", "runc"}
    assert lab.parts["engine"].startswith(f"{lab.version}, ") and lab.version.startswith(f"{lab.engine}.")
    template = "{{.Client.Version}}{{range .Server.Components}} {{.Version}}{{end}}"
    _, said = lab.run("docker", "version", "--format", template)
    for part in ("CLI", "containerd", "runc"):
        version, _, source = lab.parts[part].partition(", ")
        assert version in said and source, (part, said)
