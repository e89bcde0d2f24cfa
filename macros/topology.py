"""What is connected to what on one Docker host, as a model without ids and MAC addresses.

`from_snapshot` reads what `docker network inspect`, `docker container inspect` and `ip -j addr` print; the engine is
not asked for anything here. Addresses are strings with their prefix length ("172.17.0.2/16"), ports are integers.
A field that is missing or of another kind than every engine from 20.10 on prints raises ValueError with its path.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

BRIDGE_NAME = "com.docker.network.bridge.name"
# Devices which the engine names after the network's id. The id differs from run to run, so the model keeps an
# ellipsis in its place: two honest runs of a page then give equal models.
ID_PREFIX = {"bridge": "br-", "macvlan": "dm-", "ipvlan": "di-"}
NOT_A_NIC = ("docker0", "docker_gwbridge", "br-", "veth")


@dataclass(frozen=True)
class Host:
    """The Docker host and its NIC; both None where the host has no interface with an IPv4 address."""

    name: str
    interface: str | None
    address: str | None


@dataclass(frozen=True)
class Network:
    """A network; IPv4 subnets come first. `device` is what `ip link` on the host shows, "br-…" if named after an id."""

    name: str
    driver: str
    subnets: tuple[str, ...]
    gateways: tuple[str, ...]
    device: str | None
    internal: bool


@dataclass(frozen=True)
class Endpoint:
    """A container's place on a network; all None but the name while the container does not run."""

    network: str
    interface: str | None
    address: str | None
    ipv6: str | None


@dataclass(frozen=True)
class PublishedPort:
    """A host port that leads to a container's port."""

    host_ip: str
    host_port: int
    container_port: int
    protocol: str


@dataclass(frozen=True)
class Container:
    """A container; mode is "host", "none", "container:NAME" or "" for one with interfaces of its own."""

    name: str
    state: str
    mode: str
    endpoints: tuple[Endpoint, ...]
    ports: tuple[PublishedPort, ...]


@dataclass(frozen=True)
class Topology:
    """Networks in the order given, containers by name."""

    host: Host
    networks: tuple[Network, ...]
    containers: tuple[Container, ...]


def field(source: Any, key: str, kind: type, path: str, default: Any = None) -> Any:
    """source[key] if it is of that kind; null gives `default` where there is one; anything else is a ValueError."""
    if not isinstance(source, dict):
        raise ValueError(f"{path}: expected an object, got {type(source).__name__}")
    if key not in source:
        raise ValueError(f"{path}.{key}: missing")
    value = source[key]
    if value is None and default is not None:
        return default
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"{path}.{key}: expected {kind.__name__}, got {type(value).__name__} {value!r:.60}")
    return value


def _entries(source: Any, key: str, path: str) -> list[tuple[str, Any]]:
    return [(f"{path}.{key}[{i}]", entry) for i, entry in enumerate(field(source, key, list, path, []))]


def _addresses(interfaces: Any, path: str) -> list[tuple[str, str]]:
    """(interface, "address/prefix") pairs of `ip -j addr`, in its order."""
    found = []
    for at, link in _entries({"": interfaces}, "", path):
        name = field(link, "ifname", str, at)
        for inner, info in _entries(link, "addr_info", at):
            # A point-to-point link, such as a VPN's, prints its own address as "local" too, but may print none at all.
            if info.get("local"):
                found.append((name, f"{field(info, 'local', str, inner)}/{field(info, 'prefixlen', int, inner)}"))
    return found


