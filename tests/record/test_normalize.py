"""What counts as the same output: values of the moment, and that nothing else may differ."""

from __future__ import annotations

import pytest

from macros.record.bindings import Bindings
from macros.record.normalize import RULES
from macros.record.tokens import lines_of
from macros.record.typed import Typed

A, B, C = "a1" * 32, "b2" * 32, "c3" * 32
ARP = "172.18.0.3 dev br-{} lladdr {} {}\n10.213.2.1 dev ens33 lladdr {} STALE"
SS = "LISTEN 0 4096 0.0.0.0:80 0.0.0.0:* users:((\"docker-proxy\",pid={},fd=7))\nLISTEN 0 4096 127.0.0.11:{} 0.0.0.0:*"
PS = "USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n"
STATS = "NAME      CPU %     MEM USAGE / LIMIT     MEM %     NET I/O       PIDS\n"

# What two honest runs print, each value with its type.
HONEST = [
    ("id", A, B),
    ("uuid", " ID: 7758d602-aa87-42d3-ade0-5b6d2baf61ab", " ID: bc30e8c6-bc7d-4ac6-900f-1f26b2a333a1"),
    ("mac", "eth0      Link encap:Ethernet  HWaddr 16:6E:81:8F:E6:A3  ",
     "eth0      Link encap:Ethernet  HWaddr 8A:A3:11:CF:0C:A4"),
    ("mac", "bridge_id 8000.62:64:bc:1:28:cb x", "bridge_id 8000.c2:f3:dd:74:13:7a x"),
    ("link-local", "inet6 fe80::6064:bcff:fe01:28cb/64", "inet6 fe80::3cc9:afff:fef3:44fa/64"),
    ("ula", "fd12:3456:789a:1::2", "fdab:cdef:12:1::2"),
    ("token", "--token SWMTKN-1-49ztnvnctsof1u08ws6-2y8mgs1jbskkya x",
     "--token SWMTKN-1-1ixh746a6sou5964465-3ibykoxzgsp0fv x"),
    ("swarm-id", "node (oe39ka9hnee2fw05fgdtxli6l) is", "node (4ee8k4wn7ej55o7jaz9v865df) is"),
    ("short-id", "ID             NAME   MODE\nt7se89ixlv8z   svc    x",
     "ID             NAME   MODE\nvdhpcd3slvux   svc    x"),
    ("name", "IMAGE     NAMES\nhttpd     sleepy_tesla", "IMAGE     NAMES\nhttpd     bold_kare2"),
    ("veth", "veth0123456@if2  UP", "veth6543210@if61 UP"),
    ("namespace", "net -> net:[4026532635]", "net -> net:[4026532773]"),
    ("inode", "1746662 -rw-r--r-- 1 root root 5 x", " 745003 -rw-r--r-- 1 root root 5 x"),
    ("device", "Device: fe00h/65024d\tLinks: 1", "Device: 0,62\tLinks: 1"),
    ("layer", "upperdir=/x/overlayfs/snapshots/23/fs,", "upperdir=/x/overlayfs/snapshots/4/fs,"),
    ("layer", "lowerdir=/x/l/GUMTIG342BRCE3YPEYELZAE2XO:", "lowerdir=/x/l/NKFCML2ERDI7QHORCOQ7RWGADP:"),
    ("temporary", "/tmp/tmp.PFzBXI1r4D", "/tmp/tmp.EFjJIA0uA5"),
    ("time", "Created 2026-01-02T03:04:05.123Z", "Created 2026-11-26T16:07:28.206432689Z"),
    ("time", "-rw-r--r-- root/root  5 2025-01-01 00:00 dbdata/file",
     "-rw-r--r-- root/root  5 2026-11-26 16:07 dbdata/file"),
    ("time", "Date: Wed, 01 Jan 2025 00:00:00 GMT", "Date: Thu, 26 Nov 2026 16:08:03 GMT"),
    ("time", "Thu, 26 Nov 2026 16:08:09 +0000", "Fri, 27 Nov 2026 01:00:00 +0000"),
    ("time", "on Thu Nov 26 16:08:03 2026", "on Sun Jan  3 00:00:59 2027"),
    ("time", "Nov 26 16:07 file", "Jan  3 00:00 file"),
    ("time", "16:08:07.871142 ARP, Request", "16:10:14.894490 ARP, Request"),
    ("time", "1795709247 create x", "1795709417 create x"),
    ("time", '[26/Nov/2026:16:08:03 +0000] "GET', '[03/Jan/2027:00:00:59 +0000] "GET'),
    ("duration", "Up 2 seconds   x", "Up About a minute   x"),
    ("duration", "real\t0m0.089s", "real\t0m1.100s"),
    ("duration", " 1  172.18.0.2  0.006 ms  0.005 ms", " 1  172.18.0.2  0.010 ms  0.105 ms"),
    ("duration", "Unicast reply 0.008ms", "Unicast reply 10.008ms"),
    ("duration", "rtt min/avg = 0.067/0.068 ms", "rtt min/avg = 10.067/0.068 ms"),
    ("duration", "time_total: 0.001222", "time_total: 0.001910"),
    ("load", " 16:07:58 up 34 min,  0 users,  load average: 3.64, 3.35, 3.06",
     " 16:10:02 up  1:36,  0 users,  load average: 4.14, 0.68, 13.23"),
    ("number", "dr-xr-xr-x  183 root root 0 Nov 26 16:07 proc", "dr-xr-xr-x 1131 root root 0 Nov 26 16:09 proc"),
    ("number", "Flags [S], seq 2153423, win 64240", "Flags [S], seq 994153423, win 64240"),
    ("number", "IP 10.0.0.2.40000 > 10.0.0.3.53: 14577+ A? x. (30)", "IP 10.0.0.2.40000 > 10.0.0.3.53: 7+ A? x. (30)"),
    ("index", "2: eth0@if3: <UP>", "27: eth0@if28: <UP>"),
    ("port", "from ::1 port 33856 ", "from ::1 port 51582 "),
    ("port", "--dport 53 -j DNAT --to-destination 127.0.0.11:41879",
     "--dport 53 -j DNAT --to-destination 127.0.0.11:40133"),
    ("process", "tcp  0  0 :::8080  :::*  LISTEN  441/docker-proxy    ",
     "tcp  0  0 :::8080  :::*  LISTEN  1441/docker-proxy"),
    ("process", "root         436      40  0 16:07 ?        00:00:00 /usr/sbin/docker-proxy",
     "root        1439      48  9 Nov26 ?        00:01:00 /usr/sbin/docker-proxy"),
    ("process", "root          40  4.9  0.3 2450268 85936 ?       Sl   16:07   0:01 dockerd",
     "root        1048  4.1  0.3   50268  5372 ?       Sl   16:09   0:02 dockerd"),
    ("process", "PID   USER     TIME  COMMAND\n    1 root      0:00 sh\n   13 root      0:00 ps",
     "PID   USER     TIME  COMMAND\n    1 root      0:01 sh\n    7 root      0:00 ps"),
    ("process", "PID                 COMMAND\n409                 httpd",
     "PID                 COMMAND\n12415               httpd"),
    ("process", PS + "root         1  0.0  0.0   1052   720 ?        Ss   16:07   0:00 sh",
     PS + "root         1  0.5  0.1   2052  1720 ?        Rs   16:09   0:01 sh"),
    ("process", "root        2212  0.0  0.0   3980  2136 ?        S    18:54   0:00 sleep 60",
     "root        4596  0.0  0.0   3608  1808 ?        R    18:54   0:00 sleep 60"),
    ("size", STATS + "web       0.01%     324KiB / 64MiB        0.50%     940B / 126B   1",
     STATS + "web       0.00%     1.5MiB / 64MiB        2.34%     1.07kB / 0B   1"),
    ("disk",
     "Filesystem     1K-blocks     Used Available Use% Mounted on\noverlay        264212084 25612380  80778532  24% /",
     "Filesystem     1K-blocks     Used Available Use% Mounted on\noverlay        164212084  5606876 180784036   4% /"),
    ("speed", "  % Total    % Received % Xferd  Average Speed\n100    191 100    191   0      0 128.9k      0     0",
     "  % Total    % Received % Xferd  Average Speed\n100    191 100    191   0      0  57322      0     0"),
    ("line", "bash: line 12: brctl: command not found", "bash: line 1451: brctl: command not found"),
    ("neighbour", ARP.format("0" * 12, "2a:00:00:00:00:01", "REACHABLE", "2a:00:00:00:00:02"),
     ARP.format("1" * 12, "2e:00:00:00:00:01", "STALE", "2e:00:00:00:00:02")),
    ("mount", "528 480 0:165 / / rw master:63 - overlay", "170 77 0:65 / / rw master:9 - overlay"),
    ("lan", "inet 10.213.0.10/24", "inet 10.213.14.10/24"),
    ("pool", "172.18.0.2 of 172.18.0.0/16", "172.20.0.2 of 172.20.0.0/16"),
    ("pid", SS.format(599, 41879), SS.format(1606, 33333)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "expected", "actual"), HONEST)
