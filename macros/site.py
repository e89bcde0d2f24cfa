"""The site shell, as a MkDocs hook: two sites from one command, shared assets, small repairs of the theme.

mkdocs.yml is the whole Korean site. When that is built, every other language of ``extra.alternate`` is built
from ``mkdocs.<lang>.yml`` into ``<site_dir>/<lang>``, in the same process, so that what the macros keep in
memory (a page that was run live) serves both. Both builds run the functions below; ``config.extra["lang"]``
says which one it is.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

# MkDocs loads a hook by its path, and looks for no package beside it.
sys.path[:0] = [] if str(Path(__file__).parents[1]) in sys.path else [str(Path(__file__).parents[1])]

log = logging.getLogger("mkdocs.plugins.site")

#: The titles of admonitions that were given none. Material translates its own words, not these.
TITLES = {
    "ko": {"Note": "참고", "Abstract": "요약", "Info": "정보", "Tip": "팁", "Success": "확인"}
    | {"Question": "질문", "Warning": "주의", "Failure": "실패", "Danger": "위험", "Bug": "버그"}
    | {"Example": "예시", "Quote": "인용"},
}
ADMONITION = re.compile(
    r'(<(?:div class="admonition|details class=") ?(\w+)[^>]*>\s*'
    r'<(?:p class="admonition-title"|summary)>)(\w+)(?=<)'
)
CELL, CODE = re.compile(r"<td\b.*?</td>", re.DOTALL), re.compile(r"<code>[^<]+</code>")
# Material's own, whose names have a part that changes with its version.
THEME_STYLES = re.compile(r"assets/stylesheets/(?:main|palette)\.\w+\.min\.css(?P<map>\.map)?")
# Holds transitions back while light and dark change. But Material sets and removes that attribute at each start, and
# this rule makes a browser compute the styles of all elements anew, twice.
COSTLY = (
    "[data-md-color-switching] *,[data-md-color-switching] :after,[data-md-color-switching] :before"
    "{transition-duration:0s!important}"
)
# What a browser has no use for in our own.
UNREAD = re.compile(r"/\*.*?\*/|^[ \t]+", re.DOTALL | re.MULTILINE)
# What is Korean on an English page, a glossary's column: who reads it aloud and who breaks its lines have to know.
KOREAN_CELL = re.compile(r"<td>(?=[^<]*[가-힣])")

Stamp = frozenset[tuple[str, int, int]]
changes: dict[str, str] = {}  # of the files below docs/, from Git
nav_pages: list[Page] = []  # of the language being built


@dataclass
class Serve:
    """What `mkdocs serve` remembers between builds, so that one language's edit rebuilds one language."""

    folder: str = ""  # the other languages' last builds; empty under `mkdocs build`
    built: dict[str, Stamp] = field(default_factory=dict)  # language -> its sources when it was built
    python: Stamp = frozenset()  # the Python files of macros/ when they were imported


serve = Serve()


def on_startup(command: str, dirty: bool) -> None:
    """Get ready for live reload, and let the macros know which command this is: only `build` runs pages unasked."""
    os.environ["DOCKER_DOCS_COMMAND"] = command
    if command == "serve":
        serve.folder = tempfile.mkdtemp(prefix="mkdocs_languages_")
        sys.dont_write_bytecode = True  # a new __pycache__ file would count as an edit of macros/


def on_shutdown() -> None:
    """Remove what only live reload needed."""
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
    lang = config.extra["lang"]
    root = (config.site_url or "").rstrip("/") + "/"
    config.site_url = root + _folder(config, lang)
    config.edit_uri = f"edit/main/docs/{lang}/" if config.repo_url else None
    config.extra["site_root"] = root
    config.extra["to_root"] = "../" if _folder(config, lang) else ""
    if config.plugins["material/offline"].config.enabled:
        # Named like this, the plugin takes it for what it would else ask another host for.
        config.extra["polyfills"] = ["assets/iframe-worker.js"]
    config.extra["scope"] = urlsplit(root).path  # light or dark is chosen once for all languages
    if serve.folder:
        # Who is writing sees what is wrong in the terminal and on the page itself, instead of no page at all.
        config.strict = False
        config.plugins["macros"].config["on_error_fail"] = False
        _reload_macros(config)
    return config


def _folder(config: MkDocsConfig, lang: str) -> str:
    """Return the folder of a language's site below the root: empty for the first one, else like ``en/``."""
    return next(str(one["link"]) for one in config.extra["alternate"] if one["lang"] == lang)


