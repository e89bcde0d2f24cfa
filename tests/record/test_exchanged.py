"""Containers that start side by side: the same addresses in every run, and whose is whose by chance."""

from __future__ import annotations

import pytest

from macros.record.bindings import Bindings
from macros.record.exchanged import placed
from macros.record.result import Result


def up(db, web, net="172.18.0", sign="+"):
    """What Compose changes when it starts two containers with these addresses, one of them published."""
    return Result("up", changes=[
        f"{sign} address {net}.{db}/16 in lab-db on lab-net", f"{sign} address {net}.{web}/16 in lab-web on lab-net",
        f"{sign} rule iptables -t nat -A DOCKER ! -i br-x -p tcp --dport 80 -j DNAT --to-destination {net}.{web}:80",
        f"{sign} process docker-proxy -host-port 80 -container-ip {net}.{web} -container-port 80"])  # fmt: skip


@pytest.mark.parametrize("net", ["172.18.0", "172.19.0"])
def test_addresses_that_changed_places_are_the_same_to_the_end(net):
    bindings = Bindings()
    assert not up(2, 3).unlike(up(3, 2, net), bindings)
    web, other = (Result("stop", changes=[f"- address {which}/16 in lab-web on lab-net"]) for which in
                  ("172.18.0.3", f"{net}.2"))  # fmt: skip
    assert not web.unlike(other, bindings)
    again, alike = (Result("run", changes=[f"+ address {which}/16 in lab-new on lab-net"]) for which in
                    ("172.18.0.3", f"{net}.2"))  # fmt: skip
    assert not again.unlike(alike, bindings), "the one that is free goes to who comes next"
    assert not up(2, 3, sign="-").unlike(up(3, 2, net, sign="-"), bindings)
    assert not up(2, 3).unlike(up(2, 3, net), bindings), "another time they come as expected"
    assert not up(2, 3, sign="-").unlike(up(2, 3, net, sign="-"), bindings)


def test_an_address_that_is_no_other_container_s_is_another_one():
    assert up(2, 3).unlike(up(2, 4), Bindings())
    one, other = (Result("x", changes=[f"+ address 10.1.0.{last}/24 in lab-web on lab-net"]) for last in (2, 3))
    assert one.unlike(other, Bindings())


def test_who_is_not_told_by_the_address_lines_is_found_by_the_others():
    crossed = up(3, 2)
    crossed.changes[2] = crossed.changes[2].replace("172.18.0.2:80", "172.18.0.3:80")
    bindings = Bindings()
    assert up(2, 3).unlike(crossed, bindings) and not bindings.places, "the rule leads to the other container"


def test_containers_of_two_networks_do_not_change_places():
    def two(one, other):
        return Result("up", changes=[f"+ address {one}/24 in lab-a on net1", f"+ address {other}/24 in lab-b on net2"])

    assert two("10.1.0.2", "10.2.0.3").unlike(two("10.1.0.3", "10.2.0.2"), Bindings())


def test_what_is_recorded_anew_has_the_expected_places_too():
    bindings = Bindings()
    assert not up(2, 3).unlike(up(3, 2), bindings)
    new = Result("stop", changes=["- address 172.18.0.2/16 in lab-web on lab-net"])
    assert new.rewritten(bindings).changes == ["- address 172.18.0.3/16 in lab-web on lab-net"]


@pytest.mark.parametrize(("line", "result"), [
    ("-d 10.0.0.2/32 --to-destination 10.0.0.2:80", "-d 10.0.0.3/32 --to-destination 10.0.0.3:80"),
    ("10.0.0.20 110.0.0.2 10.0.0.2.1", "10.0.0.20 110.0.0.2 10.0.0.2.1"),
    ("-d fd00::2/128 to [fd00::2]:80 not fd00::21 or fd00::2:1",
     "-d fd00::3/128 to [fd00::3]:80 not fd00::21 or fd00::2:1"),
])  # fmt: skip
def test_whole_addresses_change_places(line, result):
    assert placed(line, {"10.0.0.2": "10.0.0.3", "fd00::2": "fd00::3", "10.0.0.9": "10.0.0.9"}) == result
