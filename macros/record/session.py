"""Run a Page in a Lab, step by step, into a Recording."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import signal
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from docker.errors import APIError, DockerException
from requests import RequestException
from sybil import Document, Example, Region
from sybil.evaluators.doctest import DocTestEvaluator
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.abstract.doctest import DocTestStringParser
from sybil.region import Lexeme

from macros.lab.api import environment
from macros.lab.errors import LabError
from macros.lab.health import ended
from macros.lab.host import HOST, Lab
from macros.lab.machine import given_away
from macros.lab.needs import lacking
from macros.lab.shell import LARGEST_OUTPUT, Shell, ShellError
from macros.lab.wait import unmet
from macros.page.console import unended
from macros.page.steps import Page, Step
from macros.record import report
from macros.record.bindings import Bindings
from macros.record.probe import seen
from macros.record.reading import read
from macros.record.recording import Result
from macros.record.typed import typed_in


class StepFailed(AssertionError):
    """A step did not do what the page says; the message says where, what, what came instead, and what to run next."""

    def __init__(self, page: Page, step: Step, why: str, output: str = "", line: int = 0, difference: str = "",
                 cause: str = "") -> None:  # fmt: skip
        self.line = line or step.line
        place, following = f"{page.path}:{self.line}", f"make test PAGE={page.path}"
        super().__init__(report.failure(
            place, why, step=step, line=self.line, printed=output, difference=difference, cause=cause,
            following=following,
        ))  # fmt: skip


class Session:
    """One page in one lab, in the order of the page. Close it at the end."""

    def __init__(self, page: Page, lab: Lab) -> None:
        self.page, self.lab = page, lab
        self.namespace: dict[str, Any] = {"__name__": "__page__"}
        self.failed: StepFailed | None = None
        self._shells: dict[str, Shell] = {}
        self._bindings = Bindings(typed_in(page.steps))
        self._hosts = page.hosts or [HOST]

    def host(self, step: Step) -> Lab:
        """The Docker host that a step runs on."""
        return self.lab.host(step.options.host or (self.page.hosts or [""])[0])

    def shell(self, step: Step) -> Shell:
        host = self.host(step)
        if host.name not in self._shells:
            self._shells[host.name] = host.shell()
        return self._shells[host.name]

    def run(self, step: Step) -> Result:
        """Run one step. Raises StepFailed where its exit code, or what its page says of it, does not hold."""
        try:
            if skipped := self._skipped(step):
                return Result(step.key, skipped=skipped)
            result = getattr(self, f"_{step.kind}")(step)
            result = result.as_shown()
            self._share(step)
            if told := given_away(result.text(), self.page.text):
                why = f"printed what is of the machine that runs the lab: {', '.join(told)}"
                raise StepFailed(self.page, step, why)
            return result
        except ShellError as error:
            del self._shells[self.host(step).name]
            line = step.line + error.line if error.line else 0
            self.failed = StepFailed(self.page, step, self._ended(step) or str(error), error.output, line)
        except StepFailed as error:
            self.failed = error
        except (DockerException, RequestException, OSError, LabError) as error:
            self.failed = StepFailed(self.page, step, self._ended(step) or f"{type(error).__name__}: {error}")
        raise self.failed

    def _ended(self, step: Step) -> str:
        """What happened to the lab that a step ran in, or "" if it lives. Its next reset makes it anew."""
        name = step.options.host or (self.page.hosts or [HOST])[0]
        try:
            why = ended(self.host(step))
        except (DockerException, RequestException, OSError) as error:
            return f"the machine's Docker Engine does not answer any more: {error}"
        return f"the lab {name} is gone: {why}" if why else ""

    def _share(self, step: Step) -> None:
        """Give the other hosts' shells the variables that the step says."""
        for name in step.options.share:
            value = self.shell(step).run(f'printf %s "${name}"', 10)[1]
            for host in self.page.hosts:
                if host != self.host(step).name:
                    other = replace(step, options=replace(step.options, host=host))
                    self.shell(other).run(f"{name}={shlex.quote(value)}", 10)

    def _skipped(self, step: Step) -> str:
        if step.options.host not in ("", *self._hosts):
            hosts = ", ".join(self._hosts)
            why = f"host={step.options.host}: this page's hosts are {hosts}; name it in the front matter"
            raise StepFailed(self.page, step, why)
        try:
            lacks = [lacking(self.host(step), need) for need in step.options.needs]
        except LabError as error:
            raise StepFailed(self.page, step, str(error)) from error
        return next(filter(None, [step.skip, step.options.unmet(self.lab.version), *lacks]), "")

    def _bash(self, step: Step) -> Result:
        status, output, failed = self.shell(step).run(step.source, step.options.timeout)
        result = Result(step.key, status, output.rstrip("\n"))
        wrong = step.options.exit != status
        if wrong or (step.options.exit == 0 and failed):
            line, code = (failed[0] if failed else (0, status)) if step.options.exit == 0 else (0, status)
            why = f"exit code {code} instead of {step.options.exit}"
            line = line or self._unreadable(step, status)
            raise StepFailed(self.page, step, why, output, step.line + line)
        return result

    def _unreadable(self, step: Step, status: int) -> int:
        """The line that bash cannot read (from 1), where that is what is wrong with a step; else 0."""
        if status not in (1, 2):
            return 0
        found = re.search(r": line (\d+): ", self.host(step).run("bash", "-n", "-c", step.source)[1])
        return min(int(found[1]), step.source.count("\n")) if found else 0

    def _console(self, step: Step) -> Result:
        result, at = Result(step.key), 0
        while at < len(step.commands):
            command = step.commands[at]
            if what := unended(command.source):
                raise StepFailed(self.page, step, f"this command does not end in its fence: {what}", line=command.line)
            try:
                status, output, _ = self.shell(step).run(command.source, step.options.timeout)
            except ShellError as error:
                raise ShellError(str(error), error.output, command.line - step.line + max(0, error.line - 1)) from error
            result.parts.append((status, output))
            found = read(step.commands, at, output, self._bindings)
            at = found.following
            wanted = step.options.exit if at == len(step.commands) else 0
            if status != wanted:
                raise StepFailed(self.page, step, f"exit code {status} instead of {wanted}", output, command.line)
            if found.why:
                raise StepFailed(self.page, step, found.why, output, command.line, found.difference, found.cause)
        return result

    def _file(self, step: Step) -> Result:
        if step.title.startswith("/") or ".." in step.title.split("/"):
            raise StepFailed(self.page, step, f"title={step.title!r}: a file lies in the session's own folder")
        folder = self.shell(step).run("pwd", 10)[1].strip()
        self.host(step).put(folder, {step.title: step.source.encode()})
        return Result(step.key)

    def _probe(self, step: Step) -> Result:
        hosts = [self.lab.host(name) for name in self._hosts]
        try:
            return Result(step.key, data=seen(step.call, self.host(step), hosts))
        except (APIError, KeyError) as error:
            raise StepFailed(self.page, step, f"{step.key}: {error}") from error

    def _wait(self, step: Step) -> Result:
        left = time.monotonic() + step.options.timeout
        for one in step.waits:
            seconds = max(left - time.monotonic(), 1)
            if said := unmet(self.host(step), one.kind, one.target, one.inside, seconds):
                raise StepFailed(self.page, step, f"waited {step.options.timeout:g} s for {one}", said, one.line)
        return Result(step.key)

    def _python(self, step: Step) -> Result:
        """Sybil's own evaluators run it; `docker.from_env()` reaches the lab's engine."""
        document = Document(self.page.text, self.page.path)
        printed = io.StringIO()
        source = Lexeme(step.source, 0, 0)
        if step.source.lstrip().startswith(">>>"):
            regions = list(DocTestStringParser(DocTestEvaluator())(step.source, self.page.path))
            lines = [step.line + 1 + region.parsed.lineno for region in regions]
        else:
            regions, lines = [Region(0, 0, source, PythonEvaluator())], [step.line]
        reaching = environment(self.host(step).environment)
        with reaching, contextlib.redirect_stdout(printed), _alarm(step.options.timeout):
            for region, line in zip(regions, lines, strict=True):
                try:
                    wrong = region.evaluator(Example(document, line, 1, region, self.namespace))
                except BaseException as error:
                    if isinstance(error, KeyboardInterrupt):
                        raise
                    why = f"{type(error).__name__}: {error}".rstrip(": ")
                    line = _page_line(error, self.page.path) or line
                    raise StepFailed(self.page, step, why, printed.getvalue(), line) from error
                if wrong:
                    raise StepFailed(self.page, step, "the doctest differs", wrong, line)
        if len(printed.getvalue()) > LARGEST_OUTPUT:
            why = f"printed more than {LARGEST_OUTPUT >> 20} MiB"
            raise StepFailed(self.page, step, why, printed.getvalue()[:2000])
        return Result(step.key, output=printed.getvalue().rstrip("\n"))

    def close(self) -> None:
        for shell in self._shells.values():
            shell.close()
        self._shells = {}


def _page_line(error: BaseException, path: str) -> int:
    """The line of a page on which an error came about, or 0."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno or 0
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return (lines or [0])[-1] or 0


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in Python code that takes longer; only a process's main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: Any) -> None:
        raise TimeoutError(f"did not end within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
