"""What the search of a language's site reads: its sections in plain words, and what people ask for them.

Material's plugin has written search_index.json by then: a section each, in HTML. Its worker is replaced by search.js,
which ranks by what a section answers; the library that finds is lunr.js, as MkDocs ships it.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import mkdocs
import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, InclusionLevel
from mkdocs.structure.pages import Page

from macros.record.messages import PLACEHOLDER, Entry
from macros.site import library
from macros.words import TEXTS

WORKER = "assets/javascripts/workers/search.js"
OWN = Path(__file__).with_name("search.js")
LIBRARY = Path(mkdocs.__file__).parent / "contrib/search/templates/search/lunr.js"
WORDS = Path(__file__).with_name("search.yml")

CODE = re.compile(r"<pre\b[^>]*>(.*?)</pre>", re.DOTALL)
# Of commands and what they print, what a section may be asked for by: options, and names with an underscore.
OPTION = re.compile(r"(?<!\S)--[a-z][a-z0-9-]+|\b[a-z0-9]+(?:_[a-z0-9]+)+\b")
# A section says what it is about at its beginning: the index has so many letters of it, to the end of a sentence.
BEGINNING, END = 50, re.compile(r"[.?!](?= )")
TAG, SPACE = re.compile(r"<[^>]+>"), re.compile(r"\s+")
# Sections that answer no question of their own; the reproduction of a problem is found as the problem.
UNASKED, REPRODUCTION = ("check-yourself", "clean-up", "setup"), "-run"
# Those that help who has found them: how much of their rank they keep.
ASIDE = {"in-short": 0.6, "before": 0.3}
HOME = 0.3
# A term in a table, with its anchor, its name in the other language and what it means; a lesson says more of it.
TERM, GLOSSARY = re.compile(r"(?m)^\| \*\*(.+?)\*\*\{#([\w-]+)\} \| (.+?) \| (.+?) \|$"), 0.4
# The page of the index of error messages, whose phrases are the wordings themselves.
ERRORS = "errors/"
PREFIX = "Error response from daemon: "
SEVERAL = ("REASON",)
# What sections say beyond their titles stands in a file of its own: the search answers from titles until it is there.
REST = ("asked", "text", "words")
# All but the first comment of the library, which has its licence.
COMMENT = re.compile(r"(?ms)^[ \t]*/\*.*?\*/[ \t]*\n")


def worker() -> str:
    """The script that searches: the library, and the project's own ranking after it."""
    text = LIBRARY.read_text(encoding="utf-8")
    licence = COMMENT.search(text)
    return (licence[0] if licence else "") + COMMENT.sub("", text) + OWN.read_text(encoding="utf-8")


def searching(config: MkDocsConfig, root: Path) -> list[File]:
    """The files that the search of a site needs beside its index."""
    level = InclusionLevel.NOT_IN_NAV
    files = [File.generated(config, WORKER, content=worker(), inclusion=level)]
    if config.extra.get("polyfills"):
        # What lets it run where a browser forbids web workers, which it does for file: addresses.
        source = root / ".venv/node/node_modules/iframe-worker/shim/index.js"
        if not source.is_file():
            raise PluginError("OFFLINE=true needs iframe-worker from npm; run: make offline")
        shim = "assets/iframe-worker.js"
        files.append(File.generated(config, shim, abs_src_path=str(source), inclusion=level))
    return files


def used(output: str) -> str:
    """The HTML of a page that starts this worker instead of Material's."""
    return re.sub(r"assets/javascripts/workers/search\.\w+\.min\.js", WORKER, output)


