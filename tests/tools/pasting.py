"""Commands that read what a reader pastes after them.

A terminal without bracketed paste gives the lines of a pasted fence to whoever reads them first. `docker compose exec`
keeps its standard input open, and so takes the lines that were meant for the shell: they are never run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath as Path

from macros.lab.tree import is_statement, literal
from macros.page.steps import Page
from tests.tools.harm import bare, commands, parsed

# Options of one letter that take no value, and may be written as one word.
DETACHED, INTERACTIVE = re.compile(r"--detach|-[it]*d[it]*"), re.compile(r"--interactive|-[dt]*i[dt]*")
# Options of `docker` and of `docker compose` that stand before the verb and take the word after them.
WITH_VALUE = {"-H", "--host", "-c", "--context", "-f", "--file", "-p", "--project-name", "--progress", "--env-file",
              "--profile", "--project-directory", "--config", "-l", "--log-level"}  # fmt: skip


def reads(words: list[str]) -> str:
    """What to write instead of a command that reads its standard input, "" for one that does not."""
    words = bare(words)
    if words[:1] == ["ssh"] and "-n" not in words:
        return "ssh -n"
    if words[:1] != ["docker"]:
        return ""
    rest = _after_options(words[1:])
    compose = rest[:1] == ["compose"]
    rest = _after_options(rest[1:]) if compose or rest[:1] == ["container"] else rest
    verb, options = (rest[0] if rest else ""), _leading(rest[1:])
    if verb not in ("exec", "run", "attach") or any(DETACHED.fullmatch(one) for one in options):
        return ""
    if compose:
        return "-T, and </dev/null after it" if verb != "attach" else "</dev/null after it"
    if verb == "attach":
        return "</dev/null after it"
    return "it without -i" if any(INTERACTIVE.fullmatch(one) for one in options) else ""


def _after_options(words: list[str]) -> list[str]:
    while words and words[0].startswith("-"):
        words = words[2 if words[0] in WITH_VALUE else 1 :]
    return words


def _leading(words: list[str]) -> list[str]:
    """The options before a command's first argument, those that are values of another among them: of `run` the end of
    the options cannot be told without a list of them, so all words up to the image's or container's."""
    found = []
    for before, word in zip(["", *words], words, strict=False):
        if not word.startswith("-") and not before.startswith("-"):
            break
        found.append(word)
    return found


def swallowing(code: str) -> Iterator[tuple[int, str]]:
    """The commands of a fence that take the lines after them: their lines from 1, and what to write instead."""
    for statement in parsed(code).get("Stmts", [])[:-1]:
        yield from _open(statement)


def _open(node: object) -> Iterator[tuple[int, str]]:
    """Those in a part of a fence whose standard input is the terminal."""
    if isinstance(node, list):
        for one in node:
            yield from _open(one)
    if not isinstance(node, dict) or node.get("Type") == "FuncDecl":
        return
    if is_statement(node) and any(str(one.get("Op")).startswith("<") for one in node.get("Redirs") or []):
        return
    if node.get("Type") == "CallExpr":
        words = [literal(word) for word in node.get("Args") or []]
        if instead := reads(words):
            yield node["Pos"]["Line"], instead
    if node.get("Type") == "BinaryCmd" and node.get("Op") in ("|", "|&"):
        yield from _open(node["X"])
        return
    for one in node.values():
        yield from _open(one)


def pasted(page: Page) -> Iterator[str]:
    """Each command of a page's visible fences that takes what is pasted after it, as `path:line: what: what to write`.
    Raises SyntaxProblem."""
    for step in page.steps:
        if step.hidden or step.kind not in ("bash", "console"):
            continue
        starts = [command.line for command in step.commands] or [step.line + 1]
        lines = {}  # of what is typed -> of the page
        for start, code in zip(starts, [one.source for one in step.commands] or [step.source], strict=True):
            for number in range(code.count("\n")):
                lines[len(lines) + 1] = start + number
        for line, instead in swallowing(step.typed):
            text = step.typed.splitlines()[line - 1].strip()
            yield (
                f"{page.path}:{lines[line]}: {text!r} takes the lines that are pasted after it: "
                f"write {instead}, or let it be the last of its fence"
            )


def homeless(page: Page) -> Iterator[str]:
    """Each file of a page in a folder that no visible step before it makes, as `path:line: what: what to write`.
    Whoever runs the page has the folder made for the file; whoever copies the file by hand has not."""
    made: set[tuple[str, str]] = set()
    for step in page.steps:
        host = page.host_of(step)
        if step.kind in ("bash", "console") and not step.hidden:
            for command in commands(step.typed):
                folders = {word.rstrip("/") for word in command.plain()}
                if command.words[:1] == ["mkdir"]:
                    made |= {(host, str(one)) for folder in folders for one in (Path(folder), *Path(folder).parents)}
                elif command.words[:1] == ["rm"]:
                    made = {one for one in made if one[0] != host or one[1].split("/")[0] not in folders}
                    made = set() if any(folder.startswith("~") for folder in folders) else made
        folder = step.title.rpartition("/")[0] if step.kind == "file" else ""
        if folder and (host, folder) not in made:
            yield f"{page.path}:{step.line}: {step.title} has no folder: write `mkdir -p {folder}` in a step before it"
