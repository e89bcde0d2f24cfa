"""Whoever pastes a page loses nothing: tests/tools/harm.py has the rules."""

from __future__ import annotations

import pytest

from macros.page.reader import parse
from macros.site import library
from tests.tools.harm import commands, harms, of_command

PAGES = sorted((library.ROOT / "docs" / "ko").glob("**/*.md"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(library.ROOT / "docs" / "ko")))
def test_pasting_a_page_harms_nobody(path):
    found = list(harms(library.page_at(path)))
    assert found == [], "\n".join(found)


HARMFUL = {
    "docker volume prune -f": "deletes what is the reader's",
    "docker system prune --all --force --volumes": "deletes what is the reader's",
    "docker image prune --filter until=1h": "deletes what is the reader's",
    "docker run -d --name web httpd:2.4": "names 'web'",
    "docker run -d --name=web httpd:2.4": "names 'web'",
    "docker run --rm \\\n  -v data:/data busybox:1.37": "names 'data'",
    "docker run --mount type=volume,source=data,target=/d busybox:1.37": "names 'data'",
    "docker network create --subnet 10.9.0.0/24 back": "names 'back'",
    "docker volume create --label lab data": "names 'data'",
    "docker build -t app:1 .": "names 'app:1'",
    "docker tag busybox:1.37 mine:1": "names 'mine:1'",
    "docker rm -f web": "names 'web'",
    "sudo docker rm -f web": "names 'web'",
    "docker rmi busybox:1.37": "names 'busybox:1.37'",
    "x=$(docker rm web)": "names 'web'",
    "docker compose -p shop up -d": "names 'shop'",
    "rm -f *.tar.gz": "rm takes *.tar.gz",
    "rm -r /home/dev": "rm takes /home/dev",
    "rm -r ~": "rm takes ~",
    "rm -r ../data": "rm takes ../data",
    "echo x >/etc/docker/daemon.json": "writes /etc/docker/daemon.json",
    "echo x | sudo tee /etc/hosts": "tee writes /etc/hosts",
    "for a in 1; do cp x /srv/x; done": "cp writes /srv/x",
    "iptables -D DOCKER-USER 1": "by what it says",
    "iptables -t nat -F": "empties",
    "iptables -P FORWARD DROP": "policy",
    "bash -c 'iptables -P FORWARD DROP'": "policy",
    "nft flush ruleset": "delete the page's own table",
    "ip link set ens33 down": "takes ens33 away",
    'ip link set "$nic" mtu 1400': "takes $nic away",
    "ip link add dev br9 type bridge": "the link 'br9'",
    "ip link add lab-v1 type veth peer name v2": "the link 'v2'",
    "ip link add name br9 type bridge": "the link 'br9'",
    "ip link add link ens33 v9 type macvlan": "the link 'v9'",
    "ip netns add outside": "the namespace 'outside'",
    "tc qdisc add dev ens33 root netem delay 100ms": "slows ens33 down",
    "useradd --uid 1001 lab-user": "from 20000 on",
    "useradd --uid 20001 dev": "the user or group 'dev'",
    "pkill dockerd": "keep the process id",
    "systemctl restart docker": "second engine",
    "sysctl -w net.ipv4.ip_forward=0": "network namespace",
}
HARMLESS = [
    "docker volume prune -f --filter label=lab=backup",
    "docker run -d --name lab-web -v lab-data:/d httpd:2.4",
    'docker run --rm -v "$PWD/site:/site" -v /anonymous busybox:1.37',
    "docker run --mount type=bind,source=/etc/hosts,target=/h busybox:1.37",
    "docker rm -f lab-web lab-db",
    "docker stop -t 0 lab-web",
    "docker rm $(docker ps -lq)",
    "docker volume create",
    "docker -H unix:///run/lab-two/docker.sock volume prune -f",
    "DOCKER_HOST=unix:///x docker system prune -f",
    "docker network rm lab-net",
    "docker exec lab-web sh -c 'rm -r /data/*'",
    "docker ps -q | wc -l",
    "rm -r ~/lab-x notes.txt",
    "iptables -D DOCKER-USER -s 172.31.0.9 -j DROP",
    "iptables -nL",
    "ip netns exec lab-out iptables -P FORWARD DROP",
    "nsenter -t 1 -n iptables -F",
    "ip link add dev lab-br0 type bridge",
    "ip link add lab-v1 type veth peer name eth0 netns lab-out",
    "ip link add far netns lab-out type veth peer name eth0 mtu 1300 netns lab-two",
    "sysctl -q -w net.ipv4.conf.lab-br0.forwarding=0",
    "sysctl net.ipv4.ip_forward",
    "sysctl -q -w net.ipv6.conf.all.forwarding=$forwarding",
    "docker network disconnect bridge lab-web",
    "docker run --mount type=image,source=busybox:1.37,target=/tools busybox:1.37",
    "ip -n lab-out link set eth0 down",
    "ip link set $veth down",
    "useradd --uid 20001 lab-user",
    "echo x >file 2>&1",
    "cat x >/dev/null",
    "kill $!",
]


@pytest.mark.parametrize(("code", "said"), HARMFUL.items())
def test_harm_is_named(code, said):
    found = [harm for command in commands(code) for harm in of_command(command)]
    assert len(found) == 1 and said in found[0], found


@pytest.mark.parametrize("code", HARMLESS)
def test_what_is_the_pages_own_is_no_harm(code):
    assert [harm for command in commands(code) for harm in of_command(command)] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```bash\ndocker ps -aq | xargs docker rm -f\n```\n", "x.md:2: takes all that there is"),
        ("```bash\ntrue\ndocker rm -f $(docker ps -aq)\n```\n", "x.md:2: takes all that there is"),
        ("```console\n$ true\n$ docker rm web\n```\n", "x.md:3: docker rm names 'web'"),
        ('```yaml title="compose.yaml"\nname: shop\n```\n', "compose.yaml names 'shop'"),
        ("```bash\necho x >notes.txt\n```\n", "x.md:2: writes files where the reader stands"),
        ("<!-- invisible-code-block: bash\ndocker volume prune -f\n-->\n", "x.md:2: docker volume prune"),
    ],
)
def test_harm_is_at_its_line(text, said):
    assert any(found.startswith(said) or said in found for found in harms(parse(text, "x.md")))


def test_a_page_that_writes_has_a_folder_of_its_own():
    text = "```bash\nmkdir -p ~/lab-x && cd ~/lab-x\necho x >notes.txt\n```\n```bash\ncd ~ && rm -r ~/lab-x\n```\n"
    assert list(harms(parse(text, "x.md"))) == []