def _others(config: MkDocsConfig) -> list[str]:
    return [one["lang"] for one in config.extra["alternate"] if one["lang"] != config.extra["lang"]]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add docs/assets to this language's site, and look for the twins of its pages."""
    docs = Path(config.docs_dir).parent
    _one_stylesheet(files, config, docs)
    if config.extra.get("polyfills"):
        files.append(_search_without_server(config, docs.parent))
    for path in sorted(file for file in (docs / "assets").rglob("[!.]*") if file.is_file() and file.suffix != ".css"):
        # Pages link to ../../assets/x.svg, which is right on GitHub as well. The level is set by hand, since
        # MkDocs takes the dots at its start for those of a hidden file.
        uri, level = path.relative_to(docs).as_posix(), InclusionLevel.NOT_IN_NAV
        file = File.generated(config, f"../{uri}", abs_src_path=str(path), inclusion=level)
        file.dest_uri = uri
        files.append(file)
    for page in files.documentation_pages():
        for lang in _others(config):
            if not (docs / lang / page.src_uri).is_file():
                twin = f"docs/{config.extra['lang']}/{page.src_uri}"
                log.warning(f"missing translation: docs/{lang}/{page.src_uri}, the twin of {twin}")
    return files


def _one_stylesheet(files: Files, config: MkDocsConfig, docs: Path) -> None:
    """Join Material's stylesheets and ours: nothing is drawn before all are there, and on a phone each is a round trip.

    What only some pages use is small, and goes into their heads (macros/theme/main.html).
    """

    def ours(name: str) -> str:
        if not (docs / name).is_file():
            raise PluginError(f"mkdocs.yml names {name}, but there is no file docs/{name}")
        return UNREAD.sub("", (docs / name).read_text(encoding="utf-8"))

    theirs: list[File] = []
    for uri in sorted(files.src_uris):
        if match := THEME_STYLES.fullmatch(uri):
            file = files.src_uris[uri]
            files.remove(file)
            if not match["map"]:
                theirs.append(file)
    if len(theirs) != 2:
        raise PluginError(f"Material has other stylesheets than main and palette: mend THEME_STYLES in {__file__}")
    css = "\n".join([*(file.content_string for file in theirs), *map(ours, config.extra_css)])
    if COSTLY not in css:
        log.warning(f"Material's stylesheets have no such rule any more: mend or remove COSTLY in {__file__}")
    css = css.replace(COSTLY, "")
    config.extra_css = []  # base.html would link them
    config.extra["stylesheet"] = f"assets/style.{hashlib.sha256(css.encode()).hexdigest()[:8]}.css"
    config.extra["page_styles"] = {sign: ours(name) for name, sign in config.extra["page_css"].items()}
    files.append(File.generated(config, config.extra["stylesheet"], content=css, inclusion=InclusionLevel.NOT_IN_NAV))


def _search_without_server(config: MkDocsConfig, root: Path) -> File:
    """What lets search run where a browser forbids web workers, which it does for file: addresses."""
    source = root / ".venv/node/node_modules/iframe-worker/shim/index.js"
    if not source.is_file():
        raise PluginError("OFFLINE=true needs iframe-worker from npm; run: make offline")
    level = InclusionLevel.NOT_IN_NAV
    return File.generated(config, "assets/iframe-worker.js", abs_src_path=str(source), inclusion=level)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Tell Material's foot of the page when it was last changed."""
    name = f"docs/{config.extra['lang']}/{page.file.src_uri}"
    if name in changes:
        page.meta["git_revision_date_localized"] = changes[name]
    return markdown


def on_page_content(html: str, config: MkDocsConfig, **_: Any) -> str:
    """Translate the titles of admonitions that were given none; say which cells of a table are Korean, and let the
    commands in them break at spaces alone.

    This looks at finished HTML, where the source of an admonition that is shown in a fence is escaped text.
    """
    lang = config.extra["lang"]
    titles = TITLES.get(lang, {})
    if lang != "ko":
        html = KOREAN_CELL.sub('<td lang="ko">', html)
    html = CELL.sub(lambda cell: CODE.sub(lambda code: code[0].replace(" ", " <wbr>"), cell[0]), html)

    def title(match: re.Match[str]) -> str:
        opening, kind, text = match.groups()
        return opening + (titles.get(text, text) if text == kind.capitalize() else text)

    return ADMONITION.sub(title, html)


@event_priority(-100)  # when the search has read the page
def on_page_context(context: Any, page: Page, config: MkDocsConfig, **_: Any) -> Any:
    """Put the outputs and drawings into their places, and a button on what can be copied."""
    from macros import blocks
    from macros.render import copyable, placed

    content = placed(page.content or "", blocks.get(page.file.src_uri, []))
    page.content = copyable(content, config.extra["lang"])
    return context


def on_post_page(output: str, **_: Any) -> str:
    """Mend what of Material's HTML no template block reaches: checkboxes may not have autocomplete."""
    return re.sub(r'(<input class="md-toggle"[^>]*?) autocomplete="off"', r"\1", output)


def on_post_template(output: str, template_name: str, **_: Any) -> str:
    """Mend the error page as well."""
    return on_post_page(output) if template_name.endswith(".html") else output


def on_nav(nav: Navigation, **_: Any) -> None:
    """Keep the order of the pages for llms.txt."""
    nav_pages[:] = nav.pages


