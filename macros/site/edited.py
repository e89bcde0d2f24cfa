"""After an edit of prose `mkdocs serve` renders the edited pages alone, with what the last whole build left.

Prose is what no other page has anything of: not a heading, a step, a comment or the front matter, whose texts, anchors
and outputs are in navigations, indexes and scripts. Whatever else is edited, or is not as it was, builds all.
"""

from __future__ import annotations

import copy
import logging
import re
import shutil
from pathlib import Path
from typing import Any

from mkdocs.commands.build import _build_page, _populate_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.utils import get_build_date

from macros.site.hearing import PLACED, Hearing
from macros.site.languages import root_of
from macros.site.serve import Stamp, replace, serve

log = logging.getLogger("mkdocs.plugins.site")
LINE = re.compile(r"(?m)^#.*$")


class Kept:
    """What a whole build of a language leaves: its configuration, pages and templates, the index of its search, the
    outlines of its pages by their paths, and what was heard."""

    def __init__(self, config: MkDocsConfig, hearing: Hearing) -> None:
        files = config.extra["files"].documentation_pages(inclusion=InclusionLevel.is_in_serve)
        self.config, self.files = config, {file.abs_src_path: file for file in files}
        self.index = _search(config).search_index
        self.outlines = {path: outline(path) for path in self.files if Path(path).exists()}
        self.heard, self.general, self.day = hearing.heard, hearing.general, get_build_date()


def outline(path: str) -> list[str]:
    """Of a page what others may have something of, in its order: its text without prose."""
    from macros.site import library

    page = library.page_at(Path(path))
    spans = [match.span() for match in LINE.finditer(page.text)] + page.comments
    spans += [(step.start, step.end) for step in page.steps]
    return [page.text[: page.body], *(page.text[start:end] for start, end in sorted(spans))]


def rendered(lang: str, folder: str, before: Stamp, now: Stamp, hearing: Hearing) -> bool:
    """Render and serve the pages that an edit touched, where it was of prose alone; else False.

    folder: of the language, "" or "en/"; before, now: the states of its sources."""
    kept = serve.kept.get(lang)
    changed = {path for path, *_ in before ^ now}
    same_files = {path for path, *_ in before} == {path for path, *_ in now}
    if not isinstance(kept, Kept) or not same_files or not changed <= kept.outlines.keys():
        return False
    try:
        if not _as_before(kept, lang, changed):
            return False
        heard = _rendered(kept, lang, [kept.files[path].page for path in sorted(changed)], hearing)
    except (Exception, SystemExit):
        return False  # what is wrong a whole build says
    finally:
        hearing.end()
    if heard is None:
        return False
    kept.heard = heard
    replace(lang, folder, Path(kept.config.site_dir))
    log.info("Rendered %s alone", ", ".join(sorted(Path(path).name for path in changed)))
    return True


def _as_before(kept: Kept, lang: str, changed: set[str]) -> bool:
    from macros.site.history import last_changes

    extra = kept.config.extra
    return (
        not extra.get("skipped")
        and not kept.config.plugins["material/offline"].config.enabled
        and kept.day == get_build_date()
        and all(outline(path) == kept.outlines[path] for path in changed)
        and last_changes(root_of(kept.config), f"docs/{lang}") == extra["changes"]
    )


def _rendered(kept: Kept, lang: str, pages: list[Page], hearing: Hearing) -> list[tuple[str, str]] | None:
    """Render pages into the folder of the configuration, and return what is heard of the site with them; None where
    one has other anchors, or something is wrong that other pages show too."""
    from macros.site import wiring
    from macros.site.searching import rewrite
    from macros.site.troubles import show

    config, folder, docs = kept.config, Path(kept.config.site_dir), f"docs/{lang}"
    extra, files = config.extra, list(kept.files.values())
    shutil.rmtree(folder, ignore_errors=True)
    extra["runs"] = serve.begun
    wiring.begin()
    hearing.begin(config)
    for page in pages:
        told = _told(page)
        _populate_page(page, config, extra["files"])
        if _told(page) != told:
            return None
    search = _search(config)  # which the languages share
    search.search_index = index = copy.copy(kept.index)
    for page in pages:
        url = page.url.removeprefix("./")
        entries = [one["location"].partition("#")[0].removeprefix("./") == url for one in index.entries]
        place = entries.index(True) if True in entries else len(entries)
        rest = [one for one, of_page in zip(index.entries, entries, strict=True) if not of_page]
        index.entries = []
        _build_page(page, config, files, extra["nav"], extra["env"])
        index.entries = rest[:place] + index.entries + rest[place:]
    for page in pages:
        page.validate_anchor_links(files=extra["files"], log_level=config.validation.links.anchors)
    wiring.on_post_build(config.plugins["macros"])
    search.on_post_build(config=config)
    for message in rewrite(folder, extra["pages"], lang):
        log.warning(message)
    hearing.end()

    uris = {page.file.src_uri: Path(page.file.abs_dest_path) for page in pages}
    everything = {file.src_uri for file in files}
    hearing.heard, fresh = kept.heard, hearing.heard
    of_page, of_site = hearing.by_page(docs, everything)
    rest = [one for one in kept.heard[kept.general :] if not _is_of(one, docs, uris)]
    hearing.heard = kept.heard[: kept.general] + rest + fresh
    now_of_page, now_of_site = hearing.by_page(docs, everything)
    others = everything - uris.keys()
    if of_site != now_of_site or any(of_page.get(one) != now_of_page.get(one) for one in others):
        return None
    show(uris, now_of_page, now_of_site, lang)
    kept.index = index
    return hearing.heard


def _is_of(message: tuple[str, str], docs: str, uris: Any) -> bool:
    """Whether a message came of rendering one of the pages."""
    page, text = message
    placed = PLACED.match(text)
    return page in uris or (not page and placed is not None and placed["file"].removeprefix(f"{docs}/") in uris)


def _told(page: Page) -> tuple[Any, ...]:
    """What navigations and links of other pages have of a page."""
    return str(page.title), page.meta, str(page.toc), page.present_anchor_ids


def _search(config: MkDocsConfig) -> Any:
    return config.plugins["material/search"]
