"""What the text of a step says to bash, read by shfmt's parser: where its pipelines and background jobs are, so that
the failures which bash itself passes over can be noticed, and what it may not do to the shell that it shares."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from macros.lab.refusals import refusal
from macros.lab.tree import (
    ANSWERS,
    SyntaxProblem,
    alternatives,
    begin,
    end,
    is_pipeline,
    is_statement,
    nodes,
    parsed,
    program,
    reckons,
    searches,
)

# Text without any of these is run as it is: a lone | or &, a !, a here-document, and what may be refused.
WORTH_READING = re.compile(
    r"(?<![|>])\|(?!\|)|(?<![&<>])&(?![&>])|\|&|(?:^|\s)!\s|<<|\$[({]|`|\(\(|\b(?:let|trap|set|BASH_XTRACEFD)\b"
)
# A substitution that asks about its own background jobs keeps them as they are.
ASKS_FOR_JOBS = re.compile(r"\$!|\$\{!\}|\b(?:wait|jobs|disown)\b|%")
# What has text in quotes that it runs in this shell.
LATER = ("eval", "alias", "trap")
# What holds whole statements in a tree of shfmt's.
LISTS = ("Stmts", "Cond", "Then", "Do")
# `{ ...; } 2>/dev/null` keeps what the session does out of a page's own trace.
HIDDEN = "{{ {}; }} 2>/dev/null"
BEGAN = HIDDEN.format('__began "${_-}"')
MEMBER = HIDDEN.format('__member "$?"%s')
NOT = HIDDEN.format("__not; ! [[ . ]]")
OPENED = HIDDEN.format('__before=$? __arg=${_-}; __opened "$__arg" && [[ . ]]')
CLOSED = HIDDEN.format('__before=$? __arg=${_-}; __closed "$__arg" && [[ . ]]')
TESTED = HIDDEN.format('__tested=%s __before=$? __arg=${_-}; __again "$__arg" && [[ . ]]')
CONTEXT = HIDDEN.format('__before=$? __arg=${_-}; __context; __again "$__arg" && [[ . ]]')


@dataclass
class Code:
    """A step's text as bash is given it, and what is known of it. Lines count from 1, and are those of the page."""

    text: str
    last: int = 1  # the line on which its last statement begins
    commands: list[tuple[int, int]] = field(default_factory=list)  # first and last line of each
    functions: dict[str, tuple[int, int]] = field(default_factory=dict)
    refused: list[tuple[int, str]] = field(default_factory=list)  # line, why
    jobs: bool = False  # whether it starts something in the background

    def begins(self, line: int) -> int:
        """The line on which the command begins that bash reports at `line`: one of its lines, not always the first."""
        around = [(end - first, -first) for first, end in self.commands if first <= line <= end]
        return -min(around)[1] if around else line




@lru_cache(64)
def read(text: str) -> Code:
    """Raises SyntaxProblem where shfmt cannot read the text, LabError where there is no shfmt."""
    return _Reader(text, parsed(text)).code


def _lost(node: dict) -> bool:
    """Whether a statement left of && is a pipeline whose end does not answer for its other parts."""
    command = node.get("Cmd") or {}
    return is_pipeline(command) and not searches(command["Y"])


