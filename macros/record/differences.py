"""The steps at which engines print or change different things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from macros.page.steps import HEADING, Page, Step
from macros.record.changed import CHANGES
from macros.record.normalize import masked
from macros.record.recording import Recordings
from macros.record.result import Result

# What pages call what they make, and numbers.
OF_THE_PAGE = re.compile(r"\blab-[\w.-]+|\d+")


@dataclass(frozen=True)
class Difference:
    """page: "network/bridge.md"; anchor: id of the heading the step stands under; results: engine -> what it did, with
    what it alone, or some engines, changed, as far as that is told here."""

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
    told: set[Kind] = set()
    for name, page, known in pages:
        for index, step in enumerate(page.recorded):
            if step.hidden:
                continue
            results = known.of_step(index)
            apart = changed_apart(results)
            shown = {engine: replace(result, changes=[line for line, kind in apart.get(engine, ()) if kind not in told])
                     if result.changes else result for engine, result in results.items()}  # fmt: skip
            ran = [result for result in shown.values() if not result.skipped]
            if any(result != ran[0] for result in ran):
                title, anchor = _heading(page, step)
                yield Difference(name, title, anchor, step, shown)
            told |= {kind for lines in apart.values() for _, kind in lines}


# What tells whether a difference is one that was told: a line without its sign and without what is of the moment or of
# the page, and the engines that changed it.
Kind = tuple[str, tuple[str, ...]]


def changed_apart(results: dict[str, Result]) -> dict[str, list[tuple[str, Kind]]]:
    """Engine -> lines that it changed and others did not, each with its kind."""
    changes = {engine: result.changes for engine, result in results.items() if not result.skipped}
    common = set.intersection(*map(set, changes.values())) if changes else set()
    odd = {line: masked(line, CHANGES) for of in changes.values() for line in of if line not in common}
    if not odd:
        return {}
    # Of the lines that all have only those are asked that may read like one that some have.
    beginnings = tuple({shape.partition("<")[0] for shape in odd.values()})
    odd |= {line: masked(line, CHANGES) for line in common if line.startswith(beginnings)}
    having: dict[str, set[str]] = {}
    lines = {engine: [(line, odd[line]) for line in of if line in odd] for engine, of in changes.items()}
    for engine, of in lines.items():
        for _, shape in of:
            having.setdefault(shape, set()).add(engine)
    return {
        engine: [(line, (OF_THE_PAGE.sub("_", shape[1:]), tuple(sorted(having[shape])))) for line, shape in of
                 if len(having[shape]) < len(lines)]
        for engine, of in lines.items()
    }  # fmt: skip


def _heading(page: Page, step: Step) -> tuple[str, str]:
    """The title of the page, and the id of the last heading above a step."""
    above = [match for match in HEADING.finditer(page.text) if match.start() < step.start]
    return (above[0]["title"], above[-1]["id"]) if above else (page.path, "")