def on_pre_build(config: MkDocsConfig) -> None:
    """Note what the sources are like now: what is saved while a build runs belongs to the next one."""
    from macros.history import last_changes

    changes.clear()
    changes.update(last_changes(Path(config.docs_dir).parents[1], f"docs/{config.extra['lang']}"))
    serve.built[config.extra["lang"]] = _stamp(_sources(config, config.extra["lang"]))


def on_build_error(error: Exception) -> None:
    """Trust nothing that was built before a failure."""
    serve.built.clear()


@event_priority(-100)  # when the plugins are done: MkDocs shares some of their instances between the builds
def on_post_build(config: MkDocsConfig) -> None:
    """Write llms.txt; after the site at the root, build the other languages into its folders."""
    from macros.plain import index

    pages = [(str(page.title), (config.site_url or "") + page.file.dest_uri.removesuffix("html") + "md",
              str(page.meta.get("description", ""))) for page in nav_pages]  # fmt: skip
    text = index(config.site_name, config.site_description or "", pages)
    Path(config.site_dir, "llms.txt").write_text(text, encoding="utf-8")
    if not _folder(config, config.extra["lang"]):
        for lang in _others(config):
            _build(config, lang)


def _build(config: MkDocsConfig, lang: str) -> None:
    """Build one more language, or under `mkdocs serve` take its last build where no source has changed."""
    name = f"mkdocs.{lang}.yml"
    target = Path(config.site_dir, lang)
    folder = Path(serve.folder or config.site_dir, lang)
    if not serve.folder or serve.built.get(lang) != _stamp(_sources(config, lang)):
        with _speaking(lang):
            try:
                site = load_config(
                    str(Path(config.docs_dir).parents[1] / name),
                    site_dir=str(folder),
                    site_url=config.extra["site_root"],
                    strict=config.strict,
                    use_directory_urls=config.use_directory_urls,
                )
                build(site, serve_url=config.site_url if serve.folder else None)
            except Abort as error:
                raise Abort(f"{name} (language '{lang}'): {error.message}") from error
    if folder != target:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target, copy_function=os.link)  # a build begins with new files


@contextmanager
def _speaking(lang: str) -> Iterator[None]:
    """Begin each message with the language. Without it MkDocs also drops what both languages say alike."""
    make = logging.getLogRecordFactory()

    def named(name: str, level: int, path: str, line: int, message: object, *rest: Any, **more: Any) -> Any:
        text = f"[{lang}] {message}" if name.startswith("mkdocs") else message
        return make(name, level, path, line, text, *rest, **more)

    logging.setLogRecordFactory(named)
    try:
        yield
    finally:
        logging.setLogRecordFactory(make)


@event_priority(-100)  # around what other plugins may have made of the server
def on_serve(server: LiveReloadServer, config: MkDocsConfig, **_: Any) -> LiveReloadServer:
    """Watch the sources of all languages, and after an edit rebuild only those that it touched."""
    lang, rebuild = config.extra["lang"], server.builder
    for path in {path for code in [lang, *_others(config)] for path in _sources(config, code)}:
        if path.exists():
            server.watch(str(path))

    def changed() -> None:
        try:
            if serve.built.get(lang) != _stamp(_sources(config, lang)):
                rebuild()
            else:
                on_post_build(config)
        except SystemExit as error:
            # The macros plugin fails like this as well, which would end the server at a typo.
            serve.built.clear()
            raise Abort(getattr(error, "message", f"the build ended with exit code {error.code}")) from error

    if serve.folder:
        server.builder = changed
    return server


def _sources(config: MkDocsConfig, lang: str) -> list[Path]:
    """Return the files and folders that the site of one language is made from."""
    own = [f"docs/{lang}"] + ([f"mkdocs.{lang}.yml"] if _folder(config, lang) else [])
    shared = ["mkdocs.yml", "docs/assets", "docs/_recordings", "macros"]
    return [Path(config.docs_dir).parents[1] / name for name in own + shared]


def _stamp(paths: list[Path], pattern: str = "*") -> Stamp:
    """Return name, time and size of every file: cheap, and equal only where nothing was saved in between."""
    files = (file for path in paths for file in ([path] if path.is_file() else path.rglob(pattern)))
    stats = {str(file): file.stat() for file in files if file.is_file() and "__pycache__" not in file.parts}
    return frozenset((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats.items())


def _reload_macros(config: MkDocsConfig) -> None:
    """Forget the package macros after an edit, so that the macros plugin imports it anew."""
    before, serve.python = serve.python, _stamp([Path(config.docs_dir).parents[1] / "macros"], "*.py")
    if before and before != serve.python:
        log.info("Loading macros/ again (but after an edit of macros/site.py, restart `mkdocs serve`)")
        for name in [name for name in sys.modules if name.split(".")[0] == "macros"]:
            del sys.modules[name]
        importlib.invalidate_caches()
