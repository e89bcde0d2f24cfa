"""Small repairs of what Material and MkDocs make: titles of admonitions, cells of tables, invalid attributes."""

from __future__ import annotations

import re
from typing import Any

from macros.site.placing import unmarked
from macros.words import words

ADMONITION = re.compile(
    r'(<(?:div class="admonition|details class=") ?(\w+)[^>]*>\s*'
    r'<(?:p class="admonition-title"|summary)>)(\w+)(?=<)'
)
# As Markdown writes it; HTML has no such slash.
VOID = re.compile(r"(<(?:br|hr|img|input)\b[^<>]*?) ?/>")
CELL, CODE = re.compile(r"<td\b.*?</td>", re.DOTALL), re.compile(r"<code>[^<]+</code>")
# What is Korean on an English page, a glossary's column: who reads it aloud and who breaks its lines have to know.
KOREAN_CELL = re.compile(r"<td>(?=[^<]*[가-힣])")
# The place to link to that a step is.
STEP = re.compile(r'<p class="step" id="([\w-]+)"')


def mended(html: str, lang: str) -> str:
    """The content of a page, without slashes that HTML has not: titles of admonitions that were given none are
    translated, which cells of a table are Korean is said, and the commands in cells break at spaces alone.

    This looks at finished HTML, where the source of an admonition that is shown in a fence is escaped text.
    """
    html, titles = VOID.sub(r"\1>", unmarked(html)), words("admonition", lang)
    if lang != "ko":
        html = KOREAN_CELL.sub('<td lang="ko">', html)
    html = CELL.sub(lambda cell: CODE.sub(lambda code: code[0].replace(" ", " <wbr>"), cell[0]), html)

    def title(match: re.Match[str]) -> str:
        opening, kind, text = match.groups()
        return opening + (titles.get(kind, text) if text == kind.capitalize() else text)

    return ADMONITION.sub(title, html)


def valid(output: str) -> str:
    """A whole page, without what no template block reaches: checkboxes may not have autocomplete."""
    return re.sub(r'(<input class="md-toggle"[^>]*?) autocomplete="off"', r"\1", output)


def linkable(page: Any, html: str) -> str:
    """The HTML of a page, whose steps MkDocs knows from here on as places that other pages link to. page: MkDocs'."""
    page.present_anchor_ids = (page.present_anchor_ids or set()) | set(STEP.findall(html))
    return html
