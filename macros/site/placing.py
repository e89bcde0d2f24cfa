"""Blocks of HTML on a page: what Markdown sees in the place of each, and the page with all in their places."""

from __future__ import annotations

import html
import re
from typing import Any

# What stands in a page's HTML for a block until `placed`.
HELD = '<pre data-recorded="{}">{}</pre>'
HELD_HTML = re.compile(HELD.format(r"(\d+)", "[^<]*"))


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
    return HELD_HTML.sub(lambda match: blocks[int(match[1])], page)
