"""The tree that shfmt's parser makes of bash, and what its nodes are. A statement has a command ("Cmd") and
redirections; a pipeline is a "BinaryCmd" of two statements. Offsets are in the UTF-8 text, lines count from 1."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator

from macros.lab.errors import LabError

SEARCHES = ("grep", "egrep", "fgrep", "zgrep")
# Programs whose exit code 1 says that there is nothing such, or that things differ. Where what they print is looked at,
# as in [ -z "$(ip link | grep br0)" ] and diff a b | head, that is an answer.
ANSWERS = (*SEARCHES, "pgrep", "pidof", "diff", "cmp")
# Parts of `${...}` that are reckoned, or name another variable.
RECKONS = {"Slice", "Index", "Excl"}


class SyntaxProblem(ValueError):
    """A text that is not bash, as far as can be told. `line`: where, from 1; `ended`: False for a here-document."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line, self.ended = line, "unclosed here-document" not in message


def parsed(text: str) -> dict:
    """Raises SyntaxProblem where shfmt cannot read the text, LabError where there is no shfmt."""
    program = shutil.which("shfmt", path=sysconfig.get_path("scripts")) or shutil.which("shfmt")
    if not program:
        raise LabError("shfmt is missing: run python -m pip install --require-hashes -r requirements.txt")
    done = subprocess.run([program, "-ln", "bash", "--to-json"], input=text.encode(), capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        found = re.search(r"(\d+):\d+: (.*)", said)
        raise SyntaxProblem(found[2] if found else said, int(found[1]) if found else 1)
    return json.loads(done.stdout)


def program(node: dict) -> str:
    """The first word of a statement that is a simple command, or ""."""
    command = node.get("Cmd") or {}
    return literal(command["Args"][0]) if command.get("Type") == "CallExpr" and command.get("Args") else ""


def searches(node: dict) -> bool:
    """Whether a statement finds lines, and fails where there are none."""
    words = [literal(word) for word in (node.get("Cmd") or {}).get("Args") or []]
    inverted = any(re.match(r"-[A-Za-z]*[vL]|--(invert-match|files-without-match)", word) for word in words)
    return program(node) in SEARCHES and not inverted


def nodes(tree: object) -> Iterator[dict]:
    """All that is in a tree, each before what is in it."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            one = [*one.values()]
        if isinstance(one, list):
            waiting += reversed(one)


def reckons(statement: dict) -> bool:
    """Whether there is something in it that bash may fail to expand: it then leaves the whole line."""
    return any(
        one.get("Type") in ("ArithmExp", "ArithmCmd", "LetClause", "CStyleLoop")
        or (one.get("Type") == "ParamExp" and RECKONS & one.keys())
        for one in nodes(statement)
    )


def is_statement(node: dict) -> bool:
    return "Type" not in node and "Position" in node and ("Cmd" in node or "Redirs" in node)


def alternatives(node: dict, last: bool = True) -> Iterator[tuple[dict, bool]]:
    """The parts of a statement between its && and ||, without those left of ||, whose failure is looked at; and
    whether each is the last, whose exit code is that of the whole."""
    command = node.get("Cmd") or {}
    if command.get("Type") == "BinaryCmd" and command["Op"] in ("&&", "||") and not node.get("Negated"):
        if command["Op"] == "&&":
            yield from alternatives(command["X"], last=False)
        yield from alternatives(command["Y"], last)
    else:
        yield node, last


def is_pipeline(command: dict) -> bool:
    return command.get("Type") == "BinaryCmd" and command["Op"] in ("|", "|&")


def begin(node: dict) -> int:
    """Offset of a statement, of its command where it has one: `!` is the whole pipeline's."""
    places = [node["Cmd"]["Pos"]["Offset"]] if node.get("Cmd") else []
    places += [one["Pos"]["Offset"] for one in node.get("Redirs") or []]
    return node["Pos"]["Offset"] if node.get("Negated") else min(places)


def end(node: dict) -> int:
    """Offset after a statement: before its semicolon, and before the bodies of its here-documents."""
    places = [node["Cmd"]["End"]["Offset"]] if node.get("Cmd") else []
    return max(places + [one["Word"]["End"]["Offset"] for one in node.get("Redirs") or []])


def literal(word: dict) -> str:
    """A word's text if it has no expansions, else "$"."""
    parts = word.get("Parts") or []
    text = ""
    for part in parts:
        if part["Type"] == "DblQuoted":
            text += literal(part)
        elif part["Type"] in ("Lit", "SglQuoted"):
            text += part.get("Value", "").replace("\\", "" if part["Type"] == "Lit" else "\\")
        else:
            return "$"
    return text
