"""What a command of a console fence has printed, beside what the fence shows under it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from macros.page.console import readings
from macros.page.steps import Command
from macros.record.bindings import Bindings
from macros.record.contrast import compared

# What an output may have that looks like the next command of its fence.
PROMPT = re.compile(r"(?m)^[$#] ")
AMBIGUOUS = (
    "a line that begins with the fence's prompt is output where the command above it printed just that line there, "
    "else the next command"
)


@dataclass(frozen=True)
class Reading:
    """following: number of the next command, since lines that look like some may be output. why: what differs from the
    fence, "" if nothing; difference: that line by line; cause: what may lie behind it."""

    following: int
    why: str = ""
    difference: str = ""
    cause: str = ""


def read(commands: Sequence[Command], at: int, output: str, bindings: Bindings) -> Reading:
    """Hold the output of the command of this number against its fence, and bind its values if that is what it shows."""
    source, first = commands[at].source, ""
    typed = bindings.typed
    for expected, following in readings(commands, at):
        if following > at + 1:
            bindings.typed = typed.without(command.source for command in commands[at + 1 : following])
        why = bindings.same(expected, output, source=source)
        if not why:
            return Reading(following)
        first = first or why
    bindings.typed = typed
    if _claims_nothing(commands, at, output):
        return Reading(at + 1)
    difference = compared(commands[at].expected, output, bindings, wildcards=True, source=source)
    shown = f"{output}\n{commands[at].expected}"
    return Reading(at + 1, first, difference, AMBIGUOUS if at + 1 < len(commands) and PROMPT.search(shown) else "")


def _claims_nothing(commands: Sequence[Command], at: int, output: str) -> bool:
    """Whether nothing is shown under a command, as in many pages: it may print anything then, but what the lines after
    it could be."""
    return not commands[at].expected and not (at + 1 < len(commands) and PROMPT.search(output))
