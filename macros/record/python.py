"""A python fence: Sybil's own evaluators run it, in this process, and `docker.from_env()` reaches the lab's engine."""

from __future__ import annotations

import contextlib
import io
import signal
import threading
import traceback
from collections.abc import Iterator
from typing import Any

from sybil import Document, Example, Region
from sybil.evaluators.doctest import DocTestEvaluator
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.abstract.doctest import DocTestStringParser
from sybil.region import Lexeme

from macros.lab.api import environment
from macros.lab.host import Lab
from macros.page.steps import Page, Step


class Wrong(AssertionError):
    """A fence did not do what it says. `printed`: what it had printed; `line`: where on the page."""

    def __init__(self, why: str, printed: str, line: int) -> None:
        super().__init__(why)
        self.printed, self.line = printed, line


def evaluate(page: Page, step: Step, lab: Lab, namespace: dict[str, Any]) -> str:
    """What a step prints. namespace: the names of its page's fences. Raises Wrong, KeyboardInterrupt."""
    document = Document(page.text, page.path)
    printed = io.StringIO()
    if step.source.lstrip().startswith(">>>"):
        regions = list(DocTestStringParser(DocTestEvaluator())(step.source, page.path))
        lines = [step.line + 1 + region.parsed.lineno for region in regions]
    else:
        regions, lines = [Region(0, 0, Lexeme(step.source, 0, 0), PythonEvaluator())], [step.line]
    reaching = environment(lab.environment)
    with reaching, contextlib.redirect_stdout(printed), _alarm(step.options.timeout):
        for region, line in zip(regions, lines, strict=True):
            try:
                wrong = region.evaluator(Example(document, line, 1, region, namespace))
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                why = f"{type(error).__name__}: {error}".rstrip(": ")
                raise Wrong(why, printed.getvalue(), _line(error, page.path, step) or line) from error
            if wrong:
                raise Wrong("the doctest differs", wrong, line)
    return printed.getvalue()


def _line(error: BaseException, path: str, step: Step) -> int:
    """The line of a page on which an error came about, in this step if that was on its way; or 0."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno or 0
    lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    here = [line for line in lines if step.line <= line <= step.line + step.source.count("\n") + 1]
    return (here or lines or [0])[-1]


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
