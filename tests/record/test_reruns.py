"""Commands that pages on networks and volumes use, each run twice: an honest rerun is no difference."""

from __future__ import annotations

import pytest

from macros.record.bindings import Bindings
from macros.record.contrast import compared
from macros.record.typed import Typed

SETUP = """
docker network create mynet >/dev/null
docker network create --subnet 192.168.10.0/24 typed >/dev/null
docker volume create vol >/dev/null
bridge=br-$(docker network ls -q --filter name=mynet)
docker run -d --name web --network mynet -p 8080:80 -v vol:/data httpd:2.4 >/dev/null
docker run -d --name any -p 80 -v /anonymous httpd:2.4 >/dev/null
docker run -dit --name box --network mynet busybox:1.37 sh >/dev/null
docker run -d --name fixed --network typed --ip 192.168.10.9 busybox:1.37 sleep 600 >/dev/null
docker run -d busybox:1.37 sleep 600 >/dev/null
docker run --name dead busybox:1.37 sh -c 'exit 3'
docker exec web sh -c 'echo hello >/data/file; mkdir -p /data/dir'
echo data >file; cat /dev/urandom | head -c 20 >noise
until curl -s http://localhost:8080/ >/dev/null; do sleep 0.1; done
"""
COMMANDS = """
docker ps
docker ps -a --no-trunc
docker ps -aq
docker ps --format '{{json .}}' --filter name=web
docker ps --format '{{.CreatedAt}} {{.RunningFor}}'
docker images
docker images --no-trunc
docker image inspect busybox:1.37
docker history busybox:1.37
docker network ls
docker network ls --no-trunc
docker network inspect mynet
docker network inspect bridge
docker network inspect -f '{{.Created}}' mynet
docker volume ls
docker volume inspect vol
docker volume create
docker inspect web
docker inspect box -f '{{.State.StartedAt}}'
docker inspect box -f '{{.State.Pid}}'
docker inspect -f '{{json .NetworkSettings.Networks}}' web
docker inspect -f '{{json .Mounts}}' any
docker port web
docker port any
docker top web
docker top web -eo pid,comm
docker top web aux
docker stats --no-stream
docker system df
docker system df -v
docker logs -t web
docker diff web
docker exec box ps
docker exec box ip addr
docker exec box ip route
docker exec box ip neigh
docker exec box ifconfig eth0 | head -n 2
docker exec box arp -a
docker exec box ping -c 2 web
docker exec box traceroute web
docker exec box wget -q -O - http://web/
docker exec box cat /etc/hosts
docker exec box cat /etc/resolv.conf
docker exec box df /
docker exec box mount
docker exec box uptime
docker exec box date
docker exec box ls -l /
docker exec box ls -i /
docker exec box env
docker exec box hostname
ls -l
ls -l --time-style=long-iso
ls -li --full-time file
ls -la /var/lib/docker/volumes/vol/_data
stat file
tar cf - file | tar tvf -
docker run --rm -v vol:/data busybox:1.37 tar cf - /data | tar tvf -
docker run --rm -v vol:/data busybox:1.37 ls -la /data
docker cp web:/data - | tar tvf -
sha256sum file
df -h /var/lib/docker
findmnt /var/lib/docker
mount | grep 'on /run/docker/netns' | head -n 1
ip addr show $bridge
ip -br link
ip -c -d link show $bridge
ip -j addr show $bridge
ip route
ip neigh | grep br-
bridge fdb show dev $bridge
ifconfig $bridge | head -n 4
arp -n | grep br-
netstat -tlnp
ss -tlnp
ps aux | grep docker-proxy
ps -ef | grep docker-proxy
pgrep -a docker-proxy
pidof dockerd
iptables -t nat -S POSTROUTING
iptables -t nat -L -n
iptables-save -t mangle
curl -v http://localhost:8080/
curl -I http://localhost:8080/
curl -s -o /dev/null -w '%{http_code} %{time_total} %{local_port}\\n' http://localhost:8080/
curl -s --unix-socket /var/run/docker.sock http://localhost/networks/mynet
ping -c 2 -D 192.168.10.9
date
date +%s
date '+%Y-%m-%d %H:%M'
date -R
uptime
time sleep 0.1
echo $$
mktemp -d
readlink /proc/self/ns/net
lsns -t net -o NS,TYPE,PID,NSFS
no-such-program
docker run --rm busybox:1.37 ip addr show eth0
docker run --rm --network mynet busybox:1.37 arping -c 1 web
docker rm -f web any box fixed dead
docker volume prune -f
"""


def printed(lab, numbers):
    """What each of the commands printed, in a lab that is as at its start but for its process ids and the time."""
    lab.reset()
    shell = lab.shell()
    try:
        shell.run(f"for number in {{1..{numbers}}}; do /bin/true; done; sleep 1{SETUP}", 60)
        return [shell.run(command, 60).output for command in COMMANDS.strip().splitlines()]
    finally:
        shell.close()


@pytest.mark.engine
def test_two_runs_of_each_command_are_the_same(lab):
    commands = COMMANDS.strip().splitlines()
    assert len(commands) >= 80
    first, second = printed(lab, 5), printed(lab, 150)
    page, differing = Bindings(Typed([*SETUP.splitlines(), *commands])), []
    for command, expected, actual in zip(commands, first, second, strict=True):
        if why := page.same(expected, actual, wildcards=False, source=command):
            differing.append(f"$ {command}: {why}\n{compared(expected, actual, page, source=command)}")
    assert not differing, "\n".join(differing)
    assert sum(one != other for one, other in zip(first, second, strict=True)) > 60, "the runs are two"
