"""Sybil wiring: each step of a page is one pytest item, and a page's last item is its clean-up."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sybil import Document, Example, Region, Sybil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from macros.lab.inventory import leftovers
from macros.page.reader import parse
from macros.page.steps import Page, Step
from macros.record import recording as recordings
from macros.record import report
from macros.record.bindings import Bindings
from macros.record.failed import StepFailed
from macros.record.recording import Recording, Recordings
from macros.record.result import Result
from macros.record.run import as_in_first_lab, describe, left_behind
from macros.record.session import Session
from macros.record.typed import typed_in
from macros.site import library
from tests.tools import readers
from tests.tools.given import is_page

if TYPE_CHECKING:
    from macros.lab.host import Lab

pytest_plugins = ["tests.tools.summary", "tests.tools.sampling"]

PAGES = library.ROOT / "docs" / "ko"

# The most seconds that DELAY may be: pages give what they use 20 and more.
LONGEST_DELAY = 10

# Why there is no lab, once that is known: one test says it, the others are skipped.
_no_lab = ""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write docs/_recordings from this run; compare nothing")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "engine: needs a Docker Engine; `make check` leaves it out")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "lab" in getattr(item, "fixturenames", ()):
            item.add_marker("engine")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if _no_lab and "lab" in getattr(item, "fixturenames", ()):
        pytest.skip("there is no lab: the first error says why")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Workers of a run that was killed may have outlived this run's start, and be gone only now."""
    if not hasattr(session.config, "workerinput") and library.engine_answers():
        import docker

        from macros.lab.owner import sweep

        sweep(docker.from_env())


class PageRun:
    """One page under test: runs its steps in order, and holds each against the committed recording."""

    def __init__(self, document: Document) -> None:
        path = Path(document.path)
        shown = str(path.relative_to(library.ROOT)) if path.is_relative_to(library.ROOT) else str(path)
        self.page: Page = parse(document.text, shown)
        self.steps = self.page.recorded
        self.name = str(path.relative_to(PAGES).with_suffix("")) if path.is_relative_to(PAGES) else ""
        self.bindings = Bindings(typed_in(self.page.steps))
        self.results: list[Result] = []
        self.changed: list[int] = []
        """Lines of the steps that did not print what was recorded."""
        self.broken = 0
        """Line of the step after which nothing could be run."""
        self.unlike = 0
        """Line of the step from which on the recording is of other steps: that is said once."""
        self.session: Session | None = None
        self.committed: Recordings | None = None

    def check(self, step: Step, lab: Lab, record: bool) -> str | None:
        """Run a step, and those before it that have not run; returns what is wrong with it."""
        if self.broken:
            pytest.skip(f"not run because of line {self.broken}")
        try:
            if self.session is None:
                self._begin(lab, record)
            for earlier in self.steps[len(self.results) : self.steps.index(step) + 1]:
                self.results.append(self.session.run(earlier))
        except (StepFailed, recordings.RecordingError, RuntimeError, ValueError) as error:
            self.broken = getattr(error, "line", step.line)
            if self.session:
                self.session.close()
            return str(error)
        result = self.results[-1]
        if result.skipped:
            pytest.skip(f"{self.page.path}:{step.line}: {result.skipped}")
        return None if record or not self.name else self._compare(step, result, lab.engine)

    def _begin(self, lab: Lab, record: bool) -> None:
        """Raises RecordingError, LabError (a RuntimeError)."""
        self.committed = recordings.load(library.ROOT, self.name) if self.name and not record else None
        lab.reset()
        self.session = Session(self.page, lab)

    def _compare(self, step: Step, result: Result, engine: str) -> str | None:
        place, mend = f"{self.page.path}:{step.line}", f"make record PAGE={self.page.path}"
        recorded = self.committed.engines.get(engine) if self.committed else None
        if self.unlike:
            pytest.skip(f"not compared because of line {self.unlike}")
        if recorded is None:
            self.unlike = step.line
            return report.failure(place, f"nothing was recorded for this page on engine {engine}", following=mend)
        index = self.steps.index(step)
        known = recorded.results[index] if index < len(recorded.results) else None
        if known is None or known.key != step.key:
            self.unlike = step.line
            what = f"the recording is of another step: {known.key if known else 'none'!r}"
            return report.failure(place, what, step=step, following=mend)
        if known.skipped:
            return report.failure(place, f"the recording says {known.skipped!r}, but it ran", step=step, following=mend)
        if why := known.unlike(result, self.bindings):
            self.changed.append(step.line)
            return report.failure(
                place, f"{why}: not what was recorded on engine {engine}", step=step,
                difference=known.beside(result, self.bindings), following=f"{mend}, if the change is meant",
            )  # fmt: skip
        return None

    def finish(self, lab: Lab, record: bool) -> str | None:
        """The last item of a page: it must leave nothing behind."""
        if self.broken:
            pytest.skip(f"not run because of line {self.broken}")
        if len(self.results) < len(self.steps):
            pytest.skip("only a part of the page was run")
        try:
            self.session.finish()
        except StepFailed as error:
            return str(error)
        finally:
            self.session.close()
        if left := leftovers(lab):
            return left_behind(self.page, left)
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
        new = as_in_first_lab(Recording(describe(lab), self.results), typed_in(self.page.steps))
        changed, dropped = known.put(lab.engine, new)
        recordings.save(library.ROOT, known)
        for engine in dropped:
            print(f"{self.page.path}: engine {engine}: dropped, it is of other steps; run: make record ENGINE={engine}")
        what = "unchanged"
        if len(changed) == len(self.results):
            what = f"recorded {len(changed)} steps"
        elif changed:
            what = "changed: " + "; ".join((key.splitlines() or ["(empty)"])[0] for key in changed)
        print(f"{self.page.path}: engine {lab.engine}: {what}")


