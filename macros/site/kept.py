"""Pages that an earlier build has left, as Markdown and the macros made them. Where all that one was made of is as it
was, it is taken, and rendered with the theme as any other page.

There is one file for each page and language, of the last build; of pages that are no more there is none.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from macros.site import store, used
from macros.site.languages import root_of

FROM_ENVIRONMENT = re.compile(r"!ENV\s+\[?\s*([\w, ]+)")
# What of MkDocs' page its Markdown makes.
MADE = ("meta", "markdown", "content", "toc", "_title_from_render", "present_anchor_ids")
DAY = "git_revision_date_localized"


class Earlier:
    """The pages of a language that were built before, for one build. settings: what all of them are made of."""

    def __init__(self, lang: str, files: Files, settings: str) -> None:
        used.begin()
        self.folder, self.files, self.settings = store.FOLDER / lang, files, settings
        self.pages: set[Path] = set()

    def found(self, page: Page) -> Any:
        """What was left of a page, if it would be made the same again, put into it; what the macros made. Else None."""
        left = store.read(self._path(page))
        if left is None:
            return None
        settings, made_of, links, mine, made = left
        now = {name: used.content(store.ROOT / name) for name in made_of}
        if (settings, made_of) != (self.settings, now):
            return None
        page.links_to_anchors = {self.files.src_uris[uri]: anchors for uri, anchors in links.items()}
        vars(page).update(mine)
        return made

    def leave(self, page: Page, made: Any) -> None:
        """Leave a page, and what the macros made of it, for later builds."""
        files, links = used.of_page(), page.links_to_anchors
        if files is not None and links is not None:
            made_of = {_named(path): content for path, content in files.items()}
            links, mine = {file.src_uri: of for file, of in links.items()}, {name: getattr(page, name) for name in MADE}
            store.write(self._path(page), (self.settings, made_of, links, mine, made))

    def _path(self, page: Page) -> Path:
        path = self.folder / f"{page.file.src_uri}.page"
        self.pages |= {path, path.with_suffix(".read")}  # as library.py leaves it
        return path

    def end(self) -> None:
        """Remove what is left of pages that are no more, and of a writing that was cut off."""
        with suppress(OSError):  # another build may do the same
            for path in self.folder.rglob("*"):
                if path.is_file() and path not in self.pages:
                    path.unlink(missing_ok=True)


def populated(populate: Callable[..., None]) -> Callable[..., None]:
    """MkDocs' `_populate_page`, which reads a page and makes its HTML, but for pages that another build has left."""

    def kept(page: Page, config: MkDocsConfig, files: Files, dirty: bool = False) -> None:
        from macros.site import wiring  # which is another one after an edit of its code

        pages: Earlier | None = config.extra.get("kept")
        if pages is None or page.file.src_uri in config.extra.get("skipped", ()):
            populate(page, config, files, dirty)
            return
        if made := pages.found(page):
            wiring.again(page.file.src_uri, made)
            date(page, config)
            return
        title = vars(page).get("title")
        used.begin_page()
        used.uses([Path(page.file.abs_src_path)])
        with _listening() as said, wiring.noting(page.file.src_uri) as noted:
            populate(page, config, files, dirty)
        # What was said of a page has to be said again, and a title that is a macro's stands in the navigation.
        if not said and vars(page).get("title") == title:
            pages.leave(page, noted)

    kept.of = populate
    return kept


def date(page: Page, config: MkDocsConfig) -> None:
    """Tell Material's foot of the page when it was last changed."""
    page.meta.pop(DAY, None)
    name = f"docs/{config.extra['lang']}/{page.file.src_uri}"
    if name in config.extra["changes"]:
        page.meta[DAY] = config.extra["changes"][name]


def opened(config: MkDocsConfig, files: Files) -> Earlier | None:
    """What earlier builds have left; None where a page is not what its files tell, since pages are run or the code is
    not as it was when MkDocs started, or where nobody would hear what is wrong with it."""
    from macros.site import library

    with suppress(ValueError):  # of LAB, which a page reports
        heard = logging.getLogger("mkdocs").isEnabledFor(logging.INFO)
        if heard and library.mode() == "recorded" and (code := store.code()):
            return Earlier(config.extra["lang"], files, _settings(config, files, code))
    return None


@contextmanager
def _listening() -> Iterator[list[logging.LogRecord]]:
    """Yields a list that gets all messages."""
    said: list[logging.LogRecord] = []
    logger, handler = logging.getLogger("mkdocs"), logging.Handler(logging.INFO)
    handler.emit = said.append
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)


def _settings(config: MkDocsConfig, files: Files, code: str) -> str:
    """A digest of what each page is made of: the code, the configuration, and where the other pages and files are."""
    written = sorted({*root_of(config).glob("mkdocs*.yml"), Path(config.config_file_path)})
    texts = [path.read_bytes() for path in written]
    asked = {name.strip() for text in texts for one in FROM_ENVIRONMENT.findall(text.decode(errors="replace"))
             for name in one.split(",")}  # fmt: skip
    given = [config.site_url, config.repo_url, config.edit_uri, config.use_directory_urls, _named(config.docs_dir),
             _named(config.config_file_path), config.extra["lang"], config.extra["site_root"]]  # fmt: skip
    there = sorted((file.src_uri, file.dest_uri, str(file.inclusion)) for file in files)
    environment = [(name, os.environ.get(name)) for name in sorted(asked)]
    return store.digest(repr((code, texts, given, environment, there)).encode()).hex()


def _named(path: Path | str) -> str:
    """A path as it is in each copy of the project."""
    return os.path.relpath(path, store.ROOT)
