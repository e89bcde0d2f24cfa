"""The steps whose output differs between engines, or what they change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from macros.page.steps import Page, Step
from macros.record.recording import Recordings
from macros.record.result import Result

HEADING = re.compile(r"(?m)^#{1,6} +(?P<title>.*?) *\{#(?P<id>[\w-]+)\} *$")


@dataclass(frozen=True)
class Difference:
    """page: "network/bridge.md"; anchor: id of the heading the step stands under; results: engine -> what it did."""

    page: str
    title: str
    anchor: str
    step: Step
    results: dict[str, Result]


def differences(pages: Iterable[tuple[str, Page, Recordings]]) -> Iterator[Difference]:
    """Look through `pages` in their order: each with its name ("network/bridge.md") and the recordings of its steps."""
    for name, page, known in pages:
        for index, step in enumerate(page.recorded):
            results = known.of_step(index)
            ran = [result for result in results.values() if not result.skipped]
            if not step.hidden and any(result != ran[0] for result in ran):
                title, anchor = _heading(page, step)
                yield Difference(name, title, anchor, step, results)


def _heading(page: Page, step: Step) -> tuple[str, str]:
    """The title of the page, and the id of the last heading above a step."""
    above = [match for match in HEADING.finditer(page.text) if match.start() < step.start]
    return (above[0]["title"], above[-1]["id"]) if above else (page.path, "")
