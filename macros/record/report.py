"""How a failure reads: its place, what is wrong, the code, what came, why, and what to run next.

    docs/ko/network/x.md:12: exit code 1 instead of 0
      the step:
        11 | docker network create a
      > 12 | docker network create a
      it printed:
        Error response from daemon: network with name a already exists
      cause: ...
      next: make test PAGE=docs/ko/network/x.md
"""

from __future__ import annotations

import re

from macros.page.steps import Step
from macros.record.visible import visible

# The most lines of code, of output and of a difference that a failure shows, and the most characters of a line.
CODE, OUTPUT, DIFFERENCE, WIDTH = 12, 20, 40, 300

# What a message or an exit code means in a lab. The first that is found in the text is said.
CAUSES = {
    r"did not end within": "the command waits or works longer than its limit: let it end by itself, or give the step "
    "more time with timeout= in its comment, up to 600",
    r"ended its shell": "a page has one shell for all its steps, as a terminal has: exit, exec and a failure after "
    "set -e end it; put such commands in parentheses or in bash -c",
    r"printed more than": "the output has no end, or is no documentation: cut it with head, tail or grep",
    r"not a TTY|not a terminal|/dev/tty": "a step has no terminal: leave out -t, or put a skip comment before it",
    r"No space left on device": "the disk of the lab, or a file system that the page mounted in it, is full",
    r"File size limit exceeded|exit code 153": "a file in a lab has at most 4 GiB, so that no page fills the machine",
    r"fork: retry|Resource temporarily unavailable": "a session may have 1000 processes at once",
    r"Unable to find image|pull access denied|No such image|lookup registry": "a lab has the images of "
    "macros/lab/images and reaches no registry",
    r"command not found|executable file not found": "neither the lab nor the image has that program: "
    "macros/lab/images/lab/Dockerfile says what a lab has",
    r"is already in use by container|with name \S+ already exists": "an earlier step made it and none has removed it",
    r"port is already allocated|address already in use": "an earlier step listens there and was not ended",
    r"Cannot connect to the Docker daemon": "the lab's engine does not answer: did a step end it?",
    r"exit code (7|52|56)\b|Connection (refused|reset)": "nothing listens there, or not yet: where a container has "
    "just started, wait for what it runs, as with curl --retry 5 --retry-all-errors",
    r"\Aexit code \d+ instead of 0: ": "each part of a step has to succeed, in pipelines, functions, substitutions and "
    "subshells too: where it is meant to fail, let it end with || true",
    r"\Aunclosed here-document": "no line is its end alone: bash would take the rest of the step for its text",
}


def failure(place: str, what: str, *, step: Step | None = None, line: int = 0, printed: str = "",
            difference: str = "", cause: str = "", following: str = "") -> str:  # fmt: skip
    """A whole message. place: "file:line"; line: the one of `step` to point at; printed: what came instead;
    difference: lines of macros/record/contrast.py; following: the command to run next."""
    parts = [f"{place}: {what}\n"]
    if step and (code := source(step, line)):
        parts.append(f"  the step:\n{code}")
    if difference:
        parts.append(f"  - expected, + came:\n{indented(difference, DIFFERENCE)}")
    elif printed.strip():
        parts.append(f"  it printed:\n{indented(printed, OUTPUT, last=True)}")
    if cause := cause or known_cause(f"{what}\n{printed}"):
        parts.append(f"  cause: {cause}\n")
    if following:
        parts.append(f"  next: {following}\n")
    return "".join(parts).rstrip("\n")


def known_cause(text: str) -> str:
    """What is known to lie behind a message, or ""."""
    return next((cause for pattern, cause in CAUSES.items() if re.search(pattern, text)), "")


def source(step: Step, line: int = 0) -> str:
    """The code of a step with the numbers of its lines on the page, and a mark at `line`."""
    if step.kind == "probe":
        numbered = [(step.line, step.source)]
    elif step.kind == "wait":
        numbered = [(one.line, f"wait: {one}") for one in step.waits]
    else:
        numbered = list(enumerate(step.source.rstrip("\n").split("\n"), step.line + 1))
    if len(numbered) > CODE:
        at = min(max(line - step.line - CODE // 2, 0), len(numbered) - CODE)
        numbered = numbered[at : at + CODE]
    width = len(str(numbered[-1][0])) if numbered else 0
    marks = [">" if number == line else " " for number, _ in numbered]
    return "".join(
        f"  {mark} {number:>{width}} | {shown(text)}".rstrip() + "\n"
        for mark, (number, text) in zip(marks, numbered, strict=True)
    )


def indented(text: str, most: int, last: bool = False) -> str:
    """The first (or last) lines of a text, by four blanks, with a word on those that are left out."""
    lines = visible(text).rstrip().split("\n")
    left = len(lines) - most
    if left > 0:
        lines = [f"({left} lines before)", *lines[-most:]] if last else [*lines[:most], f"({left} lines more)"]
    return "".join(f"    {shown(line)}".rstrip() + "\n" for line in lines)


def shown(line: str) -> str:
    """One line for a terminal: of bounded width, and nothing in it acts on the terminal."""
    line = visible(line)
    return line if len(line) <= WIDTH else f"{line[:WIDTH]}... ({len(line) - WIDTH} characters more)"
