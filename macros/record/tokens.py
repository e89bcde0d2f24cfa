"""An output as lines, each with what must be equal and the values that may differ."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from macros.record import columns
from macros.record.normalize import BOUND, CHANCE, RULES, of_command, values
from macros.record.typed import Typed

# Each type has a character that stands for its values: of a private plane, which no output is left to have.
MARKS = {kind: chr(0xF0000 + number) for number, kind in enumerate(dict.fromkeys([*RULES, "cut"]))}
TYPE_OF = {mark: kind for kind, mark in MARKS.items()}
PRIVATE = re.compile("[\U000f0000-\U000fffff]")
MARK = f"[{''.join(TYPE_OF)}]"

# Follows a row that stands in other columns.
OTHERWISE = chr(0x10FFFF)

# An id of which a page shows the beginning.
CUT = re.compile(r"(?<!\w)[0-9a-f]{6,63}(?=\.\.\.)")

# Columns are padded to their longest value, with tabs or blanks, so how wide a gap is says nothing.
PADDING = re.compile(
    rf"^[ \t]+(?={MARK})|[ \t]+$|(?<=\S)(?:[ \t]*\t[ \t]*|[ \t]{{2,}})|(?<={MARK})[ \t]+|[ \t]+(?={MARK})"
)

# What a container prints comes by two ways, and `docker` takes a line from either as it finds one. A terminal in the
# container makes one way of them. What a program says of itself, as `tar: removing ...`, is from the way of errors.
TWO_WAYS = re.compile(r"\bdocker\b[^|;&\n]* (?:run|exec|logs|start|compose)\b(?!.* -\w*t\w* )")
OF_ITSELF = re.compile(r"[A-Za-z][\w./+-]*: \S")


@dataclass(frozen=True)
class Volatile:
    """A value that may differ; start and end: its place in the line."""

    kind: str
    value: str
    start: int
    end: int

    @property
    def bound(self) -> bool:
        return RULES.get(self.kind, BOUND)


@dataclass(frozen=True)
class Line:
    """text: as it was printed; shape: that with each value as its type's mark and without padding."""

    text: str
    shape: str
    values: tuple[Volatile, ...] = field(default=())


def lines_of(text: str, typed: Typed, source: str = "", cut: bool = False, claimed: bool = False) -> list[Line]:
    """The lines of an output, without those that come by chance.

    source: the command that printed it; cut: whether `...` may leave something out; claimed: whether it is compared
    with what a page shows, not with another run.
    """
    texts = CHANCE.sub("", text).rstrip().split("\n")
    cells: dict[int, list[tuple[int, int, str]]] = {}
    for number, *cell in columns.cells(texts):
        cells.setdefault(number, []).append(tuple(cell))
    return [_line(text, cells.get(number, []), typed, source, cut, claimed) for number, text in enumerate(texts)]


def _line(text: str, cells: list[tuple[int, int, str]], typed: Typed, source: str, cut: bool,
          claimed: bool) -> Line:  # fmt: skip
    cuts = ((*match.span(), "cut") for match in CUT.finditer(text)) if cut else ()
    spans = [*cells, *cuts, *values(text), *of_command(source, text)]
    taken: list[Volatile] = []
    for start, end, kind in sorted(spans, key=lambda span: span[0]):
        if taken and start < taken[-1].end:
            continue
        value = text[start:end]
        if typed.names(kind, value, source):
            continue
        if kind in ("id", "short-id") and typed.hashed(source, text, start, end, claimed):
            continue
        taken.append(Volatile(kind, value, start, end))
    return Line(text, _shape(text, tuple(taken)), tuple(taken))


@lru_cache(maxsize=20000)
def _shape(text: str, values: tuple[Volatile, ...]) -> str:
    parts, place = [], 0
    for value in values:
        parts += [PRIVATE.sub("\ufffd", text[place : value.start]), MARKS[value.kind]]
        place = value.end
    parts.append(PRIVATE.sub("\ufffd", text[place:]))
    return PADDING.sub(_gap, "".join(parts))


def _gap(match: re.Match[str]) -> str:
    return "" if match.start() == 0 or match.end() == len(match.string) else "  "


def in_order(lines: list[Line], name: Callable[[Volatile], str]) -> list[Line]:
    """The lines with rows that come in any order in one that depends on their text and on what `name` tells of their
    values: the same in both runs, "" for one of which nothing is known yet."""
    texts, has_id = [line.text for line in lines], [any(v.kind == "id" for v in line.values) for line in lines]
    for start, end in columns.unordered(texts, has_id):
        lines[start:end] = sorted(lines[start:end], key=lambda line: (line.shape, [name(v) for v in line.values]))
    return lines


def streams(lines: list[Line], source: str) -> list[Line]:
    """The lines that a command printed, with those of one of its two ways before those of the other where it is chance
    how they come."""
    if not TWO_WAYS.search(source):
        return lines
    return sorted(lines, key=lambda line: not OF_ITSELF.match(line.text))


def in_columns(mine: list[Line], theirs: list[Line]) -> list[Line]:
    """The first lines, so that a row whose values stand in other columns than in the others is another one: how wide a
    gap is says nothing, but that a column is empty does."""
    columns_of: dict[str, set] = {}
    for line, filled in zip(theirs, columns.filled([line.text for line in theirs]), strict=True):
        columns_of.setdefault(line.shape, set()).add(filled)
    found = []
    for line, filled in zip(mine, columns.filled([line.text for line in mine]), strict=True):
        same = filled is None or columns_of.get(line.shape, {None}) & {None, filled}
        found.append(line if same else replace(line, shape=f"{line.shape}{OTHERWISE}"))
    return found
