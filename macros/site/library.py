"""Where a build takes the recording of a page from: docs/_recordings, or a lab that runs the page now."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from macros.page.reader import read
from macros.page.steps import Page
from macros.record import recording as recordings
from macros.record.recording import Recordings
from macros.record.run import run

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = ROOT / "docs" / "_mutants.json"
LOG = logging.getLogger("mkdocs.plugins.recordings")
MODES = ("live", "recorded")

# What is wrong with pages that are built nonetheless, by the page's name: the page itself shows it.
troubles: dict[str, str] = {}
_pages: dict[Path, tuple[tuple[int, int], Page]] = {}
_ran: dict[str, Recordings] = {}
_lab = None


def mutants() -> dict[str, dict]:
    """What `make mutants` found: page -> {"mutants", "of", "caught": numbers, "equivalent", "survivors": lists}."""
    return json.loads(MUTANTS.read_text(encoding="utf-8"))


def mode() -> str:
    """"live" or "recorded": what LAB says, else live where `mkdocs build` finds an engine. Raises ValueError."""
    wanted = os.environ.get("LAB", "")
    if wanted:
        if wanted not in MODES:
            raise ValueError(f"LAB={wanted}: there are: {', '.join(MODES)}")
        return wanted
    return "live" if os.environ.get("DOCKER_DOCS_COMMAND") == "build" and engine_answers() else "recorded"


def engine_answers() -> bool:
    """Whether a Docker Engine can be reached from here."""
    try:
        import docker

        docker.from_env(timeout=5).ping()
    except Exception:
        return False
    return True


def recording_of(page: Page, name: str) -> Recordings | None:
    """The recording to publish for a page.

    A missing or stale one is a warning, which strict builds refuse; `mkdocs serve` runs such a page where an engine
    answers and LAB is not set. Raises mkdocs' PluginError where a page that has to run fails.
    """
    from mkdocs.exceptions import PluginError

    troubles.pop(name, None)
    if not any(step.runs for step in page.steps):
        return None
    if mode() == "live":
        try:
            return _run_once(page, name)
        except (AssertionError, RuntimeError) as error:
            raise PluginError(str(error)) from error
    found, why = _committed(page, name)
    if not why:
        return found
    if "LAB" not in os.environ and os.environ.get("DOCKER_DOCS_COMMAND") == "serve" and engine_answers():
        try:
            return _run_once(page, name)
        except (AssertionError, RuntimeError) as error:
            why = str(error)
    troubles[name] = why if "next: " in why else f"{why}\n  next: make record PAGE=docs/ko/{name}.md"
    LOG.warning("%s", troubles[name].replace("\n  next: make record", "; run: make record"))
    return None


def _committed(page: Page, name: str) -> tuple[Recordings | None, str]:
    """The committed recording, and what is wrong with it."""
    try:
        found = recordings.load(ROOT, name)
    except recordings.RecordingError as error:
        return None, str(error)
    return (found, found.stale(page)) if found else (None, f"{page.path}: no recording")


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
    """The page at a path. One whose file is as it was is not read again: each build asks for all, an edit is of one."""
    stat = path.stat()
    state = stat.st_mtime_ns, stat.st_size
    if path not in _pages or _pages[path][0] != state:
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        _pages[path] = state, read(path, str(shown))
    return _pages[path][1]


def recorded(lang: str, names: Iterable[str]) -> Iterator[tuple[str, Page, Recordings]]:
    """Those of the pages ("network/bridge.md") whose recordings are of what they are now, in their order."""
    for name in names:
        path, found = ROOT / "docs" / lang / name, recordings.load(ROOT, name.removesuffix(".md"))
        if found and path.exists() and not found.stale(page := page_at(path)):
            yield name, page, found
