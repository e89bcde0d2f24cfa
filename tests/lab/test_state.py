"""What is seen of a host: all that a step may change there."""

from __future__ import annotations

import pytest

from macros.lab.state import changes

# What a step does, how that is undone, and what is seen of it.
DONE = [
    ("docker volume create made", "docker volume rm made", "+ volume made"),
    ("docker network create made", "docker network rm made", "+ network made "),
    ("docker run -d --name made busybox:1.37 sleep 99", "docker rm -f made", "+ container made "),
    ("docker tag busybox:1.37 made:1", "docker image rm made:1", "+ image made:1 "),
    ("docker swarm init --advertise-addr 127.0.0.1", "docker swarm leave --force", "+ swarm active"),
    ("ip link add made type bridge", "ip link del made", "+ link made"),
    ("ip addr add 10.215.0.1/32 dev lo", "ip addr del 10.215.0.1/32 dev lo", "+ address lo 10.215.0.1/32"),
    ("ip route add 192.0.2.0/24 dev docker0", "ip route del 192.0.2.0/24", "+ route 192.0.2.0/24 dev docker0"),
    ("iptables -A INPUT -s 192.0.2.9 -j DROP", "iptables -D INPUT -s 192.0.2.9 -j DROP",
     "+ rule -A INPUT -s 192.0.2.9/32 -j DROP"),
    ("iptables -P INPUT DROP", "iptables -P INPUT ACCEPT", "+ rule :INPUT DROP"),
    ("nft add table inet made", "nft delete table inet made", "+ rule table inet made"),
    ("sysctl -qw net.ipv4.conf.all.route_localnet=1", "sysctl -qw net.ipv4.conf.all.route_localnet=0",
     "+ setting ipv4/conf/all/route_localnet 1"),
    ("mount -t tmpfs none /mnt", "umount /mnt", "+ mount /mnt"),
    ("echo x >/root/made", "rm /root/made", "+ file /root/made 2 "),
    ("sleep 5151 >/dev/null 2>&1 & disown", "pkill -x sleep", "+ process sleep"),
]  # fmt: skip


@pytest.mark.engine
def test_each_thing_that_a_step_may_change_is_seen(lab):
    lab.reset()
    for done, undone, seen in DONE:
        before = lab.looked()
        lab.read("bash", "-c", done)
        found = changes(before, lab.looked())
        lab.read("bash", "-c", undone)
        assert any(line.startswith(seen) for line in found), (done, found)
    lab.run("docker", "network", "rm", "docker_gwbridge")


@pytest.mark.engine
def test_a_host_on_which_nothing_was_done_is_as_it_was(lab):
    lab.reset()
    lab.read("docker", "run", "-d", "--name", "made", "-p", "80:80", "httpd:2.4")
    before = lab.looked()
    assert changes(before, lab.looked()) == []
    lab.read("docker", "rm", "-f", "made")


@pytest.mark.engine
def test_what_docker_leaves_in_the_kernel_makes_no_host_another_one(lab):
    lab.reset(fresh=True)
    host = lab.container.id
    lab.read("bash", "-c", "iptables -t raw -A PREROUTING -j ACCEPT; iptables -t raw -D PREROUTING -j ACCEPT")
    lab.read("bash", "-c", "ip6tables -t mangle -S; iptables -t security -S || true")
    lab.read("docker", "run", "-d", "--name", "made", "-p", "80:80", "httpd:2.4")
    if float(lab.engine) < 27:
        pytest.skip("before 27 a lab is replaced anyway, since its engine remembers")
    lab.reset()
    assert lab.container.id == host, "the lab was replaced, which takes long"


@pytest.mark.engine
def test_a_page_gets_the_same_addresses_whatever_was_done_before_it(lab):
    subnets = []
    for networks in (["made"], ["made", "more", "most"], ["made"]):
        lab.reset()
        for name in networks:
            lab.read("docker", "network", "create", name)
        subnets.append(lab.read("docker", "network", "inspect", "-f", "{{(index .IPAM.Config 0).Subnet}}", "made"))
    lab.reset()
    assert subnets == ["172.18.0.0/16\n"] * 3