def test_values_of_the_moment_may_differ(kind, expected, actual):
    assert Bindings().same(expected, actual, wildcards=False) == ""
    assert kind in {value.kind for line in lines_of(expected, Typed()) for value in line.values}


def test_each_type_of_the_table_is_tried():
    asked = {"sender": 1}  # of tcpdump, in the recordings of network/isolation.md
    assert {kind for kind, _, _ in HONEST} | set(asked) == set(RULES)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("172.17.0.2", "172.17.0.3"),
        ("172.18.0.2", "172.18.0.3"),
        ("name a", "name b"),
        (PS + "root  1  0.0  0.0  1052  720 ?  Ss  16:07  0:00 sh",
         PS + "root  1  0.0  0.0  1052  720 ?  Zs  16:07  0:00 sh"),
        ("root  22  0.0  0.0  3980  2136 ?  S  18:54  0:00 httpd",
         "root  22  0.0  0.0  3980  2136 ?  T  18:54  0:00 httpd"),
        (A, A[:12]),
        ('{"a": 1}', '{"a": "1"}'),
        ('{"a": 1}', '{"a": 1, "b": 2}'),
        ('{"a": 1.10}', '{"a": 1.1}'),
        ('{"a": 1, "a": 2}', '{"a": 2}'),
        ("Up 2 seconds", "Exited (1) 2 seconds ago"),
        ("brd ff:ff:ff:ff:ff:ff", "brd ff:ff:ff:ff:ff:fe"),
        ("PID   USER     TIME  COMMAND\n    1 root      0:00 sh",
         "PID   USER     TIME  COMMAND\n    7 root      0:00 sh"),
        ("PID   USER     TIME  COMMAND\n    7 root      0:00 sh",
         "PID   USER     TIME  COMMAND\n    7 nobody    0:00 sh"),
        ('"Pid": 0', '"Pid": 7'),
        (STATS + "web       0.01%     324KiB / 64MiB        0.50%     940B / 126B   1",
         STATS + "web       0.01%     324KiB / 65MiB        0.50%     940B / 126B   1"),
        ("80/tcp -> 0.0.0.0:8080", "81/tcp -> 0.0.0.0:8080"),
        (PS + "80/tcp -> 0.0.0.0:8080 and more words of another command",
         PS + "80/tcp -> 0.0.0.0:8081 and more words of another command"),
        ("tmpfs   1024   0   1024   0% /cache", "tmpfs   1024   1   1024   0% /cache"),
        ("a\tb", "a\tc"),
        ("<id>", A),
        ("\U000f0000", A),
    ],
)  # fmt: skip
def test_a_change_is_seen(expected, actual):
    assert Bindings().same(expected, actual) and Bindings().same(expected, actual, wildcards=False)