class _Reader:
    """Goes through a tree of shfmt's and collects what is put in, each at its offset in the UTF-8 text."""

    def __init__(self, text: str, tree: dict) -> None:
        self.source = text.encode()
        self.code = Code(text)
        self.put: list[tuple[int, int, str]] = []
        self.grouped: set[int] = set()
        statements = tree.get("Stmts") or []
        if statements:
            self.code.last = statements[-1]["Pos"]["Line"]
        for one in statements:
            if not one.get("Background") and reckons(one) and "PIPESTATUS" not in text:
                self._insert(begin(one), f"{{ {OPENED}; ", opens=True)
                self._insert(end(one), f"; {CLOSED}; }}")
        self._each(tree, inside=None, quoted=False)
        parts, at = [], 0
        for offset, _, new in sorted(self.put):
            parts += [self.source[at:offset], new.encode()]
            at = offset
        self.code.text = b"".join([*parts, self.source[at:]]).decode()

    def _insert(self, offset: int, new: str, opens: bool = False) -> None:
        """Of several at one offset, what closes stands first, the inner one before the outer one that came earlier."""
        self.put.append((offset, len(self.put) if opens else -len(self.put) - 1, new))

    def _each(self, node: object, inside: dict | None, quoted: bool, tested: bool = False) -> None:
        """inside: the statement or substitution that is a process of its own; quoted: in backquotes; tested: in what a
        test looks at."""
        if isinstance(node, list):
            for one in node:
                self._each(one, inside, quoted, tested)
        if not isinstance(node, dict):
            return
        kind = node.get("Type", "")
        if kind in ("CallExpr", "DeclClause", "TestClause", "ArithmCmd", "LetClause"):
            self.code.commands.append((node["Pos"]["Line"], node["End"]["Line"]))
            if why := refusal(node):
                self.code.refused.append((node["Pos"]["Line"], why))
            if program({"Cmd": node}) in LATER:
                self._later(node["Args"][1:], appended=program({"Cmd": node}) == "alias")
        if kind == "FuncDecl":
            self.code.functions[node["Name"]["Value"]] = (node["Pos"]["Line"], node["End"]["Line"])
        if kind in ("CmdSubst", "ProcSubst", "Subshell", "CoprocClause"):
            inside, quoted = node, quoted or bool(node.get("Backquotes"))
        for one in (one for key in LISTS if isinstance(node.get(key), list) for one in node[key]):
            self._whole(one)
        if is_statement(node):
            self._statement(node, inside, quoted)
            if node.get("Background"):
                inside = node
        if kind in ("TestClause", "ArithmCmd") or program({"Cmd": node}) in ("[", "test"):
            tested = True
        elif kind == "CmdSubst" and tested:
            tested = False
            statements = node.get("Stmts") or []
            if statements and statements[0].get("Cmd"):
                several = sum(program(one) in ANSWERS for one in nodes(node)) > 1
                self._insert(begin(statements[0]), f"{TESTED % (1 if several else 'yes')}; ", opens=True)
        for value in node.values():
            self._each(value, inside, quoted, tested)

    def _later(self, words: list[dict], appended: bool) -> None:
        """What stands in quotes that bash reads later; appended: what follows an alias goes on where its text ends."""
        for part in (word["Parts"][-1] for word in words if word.get("Parts")):
            inside = part.get("Parts") or []
            double = part["Type"] == "DblQuoted" and len(inside) == 1 and inside[0]["Type"] == "Lit"
            text = inside[0]["Value"] if double else part.get("Value", "") if part["Type"] == "SglQuoted" else ""
            if part.get("Dollar") or "\\" in text * double or not WORTH_READING.search(text):
                continue
            try:
                reader = _Reader(text, parsed(text))
            except SyntaxProblem:
                continue
            if appended and any(offset == len(reader.source) for offset, _, _ in reader.put):
                continue
            self.code.jobs |= reader.code.jobs
            first = part["Pos"]["Offset"] + 1
            escaped = r"\\\g<0>" if double else r"\g<0>"
            self.put += [(first + at, order, re.sub(r'["$`\\]', escaped, new)) for at, order, new in reader.put]

    def _statement(self, node: dict, inside: dict | None, quoted: bool) -> None:
        command = node.get("Cmd") or {}
        if not node.get("Negated"):
            self._members(command)
        if not node.get("Background") or quoted:
            return
        simple = (command["Y"].get("Cmd") or {}) if is_pipeline(command) else command
        if simple.get("Type") != "CallExpr":
            return  # whatever fails in a group says so by itself
        if inside is None or ASKS_FOR_JOBS.search(self._text(inside)):
            self.code.jobs = True
            self._insert(node["Semicolon"]["Offset"] + 1, f" {BEGAN};")
        else:
            self._insert(begin(node), "{ ", opens=True)
            self._insert(node["Semicolon"]["Offset"], "; } ")

    def _members(self, pipeline: dict, looked_at: bool = False) -> None:
        """Make the parts of a pipeline but the last groups, in which `ERR` fires; or which tell themselves where it
        does not, since the whole is looked at. A search at the end of one that is not answers for what it looks
        through: it finds nothing where nothing was said."""
        searched = not looked_at and is_pipeline(pipeline) and searches(pipeline["Y"])
        while is_pipeline(pipeline) and id(pipeline) not in self.grouped:
            self.grouped.add(id(pipeline))
            left = pipeline["X"].get("Cmd") or {}
            member = left["Y"] if is_pipeline(left) else pipeline["X"]
            # `|&` takes the error output as it is after the command's own redirections.
            both = " 2>&1" if pipeline["Op"] == "|&" else ""
            if not searched:
                answers = f"{TESTED % 'yes'}; " if program(member) in ANSWERS else ""
                # curl's 23 is that nobody reads on, as the 141 of others.
                after = f" || {MEMBER % (' 23' if program(member) == 'curl' else '')}" if looked_at else ""
                self._insert(begin(member), f"{{ {answers}", opens=True)
                self._insert(pipeline["OpPos"]["Offset"], f"{both}{after}; }} ")
            pipeline = left

    def _whole(self, node: dict) -> None:
        """A statement with all its && and ||: what `!` turns round in it is no failure to bash, whatever it was, and
        left of && the end of a pipeline is all that counts."""
        if node.get("Background") or node.get("Coprocess"):
            return
        found = [(one, last) for one, last in alternatives(node) if one.get("Negated") or (not last and _lost(one))]
        if not found or "PIPESTATUS" in self._text(node):
            return
        self._insert(begin(node), f"{{ {CONTEXT}; ", opens=True)
        self._insert(end(node), "; }")
        for one, last in found:
            self._members(one.get("Cmd") or {}, looked_at=True)
            if last and one.get("Negated"):
                self._insert(begin(one), "{ ", opens=True)
                self._insert(end(one), f" || {NOT}; }}")

    def _text(self, node: dict) -> str:
        return self.source[node["Pos"]["Offset"] : node["End"]["Offset"]].decode(errors="replace")
