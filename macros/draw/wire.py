"""Several Docker hosts and the wire between them: their topologies one under another, tunnels marked on the wire.

An overlay's line starts at each host's NIC, since that is where its frames leave and enter; on the wire, which joins
the NICs along the left side, the label of a tunnel tells what carries them. Lengths are SVG units (macros.draw.svg).
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from macros.draw import svg
from macros.draw.metro import EDGE, Map, letter
from macros.draw.model import Topology, build, to_dict

MARGIN = 16  # left of the hosts' frames, for the wire
WIRE_X = 9
NIC_Y = 22  # of a host's NIC, from its picture's top
ROW = 22  # height of a tunnel's label between two hosts


@dataclass(frozen=True)
class Tunnel:
    """A network whose frames go between hosts in UDP packets; vni is VXLAN's number for it."""

    network: str
    vni: int


@dataclass(frozen=True)
class Hosts:
    """Topologies of hosts on one wire, in the order of their page, and what goes through it."""

    hosts: tuple[Topology, ...]
    tunnels: tuple[Tunnel, ...]


def from_dict(source: dict) -> Hosts:
    """What `to_dict` made; ValueError names a field that is missing, unknown or of another kind."""
    return build(Hosts, source, "hosts")


def of(snapshots: list[dict], topologies: list[Topology]) -> Hosts:
    """The hosts as they were inspected; a tunnel is an overlay network that has a VXLAN number."""
    found: dict[str, int] = {}
    for snapshot in snapshots:
        for network in snapshot["networks"]:
            # The swarm's manager alone tells the number.
            number = (network.get("Options") or {}).get("com.docker.network.driver.overlay.vxlanid_list", "")
            if network["Driver"] == "overlay" and number.isdecimal():
                found[network["Name"]] = int(number)
    return Hosts(tuple(topologies), tuple(Tunnel(name, number) for name, number in found.items()))


class Wire:
    """The drawing: its `width`, `height` and `body`. `words` are the labels of its language."""

    def __init__(self, hosts: Hosts, words: dict[str, str]) -> None:
        tunnels = {tunnel.network for tunnel in hosts.tunnels}
        maps = [Map(topology, words, tunnels) for topology in hosts.hosts]
        self.width = max(drawing.width for drawing in maps) + MARGIN
        self.body: list[Markup] = []
        tops, y = [], 0.0
        for index, drawing in enumerate(maps):
            tops.append(y)
            group = Markup("\n").join(drawing.body)
            self.body.append(svg.tag("g", Markup("\n") + group + Markup("\n"), transform=f"translate({MARGIN} {y:g})"))
            y += drawing.height
            if index + 1 < len(maps):
                for tunnel in hosts.tunnels:
                    self._label(tunnel, maps[index], y + ROW / 2, words)
                    y += ROW
                y += 8
        self.height = y
        ends = [(WIRE_X, tops[0] + NIC_Y), (WIRE_X, tops[-1] + NIC_Y)]
        wire = [svg.line(ends, weight=4)]
        wire += [svg.line([(WIRE_X, top + NIC_Y), (MARGIN + EDGE + 10, top + NIC_Y)], weight=4) for top in tops]
        self.body = wire + self.body

    def _label(self, tunnel: Tunnel, drawing: Map, y: float, words: dict[str, str]) -> None:
        _, index, colour = drawing.rails.get(tunnel.network, (0, 0, svg.LINE))
        text = words["tunnel"].format(vni=tunnel.vni)
        self.body += [svg.line([(WIRE_X, y), (MARGIN + EDGE + 8, y)], stroke=colour, weight=3, dash=svg.DASHES[1]),
                      svg.dot(MARGIN + EDGE + 14, y, letter(index), stroke=colour),
                      svg.text(MARGIN + EDGE + 30, y + 4.3, text, limit=self.width - MARGIN - EDGE - 40, mono=True)]


def title(hosts: Hosts, words: dict[str, str]) -> str:
    """One line: whose networks these are."""
    return words["title"].format(host=", ".join(topology.host.name for topology in hosts.hosts))


def desc(hosts: Hosts, words: dict[str, str]) -> str:
    """What is on each host, then what joins them."""
    from macros.draw import sentences

    told = [sentences.desc(topology, words) for topology in hosts.hosts]
    names = ", ".join(topology.host.name for topology in hosts.hosts)
    told += [words["say_tunnel"].format(network=tunnel.network, hosts=names, vni=tunnel.vni)
             for tunnel in hosts.tunnels]
    return " ".join(told)


__all__ = ["Hosts", "Tunnel", "Wire", "desc", "from_dict", "of", "title", "to_dict"]
