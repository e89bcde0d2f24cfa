"""Where the parts of an output stand between which a page leaves something out with `...`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from macros.record.tokens import MARK, MARKS, Line, Volatile

if TYPE_CHECKING:
    from macros.record.bindings import Bindings

# A line that stands for any lines, and what within a line stands for anything in it.
ANY_LINES, DOTS = re.compile(r"[ \t]*\.\.\.[ \t]*"), "..."
IDS = "".join(MARKS[kind] for kind in ("id", "short-id"))
PIECE = re.compile(rf"{MARK}|{re.escape(DOTS)}")

# How often a part is tried at another place: each of n ids may be at each of m places.
MOST_TRIES = 20000


def placed(expected: list[Line], actual: list[Line], any_lines: bool, bindings: Bindings) -> str:
    """Find the parts of `expected` in `actual` in their order, the first and the last at its ends, and bind their
    values; returns "" or what is missing. any_lines: whether a line `...` stands for any lines, or for one."""
    parts: list[list[Line]] = [[]]
    for line in expected:
        if any_lines and ANY_LINES.fullmatch(line.text):
            parts.append([])
        else:
            parts[-1].append(line)
    search = Search(parts, actual, bindings)
    return "" if search.fits() else search.why or "the text differs"


@dataclass
class Search:
    """why: the reason that is furthest on in the parts, whose number is `reached`."""

    parts: list[list[Line]]
    actual: list[Line]
    bindings: Bindings
    why: str = ""
    reached: int = 0
    tries: int = 0
    text: str = field(init=False)
    values: dict[int, Volatile] = field(init=False)

    def __post_init__(self) -> None:
        self.text = "\n".join(line.shape for line in self.actual)
        places = (match.start() for match in re.finditer(MARK, self.text))
        self.values = dict(zip(places, (value for line in self.actual for value in line.values), strict=True))

    def fits(self, number: int = 0, place: int = 0) -> bool:
        """Whether the parts from `number` on are found from `place` on; leaves their values bound if so."""
        if number == len(self.parts):
            return True
        part = self.parts[number]
        if not part:
            return self.fits(number + 1, place)
        first, last = number == 0, number == len(self.parts) - 1
        lines = r"\n".join(map(_pattern, part))
        pattern = re.compile((r"\A" if first else "^") + lines + (r"\Z" if last else "$"), re.MULTILINE)
        shown = [value for line in part for value in line.values]
        if not (match := pattern.search(self.text, place)) and len(self.parts) > 1:
            where = "not found after the wildcard" if number else "not what stands before the wildcard"
            self._because(number, f"{where}: {part[0].text.strip()!r}")
        while match and self.tries < MOST_TRIES:
            self.tries += 1
            made = self.bindings.made
            came = ((one, self.values[match.start(at)]) for at, one in enumerate(shown, 1) if match[at] is not None)
            if why := self.bindings.bind(came):
                self._because(number, why)
            elif self.fits(number + 1, match.end()):
                return True
            self.bindings.undo(made)
            # Only with other values may another place be the right one.
            again = not first and any(value.bound for value in shown)
            match = pattern.search(self.text, match.start() + 1) if again else None
        return False

    def _because(self, number: int, why: str) -> None:
        if number >= self.reached:
            self.why, self.reached = why, number


def _pattern(line: Line) -> str:
    """What a line of a page is found by, each of its values a group."""
    parts, place, values = [], 0, iter(line.values)
    for match in PIECE.finditer(line.shape):
        parts.append(re.escape(line.shape[place : match.start()]))
        place = match.end()
        if match[0] == DOTS:
            parts.append(r"[^\n]*")
        elif (value := next(values)).kind == "cut":
            parts.append(f"(?:([{IDS}])|{re.escape(value.value)})")
        else:
            parts.append(f"({match[0]})")
    return "".join([*parts, re.escape(line.shape[place:])])
