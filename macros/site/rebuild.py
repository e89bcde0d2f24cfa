"""What `mkdocs serve` builds, at its start and after each edit: the languages whose sources changed, each for itself.

A warning never stops anything here. A page that cannot be built is built without its text, and a language that cannot
be built is served as it last was; both say why.
"""

from __future__ import annotations

import logging
import shutil
import socket
import traceback
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import ConfigurationError, MkDocsException
from mkdocs.structure.pages import Page

from macros.site import edited
from macros.site.hearing import Hearing
from macros.site.languages import folder_of, of_language, others, root_of, sources, speaking, twins
from macros.site.reasons import chain, reason
from macros.site.serve import forget_edited, publish, serve, stamp

log = logging.getLogger("mkdocs.plugins.site")
hearing = Hearing()
# So many pages may be what stops a build; where there are more, it is the code.
MOST_SKIPPED = 3


def first(config: MkDocsConfig, *, serve_url: str, dirty: bool = False) -> None:
    """What `mkdocs serve` calls instead of MkDocs' own `build`. Raises ConfigurationError where the port is taken."""
    host, port = config.dev_addr
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise ConfigurationError(
            f"cannot serve at {host}:{port}: {error.strerror}\n"
            f"  next: end what uses it, or take another: mkdocs serve --dev-addr {host}:{port + 1}"
        ) from error
    serve.site, serve.url = config.site_dir, serve_url
    again(config, [config.extra["lang"]])


def rest(config: MkDocsConfig) -> None:
    """Build what `first` has left, while that is served: the other languages, and after them all again where pages have
    to be run."""
    from macros.site import library

    try:
        again(config, others(config))
    except Exception:
        log.exception("nothing more is built before the next edit")
    serve.begun = True
    if library.postponed:
        serve.built.clear()
        serve.server._want_rebuild = True


def after_edit(config: MkDocsConfig) -> None:
    """What the server calls. MkDocs says that it is stuck after a call that raises."""
    try:
        again(config)
    except Exception:
        log.exception("nothing is built or served anew before the next edit")


def again(config: MkDocsConfig, wanted: Collection[str] = ()) -> None:
    """Build what changed since it was built, and serve it; `config` is the one from the start. wanted: only these
    languages, where any are given."""
    main = config.extra["lang"]
    # English alone, by its own configuration, is a site at the root.
    folders = {main: ""} | {lang: folder_of(config, lang) for lang in others(config) if not folder_of(config, main)}
    forget_edited(root_of(config))
    said: set[str] = set()
    whole = not serve.built
    for lang in [lang for lang in folders if not wanted or lang in wanted]:
        now = stamp(sources(config, lang)), twins(config, lang)
        if serve.built.get(lang) == now:
            continue
        last = serve.built.pop(lang, None)
        with ExitStack() as stack:
            if lang != main:
                stack.enter_context(speaking(lang))
            try:
                if last and last[1] == now[1] and edited.rendered(lang, folders[lang], last[0], now[0], hearing):
                    serve.built[lang] = now
                    continue
                serve.kept.pop(lang, None)
                serve.kept[lang] = edited.Kept(_build(config, lang), hearing)
                serve.built[lang] = now
                whole = True
            except (Exception, SystemExit) as error:
                _report(error, lang, said)
                whole = True
    if whole:
        publish(folders)


def _build(config: MkDocsConfig, lang: str) -> MkDocsConfig:
    """Build one language, without the text of pages that no build goes on with, and return its configuration. Raises
    what else stops a build."""
    folder, skipped = Path(serve.folder, f"{lang}.part"), {}
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        try:
            site = load_config(**of_language(config, lang, folder, serve.url, strict=False))
            site.extra["skipped"], site.extra["runs"] = skipped, serve.begun
            build(site, serve_url=serve.url)
            break
        except (Exception, SystemExit) as error:
            page = _page_of(error)
            if not page or page in skipped or len(skipped) == MOST_SKIPPED:
                raise
            skipped[page] = reason(error)
        finally:
            hearing.end()
    last = Path(serve.folder, lang)
    shutil.rmtree(last, ignore_errors=True)
    folder.rename(last)
    return site


def _page_of(error: BaseException) -> str:
    """The source of the page at which MkDocs was: a variable of the functions that the error came through."""
    for one in chain(error):
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if isinstance(page := frame.f_locals.get("page"), Page):
                return page.file.src_uri
    return ""


def _report(error: BaseException, lang: str, said: set[str]) -> None:
    """Say why a language is not built; the way through the code as well, where an error has no words for people."""
    serve.why[lang] = why = reason(error)
    if why not in said:
        said.add(why)
        told = isinstance(error, (MkDocsException, SyntaxError))
        log.error("%s\n  what was built before is served until this is mended", why, exc_info=None if told else error)
