"""What a page printed, by which engine and when: docs/_recordings/<page>.json, one file for both languages."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1


class RecordingError(ValueError):
    """The file is not a recording of this page; the message names it and the command that mends it."""


@dataclass
class Result:
    """What one step did. `output`: text; `parts`: per command of a console fence [exit, output];
    `data`: what a macro call saw; `skipped`: why it did not run."""

    key: str
    exit: int = 0
    output: str = ""
    parts: list[tuple[int, str]] = field(default_factory=list)
    data: Any = None
    skipped: str = ""

    def text(self) -> str:
        """All of it as one text, for comparing."""
        if self.data is not None:
            return json.dumps(self.data, indent=2, ensure_ascii=False)
        return "\n".join(f"{status}: {output}" for status, output in self.parts) or self.output


@dataclass
class Recording:
    """page: "network/bridge"; engine: {"version", "date", "images"}; results in the order of the page."""

    page: str
    engine: dict[str, Any]
    results: list[Result]
    live: bool = False

    def stale(self, page: Any) -> str:
        """"" if this is a recording of the steps of `page`, else the first difference, as path:line: text."""
        steps = [step for step in page.steps if step.kind != "prose"]
        for step, result in zip(steps, self.results, strict=False):
            if step.key != result.key:
                return f"{page.path}:{step.line}: the step {step.name!r} is not the one that was recorded"
        if len(steps) > len(self.results):
            step = steps[len(self.results)]
            return f"{page.path}:{step.line}: the step {step.name!r} was never recorded"
        if len(steps) < len(self.results):
            return f"{page.path}: the recording has a step that the page has not: {self.results[len(steps)].key!r}"
        return ""


def path_of(root: Path, page: str) -> Path:
    return root / "docs" / "_recordings" / f"{page}.json"


def load(root: Path, page: str) -> Recording | None:
    """The committed recording, or None. Raises RecordingError."""
    path = path_of(root, page)
    if not path.exists():
        return None
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["format"] != FORMAT or raw["page"] != page:
            raise ValueError(f"it is of format {raw['format']}, page {raw['page']!r}")
        return Recording(page, raw["engine"], [Result(**step) for step in raw["steps"]])
    except (ValueError, KeyError, TypeError) as error:
        raise RecordingError(f"{path}: not a recording of {page}: {error}; run: make record PAGE={page}") from error


def save(root: Path, recording: Recording) -> None:
    path = path_of(root, recording.page)
    path.parent.mkdir(parents=True, exist_ok=True)
    steps = [{k: v for k, v in asdict(r).items() if v not in ("", [], None) or k == "key"} for r in recording.results]
    content = {"format": FORMAT, "page": recording.page, "engine": recording.engine, "steps": steps}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
