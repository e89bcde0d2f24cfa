"""The foot of a page: its commands as a script, and the engines that its outputs come from."""

from __future__ import annotations

import html
from pathlib import Path

from macros.lab.needs import NEEDS
from macros.lab.wait import FUNCTIONS
from macros.page.script import Typed, script
from macros.page.steps import Page
from macros.record.recording import Recordings
from macros.words import words


def scripts(page: Page) -> dict[str, str]:
    """The page's commands as files beside it: name -> host whose steps they are ("" for all).

    They are called by the page, or where that is an index by its chapter, since pages may share a folder.
    """
    path = Path(page.path)
    name = path.parent.name if path.stem == "index" else path.stem
    return {f"{name}-{host}.sh": host for host in page.hosts} if len(page.hosts) > 1 else {f"{name}.sh": ""}


def offered(page: Page, title: str, typed: Typed, lang: str) -> dict[str, str]:
    """The page's commands as the files that a reader downloads: name -> text. typed: what is typed of each step."""
    texts = words("script", lang)
    return {name: script(page, title, host, typed=typed, functions=FUNCTIONS, needs=NEEDS, texts=texts)
            for name, host in scripts(page).items()}  # fmt: skip


def provenance(page: Page, recordings: Recordings, lang: str) -> str:
    """The foot of a page: its commands as a script, and each engine that ran it, of what parts, when, and how many of
    its steps."""
    texts, lines = words("foot", lang), []
    for recording in recordings.engines.values():
        skipped = sum(1 for result in recording.results if result.skipped)
        ran = len(recording.results) - skipped
        line = html.escape(texts["verified"].format(
            version=recording.engine["version"], date=recording.engine["date"], ran=ran, skipped=skipped))  # fmt: skip
        told = recording.engine.get("parts", {}) | recording.engine.get("hosts", {})
        said = " · ".join(f"{name} {version}" for name, version in told.items())
        line += f"<small>{html.escape(said)}</small>" if said else ""
        lines.append(line)
    how = texts["live" if recordings.live else "recorded"]
    first = html.escape(texts["provenance"].format(how=how))
    items = "".join(f"<li>{line}</li>" for line in lines)
    links = " ".join(
        f'<a href="{name}" download>{html.escape(texts["script"] + (f" ({host})" if host else ""))}</a>'
        for name, host in scripts(page).items())  # fmt: skip
    return f'<footer class="provenance"><p>{first}</p><ul>{items}</ul><p>{links}</p></footer>'
