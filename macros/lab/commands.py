"""The commands of a text of bash, as somebody types them one after the other."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from macros.lab.tree import SyntaxProblem, literal, nodes, parsed


@lru_cache(256)
def split(text: str) -> tuple[int, ...]:
    """How many lines each command of `text` has, in their order; together they are all its lines.

    What goes on in the next line is one command: loops, functions, here-documents, backslashes; so are those that share
    a line, and all that follows one in the background that may print, since their outputs are not apart. Comments
    belong to the command after them. Raises LabError where there is no shfmt; what it cannot read is one command.
    """
    lines = text.rstrip("\n").count("\n") + 1
    try:
        statements = parsed(text).get("Stmts") or []
    except SyntaxProblem:
        statements = []
    ends, together = [0], False
    for statement in statements:
        last = max(_last(one) for one in nodes(statement))
        if len(ends) > 1 and (together or statement["Pos"]["Line"] <= ends[-1]):
            last = max(last, ends.pop())
        ends.append(last)
        together |= any(_prints_later(one) for one in nodes(statement))
    ends = [*ends[:-1], lines] if statements else [0, lines]
    return tuple(end - begin for begin, end in pairwise(ends))


def _last(node: dict) -> int:
    """The last line of a node. A here-document without a line has no node of its own: the word that ends it stands on
    the line after."""
    empty = node.get("Op") in ("<<", "<<-") and not node.get("Hdoc")
    return node["OpPos"]["Line"] + 1 if empty else node.get("End", {}).get("Line", 0)


def _prints_later(node: dict) -> bool:
    """Whether it is something in the background whose output comes to the terminal, while others run."""
    if node.get("Type") == "CoprocClause" or (node.get("Type") == "ProcSubst" and node.get("Op") == ">("):
        return True
    return bool(node.get("Background")) and not any(
        one["Op"] in (">", ">>", ">|", "&>", "&>>") and (one.get("N") or {}).get("Value", "1") == "1"
        and not literal(one["Word"]).startswith("/dev/std") for one in node.get("Redirs") or [])  # fmt: skip
