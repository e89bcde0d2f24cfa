"""What a page says, apart from what it runs: its text with the rest blanked out, and its sections."""

from __future__ import annotations

import re
from collections.abc import Iterable

from macros.page.steps import Page

COMMENT = re.compile(r"(?s)<!--.*?-->")
CODE = re.compile(r"(`+)(?!`)(?P<code>.+?)(?<!`)\1(?!`)")
HEADING = re.compile(r"(?m)^(?P<marks>#{1,6}) .*?(?:\{#(?P<id>[\w-]+)\})? *$")


def blanked(text: str, spans: Iterable[tuple[int, int]], mark: str = "\0") -> str:
    """The text with these spans blanked out: every line and every other character stays where it was."""
    for start, end in spans:
        text = text[:start] + re.sub(r"[^\n]", mark, text[start:end]) + text[end:]
    return text


def without(pattern: re.Pattern[str], text: str, mark: str = "\0") -> str:
    """The text with what a pattern matches blanked out."""
    return blanked(text, [match.span() for match in pattern.finditer(text)], mark)


def fences(page: Page) -> list[tuple[int, int]]:
    """Where the steps of a page stand in its text."""
    return [(step.start, step.end) for step in page.steps]


def headings(page: Page) -> list[tuple[int, int, str]]:
    """Of each heading its offset, its level and its id, or ""; what looks like one in a fence is none."""
    return [(match.start(), len(match["marks"]), match["id"] or "") for match in HEADING.finditer(page.text)
            if not any(start <= match.start() < end for start, end in fences(page))]  # fmt: skip


def section(found: list[tuple[int, int, str]], index: int, page: Page) -> range:
    """Offsets of the section of a heading, of those `found`: to the next one that is not below it."""
    start, level, _ = found[index]
    ends = (at for at, other, _ in found[index + 1 :] if other <= level)
    return range(start, next(ends, len(page.text)))
