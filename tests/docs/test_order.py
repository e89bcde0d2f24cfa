"""One order to read in: the navigations of both languages tell it, and each page's last line leads to the next one."""

from __future__ import annotations

import os
import re
from functools import cache

import pytest
from mkdocs.utils.yaml import yaml_load

from macros.page.reader import read
from macros.site import library
from tests.tools.new import NAVIGATION, NEXT


@cache
def groups(lang: str) -> list[tuple[str, list[str]]]:
    """The navigation's groups in order: their names and the pages in them."""
    with (library.ROOT / NAVIGATION[lang]).open(encoding="utf-8") as file:
        nav = yaml_load(file)["nav"]
    entries = [next(iter(entry.items())) for entry in nav]
    return [(name, [page for one in those for page in one.values()]) for name, those in entries if name and
            isinstance(those, list)]  # fmt: skip


def pages(lang: str) -> list[str]:
    return [page for _, those in groups(lang) for page in those]


def title(lang: str, page: str) -> str:
    return read(library.ROOT / "docs" / lang / page, page).title["words"]


def test_both_languages_tell_one_order():
    assert [those for _, those in groups("ko")] == [those for _, those in groups("en")]
    written = {str(path.relative_to(library.ROOT / "docs/ko")) for path in (library.ROOT / "docs/ko").rglob("*.md")}
    assert {*pages("ko"), "index.md"} == written


@pytest.mark.parametrize("lang", NEXT)
def test_each_page_leads_to_the_one_after_it(lang):
    wrong = []
    order = pages(lang)
    for page, after in zip(order, [*order[1:], None], strict=True):
        path = library.ROOT / "docs" / lang / page
        last = path.read_text(encoding="utf-8").rstrip("\n").rpartition("\n")[2]
        if not after:
            assert not last.startswith(NEXT[lang]), f"docs/{lang}/{page} is the last page"
            continue
        address = os.path.relpath(after, os.path.dirname(page) or ".")
        expected = f"{NEXT[lang]}: [{title(lang, after)}]({address})"
        if last != expected:
            wrong.append(f"docs/{lang}/{page}: its last line is {last!r}, expected {expected!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("lang", NEXT)
def test_the_home_page_leads_to_each_group(lang):
    home = (library.ROOT / "docs" / lang / "index.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([\w/-]+\.md)(?:#[\w-]+)?\)", home))
    assert not [name for name, those in groups(lang) if not linked & {*those}]
