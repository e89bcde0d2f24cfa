"""A page's Python: one process for all its python fences, as one terminal would be.

Its folder, its environment and its modules are its own and end with the page, and what it prints by any way, with what
its children print, is its output.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from macros.lab.api import CA_OVERRIDES
from macros.lab.shell import LARGEST_OUTPUT
from macros.page.steps import Step

INTERPRETER = Path(__file__).with_name("interpreter.py")
# Seconds that a step has after its limit, at which Python is asked to stop, before it is killed.
GRACE = 1.0


class PythonError(RuntimeError):
    """The step did not do what it says. `output`: what it printed; `line`: where on its page, or 0."""

    def __init__(self, message: str, output: str, line: int = 0) -> None:
        super().__init__(message)
        self.output, self.line = output, line


class Python:
    def __init__(self, path: str) -> None:
        """path: how tracebacks call the page."""
        self._path = path
        self._folder = tempfile.TemporaryDirectory(prefix="python-of-page-")
        asked, self._requests = os.pipe()
        self._results, told = os.pipe()
        self._output, printed = os.pipe()
        os.set_blocking(self._output, False)
        self._process = subprocess.Popen(
            [sys.executable, "-u", str(INTERPRETER), str(asked), str(told)], stdin=subprocess.DEVNULL, stdout=printed,
            stderr=printed, pass_fds=(asked, told), cwd=self._folder.name, start_new_session=True,
        )  # fmt: skip
        for descriptor in (asked, told, printed):
            os.close(descriptor)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._output, selectors.EVENT_READ)
        self._selector.register(self._results, selectors.EVENT_READ)
        self._open = True

    def run(self, step: Step, environment: Mapping[str, str]) -> str:
        """Run a step; returns what it printed. environment: what reaches the lab. Raises PythonError."""
        request = {
            "path": self._path, "source": step.source, "line": step.line, "lines": step.source.count("\n"),
            "timeout": step.options.timeout, "environment": dict(environment), "without": CA_OVERRIDES,
        }  # fmt: skip
        output, result = bytearray(), b""
        deadline = time.monotonic() + step.options.timeout + GRACE
        try:
            os.write(self._requests, (json.dumps(request) + "\n").encode())
            while not result.endswith(b"\n"):
                events = self._selector.select(deadline - time.monotonic())
                if not events:
                    raise self._ended(f"did not end within {step.options.timeout:g} s", output)
                self._read(output)
                if any(key.fd == self._results for key, _ in events):
                    received = os.read(self._results, 65536)
                    if not received:
                        raise self._ended(f"ended its Python with exit code {self._process.wait()}", output)
                    result += received
        except BrokenPipeError:
            raise self._ended("ended its Python", output) from None
        self._read(output)
        came = json.loads(result)
        text = output.decode(errors="backslashreplace")
        if came["why"]:
            raise PythonError(came["why"], came["wrong"] or text, came["line"])
        return text

    def _read(self, output: bytearray) -> None:
        """Take what has been printed. Raises PythonError where that has no end."""
        with contextlib.suppress(BlockingIOError):
            while received := os.read(self._output, 65536):
                output += received
                if len(output) > LARGEST_OUTPUT:
                    raise self._ended(f"printed more than {LARGEST_OUTPUT >> 20} MiB", output[:2000])

    def _ended(self, why: str, output: bytearray) -> PythonError:
        if self._process.poll() is not None:
            self._read(output)
        self.close()
        return PythonError(why, output.decode(errors="backslashreplace"))

    def close(self) -> None:
        """End the process and what it started. May be called twice."""
        if not self._open:
            return
        self._open = False
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._selector.close()
        for descriptor in (self._requests, self._results, self._output):
            os.close(descriptor)
        self._folder.cleanup()
