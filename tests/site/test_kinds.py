"""Pages of each kind, and the HTML of every page: nothing is wrong with them that a machine can tell."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.tools.browser import DESKTOP, KINDS, PHONE, nu
from tests.tools.building import LANGUAGES

# How many blocks of a page a sample has: paragraphs, fences, outputs.
BEGINNING = 40
SIZES = (DESKTOP, PHONE, {"width": 320, "height": 700})


@pytest.mark.parametrize("kind", KINDS)
def test_no_errors_no_other_hosts_no_sideways_scroll(tab, address, sampled, kind):
    told = "errors and widths: one kind of page in English, the next in Korean"
    few = ["ko" if KINDS.index(kind) % 2 else "en"]
    loaded = sampled(SIZES, SIZES[:1], "errors and widths: a page is loaded wide, and then made narrower")
    # At the same time, since each is waited for until it has asked for nothing for a while.
    opened = [(lang, size, tab.context.new_page()) for lang in sampled(LANGUAGES, few, told) for size in loaded]
    for lang, size, one in opened:
        one.set_viewport_size(size)
        one.goto(f"{address}{LANGUAGES[lang]}{kind}", wait_until="commit")
    for lang, first, one in opened:
        one.wait_for_load_state("networkidle")
        for size in [first] if len(loaded) == len(SIZES) else SIZES:
            one.set_viewport_size(size)
            wide = one.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{lang}, {size['width']} px: {wide} px too wide"
            cut = one.evaluate("""[...document.querySelectorAll("pre > .code")].filter(
                box => box.scrollWidth > box.clientWidth).map(box => box.textContent)""")
            assert not cut, f"{lang}, {size['width']} px: cut off at the edge of its box: {cut}"
    assert tab.errors == [] and tab.hosts == {address.split("/")[2]}


def test_what_goes_wrong_on_any_page_of_a_context_is_noted(tab, address):
    one = tab.context.new_page()
    one.goto(address)
    one.evaluate("""async () => {
        console.error("said")
        await fetch("nowhere")
        await fetch("http://localhost:1/").catch(() => 0)
        setTimeout(() => { throw new Error("thrown") })
        await new Promise(resolve => setTimeout(resolve, 10))
    }""")
    for wrong in ("said", f"{address}nowhere", "thrown"):
        assert any(wrong in error for error in tab.errors), f"{wrong} is not among {tab.errors}"
    assert tab.hosts == {address.split("/")[2], "localhost:1"}


@pytest.mark.parametrize("kind", KINDS)
def test_accessibility(browser, address, sampled, kind):
    every, opened = list(product(LANGUAGES, ("light", "dark"))), []
    few = [("en", "dark") if KINDS.index(kind) % 2 else ("ko", "light")]
    told = "accessibility: one kind of page in Korean and light, the next in English and dark"
    for lang, scheme in sampled(every, few, told):
        context = browser.new_context(viewport=PHONE if lang == "en" else DESKTOP, color_scheme=scheme)
        opened.append((f"{lang}, {scheme}", context.new_page()))
        opened[-1][1].goto(f"{address}{LANGUAGES[lang]}{kind}", wait_until="commit")
    parts = sampled(("beginning", "rest"), ("beginning",), f"accessibility: the first {BEGINNING} blocks of a page")
    wrong = []
    for shown, tab in opened:
        tab.wait_for_load_state("networkidle")
        # The page tells the boxes that scroll one by one, whenever it is idle.
        tab.wait_for_function("""[...document.querySelectorAll("pre > .code, .md-typeset__scrollwrap")].every(
            box => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)""")
        if "rest" not in parts:  # axe looks at what it is to exclude too, for what may be under what
            rest = f"article > :nth-child(n + {BEGINNING + 1})"
            tab.evaluate("rest => document.querySelectorAll(rest).forEach(one => one.remove())", rest)
        wrong += [f"{shown}: {found['id']}: {found['help']}: {found['nodes'][0]['html'][:200]}"
                  for found in Axe().run(tab).response["violations"]]  # fmt: skip
        tab.context.close()
    assert not wrong, "\n".join(wrong)


def test_accessibility_check_finds_a_nameless_button(tab, address):
    tab.goto(address)
    tab.evaluate("document.querySelector('article').append(document.createElement('button'))")
    assert "button-name" in [found["id"] for found in Axe().run(tab).response["violations"]]


def every_third(site: Path, pages: list[Path]) -> list[Path]:
    """Every third page, in one language and the other in turn, and what has no twin."""
    at = {page.relative_to(site).as_posix(): page for page in pages}
    named = sorted(name for name in at if not name.startswith("en/") and f"en/{name}" in at)
    twins = {*named, *(f"en/{name}" for name in named)}
    taken = {name if number % 2 else f"en/{name}" for number, name in enumerate(named[::3])}
    return [page for name, page in at.items() if name in taken or name not in twins]


def test_every_page_is_valid_html_and_an_invalid_one_is_found(site, tmp_path, sampled, unknown):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 50
    invalid = tmp_path / "page.html"
    invalid.write_text('<!doctype html><html lang="en"><title>x</title><p><div></p></div>')
    looked_at = sampled(pages, every_third(site, pages), "valid HTML: {few} of {all} pages, both languages in turn")
    # Together, since the checker takes seconds to start.
    of_it, others = [], []
    for line in nu([*unknown(looked_at), invalid]).splitlines():
        (of_it if str(invalid) in line else others).append(line)
    assert any(re.search(r'page.html":1.*error: No “p” element in scope', line) for line in of_it), of_it
    assert others == []
