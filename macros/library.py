"""Where a build takes the recording of a page from: docs/_recordings, or a lab that runs the page now."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from macros import recording as recordings
from macros.page import Page, read
from macros.recording import Recording

ROOT = Path(__file__).resolve().parent.parent
LOG = logging.getLogger("mkdocs.plugins.recordings")
MODES = ("live", "recorded")

_ran: dict[str, Recording] = {}
_lab = None


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
    except Exception:  # noqa: BLE001 - whatever hinders the SDK, the build then takes the recordings
        return False
    return True


def run(page: Page, name: str, lab: object) -> Recording:
    """Run a page from its first step to its last in a lab that is reset first. Raises StepFailed."""
    from macros.session import Session

    lab.reset()
    session = Session(page, lab)
    try:
        results = [session.run(step) for step in page.steps if step.kind != "prose"]
    finally:
        session.close()
    if left := lab.leftovers():
        raise RuntimeError(f"{page.path}: the page leaves behind: {', '.join(left)}; end it with its clean-up")
    return Recording(name, describe(lab), results, live=True)


def describe(lab: object) -> dict:
    """What a recording says of the engine that made it."""
    return {"version": lab.version, "date": datetime.now(UTC).date().isoformat(), "images": dict(lab.images)}


def recording_of(page: Page, name: str) -> Recording | None:
    """The recording to publish for a page; a missing or stale one is a warning, which strict builds refuse."""
    global _lab
    if not any(step.runs for step in page.steps):
        return None
    if mode() == "live":
        if name not in _ran:
            if _lab is None:
                from macros.lab import Lab

                _lab = Lab.start(os.environ.get("ENGINE", ""), LOG.info)
            LOG.info("running %s on Docker Engine %s", name, _lab.version)
            _ran[name] = run(page, name, _lab)
        return _ran[name]
    try:
        found = recordings.load(ROOT, name)
    except recordings.RecordingError as error:
        LOG.warning("%s", error)
        return None
    if found is None:
        LOG.warning("%s: no recording; run: make record PAGE=docs/ko/%s.md", page.path, name)
    elif why := found.stale(page):
        LOG.warning("%s; run: make record PAGE=docs/ko/%s.md", why, name)
        return None
    return found


def page_at(path: Path) -> Page:
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return read(path, str(shown))
