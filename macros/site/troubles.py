"""What is wrong with a page or with its site, shown where its author looks: at the top of the page."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path

from macros.page.steps import Page
from macros.record.visible import visible
from macros.site.outputs import block
from macros.words import words

# Stands at the top of each page that may get a box. That class has the styles of boxes put into the page's head.
PLACE = '<div class="output trouble" hidden></div>'


def boxed(page: str, texts: list[str], of_site: list[str], lang: str) -> str:
    """A page's HTML with what is wrong in the place for it; `of_site`: what is wrong with no page alone."""
    names = words("trouble", lang)
    found = [(names["page"], texts), (names["site"], of_site)]
    boxes = [block(name, html.escape(visible("\n".join(lines))), kind="trouble", lang=lang)
             for name, lines in found if lines]  # fmt: skip
    return page.replace(PLACE, "".join(boxes), 1)


def show(files: Mapping[str, Path], of_page: Mapping[str, list[str]], of_site: list[str], lang: str) -> None:
    """Put what is wrong into the pages that were built; files: a page's source -> where it is."""
    for uri, path in files.items():
        if (uri in of_page or of_site) and path.exists():
            html = boxed(path.read_text(encoding="utf-8"), of_page.get(uri, []), of_site, lang)
            path.write_text(html, encoding="utf-8")


def unbuilt(text: str, lang: str) -> str:
    """The page that stands for a language's site of which there is none yet; `text` says why; "": it is being built."""
    again = "" if text else '<meta http-equiv="refresh" content="1">'
    try:
        title = html.escape(words("trouble", lang)["unbuilt" if text else "building"])
    except Exception:
        title = ""  # the words may be what is wrong
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">{again}<title>{title}</title></head>'
        f'<body><h1>{title}</h1><pre style="white-space: pre-wrap">{html.escape(text)}</pre></body></html>\n'
    )


def jinja_error(message: str, page: Page, body: str) -> str:
    """What the macros plugin says of an error, in one line that begins with the line of the page.

    Its own message ends in a traceback, and its lines are those of `body`, the Markdown that Jinja was given.
    """
    number = ([0] + [int(one) for one in re.findall(r'(?:"<template>", line |_Line )(\d+)', message)])[-1]
    lines = body.split("\n")
    there = lines[number - 1] if 0 < number <= len(lines) else ""
    line = page.text.split("\n").index(there) + 1 if there and there in page.text.split("\n") else 1
    said = r"(?sm)^_(?:Line \d+ in Markdown file:_|(?P<kind>(?!File)\w+)_:) (?P<text>.*?)\n```"
    found = re.search(said, message)
    text = ": ".join(filter(None, [found["kind"], found["text"].strip("\n *")])) if found else message
    return f"{page.path}:{line}: {text}"
