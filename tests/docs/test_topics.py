"""docs/_topics.yml names what the site has to cover: each topic has its sections, and they were run."""

from __future__ import annotations

from functools import cache

import pytest
import yaml
from mkdocs.utils import meta

from macros.page.reader import read
from macros.page.steps import Page
from macros.record import recording
from macros.site import library
from tests.tools import prose

DOCS = library.ROOT / "docs"
TOPICS = yaml.safe_load((DOCS / "_topics.yml").read_text(encoding="utf-8"))
# Questions that people ask; where the answer is, tests find by the id of its heading.
QUESTIONS = [f"q{number}" for number in range(1, 28)]


@cache
def page_of(name: str, lang: str = "ko") -> Page:
    return read(DOCS / lang / f"{name}.md", f"docs/{lang}/{name}.md")


def section(page: Page, anchor: str) -> range:
    """Offsets of a section: from its heading to the next one that is not below it; empty where there is none."""
    found = prose.headings(page)
    return next((prose.section(found, index, page) for index, (_, _, name) in enumerate(found) if name == anchor),
                range(0))  # fmt: skip


def runs(name: str, anchor: str) -> list[str]:
    """Engines on which a step of the section was run."""
    page, found = page_of(name), recording.load(library.ROOT, name)
    where = section(page, anchor)
    steps = page.recorded
    at = [index for index, step in enumerate(steps) if step.start in where and step.runs and step.kind != "file"]
    engines = found.engines.items() if found else ()
    return [engine for engine, one in engines if any(not one.results[index].skipped for index in at)]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic["topic"][:40])
def test_each_topic_has_its_sections_and_they_were_run(topic):
    assert set(topic) <= {"topic", "at", "not_run"} and topic["topic"] and topic["at"]
    places = [place.partition("#")[::2] for place in topic["at"]]
    for lang in ("ko", "en"):
        there = {(name, anchor): (DOCS / lang / f"{name}.md").is_file() and section(page_of(name, lang), anchor)
                 for name, anchor in places}  # fmt: skip
        missing = ["#".join(place) for place, found in there.items() if not found]
        assert not missing, f"docs/_topics.yml: no such section in docs/{lang}: {', '.join(missing)}"
    if topic.get("not_run"):
        return
    unrun = [f"{name}#{anchor}" for name, anchor in places if not runs(name, anchor)]
    assert not unrun, f"docs/_topics.yml: no command of these sections was run: {', '.join(unrun)}; say why: not_run"


def test_topics_stand_once():
    names = [topic["topic"] for topic in TOPICS]
    assert len(names) == len(set(names)) > 50


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_each_question_has_one_answer(lang):
    pages = [page_of(f"troubleshooting/{path.stem}", lang) for path in (DOCS / lang / "troubleshooting").glob("*.md")]
    moved = [name for page in pages for name in meta.get_data(page.text)[1].get("moved", {})]
    found = [name for page in pages for _, _, name in prose.headings(page)] + moved
    found = [name for name in found if name in QUESTIONS]
    assert sorted(found) == sorted(QUESTIONS), f"missing: {sorted(set(QUESTIONS) - set(found))}"


def test_a_section_without_a_run_is_found():
    assert runs("glossary", "glossary") == [] and runs("network/none", "loopback")
