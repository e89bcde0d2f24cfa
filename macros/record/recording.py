"""What a page printed, by which engine and when: docs/_recordings/<page>.json, one file for both languages."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from macros.page.options import version_numbers
from macros.record import report
from macros.record.bindings import Bindings
from macros.record.result import Result
from macros.record.typed import Typed, sources_of

FORMAT = 2


class RecordingError(ValueError):
    """The file is not a recording of this page; the message names it and the command that mends it."""


@dataclass
class Recording:
    """One run of a page: engine is {"version", "date", "parts", "images"}, and "hosts" with
    the versions of those that have another one; results are in the order of the page."""

    engine: dict[str, Any]
    results: list[Result]


@dataclass
class Recordings:
    """All that is known of a page, page "network/bridge": engine generation -> Recording, newest first.

    They are of the same steps. What an older engine printed alike is stored, and shown, as the newest printed it.
    """

    page: str
    engines: dict[str, Recording]
    live: bool = False

    @property
    def newest(self) -> Recording:
        return next(iter(self.engines.values()))

    def of_step(self, index: int) -> dict[str, Result]:
        """Engine -> what it did at this step of the page."""
        return {engine: recording.results[index] for engine, recording in self.engines.items()}

    def stale(self, page: Any) -> str:
        """"" if these are recordings of the steps of `page`, else the first difference, as path:line: text."""
        steps, results = page.recorded, self.newest.results
        for step, result in zip(steps, results, strict=False):
            if step.key != result.key:
                return f"{page.path}:{step.line}: the step {step.name!r} is not the one that was recorded"
        if len(steps) > len(results):
            step = steps[len(results)]
            return f"{page.path}:{step.line}: the step {step.name!r} was never recorded"
        if len(steps) < len(results):
            return f"{page.path}: the recording has a step that the page has not: {results[len(steps)].key!r}"
        return ""

    def put(self, engine: str, new: Recording) -> tuple[list[str], list[str]]:
        """Take in a new run of one engine; returns the keys of its steps that changed, and the engines dropped.

        Old text stays where the new one is equal after normalizing. Recordings of other steps than the new run's
        are of a page that is no more, and go.
        """
        old = self.engines.get(engine)
        changed = [result.key for result in new.results]
        if old:
            changed = _keep(old, new)
            same = old.engine | {"date": ""} == new.engine | {"date": ""}
            if same and not changed and len(old.results) == len(new.results):
                new = old
        keys = [result.key for result in new.results]
        dropped = [name for name, other in self.engines.items()
                   if name != engine and [result.key for result in other.results] != keys]  # fmt: skip
        kept = {name: other for name, other in self.engines.items() if name not in dropped} | {engine: new}
        self.engines = {name: kept[name] for name in sorted(kept, key=version_numbers, reverse=True)}
        return changed, dropped

    def share(self) -> None:
        """Give older engines the newest's text for what they printed alike, and its values for the rest; and for what
        the newest printed otherwise that of the next."""
        engines = list(self.engines.values())
        for at, other in enumerate(engines):
            for newer in engines[:at]:
                _keep(newer, other)


def _keep(old: Recording, new: Recording) -> list[str]:
    """Put old results into `new` where they are the same, and old values where they are not; returns changed keys.

    Of a step of which a part alone is the same, its output or a group of what it changed, that part stays. Where old
    and new do not go together, as with an id of which the old ones have the beginning alone, `new` stays.
    """
    came = list(new.results)
    typed = Typed(source for result in (*old.results, *new.results) for source in sources_of(result.key))
    bindings, changed, gone = Bindings(typed, guesses=True), {}, []
    pairs = SequenceMatcher(None, [r.key for r in old.results], [r.key for r in new.results], autojunk=False)
    for kind, start, end, first, last in pairs.get_opcodes():
        for index in range(first, last):
            was, result = old.results[start + index - first] if kind == "equal" else None, new.results[index]
            alike = was and (was.status, was.skipped) == (result.status, result.skipped)
            if alike and not was.unlike(result, bindings) and was.lines == result.lines:
                new.results[index] = was
            else:
                changed[index] = (was, was.alike(result, bindings)) if alike else (result, [])
        if kind == "delete":
            gone += [result.key for result in old.results[start:end]]
    # Only now are all values bound: one that a changed step prints first may come back in a step that is kept.
    for index, (was, pieces) in changed.items():
        new.results[index] = new.results[index].rewritten(bindings).with_pieces(was, pieces)
    together = Bindings(typed)
    if any(result.unlike(mixed, together) for result, mixed in zip(came, new.results, strict=True)):
        new.results = came
    return [new.results[index].key for index in changed] + gone


def path_of(root: Path, page: str) -> Path:
    return root / "docs" / "_recordings" / f"{page}.json"


def load(root: Path, page: str) -> Recordings | None:
    """The committed recordings of a page, or None. Raises RecordingError."""
    path = path_of(root, page)
    if not path.exists():
        return None
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["format"] != FORMAT or raw["page"] != page:
            raise ValueError(f"it is of format {raw['format']}, page {raw['page']!r}")
        if not raw["engines"]:
            raise ValueError("it is of no engine")
        found = Recordings(page, {name: Recording(engine, []) for name, engine in raw["engines"].items()})
        for step in raw["steps"]:
            results = {name: Result(step["key"], **{k: v for k, v in result.items() if k != "engines"})
                       for result in step["results"] for name in result["engines"]}  # fmt: skip
            for name, recording in found.engines.items():
                recording.results.append(results[name])
        return found
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        shown = path.relative_to(root)
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        why = f"no {error}" if isinstance(error, KeyError) else getattr(error, "msg", str(error))
        raise RecordingError(report.failure(
            f"{shown}:{line}", f"not a recording of {page}: {why}", following=f"make record PAGE=docs/ko/{page}.md",
            cause="it was cut off, edited by hand, or is another page's file",
        )) from error  # fmt: skip


def save(root: Path, recordings: Recordings) -> None:
    """Write the recordings of a page, each different result once, with the engines it is of."""
    recordings.share()
    steps = []
    for index, first in enumerate(recordings.newest.results):
        results: list[dict] = []
        for engine, result in recordings.of_step(index).items():
            stored = {k: v for k, v in asdict(result).items() if k != "key" and v not in ("", [], None)}
            same = next((r for r in results if {k: v for k, v in r.items() if k != "engines"} == stored), None)
            if same:
                same["engines"].append(engine)
            else:
                results.append({"engines": [engine]} | stored)
        steps.append({"key": first.key, "results": results})
    engines = {name: recording.engine for name, recording in recordings.engines.items()}
    content = {"format": FORMAT, "page": recordings.page, "engines": engines, "steps": steps}
    path = path_of(root, recordings.page)
    path.parent.mkdir(parents=True, exist_ok=True)
    # First whole, then in place: a run that is killed leaves no half of a recording.
    part = path.with_suffix(".part")
    try:
        part.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RecordingError(report.failure(
            str(path.relative_to(root)), f"not written, the recording is as it was: {error.strerror}",
            following=f"make room, then make record PAGE=docs/ko/{recordings.page}.md",
        )) from error  # fmt: skip
