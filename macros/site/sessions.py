"""A console fence on the page: its commands with their prompts, cut where one of them printed something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from macros.page.console import COMMENT
from macros.page.steps import Command, Step
from macros.record.bindings import Bindings
from macros.record.reading import read
from macros.record.result import Result

# The prompt of a command's first line and of those that go on with it, as the page's author typed them.
PROMPT = re.compile(r"[$#>](?: |\Z)")


@dataclass(frozen=True)
class Part:
    """Commands of which only the last one printed something.

    lines: as on the page, each as (prompt, text); typed: what a reader types of them; results: engine -> what they did.
    """

    lines: tuple[tuple[str, str], ...]
    typed: str
    results: dict[str, Result]


def parts(step: Step, results: dict[str, Result], cut: bool = True) -> Iterator[Part]:
    """The parts of a console step, or of a bash step that knows what each command printed, in its order; one if it is
    not cut."""
    if step.kind == "bash":
        yield from _of_bash(step, results)
        return
    rows = step.source.splitlines()
    ran = [result for result in results.values() if not result.skipped]
    commands = _typed(step, ran[0].parts) if ran else list(step.commands)
    lines: list[tuple[str, str]] = []
    typed, first, printed = "", 0, ""
    for index, command in enumerate(commands):
        start = command.line - step.line - 1
        lines += [("", row) for row in _comment(rows, start, printed)]
        lines += [_split(row) for row in rows[start : start + command.source.count("\n")]]
        typed += command.source
        done = [part for result in ran for part in result.parts[index : index + 1]]
        printed = done[0][1] if done else ""
        if index + 1 == len(commands) or (cut and any(status or output for status, output in done)):
            yield Part(tuple(lines), typed, {engine: _of(result, first, index) for engine, result in results.items()})
            lines, typed, first = [], "", index + 1


def by_command(step: Step, results: dict[str, Result]) -> bool:
    """Whether this is a bash fence of several commands, and known of each what it printed."""
    ran = [result for result in results.values() if not result.skipped]
    return step.kind == "bash" and bool(ran) and all(result.lines for result in ran)


def _of_bash(step: Step, results: dict[str, Result]) -> Iterator[Part]:
    ran = [result for result in results.values() if result.lines]
    rows, first, at, place = step.source.rstrip("\n").split("\n"), 0, 0, 0
    for index, size in enumerate(ran[0].lines):
        place += size
        last = index + 1 == len(ran[0].lines)
        if last or any(status or output for result in ran for status, output in result.parts[index : index + 1]):
            text = "\n".join(rows[at:place]).strip("\n")
            # Why a step did not run stands under its last command.
            known = {engine: _of(result, first, index) for engine, result in results.items() if last or result.lines}
            yield Part(tuple(("", row) for row in text.split("\n")), text, known)
            at, first = place, index + 1


def typed(step: Step, results: dict[str, Result]) -> str:
    """What a reader types of any step, given what engines did at it."""
    if step.kind != "console" or step.skip:
        return step.typed
    return "".join(part.typed for part in parts(step, results))


def _typed(step: Step, done: list[tuple[int, str]]) -> list[Command]:
    """The commands that were run: a line that begins as a prompt does may be output of the command above it."""
    if len(done) >= len(step.commands):
        return list(step.commands)
    found, at, bindings = [], 0, Bindings()
    for _, output in done:
        found += step.commands[at : at + 1]
        at = read(step.commands, at, output, bindings).following
    return found


def _comment(rows: list[str], start: int, printed: str) -> list[str]:
    """The comment right above a prompt, which is no output of the command before it."""
    first = start
    while first and (COMMENT.match(rows[first - 1]) or not rows[first - 1].strip()) and rows[start].startswith("$"):
        first -= 1
    found = [row for row in rows[first:start] if row.strip()]
    ends = (at for at in range(len(found), 0, -1) if printed.endswith("\n".join(found[:at])))
    return found[next(ends, 0) :]


def _of(result: Result, first: int, last: int) -> Result:
    """What an engine did at these commands; it ended as the last of them did."""
    done = result.parts[first : last + 1]
    return replace(result, parts=done, exit=done[-1][0] if done else 0)


def _split(row: str) -> tuple[str, str]:
    prompt = PROMPT.match(row)
    return (prompt[0], row[prompt.end() :]) if prompt else ("", row)
