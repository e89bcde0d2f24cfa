"""Run a Page in a Lab, step by step, into a Recording."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from dataclasses import replace

from docker.errors import APIError, DockerException
from requests import RequestException

from macros.lab.commands import split
from macros.lab.errors import LabError
from macros.lab.health import ended
from macros.lab.host import HOST, Lab
from macros.lab.machine import given_away
from macros.lab.needs import lacking
from macros.lab.shell import COMMAND, Ran, Refused, Shell, ShellError
from macros.lab.state import changes
from macros.lab.wait import unmet
from macros.page.console import unended
from macros.page.steps import Page, Step
from macros.record.bindings import Bindings
from macros.record.failed import StepFailed
from macros.record.probe import seen
from macros.record.python import Python, PythonError
from macros.record.reading import read
from macros.record.result import Result
from macros.record.typed import typed_in
from macros.record.watching import Watches

# Seconds after which a host is looked at again where a hidden block seems to have changed it.
SETTLING = 0.5


class Session:
    """One page in one lab, in the order of the page. Close it at the end."""

    def __init__(self, page: Page, lab: Lab) -> None:
        self.page, self.lab = page, lab
        self._interpreter: Python | None = None
        self.failed: StepFailed | None = None
        self._shells: dict[str, Shell] = {}
        self._ran: dict[tuple[Shell, int], tuple[Step, int]] = {}
        self._bindings = Bindings(typed_in(page.steps))
        self._hosts = page.hosts or [HOST]
        self._watches = Watches(page)

    def host(self, step: Step) -> Lab:
        """The Docker host that a step runs on."""
        return self.lab.host(self.page.host_of(step), self.page.engines)

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
            run = getattr(self, f"_{step.kind}")
            looks = (step.hidden and step.kind != "wait") or step.call[:1] == ("packet",)
            looked = (lambda step: self._hidden(step, run)) if looks else run
            result = self._watches.run(step, looked, self.host).as_shown()
            self._share(step)
            if told := given_away(result.text(), self.page.text):
                why = f"printed what is of the machine that runs the lab: {', '.join(told)}"
                raise StepFailed(self.page, step, why)
            return result
        except ShellError as error:
            del self._shells[self.host(step).name]
            self.failed = StepFailed(self.page, step, self._ended(step) or str(error), error.output, error.line)
        except Refused as error:
            self.failed = StepFailed(self.page, step, str(error), error.output, error.line)
        except StepFailed as error:
            self.failed = error
        except (DockerException, RequestException, OSError, LabError) as error:
            self.failed = StepFailed(self.page, step, self._ended(step) or f"{type(error).__name__}: {error}")
        raise self.failed

    def _hidden(self, step: Step, run: Callable[[Step], Result]) -> Result:
        """What a hidden block, or a command that is traced, did. Raises StepFailed where it did more than look: who
        types the page has no such block.

        What another process does meanwhile is not the block's, but is seldom there twice in a row.
        """
        hosts = [self.lab.host(name, self.page.engines) for name in self._hosts]
        before = [host.looked() for host in hosts]
        result = run(step)
        changed = [changes(was, host.looked()) for was, host in zip(before, hosts, strict=True)]
        if any(changed):
            time.sleep(SETTLING)
            changed = [[line for line in first if line in changes(was, host.looked())]
                       for first, was, host in zip(changed, before, hosts, strict=True)]  # fmt: skip
        if any(changed):
            what = "a hidden block" if step.hidden else "a command of packet()"
            why = f"{what} may only look, and this one changed its host"
            raise StepFailed(self.page, step, why, "\n".join(line for lines in changed for line in lines), cause=(
                "who types the page does not run it: what the page needs done, a step shows"))  # fmt: skip
        return result

    def _ended(self, step: Step) -> str:
        """What happened to the lab that a step ran in, or "" if it lives. Its next reset makes it anew."""
        name = self.page.host_of(step) or HOST
        try:
            why = ended(self.host(step))
        except (DockerException, RequestException, OSError) as error:
            return f"the machine's Docker Engine does not answer any more: {error}"
        return f"the lab {name} is gone: {why}" if why else ""

    def _share(self, step: Step) -> None:
        """Give the other hosts' shells the variables that the step says."""
        for name in step.options.share:
            value = self.shell(step).look(f'printf %s "${{{name}-}}"')
            for host in self.page.hosts:
                if host != self.host(step).name:
                    other = replace(step, options=replace(step.options, host=host))
                    self.shell(other).look(f"eval {name}={shlex.quote(shlex.quote(value))}")

    def _skipped(self, step: Step) -> str:
        if step.options.host not in ("", *self._hosts):
            hosts = ", ".join(self._hosts)
            why = f"host={step.options.host}: this page's hosts are {hosts}; name it in the front matter"
            raise StepFailed(self.page, step, why)
        try:
            lacks = [lacking(self.host(step), need) for need in step.options.needs]
        except LabError as error:
            raise StepFailed(self.page, step, str(error)) from error
        return next(filter(None, [step.skip, step.options.unmet(self.host(step).version), *lacks]), "")

    def _bash(self, step: Step) -> Result:
        if step.hidden and COMMAND.search(step.source):  # no name, folder or option of it is there for the next step
            ran = self._run(step, f"(\n{step.source.rstrip()}\n)", step.line - 1)
            self._succeeded(step, ran, step.line, step.options.exit)
            return Result(step.key, ran.status, ran.output.rstrip("\n"))
        lines, at = step.source.rstrip("\n").split("\n"), 0
        result = Result(step.key, lines=list(split(step.source)))
        for size in result.lines:
            before, at = at, at + size
            ran = self._run(step, "\n".join(lines[before:at]), step.line + before)
            result.parts.append((ran.status, ran.output))
            self._succeeded(step, ran, step.line + before, step.options.exit if at == len(lines) else 0)
        return result.alone()

    def _run(self, step: Step, code: str, before: int) -> Ran:
        """Run code that begins after a line of the page."""
        shell = self.shell(step)
        self._ran[shell, shell.number + 1] = step, before
        try:
            return shell.run(code, step.options.timeout)
        except (ShellError, Refused) as error:
            error.line += before if error.line or step.commands == () else before + 1
            raise

    def _succeeded(self, step: Step, ran: Ran, before: int, wanted: int) -> None:
        """Raises StepFailed unless the exit code is the wanted one, and no other command in the code failed."""
        self._failed(self.shell(step), ran, wanted)
        if ran.status != wanted:
            why = f"exit code {ran.status} instead of {wanted}"
            raise StepFailed(self.page, step, why, ran.output, before + (1 if step.commands else 0))

    def _failed(self, shell: Shell, ran: Ran, wanted: int = 0) -> None:
        """Raises StepFailed for the first failure that is not the wanted one; what ran in the background may have it
        in an earlier step."""
        for failure in ran.failures:
            if not wanted or not failure.last or failure.step != shell.number:
                step, before = self._ran[shell, failure.step]
                of = f": {failure.command}" if failure.command else ""
                why = f"exit code {failure.status} instead of 0{of}"
                raise StepFailed(self.page, step, why, ran.output, before + failure.line)

    def _console(self, step: Step) -> Result:
        result, at = Result(step.key), 0
        while at < len(step.commands):
            command = step.commands[at]
            if what := unended(command.source):
                raise StepFailed(self.page, step, f"this command does not end in its fence: {what}", line=command.line)
            ran = self._run(step, command.source, command.line - 1)
            result.parts.append((ran.status, ran.output))
            found = read(step.commands, at, ran.output, self._bindings)
            at = found.following
            self._succeeded(step, ran, command.line - 1, step.options.exit if at == len(step.commands) else 0)
            if found.why:
                raise StepFailed(self.page, step, found.why, ran.output, command.line, found.difference, found.cause)
        return result

    def _file(self, step: Step) -> Result:
        if step.title.startswith("/") or ".." in step.title.split("/"):
            raise StepFailed(self.page, step, f"title={step.title!r}: a file lies in the session's own folder")
        try:
            folder = self.shell(step).look("pwd").strip()
        except ShellError as error:
            error.line = 0  # no line of the file is to blame
            raise
        self.host(step).put(folder, {step.title: step.source.encode()})
        return Result(step.key)

    def _probe(self, step: Step) -> Result:
        hosts = [self.lab.host(name, self.page.engines) for name in self._hosts]
        try:
            # The engine that the page's commands call may be one that the page has started.
            engine = self.shell(step).look('printf %s "${DOCKER_HOST-}"') if step.call[0] == "packet" else ""
            return Result(step.key, data=seen(step.call, self.host(step), hosts, step.options, engine))
        except (APIError, KeyError, LabError) as error:
            raise StepFailed(self.page, step, f"{step.key}: {error}") from error

    def _wait(self, step: Step) -> Result:
        left = time.monotonic() + step.options.timeout
        for one in step.waits:
            seconds = max(left - time.monotonic(), 1)
            if said := unmet(self.host(step), one.kind, one.target, one.inside, seconds):
                raise StepFailed(self.page, step, f"waited {step.options.timeout:g} s for {one}", said, one.line)
        return Result(step.key)

    def _python(self, step: Step) -> Result:
        """`docker.from_env()` reaches the lab's engine."""
        if self._interpreter is None:
            self._interpreter = Python(self.page.path)
        try:
            return Result(step.key, output=self._interpreter.run(step, self.host(step).environment).rstrip("\n"))
        except PythonError as error:
            raise StepFailed(self.page, step, str(error), error.output, error.line) from error

    def finish(self) -> None:
        """End its shells as terminals end. Raises StepFailed for what fails then, or failed in the background."""
        for shell in list(self._shells.values()):
            step = self.page.recorded[-1]
            self._ran.setdefault((shell, shell.number), (step, step.line))
            try:
                self._failed(shell, shell.finish())
            except ShellError as error:
                raise StepFailed(self.page, step, f"at the end of the page its shell {error}", error.output) from error

    def close(self) -> None:
        self._watches.close()
        for shell in self._shells.values():
            shell.close()
        self._shells = {}
        if self._interpreter:
            self._interpreter.close()
