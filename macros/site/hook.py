"""The site shell, as a MkDocs hook: what happens when. Two sites come from one command, with shared assets.

mkdocs.yml is the whole Korean site. With it every other language of ``extra.alternate`` is built from
``mkdocs.<lang>.yml`` into ``<site_dir>/<lang>``: at the same time (beside.py), or where pages are run after it in the
same process, so that what the macros keep in memory, what such a page printed, serves both. Both builds run the
functions below; ``config.extra["lang"]`` says which one it is, and what one build keeps for its end is in its
``config.extra``. Under `mkdocs serve` rebuild.py says which are built. A page that is made of the same files as in an
earlier build is taken from that: kept.py.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mkdocs.commands import build as building
from mkdocs.commands import serve as serving
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

# MkDocs loads a hook by its path, and looks for no package beside it.
sys.path[:0] = [] if str(Path(__file__).parents[2]) in sys.path else [str(Path(__file__).parents[2])]

from macros.site import beside  # noqa: E402
from macros.site.compiled import remembering  # noqa: E402
from macros.site.kept import date, opened, populated  # noqa: E402
from macros.site.languages import folder_of, others, root_of  # noqa: E402
from macros.site.rebuild import after_edit, first, hearing, rest  # noqa: E402
from macros.site.serve import ready, serve, watch  # noqa: E402

log = logging.getLogger("mkdocs.plugins.site")

if not hasattr(building._populate_page, "of"):
    building._populate_page = populated(building._populate_page)

# What is not imported above is imported where it is used: after an edit under `mkdocs serve` that is the new code.


def on_startup(command: str, dirty: bool) -> None:
    """Get ready for live reload, and let the macros know which command this is: only `build` runs pages unasked."""
    os.environ["DOCKER_DOCS_COMMAND"] = command
    if command == "serve":
        ready()
        # MkDocs decides that a warning ends the first build, and an error the server, before any event of that build.
        serving.build = first


def on_shutdown() -> None:
    """Remove what only live reload needed, and end what a build that failed has left running."""
    beside.end()
    if serve.folder:
        shutil.rmtree(serve.folder, ignore_errors=True)


@event_priority(100)  # before the macros plugin copies the configuration and imports macros/
def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Finish what YAML cannot say: the addresses of this language's site and of the whole site."""
    if config.strict and not logging.getLogger("mkdocs").isEnabledFor(logging.WARNING):
        raise PluginError(
            "--quiet also silences strict mode: MkDocs counts only warnings that it logs, so a broken site "
            "would be built with exit code 0. Leave out -q, or say --no-strict as well."
        )
    from macros.words import LANGUAGES, words

    lang = config.extra["lang"]
    root = (config.site_url or "").rstrip("/") + "/"
    config.site_url = root + folder_of(config, lang)
    config.edit_uri = f"edit/main/docs/{lang}/" if config.repo_url else None
    config.extra["site_root"] = root
    config.extra["to_root"] = "../" if folder_of(config, lang) else ""
    if config.plugins["material/offline"].config.enabled:
        # Named like this, the plugin takes it for what it would else ask another host for.
        config.extra["polyfills"] = ["assets/iframe-worker.js"]
    config.extra["words"] = {code: words("missing", code) for code in LANGUAGES}  # the error page is in all of them
    config.mdx_configs["toc"]["permalink_title"] = words("theme", lang)["permalink"]
    for palette in config.theme["palette"]:
        palette["toggle"]["name"] = words("theme", lang)["to_" + palette["toggle"]["to"]]
    config.extra["scope"] = urlsplit(root).path  # light or dark is chosen once for all languages
    if serve.folder:
        # Who is writing sees what is wrong in the terminal and on the page itself, instead of no page at all.
        config.plugins["macros"].config["on_error_fail"] = False
        config.plugins["material/search"].is_dirty = False  # it would put the languages into one index
    elif os.environ.get("DOCKER_DOCS_COMMAND") == "build" and not folder_of(config, lang):
        beside.start(config)
    hearing.begin(config)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add docs/assets to this language's site, and look for the twins of its pages."""
    from macros.site.searching import searching
    from macros.site.stylesheet import join

    beside.go()

    docs = Path(config.docs_dir).parent
    join(files, config, docs)
    for file in searching(config, docs.parent):
        files.append(file)
    for path in sorted(file for file in (docs / "assets").rglob("[!.]*") if file.is_file() and file.suffix != ".css"):
        # Pages link to ../../assets/x.svg, which is right on GitHub as well. The level is set by hand, since
        # MkDocs takes the dots at its start for those of a hidden file.
        uri, level = path.relative_to(docs).as_posix(), InclusionLevel.NOT_IN_NAV
        file = File.generated(config, f"../{uri}", abs_src_path=str(path), inclusion=level)
        file.dest_uri = uri
        files.append(file)
    for page in files.documentation_pages():
        for lang in others(config):
            if not (docs / lang / page.src_uri).is_file():
                twin = f"docs/{config.extra['lang']}/{page.src_uri}"
                log.warning(f"{twin}:1: missing translation: docs/{lang}/{page.src_uri}, the twin of {twin}")
    return files


