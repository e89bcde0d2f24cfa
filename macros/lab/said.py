"""What a session's shell says of its steps, line by line: see macros/lab/bash.py."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from macros.lab.errors import LabError
from macros.lab.syntax import read
from macros.lab.tree import SyntaxProblem

# Lines that end a shell, as far as that can be told from their text.
ENDS_SHELL = re.compile(r"(?:^|[;&|({]|\b(?:then|do|else)\b)\s*(?:exit|exec|logout)\b|\$\$")
# What bash puts before its own messages: LINENO, which is a line of the step.
MESSAGE = re.compile(r"^bash: line (\d+): ", re.MULTILINE)


@dataclass(frozen=True)
class Failure:
    """A command that failed, and nothing in its step looks at that.

    status: its exit code. step: number of its step, which for a process in the background may be an earlier one.
    line: where in that step's code, from 1. command: the first line of what bash ran, "" where the line says it.
    last: whether it is of the step's last statement, whose exit code is the step's.
    """

    status: int
    line: int
    step: int
    command: str = ""
    last: bool = False


@dataclass(frozen=True)
class Heard:
    """One "failed" as the shell says it: `line` by LINENO, `top` the line of the step that led there, `function` the
    one it is in or "-", `inner` whether it is in a subshell, `ends` whether the shell ends by it, as after set -e."""

    status: int
    line: int
    top: int
    step: int
    inner: bool
    ends: bool
    function: str
    command: str

    def failure(self, code: str) -> Failure:
        """code: that of its step. LINENO in a function is of the step that defined it, and may be any of a command's
        lines."""
        line = self.line
        try:
            known = read(code)
        except (SyntaxProblem, LabError):
            return Failure(self.status, line if self.function == "-" else self.top, self.step, self.command)
        first, end = known.functions.get(self.function, (0, 0))
        if self.function != "-" and not first <= line <= end:
            line = self.top
        named = self.command if self.inner or self.function != "-" else ""
        return Failure(self.status, known.begins(line), self.step, named, self.top >= known.last)


class Said:
    """failed: failures as heard; at: "LINENO outer-line command" of a shell whose time was over; refused: what a step
    took that the session needs."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.failed: list[Heard] = []
        self.at = self.refused = ""
        for text in lines:
            word, _, rest = text.partition(" ")
            if word == "failed":
                status, line, top, step, depth, options, function, command = rest.split(" ", 7)
                numbers = map(int, (status, line, top, step))
                self.failed.append(Heard(*numbers, depth != "0", "e" in options, function, command))
            elif word == "at":
                self.at = rest
            elif word == "refused":
                self.refused = self.refused or rest

    def failures(self, codes: dict[int, str]) -> tuple[Failure, ...]:
        """codes: those of the steps by number."""
        return tuple(dict.fromkeys(one.failure(codes.get(one.step, "")) for one in self.failed))

    def place(self, code: str, output: str) -> int:
        """Line of a step's code (from 1; 0: not known) at which its shell came to its end, or was when it was ended."""
        if self.at:
            number, top, command = self.at.split(" ", 2)
            return near(code, int(number), int(top), command)
        lines = code.splitlines()
        if self.failed and self.failed[-1].ends:
            found = self.failed[-1].failure(code).line
        elif messages := MESSAGE.findall(output):
            found = int(messages[-1])
        else:
            ends = [at for at, line in enumerate(lines, 1) if ENDS_SHELL.search(line)]
            found = ends[0] if len(ends) == 1 else 1 if len(lines) == 1 else 0
        return found if found <= len(lines) else 0


def stopped(code: str, output: str) -> int:
    """The line at which bash gave a step up, as what it could not read or expand; else that of its last statement."""
    try:
        last = read(code).last
    except SyntaxProblem as problem:
        return problem.line
    messages = MESSAGE.findall(output)
    return min(int(messages[-1]), code.count("\n") + 1) if messages else last


def near(code: str, number: int, top: int, command: str) -> int:
    """The line of `code` that is a command's, by its text: LINENO is off in functions and in the heads of loops."""
    lines = [" ".join(line.split()) for line in code.splitlines()]
    wanted = " ".join(command.split())
    found = [at for at, line in enumerate(lines, 1) if wanted and (wanted in line or _begins(wanted, line))]
    if not found:
        number = top or number
    elif number not in found:
        number = max((at for at in found if at < number), default=found[0])
    return number if 0 < number <= len(lines) else 0


def _begins(command: str, line: str) -> bool:
    """Whether a line that goes on after its backslash is the beginning of a command."""
    return len(line) > 2 and line.endswith("\\") and command.startswith(line.rstrip("\\ "))
