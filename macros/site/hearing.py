"""What a build warns of: each message gets its place in the sources, and is kept for the page that it is about."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig

LOG = logging.getLogger("mkdocs")
# What is no page's and no source's: requests, and what the macros plugin says of an error that macros/ says better.
ELSEWHERE = ("mkdocs.livereload", "mkdocs.plugins.mkdocs_macros")
# How a message begins that has its place: docs/en/network/none.md:12: ...
PLACED = re.compile(r"(?:\[\w+\] )?(?P<file>\S[^:\n]*):\d+: ")
# The language that a message begins with, before its place or after.
LANGUAGE = re.compile(r"^(\S[^:\n]*:\d+: )?\[[a-z]{2}\] ")
# What messages of MkDocs name: 'network/none.md' and, in a list of several, "  - network/none.md".
QUOTED = re.compile(r"'([^'\n]+)'|\"([^\"\n]+)\"")
LISTED = re.compile(r"(?m)^ *- (.+)$")


class Hearing(logging.Handler):
    """One build's ear on the logger of MkDocs, between `begin` and `end`; `heard`: its warnings and errors, each
    with the source of the page being built ("" for none); `general`: how many of them came before any page."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[tuple[str, str]] = []
        self.general = 0
        self._config: MkDocsConfig | None = None
        self._make = logging.getLogRecordFactory()

    def begin(self, config: MkDocsConfig) -> None:
        self.end()
        self.heard, self._config, self._make = [], config, logging.getLogRecordFactory()
        logging.setLogRecordFactory(self._placed)
        LOG.addHandler(self)

    def pages_begin(self) -> None:
        self.general = len(self.heard)

    def end(self) -> None:
        """Hear no more; may be called twice."""
        if self._config:
            LOG.removeHandler(self)
            logging.setLogRecordFactory(self._make)
            self._config = None

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(ELSEWHERE):
            page = self._config._current_page
            text = LANGUAGE.sub(r"\1", record.getMessage())
            self.heard.append((page.file.src_uri if page else "", text))

    def by_page(self, docs: str, pages: Collection[str]) -> tuple[dict[str, list[str]], list[str]]:
        """What was heard of each of the pages (their sources below `docs`, "docs/en"), and what is of none of them."""
        found: dict[str, list[str]] = {}
        rest: list[str] = []
        for page, text in dict.fromkeys(self.heard):
            placed = PLACED.match(text)
            named = placed["file"].removeprefix(f"{docs}/") if placed else ""
            owners = [page] if page else [name for name in (named, *LISTED.findall(text)) if name in pages]
            owners = owners or [one for found in QUOTED.findall(text) for one in found if one in pages][:1]
            for owner in owners:
                found.setdefault(owner, []).append(text)
            if not owners:
                rest.append(text)
        return found, rest

    def _placed(self, name: str, level: int, *rest: Any, **more: Any) -> logging.LogRecord:
        """Make a record, with the place before the message where one is found."""
        record = self._make(name, level, *rest, **more)
        if level >= logging.WARNING and name.startswith("mkdocs") and not name.startswith(ELSEWHERE):
            text = record.getMessage()
            if not PLACED.match(text) and (place := self._place(text)):
                record.msg, record.args = f"{place}: {text}", ()
        return record

    def _place(self, text: str) -> str:
        """Where a message belongs: the page being built or the first that it names, else the configuration; "" if
        neither has what it names. The line is the first that has a word that the message quotes."""
        docs, file = Path(self._config.docs_dir), Path(self._config.config_file_path).absolute()
        root, page = file.parent, self._config._current_page
        words = [one or other for one, other in QUOTED.findall(text)]
        pages = [word for word in words if word.endswith(".md") and (docs / word).is_file()]
        source = page.file.src_uri if page else pages[0] if pages else ""
        if source:
            line = _line(docs / source, [word for word in words if word != source])
            return f"{(docs / source).relative_to(root)}:{line or 1}"
        found = ((path, _line(path, words)) for path in dict.fromkeys([file, root / "mkdocs.yml"]))
        return next((f"{path.relative_to(root)}:{line}" for path, line in found if line), "")


def _line(path: Path, words: Iterable[str]) -> int:
    """The first line of a file that has one of the words, the first of them that is there; 0 for none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0
    for word in words:
        whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        if line := next((number for number, text in enumerate(lines, 1) if whole.search(text)), 0):
            return line
    return 0
