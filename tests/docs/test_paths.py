"""The decision paths: a question has one command, an answer leads on, and all ends at a problem or a lesson."""

from __future__ import annotations

import re

import pytest

from macros.site import library
from tests.tools.prose import headings, section

LINK = re.compile(r"\]\((?P<page>[\w./-]*)(?:#(?P<anchor>[\w-]+))?\)")


def questions(lang: str) -> dict[str, tuple[str, list[str]]]:
    """Anchor of a question -> its text and its answers, the items of its list."""
    page = library.page_at(library.ROOT / "docs" / lang / "troubleshooting/paths.md")
    found, asked = headings(page), {}
    for index, (_, level, anchor) in enumerate(found):
        if level == 3:
            span = section(found, index, page)
            text = page.text[span.start : span.stop]
            asked[anchor] = text, re.findall(r"(?m)^- .*$", text)
    return asked


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_each_answer_leads_to_one_more_question_or_to_a_page(lang):
    asked = questions(lang)
    assert len(asked) == 10
    wrong = []
    for anchor, (_, answers) in asked.items():
        assert len(answers) > 1, f"{lang} #{anchor} has no two answers"
        for answer in answers:
            links = [match.groupdict() for match in LINK.finditer(answer)]
            within = [one["anchor"] for one in links if not one["page"]]
            if not links or any(one not in asked for one in within):
                wrong.append(f"{lang} #{anchor}: {answer!r} leads nowhere")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_each_question_has_one_command_and_is_reached(lang):
    asked = questions(lang)
    commands = {anchor: re.findall(r"(?m)^`[^`]+`$", text) for anchor, (text, _) in asked.items()}
    # Who cannot connect is known without one.
    assert {anchor for anchor, found in commands.items() if len(found) != 1} == {"who"}
    reached = [anchor for _, answers in asked.values() for answer in answers
               for anchor in re.findall(r"\]\(#([\w-]+)\)", answer)]  # fmt: skip
    assert {*asked} - {*reached} == {"running", "mounts"}  # where each path begins