def on_page_read_source(page: Page, config: MkDocsConfig) -> str | None:
    """A page that is not UTF-8 is one nonetheless: macros/ say where it is not. One that would end the build is its
    headings alone, which others may link to."""
    path, why = Path(page.file.abs_src_path), config.extra.get("skipped", {}).get(page.file.src_uri)
    if not why:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    source = f"docs/{config.extra['lang']}/{page.file.src_uri}"
    log.warning(f"{source}:1: {why}")
    text = path.read_text(encoding="utf-8-sig", errors="replace") if path.exists() else ""
    return "\n\n".join([f"# {source}", *re.findall(r"(?m)^#+ .*\{#[\w-]+\} *$", text)])


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Tell Material's foot of the page when it was last changed, and lead on from what was on the page."""
    from macros.site.moved import leading_on

    date(page, config)
    return leading_on(markdown, page.meta, Path(page.file.abs_src_path), config.extra["lang"])


def on_page_content(html: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Mend the content of a page, and look whether all of its outputs and drawings can be put into it."""
    from macros.site.moved import renamed
    from macros.site.placing import unplaced
    from macros.site.repairs import linkable, mended
    from macros.site.wiring import composers

    try:
        html = renamed(html, page.meta)
    except ValueError as error:
        log.warning(f"docs/{config.extra['lang']}/{page.file.src_uri}:1: {error}")
    html = linkable(page, mended(html, config.extra["lang"]))
    if page.file.src_uri in composers:
        for message in unplaced(html, composers[page.file.src_uri]):
            log.warning(message)
    return html


@event_priority(-100)  # when the search has read the page
def on_page_context(context: Any, page: Page, config: MkDocsConfig, **_: Any) -> Any:
    """Put the outputs and drawings into their places, and a button on what can be copied."""
    from macros.site.copying import copyable
    from macros.site.placing import placed
    from macros.site.troubles import PLACE
    from macros.site.wiring import blocks

    content = placed(page.content or "", blocks.get(page.file.src_uri, []))
    page.content = ("" if config.strict else PLACE) + copyable(content, config.extra["lang"])
    return context


def on_post_page(output: str, **_: Any) -> str:
    """Mend what of Material's HTML no template block reaches, and search with the project's own worker."""
    from macros.site.repairs import valid
    from macros.site.searching import used

    return used(valid(output))


def on_post_template(output: str, template_name: str, **_: Any) -> str:
    """Mend the error page as well."""
    return on_post_page(output) if template_name.endswith(".html") else output


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> None:
    """Keep what is known only here and needed at the end of this build."""
    config.extra |= {"nav": nav, "pages": nav.pages, "files": files}
    config.extra["kept"] = opened(config, files)
    hearing.pages_begin()
    if serve.folder:
        log.info(f"Building the {len(nav.pages)} pages of docs/{config.extra['lang']}")


def on_env(env: Any, config: MkDocsConfig, files: Files) -> None:
    """Keep what renders a page, for pages that `mkdocs serve` renders later."""
    config.extra["env"] = remembering(env)


def on_pre_build(config: MkDocsConfig) -> None:
    """Ask Git for the dates of this language's pages."""
    from macros.site.history import last_changes

    config.extra["changes"] = last_changes(root_of(config), f"docs/{config.extra['lang']}")


def on_build_error(error: Exception) -> None:
    """Hear nothing of what is said after a build."""
    hearing.end()


@event_priority(-100)  # when the plugins are done: MkDocs shares some of their instances between the builds
def on_post_build(config: MkDocsConfig) -> None:
    """Write llms.txt, the readers' lab, and what is wrong with which page; after the root's site, build the others."""
    from macros.site.lab import publish
    from macros.site.plain import index
    from macros.site.searching import rewrite
    from macros.site.troubles import show

    lang = config.extra["lang"]
    listed = [(str(page.title), (config.site_url or "") + page.file.dest_uri.removesuffix("html") + "md",
               str(page.meta.get("description", ""))) for page in config.extra["pages"]]  # fmt: skip
    text = index(config.site_name, config.site_description or "", listed)
    Path(config.site_dir, "llms.txt").write_text(text, encoding="utf-8")
    publish(Path(config.site_dir), lang, config.repo_url or "")
    for message in rewrite(Path(config.site_dir), config.extra["pages"], lang):
        log.warning(message)

    if config.extra["kept"]:
        config.extra["kept"].end()

    hearing.end()
    files = {file.src_uri: Path(file.abs_dest_path) for file in config.extra["files"].documentation_pages()}
    of_page, of_site = hearing.by_page(f"docs/{lang}", files)
    if not config.strict:
        show(files, of_page, of_site, lang)
    if not serve.folder and not folder_of(config, lang):
        beside.finish(config)


@event_priority(-100)  # around what other plugins may have made of the server
def on_serve(server: LiveReloadServer, config: MkDocsConfig, **_: Any) -> LiveReloadServer:
    """Watch the sources of all languages, and after an edit rebuild only those that it touched."""
    if serve.folder:
        watch(server, root_of(config), lambda: after_edit(config), lambda: rest(config))
    return server