def test_an_id_comes_back_as_the_same_id():
    page = Bindings()
    assert not page.same(A, B)
    assert not page.same(A[:12], B[:12])
    assert page.same(A[:12], C[:12]) == f"short-id {C[:12]} stands where {A[:12]} was expected"
    assert page.same(C, B) == f"id {A} stands where {C} was expected"


def test_a_mac_address_is_one_in_either_case():
    page = Bindings()
    assert not page.same("ether 2e:ab:00:00:00:01", "ether 2e:cd:00:00:00:02")
    assert not page.same("HWaddr 2E:AB:00:00:00:01", "HWaddr 2E:CD:00:00:00:02")
    assert page.rewrite("2e:cd:00:00:00:02 2E:CD:00:00:00:02") == "2e:ab:00:00:00:01 2E:AB:00:00:00:01"
    assert page.same("HWaddr 2E:AB:00:00:00:01", "HWaddr 2E:CD:00:00:00:03")


def test_the_mac_address_docker_makes_of_an_ip_is_no_volatile_value_and_one_by_chance_is():
    for literal in ("02:42:ac:11:00:02", "02:42:c0:a8:30:02", "02:42:0A:42:00:14", "fe80::42:acff:fe11:2"):
        assert Bindings().same(literal, literal[:-1] + "9")
    for chance in ("02:42:ac:9b:00:02", "02:42:c0:11:22:33", "02:42:5f:11:00:02"):
        assert not Bindings().same(chance, "02:42:77:88:99:aa")


