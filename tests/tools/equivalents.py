"""Changes of pages that change nothing a page says: page -> the mutant's name -> why nothing needs to notice it."""

from __future__ import annotations

# Names are as long as the lines of the pages.
# ruff: noqa: E501
EQUIVALENTS: dict[str, dict[str, str]] = {
    "docs/ko/network/pools.md": {
        "flag: ip netns exec lab-host ping -c 1 -W 1 -q ${subnet%.0.0/16}.7.7 | grep -o '[0-9] received' -> ip netns exec lab-host ping -c 1 -W 1 ${subnet%.0.0/16}.7.7 | grep -o '[0-9] received' #2": "grep takes the one line that ping prints with and without -q",
    },
    "docs/ko/network/compose.md": {
        "order: curl -s -o /dev/null --retry 5 --retry-all-errors http://127.0.0.1:8080/ ; docker compose exec sidecar wget -qO- -T 5 http://127.0.0.1/ | grep title -> docker compose exec sidecar wget -qO- -T 5 http://127.0.0.1/ | grep title ; curl -s -o /dev/null --retry 5 --retry-all-errors http://127.0.0.1:8080/": "the two requests do not depend on each other, and the first prints nothing",
    },
    "docs/ko/network/dns.md": {
        "flag: docker run --rm --network-alias web httpd:2.4 true || echo \"exit code $?\" -> docker run --network-alias web httpd:2.4 true || echo \"exit code $?\"": "the command fails before there is a container to remove",
    },
    "docs/ko/network/host.md": {
        "port: docker run -d --network host -p 8080:80 --name lab-second busybox:1.37 sleep 3600 -> docker run -d --network host -p 8080:81 --name lab-second busybox:1.37 sleep 3600": "the option is discarded whatever it says, which is what the section shows",
    },
    "docs/ko/network/ipv6.md": {
        "port: curl -s -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:8081 || echo \"exit code $?\" -> curl -s -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:8082 || echo \"exit code $?\"": "nothing listens on an IPv4 port, whichever is asked, which is what the section shows",
    },
    "docs/ko/network/macvlan.md": {
        "flag: ping -c 1 -W 1 -q 10.98.0.70 | grep received -> ping -c 1 -W 1 10.98.0.70 | grep received #2": "grep takes the one line that ping prints with and without -q",
        "order: ip netns add lab-printer ; ip link add lab-lan0 address 02:00:0a:62:00:02 type veth peer name port1 netns lab-lan -> ip link add lab-lan0 address 02:00:0a:62:00:02 type veth peer name port1 netns lab-lan ; ip netns add lab-printer": "the two commands do not depend on each other",
    },
    "docs/ko/network/packet.md": {
        "dropped: [ \"$ra\" != 1 ] || sysctl -q -w net/ipv6/conf/${nic:-lo}/accept_ra=2 -> (nothing)": "no router announces itself to this machine; the line keeps the default route of a host that has one from such a router",
        "order: nft add rule ip lab-trace begin iifname lab-to-outside tcp dport 8080 meta nftrace set 1 ; stdbuf -oL nft monitor trace >trace.log & -> stdbuf -oL nft monitor trace >trace.log & ; nft add rule ip lab-trace begin iifname lab-to-outside tcp dport 8080 meta nftrace set 1": "nothing is sent before both are done",
    },
    "docs/ko/troubleshooting/names-and-reach.md": {
        "address: iptables -t nat -S POSTROUTING | grep -c '10.62.0.0/24.*MASQUERADE' || true -> iptables -t nat -S POSTROUTING | grep -c '10.62.1.0/24.*MASQUERADE' || true": "the rule of this network is gone, so the count is 0 for any address; the next ping, which is recorded, shows that it was this rule",
    },
    "docs/ko/troubleshooting/ports-and-addresses.md": {
        "order: ip -n lab-office route del 172.16.0.0/12 dev lab-vpn0 ; ip -n lab-office route del 192.168.0.0/16 dev lab-vpn0 -> ip -n lab-office route del 192.168.0.0/16 dev lab-vpn0 ; ip -n lab-office route del 172.16.0.0/12 dev lab-vpn0": "the two routes do not depend on each other",
    },
    "docs/ko/troubleshooting/versions.md": {
        "word: docker inspect --format '{{range .NetworkSettings.Networks}}{{.GwPriority}} {{end}}' lab-web || echo \"exit code $?\" -> docker inspect --format '{{range .NetworkSettings.Networks}}{{.GwPriority}} {{end}}' lab-web || echo \"exitx code $?\"": "only engines before 28 have no such field and get to the echo",
    },
    "docs/ko/volume/backup.md": {
        "path: docker create --name lab-idle -v lab-pages:/site lab-site:2 -> docker create --name lab-idle -v lab-pages:/site2 lab-site:2": "the section counts the containers of a volume, wherever they put it",
    },
    "docs/ko/volume/bind-mounts.md": {
        "word: docker exec lab-known sh -c 'echo \"x\" >> /etc/passwd' || echo \"exit code $?\" -> docker exec lab-known sh -c 'echo \"xx\" >> /etc/passwd' || echo \"exit code $?\"": "the write is refused, whatever is written",
    },
    "docs/ko/volume/commands.md": {
        "path: docker run --name lab-job -v \"$nameless:/data\" busybox:1.37 sh -c 'echo \"result\" > /data/result.txt' -> docker run --name lab-job -v \"$nameless:/data\" busybox:1.37 sh -c 'echo \"result\" > /data/result.txt2'": "the volume is removed with what is in it, whatever its name",
        "word: echo n | docker volume prune --filter label=lab=commands | head -n 1 -> echo nx | docker volume prune --filter label=lab=commands | head -n 1": "any answer but y is a no",
    },
    "docs/ko/volume/plugins.md": {
        "flag: -v \"$PWD/shelf.sh:/shelf.sh:ro\" busybox:1.37 nc -ll -p 9000 -e sh /shelf.sh -> -v \"$PWD/shelf.sh:/shelf.sh\" busybox:1.37 nc -ll -p 9000 -e sh /shelf.sh": "nothing writes to the script; a read-only mount is a habit that the page keeps",
    },
    "docs/ko/volume/mount-options.md": {
        "path: sh -c 'ls /outer/inner; touch /outer/inner/file 2>/dev/null && echo \"written\"' || true -> sh -c 'ls /outer/inner; touch /outer/inner/file2 2>/dev/null && echo \"written\"' || true": "a new file is allowed and refused where the one that is there is",
    },
    "docs/ko/volume/moving.md": {
        "flag: total=$(docker run --rm -v lab-ledger:/v:ro -w /v busybox:1.37 sh -c \"$list\" | sha256sum) -> total=$(docker run --rm -v lab-ledger:/v -w /v busybox:1.37 sh -c \"$list\" | sha256sum)": "the command only reads; a read-only mount is a habit that the page keeps",
    },
    "docs/ko/volume/sharing.md": {
        "flag: docker run --rm --pid container:lab-db -v lab-rows:/data -v \"$PWD/db.sh:/db.sh:ro\" busybox:1.37 sh /db.sh || echo \"exit code $?\" -> docker run --rm --pid container:lab-db -v lab-rows:/data -v \"$PWD/db.sh:/db.sh\" busybox:1.37 sh /db.sh || echo \"exit code $?\"": "nothing writes to the script; a read-only mount is a habit that the page keeps",
    },
}
