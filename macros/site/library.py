"""Where a build takes the recording of a page from: docs/_recordings, or a lab that runs the page now."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from macros.page.reader import read
from macros.page.steps import Page
from macros.record import messages
from macros.record import recording as recordings
from macros.record.messages import Entry
from macros.record.recording import Recordings
from macros.record.run import run
from macros.site import store
from macros.site.reasons import reason
from macros.site.used import unsure, uses

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = ROOT / "docs" / "_mutants.json"
ERRORS = ROOT / "docs" / "_errors.yml"
LOG = logging.getLogger("mkdocs.plugins.recordings")
MODES = ("live", "recorded")
ANSWER_SECONDS = 10

# Of each file that was read its state then, and what was made of it.
_files: dict[Path, tuple[tuple[int, int], Any]] = {}
_ran: dict[str, Recordings] = {}
# Path of a page -> it as it failed, and how.
_failed: dict[str, tuple[Page, str]] = {}
# Whether a page waits to be run: `mkdocs serve` answers first.
postponed = False
_lab = None
_answered = -ANSWER_SECONDS, False


def mutants() -> dict[str, dict]:
    """What `make mutants` found: page -> {"mutants", "of", "caught": numbers, "equivalent", "survivors": lists}."""
    uses([MUTANTS])
    return json.loads(MUTANTS.read_text(encoding="utf-8"))


def entries() -> list[Entry]:
    """The entries of docs/_errors.yml. Raises ValueError, "docs/_errors.yml:12: ..."."""
    return _as_it_is(ERRORS, messages.entries)


def mode() -> str:
    """"live" or "recorded": what LAB says, else live where `mkdocs build` finds an engine. Raises ValueError."""
    wanted = os.environ.get("LAB", "")
    if wanted:
        if wanted not in MODES:
            raise ValueError(f"LAB={wanted}: there are: {', '.join(MODES)}")
        return wanted
    return "live" if os.environ.get("DOCKER_DOCS_COMMAND") == "build" and engine_answers() else "recorded"


def serving() -> bool:
    """Whether this is `mkdocs serve`, which shows what is wrong instead of ending."""
    return os.environ.get("DOCKER_DOCS_COMMAND") == "serve"


@contextmanager
def tolerated() -> Iterator[None]:
    """Under `mkdocs serve` what fails in here is a warning, for the page and for the terminal."""
    try:
        yield
    except Exception as error:
        if not serving():
            raise
        LOG.warning("%s", error if isinstance(error, ValueError) else reason(error))


def engine_answers() -> bool:
    """Whether a Docker Engine can be reached from here. All pages of a build ask, and one that hangs is asked once."""
    global _answered
    if time.monotonic() - _answered[0] > ANSWER_SECONDS:
        try:
            import docker

            answers = docker.from_env(timeout=5).ping()
        except Exception:
            answers = False
        _answered = time.monotonic(), answers
    return _answered[1]


def recording_of(page: Page, name: str, runs: bool = True) -> Recordings | None:
    """The recording to publish for a page.

    A missing or stale one is a warning, which strict builds refuse; `mkdocs serve` runs such a page where an engine
    answers and LAB is not set, in this build if `runs`, else later. Raises mkdocs' PluginError where a page that has
    to run fails, under `mkdocs serve` that is a warning.
    """
    global postponed
    from mkdocs.exceptions import PluginError

    if not any(step.runs for step in page.steps):
        return None
    if mode() == "live":
        found, why = _run(page, name)
        if why and not serving():
            raise PluginError(why)
    else:
        found, why = _committed(page, name)
        if why and serving() and "LAB" not in os.environ and not page.problems and engine_answers():
            if runs:
                found, why = _run(page, name)
            postponed = postponed or not runs
    if why:
        LOG.warning("%s", why if "next: " in why else f"{why}; run: make record PAGE=docs/ko/{name}.md")
    return None if why else found


def _committed(page: Page, name: str) -> tuple[Recordings | None, str]:
    """The committed recording, and what is wrong with it."""
    uses([recordings.path_of(ROOT, name)])
    try:
        found = recordings.load(ROOT, name)
    except recordings.RecordingError as error:
        return None, str(error)
    first = next(step.line for step in page.steps if step.runs)
    return (found, found.stale(page)) if found else (None, f"{page.path}:{first}: no recording")


def _run(page: Page, name: str) -> tuple[Recordings | None, str]:
    """What a page does in a lab, and how it fails. One that failed is not run again before it is edited."""
    unsure()
    if page.path not in _failed or _failed[page.path][0] is not page:
        try:
            return _run_once(page, name), ""
        except (AssertionError, RuntimeError) as error:
            _failed[page.path] = page, str(error)
    return None, _failed[page.path][1]


def _run_once(page: Page, name: str) -> Recordings:
    """Run a page in this process's lab; a page whose steps were run before, in either language, is not run again."""
    global _lab
    known = _ran.get(name)
    if known is None or known.stale(page):
        if _lab is None:
            from macros.lab.host import Lab

            _lab = Lab.start(os.environ.get("ENGINE", ""), LOG.info)
        LOG.info("running %s on Docker Engine %s", name, _lab.version)
        _ran[name] = run(page, name, _lab)
    return _ran[name]


def page_at(path: Path) -> Page:
    """The page at a path."""
    return _as_it_is(path, _page_of)


def _page_of(path: Path, shown: str) -> Page:
    """The page as it is read, or as another process has read the same text."""
    if not path.is_relative_to(store.ROOT / "docs"):
        return read(path, shown)
    left = store.FOLDER / path.relative_to(store.ROOT / "docs").with_suffix(".md.read")
    code, text, known = store.code_imported(), store.of_file(path), store.read(left)
    if code and known and known[:3] == (code, text, shown):
        return known[3]
    page = read(path, shown)
    if code and store.of_file(path) == text:
        store.write(left, (code, text, shown, page))
    return page


def _as_it_is(path: Path, make: Callable[[Path, str], Any]) -> Any:
    """What is made of a file, given its path and what messages call it. One that is as it was is not read again: each
    build asks for all, an edit is of one."""
    uses([path])
    sys.audit("docs.again", str(path))  # of what is not opened again nobody would know that it was read
    stat = path.stat()
    state = stat.st_mtime_ns, stat.st_size
    if path not in _files or _files[path][0] != state:
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        _files[path] = state, make(path, str(shown))
    return _files[path][1]


def used_of(lang: str, names: Iterable[str]) -> list[Path]:
    """The files that `recorded` reads."""
    of = ((ROOT / "docs" / lang / name, recordings.path_of(ROOT, name.removesuffix(".md"))) for name in names)
    return [path for both in of for path in both]


def recorded(lang: str, names: Iterable[str]) -> Iterator[tuple[str, Page, Recordings]]:
    """Those of the pages ("network/bridge.md") whose recordings are of what they are now, in their order."""
    names = list(names)
    uses(used_of(lang, names))
    for name in names:
        path = ROOT / "docs" / lang / name
        if not path.exists():
            continue
        try:
            found = recordings.load(ROOT, name.removesuffix(".md"))
        except recordings.RecordingError:
            continue  # the page itself says so
        if found and not found.stale(page := page_at(path)):
            yield name, page, found