def _parse(parse: Any, text: str, path: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _host(snapshot: dict, networks: Iterable[Network]) -> Host:
    source = field(snapshot, "host", dict, "snapshot")
    interfaces = field(source, "interfaces", list, "host")
    # A bridge may carry any name: those of the networks are known, others show themselves as somebody's master.
    bridges = {network.device for network in networks if network.driver == "bridge"}
    bridges |= {link.get("master") for link in interfaces if isinstance(link, dict)}
    for name, address in _addresses(interfaces, "host.interfaces"):
        if name != "lo" and name not in bridges and not name.startswith(NOT_A_NIC) and "." in address:
            return Host(field(source, "name", str, "host"), name, address)
    return Host(field(source, "name", str, "host"), None, None)


def _network(source: Any, path: str, on_host: list[tuple[str, str]], endpoint_gateways: list[str]) -> Network:
    name, driver = field(source, "Name", str, path), field(source, "Driver", str, path)
    internal = field(source, "Internal", bool, path)
    options = field(source, "Options", dict, path, {})
    ipam = field(source, "IPAM", dict, path)
    subnets, gateways = [], []
    for at, config in _entries(ipam, "Config", f"{path}.IPAM"):
        subnets.append(_parse(ipaddress.ip_network, field(config, "Subnet", str, at), f"{at}.Subnet"))
        gateway = config.get("Gateway") or ""
        if gateway:
            gateways.append(_parse(ipaddress.ip_interface, gateway, f"{at}.Gateway").ip)
    device, own = options.get(BRIDGE_NAME) or options.get("parent"), None
    if device is None and driver in ID_PREFIX:
        own = ID_PREFIX[driver] + field(source, "Id", str, path)[:12]
        # A macvlan without a parent gets a dummy device; one that is not there was never made.
        if driver == "bridge" or any(link == own for link, _ in on_host):
            device = ID_PREFIX[driver] + "…"
    # Engine 20.10 leaves the gateway of docker0 out, and every engine an automatic IPv6 one: the address of the
    # bridge on the host is it. An internal network has none, whatever address its bridge has.
    if not internal:
        known = [address.split("/")[0] for link, address in on_host if driver == "bridge" and link in (device, own)]
        for address in (ipaddress.ip_address(text) for text in known + endpoint_gateways):
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
        for at, binding in _entries({key: bindings}, key, f"{path}.Ports"):
            host_port = field(binding, "HostPort", str, at)
            if not (number.isdecimal() and protocol and host_port.isdecimal()):
                raise ValueError(f"{at}: expected NUMBER/PROTOCOL and a port number, got {key!r} and {host_port!r}")
            ports.add((int(number), protocol, field(binding, "HostIp", str, at), int(host_port)))
    return tuple(PublishedPort(ip, host, inner, protocol) for inner, protocol, ip, host in sorted(ports))


def _endpoint(name: str, source: Any, path: str, links: list[tuple[str, str]]) -> Endpoint:
    v4 = field(source, "IPAddress", str, path, "")
    v6 = field(source, "GlobalIPv6Address", str, path, "")
    wanted = {ipaddress.ip_address(_parse(ipaddress.ip_address, text, path)) for text in (v4, v6) if text}
    interface = next((link for link, address in links if ipaddress.ip_interface(address).ip in wanted), None)
    address = f"{v4}/{field(source, 'IPPrefixLen', int, path)}" if v4 else None
    ipv6 = f"{v6}/{field(source, 'GlobalIPv6PrefixLen', int, path)}" if v6 else None
    return Endpoint(name, interface, address, ipv6)


def _container(source: Any, path: str, names: dict[str, str], order: list[str], inside: dict) -> Container:
    state = field(field(source, "State", dict, path), "Status", str, f"{path}.State")
    mode = field(field(source, "HostConfig", dict, path), "NetworkMode", str, f"{path}.HostConfig")
    settings, at = field(source, "NetworkSettings", dict, path), f"{path}.NetworkSettings"
    identity = field(source, "Id", str, path)
    links = _addresses(inside.get(identity), f"interfaces[{identity[:12]}]")
    found = [_endpoint(name, entry, f"{at}.Networks.{name}", links)
             for name, entry in field(settings, "Networks", dict, at, {}).items()]
    if mode.startswith("container:"):
        other = mode.removeprefix("container:")
        mode = f"container:{names.get(other, other[:12])}"
    elif mode not in ("host", "none") or any(endpoint.network != mode for endpoint in found):
        mode = ""
    place = {name: index for index, name in enumerate(order)}
    found.sort(key=lambda endpoint: (place.get(endpoint.network, len(place)), endpoint.network))
    return Container(names[identity], state, mode, tuple(found) if not mode else (), _ports(settings, at))


def from_snapshot(snapshot: dict) -> Topology:
    """The model of {"host": {"name", "interfaces"}, "networks": [...], "containers": [...], "interfaces": {id: [...]}}.

    The first and the last `interfaces` are lists as `ip -j addr` prints them, on the host and in each container's
    network namespace; a container without an entry there (stopped, say) gets endpoints without interface names.
    Raises ValueError naming the field that is missing or odd.
    """
    interfaces = field(field(snapshot, "host", dict, "snapshot"), "interfaces", list, "host")
    on_host = _addresses(interfaces, "host.interfaces")
    inside = field(snapshot, "interfaces", dict, "snapshot", {})
    sources = _entries(snapshot, "containers", "snapshot")
    names, gateways = {}, {}
    for at, source in sources:
        names[field(source, "Id", str, at)] = field(source, "Name", str, at).removeprefix("/")
        settings = field(source, "NetworkSettings", dict, at)
        for name, entry in field(settings, "Networks", dict, f"{at}.NetworkSettings", {}).items():
            texts = [entry.get(key) for key in ("Gateway", "IPv6Gateway")] if isinstance(entry, dict) else []
            gateways.setdefault(name, []).extend(text for text in texts if text)
    networks = tuple(_network(source, at, on_host, gateways.get(source.get("Name"), []) if isinstance(source, dict)
                              else []) for at, source in _entries(snapshot, "networks", "snapshot"))
    order = [network.name for network in networks]
    containers = [_container(source, at, names, order, inside) for at, source in sources]
    return Topology(_host(snapshot, networks), networks, tuple(sorted(containers, key=lambda one: one.name)))
