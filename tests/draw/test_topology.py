"""Snapshots as the engines 20.10, 26.1, 28.5 and 29.7 print them, cut down from runs of the same commands."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from macros.draw.topology import (
    Container,
    Endpoint,
    Host,
    Network,
    PublishedPort,
    from_dict,
    from_snapshot,
    only,
    to_dict,
)

ENGINES = ("20.10", "26.1", "28.5", "29.7")
BRIDGE = "com.docker.network.bridge."
IDS = {
    name: f"{number:x}" * 64
    for number, name in enumerate(
        (
            "bridge",
            "host",
            "none",
            "front",
            "inner",
            "named",
            "lan",
            "web",
            "api",
            "bare",
            "cut",
            "guest",
            "gone",
        ),
        1,
    )
}
Snapshot = dict[str, Any]


def link(name: str, *addresses: str, **more: str) -> dict[str, Any]:
    return {
        "ifindex": 2,
        "ifname": name,
        "operstate": "UP",
        "address": "02:42:ac:11:00:09",
        **more,
        "addr_info": [
            {
                "family": "inet6" if ":" in text else "inet",
                "local": text.split("/")[0],
                "prefixlen": int(text.split("/")[1]),
                "scope": "global",
            }
            for text in addresses
        ],
    }


def network(
    engine: str,
    name: str,
    driver: str,
    *subnets: tuple[str, str],
    internal: bool = False,
    options: dict[str, str] | None = None,
) -> dict[str, Any]:
    config = [{"Subnet": subnet, **({"Gateway": gateway} if gateway else {})} for subnet, gateway in subnets]
    if engine != "20.10":  # the newer ones list IPv6 first here, and print null instead of an empty list
        config = config[::-1] or None
    found = {
        "Name": name,
        "Id": IDS[name],
        "Scope": "local",
        "Driver": driver,
        "EnableIPv6": len(subnets) > 1,
        "IPAM": {"Driver": "default", "Options": None, "Config": config},
        "Internal": internal,
        "Containers": {},
        "Options": options or {},
        "Labels": {},
    }
    return {**found, "EnableIPv4": True} if engine in ("28.5", "29.7") else found


def endpoint(
    engine: str, address: str = "", gateway: str = "", v6: str = "", gateway6: str = ""
) -> dict[str, Any]:
    ip, _, length = address.partition("/")
    ip6, _, length6 = v6.partition("/")
    found = {
        "IPAMConfig": None,
        "Links": None,
        "Aliases": None,
        "NetworkID": "f" * 64,
        "Gateway": gateway,
        "IPAddress": ip,
        "IPPrefixLen": int(length or 0),
        "IPv6Gateway": gateway6,
        "GlobalIPv6Address": ip6,
        "GlobalIPv6PrefixLen": int(length6 or 0),
        "MacAddress": "02:42:ac:11:00:02" if ip else "",
    }
    if engine != "20.10":
        found["DNSNames"] = None
    return {**found, "GwPriority": 0} if engine in ("28.5", "29.7") else found


def container(
    name: str,
    networks: dict[str, Any],
    mode: str,
    ports: dict[str, Any] | None = None,
    status: str = "running",
) -> dict[str, Any]:
    return {
        "Id": IDS[name],
        "Name": f"/{name}",
        "State": {"Status": status, "Running": status == "running"},
        "HostConfig": {"NetworkMode": mode},
        "NetworkSettings": {"Ports": ports or {}, "Networks": networks},
    }


def snapshot(engine: str) -> Snapshot:
    old, new = engine == "20.10", engine == "29.7"
    lo = link("lo", "127.0.0.1/8", "::1/128")
    everywhere = [{"HostIp": "0.0.0.0", "HostPort": "8443"}]
    front = endpoint(engine, "172.18.0.2/16", "172.18.0.1", "fd00:88::2/64", "fd00:88::1")
    return {
        "host": {
            "name": "docker-host",
            "interfaces": [
                lo,
                link("docker0", "172.17.0.1/16"),
                link("br-444444444444", "172.18.0.1/16", "fd00:88::1/64"),
                link("br-555555555555", "10.89.0.1/24"),
                link("lab0", "10.90.0.1/24"),
                link("veth5be417b", master="docker0"),
                link("ens33", "10.213.0.10/24", "fe80::1/64"),
            ],
            "routes": [{"dst": "default", "gateway": "10.213.0.1", "dev": "ens33", "flags": []}],
        },
        "networks": [
            network(
                engine,
                "bridge",
                "bridge",
                ("172.17.0.0/16", "" if old else "172.17.0.1"),
                options={BRIDGE + "name": "docker0"},
            ),
            network(engine, "host", "host"),
            network(engine, "none", "null"),
            network(engine, "front", "bridge", ("172.18.0.0/16", "172.18.0.1"),
                    ("fd00:88::/64", "fd00:88::1" if new else "")),
            network(engine, "inner", "bridge", ("10.89.0.0/24", "10.89.0.1" if new else ""), internal=True),
            network(
                engine, "named", "bridge", ("10.90.0.0/24", "10.90.0.1"), options={BRIDGE + "name": "lab0"}
            ),
            network(engine, "lan", "macvlan", ("10.99.0.0/24", ""), options={"parent": "ens33"}),
        ],
        "containers": [
            container(
                "web",
                {"bridge": endpoint(engine, "172.17.0.2/16", "172.17.0.1")},
                "default" if old else "bridge",
                {
                    "443/tcp": everywhere,
                    "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}],
                    "53/udp": None,
                },
            ),
            container(
                "api",
                {
                    "inner": endpoint(engine, "10.89.0.2/24", "10.89.0.1" if old else ""),
                    "lan": endpoint(engine, "10.99.0.2/24", "10.99.0.1"),
                    "front": front,
                },
                "front",
            ),
            container("gone", {"front": endpoint(engine)}, "front", status="exited"),
            container("bare", {"host": endpoint(engine)}, "host"),
            container("cut", {"none": endpoint(engine)}, "none"),
            container("guest", {}, "container:" + IDS["web"]),
        ],
        "interfaces": {
            IDS["web"]: [lo, link("eth0", "172.17.0.2/16")],
            IDS["api"]: [
                lo,
                link("eth0", "172.18.0.2/16", "fd00:88::2/64"),
                link("eth1", "10.99.0.2/24"),
                link("eth2", "10.89.0.2/24"),
            ],
        },
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same_model(engine: str) -> None:
    found = from_snapshot(snapshot(engine))
    assert found.host == Host("docker-host", "ens33", "10.213.0.10/24")
    assert found.networks == (
        Network("bridge", "bridge", ("172.17.0.0/16",), ("172.17.0.1",), "docker0", False),
        Network("host", "host", (), (), None, False),
        Network("none", "null", (), (), None, False),
        Network(
            "front", "bridge", ("172.18.0.0/16", "fd00:88::/64"), ("172.18.0.1", "fd00:88::1"), "br-…", False
        ),
        Network("inner", "bridge", ("10.89.0.0/24",), (), "br-…", True),
        Network("named", "bridge", ("10.90.0.0/24",), ("10.90.0.1",), "lab0", False),
        Network("lan", "macvlan", ("10.99.0.0/24",), ("10.99.0.1",), "ens33", False),
    )
    assert found.containers == (
        Container(
            "api",
            "running",
            "",
            (
                Endpoint("front", "eth0", "172.18.0.2/16", "fd00:88::2/64"),
                Endpoint("inner", "eth2", "10.89.0.2/24", None),
                Endpoint("lan", "eth1", "10.99.0.2/24", None),
            ),
            (),
        ),
        Container("bare", "running", "host", (), ()),
        Container("cut", "running", "none", (), ()),
        Container("gone", "exited", "", (Endpoint("front", None, None, None),), ()),
        Container("guest", "running", "container:web", (), ()),
        Container(
            "web",
            "running",
            "",
            (Endpoint("bridge", "eth0", "172.17.0.2/16", None),),
            (PublishedPort("127.0.0.1", 8080, 80, "tcp"), PublishedPort("0.0.0.0", 8443, 443, "tcp")),
        ),
    )


def test_order_of_keys_and_containers_does_not_matter_but_that_of_networks_does() -> None:
    source = snapshot("28.5")
    turned = {**source, "containers": source["containers"][::-1]}
    settings = turned["containers"][4]["NetworkSettings"]
    settings["Networks"] = dict(reversed(settings["Networks"].items()))
    assert from_snapshot(turned) == from_snapshot(snapshot("28.5"))
    turned["networks"] = turned["networks"][::-1]
    assert [one.network for one in from_snapshot(turned).containers[0].endpoints] == ["lan", "inner", "front"]


def test_model_survives_json_and_holds_no_id_and_no_mac_address() -> None:
    model = from_snapshot(snapshot("28.5"))
    text = json.dumps(to_dict(model))
    assert from_dict(json.loads(text)) == model
    assert "02:42" not in text and not any(identity[:12] in text for identity in IDS.values())


def test_without_interfaces_inside_only_the_interface_names_are_unknown() -> None:
    source = {**snapshot("26.1"), "interfaces": {IDS["web"]: None}}
    found = {one.name: one for one in from_snapshot(source).containers}
    assert found["web"].endpoints == (Endpoint("bridge", None, "172.17.0.2/16", None),)


def test_a_host_without_nic_and_a_guest_of_a_container_which_is_gone() -> None:
    source = snapshot("28.5")
    source["host"]["interfaces"] = source["host"]["interfaces"][:6]
    source["networks"] = source["networks"][:-1]
    source["containers"] = [container("guest", {}, "container:" + "d" * 64)]
    found = from_snapshot(source)
    assert found.host == Host("docker-host", None, None)
    assert found.containers[0].mode == "container:" + "d" * 12


DEFAULT = [{"dst": "default", "gateway": "10.213.0.1", "dev": "ens33"}]
DEARER = {**DEFAULT[0], "dev": "lan0", "metric": 200}
ENS33, LAN0 = Host("docker-host", "ens33", "10.213.0.10/24"), Host("docker-host", "lan0", "10.98.0.2/24")
LAN = {"com.docker.network.driver.mtu": "1500", "parent": "lan0"}
VLAN = {"parent": "lan0.50"}


@pytest.mark.parametrize("turned", [False, True], ids=["cable first", "cable last"])
@pytest.mark.parametrize(
    ("driver", "options", "routes", "card"),
    [
        ("bridge", {}, DEFAULT, ENS33),
        ("bridge", {}, [DEARER, *DEFAULT], ENS33),
        ("macvlan", LAN, DEFAULT, LAN0),
        ("ipvlan", LAN, [], LAN0),
        ("macvlan", VLAN, DEFAULT, LAN0),
        ("macvlan", {"parent": "bare0"}, DEFAULT, Host("docker-host", "bare0", None)),
        ("macvlan", {"parent": "gone0"}, DEFAULT, ENS33),
        ("macvlan", {}, DEFAULT, ENS33),  # the engine made a dummy
        ("bridge", {}, [], Host("docker-host", None, None)),  # nothing says which of the two it is
    ],
)
def test_the_card_is_what_the_drawn_networks_use_in_whatever_order_interfaces_come(
    driver: str, options: dict[str, str], routes: list[dict[str, Any]], card: Host, turned: bool
) -> None:
    source = snapshot("28.5")
    links = [link("lan0", "10.98.0.2/24"), link("lan0.50"), link("bare0"), link("ens33", "10.213.0.10/24")]
    drawn = network("28.5", "lan", driver, ("10.98.0.0/24", "10.98.0.1"), options=options)
    source["host"] = {"name": "docker-host", "interfaces": links[::-1] if turned else links, "routes": routes}
    source |= {"networks": [drawn], "containers": [], "interfaces": {}}
    assert from_snapshot(source).host == card


def test_of_two_parents_the_one_with_the_default_route_is_the_card() -> None:
    source = snapshot("28.5")
    source["host"]["interfaces"].insert(0, link("lan0", "10.98.0.2/24"))
    source["networks"].insert(0, network("28.5", "front", "macvlan", ("10.98.0.0/24", ""), options=LAN))
    assert from_snapshot(source).host.interface == "ens33"


@pytest.mark.parametrize("routes", [None, [], DEFAULT])
def test_a_bridge_of_no_known_network_is_not_the_nic(routes: list[dict[str, Any]] | None) -> None:
    source = snapshot("28.5")
    source["networks"] = source["networks"][:1]
    kept = [one for one in source["host"]["interfaces"] if one["ifname"] != "lab0"]
    source["host"]["interfaces"] = [link("virt7", "10.1.1.1/24"), link("tap0", master="virt7"), *kept]
    source["host"]["routes"] = routes
    assert from_snapshot(source).host.interface == "ens33"


MISSING = object()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("host",), MISSING, "snapshot.host: missing"),
        (("host", "name"), 7, r"host\.name: expected str, got int 7"),
        (("host", "interfaces", 0, "ifname"), MISSING, r"host\.interfaces\[0\]\.ifname: missing"),
        (
            ("host", "interfaces", 0, "addr_info", 0, "prefixlen"),
            True,
            r"addr_info\[0\]\.prefixlen: expected int",
        ),
        (("networks",), {}, "snapshot.networks: expected list, got dict"),
        (
            ("networks", 0, "IPAM", "Config", 0, "Subnet"),
            "172.17",
            r"networks\[0\]\.IPAM\.Config\[0\]\.Subnet: .*172",
        ),
        (("networks", 3, "Id"), MISSING, r"networks\[3\]\.Id: missing"),
        (("networks", 1, "Internal"), None, r"networks\[1\]\.Internal: expected bool"),
        (("containers", 0), "web", r"containers\[0\]: expected an object, got str"),
        (("containers", 1, "State"), MISSING, r"containers\[1\]\.State: missing"),
        (
            ("containers", 0, "NetworkSettings", "Networks", "bridge"),
            None,
            r"NetworkSettings\.Networks\.bridge",
        ),
        (
            ("containers", 0, "NetworkSettings", "Networks", "bridge", "IPAddress"),
            "x",
            r"Networks\.bridge: 'x/16'",
        ),
        (
            ("containers", 0, "NetworkSettings", "Ports", "443/tcp", 0, "HostPort"),
            "",
            r"Ports\.443/tcp\[0\]: .*''",
        ),
        (("interfaces",), [], "snapshot.interfaces: expected dict"),
    ],
)
def test_an_odd_field_is_named(path: tuple[Any, ...], value: Any, message: str) -> None:
    source = copy.deepcopy(snapshot("28.5"))
    place = source
    for step in path[:-1]:
        place = place[step]
    if value is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    with pytest.raises(ValueError, match=message):
        from_snapshot(source)


def test_from_dict_names_what_is_odd() -> None:
    good = to_dict(from_snapshot(snapshot("28.5")))
    for change, message in (
        ({"host": {}}, r"topology\.host\.name: missing"),
        ({"containers": None}, r"topology\.containers: expected list"),
        ({"id": 1}, "topology: unknown id"),
    ):
        with pytest.raises(ValueError, match=message):
            from_dict({**good, **change})


def test_only_keeps_the_named_networks_and_who_is_on_them() -> None:
    model = from_snapshot(snapshot("28.5"))
    found = only(model, "inner", "bridge", "host")
    assert [one.name for one in found.networks] == ["inner", "bridge", "host"]
    assert [one.name for one in found.containers] == ["api", "bare", "guest", "web"]
    assert len(found.containers[0].endpoints) == 3
    with pytest.raises(ValueError, match="no network brigde; there are bridge, host, none, front"):
        only(model, "brigde")
