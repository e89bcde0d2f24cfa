"""Run a Page in a Lab, step by step, into a Recording."""

from __future__ import annotations

import contextlib
import io
import shlex
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sybil import Document, Example, Region
from sybil.evaluators.doctest import DocTestEvaluator
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.abstract.doctest import DocTestStringParser
from sybil.region import Lexeme

from macros import topology, wire
from macros.lab import HOST, Lab, LabError, environment
from macros.normalize import Bindings
from macros.recording import Result
from macros.shell import Shell, ShellError
from macros.steps import Page, Step


class StepFailed(AssertionError):
    """A step did not do what the page says; the message says where, what, and what came instead."""

    def __init__(self, page: Page, step: Step, why: str, output: str = "", line: int = 0) -> None:
        self.line = line or step.line
        printed = "".join(f"    {text}\n" for text in output.splitlines()[-20:])
        shown = f"  it printed:\n{printed}" if printed else ""
        code = "".join(f"    {text}\n" for text in step.source.strip().splitlines()[:12])
        super().__init__(f"{page.path}:{self.line}: {why}\n  the step:\n{code}{shown}")


class Session:
    """One page in one lab, in the order of the page. Close it at the end."""

    def __init__(self, page: Page, lab: Lab) -> None:
        self.page, self.lab = page, lab
        self.namespace: dict[str, Any] = {"__name__": "__page__"}
        self.failed: StepFailed | None = None
        self._shells: dict[str, Shell] = {}
        self._bindings = Bindings()

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
            self._share(step)
            return result
        except ShellError as error:
            del self._shells[self.host(step).name]
            self.failed = StepFailed(self.page, step, str(error), error.output)
        except StepFailed as error:
            self.failed = error
        raise self.failed

    def _share(self, step: Step) -> None:
        """Give the other hosts' shells the variables that the step says."""
        for name in step.options.share:
            value = self.shell(step).run(f'printf %s "${name}"', 10)[1]
            for host in self.page.hosts:
                if host != self.host(step).name:
                    other = replace(step, options=replace(step.options, host=host))
                    self.shell(other).run(f"{name}={shlex.quote(value)}", 10)

    def _skipped(self, step: Step) -> str:
        hosts = self.page.hosts or [HOST]
        if step.options.host not in ("", *hosts):
            why = f"host={step.options.host}: this page's hosts are {', '.join(hosts)}; name it in the front matter"
            raise StepFailed(self.page, step, why)
        try:
            lacking = [self.host(step).lacks(need) for need in step.options.needs]
        except LabError as error:
            raise StepFailed(self.page, step, str(error)) from error
        return next(filter(None, [step.skip, step.options.unmet(self.lab.version), *lacking]), "")

    def _bash(self, step: Step) -> Result:
        status, output, failed = self.shell(step).run(step.source, step.options.timeout)
        result = Result(step.key, status, output.rstrip("\n"))
        wrong = step.options.exit != status
        if wrong or (step.options.exit == 0 and failed):
            line, code = (failed[0] if failed else (0, status)) if step.options.exit == 0 else (0, status)
            why = f"exit code {code} instead of {step.options.exit}"
            raise StepFailed(self.page, step, why, output, step.line + line)
        return result

    def _console(self, step: Step) -> Result:
        result = Result(step.key)
        for command in step.commands:
            status, output, _ = self.shell(step).run(command.source, step.options.timeout)
            result.parts.append((status, output.rstrip("\n")))
            wanted = step.options.exit if command is step.commands[-1] else 0
            if status != wanted:
                raise StepFailed(self.page, step, f"exit code {status} instead of {wanted}", output, command.line)
            if why := self._bindings.same(command.expected, output):
                expected = f"{why}; expected:\n" + "".join(f"    {line}\n" for line in command.expected.splitlines())
                raise StepFailed(self.page, step, expected, output, command.line)
        return result

    def _file(self, step: Step) -> Result:
        if step.title.startswith("/") or ".." in step.title.split("/"):
            raise StepFailed(self.page, step, f"title={step.title!r}: a file lies in the session's own folder")
        folder = self.shell(step).run("pwd", 10)[1].strip()
        self.host(step).put(folder, {step.title: step.source.encode()})
        return Result(step.key)

    def _probe(self, step: Step) -> Result:
        from docker.errors import APIError

        name, target, *fields = step.call
        try:
            if name == "topology":
                data = topology.to_dict(topology.from_snapshot(self.host(step).snapshot(target, *fields)))
            elif name == "hosts_topology":
                snapshots = [self.lab.host(host).snapshot(target, *fields) for host in self.page.hosts or [HOST]]
                data = wire.to_dict(wire.of(snapshots, [topology.from_snapshot(one) for one in snapshots]))
            else:
                inspect = getattr(self.host(step).client.api, f"inspect_{name.removesuffix('_inspect')}")
                data = chosen(inspect(target), fields)
        except (APIError, KeyError) as error:
            raise StepFailed(self.page, step, f"{step.key}: {error}") from error
        return Result(step.key, data=data)

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
                    why = f"{type(error).__name__}: {error}"
                    raise StepFailed(self.page, step, why, printed.getvalue(), line) from error
                if wrong:
                    raise StepFailed(self.page, step, "the doctest differs", wrong, line)
        return Result(step.key, output=printed.getvalue().rstrip("\n"))

    def close(self) -> None:
        for shell in self._shells.values():
            shell.close()
        self._shells = {}


def chosen(attributes: dict, fields: list[str]) -> dict:
    """The named fields of an inspect object ("IPAM", "IPAM.Config"), or all. Raises KeyError naming what there is."""
    if not fields:
        return attributes
    picked = {}
    for name in fields:
        value: Any = attributes
        for part in name.split("."):
            if not isinstance(value, dict) or part not in value:
                raise KeyError(f"no field {name!r}; there are: {', '.join(attributes)}")
            value = value[part]
        picked[name] = value
    return picked


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
