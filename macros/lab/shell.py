"""A bash session in a lab that lives as long as a page, as a reader's terminal does.

Every step is given to one bash, so variables, functions and the current folder persist. The session has a
cgroup of its own in the lab: whatever a step starts, however it detaches itself, ends with it.
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, replace
from typing import Any

from macros.lab import bash, syntax
from macros.lab.said import Failure, Said, stopped
from macros.lab.stream import Flood, Stream
from macros.lab.tree import ANSWERS, SyntaxProblem

# What one step may print, in bytes; more is a runaway, not documentation.
LARGEST_OUTPUT = 1 << 20

# How many processes a session may have at once: a step that only starts processes cannot keep out those that end it.
MOST_PROCESSES = 1000

# How long after a step's limit its end is waited for, in seconds: what watches it is inside the lab.
GRACE = 2.0

# How long the end of a page may take, with what it has its shell do at EXIT.
FINISH_SECONDS = 20.0
LOOK_SECONDS = 10.0

# A line that is neither empty nor a comment.
COMMAND = re.compile(r"^\s*[^#\s]", re.MULTILINE)

# How a step ends, or its session: the mark, what it ended with, lines for Said, and the mark again.
ENDING = rb"\x01(?P<who>%s) (?P<how>[\w ]+)\n(?P<said>.*?)\x01(?P=who)\n"

# What bash says of the commands that a step which hangs was waiting for.
KILLED = re.compile(r"(?:^(?:bash|main): line \d+: +\d+ Killed .*\n(?: +\d+ .*\n)*)+\Z", re.MULTILINE)

# bash warns of this where it reads a text late, as in backquotes and eval.
UNENDED = re.compile(r"^bash: .*warning: here-document .* delimited by end-of-file \(wanted `(.*)'\)", re.MULTILINE)

# What a page has its shell do at the end.
EXIT_TRAP = re.compile(r"\btrap\b.*\b(?:EXIT|0)\b", re.IGNORECASE)

ENVIRONMENT = {"HOME": "/root", "LANG": "C.UTF-8", "TZ": "UTC", "COLUMNS": "120", "PAGER": "cat", "TERM": "dumb"}


class ShellError(RuntimeError):
    """The step did not come to an end. `output`: what it had printed; `line`: where in its code, from 1, or 0."""

    def __init__(self, message: str, output: str, line: int = 0) -> None:
        super().__init__(message)
        self.output, self.line = output, line


class Refused(ValueError):
    """A step that is not run, or not believed: the message says why. `output` and `line` as of ShellError."""

    def __init__(self, message: str, line: int = 0, output: str = "") -> None:
        super().__init__(message)
        self.output, self.line = output, line


@dataclass(frozen=True)
class Ran:
    """What a step did: its exit code, its output, and the failures in it that nobody looked at, in their order."""

    status: int
    output: str
    failures: tuple[Failure, ...] = ()


class Shell:
    def __init__(self, api: Any, container: str) -> None:
        """api: the outer engine's docker.APIClient; container: id of the lab. Raises docker.errors.DockerException."""
        self._api, self._container = api, container
        self._name = f"session-{secrets.token_hex(6)}"
        self._open = True
        self._pipe = "0"
        self.number = 0  # of the last step
        self._codes: dict[int, str] = {}
        script = bash.START.format(name=self._name, most=MOST_PROCESSES)
        self._stream = Stream(api, container, script, ENVIRONMENT)
        self._stream.send(bash.SETUP.format(name=self._name, answers="|".join(ANSWERS)), GRACE)

    def run(self, code: str, timeout: float) -> Ran:
        """Run code.

        timeout: seconds. Raises ShellError when the step hangs, floods, or ends its shell; the session
        and all that it started are gone then. Raises Refused for what cannot be run here.
        """
        if not COMMAND.search(code):
            return Ran(0, "")
        mark = secrets.token_hex(16)
        code = code.rstrip("\n")
        self.number += 1
        self._codes[self.number] = code
        request = bash.STEP.format(mark=mark, code=self._noticing(code), number=self.number, limit=f"{timeout:g}",
                                   pipe=_restored(self._pipe, code))  # fmt: skip
        output, match = self._read(request, mark, timeout, code)
        if match["who"] != mark:
            raise self._gone(match, output, timeout, code)
        self._pipe = match["how"].partition(" ")[2]
        said = Said(match["said"].splitlines())
        if said.refused:
            why = f"{said.refused}: a page's shell cannot have it, its failures would pass unnoticed"
            raise Refused(why, 0, output)
        if word := UNENDED.search(output):
            why = f"unclosed here-document `{word[1]}`"
            raise Refused(why, _here_document(code, word[1]), output)
        status = int(match["how"].partition(" ")[0])
        failures = said.failures(self._codes)
        if status and not failures:
            failures = (Failure(status, stopped(code, output), self.number, last=True),)
        return Ran(status, output, failures)

    def look(self, command: str) -> str:
        """What one command of bash prints; the page does not notice. Raises ShellError."""
        mark = secrets.token_hex(16)
        return self._read(bash.LOOK.format(mark=mark, command=command), mark, LOOK_SECONDS, command)[0]

    def finish(self, timeout: float = FINISH_SECONDS) -> Ran:
        """End the session as a terminal ends: with what the page has it do at its EXIT. Raises ShellError."""
        if not self._open:
            return Ran(0, "")
        output, match = self._read(bash.FINISH.format(limit=f"{timeout:g}"), self._name, timeout, "")
        if match["how"] == "late":
            raise self._gone(match, output, timeout, "")
        self._disconnect()
        failures = Said(match["said"].splitlines()).failures(self._codes)
        return Ran(0, output, tuple(one if one.step else self._of_trap(one) for one in failures))

    def _of_trap(self, failure: Failure) -> Failure:
        """A failure at the end of the page, at the place of the last `trap ... EXIT`."""
        for step, code in reversed(self._codes.items()):
            if places := [line for line, text in enumerate(code.split("\n"), 1) if EXIT_TRAP.search(text)]:
                return replace(failure, step=step, line=places[-1])
        return replace(failure, step=self.number, line=1)

    def _noticing(self, code: str) -> str:
        """Code as bash is given it. Raises Refused."""
        if not syntax.WORTH_READING.search(code):
            return code
        try:
            read = syntax.read(code)
        except SyntaxProblem as problem:
            if not problem.ended:
                raise Refused(str(problem), problem.line) from None
            if self._bash_reads(code):
                why = f"{problem}: bash can read it, shfmt cannot; write it another way"
                raise Refused(why, problem.line) from None
            return code  # bash says itself what is wrong
        if read.refused:
            line, why = read.refused[0]
            raise Refused(why, line)
        return read.text

    def _bash_reads(self, code: str) -> bool:
        execution = self._api.exec_create(self._container, ["bash", "-O", "extglob", "-n", "-c", code])
        self._api.exec_start(execution["Id"])
        return self._api.exec_inspect(execution["Id"])["ExitCode"] == 0

    def _read(self, request: str, mark: str, timeout: float, code: str) -> tuple[str, dict[str, str]]:
        """Send a request; returns what was printed before its ending, or before the session's, and the ending."""
        deadline = time.monotonic() + timeout + GRACE
        marks = f"{mark}|{self._name}".encode()
        ending, begins = re.compile(ENDING % marks, re.DOTALL), re.compile(b"\x01(?:%s)" % marks)
        output = bytearray()
        try:
            self._stream.send(request, timeout + GRACE)
            match = self._stream.read(output, begins, ending, deadline, LARGEST_OUTPUT)
        except Flood:
            raise self._end(f"printed more than {LARGEST_OUTPUT >> 20} MiB", output[:2000], code) from None
        except TimeoutError:
            raise self._end(f"did not end within {timeout:g} s", output, code) from None
        except OSError:  # the connection to the engine broke
            match = None
        if match is None:
            raise self._end("ended its shell", output, code)
        said = {name: value.decode(errors="replace") for name, value in match.groupdict().items()}
        return printed(output[: match.start()]), said

    def _gone(self, match: dict[str, str], output: str, timeout: float, code: str) -> ShellError:
        """The session ended by itself, or was ended in the lab since its time was over."""
        self._disconnect()
        why = "ended its shell"
        if match["how"] == "late":
            why, output = f"did not end within {timeout:g} s", KILLED.sub("", output)
        return ShellError(why, output, Said(match["said"].splitlines()).place(code, output))

    def _end(self, why: str, output: bytes, code: str) -> ShellError:
        """End it from here."""
        said = Said(self._close("ask").splitlines())
        return ShellError(why, printed(output), said.place(code, ""))

    def close(self) -> None:
        """End the session and every process it started. May be called twice, and when the lab is gone."""
        if self._open:
            self._close("")

    def _close(self, ask: str) -> str:
        """Returns what the shell said, if it is asked where it is."""
        import docker.errors
        import requests

        self._disconnect()
        script = bash.KILL.format(name=self._name, ask=ask)
        try:
            execution = self._api.exec_create(self._container, ["bash", "-c", script])
            return self._api.exec_start(execution["Id"]).decode(errors="replace")
        except (docker.errors.DockerException, requests.RequestException):
            return ""  # no lab, no processes

    def _disconnect(self) -> None:
        """An engine that waits for a flood to be read keeps the session's other requests waiting."""
        self._open = False
        self._stream.close()


def printed(output: bytes) -> str:
    """What was printed. PS4 repeats its first character once a level, and a step is one level down from the shell."""
    text = bytes(output).decode(errors="backslashreplace")
    return re.sub("(\x06+)(.?)", lambda match: match[2] * max(1, len(match[1]) - 1), text)


def _restored(pipe: str, code: str) -> str:
    """What sets PIPESTATUS as the last step left it: `pipe`, its exit codes. Few steps ask."""
    if "PIPESTATUS" not in code or " " not in pipe:
        return " && [[ . ]]"
    # What follows && would set it anew.
    codes = pipe.split()
    return "; " + " | ".join(f"(exit {status})" for status in codes) + ("" if codes[-1] == "0" else " && [[ . ]]")


def _here_document(code: str, word: str) -> int:
    """The line of the last here-document that has this end."""
    begins = re.compile(r"<<-?\s*[\\'\"]?" + re.escape(word))
    return max((at for at, line in enumerate(code.splitlines(), 1) if begins.search(line)), default=0)
