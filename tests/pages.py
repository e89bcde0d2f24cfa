"""Sybil wiring: each step of a page is one pytest item, and a page's last item is its clean-up."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sybil import Document, Example, Region, Sybil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from macros import library
from macros import recording as recordings
from macros.normalize import Bindings
from macros.page import parse
from macros.recording import Recording, Recordings, Result
from macros.session import Session, StepFailed
from macros.steps import Page, Step

if TYPE_CHECKING:
    from macros.lab import Lab

PAGES = library.ROOT / "docs" / "ko"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write docs/_recordings from this run; compare nothing")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "engine: needs a Docker Engine; `make check` leaves it out")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "lab" in getattr(item, "fixturenames", ()):
            item.add_marker("engine")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Workers of a run that was killed may have outlived this run's start, and be gone only now."""
    if not hasattr(session.config, "workerinput") and library.engine_answers():
        import docker

        from macros.owner import sweep

        sweep(docker.from_env())


class PageRun:
    """One page under test: runs its steps in order, and holds each against the committed recording."""

    def __init__(self, document: Document) -> None:
        path = Path(document.path)
        shown = str(path.relative_to(library.ROOT)) if path.is_relative_to(library.ROOT) else str(path)
        self.page: Page = parse(document.text, shown)
        self.steps = [step for step in self.page.steps if step.kind != "prose"]
        self.name = str(path.relative_to(PAGES).with_suffix("")) if path.is_relative_to(PAGES) else ""
        self.bindings = Bindings()
        self.results: list[Result] = []
        self.broken: StepFailed | None = None
        self.session: Session | None = None
        self.committed: Recordings | None = None

    def check(self, step: Step, lab: Lab, record: bool) -> str | None:
        """Run a step, and those before it that have not run; returns what is wrong with it."""
        if self.session is None:
            lab.reset()
            self.session = Session(self.page, lab)
            self.committed = recordings.load(library.ROOT, self.name) if self.name and not record else None
        for earlier in self.steps[len(self.results) : self.steps.index(step) + 1]:
            if self.broken:
                pytest.skip(f"not run because of line {self.broken.line}")
            try:
                self.results.append(self.session.run(earlier))
            except StepFailed as error:
                self.broken = error
                return f"{error}\n  next: make test PAGE={self.page.path}"
        result = self.results[-1]
        if result.skipped:
            pytest.skip(f"{self.page.path}:{step.line}: {result.skipped}")
        return None if record or not self.name else self._compare(step, result, lab.engine)

    def _compare(self, step: Step, result: Result, engine: str) -> str | None:
        place, mend = f"{self.page.path}:{step.line}", f"make record PAGE={self.page.path}"
        recorded = self.committed.engines.get(engine) if self.committed else None
        if recorded is None:
            return f"{place}: nothing was recorded for this page on engine {engine}\n  next: {mend}"
        index = self.steps.index(step)
        known = recorded.results[index] if index < len(recorded.results) else None
        if known is None or known.key != step.key:
            return f"{place}: the recording is of another step: {known.key if known else 'none'!r}\n  next: {mend}"
        if known.skipped:
            return f"{place}: the recording says {known.skipped!r}, but it ran\n  next: {mend}"
        if why := self.bindings.same(known.text(), result.text(), wildcards=False):
            return (
                f"{place}: {why}\n  the step:\n{indented(step.source)}  expected:\n{indented(known.text())}"
                f"  came:\n{indented(result.text())}  next: {mend}, if the change is meant"
            )
        return None

    def finish(self, lab: Lab, record: bool) -> str | None:
        """The last item of a page: it must leave nothing behind."""
        if self.broken:
            pytest.skip(f"not run because of line {self.broken.line}")
        if len(self.results) < len(self.steps):
            pytest.skip("only a part of the page was run")
        self.session.close()
        if left := lab.leftovers():
            return f"{self.page.path}: the page leaves behind: {', '.join(left)}; end it with its clean-up"
        if record and self.name:
            self._save(lab)
        return None

    def _save(self, lab: Lab) -> None:
        """Write this run into the page's recordings, and say what changed."""
        try:
            known = recordings.load(library.ROOT, self.name)
        except recordings.RecordingError:
            known = None  # what is no recording is replaced
        known = known or Recordings(self.name, {})
        changed, dropped = known.put(lab.engine, Recording(library.describe(lab), self.results))
        recordings.save(library.ROOT, known)
        for engine in dropped:
            print(f"{self.page.path}: engine {engine}: dropped, it is of other steps; run: make record ENGINE={engine}")
        what = "unchanged"
        if len(changed) == len(self.results):
            what = f"recorded {len(changed)} steps"
        elif changed:
            what = "changed: " + "; ".join((key.splitlines() or ["(empty)"])[0] for key in changed)
        print(f"{self.page.path}: engine {lab.engine}: {what}")


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.rstrip().splitlines()[:60])


def read_page(document: Document) -> Iterable[Region]:
    """A Sybil parser: a region a step, and one at the end for the clean-up."""
    run = PageRun(document)
    if run.page.problems:
        raise ValueError("\n".join(map(str, run.page.problems)))
    for step in run.steps:
        yield Region(step.start, step.end, step, lambda e: run.check(e.parsed, *_context(e)))
    if run.steps:
        yield Region(len(document.text), len(document.text), None, lambda e: run.finish(*_context(e)))


def _context(example: Example) -> tuple:
    return example.namespace["lab"], example.namespace["recording_wanted"]


pages = Sybil([read_page], pattern="*.md", path="/", fixtures=["lab", "recording_wanted"])
pytest_collect_file = pages.pytest()


@pytest.fixture(scope="session")
def lab():
    """One lab for each worker; pages reset it."""
    from macros.lab import Lab

    lab = Lab.start(os.environ.get("ENGINE", ""))
    yield lab
    lab.close()


@pytest.fixture(scope="session")
def recording_wanted(request: pytest.FixtureRequest) -> bool:
    return request.config.getoption("--record")
