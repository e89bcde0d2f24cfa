"""What a macro call of a page sees of the engine at its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from macros.draw import packet, topology, wire
from macros.draw.packet_trace import from_capture
from macros.lab import mounts
from macros.lab.errors import LabError
from macros.lab.host import Lab
from macros.lab.inventory import snapshot
from macros.lab.trace import captured
from macros.page.options import NO_OPTIONS, Options


def seen(call: tuple, host: Lab, hosts: Sequence[Lab], options: Options = NO_OPTIONS, engine: str = "") -> dict:
    """What `call`, such as ("network_inspect", "bridge", "IPAM"), shows: of `host`, or of all of the page's `hosts`.

    options: of its step; engine: DOCKER_HOST of the page's shell, "" for the host's own engine. Raises KeyError for a
    field that is not there, docker.errors.APIError for an object that is not, and LabError for a packet that was not
    traced, or whose command ended in another way than the step says.
    """
    name, target, *fields = call
    if name == "packet":
        return traced(host, target, *fields, options=options, engine=engine)
    if name == "mounts":
        return mounts.captured(host, target)
    if name == "topology":
        return topology.to_dict(topology.from_snapshot(snapshot(host, target, *fields)))
    if name == "hosts_topology":
        snapshots = [snapshot(one, target, *fields) for one in hosts]
        return wire.to_dict(wire.of(snapshots, [topology.from_snapshot(one) for one in snapshots]))
    inspect = getattr(host.client.api, f"inspect_{name.removesuffix('_inspect')}")
    return chosen(inspect(target), fields)


def traced(lab: Lab, command: str, where: str = "", host: str = "", *, options: Options, engine: str = "") -> dict:
    """The way of the first packet that a command sends; macros.lab.trace.captured has the parameters."""
    found = captured(lab, command, where, host, options.timeout, engine)
    try:
        way = from_capture(found, where, host or lab.name)
    except ValueError as error:
        raise LabError(f"{error}: exit code {found['exit']}\n{found['output']}".strip()) from error
    if way.exit != options.exit:
        raise LabError(f"exit code {way.exit} instead of {options.exit}\n{found['output']}".strip())
    return packet.to_dict(way)


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