def test_a_line_that_the_cli_prints_by_chance_is_no_difference_and_any_other_line_is():
    line = 'time="2026-11-24T17:13:28Z" level=error msg="error waiting for container: context canceled"'
    assert not Bindings().same("one\ntwo", f"one\n{line}\ntwo") and not Bindings().same(f"one\n{line}", "one")
    assert Bindings().same("one\ntwo", f"one\n{line.replace('canceled', 'lost')}\ntwo")


@pytest.mark.parametrize(
    "grep",
    ["root        9038    7192  0 21:16 ?        00:00:00 grep docker-proxy",
     "root        4596  0.0  0.0   3608  1808 ?        R    18:54   0:00 grep --color=auto docker-proxy"],
)  # fmt: skip
def test_a_grep_that_ps_finds_by_chance_is_no_difference_and_any_other_process_is(grep):
    proxy = grep.replace("grep", "/usr/sbin/docker-proxy")
    assert not Bindings().same(proxy, f"{proxy}\n{grep}") and not Bindings().same(f"{grep}\n{proxy}", proxy)
    assert Bindings().same(proxy, f"{proxy}\n{proxy}")


def test_rows_that_come_in_any_order_may_and_others_may_not():
    ports = ["tcp 0 0 0.0.0.0:8080 0.0.0.0:* LISTEN", "tcp 0 0 127.0.0.11:41879 0.0.0.0:* LISTEN"]
    assert not Bindings().same("\n".join(ports), "\n".join(reversed(ports)), wildcards=False)
    assert Bindings().same("\n".join(ports), "\n".join([ports[0], ports[0]]), wildcards=False)
    head, rows = "DRIVER    VOLUME NAME\n", [f"local     {A}", f"local     {B}", "local     data"]
    page = Bindings()
    assert not page.same(f"{A} first", f"{C} first")
    assert not page.same(head + "\n".join(rows), head + "\n".join([rows[2], f"local     {B}", f"local     {C}"]), False)
    assert page.same(f"{B} second", f"{C} second")
    assert Bindings().same(f"{head}local     a\nlocal     b", f"{head}local     b\nlocal     a", wildcards=False)
    assert Bindings().same("first\nsecond", "second\nfirst", wildcards=False)


def test_columns_that_a_terminal_made_of_tabs_are_the_same():
    assert not Bindings().same("127.0.0.1       localhost\n1234567 x", "127.0.0.1\tlocalhost\n1234567\tx")
    assert not Bindings().same("table {\n        chain a {", "table {\n\tchain a {")
    assert Bindings().same("    chain a {", "\tchain a {")
    assert Bindings().same("a b", "ab")


@pytest.mark.parametrize(
    ("command", "expected", "actual"),
    [
        ("docker inspect -f '{{.State.Pid}}' web", "745", "1754"),
        ("pidof dockerd", "40", "1048"),
        ("pgrep -a docker-proxy", "436 /usr/sbin/docker-proxy -proto tcp", "39 /usr/sbin/docker-proxy -proto tcp"),
        ("echo $$", "285", "1288"),
        ("ls -i /", "1558179 bin", "1559298 bin"),
        ("curl -w '%{local_port}\\n' x", "33882", "51596"),
        ("date +%H:%M", "16:08", "16:10"),
        ("docker ps --format '{{.Names}}'", "sleepy_tesla", "bold_kare"),
        ("docker inspect -f '{{.Name}}' x", "/sleepy_tesla", "/bold_kare"),
    ],
)
def test_bare_numbers_are_of_the_moment_where_their_command_says_so(command, expected, actual):
    assert not Bindings().same(expected, actual, source=command)
    assert Bindings().same(expected, actual, source="cat file")


def test_a_count_of_processes_is_no_process():
    assert Bindings().same("12", "13", source="pgrep -c docker-proxy")
    assert Bindings().same("000", "010", source="kill $(pgrep -f x)\ncurl -w '%{http_code}' x")


def test_outputs_are_compared_as_a_terminal_shows_them():
    assert not Bindings().same("HTTP/1.1 200 OK\n\nred 100%",
                               "HTTP/1.1 200 OK\r\n\r\n\x1b[1;31mred\x1b[0m  10%\r\x1b[31mred\x1b[m 100%")
    assert Bindings().same("red", "\x1b[1;31mread\x1b[0m")
