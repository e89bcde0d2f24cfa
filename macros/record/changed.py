"""What a step changed on its host in two runs: the lines of macros/lab/changes.py compared, group by group."""

from __future__ import annotations

from collections.abc import Callable

from macros.lab.parsers import GROUPS
from macros.record.bindings import Bindings
from macros.record.normalize import masked
from macros.record.tokens import Line, Volatile, lines_of

# What tells that names which Docker makes up may stand in these lines.
CHANGES = "docker ps --format '{{.Names}}'"

SIGNS = "-+~"


def arranged(changes: list[str]) -> list[str]:
    """The lines in an order that depends on no value of the moment: an engine that goes through ports or rules does so
    in any order."""
    return sorted(changes, key=_place)


def _place(line: str) -> tuple[int, int, str]:
    sign, group, text = line.split(" ", 2)
    return GROUPS.index(group), SIGNS.index(sign), masked(text, CHANGES)


def grouped(changes: list[str]) -> dict[str, list[str]]:
    """Lines of changes by their group, in their order."""
    found: dict[str, list[str]] = {}
    for line in changes:
        found.setdefault(line.split(" ", 2)[1], []).append(line)
    return found


def same_changes(expected: list[str], actual: list[str], bindings: Bindings) -> str:
    """Compare what two runs of a step changed and bind their values; returns "" or what differs.

    What starts side by side, as the containers of `docker compose up`, comes in any order: lines that read alike but
    for values of the moment are told apart by those that are known by then. What nothing tells apart is not bound, or
    as it comes where bindings are to guess.
    """
    left, right = (
        lines_of("\n".join(changes), bindings.typed, CHANGES) if changes else [] for changes in (expected, actual)
    )
    made = bindings.made
    while left or right:
        mine = _told_apart(left, lambda value: value.value if bindings.knows(value) else "")
        theirs = _told_apart(right, bindings.expected_of)
        if {key: len(lines) for key, lines in mine.items()} != {key: len(lines) for key, lines in theirs.items()}:
            bindings.undo(made)
            return bindings.same("\n".join(expected), "\n".join(actual), False, CHANGES) or "the text differs"
        single = [key for key, lines in mine.items() if len(lines) == 1]
        if not single and not bindings.guesses:
            return ""
        for key in single or [next(iter(mine))]:
            one, other = mine[key].pop(0), theirs[key].pop(0)
            if why := bindings.bind(zip(one.values, other.values, strict=True)):
                bindings.undo(made)
                return why
        left, right = ([line for lines in those.values() for line in lines] for those in (mine, theirs))
    return ""


def bind_lines(expected: str, actual: str, bindings: Bindings, source: str) -> None:
    """Bind the values of those lines that read like one line of the other output alone."""
    mine, theirs = (_told_apart(lines_of(text, bindings.typed, source), lambda _: "") for text in (expected, actual))
    for key in [key for key in mine if key in theirs]:
        if len(mine[key]) == len(theirs[key]) == 1:
            bindings.bind(zip(mine[key][0].values, theirs[key][0].values, strict=True))


def _told_apart(lines: list[Line], name: Callable[[Volatile], str]) -> dict[tuple[str, ...], list[Line]]:
    """Lines by their text and by what is known of their values."""
    found: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        found.setdefault((line.shape, *(name(value) for value in line.values if value.bound)), []).append(line)
    return found
