"""What a page can change on a lab's host beside Docker's own objects, and how that is seen and put back.

A page may mount, add links, rules and files, and leave processes; the next page must not find them. What RESTORE does
not put back is seen in the difference of two runs of SCRIPT, and then the lab is replaced.
"""

from __future__ import annotations

import re

# Prints the host's state: links, routes, rules, mounts, settings, files outside of /root, and processes; those of
# containers come and go.
SCRIPT = r"""
ip -o link | sed -n 's/^[0-9]*: \([^:@]*\).*/link \1/p'
ip -o addr show dev ens33 | awk '{print "address", $4}'
{ ip rule; ip -6 rule; ip route; ip -6 route show dev ens33; } | sed 's/^/route /; s/ linkdown//; s/ *$//'
# A chain of the kernel's that accepts is as good as none: who looks at a table makes those of it.
{ iptables-save; ip6tables-save; } 2>/dev/null |
    sed '/^[#*]\|^COMMIT\|^:[A-Z]* ACCEPT/d; s/\[[0-9]*:[0-9]*\]//; s/^/rule /'
# Connections that are followed yet; an engine forgets those of its containers, and its clients' are no page's.
grep -vE 'src=(127|10\.213)\.|src=(::1|0000:.*:0001|fe80:)' /proc/net/nf_conntrack 2>/dev/null |
    sed -nE 's/.* (tcp|udp|icmp)[a-z0-9]* .*(src=[^ ]*) (dst=[^ ]*) .*(src=[^ ]*) (dst=[^ ]*) .*/connection \1 \2 \3/p'
# Those of iptables come with the first rule, and stay empty: their rules are above.
nft list tables 2>/dev/null | grep -vE ' ip6? (filter|mangle|nat|raw|security)$' | sed 's/^/rule /'
while read -r _ _ _ _ where _; do
    case $where in /var/lib/docker/* | /run/docker/* | /run/netns) ;; *) echo "mount $where" ;; esac
done </proc/self/mountinfo
for name in ipv4/ip_forward ipv4/conf/all/rp_filter ipv4/conf/all/forwarding ipv4/conf/all/route_localnet \
    ipv4/conf/ens33/proxy_arp ipv6/conf/all/forwarding ipv6/conf/all/disable_ipv6 ipv4/ip_unprivileged_port_start; do
    [ ! -e /proc/sys/net/$name ] || echo "setting $name $(</proc/sys/net/$name)"
done
echo "setting hostname $(</proc/sys/kernel/hostname)"
find /etc /home /media /mnt /opt /srv /tmp /usr/bin /usr/local /usr/sbin /var/tmp -xdev \( -type f -o -type l \) \
    -newer /etc/docker/cert.pem -printf 'file %p %s %T@\n' 2>/dev/null
for folder in /proc/[0-9]*; do
    [ $folder/ns/pid -ef /proc/self/ns/pid ] && [ $folder != /proc/$$ ] && read -r name <$folder/comm &&
        echo "process $name"
done 2>/dev/null
true
"""

# Prints what else a step may change beside Docker's objects, as the files of the page's folder. Connections come and
# go.
FILES = r"""
find /root -xdev -mindepth 1 -printf 'file %p %s %T@\n'
ip -o addr show scope global | awk '{print "address", $2, $4}'
ip -6 route | sed -n '/^fe80/!s/ linkdown//; s/ *$//; /^fe80/!s/^/route /p'
"""
MOVING = re.compile(r"(?m)^connection .*\n")

# Ends what is no part of a fresh lab. Mounts go last first: one may lie in another. A bridge that had a container
# keeps the link-local address it got then; a fresh one has none.
RESTORE = r"""
docker swarm leave --force 2>/dev/null
docker ps -aq | xargs -r docker rm -fv
docker network prune -f
docker volume ls -q | xargs -r docker volume rm -f
ip -6 addr flush dev docker0
ip -all netns delete
for folder in /proc/[0-9]*; do
    pid=${folder#/proc/}; [ $pid != $$ ] && read -r name <$folder/comm || continue
    case $name in docker-init | dockerd | containerd) ;; *) kill -9 $pid ;; esac
done 2>/dev/null
while read -r _ _ _ _ where _; do
    case $where in /mnt | /mnt/* | /media/* | /root/* | /srv/* | /tmp/* | /opt/*) echo "$where" ;; esac
done </proc/self/mountinfo | tac | while read -r where; do umount -l "$where"; done
find /root -xdev -mindepth 1 -delete
find /home /media /mnt /opt /srv /tmp /var/tmp -xdev -mindepth 1 -newer /etc/docker/cert.pem -delete 2>/dev/null
ip -o link | sed -n 's/^[0-9]*: \([^:@]*\).*/\1/p' | while read -r link; do
    case $link in lo | ens33 | docker0 | docker_gwbridge) ;; *) ip link delete "$link" ;; esac
done 2>/dev/null
"""


def changes(before: str, after: str) -> list[str]:
    """What two outputs of SCRIPT differ in: "+ link br9", "- route ..."; [] if the host is as it was."""
    first, second = (sorted(set(re.findall(r".+", text))) for text in (before, after))
    return [f"- {line}" for line in first if line not in second] + [f"+ {line}" for line in second if line not in first]
