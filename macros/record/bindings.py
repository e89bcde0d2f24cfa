"""Whether two outputs are the same, and which value of one run stands for which of the other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from macros.record import structure
from macros.record.gaps import DOTS, placed
from macros.record.normalize import spans
from macros.record.terminal import TAB
from macros.record.tokens import Line, Volatile, in_columns, in_order, lines_of, streams
from macros.record.typed import Typed
from macros.record.visible import visible

# How much of an id commands show that do not show all of it.
SHORT = 12


@dataclass(frozen=True)
class Pair:
    """Two outputs as they are compared: JSON is laid out alike, rows that come in any order are in one.

    cut: "" where all of expected counts; "lines": a line `...` stands for any lines, and one within a line for anything
    in it; "within": only the latter, since JSON that is cut short has its `...` on both sides.
    """

    expected: list[Line]
    actual: list[Line]
    cut: str = ""


class Bindings:
    """Which value of one run stands for which of the other; one for a page. typed: what the page names itself.

    guesses: whether values that nothing tells apart are bound as they come, so that one text can take another one's
    place. places: which address of a container stands where which of the actual run was (macros/record/exchanged.py).
    """

    def __init__(self, typed: Typed | None = None, guesses: bool = False) -> None:
        self.typed, self.guesses = typed or Typed(), guesses
        self._forward: dict[tuple[str, str], str] = {}
        self._backward: dict[tuple[str, str], str] = {}
        self._order: list[tuple[dict, tuple[str, str]]] = []
        self.places: dict[str, str] = {}

    def same(self, expected: str, actual: str, wildcards: bool = True, source: str = "") -> str:
        """Compare two outputs and, if they are the same, bind their values; returns "" or what differs.

        With wildcards, a line of expected that is `...` stands for any lines, and `...` within one for anything in it.
        source: the command that printed them.
        """
        return self.compare(self.pair(expected, actual, wildcards, source))

    def pair(self, expected: str, actual: str, wildcards: bool = True, source: str = "") -> Pair:
        """Two outputs as they are compared."""
        expected, actual = visible(expected), visible(actual)
        dotted = wildcards and DOTS in expected
        if wildcards:  # a page sets outputs off with empty lines, and is copied from a terminal that has no tabs
            expected, actual = (re.sub(r"\A(?:[ \t]*\n)+", "", text) for text in (expected, actual))
            actual = actual if "\t" in expected else "\n".join(_untabbed(line, expected) for line in actual.split("\n"))
        cut = "lines" if dotted else ""
        mine, theirs = structure.blocks(expected, dotted), structure.blocks(actual)
        if any(isinstance(piece, list) for piece in mine) and [*map(type, mine)] == [*map(type, theirs)]:
            expected, actual = self._laid_out(mine, theirs, source)
            cut = "within" if dotted and len(mine) == 1 else cut
        left = lines_of(expected, self.typed, source, bool(cut), wildcards)
        right = lines_of(actual, self.typed, source, claimed=wildcards)
        left = in_columns(left, right)
        if cut:
            return Pair(left, right, cut)
        if wildcards:
            left, right = streams(left, source), streams(right, source)
        return Pair(in_order(left, self._named), in_order(right, self.expected_of))

    def compare(self, pair: Pair) -> str:
        """Bind the values of two outputs if they are the same; returns "" or what differs."""
        made = self.made
        if pair.cut:
            why = placed(pair.expected, pair.actual, pair.cut == "lines", self)
        elif [line.shape for line in pair.expected] != [line.shape for line in pair.actual]:
            why = "the text differs"
        else:
            lines = zip(pair.expected, pair.actual, strict=True)
            why = self.bind(both for mine, theirs in lines for both in zip(mine.values, theirs.values, strict=True))
        if why:
            self.undo(made)
        return why

    @property
    def made(self) -> int:
        """How many bindings there are, for undoing those that come after."""
        return len(self._order)

    def bind(self, pairs: Iterable[tuple[Volatile, Volatile]]) -> str:
        """Bind each first value to its second; returns "" or which value stands where which other was expected."""
        for mine, theirs in pairs:
            if mine.bound and not self._bound(mine, theirs):
                return f"{mine.kind} {self.expected_of(theirs) or theirs.value} stands where {mine.value} was expected"
        return ""

    def undo(self, made: int) -> None:
        """Forget what was bound since `made` was the number of bindings."""
        while len(self._order) > made:
            known, key = self._order.pop()
            del known[key]

    def knows(self, value: Volatile) -> bool:
        """Whether it is known which value of the actual run stands for this one of the expected."""
        return _normal(value.kind, value.value) in self._forward

    def expected_of(self, value: Volatile) -> str:
        """What the expected run shows where the actual one shows this value, or "" if that is not known."""
        found = self._backward.get(_normal(value.kind, value.value), "")
        return found.upper() if value.kind == "mac" and value.value != value.value.lower() else found

    def rewrite(self, actual: str, source: str = "") -> str:
        """A text of the actual run, that `source` printed, with the expected run's values where they are bound."""
        return "\n".join(self._rewritten(line, source) for line in actual.split("\n"))

    def _rewritten(self, line: str, source: str) -> str:
        parts, place = [], 0
        for start, end, kind in spans(line, source):
            value = Volatile(kind, line[start:end], start, end)
            if value.bound and not self.typed.names(kind, value.value):
                parts += [line[place:start], self.expected_of(value) or value.value]
                place = end
        return "".join([*parts, line[place:]])

    def _bound(self, mine: Volatile, theirs: Volatile) -> bool:
        (family, one), (_, other) = _normal(mine.kind, mine.value), _normal(theirs.kind, theirs.value)
        pairs = [(one, other)]
        if family == "id":  # each length that a command shows of it
            size = min(len(one), SHORT)
            pairs = list(dict.fromkeys([(one, other)] * (len(one) == len(other)) + [(one[:size], other[:size])]))
        for a, b in pairs:
            if self._forward.get((family, a), b) != b or self._backward.get((family, b), a) != a:
                return False
        for a, b in pairs:
            for known, key, value in ((self._forward, (family, a), b), (self._backward, (family, b), a)):
                if key not in known:
                    known[key] = value
                    self._order.append((known, key))
        return True

    def _named(self, value: Volatile) -> str:
        return value.value if self.knows(value) else ""

    def _laid_out(self, mine: list[Any], theirs: list[Any], source: str) -> tuple[str, str]:
        """Texts of two outputs in pieces, with their JSON in the same order."""

        def alike(one: Any, other: Any) -> bool:
            left = lines_of(structure.rendered(one), self.typed, source, True)
            right = lines_of(structure.rendered(other), self.typed, source)
            made = self.made
            why = self.compare(Pair(left, right, "within"))
            self.undo(made)
            return not why

        def same_type(one: str, other: str) -> bool:
            first, second = lines_of(one, self.typed)[0], lines_of(other, self.typed)[0]
            return bool(first.values) and first.shape == second.shape

        texts: tuple[list[str], list[str]] = [], []
        for one, other in zip(mine, theirs, strict=True):
            if isinstance(one, list):
                laid = structure.aligned(one[0], other[0], alike, same_type)
                one, other = structure.rendered(one[0]), structure.rendered(laid)
            texts[0].append(one)
            texts[1].append(other)
        return "".join(texts[0]), "".join(texts[1])


def _untabbed(line: str, expected: str) -> str:
    """A line as a terminal shows it, which may make a single blank of a tab. Many pages have two then."""
    shown, *pieces = line.split("\t")
    width = len(shown)
    for piece in pieces:
        gap = TAB - width % TAB
        beside = f"{shown.rpartition(' ')[2]} {piece.partition(' ')[0]}"
        shown += " " * (2 if gap == 1 and beside not in expected else gap) + piece
        width += gap + len(piece)
    return shown


def _normal(kind: str, value: str) -> tuple[str, str]:
    """What tells values apart: ids of all lengths are of one family, and a MAC address is one in either case."""
    if kind in ("id", "short-id", "swarm-id", "cut"):
        return "id", value
    if kind == "mac":
        return kind, ":".join(part.zfill(2) for part in value.lower().split(":"))
    return kind, value
