"""Values that a page names itself: they count, however much they look like values of the moment."""

from __future__ import annotations

import pytest

from macros.page.reader import parse
from macros.record.bindings import Bindings
from macros.record.recording import Recording, Recordings
from macros.record.result import Result
from macros.record.typed import Typed, sources_of, typed_in

A, B = "a1" * 32, "b2" * 32


@pytest.mark.parametrize(
    ("command", "right", "wrong"),
    [
        ("docker network create --subnet 192.168.10.0/24 n", "192.168.10.0/24", "192.168.99.0/24"),
        ("docker network create --subnet 192.168.10.0/24 n", "gateway 192.168.10.1", "gateway 192.168.11.1"),
        ("docker network create --subnet 192.168.10.0/23 n", "192.168.11.7", "192.168.12.7"),
        ("docker network create --subnet 172.20.0.0/14 n", "172.20.0.2 of 172.22.0.9", "172.20.0.2 of 172.24.0.9"),
        ("docker run --ip 172.31.5.9 x", "172.31.5.9", "172.30.5.9"),
        ("docker network create --subnet FD00:DEAD:0BEE::/48 n", "fd00:dead:bee:1::2", "fd00:dead:bef:1::2"),
        ("docker run -p 40000:80 x", "0.0.0.0:40000", "0.0.0.0:50000"),
        ("docker run -p 127.0.0.1:50000-50010:80 x", "127.0.0.1:50003", "127.0.0.1:50011"),
        ("docker run --mac-address 92:D0:C6:0A:29:33 x", "ether 92:d0:c6:0a:29:33", "ether 92:d0:c6:0a:29:34"),
        ("docker run --mac-address 92:d0:c6:0a:29:33 x", "HWaddr 92:D0:C6:0A:29:33", "HWaddr 92:D0:C6:0A:29:34"),
        ("touch -d '2020-02-03 04:05' f", "2020-02-03 04:05 f", "2020-02-03 04:06 f"),
        ("touch -t 202002030405 f", "2020-02-03 04:05:00.000000000 +0000", "2020-02-03 05:05:00.000000000 +0000"),
        ("touch -d 2020-02-03 f", "Last-Modified: Mon, 03 Feb 2020 00:00:00 GMT",
         "Last-Modified: Mon, 03 Feb 2020 00:00:01 GMT"),
        ("touch -d 2026-10-03T11:22 f", "-rw-r--r-- 1 root root 0 Oct  3 11:22 f",
         "-rw-r--r-- 1 root root 0 Oct  3 11:23 f"),
        ("tc qdisc add dev eth0 root netem delay 100ms", "netem delay 100ms", "netem delay 101ms"),
        ("docker run --name happy_path x", "IMAGE   NAMES\nx   happy_path", "IMAGE   NAMES\nx   happy_puth"),
        ("docker inspect deadbeef0123", "deadbeef0123", "deadbeef0124"),
        ("echo hello | sha256sum", f"{A}  -", f"{B}  -"),
        ("sha256sum *.tar", f"{A[::-1]}  a.tar\n{A} *b.tar", f"{A[::-1]}  a.tar\n{B} *b.tar"),
        ("openssl dgst -sha256 f", f"SHA2-256(f)= {A}", f"SHA2-256(f)= {B}"),
        ("sha256sum --tag f", f"SHA256 (f) = {A}", f"SHA256 (f) = {B}"),
        ("docker exec web sha256sum /f | cut -d' ' -f1", A, B),
        ("echo hello | sha256sum | cut -c1-12", A[:12], B[:12]),
        ("date -d @86400 +%F", "1970-01-02", "1970-01-03"),
        ("date --date='@0'", "Thu Jan  1 00:00:00 UTC 1970", "Thu Jan  1 00:00:01 UTC 1970"),
    ],
)  # fmt: skip
def test_value_that_a_command_names_counts(command, right, wrong):
    page = Bindings(Typed([command]))
    for expected, actual in ((right, wrong), (wrong, right)):
        assert page.same(expected, actual, source=command)
    assert not page.same(right, right, source=command) and page.rewrite(right) == right
    assert not Bindings().same(right, wrong, source="true"), "without the command it is one of the moment"


@pytest.mark.parametrize(
    ("command", "expected", "actual"),
    [
        ("docker network create --subnet 192.168.10.0/24 n", "192.168.1.2", "192.168.2.2"),
        ("iptables -s 172.16.0.0/12 -j DROP", "172.18.0.2", "172.19.0.2"),
        ("docker run -p 40000:80 x", "0.0.0.0:32768", "0.0.0.0:32770"),
        ("sleep 2; ping -c 5 x", "Up 2 seconds", "Up 5 seconds"),
        ("docker run -d x; sha256sum f", A, B),
        ("docker ps --no-trunc", f"{A}   x", f"{B}   x"),
        ("docker run -d x", f"{A}  x", f"{B}  x"),
        ("docker network create -o mtu=1500 n", "1500: n@if1: <UP>", "7: n@if1: <UP>"),
    ],
)
def test_what_a_command_does_not_name_does_not(command, expected, actual):
    assert not Bindings(Typed([command])).same(expected, actual, source=command)


def test_the_labs_own_network_is_the_labs_but_where_a_command_names_its_address():
    page = Bindings(Typed(["echo 10.213.0.10"]))
    assert not page.same("10.213.0.10/24", "10.213.5.10/24", source="ip addr")
    assert not page.same("10.213.0.10", "10.213.0.10", source="echo 10.213.0.10")
    assert page.same("10.213.0.10", "10.213.5.10", source="echo 10.213.0.10")


def test_hash_of_what_a_container_wrote_counts_where_the_page_shows_it():
    command = "docker run --rm -v data:/v busybox:1.37 sha256sum /v/f"
    page = Bindings(Typed([command]))
    assert page.same(f"{A}  /v/f", f"{B}  /v/f", source=command)
    assert not page.same(f"{A}  /v/f", f"{B}  /v/f", wildcards=False, source=command)
    command = "docker run --rm busybox:1.37 sh -c 'echo hello | sha256sum'"
    assert page.same(f"{A}  -", f"{B}  -", wildcards=False, source=command)


def test_what_a_console_fence_shows_is_not_typed():
    console, file = "$ docker run -p 40000:80 x\n0.0.0.0:50000", "subnet: 192.168.5.0/24"
    page = parse(f"```console\n{console}\n```\n```yaml title='a'\n{file}\n```\n", "x.md")
    typed = typed_in(page.steps)
    assert typed.names("port", "40000") and not typed.names("port", "50000") and typed.names("pool", "192.168.5")
    assert sources_of(page.steps[0].key) == ["docker run -p 40000:80 x\n"]


def test_recordings_of_a_page_know_what_it_names():
    def run(port):
        return Recording({"version": "1", "date": "d", "images": {}}, [
            Result("docker run -p 40000:80 web"), Result("docker port web", output=f"0.0.0.0:{port}"),
            Result("docker port other", output=f"0.0.0.0:{port + 1}")])  # fmt: skip

    known = Recordings("x", {"1": run(40000)})
    assert known.put("1", run(40000)) == ([], [])
    # The second is a port that the engine chose.
    assert known.put("1", run(50000)) == (["docker port web"], [])
    assert [result.output for result in known.newest.results[1:]] == ["0.0.0.0:50000", "0.0.0.0:40001"]
