"""Two outputs beside each other, line by line, and where in a line they differ."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator

from macros.record.bindings import Bindings, Pair
from macros.record.gaps import ANY_LINES, DOTS, placed
from macros.record.tokens import Line

# How many lines around a change are shown, and how much of a long line around what differs.
AROUND, WIDTH, SIDE = 2, 120, 40
# How alike two lines are (1: the same) that are marked where they differ.
ALIKE = 0.7

Row = tuple[Line | None, Line | None]
# What each piece of a line is compared by, and how it is shown.
Cells = list[tuple[str, str]] | None


def compared(expected: str, actual: str, bindings: Bindings, wildcards: bool = False, source: str = "") -> str:
    """Two outputs line by line: "- " only expected, "+ " only came, "  " both, "? " marks what differs in those two.

    Values that may differ do not count. Those that are known stand as the expected run shows them, so that one which
    stands in another's place is seen. The parameters are those of `Bindings.same`.
    """
    pair = bindings.pair(expected, actual, wildcards, source)
    made = bindings.made
    rows = list(_bound(_rows(pair, bindings), bindings))
    lines = [line for group in _groups(rows) for line in _shown(group, bindings)]
    bindings.undo(made)
    return "\n".join(lines)


def _rows(pair: Pair, bindings: Bindings) -> Iterator[Row]:
    """The lines of both outputs, those side by side that have the same text."""
    mine, theirs = ([] if [line.text for line in lines] == [""] else lines for lines in (pair.expected, pair.actual))
    keys = [_key(line, bindings, False) for line in mine], [_key(line, bindings, True) for line in theirs]
    if pair.cut:
        _fill(mine, theirs, keys, bindings, pair.cut == "lines")
    for kind, start, end, first, last in difflib.SequenceMatcher(None, *keys, False).get_opcodes():
        if kind == "equal":
            yield from zip(mine[start:end], theirs[first:last], strict=True)
        else:
            yield from _changed(mine[start:end], theirs[first:last], pair.cut == "lines")


def _changed(mine: list[Line], theirs: list[Line], any_lines: bool) -> Iterator[Row]:
    """Lines of which none is the same; where some may be left out, only those are shown that are like one expected."""
    if any_lines and any(ANY_LINES.fullmatch(line.text) for line in mine):
        wanted = [line for line in mine if not ANY_LINES.fullmatch(line.text)]
        like = [difflib.get_close_matches(line.text, [other.text for other in theirs], 1, ALIKE) for line in wanted]
        theirs = [line for line in theirs if [line.text] in like]
        mine = wanted
    if len(mine) == len(theirs):
        yield from zip(mine, theirs, strict=True)
    else:
        yield from ((line, None) for line in mine)
        yield from ((None, line) for line in theirs)


def _key(line: Line, bindings: Bindings, came: bool) -> str:
    """What two lines have in common that are the same as far as is known."""
    names = [bindings.expected_of(v) if came else v.value if bindings.knows(v) else "" for v in line.values if v.bound]
    return line.shape + "\0" + "\0".join(names)


def _fill(mine: list[Line], theirs: list[Line], keys: tuple[list[str], list[str]], bindings: Bindings,
          any_lines: bool) -> None:  # fmt: skip
    """Give lines that fit one with `...` in it the same key."""
    for at, line in enumerate(mine):
        if DOTS in line.text and not (any_lines and ANY_LINES.fullmatch(line.text)):
            made = bindings.made
            for number, other in enumerate(theirs):
                if keys[1][number] not in keys[0] and not placed([line], [other], False, bindings):
                    keys[1][number] = keys[0][at]
                    break
            bindings.undo(made)


def _bound(rows: Iterator[Row], bindings: Bindings) -> Iterator[tuple[str, Row]]:
    """Whether each row is the same (" ") or a change ("!"): lines of the same text may show values of others."""
    for mine, theirs in rows:
        if not mine or not theirs:
            same = False
        elif DOTS in mine.text:
            same = not placed([mine], [theirs], False, bindings)
        else:
            pairs = zip(mine.values, theirs.values, strict=False)
            same = mine.shape == theirs.shape and not bindings.bind(pairs)
        yield " " if same else "!", (mine, theirs)


def _groups(rows: list[tuple[str, Row]]) -> Iterator[list[tuple[str, Row]]]:
    """The changes, each with the lines around it."""
    near = {at + by for at, (kind, _) in enumerate(rows) if kind == "!" for by in range(-AROUND, AROUND + 1)}
    group: list[tuple[str, Row]] = []
    for at, row in enumerate(rows):
        if at in near:
            group.append(row)
        elif group:
            yield group
            group = []
    if group:
        yield group


def _shown(group: list[tuple[str, Row]], bindings: Bindings) -> Iterator[str]:
    changes: list[tuple[Cells, Cells]] = []
    for kind, (mine, theirs) in [*group, (" ", (None, None))]:
        if kind == "!":
            changes.append((_cells(mine, None), _cells(theirs, bindings)))
            continue
        if all(one and other and _alike(one, other) for one, other in changes):
            for pair in changes:
                yield from _marked(*pair)
        else:
            yield from (f"- {_text(one)}" for one, _ in changes if one is not None)
            yield from (f"+ {_text(other)}" for _, other in changes if other is not None)
        changes = []
        if theirs:
            yield f"  {_text(_cells(theirs, bindings))}"


def _cells(line: Line | None, bindings: Bindings | None) -> Cells:
    """The characters of a line, with the bindings of one that came its values as the expected run shows them."""
    if line is None:
        return None
    cells, place = [], 0
    for value in line.values:
        name = (bindings.expected_of(value) if bindings else "") or value.value
        cells += _pieces(line.text[place : value.start], place > 0, True)
        cells += [(c, c) for c in name] if value.bound else [(value.kind, name)]
        place = value.end
    return cells + _pieces(line.text[place:], place > 0, False)


def _pieces(text: str, after: bool, before: bool) -> list[tuple[str, str]]:
    """The characters of a text; the blanks of a gap between columns, whose width says nothing, are one. after, before:
    whether a value stands on that side."""
    found = []
    for match in re.finditer(r"[ \t]+|.", text):
        first, last = match.start() == 0, match.end() == len(text)
        wide = len(match[0]) > 1 or match[0] == "\t" or (first and after) or (last and before)
        gap = match[0].isspace() and wide and (after or not first)
        found += [("  ", match[0])] if gap else [(c, c) for c in match[0]]
    return found


def _text(cells: Cells) -> str:
    return "".join(text for _, text in cells or ())


def _alike(mine: Cells, theirs: Cells) -> bool:
    if len({re.sub(r"\s", "", _text(cells)) for cells in (mine, theirs)}) == 1:
        return True
    keys = ([key for key, _ in cells] for cells in (mine, theirs))
    return difflib.SequenceMatcher(None, *keys, False).ratio() >= ALIKE


def _marked(mine: Cells, theirs: Cells) -> Iterator[str]:
    """Two lines that differ in little, and a third that marks it. Of long ones only what is around that is shown, and
    where they differ in blanks alone, these are seen."""
    start = _common(mine, theirs)
    end = min(_common(mine[::-1], theirs[::-1]), len(mine) - start, len(theirs) - start)
    parts = []
    for sign, cells in (("-", mine), ("+", theirs)):
        before, after = _text(cells[:start]), _text(cells[len(cells) - end :])
        parts.append((sign, before, _text(cells[start : len(cells) - end]), after))
    blank = all(not part.strip() for _, _, part, _ in parts)
    long = max(len(before + part + after) for _, before, part, after in parts) > WIDTH
    width = column = 0
    for sign, before, part, after in parts:
        if long:
            before = before if len(before) <= SIDE else f"...{before[-SIDE:]}"
            after = after if len(after) <= SIDE else f"{after[:SIDE]}..."
        part = re.sub(r"\s", _seen, part) if blank else part
        width, column = max(width, _columns(part)), _columns(before)
        yield f"{sign} {before}{part}{after}"
    yield "? " + " " * column + "^" * max(width, 1)


def _common(one: Cells, other: Cells) -> int:
    """How many cells two lines have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (mine, theirs) in pairs if mine[0] != theirs[0]), min(len(one), len(other)))


def _seen(blank: re.Match[str]) -> str:
    return {" ": "·", "\t": "␉"}.get(blank[0], f"\\u{ord(blank[0]):04x}")


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
