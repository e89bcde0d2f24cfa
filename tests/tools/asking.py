"""Questions put to the site's search, in a browser: what it answers first, and how often that is right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from playwright.sync_api import Page

from macros.site import library
from tests.tools.prose import headings

QUESTIONS = Path(__file__).resolve().parents[1] / "site" / "questions.yml"
# What the search was tuned with, and what somebody wrote who had no part in that.
SETS = ("tuned", "apart")
# Of a page's name, what its address has not.
INDEX = re.compile(r"/index(?=#|$)")
FIRST, AMONG_THREE = 0.80, 0.95

# The worker that has read the index is kept with the page: that takes much longer than an answer.
ASK = """async queries => {
  window.asked ??= (async () => {
    const config = JSON.parse(document.getElementById("__config").textContent)
    const at = path => new URL(path, location).href
    const base = at(config.base) + (config.base.endsWith("/") ? "" : "/")
    const index = await (await fetch(new URL("search/search_index.json", base))).json()
    const worker = new Worker(at(config.search))
    const said = (message, type) => new Promise((resolve, reject) => {
      worker.onmessage = ({data}) => data.type === type && resolve(data)
      worker.onerror = event => reject(new Error(event.message))
      worker.postMessage(message)
    })
    await said({type: 0, data: index}, 4) // once it has all its parts
    return said
  })()
  const said = await window.asked, found = []
  for (const query of queries) {
    const {data: {items}} = await said({type: 2, data: query}, 3)
    found.push(items.map(([{location, title, text, terms, signs}]) => ({location, title, text, terms, signs})))
  }
  return found
}"""


def ask(tab: Page, queries: Iterable[str]) -> list[list[dict]]:
    """Of each query its results, best first: {location, title, text, terms, signs}. tab: at a page of the language
    that is searched.

    This is the worker that the search box uses, without the box: a hundred queries take a second or two.
    """
    return tab.evaluate(ASK, list(queries))


def indexed(folder: Path) -> list[dict]:
    """The sections in the index of a language's site, each with all that the search has of it."""
    index = json.loads((folder / "search/search_index.json").read_text(encoding="utf-8"))
    rest = json.loads((folder / "search/rest.json").read_text(encoding="utf-8"))
    return [more | one for one, more in zip(index["docs"], rest, strict=True)]


def section(location: str) -> str:
    """`network/bridge/#same-bridge` -> `network/bridge#same-bridge`, as links in tests and data are written."""
    page, _, anchor = location.partition("#")
    return page.rstrip("/") + (f"#{anchor}" if anchor else "")


def questions(lang: str, which: str) -> dict[str, list[str]]:
    """Query -> the sections that answer it. A section without an anchor is its page, from the top."""
    written = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))[lang][which]
    listed = {query: [right] if isinstance(right, str) else right for query, right in written.items()}
    # A page's own anchor is that of its title: the index has it as the page.
    titles = {f"{page}#{anchor}": page for page, anchor in _titles(lang).items()}
    return {query: [INDEX.sub("", titles.get(place, place)) for place in right] for query, right in listed.items()}


def _titles(lang: str) -> dict[str, str]:
    """Page, "network/mtu", -> the anchor of its title."""
    docs, found = library.ROOT / "docs" / lang, {}
    for path in docs.rglob("*.md"):
        _, _, anchor = headings(library.page_at(path))[0]
        found[path.relative_to(docs).as_posix().removesuffix(".md").removesuffix("/index")] = anchor
    return found


@dataclass(frozen=True)
class Figures:
    """How many of all questions had a right section first, and among the first three; those that had not, told."""

    all: int
    first: int
    three: int
    wrong: list[str]


def measured(found: Iterable[list[dict]], asked: Mapping[str, list[str]]) -> Figures:
    first = three = 0
    wrong = []
    for (query, right), results in zip(asked.items(), found, strict=True):
        places = [section(result["location"]) for result in results]
        at = next((number for number, place in enumerate(places) if place in right), len(places))
        first, three = first + (at == 0), three + (at < 3)
        if at:
            rank = at + 1 if at < len(places) else "none"
            wrong.append(f"{query!r}: expected {' or '.join(right)} (rank {rank}), got {', '.join(places[:3])}")
    return Figures(len(asked), first, three, wrong)
