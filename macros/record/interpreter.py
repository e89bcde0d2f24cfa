"""The Python that runs the steps of one page, in a process of its own: `python.py` starts it and talks to it.

It imports nothing of the package: a page's Python finds what any script finds, and nothing of the runner's.
usage: interpreter.py REQUESTS RESULTS ; descriptors. Each line is a JSON object: of a step
{"path", "source", "line", "lines", "timeout", "environment", "without"}, of what came of it {"why", "line", "wrong"}.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
import types
from typing import Any

from sybil import Document, Example, Region
from sybil.evaluators.doctest import DocTestEvaluator
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.abstract.doctest import DocTestStringParser
from sybil.region import Lexeme


def regions_of(source: str, path: str, line: int) -> list[tuple[Region, int]]:
    """What Sybil runs one after the other of a step that begins on this line of its page, each with its own line."""
    if source.lstrip().startswith(">>>"):
        found = DocTestStringParser(DocTestEvaluator())(source, path)
        return [(region, line + 1 + region.parsed.lineno) for region in found]
    return [(Region(0, 0, Lexeme(source, 0, 0), PythonEvaluator()), line)]


def run(step: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    """Run one step. why: "" or what is wrong with it; line: where on the page; wrong: how a doctest differs."""

    def ring(*_: Any) -> None:
        raise TimeoutError(f"did not end within {step['timeout']:g} s")

    document = Document("", step["path"])
    signal.signal(signal.SIGALRM, ring)
    for region, line in regions_of(step["source"], step["path"], step["line"]):
        try:
            signal.setitimer(signal.ITIMER_REAL, step["timeout"])
            wrong = region.evaluator(Example(document, line, 1, region, namespace))
        except BaseException as error:
            why = f"{type(error).__name__}: {error}".rstrip(": ")
            return {"why": why, "line": place(error, step) or line, "wrong": ""}
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if wrong:
            return {"why": "the doctest differs", "line": line, "wrong": wrong}
    return {"why": "", "line": 0, "wrong": ""}


def place(error: BaseException, step: dict[str, Any]) -> int:
    """The line of the page on which an error came about, or 0: of the step that runs, else of an earlier one."""
    if isinstance(error, SyntaxError) and error.filename == step["path"]:
        return error.lineno or 0
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno or 0 for frame in frames if frame.filename == step["path"]]
    own = [line for line in lines if step["line"] < line <= step["line"] + step["lines"]]
    return (own or lines or [0])[-1]


def main(requests: int, results: int) -> None:
    for descriptor in (requests, results):
        os.set_inheritable(descriptor, False)
    sys.path[0] = ""  # the current folder, as where nobody gives a script
    page = sys.modules["__page__"] = types.ModuleType("__page__")
    with os.fdopen(requests, encoding="utf-8") as asked, os.fdopen(results, "w", encoding="utf-8") as told:
        for line in asked:
            step = json.loads(line)
            for name in step["without"]:
                os.environ.pop(name, None)
            os.environ.update(step["environment"])
            came = run(step, page.__dict__)
            sys.stdout.flush()
            sys.stderr.flush()
            told.write(json.dumps(came) + "\n")
            told.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
