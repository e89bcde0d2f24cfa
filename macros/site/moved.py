"""Sections that left their page, or changed their anchor: the old address leads to where the content went.

A page says so in its front matter: ``moved: {old-anchor: "other.md#anchor", another: "#anchor-of-this-page"}``.
Without a script the reader lands on a link to the new place; the script of theme/main.html follows it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from macros.site import library
from macros.words import words


def leading_on(markdown: str, meta: dict[str, Any], source: Path, lang: str) -> str:
    """The Markdown of a page with a link for each of its sections that is on another page now.

    source: the page's file. MkDocs checks these links as it checks all others, the anchors of headings included.
    """
    away = {old: new for old, new in meta.get("moved", {}).items() if not new.startswith("#")}
    if not away:
        return markdown
    links = "\n".join(f"- [{_title(source, new)}]({new}){{#{old}}}" for old, new in away.items())
    title = words("moved", lang)["title"]
    return f'{markdown}\n\n<div class="moved" markdown data-search-exclude="true">\n{title}\n\n{links}\n</div>\n'


def renamed(html: str, meta: dict[str, Any]) -> str:
    """The HTML of a page on which a section is found by its old anchor too. Raises ValueError where there is none."""
    for old, new in meta.get("moved", {}).items():
        if not new.startswith("#"):
            continue
        heading = re.compile(rf'<h[1-6] id="{re.escape(new[1:])}"')
        if not heading.search(html):
            raise ValueError(f"moved: {old} leads to {new}, which is no heading of this page")
        html = heading.sub(lambda found, old=old: f'<span id="{old}"></span>{found[0]}', html, count=1)
    return html


def _title(source: Path, link: str) -> str:
    """The heading to which a link leads; the link itself where it leads to none, which MkDocs says."""
    name, _, anchor = link.partition("#")
    path = (source.parent / name).resolve()
    return (library.page_at(path).heading(anchor) if path.is_file() else "") or link
