"""Where a lab's network lies, and what is said where this machine does not reach a lab. Needs no engine."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from docker.errors import APIError

from macros.lab import network
from macros.lab.api import certificates, connected
from macros.lab.errors import LabError

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"


class Networks:
    """Of an engine: it has what was created, and these subnets already."""

    def __init__(self, *taken: str) -> None:
        self.taken, self.created = taken, []

    def create(self, name, ipam, labels):
        subnet = ipam["Config"][0]["Subnet"]
        if subnet in self.taken:
            raise APIError("Pool overlaps with other one on this address space")
        self.created.append(subnet)
        return SimpleNamespace(reload=lambda: None)


@pytest.fixture
def routes(tmp_path, monkeypatch):
    """Set the routes of this machine: pairs of an address and a mask, as the kernel writes them."""

    def given(*pairs):
        lines = [f"wg0\t{to}\t00000000\t0001\t0\t0\t0\t{mask}\t0\t0\t0   \n" for to, mask in pairs]
        (tmp_path / "route").write_text(HEAD + "".join(lines))
        monkeypatch.setattr(network, "ROUTES", tmp_path / "route")
        monkeypatch.setattr(network.sys, "byteorder", "little")

    return given


@pytest.mark.parametrize(
    ("there", "subnet"),
    [
        ([], "10.213.0.0/24"),
        ([("00000000", "00000000"), ("0000000A", "000000FF")], "10.213.0.0/24"),  # default, 10.0.0.0/8: wider ones
        ([("0000D50A", "00FFFFFF")], "10.213.1.0/24"),
        ([("0500D50A", "FFFFFFFF"), ("8001D50A", "80FFFFFF")], "10.213.2.0/24"),  # 10.213.0.5/32, 10.213.1.128/25
    ],
)
def test_a_lab_lies_where_this_machine_has_no_network(routes, there, subnet):
    routes(*there)
    networks = Networks()
    network.outer_network(SimpleNamespace(networks=networks))
    assert networks.created == [subnet]


def test_where_nothing_is_free_what_takes_it_is_said(routes, monkeypatch):
    monkeypatch.setattr(network, "SUBNETS", ["10.213.0", "10.213.1"])
    routes(("0000D50A", "00FFFFFF"))
    with pytest.raises(RuntimeError, match=r"no free subnet in 10\.213\.0\.0/16 .*: Pool overlaps"):
        network.outer_network(SimpleNamespace(networks=Networks("10.213.1.0/24")))
    routes(("0000D50A", "00FFFFFF"), ("0001D50A", "00FFFFFF"))
    with pytest.raises(RuntimeError, match="this machine has a route to each"):
        network.outer_network(SimpleNamespace(networks=Networks()))


def test_without_a_list_of_routes_any_subnet_will_do(monkeypatch):
    monkeypatch.setattr(network, "ROUTES", Path("/nowhere"))
    assert network.routed() == []


def test_an_engine_that_is_not_reached_is_said_with_what_to_look_at(tmp_path):
    certificates(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:  # as a port that is published to what is not there
        host = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        with pytest.raises(LabError) as raised:
            connected({"DOCKER_HOST": host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path)}, "10.213.0.10")
    assert host in str(raised.value) and "next: " in str(raised.value)
    assert str(raised.value).endswith("ip route get 10.213.0.10")
