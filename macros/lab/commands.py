"""The commands of a text of bash, as somebody types them one after the other."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from macros.lab.tree import SyntaxProblem, nodes, parsed


@lru_cache(256)
def split(text: str) -> tuple[int, ...]:
    """How many lines each command of `text` has, in their order; together they are all its lines.

    What goes on in the next line is one command: loops, functions, here-documents, backslashes; so are those that share
    a line, and all that follows one in the background that may print, since their outputs are not apart. Comments
    belong to the command after them. Raises LabError where there is no shfmt; what it cannot read is one command.
    """
    lines = len(text.splitlines())
    try:
        statements = parsed(text).get("Stmts") or []
    except SyntaxProblem:
        statements = []
    ends, together = [0], False
    for statement in statements:
        if len(ends) > 1 and (together or statement["Pos"]["Line"] <= ends[-1]):
            ends.pop()
        ends.append(max(one["End"]["Line"] for one in nodes(statement) if "End" in one))
        together |= bool(statement.get("Background")) and not statement.get("Redirs")
    ends = [*ends[:-1], lines] if statements else [0, lines]
    return tuple(end - begin for begin, end in pairwise(ends))
