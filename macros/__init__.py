"""The project's mkdocs-macros module: wiring only.

`docker` is never imported from here: mkdocs-macros reports any ImportError in this package as
"could not find custom module", which hides the cause.
"""

from __future__ import annotations

import logging
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

from macros.draw.figures import described
from macros.page.calls import PROBES
from macros.page.steps import Page
from macros.record.differences import differences
from macros.record.recording import Recordings
from macros.site import library
from macros.site.composer import CALL, SHOWN, Composer
from macros.site.foot import offered
from macros.site.listing import listed
from macros.site.mutants import noticed
from macros.site.placing import formatter
from macros.site.plain import markdown
from macros.site.troubles import jinja_error

LOG = logging.getLogger("mkdocs.plugins.pages")
# Begins what Jinja is given of a page, and all that it makes of one.
START = "\ue000\ue002"
_composer: Composer | None = None
_body = ""
# The blocks of each page of the language being built, and what made them, by the page's source.
blocks: dict[str, list[str]] = {}
composers: dict[str, Composer] = {}
# Files beside the pages: path below the site -> text.
_beside: dict[str, str] = {}


def define_env(env: Any) -> None:
    """Called by mkdocs-macros once for each language of a build."""
    _beside.clear()
    blocks.clear()
    composers.clear()
    fences = env.conf["mdx_configs"].setdefault("pymdownx.superfences", {})
    fences["custom_fences"] = [{"name": "recorded", "class": "recorded", "format": formatter(lambda: _composer)}]

    for name in PROBES:
        env.macro(lambda *arguments, name=name: _composer.probe(name, *arguments), name)

    @env.macro
    def figure(name: str) -> str:
        """A drawing of macros/draw/templates in the page's language. Raises ValueError for an unknown name."""
        return _composer.figure(name)

    @env.macro
    def engine_differences() -> str:
        """The steps of all other pages, in the order of the navigation, whose output differs between engines."""
        lang, here = env.conf["extra"]["lang"], env.page.file.src_uri
        pages = [name for name in _names(env.conf["nav"]) if name != here]
        return listed(differences(library.recorded(lang, pages)), _composer)

    @env.macro
    def engine() -> str:
        """Version of the engine that this page's output comes from."""
        return _composer.recordings.newest.engine["version"] if _composer.recordings else "?"

    @env.macro
    def mutants() -> str:
        """A table of how many changed pages were noticed, from what `make mutants` found."""
        return noticed(library.mutants(), env.conf["extra"]["lang"])


def _names(nav: Any) -> Iterator[str]:
    """The pages that a navigation names, in its order."""
    if isinstance(nav, str):
        yield nav
    for entry in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else []:
        yield from _names(entry)


def on_pre_page_macros(env: Any) -> None:
    """Before Jinja: put what each fence printed under it."""
    global _composer, _body
    source = env.page.file.src_uri
    if source in env.conf["extra"].get("skipped", ()):
        return
    page = library.page_at(Path(env.conf["docs_dir"]) / source)
    for problem in page.problems:
        LOG.warning("%s", problem)
    lang, destination = env.conf["extra"]["lang"], env.page.file.dest_uri
    recording, _composer, _body = _composed(page, source.removesuffix(".md"), env.conf["extra"])
    env.markdown = START + _body
    blocks[source] = _composer.blocks  # macro calls add to them
    composers[source] = _composer
    for name, text in offered(page, env.page.title or source, _composer.typed).items() if recording else ():
        folder = destination.rpartition("/")[0]
        _beside[f"{folder}/{name}".lstrip("/")] = text

    def describe(name: str, result: Any) -> str:
        return described(name, result and result.data, lang)

    def address(link: str) -> str:
        """Where the Markdown stands of a page to which this page links by its source."""
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
        file = File(target, env.conf["docs_dir"], env.conf["site_dir"], env.conf["use_directory_urls"])
        return f"{env.conf['site_url']}{file.dest_uri.removesuffix('html')}md"

    with library.tolerated():
        _beside[destination.removesuffix("html") + "md"] = markdown(page, recording, lang, describe, address)


def _composed(page: Page, name: str, extra: dict[str, Any]) -> tuple[Recordings | None, Composer, str]:
    """The recording of a page, and its Markdown. Under `mkdocs serve` without what is wrong with its outputs."""
    with library.tolerated():
        recording = library.recording_of(page, name, extra.get("runs", True))
        composer = Composer(page, recording, extra["lang"])
        return recording, composer, composer.body()
    composer = Composer(page, None, extra["lang"])
    return None, composer, composer.body()


def on_post_page_macros(env: Any) -> None:
    """After Jinja: macro calls that fences show get their own text back."""
    if env.page.file.src_uri in env.conf["extra"].get("skipped", ()):
        return
    if not env.markdown.startswith(START):
        # The macros plugin puts a message in the place of a page whose calls fail.
        LOG.warning("%s", jinja_error(env.markdown, _composer.page, _body))
        env.markdown = _body.replace(CALL, SHOWN)
    env.markdown = env.markdown.removeprefix(START).replace(SHOWN, CALL)


def on_post_build(env: Any) -> None:
    """Put the pages' scripts, and the pages as Markdown, beside them."""
    for name, text in _beside.items():
        path = Path(env.conf["site_dir"]) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
