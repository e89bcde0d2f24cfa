"""What mkdocs-macros calls, by way of macros/__init__.py: the macros of the pages, and what is made of a page before
and after Jinja."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from macros.draw.figures import described
from macros.page.calls import PROBES
from macros.page.steps import Page
from macros.record.differences import differences
from macros.record.printed import printed, said
from macros.record.recording import Recordings
from macros.site import library, top
from macros.site.addresses import Addresses
from macros.site.composer import CALL, SHOWN, Composer
from macros.site.errors import indexed
from macros.site.foot import offered
from macros.site.highlight import code
from macros.site.lab import commands_of
from macros.site.listing import listed
from macros.site.mutants import noticed
from macros.site.placing import formatter
from macros.site.plain import fenced, markdown
from macros.site.troubles import jinja_error
from macros.site.used import uses

LOG = logging.getLogger("mkdocs.plugins.pages")
# Begins what Jinja is given of a page, and all that it makes of one.
START = "\ue000\ue002"
_composer: Composer | None = None
_body = ""
# The blocks of each page of the language being built, and what made them, by the page's source.
blocks: dict[str, list[str]] = {}
composers: dict[str, Composer] = {}
# The index of error messages, by language: a page and its Markdown have the same.
_indexes: dict[str, str] = {}
# Files beside the pages: path below the site -> text.
_beside: dict[str, str] = {}


def begin() -> None:
    """Forget what was made of other pages."""
    for made in (_beside, _indexes, blocks, composers):
        made.clear()


@contextmanager
def noting(source: str) -> Iterator[dict[str, Any]]:
    """While a page is made: yields what has its blocks and the files beside it then, for `again`."""
    before, noted = {*_beside}, {}
    yield noted
    noted["blocks"] = blocks.get(source, [])
    noted["beside"] = {name: text for name, text in _beside.items() if name not in before}


def again(source: str, noted: dict[str, Any]) -> None:
    """Take what was noted of a page that is not made in this build."""
    blocks[source] = noted["blocks"]
    _beside.update(noted["beside"])


def define_env(env: Any) -> None:
    """Called by mkdocs-macros once for each language of a build."""
    begin()
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
    def errors() -> str:
        """The index of error messages, docs/_errors.yml."""
        return _errors(env.conf)

    @env.macro
    def engine() -> str:
        """Version of the engine that this page's output comes from."""
        return _composer.recordings.newest.engine["version"] if _composer.recordings else "?"

    @env.macro
    def lab_commands(which: str) -> str:
        """The commands that get a reader's lab, broken as those of a step; which: a key of site.lab.commands_of."""
        return code("bash", _lab_commands(env.conf, which), "")

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


def _errors(conf: Any) -> str:
    """Markdown of the index of error messages, from what the pages of the navigation show. What is wrong with
    docs/_errors.yml is a warning, and "" the index."""
    lang, docs = conf["extra"]["lang"], Path(conf["docs_dir"])
    uses([library.ERRORS, *library.used_of(lang, _names(conf["nav"]))])
    if lang not in _indexes:
        try:
            found = library.entries()
            outputs = said(library.recorded(lang, _names(conf["nav"])))
            places = printed([message for entry in found for message in entry.messages], outputs)
            _indexes[lang] = indexed(found, places, lang, lambda name: library.page_at(docs / name))
        except ValueError as error:
            LOG.warning("%s", error)
            _indexes[lang] = ""
    return _indexes[lang]


def _lab_commands(conf: Any, which: str) -> str:
    # A site that is read from a folder has no address, and its reader the archive in that folder.
    address = "" if conf["plugins"]["material/offline"].config.enabled else conf["site_url"]
    return commands_of(which, address, conf["repo_url"] or "", conf["extra"]["lang"])


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

    repository, addresses = env.conf["repo_url"] or "", Addresses(env.page.file, env.conf)
    begins = top.offers(page, source)
    above = top.shown(*top.sentences(page, source, lang, repository, addresses.relative)) if begins else ""
    recording, _composer, _body = _composed(page, source.removesuffix(".md"), env.conf["extra"], above,
                                            addresses.relative)  # fmt: skip
    env.markdown = START + _body
    blocks[source] = _composer.blocks  # macro calls add to them
    composers[source] = _composer
    for name, text in offered(page, env.page.title or source, _composer.typed, lang).items() if recording else ():
        folder = destination.rpartition("/")[0]
        _beside[f"{folder}/{name}".lstrip("/")] = text

    def describe(name: str, result: Any) -> str:
        return described(name, result and result.data, lang)

    calls = {"lab_commands": lambda which: fenced(_lab_commands(env.conf, which), "bash"),
             "errors": lambda _: _errors(env.conf)}  # fmt: skip

    with library.tolerated():
        above = top.told(*top.sentences(page, source, lang, repository, addresses.whole)) if begins else ""
        told = markdown(page, recording, lang, describe, addresses.linked, above, calls)
        _beside[destination.removesuffix("html") + "md"] = told


def _composed(page: Page, name: str, extra: dict[str, Any], above: str,
              address: Callable[[str], str]) -> tuple[Recordings | None, Composer, str]:  # fmt: skip
    """The recording of a page, and its Markdown. Under `mkdocs serve` without what is wrong with its outputs."""
    with library.tolerated():
        recording = library.recording_of(page, name, extra.get("runs", True))
        composer = Composer(page, recording, extra["lang"], address)
        return recording, composer, composer.body(above)
    composer = Composer(page, None, extra["lang"], address)
    return None, composer, composer.body(above)


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
