"""The steps at which engines print or change different things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from macros.page.steps import Page, Step
from macros.record.changed import CHANGES
from macros.record.normalize import masked
from macros.record.recording import Recordings
from macros.record.result import Result

HEADING = re.compile(r"(?m)^#{1,6} +(?P<title>.*?) *\{#(?P<id>[\w-]+)\} *$")

# What pages call what they make, and numbers.
OF_THE_PAGE = re.compile(r"\blab-[\w.-]+|\d+")


@dataclass(frozen=True)
class Difference:
    """page: "network/bridge.md"; anchor: id of the heading the step stands under; results: engine -> what it did, with
    what it changed where that is told here."""

    page: str
    title: str
    anchor: str
    step: Step
    results: dict[str, Result]


def differences(pages: Iterable[tuple[str, Page, Recordings]]) -> Iterator[Difference]:
    """Look through `pages` in their order: each with its name ("network/bridge.md") and the recordings of its steps.

    Engines change something else at nearly each step that starts a container. Of such differences each is told where it
    comes first.
    """
    told: set[tuple[str, tuple[str, ...]]] = set()
    for name, page, known in pages:
        for index, step in enumerate(page.recorded):
            results = known.of_step(index)
            found = changed_apart(results)
            bare = {engine: replace(result, changes=[]) for engine, result in results.items()}
            ran = [result for result in bare.values() if not result.skipped]
            if not step.hidden and (not found <= told or any(result != ran[0] for result in ran)):
                title, anchor = _heading(page, step)
                yield Difference(name, title, anchor, step, bare if found <= told else results)
                told |= found


def changed_apart(results: dict[str, Result]) -> set[tuple[str, tuple[str, ...]]]:
    """Lines that some engines changed and others did not, without what is of the moment or of the page; each with the
    engines that did."""
    having: dict[str, set[str]] = {}
    ran = [engine for engine, result in results.items() if not result.skipped]
    for engine in ran:
        for line in results[engine].changes:
            having.setdefault(masked(line, CHANGES), set()).add(engine)
    apart = {line: engines for line, engines in having.items() if len(engines) < len(ran)}
    return {(OF_THE_PAGE.sub("_", line), tuple(sorted(engines))) for line, engines in apart.items()}


def _heading(page: Page, step: Step) -> tuple[str, str]:
    """The title of the page, and the id of the last heading above a step."""
    above = [match for match in HEADING.finditer(page.text) if match.start() < step.start]
    return (above[0]["title"], above[-1]["id"]) if above else (page.path, "")
