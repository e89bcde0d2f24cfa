"""A console fence: its prompts, and the output that the page shows under each.

A line that begins with the prompt may be output as well (a file with comments under a root prompt): the command above
it has printed it then, which only a run can tell. Until then it counts as the next command.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence

from macros.page.steps import Command, Page, Problem

PROMPTS = ("$ ", "# ")
COMMENT = re.compile(r"#(?: |\Z)")
# What of a command may go on in the next line, in few words; bash is asked only then.
OPENING = re.compile(r"""['"`({\\]|<<|\|\s*$|&&\s*$|\[\[|(?:^|[;&|]\s*)(?:for|while|until|if|case|select|function)\b""")
UNENDED = re.compile(r"unexpected (?:end of file|EOF)")
HERE_DOCUMENT = re.compile(r"here-document at line \d+ delimited by end-of-file")
HERE = "a here-document is open"
BACKSLASH = re.compile(r"(?<!\\)(?:\\\\)*\\$")


def commands_of(page: Page, source: str, first_line: int) -> list[Command]:
    """The commands of a console fence whose first line is `first_line` of the page; notes what is wrong with it."""
    commands = commands_in(source, first_line)
    lines = source.split("\n")
    begun = commands[0].line - first_line if commands else len(lines)
    for number, text in enumerate(lines[:begun], first_line):
        if text.strip() and not (commands and text.startswith("#")):
            message = "output before the first prompt of this console fence: its prompts are `$ `, or `# ` for root"
            page.problems.append(Problem(page.path, number, message))
            break
    if commands and (what := unended(commands[0].source)):
        page.problems.append(Problem(page.path, commands[0].line, f"this command does not end in its fence: {what}"))
    return commands


@functools.lru_cache(maxsize=1000)
def _commands(source: str) -> tuple[tuple[int, int, int, str], ...]:
    """Of each command the numbers (from 0) of its first line, of the one after its last and of the one after its
    output; and what is typed."""
    lines = source.rstrip("\n").split("\n")
    prompt = next((prompt for prompt in PROMPTS if any(line.startswith(prompt) for line in lines)), PROMPTS[0])
    if lines[-1].rstrip() == prompt.rstrip():
        lines[-1] = prompt  # where the terminal waits for the next command
    starts = [number for number, line in enumerate(lines) if line.startswith(prompt)]
    found, place = [], 0
    for start in starts:
        if start >= place:
            code, place = _command(lines, start, prompt)
            found.append((start, place, code))
    ends = [*(start for start, _, _ in found), len(lines)][1:]
    return tuple((start, place, end, code) for (start, place, code), end in zip(found, ends, strict=True))


def commands_in(source: str, first_line: int = 1) -> list[Command]:
    """Split a console fence at its prompts: `$ `, or `# ` where no line begins with that."""
    lines, root = source.rstrip("\n").split("\n"), not re.search(r"(?m)^\$ ", source)
    commands = []
    for start, place, end, code in _commands(source):
        output, comment = lines[place:end], []
        if not root and end < len(lines):
            output, comment = _without_comment(output)
        text = "\n".join(lines[start:place] + output)
        commands.append(Command(code, trimmed(output), first_line + start, text, "\n".join(comment)))
    return commands


def readings(commands: Sequence[Command], at: int) -> Iterator[tuple[str, int]]:
    """What the command of this number may have to print, the likeliest first; and the number of the next command.

    What follows its output is a comment on the next command, and the next command, or is still output.
    """
    command = commands[at]
    yield command.expected, at + 1
    output = command.text.split("\n")[command.source.count("\n") :]
    for number, following in enumerate(commands[at:], at + 1):
        if number > at + 1:
            output += following.text.split("\n")
            yield trimmed(output), number
        for line in following.comment.split("\n") if following.comment else ():
            output.append(line)
            if line.strip():
                yield trimmed(output), number


def trimmed(lines: list[str]) -> str:
    """Lines as text without the empty ones at both ends: pages set outputs off with them, and commands print them."""
    return re.sub(r"\A(?:[ \t]*\n)+|\s+\Z", "", "\n".join(lines)) if any(line.strip() for line in lines) else ""


def _without_comment(output: list[str]) -> tuple[list[str], list[str]]:
    """What stands between two commands, as output and as the comment on the next command, which may be output too."""
    at = len(output)
    while at and (COMMENT.match(output[at - 1]) or not output[at - 1].strip()):
        at -= 1
    at = next((number for number in range(at, len(output)) if output[number].strip()), len(output))
    return output[:at], output[at:]


def _command(lines: list[str], start: int, prompt: str) -> tuple[str, int]:
    """What is typed at a prompt, and the number of the line after it."""
    first = lines[start].removeprefix(prompt) + "\n"
    second = start + 1 < len(lines) and lines[start + 1].startswith(">")
    prompted = _grown(lines, start, prompt, True) if second else None
    if prompted and all(line.startswith(">") for line in lines[start + 1 : prompted[1]]):
        return prompted
    return _grown(lines, start, prompt, False) or prompted or (first, start + 1)


def _grown(lines: list[str], start: int, prompt: str, prompted: bool) -> tuple[str, int] | None:
    """A command with the lines for which bash would ask before it is complete; None where it does not get so.

    prompted: they stand after a second prompt, `> `, of which editors may have left `>`; many write none.
    """
    code, place = lines[start].removeprefix(prompt) + "\n", start + 1
    while what := unended(code):
        if place == len(lines) or (lines[place].startswith(prompt) and what != HERE):
            return None
        code += (re.sub(r"^> ?", "", lines[place]) if prompted else lines[place]) + "\n"
        place += 1
    return code, place


@functools.lru_cache(maxsize=1000)
def unended(code: str) -> str:
    """Why bash would ask for more of a command, or "" where it is complete. Without bash only a backslash tells."""
    if BACKSLASH.search(code.rstrip("\n")):
        return "its last line ends in a backslash"
    bash = shutil.which("bash")
    if not OPENING.search(code) or not bash:
        return ""
    read = [bash, "--norc", "-n"]  # -n: nothing of it is run, and without BASH_ENV nothing else
    done = subprocess.run(read, input=code, env={"LC_ALL": "C"}, capture_output=True, text=True, check=False)
    if HERE_DOCUMENT.search(done.stderr):
        return HERE
    return "a quote, a bracket or a compound command is open" if UNENDED.search(done.stderr) else ""
