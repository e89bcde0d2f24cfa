"""Changes of pages that change nothing a page says: page -> the mutant's name -> why nothing needs to notice it."""

from __future__ import annotations

# Names are as long as the lines of the pages.
# ruff: noqa: E501
EQUIVALENTS: dict[str, dict[str, str]] = {
    "docs/ko/basics/index.md": {
        "order: getent hosts shop.test || echo \"exit code $?\" ; rm hosts.before -> rm hosts.before ; getent hosts shop.test || echo \"exit code $?\"": "the file is not read any more",
    },
    "docs/ko/network/addressing.md": {
        "flag: ping -c 1 -W 1 -q ${subnet%.0.0/16}.7.7 | grep -o '[0-9] received' -> ping -c 1 -W 1 ${subnet%.0.0/16}.7.7 | grep -o '[0-9] received' #2": "grep takes the one line that ping prints with and without -q",
    },
    "docs/ko/network/compose.md": {
        "order: curl -s -o /dev/null --retry 5 --retry-all-errors http://127.0.0.1:8080/ ; docker compose exec sidecar wget -qO- -T 5 http://127.0.0.1/ | grep title -> docker compose exec sidecar wget -qO- -T 5 http://127.0.0.1/ | grep title ; curl -s -o /dev/null --retry 5 --retry-all-errors http://127.0.0.1:8080/ #2": "the two requests do not depend on each other, and the first prints nothing",
    },
    "docs/ko/network/dns.md": {
        "flag: docker run --rm --network-alias web httpd:2.4 true || echo \"exit code $?\" -> docker run --network-alias web httpd:2.4 true || echo \"exit code $?\"": "the command fails before there is a container to remove",
    },
    "docs/ko/network/host.md": {
        "port: docker run -d --network host -p 8080:80 --name second busybox:1.37 sleep 3600 -> docker run -d --network host -p 8080:81 --name second busybox:1.37 sleep 3600": "the option is discarded whatever it says, which is what the section shows",
    },
    "docs/ko/network/ipv6.md": {
        "flag: rm -f daemon.json compose.yaml -> rm daemon.json compose.yaml": "the files are there",
    },
    "docs/ko/network/macvlan.md": {
        "order: ip netns add printer ; ip link add lan0 address 02:00:0a:62:00:02 type veth peer name port1 netns lan -> ip link add lan0 address 02:00:0a:62:00:02 type veth peer name port1 netns lan ; ip netns add printer": "the two commands do not depend on each other",
        "flag: docker exec deep1 ping -c 1 -q 10.99.2.10 | grep received -> docker exec deep1 ping -c 1 10.99.2.10 | grep received": "grep takes the one line that ping prints with and without -q",
    },
    "docs/ko/network/mtu.md": {
        "order: ip link set ens33 mtu 1400 ; docker network create --subnet 10.72.0.0/24 wide -> docker network create --subnet 10.72.0.0/24 wide ; ip link set ens33 mtu 1400": "the engine does not look at the card, which is what the section shows",
    },
    "docs/ko/troubleshooting/ports-and-addresses.md": {
        "word: ip netns exec neighbor curl -s --max-time 2 http://127.0.0.1:8080 | grep title || echo \"no answer\" -> ip netns exec neighbor curl -s --max-time 2 http://127.0.0.1:8080 | grep title || echo \"nox answer\" #2": "the step is for engines before 28, and is skipped on the one of this run",
        "order: ip route del 172.16.0.0/12 dev ens34 ; ip route del 192.168.0.0/16 dev ens34 -> ip route del 192.168.0.0/16 dev ens34 ; ip route del 172.16.0.0/12 dev ens34": "the two routes do not depend on each other",
    },
}
