"""The model of one Docker host's networks, and its form in JSON; `macros.draw.topology` fills it in.

It holds no ids and no MAC addresses, so that two honest runs of a page give equal models. Addresses are
strings with their prefix length ("172.17.0.2/16"), ports are integers.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from typing import Any, get_args, get_origin, get_type_hints


@dataclass(frozen=True)
class Host:
    """The Docker host, its NIC, and the first IPv4 address of that; None where it has none."""

    name: str
    interface: str | None
    address: str | None


@dataclass(frozen=True)
class Network:
    """A network, IPv4 subnets first; its device as the host names it, "br-…" where an id is part of that."""

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
    """source[key] if it is of that kind; null gives `default` if there is one; the rest is a ValueError."""
    if not isinstance(source, dict):
        raise ValueError(f"{path}: expected an object, got {type(source).__name__}")
    if key not in source:
        raise ValueError(f"{path}.{key}: missing")
    if source[key] is None and default is not None:
        return default
    return check(source[key], kind, f"{path}.{key}")


def check(value: Any, kind: type, path: str) -> Any:
    """The value itself; a ValueError naming its path if it is of another kind."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        expected = getattr(kind, "__name__", kind)
        raise ValueError(f"{path}: expected {expected}, got {type(value).__name__} {value!r:.60}")
    return value


def entries(values: list, path: str) -> list[tuple[str, Any]]:
    """The items of a list, each with its path for error messages."""
    return [(f"{path}[{index}]", value) for index, value in enumerate(check(values, list, path))]


def to_dict(topology: Any) -> dict:
    """The model as JSON holds it: objects, lists, strings, numbers, booleans and null."""
    return json.loads(json.dumps(asdict(topology)))


def from_dict(source: dict) -> Topology:
    """What `to_dict` made; ValueError names a field that is missing, unknown or of another kind."""
    return build(Topology, source, "topology")


def build(kind: type, source: Any, path: str) -> Any:
    """A dataclass of the model from JSON, fields checked; `path` is what errors call it."""
    if not is_dataclass(kind):
        return check(source, kind, path)
    unknown = set(check(source, dict, path)) - {item.name for item in fields(kind)}
    if unknown:
        raise ValueError(f"{path}: unknown {', '.join(sorted(map(str, unknown)))}")
    values = {}
    for name, hint in get_type_hints(kind).items():
        value, at = field(source, name, object, path), f"{path}.{name}"
        if get_origin(hint) is tuple:
            values[name] = tuple(build(get_args(hint)[0], one, inner) for inner, one in entries(value, at))
        else:
            values[name] = build(hint, value, at)
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
