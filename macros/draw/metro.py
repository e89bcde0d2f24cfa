"""A topology drawn like a metro map: networks are lines, endpoints stations, containers the places beside.

The host's NIC is the door in the top edge of the frame; published ports come from it along the right side. A
network's line starts at its header and ends at the last container on it. Lengths are SVG units (macros.draw.svg).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from markupsafe import Markup

from macros.draw import svg
from macros.draw.model import Container, Endpoint, Network, Topology
from macros.draw.ports import LOOPBACK, chips

EDGE = 8  # between the picture's edge and the frame of the host
RAIL_X, RAIL_GAP = 28, 22
PORT_GAP = 16
PAD = 12  # between a box's edge and its text
CONTENT = 212  # what a box needs at least; with many networks the picture grows wider instead
FLAT = ("host", "null")  # drivers without a line of their own
Look = dict[str, Any]  # of a text: keywords of svg.text
NAME: Look = {"size": 14, "mono": True, "bold": True}
CODE: Look = {"mono": True}
STRONG: Look = {"mono": True, "bold": True}
QUIET: Look = {"fill": svg.MUTED}


def letter(index: int) -> str:
    """A network's mark, so that lines differ by more than their colour: A to Z, then numbers."""
    return chr(ord("A") + index) if index < 26 else str(index + 1)


def arrange(containers: Iterable[Container]) -> list[Container]:
    """By name, guests in another's network after it; then those on the host's, then those without any."""
    rank = {"": 0, "host": 1, "none": 2}
    kept = sorted(containers, key=lambda one: (rank.get(one.mode, 3), one.name))
    names = {one.name for one in kept}
    ordered: list[Container] = []
    for one in kept:
        if one.mode.partition("container:")[2] not in names:
            ordered.append(one)
            ordered += [other for other in kept if other.mode == f"container:{one.name}"]
    return ordered + [one for one in kept if one not in ordered]


