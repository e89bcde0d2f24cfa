"""What is connected to what on one Docker host, as a model without ids and MAC addresses.

`from_snapshot` reads what `docker network inspect`, `docker container inspect` and `ip -j addr` print; the engine is
not asked for anything here. Addresses are strings with their prefix length ("172.17.0.2/16"), ports are integers.
A field that is missing or of another kind than every engine from 20.10 on prints raises ValueError with its path.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from typing import Any, get_args, get_origin, get_type_hints

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
    if source[key] is None and default is not None:
        return default
    return _of(source[key], kind, f"{path}.{key}")


def _of(value: Any, kind: type, path: str) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"{path}: expected {getattr(kind, '__name__', kind)}, got {type(value).__name__} {value!r:.60}")
    return value


def _entries(values: list, path: str) -> list[tuple[str, Any]]:
    return [(f"{path}[{index}]", value) for index, value in enumerate(_of(values, list, path))]


def _parse(parse: Any, text: Any, path: str) -> Any:
    try:
        return parse(_of(text, str, path))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _addresses(links: list, path: str) -> list[tuple[str, Any]]:
    """(interface, address with prefix) pairs of `ip -j addr`, in its order."""
    found = []
    for at, link in _entries(links, path):
        name = field(link, "ifname", str, at)
        for inner, info in _entries(field(link, "addr_info", list, at), f"{at}.addr_info"):
            # A link may carry an entry without an address of its own, such as a tunnel's end.
            if _of(info, dict, inner).get("local"):
                text = f"{field(info, 'local', str, inner)}/{field(info, 'prefixlen', int, inner)}"
                found.append((name, _parse(ipaddress.ip_interface, text, f"{inner}.local")))
    return found


def _host(source: dict, on_host: list[tuple[str, Any]], networks: Iterable[Network]) -> Host:
    # A bridge may carry any name: those of the networks are known, others show themselves as somebody's master.
    bridges = {network.device for network in networks if network.driver == "bridge"}
    bridges |= {link.get("master") for link in source["interfaces"]}
    for name, address in on_host:
        if name != "lo" and name not in bridges and not name.startswith(NOT_A_NIC) and address.version == 4:
            return Host(field(source, "name", str, "host"), name, str(address))
    return Host(field(source, "name", str, "host"), None, None)


def _network(source: Any, path: str, on_host: list[tuple[str, Any]], endpoint_gateways: list[Any]) -> Network:
    name, driver = field(source, "Name", str, path), field(source, "Driver", str, path)
    internal, options = field(source, "Internal", bool, path), field(source, "Options", dict, path, {})
    subnets, gateways = [], []
    configs = field(field(source, "IPAM", dict, path), "Config", list, f"{path}.IPAM", [])
    for at, config in _entries(configs, f"{path}.IPAM.Config"):
        subnets.append(_parse(ipaddress.ip_network, field(config, "Subnet", str, at), f"{at}.Subnet"))
        if config.get("Gateway"):
            gateways.append(_parse(ipaddress.ip_interface, config["Gateway"], f"{at}.Gateway").ip)
    device = link = options.get(BRIDGE_NAME) or options.get("parent")
    if device is None and driver in ID_PREFIX:
        link = ID_PREFIX[driver] + field(source, "Id", str, path)[:12]
        # A macvlan without a parent has a dummy device; the host tells whether it was made.
        if driver == "bridge" or any(name == link for name, _ in on_host):
            device = ID_PREFIX[driver] + "…"
    # Engine 20.10 leaves the gateway of docker0 out, and engines up to 28 an automatic IPv6 one: it is the address of
    # the bridge on the host. The bridge of an internal network has an address too, but it is no gateway.
    if not internal:
        known = [address.ip for name, address in on_host if name == link and driver == "bridge"]
        for address in known + endpoint_gateways:
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
        for at, binding in _entries(bindings or [], f"{path}.Ports.{key}"):
            host_port = field(binding, "HostPort", str, at)
            if not (number.isdecimal() and protocol and host_port.isdecimal()):
                raise ValueError(f"{at}: expected NUMBER/PROTOCOL and a port number, got {key!r} and {host_port!r}")
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


def _container(source: dict, path: str, names: dict[str, str], order: list[str], inside: dict) -> Container:
    state = field(field(source, "State", dict, path), "Status", str, f"{path}.State")
    mode = field(field(source, "HostConfig", dict, path), "NetworkMode", str, f"{path}.HostConfig")
    settings, at = source["NetworkSettings"], f"{path}.NetworkSettings"
    links = _addresses(inside.get(source["Id"]) or [], f"interfaces[{source['Id'][:12]}]")
    found = [_endpoint(name, entry, f"{at}.Networks.{name}", links)
             for name, entry in field(settings, "Networks", dict, at, {}).items()]
    if mode.startswith("container:"):
        other = mode.removeprefix("container:")
        # Only the id of a container which is gone is left: its twelve digits are the name that the engine shows.
        mode = f"container:{names.get(other, other[:12])}"
    elif mode not in ("host", "none") or any(endpoint.network != mode for endpoint in found):
        mode = ""
    place = {name: index for index, name in enumerate(order)}
    found.sort(key=lambda endpoint: (place.get(endpoint.network, len(place)), endpoint.network))
    return Container(names[source["Id"]], state, mode, () if mode else tuple(found), _ports(settings, at))


def from_snapshot(snapshot: dict) -> Topology:
    """The model of {"host": {"name", "interfaces"}, "networks": [...], "containers": [...], "interfaces": {id: [...]}}.

    The first and the last `interfaces` are lists as `ip -j addr` prints them, on the host and in each container's
    network namespace; a container without an entry there (stopped, say) gets endpoints without interface names.
    Raises ValueError naming the field that is missing or odd.
    """
    host = field(snapshot, "host", dict, "snapshot")
    on_host = _addresses(field(host, "interfaces", list, "host"), "host.interfaces")
    inside = field(snapshot, "interfaces", dict, "snapshot", {})
    sources = _entries(field(snapshot, "containers", list, "snapshot"), "containers")
    names: dict[str, str] = {}
    gateways: dict[str, list[Any]] = {}
    for at, source in sources:
        names[field(source, "Id", str, at)] = field(source, "Name", str, at).removeprefix("/")
        at = f"{at}.NetworkSettings"
        for name, entry in field(field(source, "NetworkSettings", dict, at), "Networks", dict, at, {}).items():
            for key in ("Gateway", "IPv6Gateway"):
                if _of(entry, dict, f"{at}.Networks.{name}").get(key):
                    address = _parse(ipaddress.ip_address, entry[key], f"{at}.Networks.{name}.{key}")
                    gateways.setdefault(name, []).append(address)
    networks = tuple(_network(source, at, on_host, gateways.get(field(source, "Name", str, at), []))
                     for at, source in _entries(field(snapshot, "networks", list, "snapshot"), "networks"))
    order = [network.name for network in networks]
    containers = [_container(source, at, names, order, inside) for at, source in sources]
    return Topology(_host(host, on_host, networks), networks, tuple(sorted(containers, key=lambda one: one.name)))


def to_dict(topology: Topology) -> dict:
    """The model as JSON holds it: objects, lists, strings, numbers, booleans and null."""
    return json.loads(json.dumps(asdict(topology)))


def from_dict(source: dict) -> Topology:
    """What `to_dict` made; ValueError names a field that is missing, unknown or of another kind."""
    return _build(Topology, source, "topology")


def _build(kind: type, source: Any, path: str) -> Any:
    if not is_dataclass(kind):
        return _of(source, kind, path)
    unknown = set(_of(source, dict, path)) - {item.name for item in fields(kind)}
    if unknown:
        raise ValueError(f"{path}: unknown {', '.join(sorted(map(str, unknown)))}")
    values = {}
    for name, hint in get_type_hints(kind).items():
        value, at = field(source, name, object, path), f"{path}.{name}"
        if get_origin(hint) is tuple:
            values[name] = tuple(_build(get_args(hint)[0], one, inner) for inner, one in _entries(value, at))
        else:
            values[name] = _build(hint, value, at)
    return kind(**values)


def only(topology: Topology, *names: str) -> Topology:
    """The named networks, in the order named, and the containers on them; an unknown name is a ValueError.

    A container keeps all its endpoints, and one that shares another's network stays with it.
    """
    known = {network.name: network for network in topology.networks}
    missing = [name for name in names if name not in known]
    if missing:
        raise ValueError(f"no network {', '.join(missing)}; there are {', '.join(known) or 'none'}")
    drivers = {known[name].driver for name in names}
    modes = {mode for mode, driver in (("host", "host"), ("none", "null")) if driver in drivers}
    kept = {one.name for one in topology.containers
            if one.mode in modes or any(endpoint.network in names for endpoint in one.endpoints)}
    kept |= {one.name for one in topology.containers if one.mode.partition("container:")[2] in kept}
    containers = tuple(one for one in topology.containers if one.name in kept)
    return replace(topology, networks=tuple(known[name] for name in names), containers=containers)
