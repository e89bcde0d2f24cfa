"""A packet's way drawn from top to bottom: who sends, then each device and hook that it came to, and where it ended.

A line runs down the left side. On it are the devices and the hooks; beside it stand, for each hook, the chains that it
called, with the rules that the packet matched. What decided is marked and coloured, what let it pass on is faint.
Lengths are SVG units (macros.draw.svg).
"""

from __future__ import annotations

from markupsafe import Markup

from macros.draw import svg
from macros.draw.packet import REWRITES, Chain, Hook, Packet, Rule, Way, decisive
from macros.draw.packet_parts import HOOKS, LEADING, SIZE, broken, mark

SPINE = 16
LEFT, RIGHT = 32, svg.WIDTH - 6
PAD, GLYPH, STEP = 9, 13, 8  # inside of a chain's box; of a rule's mark; for each jump
GOOD = svg.RAILS[1]


class Picture:
    """The drawing: its `height` and `body`. `words` are the labels of its language."""

    def __init__(self, way: Way, words: dict[str, str]) -> None:
        self.words, self.host = words, way.host
        self.under: list[Markup] = []
        self.over: list[Markup] = []
        self.y = 4.0
        for number, packet in enumerate(way.packets):
            start = self.y + 14
            self._packet(packet, number)
            ends = [(LEFT, start), (SPINE, start), (SPINE, self.end)]
            if packet.end in ("dropped", "lost"):
                self.under.append(svg.line(ends, stroke=svg.RAILS[0], weight=3))
            else:
                self.under.append(svg.arrow([*ends, (LEFT, self.end)], stroke=svg.RAILS[0], weight=3))
            if number + 1 < len(way.packets):  # docker-proxy joins the two
                self.under.append(svg.line([(LEFT + 24, self.y - 12), (LEFT + 24, self.y + 14)], dash="3 3"))
            self.y += 14
        self.height = self.y - 8

    @property
    def body(self) -> list[Markup]:
        """All parts, the lowest first."""
        return [*self.under, *self.over]

    def _packet(self, packet: Packet, number: int) -> None:
        words = self.words
        note = words["proxy"] if number else words["sends"]
        self._box(packet.sender or f"{words['host']} {self.host}", note,
                  [(words["from"], packet.source), (words["to"], packet.destination)], packet.protocol)
        if packet.port:
            self._device(packet.port, words["port_in"])
        before = ""
        for at, hook in enumerate(packet.hooks):
            if hook.name == "prerouting" and hook.entered:
                self._device(hook.entered, words["looped" if before else "entered"])
            elif before == "prerouting":
                self._route(hook)
            self._hook(hook)
            before = hook.name
            if hook.name == "postrouting" and at + 1 == len(packet.hooks) and packet.end != "dropped":
                self._device(hook.left, words["left"])
        if packet.end == "dropped":
            return
        if packet.end == "bridged":
            self._note(words["bridged"])
        if packet.left_port:
            self._device(packet.left_port, words["port_out"])
        self._last(packet)

    def _last(self, packet: Packet) -> None:
        words = self.words
        if packet.end == "lost":
            self._fate(words["lost"])
            return
        last = packet.hooks[-1] if packet.hooks else None
        source, destination = (last.to_source or last.source, last.to_destination or last.destination) if last else (
            packet.source, packet.destination)  # fmt: skip
        note, nobody = "", packet.end == "local" and not packet.receiver and not packet.protocol.startswith("icmp")
        if packet.end == "local":
            key = "echo" if packet.protocol.startswith("icmp") else "listens" if packet.receiver else "nobody"
            note = words[key]
        name = packet.receiver or (f"{words['host']} {self.host}" if packet.end == "local" else words["outside"])
        self.end = self.y + 14
        self._box(name, note, [(words["from"], source), (words["to"], destination)], warn=nobody)

    def _box(self, name: str, note: str, facts: list[tuple[str, str]], protocol: str = "", warn: bool = False) -> None:
        """Who sends or gets it, with its addresses."""
        top, column = self.y, max(svg.text_width(label, 12) for label, _ in facts) + 8
        parts = [svg.text(LEFT + PAD, top + 19, name, mono=True, bold=True, size=13, limit=RIGHT - LEFT - 2 * PAD)]
        y = top + 19
        if note and svg.text_width(name, 13, mono=True) + svg.text_width(note, 12) + 24 > RIGHT - LEFT - 2 * PAD:
            for row in svg.wrap(note, RIGHT - LEFT - 2 * PAD, 12):
                y += 16
                parts.append(svg.text(LEFT + PAD, y, row, fill=svg.WARN if warn else svg.MUTED))
        elif note:
            parts.append(svg.text(RIGHT - PAD, y, note, anchor="end", fill=svg.WARN if warn else svg.MUTED))
        for number, (label, value) in enumerate(facts):
            y += 17
            parts.append(svg.text(LEFT + PAD, y, label, fill=svg.MUTED))
            parts.append(svg.text(LEFT + PAD + column, y, value, mono=True, limit=RIGHT - LEFT - 2 * PAD - column))
            if protocol and number == len(facts) - 1:
                parts.append(svg.text(RIGHT - PAD, y, protocol, mono=True, fill=svg.MUTED, anchor="end"))
        bottom = y + 9
        self.over += [svg.box(LEFT, top, RIGHT - LEFT, bottom - top, weight=2), *parts]
        self.y, self.end = bottom + 12, top + 14

    def _device(self, name: str, note: str) -> None:
        self.over += [svg.plug(SPINE, self.y + 8, svg.RAILS[0]),
                      svg.runs(LEFT, self.y + 12.3, [(name, {"mono": True, "bold": True}), (note, {"fill": svg.MUTED})],
                               RIGHT - LEFT)]
        self.y += 25

    def _route(self, hook: Hook) -> None:
        key, device = ("route_out", hook.left) if hook.name == "forward" else ("route_host", "")
        parts = [(self.words[key], {"fill": svg.MUTED})] + ([(device, {"mono": True, "bold": True})] if device else [])
        x, y = SPINE, self.y + 8
        diamond = svg.tag("path", d=f"M{x} {y - 7:g}l7 7l-7 7l-7 -7Z", fill=svg.SURFACE, stroke=svg.RAILS[0],
                          stroke_width=2)
        self.over += [diamond, svg.runs(LEFT, y + 4.3, parts, RIGHT - LEFT)]
        self.y += 25

    def _hook(self, hook: Hook) -> None:
        words = self.words
        self.over += [svg.dot(SPINE, self.y + 8, stroke=svg.RAILS[0]),
                      svg.runs(LEFT, self.y + 12.3, [(hook.name.upper(), {"size": 13, "bold": True}),
                                                     (words[HOOKS[hook.name]], {"fill": svg.MUTED})], RIGHT - LEFT)]
        self.y += 22
        if not hook.chains:
            self.over.append(svg.text(LEFT, self.y + 10, words["none"], fill=svg.MUTED))
            self.y += 22
        for chain in hook.chains:
            self._chain(chain)
        for key, before, after in hook.rewritten:
            self._rewritten(words[key], before, after)

    def _chain(self, chain: Chain) -> None:
        top, words = self.y, self.words
        room = RIGHT - LEFT - 3 * PAD
        owner = svg.ellipsize(chain.owner, room * 0.6, SIZE, mono=True)
        parts = [svg.text(LEFT + PAD, top + 17, chain.name, mono=True, bold=True,
                          limit=room - svg.text_width(owner, SIZE, mono=True)),
                 svg.text(RIGHT - PAD, top + 17, owner, mono=True, fill=svg.MUTED, anchor="end", tip=chain.owner)]
        y, path, inside = top + 20, decisive(chain), chain.name
        for number, rule in enumerate(chain.rules):
            last = number == len(chain.rules) - 1 and not chain.policy
            colour, kind = self._look(rule, last, number in path)
            x = LEFT + PAD + GLYPH + STEP * min(rule.depth, 5)
            if chain.tool == "nft" and rule.chain != inside:  # whose rules do not say in which chain they are
                y += LEADING
                parts.append(svg.text(x - GLYPH, y, f"{rule.chain}:", mono=True, fill=svg.MUTED, limit=RIGHT - PAD - x))
                inside = rule.chain
            for row, text in enumerate(broken(rule.text, RIGHT - PAD - x - 8)):
                y += LEADING
                if not row:
                    parts += mark(kind, x - 8, y - 4.3, colour)
                parts.append(svg.text(x + (8 if row else 0), y, text, mono=True, fill=colour, bold=last))
            y += 3
        if chain.policy:
            y += LEADING + 1
            dropped = chain.verdict == "drop"
            key = "policy" if chain.rules else "no_match"
            text = words[key].format(policy=chain.verdict.upper())
            colour = svg.WARN if dropped else svg.MUTED
            parts += mark("drop" if dropped else "pass", LEFT + PAD + 4, y - 4.3, colour)
            parts.append(svg.text(LEFT + PAD + GLYPH, y, text, fill=colour))
        bottom = y + 9
        stroke = svg.WARN if chain.verdict == "drop" else svg.LINE
        self.over += [svg.box(LEFT, top, RIGHT - LEFT, bottom - top, stroke=stroke,
                              weight=2 if chain.verdict == "drop" else 1.2), *parts]
        self.y = bottom + 9
        if chain.verdict == "drop":
            self._fate(words["dropped"])

    @staticmethod
    def _look(rule: Rule, last: bool, on_path: bool) -> tuple[str, str]:
        """The colour of a rule, and the name of its mark."""
        if last and rule.verdict == "drop":
            return svg.WARN, "drop"
        if REWRITES.search(rule.text) and rule.verdict == "accept":
            return svg.PORT, "rewrite"
        if last and rule.verdict == "accept":
            return GOOD, "accept"
        return (svg.TEXT, "jump") if on_path else (svg.MUTED, "pass")

    def _rewritten(self, label: str, before: str, after: str) -> None:
        one = f"{before} → {after}"
        column = svg.text_width(label, 12) + 8
        room = RIGHT - LEFT - 2 * PAD - column
        rows = [one] if svg.text_width(one, SIZE, mono=True) <= room else [before, f"→ {after}"]
        top = self.y
        parts = [svg.text(LEFT + PAD, top + 16, label, fill=svg.MUTED)]
        parts += [svg.text(LEFT + PAD + column, top + 16 + 16 * at, row, mono=True, bold=True, limit=room)
                  for at, row in enumerate(rows)]
        height = 9 + 16 * len(rows)
        self.over += [svg.box(LEFT, top, RIGHT - LEFT, height, stroke=svg.PORT, weight=2, radius=12), *parts,
                      svg.line([(SPINE, top + 12), (LEFT, top + 12)], stroke=svg.PORT, weight=3)]
        self.y = top + height + 12

    def _fate(self, text: str) -> None:
        """The end of a packet that goes no further."""
        self.end = self.y + 8
        self.over += [svg.cross(SPINE, self.end), svg.text(LEFT, self.y + 12.3, text, bold=True, fill=svg.WARN)]
        self.y += 24

    def _note(self, text: str) -> None:
        for row in svg.wrap(text, RIGHT - LEFT, 12):
            self.over.append(svg.text(LEFT, self.y + 11, row, fill=svg.MUTED))
            self.y += 16
        self.y += 8