class Map:
    """One drawing: its `width`, `height` and `body`. `words` are the labels of its language, `tunnels` the names of
    networks that reach other hosts through the NIC."""

    def __init__(self, topology: Topology, words: dict[str, str], tunnels: Collection[str] = ()) -> None:
        self.words, self.host, self.tunnels = words, topology.host, tunnels
        self.networks = [network for network in topology.networks if network.driver not in FLAT]
        self.attached = {end.network for one in topology.containers for end in one.endpoints}
        places = arrange(topology.containers)
        on_host = any(one.mode == "host" for one in places)
        # By network: the x of its line, its number, which gives dashes and letter, and its colour.
        self.rails = {network.name: (RAIL_X + RAIL_GAP * (index + on_host), index, svg.RAILS[index % 6])
                      for index, network in enumerate(self.networks)}
        columns = len(self.rails) + on_host
        self.left = RAIL_X + RAIL_GAP * columns if columns else EDGE + 14
        used = {"lo" if port.host_ip.startswith(LOOPBACK) else "nic" for one in places for port in one.ports}
        # From left to right: the NIC's box is above that of the loopback interface, so its lane is outside.
        lanes = sorted(used)
        margin = EDGE + 14 + (PORT_GAP * len(lanes) + 12 if lanes else 0)
        self.width = max(float(svg.WIDTH), self.left + CONTENT + margin)
        self.right = self.width - margin
        self.lanes = {lane: self.right + 28 + PORT_GAP * at for at, lane in enumerate(lanes)}
        self.inner, self.room = self.left + PAD, self.right - self.left - 2 * PAD
        self.under: list[Markup] = []  # lines
        self.links: list[Markup] = []  # what joins lines and boxes
        self.over: list[Markup] = []  # boxes and text
        self.starts: dict[str, float] = {"": 38, "nic": 38}  # y of networks' lines, of lanes, "" of the NIC's
        self.ends: dict[str, float] = {}
        self.bottoms: dict[str, float] = {}  # of containers' boxes
        y = self._top()
        for network in self.networks:
            y = self._header(network, y)
        y += 6 if self.networks else 0
        for place in places:
            y = self._container(place, y)
        self.height = y + 2 + EDGE
        self._lines()

    @property
    def body(self) -> list[Markup]:
        """All parts, the lowest first."""
        frame = svg.box(EDGE, 22, self.width - 2 * EDGE, self.height - 22 - EDGE, fill=svg.GROUND, radius=12)
        return [frame, *self.under, *self.links, *self.over]

    def _top(self) -> float:
        left, right, y = EDGE + 10, self.width - EDGE - 6, 62.0
        nic = [(self.host.interface or self.words["no_nic"], NAME)]
        nic += [(self.host.address, {"size": 13, "mono": True})] if self.host.address else []
        self.over += [svg.box(left, 6, right - left, 32, weight=2),
                      svg.runs(left + PAD, 27, nic, right - left - 60),
                      svg.text(right - PAD, 27, "NIC", anchor="end", **QUIET)]
        label = [(self.words["host"], QUIET), (self.host.name, {"size": 13, "bold": True})]
        self.over.append(svg.runs(self.left, y, label, self.lanes.get("nic", right) - 50 - self.left))
        if "nic" in self.lanes:
            self.over.append(svg.text(self.lanes["nic"] - 8, y, "NAPT", anchor="end", **QUIET))
        if "lo" not in self.lanes:
            return y + 14
        end, self.starts["lo"] = self.lanes["lo"] + 8, y + 38
        self.over += [svg.box(end - 118, y + 14, 118, 24),
                      svg.runs(end - 110, y + 30.5, [("lo", STRONG), ("127.0.0.1", CODE)], 110)]
        return y + 50

    def _header(self, network: Network, y: float) -> float:
        words, (x, index, colour), middle = self.words, self.rails[network.name], y + 16
        kind = f"{network.driver} · {words['internal']}" if network.internal else network.driver
        beside = svg.text_width(network.name, 14, mono=True) + svg.text_width(kind, 12) + 14 <= self.room
        parts = [svg.text(self.inner, y + 21, network.name, limit=self.room, **NAME)]
        if beside:
            parts.append(svg.text(self.right - PAD, y + 21, kind, anchor="end", **QUIET))
        facts = [] if beside else [(words["driver"], kind)]
        facts += [(words["device"], network.device)] if network.device else []
        facts += [(words["subnet"], subnet) for subnet in network.subnets]
        facts += [(words["gateway"], gateway) for gateway in network.gateways]
        column = max(svg.text_width(words[key], 12) for key in ("device", "subnet", "gateway")) + 8
        y += 21
        for label, value in facts:
            y += 18
            parts.append(svg.text(self.inner, y, label, **QUIET))
            parts.append(svg.text(self.inner + column, y, value, limit=self.room - column, **CODE))
        self.starts[network.name], self.ends[network.name] = middle, y + 4
        if network.name not in self.attached:
            y += 18
            parts.append(svg.text(self.inner, y, words["empty"], **QUIET))
            self.ends[network.name] = y + 4
        frame = svg.box(self.left, middle - 16, self.right - self.left, y + 26 - middle, stroke=colour,
                        weight=2)
        self.over += [frame, *parts, svg.dot(x, middle, letter(index), stroke=colour)]
        self.links.append(svg.line([(x, middle), (self.left, middle)], stroke=colour, weight=3,
                                   halo=svg.GROUND))
        return y + 20

    def _container(self, one: Container, top: float) -> float:
        running = one.state == "running"
        state = "" if running else self.words.get(f"state_{one.state}", svg.clean(one.state))
        state = svg.ellipsize(state, self.room / 2, 12)
        spare = self.room - (svg.text_width(state, 12) + 12 if state else 0)
        parts = [svg.text(self.inner, top + 21, one.name, limit=spare, **NAME)]
        if state:
            parts.append(svg.text(self.right - PAD, top + 21, state, anchor="end", **QUIET))
        y = top + 42
        for endpoint in one.endpoints:
            y = self._endpoint(endpoint, parts, y, running)
        if not one.endpoints:
            y = self._alone(one, parts, y, running)
        most = self.right + 6 - self.left
        for label, whole, lane in chips(one.ports, most - 16):
            length = svg.text_width(label, 12, mono=True) + 16
            end = self.right + 6
            parts += [svg.box(end - length, y - 10, length, 20, stroke=svg.PORT, radius=10),
                      svg.text(end - length / 2, y + 4.3, label, tip=whole, anchor="middle", **CODE)]
            # Only the outer lane's arrows cross the other lane.
            crossing = svg.GROUND if lane == "nic" and "lo" in self.lanes else None
            self.links.append(svg.arrow([(self.lanes[lane], y), (self.right + 7, y)], stroke=svg.PORT,
                                        halo=crossing))
            self.ends[lane] = y
            y += 26
        bottom = y - 5
        self.bottoms[one.name] = bottom
        self.over += [svg.box(self.left, top, self.right - self.left, bottom - top,
                              dash=None if running else "5 4"), *parts]
        return bottom + 12

    def _endpoint(self, end: Endpoint, parts: list[Markup], y: float, running: bool) -> float:
        colour = svg.LINE
        if end.network in self.rails:
            x, index, colour = self.rails[end.network]
            self.links.append(svg.line([(x, y), (self.left, y)], stroke=colour, weight=3, halo=svg.GROUND,
                                       dash=None if running else "3 3"))
            parts.append(svg.dot(x, y, letter(index), stroke=colour))
            self.ends[end.network] = y
        else:  # a network that is not in this picture
            parts.append(svg.text(self.inner, y + 4.3, end.network, limit=self.room, **QUIET))
            y += 19
        texts = [(end.interface, STRONG)] if end.interface else []
        shown = [address for address in (end.address, end.ipv6) if address]
        texts.append((shown[0], CODE) if shown else (self.words["no_address"], QUIET))
        parts += [svg.plug(self.left, y, colour), svg.runs(self.inner, y + 4.3, texts, self.room)]
        for address in shown[1:]:
            y += 18
            indent = svg.text_width(end.interface, 12, mono=True) + 8 if end.interface else 0
            parts.append(svg.text(self.inner + indent, y + 4.3, address, limit=self.room - indent, **CODE))
        return y + 24

    def _alone(self, one: Container, parts: list[Markup], y: float, running: bool) -> float:
        owner = one.mode.partition("container:")[2]
        texts: list[tuple[object, Look]] = []
        note = self.words["no_network"]
        if one.mode == "host":
            self.links.append(svg.line([(RAIL_X, y), (self.left, y)], weight=3, halo=svg.GROUND))
            parts += [svg.dot(RAIL_X, y), svg.plug(self.left, y)]
            self.ends[""] = y
            texts = [(text, look) for text, look in ((self.host.interface, STRONG), (self.host.address, CODE)) if text]
            note = self.words["shares_host"]
        elif owner:
            note = self.words["shares"].format(svg.ellipsize(svg.clean(owner), self.room / 2, 12))
            if owner in self.bottoms:
                self.under += [svg.line([(x, self.bottoms[owner]), (x, y - 42)], weight=2.5)
                               for x in (self.left + 24, self.left + 32)]
        elif running:
            texts = [("lo", STRONG), ("127.0.0.1", CODE)]
        if texts:
            parts.append(svg.runs(self.inner, y + 4.3, texts, self.room))
            y += 19
        for row in svg.wrap(note, self.room, 12):
            parts.append(svg.text(self.inner, y + 4.3, row, **QUIET))
            y += 17
        return y + 4

    def _lines(self) -> None:
        for network in self.networks:
            x, index, colour = self.rails[network.name]
            start, end = self.starts[network.name], self.ends[network.name]
            # A macvlan leads to the NIC itself, or to a VLAN of it: there is no bridge between them. So does a tunnel
            # to another host.
            nic, device = self.host.interface, network.device or ""
            direct = network.driver != "bridge" and nic and (device == nic or device.startswith(f"{nic}."))
            if direct or network.name in self.tunnels:
                start = self.starts[""]
            self.under += [svg.line([(x, start), (x, end)], stroke=colour, weight=5,
                                    dash=svg.DASHES[index % 6]),
                           svg.line([(x - 7, end), (x + 7, end)], stroke=colour, weight=4)]
        if "" in self.ends:
            self.under.append(svg.line([(RAIL_X, self.starts[""]), (RAIL_X, self.ends[""])], weight=5))
        for lane, at in self.lanes.items():
            layer, dash = (self.under, "2 3") if lane == "lo" else (self.links, None)
            ends = [(at, self.starts[lane]), (at, self.ends[lane] + 1)]
            layer.append(svg.line(ends, stroke=svg.PORT, dash=dash))
