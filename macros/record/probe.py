"""What a macro call of a page sees of the engine at its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from macros.draw import topology, wire
from macros.lab.host import Lab
from macros.lab.inventory import snapshot


def seen(call: tuple, host: Lab, hosts: Sequence[Lab]) -> dict:
    """What `call`, such as ("network_inspect", "bridge", "IPAM"), shows: of `host`, or of all of the page's `hosts`.

    Raises KeyError for a field that is not there, docker.errors.APIError for an object that is not.
    """
    name, target, *fields = call
    if name == "topology":
        return topology.to_dict(topology.from_snapshot(snapshot(host, target, *fields)))
    if name == "hosts_topology":
        snapshots = [snapshot(one, target, *fields) for one in hosts]
        return wire.to_dict(wire.of(snapshots, [topology.from_snapshot(one) for one in snapshots]))
    inspect = getattr(host.client.api, f"inspect_{name.removesuffix('_inspect')}")
    return chosen(inspect(target), fields)


def chosen(attributes: dict, fields: Sequence[str]) -> dict:
    """The named fields of an inspect object ("IPAM", "IPAM.Config"), or all. Raises KeyError naming what there is."""
    if not fields:
        return attributes
    picked = {}
    for name in fields:
        value: Any = attributes
        for part in name.split("."):
            if not isinstance(value, dict) or part not in value:
                raise KeyError(f"no field {name!r}; there are: {', '.join(attributes)}")
            value = value[part]
        picked[name] = value
    return picked