class Check:
    """A Sybil evaluator: one step of a page, or its clean-up (step is None)."""

    def __init__(self, run: PageRun, step: Step | None) -> None:
        self.run, self.step = run, step
        self.engine = ""

    def __call__(self, example: Example) -> None:
        lab, record = example.namespace["lab"], example.namespace["recording_wanted"]
        self.engine = lab.version + (f", containers start {lab.delay:g} s late" if lab.delay else "")
        wrong = self.run.check(self.step, lab, record) if self.step else self.run.finish(lab, record)
        if wrong:
            pytest.fail(wrong, pytrace=False)


class Otherwise:
    """A Sybil evaluator: a whole page as others run it (AS), without what only its author sees."""

    def __init__(self, run: PageRun) -> None:
        self.run, self.step = run, None
        self.engine = ""

    def __call__(self, example: Example) -> None:
        lab, page = example.namespace["lab"], self.run.page
        self.engine = f"{lab.version}, as a {readers.way()}"
        run = readers.as_guest if readers.way() == "guest" else readers.as_reader
        wrong = run(page, lab, recordings.load(library.ROOT, self.run.name) if self.run.name else None)
        if wrong:
            pytest.fail(wrong, pytrace=False)


def read_page(document: Document) -> Iterable[Region]:
    """A Sybil parser: a region a step, and one at the end for the clean-up; one for all of it where others run it."""
    run = PageRun(document)
    if readers.way() and any(step.runs for step in run.steps):
        yield Region(0, len(document.text), None, Otherwise(run))
        return
    for step in run.steps:
        yield Region(step.start, step.end, step, Check(run, step))
    if run.steps:
        yield Region(len(document.text), len(document.text), None, Check(run, None))


class Refused(pytest.File):
    """A page with problems: nothing of it is run."""

    def collect(self) -> Iterator[pytest.Item]:
        page = library.page_at(self.path)
        problems = "\n".join(map(str, page.problems))
        raise self.CollectError(f"{problems}\n  next: mend it, then make test PAGE={page.path}")


pages = Sybil([read_page], pattern="*", path="/", fixtures=["lab", "recording_wanted"])
_collect = pages.pytest()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    if not is_page(file_path):
        return None
    if library.page_at(file_path).problems:
        return Refused.from_parent(parent, path=file_path)
    return _collect(file_path, parent)


def delay() -> float:
    """Seconds by which the containers of the labs start late, from DELAY. Raises ValueError."""
    given = os.environ.get("DELAY") or "0"
    with contextlib.suppress(ValueError):
        if 0 <= (seconds := float(given)) <= LONGEST_DELAY:
            return seconds
    raise ValueError(f"DELAY={given}: give seconds from 0 to {LONGEST_DELAY}, such as DELAY=1.5")


@pytest.fixture(scope="session")
def lab():
    """One lab for each worker; pages reset it."""
    global _no_lab
    from macros.lab.host import Lab

    try:
        lab = Lab.start(os.environ.get("ENGINE", ""), delay=delay())
    except (RuntimeError, ValueError) as error:
        _no_lab = str(error)
        pytest.fail(_no_lab, pytrace=False)
    yield lab
    lab.close()


@pytest.fixture(scope="session")
def recording_wanted(request: pytest.FixtureRequest) -> bool:
    return request.config.getoption("--record")