def sections(docs: Iterable[Mapping[str, Any]], asked: Mapping[str, Mapping[str, list[str]]]) -> list[dict[str, Any]]:
    """Of each section {location, title, page, text, words, asked, boost, weight}: what is empty is left out.

    docs: those of Material's plugin, a page before its sections. asked: address of a page ("network/bridge/") -> its
    front matter's `asked`, anchor -> phrases. text: its beginning. words: options in its commands, each once. boost:
    what the front matter says of its page, for a question of one word or two. weight: of a section that is no answer.
    """
    made, titles = [], {}
    for doc in docs:
        page, _, anchor = doc["location"].partition("#")
        title = _plain(doc["title"])
        titles.setdefault(page, title)
        if anchor in UNASKED or anchor.endswith(REPRODUCTION):
            continue
        text, code = _plain(CODE.sub(" ", doc["text"])), _plain(" ".join(CODE.findall(doc["text"])))
        entry = {
            "location": doc["location"],
            "title": title,
            "page": titles[page] if anchor else "",
            "text": _beginning(text),
            "words": " ".join(sorted({option.strip("-") for option in OPTION.findall(f"{text} {code}")})),
            "asked": " · ".join(asked.get(page, {}).get(anchor, [])),
            "boost": doc.get("boost", 0),
            "weight": ASIDE.get(anchor, 0) if page else HOME,
        }
        made.append({key: value for key, value in entry.items() if value or key in ("location", "text")})
    return made


def _beginning(text: str) -> str:
    end = END.search(text, BEGINNING)
    return text[: end.end()] if end else text


def _plain(text: str) -> str:
    return html.unescape(SPACE.sub(" ", TAG.sub("", text))).strip()


def _asked(page: Page) -> dict[str, list[str]]:
    """A page's phrases by the anchors of the index, where a page itself has none: "" for its title's."""
    title = page.toc.items[0].id if page.toc.items else ""
    return {"" if anchor == title else anchor: phrases for anchor, phrases in page.meta["asked"].items()}


def _terms(page: Page) -> list[dict[str, Any]]:
    """The terms that a page explains in a table, a glossary's, as sections of their own."""
    rows = TERM.findall(library.page_at(Path(page.file.abs_src_path)).text)
    least = {"page": str(page.title), "weight": GLOSSARY, "boost": GLOSSARY}
    return [{"location": f"{page.url}#{anchor}", "title": term, "asked": other, "text": said.replace("`", "")} | least
            for term, anchor, other, said in rows]  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _gap(placeholder: re.Match[str]) -> str:
    """What stands in a wording for something of the reader's own: of several words, or of one."""
    return "…" if placeholder[0] in SEVERAL else "‥"


def _errors() -> list[Entry]:
    """The entries of the index of error messages, whose wordings are what is pasted; none where their file is wrong,
    which the build says."""
    with suppress(ValueError, OSError):
        return library.entries()
    return []


def rewrite(site: Path, pages: Iterable[Page], lang: str) -> list[str]:
    """Put the sections in the place of those that Material's plugin wrote; also where its offline plugin has them.

    Returns a message for each anchor in a page's `asked` that no section has.
    """
    path = site / "search" / "search_index.json"
    if not path.is_file():
        return []
    there = {page.url.removeprefix("./"): page for page in pages}
    asked = {address: _asked(page) for address, page in there.items() if "asked" in page.meta}
    asked[ERRORS] = {entry.id: [PLACEHOLDER.sub(_gap, one.text.removeprefix(PREFIX)) for one in entry.messages]
                     for entry in _errors()}  # fmt: skip
    index = json.loads(path.read_text(encoding="utf-8"))
    known = {doc["location"] for doc in index["docs"]}
    index["docs"] = sections(index["docs"], asked) + [entry for page in pages for entry in _terms(page)]
    words = yaml.load(WORDS.read_text(encoding="utf-8"), Loader=TEXTS)
    index["config"] |= words[lang] | {"weights": {sign: float(weight) for sign, weight in words["weights"].items()}}
    script = path.with_suffix(".js")
    if script.is_file():
        # A file: address can load scripts alone.
        script.write_text(f"var __index = {_json(index)}", encoding="utf-8")
    else:
        rest = _json([{name: doc.pop(name) for name in REST if name in doc} for doc in index["docs"]])
        path.with_name("rest.json").write_text(rest, encoding="utf-8")
        # An address of its own for each content: browsers keep one file longer than another.
        content = hashlib.sha256(rest.encode()).hexdigest()[:8]
        index["config"]["rest"] = f"{'../' * WORKER.count('/')}search/rest.json?{content}"
    path.write_text(_json(index), encoding="utf-8")
    return [f"docs/{lang}/{there[address].file.src_uri}:1: asked: {anchor}: the page has no section with this anchor"
            for address, phrases in asked.items() if address in there for anchor in phrases
            if (f"{address}#{anchor}" if anchor else address) not in known]  # fmt: skip
