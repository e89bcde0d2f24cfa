"""The search answers questions: the right section first, from words, from error texts, in both languages."""

from __future__ import annotations

import re

import pytest
import yaml
from playwright.sync_api import Page

from macros.record.messages import PLACEHOLDER, PLACEHOLDERS
from macros.site import library
from macros.site.searching import WORDS
from tests.tools.asking import AMONG_THREE, FIRST, SETS, ask, measured, questions, section
from tests.tools.building import LANGUAGES


@pytest.fixture(scope="module")
def tabs(browser, address):
    """A page of each language in a browser."""
    opened = {lang: browser.new_page() for lang in LANGUAGES}
    for lang, tab in opened.items():
        tab.goto(address + LANGUAGES[lang])
        ask(tab, [])  # reads the index, for all tests
    yield opened
    for tab in opened.values():
        tab.close()


def found(tabs: dict[str, Page], lang: str, query: str) -> list[dict]:
    return ask(tabs[lang], [query])[0]


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_question_finds_the_section_that_answers_it(tabs, sampled, lang, which):
    asked = questions(lang, which)
    assert len(asked) >= 40
    some = sampled(asked, [*asked][::3], f"search: {{few}} of the {{all}} questions of the set {which!r} in {lang}")
    # By chance a third of them may be answered a little worse than all are.
    less = 0 if len(some) == len(asked) else 0.05
    asked = {query: asked[query] for query in some}
    figures = measured(ask(tabs[lang], asked), asked)
    told = f"{figures.first} first and {figures.three} among three of {figures.all}:\n" + "\n".join(figures.wrong)
    assert figures.first >= (FIRST - less) * figures.all, told
    assert figures.three >= (AMONG_THREE - less) * figures.all, told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_sign_has_a_weight(tabs, lang):
    weights = yaml.safe_load(WORDS.read_text(encoding="utf-8"))["weights"]
    results = found(tabs, lang, "volume permission denied")
    assert results and all({*one["signs"]} == {*weights} for one in results)


def test_a_korean_word_is_known_in_its_other_forms(tabs):
    for query in ("ufw로 막은 포트가 열림", "ufw로 막았는데 포트가 열려 있어요", "ufw 막은포트 열려있음"):
        first = [section(one["location"]) for one in found(tabs, "ko", query)[:3]]
        assert {"troubleshooting/ports-and-addresses#ufw", "network/firewall#input"} & {*first}, (query, first)


# What somebody else's messages have in the place of names and numbers.
OWN = {
    "ID": "f3b1c0de9a77", "ADDRESS": "192.168.4.23", "SUBNET": "10.10.0.0/16", "PORT": "5432", "NUMBER": "7",
    "VERSION": "1.52", "REASON": "exit status 1", "NAME": "shop_web_1", "CONTAINER": "shop-db-1", "HOST": "db01",
    "NETWORK": "shop_backend", "VOLUME": "shop_pgdata", "PROJECT": "shop", "SERVICE": "billing", "USER": "kim",
    "IMAGE": "acme/shop:2.1", "DRIVER": "acme", "DEVICE": "eth1", "PATH": "/srv/shop/data", "MODE": "rw",
    "OPTION": "foo", "VALUE": "bar", "TYPE": "bind", "PROTOCOL": "tcp", "FIELD": "Foo", "URL": "https://example.com/x",
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_pasted_error_finds_its_entry_first(tabs, sampled, lang):
    assert {*OWN} == {*PLACEHOLDERS}
    pasted = {}
    for entry in library.entries():
        for message in entry.messages:
            text = PLACEHOLDER.sub(lambda match: OWN[match[0]], message.text)
            begin = "docker: Error response from daemon: " if message.by == "engine" else ""
            if len(f"{begin}{text}".split()) < 3:
                continue  # "Permission denied" alone is a term: it leads to the lesson
            pasted[begin + text.removeprefix("Error response from daemon: ")] = [f"errors#{entry.id}"]
    some = sampled(pasted, [*pasted][::3], f"search: {{few}} of the {{all}} pasted errors in {lang}")
    pasted = {text: pasted[text] for text in some}
    figures = measured(ask(tabs[lang], pasted), pasted)
    assert figures.first == figures.all, "\n".join(figures.wrong)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_name_in_an_error_is_one_word_and_other_answers_are_shown_too(tabs, lang):
    results = [section(one["location"]) for one in found(tabs, lang, "sh: can't create /out/a.txt: Permission denied")]
    assert results[0] != "errors#noexec" and len(results) > 3, results
    assert section(found(tabs, lang, "sh: /out/run.sh: Permission denied")[0]["location"]) == "errors#noexec"
    assert len(found(tabs, lang, "wget: bad address 'db:5432'")) > 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_section_of_the_questions_is_on_the_site(lang):
    pages = {library.ROOT / "docs" / lang / "errors.md": {entry.id for entry in library.entries()}}
    for which in SETS:
        for query, right in questions(lang, which).items():
            for place in right:
                page, _, anchor = place.partition("#")
                paths = [library.ROOT / "docs" / lang / f"{name}.md" for name in (page, f"{page}/index".lstrip("/"))]
                path = next((path for path in paths if path.is_file()), None)
                assert path, f"{query!r}: {page} is no page"
                pages.setdefault(path, {*re.findall(r"\{#([\w-]+)\}", path.read_text(encoding="utf-8"))})
                assert not anchor or anchor in pages[path], f"{query!r}: {place} is no section"


@pytest.mark.parametrize(("lang", "query", "right"), [
    ("en", "permision denid volume", "troubleshooting/storage"),  # misspelt
    ("en", "conection refused localhost", "troubleshooting/"),
    ("ko", "볼륨이름바꾸기", "volume/backup"),  # without blanks
    ("ko", "컨테이너고정아이피", ""),
    ("en", "--gw-priority", "network/"),  # a dash is no operator
    ("en", "-p 127.0.0.1:8080:80", "network/"),
    ("en", "0.0.0.0", "network/"),
    ("ko", "0.0.0.0", "network/"),
    ("ko", "--internal 네트워크", "network/"),
])  # fmt: skip
def test_how_it_is_typed_does_not_matter(tabs, lang, query, right):
    places = [one["location"] for one in found(tabs, lang, query)[:2]]
    assert any(place.startswith(right) for place in places), places


@pytest.mark.parametrize(("lang", "query"), [("en", "why is it that the"), ("ko", "왜 이 방법은")])
def test_words_of_no_weight_find_nothing(tabs, lang, query):
    assert found(tabs, lang, query) == []


def test_a_result_tells_which_of_the_readers_words_it_has_not(tabs):
    terms = found(tabs, "en", "volume already zanzibar?")[0]["terms"]
    assert terms == {"volume": True, "already": terms["already"], "zanzibar": False}


def test_a_result_says_what_was_asked_and_is_no_html_of_a_page(tabs):
    result = found(tabs, "en", "which <b>volumes</b> does prune remove")[0]
    assert "<mark>" in result["title"] + result["text"]
    assert not re.search(r"<(?!/?(?:mark|p)\b)", result["title"] + result["text"])


def test_two_words_for_one_thing_find_the_same(tabs):
    asked = [f"mount {word} read-only" for word in ("folder", "directory")]
    one, other = (section(found(tabs, "en", query)[0]["location"]) for query in asked)
    assert one == other
