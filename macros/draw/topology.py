"""What is connected to what on one Docker host, read from what Docker and `ip` print.

`from_snapshot` takes what `docker network inspect`, `docker container inspect`, `ip -j addr` and `ip -j route`
print; the engine is not asked for anything here. A field that is missing, or is not what every engine from 20.10 on
prints there, raises ValueError with its path.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from macros.draw.model import (
    Container,
    Endpoint,
    Host,
    Network,
    PublishedPort,
    Topology,
    check,
    entries,
    field,
    from_dict,
    only,
    to_dict,
)

__all__ = [
    "Container", "Endpoint", "Host", "Network", "PublishedPort", "Topology",
    "from_dict", "from_snapshot", "only", "to_dict",
]

BRIDGE_NAME = "com.docker.network.bridge.name"
# Devices which the engine names after the network's id: bridges, and the dummy that stands in for a parent.
# The id differs from run to run, so the model keeps an ellipsis in its place.
ID_PREFIX = {"bridge": "br-", "macvlan": "dm-", "ipvlan": "di-"}
NOT_A_NIC = ("docker0", "docker_gwbridge", "br-", "veth")


def _parse(parse: Any, text: Any, path: str) -> Any:
    try:
        return parse(check(text, str, path))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _addresses(links: list, path: str) -> list[tuple[str, Any]]:
    """(interface, address with prefix) pairs of `ip -j addr`, in its order."""
    found = []
    for at, link in entries(links, path):
        name = field(link, "ifname", str, at)
        for inner, info in entries(field(link, "addr_info", list, at), f"{at}.addr_info"):
            # A link may carry an entry without an address of its own, such as a tunnel's end.
            if check(info, dict, inner).get("local"):
                text = f"{field(info, 'local', str, inner)}/{field(info, 'prefixlen', int, inner)}"
                found.append((name, _parse(ipaddress.ip_interface, text, f"{inner}.local")))
    return found


def _card(source: dict, on_host: list[tuple[str, Any]], networks: Iterable[Network]) -> str | None:
    """The interface that the drawn networks leave the host by: the parent of one of them, else the default route's.

    What else has an address may be a cable that a page has laid, and its place in the list is chance.
    """
    present = [field(link, "ifname", str, at) for at, link in entries(source["interfaces"], "host.interfaces")]
    routes = [route for _, route in entries(field(source, "routes", list, "host", []), "host.routes")]
    routes.sort(key=lambda route: route.get("metric", 0))
    leaving = [route["dev"] for route in routes if route.get("dst") == "default" and route.get("dev") in present]
    # An engine takes lan0.50 for the VLAN 50 of lan0.
    parents = [parent for network in networks if network.driver in ("macvlan", "ipvlan")
               for parent in (network.device, (network.device or "").partition(".")[0]) if parent in present]
    cards = [parent for parent in parents if not any(parent.startswith(f"{other}.") for other in parents)]
    if found := [card for card in cards if card in leaving] or cards or leaving:
        return found[0]
    # A bridge may carry any name: those of the networks are known, others show as some interface's master.
    bridges = {network.device for network in networks if network.driver == "bridge"}
    bridges |= {link.get("master") for link in source["interfaces"]}
    others = {name for name, address in on_host if address.version == 4} - bridges - {"lo"}
    others = {name for name in others if not name.startswith(NOT_A_NIC)}
    return others.pop() if len(others) == 1 else None


def _host(source: dict, on_host: list[tuple[str, Any]], networks: Iterable[Network]) -> Host:
    card = _card(source, on_host, networks)
    addresses = (str(address) for name, address in on_host if name == card and address.version == 4)
    return Host(field(source, "name", str, "host"), card, next(addresses, None))


def _network(source: Any, path: str, on_host: list[tuple[str, Any]], gateways_inside: list[Any]) -> Network:
    name, driver = field(source, "Name", str, path), field(source, "Driver", str, path)
    internal, options = field(source, "Internal", bool, path), field(source, "Options", dict, path, {})
    subnets, gateways = [], []
    configs = field(field(source, "IPAM", dict, path), "Config", list, f"{path}.IPAM", [])
    for at, config in entries(configs, f"{path}.IPAM.Config"):
        subnets.append(_parse(ipaddress.ip_network, field(config, "Subnet", str, at), f"{at}.Subnet"))
        if config.get("Gateway") and not internal:
            gateways.append(_parse(ipaddress.ip_interface, config["Gateway"], f"{at}.Gateway").ip)
    device = link = options.get(BRIDGE_NAME) or options.get("parent")
    if device is None and driver in ID_PREFIX:
        link, device = ID_PREFIX[driver] + field(source, "Id", str, path)[:12], ID_PREFIX[driver] + "…"
    # Engine 20.10 leaves the gateway of docker0 out, and engines up to 28 an automatic IPv6 one: it is the
    # address of the bridge on the host. An internal network's bridge has an address too, which engines from 29 on
    # name as well, but is no gateway.
    if not internal:
        known = [address.ip for name, address in on_host if name == link and driver == "bridge"]
        for address in known + gateways_inside:
            home = next((subnet for subnet in subnets if address in subnet), None)
            if home is not None and not any(gateway in home for gateway in gateways):
                gateways.append(address)
    # Engines list the two families in different orders.
    subnets.sort(key=lambda subnet: subnet.version)
    gateways.sort(key=lambda gateway: gateway.version)
    return Network(name, driver, tuple(map(str, subnets)), tuple(map(str, gateways)), device, internal)


def _ports(settings: dict, path: str) -> tuple[PublishedPort, ...]:
    ports = set()
    for key, bindings in field(settings, "Ports", dict, path, {}).items():
        number, _, protocol = key.partition("/")
        for at, binding in entries(bindings or [], f"{path}.Ports.{key}"):
            host_port = field(binding, "HostPort", str, at)
            if not (number.isdecimal() and protocol and host_port.isdecimal()):
                raise ValueError(f"{at}: {key!r} and {host_port!r} are no NUMBER/PROTOCOL and port number")
            ports.add((int(number), protocol, field(binding, "HostIp", str, at), int(host_port)))
    return tuple(PublishedPort(ip, host, inner, protocol) for inner, protocol, ip, host in sorted(ports))


def _endpoint(name: str, source: Any, path: str, links: list[tuple[str, Any]]) -> Endpoint:
    texts = []
    for key, length in (("IPAddress", "IPPrefixLen"), ("GlobalIPv6Address", "GlobalIPv6PrefixLen")):
        text = field(source, key, str, path, "")
        texts.append(f"{text}/{field(source, length, int, path)}" if text else None)
    address, ipv6 = texts
    wanted = {_parse(ipaddress.ip_interface, text, path).ip for text in (address, ipv6) if text}
    return Endpoint(name, next((link for link, own in links if own.ip in wanted), None), address, ipv6)


def _container(
    source: dict, path: str, names: dict[str, str], order: list[str], inside: dict
) -> Container:
    state = field(field(source, "State", dict, path), "Status", str, f"{path}.State")
    mode = field(field(source, "HostConfig", dict, path), "NetworkMode", str, f"{path}.HostConfig")
    settings, at = source["NetworkSettings"], f"{path}.NetworkSettings"
    links = _addresses(inside.get(source["Id"]) or [], f"interfaces[{source['Id'][:12]}]")
    found = [_endpoint(name, entry, f"{at}.Networks.{name}", links)
             for name, entry in field(settings, "Networks", dict, at, {}).items()]
    if mode.startswith("container:"):
        other = mode.removeprefix("container:")
        # Of a container which is gone only the id is left: twelve digits of it, as the engine shows ids.
        mode = f"container:{names.get(other, other[:12])}"
    elif mode not in ("host", "none") or any(endpoint.network != mode for endpoint in found):
        mode = ""
    place = {name: index for index, name in enumerate(order)}
    found.sort(key=lambda endpoint: (place.get(endpoint.network, len(place)), endpoint.network))
    return Container(names[source["Id"]], state, mode, () if mode else tuple(found), _ports(settings, at))


def from_snapshot(snapshot: dict) -> Topology:
    """Read {"host": {"name", "interfaces", "routes"}, "networks": [], "containers": [], "interfaces": {id: [...]}}.

    `interfaces` are lists as `ip -j addr` prints them, on the host and in each container's network namespace;
    `routes` is one as `ip -j route show default` does. A container without an entry in `interfaces` (stopped, say)
    gets endpoints without interface names.
    Raises ValueError naming the field that is missing or odd.
    """
    host = field(snapshot, "host", dict, "snapshot")
    on_host = _addresses(field(host, "interfaces", list, "host"), "host.interfaces")
    inside = field(snapshot, "interfaces", dict, "snapshot", {})
    sources = entries(field(snapshot, "containers", list, "snapshot"), "containers")
    names: dict[str, str] = {}
    gateways: dict[str, list[Any]] = {}
    for at, source in sources:
        names[field(source, "Id", str, at)] = field(source, "Name", str, at).removeprefix("/")
        settings, inner = field(source, "NetworkSettings", dict, at), f"{at}.NetworkSettings"
        for name, entry in field(settings, "Networks", dict, inner, {}).items():
            for key in ("Gateway", "IPv6Gateway"):
                if check(entry, dict, f"{inner}.Networks.{name}").get(key):
                    address = _parse(ipaddress.ip_address, entry[key], f"{inner}.Networks.{name}.{key}")
                    gateways.setdefault(name, []).append(address)
    networks = tuple(_network(source, at, on_host, gateways.get(field(source, "Name", str, at), []))
                     for at, source in entries(field(snapshot, "networks", list, "snapshot"), "networks"))
    order = [network.name for network in networks]
    containers = [_container(source, at, names, order, inside) for at, source in sources]
    containers.sort(key=lambda container: container.name)
    return Topology(_host(host, on_host, networks), networks, tuple(containers))
