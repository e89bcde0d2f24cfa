"""What a page cannot reach and cannot tell: the machine under its lab, its name, addresses, paths and environment."""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import tarfile

import pytest
import trustme
from docker.errors import APIError

from macros.lab import machine
from macros.lab.host import API_PORT
from macros.lab.rights import DROPPED, created
from macros.page.reader import parse
from macros.record.failed import StepFailed
from macros.record.session import Session
from macros.site import library

DOCS = library.ROOT / "docs"
PUBLISHED = sorted(path for folder in ("ko", "en", "_recordings") for path in (DOCS / folder).rglob("*.*"))
FACTS = {"host-of-mine": "host name", "/home/mine/project": "path of the project", "203.0.113.99": "address"}


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: str(path.relative_to(DOCS)))
def test_nothing_of_this_machine_is_published(path):
    assert machine.given_away(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "page", "told"),
    [
        ("on host-of-mine:", "", ["host name"]),
        ("host-of-mine2 my.host-of-mine", "", []),
        ("cd /home/mine/project/docs; from 203.0.113.99/24", "", ["address", "path of the project"]),
        ("1203.0.113.99 203.0.113.990", "", []),
        ("on host-of-mine", "call it host-of-mine", []),
    ],
)
def test_what_gives_the_machine_away(monkeypatch, text, page, told):
    monkeypatch.setattr(machine, "facts", lambda: FACTS)
    assert machine.given_away(text, page) == told


def test_step_that_gives_the_machine_away_fails_and_does_not_say_it(lab, monkeypatch):
    monkeypatch.setattr(machine, "facts", lambda: FACTS)
    page = parse("```bash\necho host-of-$(echo mine)\n```\n", "page.md")
    lab.reset()
    session = Session(page, lab)
    with pytest.raises(StepFailed) as failure:
        session.run(page.steps[0])
    session.close()
    assert str(failure.value).startswith("page.md:1: printed what is of the machine that runs the lab: host name")
    assert "host-of-mine" not in str(failure.value)


SEEN = """
hostname; id; env; pwd; cat /etc/hosts /etc/hostname /etc/resolv.conf /etc/passwd /proc/1/environ | tr '\\0' '\\n'
ip addr; ip route; ip neigh; docker info; docker version; docker network inspect bridge; ps -eo args
docker run --rm busybox:1.37 sh -c 'hostname; env; cat /etc/hosts /etc/resolv.conf; ip addr; mount'
"""


def test_whatever_a_page_looks_at_there_is_nothing_of_the_machine(lab):
    lab.reset()
    shell = lab.shell()
    seen = shell.run(SEEN, 60).output
    shell.close()
    assert "docker-host" in seen and "172.17.0.1" in seen
    assert machine.given_away(seen) == []


def test_lab_has_no_folder_socket_or_namespace_of_the_machine(lab):
    lab.container.reload()
    host, mounts = lab.container.attrs["HostConfig"], lab.container.attrs["Mounts"]
    assert [(mount["Type"], mount["Destination"]) for mount in mounts] == [("volume", "/var/lib/docker")]
    assert not host["Privileged"] and not host["Binds"] and not host["Devices"]
    assert "host" not in (host["PidMode"], host["IpcMode"], host["UTSMode"], host["UsernsMode"], host["NetworkMode"])
    assert list(lab.container.attrs["NetworkSettings"]["Networks"]) == [lab.network.name]


def test_lab_has_no_rights_that_it_does_not_need(lab):
    effective = int(lab.read("sed", "-n", "s/^CapBnd:\\t//p", "/proc/1/status"), 16)
    numbers = {"SYS_MODULE": 16, "SYS_RAWIO": 17, "SYS_PACCT": 20, "SYS_BOOT": 22, "SYS_RESOURCE": 24, "SYS_TIME": 25,
               "SYSLOG": 34, "MAC_ADMIN": 33}  # fmt: skip
    assert set(numbers) <= set(DROPPED) and not [name for name, bit in numbers.items() if effective >> bit & 1]
    # What it is for, then: it cannot set the clock, read the kernel's memory, or open a disk.
    for command in ("date -s 2001-01-01", "head -c 1 /proc/kcore", "mknod /tmp/disk b 8 0 && head -c 1 /tmp/disk"):
        assert lab.run("bash", "-c", command)[0] != 0, command


