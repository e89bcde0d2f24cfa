"""Where the pages show a message that docs/_errors.yml has, and on which engines it was printed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from macros.page.steps import Page
from macros.record.messages import Message, unquoted
from macros.record.recording import Recordings


@dataclass(frozen=True)
class Place:
    """A step that printed a message. page: "network/bridge.md"; anchor: of the step on it, "step-3"."""

    page: str
    anchor: str


@dataclass(frozen=True)
class Said:
    """What one command of a step printed. engine: that its page ran on ("29.7"), "" for a page that has hosts of
    several; status: the exit code that it ended with."""

    place: Place
    engine: str
    status: int
    lines: tuple[str, ...]


def said(pages: Iterable[tuple[str, Page, Recordings]]) -> Iterator[Said]:
    """All that steps print that readers see, in the order of `pages`: each with its name and its recordings."""
    for name, page, known in pages:
        for index, step in enumerate(page.recorded):
            if step.hidden or step.kind == "probe":
                continue
            place = Place(name, page.anchor(step))
            for engine, result in known.of_step(index).items():
                of = "" if page.engines else engine
                for status, output in result.parts or [(result.exit, result.output)]:
                    if output and not result.skipped:
                        yield Said(place, of, status, tuple(output.splitlines()))


def printed(messages: Iterable[Message], outputs: Iterable[Said]) -> dict[Message, list[tuple[Place, list[str]]]]:
    """Of each message the steps that printed it, as few as have all of its engines, each with those of them that it
    adds: [(Place("network/bridge.md", "step-3"), ["29.7", "28.5"])]; [] for one that none printed, and [""] as engines
    only where no page of one engine did."""
    found: dict[Message, dict[Place, list[str]]] = {message: {} for message in messages}
    outputs = list(outputs)
    told = _told(found, dict.fromkeys(line for one in outputs for line in one.lines))
    for one in outputs:
        for line in one.lines:
            for message in told.get(line, ()):
                engines = found[message].setdefault(one.place, [])
                if one.engine not in engines:
                    engines.append(one.engine)
    return {message: _fewest(places) for message, places in found.items()}


def _told(messages: Iterable[Message], lines: Iterable[str]) -> dict[str, list[Message]]:
    """Of each line that has messages those, in their order. Each is looked for once in all the lines together."""
    told: dict[str, list[Message]] = {}
    lines = list(lines)
    plain = [unquoted(line) for line in lines]
    text, ends = "\n".join(plain), [*accumulate(len(line) + 1 for line in plain)]
    for message in messages:
        place = text.find(message.literal)
        while 0 <= place < len(text):
            at = bisect_right(ends, place)
            if message.in_line(lines[at]):
                told.setdefault(lines[at], []).append(message)
            place = text.find(message.literal, ends[at])
    return told


def _fewest(places: dict[Place, list[str]]) -> list[tuple[Place, list[str]]]:
    """Of several steps that add as many engines, the first is taken."""
    if any(engine for engines in places.values() for engine in engines):
        places = {place: [engine for engine in engines if engine] for place, engines in places.items()}
    chosen: list[tuple[Place, list[str]]] = []
    while True:
        known = {engine for _, engines in chosen for engine in engines}
        more = {place: [engine for engine in engines if engine not in known] for place, engines in places.items()}
        best = max(more, key=lambda place: len(more[place]), default=None)
        if best is None or not more[best]:
            return chosen
        chosen.append((best, more[best]))
