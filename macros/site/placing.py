"""Blocks of HTML on a page: what Markdown sees in the place of each, and the page with all in their places."""

from __future__ import annotations

import html
import re
from typing import Any

# The text of an item that begins with a fence: one that has none would be no item for Markdown.
EMPTY = "\ue005"
EMPTY_HTML = re.compile(rf"<p>{EMPTY}</p>\s*|{EMPTY}")

# What stands in a page's HTML for a block until `placed`.
HELD = '<pre data-recorded="{}">{}</pre>'
HELD_HTML = re.compile(HELD.format(r"(\d+)", "[^<]*"))
COMMENT = re.compile("<!--.*?-->", re.DOTALL)


def formatter(composer: Any) -> Any:
    """A pymdownx.superfences formatter for `recorded` fences; `composer` is called for the page being built."""

    def render(source: str, language: str, css_class: str, options: dict, md: Any, **_: Any) -> str:
        number = re.fullmatch(r"\s*(\d+)\s*", source)
        if not number or int(number[1]) >= len(composer().blocks):
            raise ValueError(f"{composer().page.path}: the fence name `recorded` is taken by the project")
        text = composer().searched.get(int(number[1]))
        return composer().blocks[int(number[1])] if text is None else HELD.format(number[1], html.escape(text))

    return render


def placed(page: str, blocks: list[str]) -> str:
    """The HTML of a page with its blocks in their places.

    Most of a page's elements are in its outputs and drawings: where they come last, what reads the HTML before
    (the search, the check of anchors) reads the text of an output alone.
    """
    return HELD_HTML.sub(lambda match: blocks[int(match[1])], unmarked(page))


def misplaced(page: str, composer: Any) -> dict[int, str]:
    """What Markdown did to the blocks of a page but put each where it belongs, by the line of their step (0: none).

    page: its HTML before `placed`. A fence that Markdown takes for code, or has in a footnote, would be run and not
    be read, or not where it is run.
    """
    page, found, order = COMMENT.sub("", page), {}, []
    for number, line in composer.lines.items():
        mark = _mark(number, composer)
        place = page.find(mark)
        if place < 0 or page.find(mark, place + 1) >= 0:
            found[line] = "is not on the page" if place < 0 else "is on the page more than once"
        elif line:
            order.append((place, line))
    last = 0
    for _, line in sorted(order):
        if line < last:
            found.setdefault(line, f"stands on the page below line {last}, which is run after it")
        last = max(last, line)
    return found


def unplaced(page: str, composer: Any) -> list[str]:
    """A message for each step that is run and that readers would not find where it is run."""
    source, messages = composer.page, []
    known = {problem.line for problem in source.problems}
    for line, what in sorted(misplaced(page, composer).items()):
        if line and line not in known:
            why = "is it indented by four blanks in a list or a block, and is each element of HTML closed?"
            messages.append(f"{source.path}:{line}: this step {what}: {why}")
        elif not line and not known:
            messages.append(f"{source.path}: its foot, or a figure, {what}: is each element of HTML closed?")
    return messages


def _mark(number: int, composer: Any) -> str:
    """What a block is known by in a page's HTML."""
    return f'<pre data-recorded="{number}">' if number in composer.searched else composer.blocks[number]


def unmarked(page: str) -> str:
    """The HTML of a page without what only Markdown needed."""
    return EMPTY_HTML.sub("", page) if EMPTY in page else page