def test_an_engine_that_lacks_rights_itself_can_have_labs(lab):
    """As one in a container: a lab's own engine has none of the rights that a lab does not need."""
    api, command = lab.client.api, ["sed", "-n", "s/^CapBnd:\\t//p", "/proc/1/status"]
    made = created(api, API_PORT, lambda config: api.create_container("busybox:1.37", command, host_config=config))
    try:
        api.start(made["Id"])
        assert api.wait(made["Id"])["StatusCode"] == 0
        assert api.logs(made["Id"]).decode() == lab.read(*command)
    finally:
        api.remove_container(made["Id"], force=True)
    with pytest.raises(APIError, match="No such image"):
        created(api, API_PORT, lambda config: api.create_container("nowhere:1", "true", host_config=config))


def test_limits_of_a_lab(lab):
    shell = lab.shell()
    try:
        assert shell.run("ulimit -f; ulimit -f unlimited", 5).output.startswith("4194304\n")
        code = "for f in /sys/fs/cgroup/pids /sys/fs/cgroup; do cat $f/session-*/pids.max 2>/dev/null && break; done"
        assert shell.run(code, 5).output == "1000\n"
    finally:
        shell.close()
    assert lab.container.attrs["HostConfig"]["PidsLimit"] == 8000


def api(lab):
    host, port = lab.environment["DOCKER_HOST"].removeprefix("tcp://").split(":")
    return host, int(port)


def test_api_is_on_the_machines_loopback_alone(lab):
    published = lab.container.attrs["HostConfig"]["PortBindings"]
    assert {binding["HostIp"] for bindings in published.values() for binding in bindings} == {"127.0.0.1"}
    assert list(published) == ["2376/tcp"] and api(lab)[0] == "127.0.0.1"


def test_api_speaks_to_nobody_without_tls(lab):
    with socket.create_connection(api(lab), timeout=5) as plain:
        plain.sendall(b"GET /containers/json HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = plain.recv(4096)
    assert answer == b"" or b"400 Bad Request" in answer, answer


def test_api_refuses_a_certificate_of_another_authority(lab, tmp_path):
    """Also one whose names are the same."""
    other = trustme.CA()
    client = other.issue_cert("client@lab.invalid")
    context = ssl._create_unverified_context()
    with client.private_key_and_cert_chain_pem.tempfile() as pem:
        context.load_cert_chain(pem)
    answer = b""
    with contextlib.suppress(OSError), socket.create_connection(api(lab), timeout=5) as plain:
        secure = context.wrap_socket(plain, server_hostname="127.0.0.1")
        secure.sendall(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = secure.recv(4096)
    assert answer == b"", "the engine answered"


def test_two_labs_have_other_certificates(lab):
    """The authority is made for one lab, and its key is thrown away."""
    archive = lab.container.get_archive("/etc/docker")[0]
    with tarfile.open(fileobj=io.BytesIO(b"".join(archive))) as tar:
        names = sorted(member.name for member in tar if member.isfile())
    assert names == ["docker/ca.pem", "docker/cert.pem", "docker/key.pem"]


def test_files_of_a_page_stay_in_its_folder(lab):
    lab.reset()
    for title in ("/etc/evil", "../evil", "a/../../evil"):
        page = parse(f'```text title="{title}"\nx\n```\n', "page.md")
        session = Session(page, lab)
        with pytest.raises(StepFailed, match="a file lies in the session's own folder"):
            session.run(page.steps[0])
        session.close()
