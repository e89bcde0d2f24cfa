"""Commands and JSON as highlighted HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from pygments import highlight
from pygments.filter import Filter
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import BashLexer, JsonLexer, TextLexer, get_lexer_by_name
from pygments.token import Text, Whitespace
from pygments.util import ClassNotFound

CODE = re.compile(r"<code>(.*)</code>", re.DOTALL)
TAGS = re.compile(r"<[^>]*>|&[#\w]+;")
OPTION, WHOLE = re.compile(r"(?<= )--?[A-Za-z][\w-]*"), r"<span>\g<0></span>"
# A line of so many characters fits on any phone.
SHORT = 34
# What macros/site/copying.py makes of a fence, without the button.
FOLLOWING = '<pre><span class="code"><code>'


class Spaces(Filter):
    """Gives spaces no element of their own: they would be up to four of ten elements of a page."""

    def filter(self, lexer: Lexer, stream: Iterable[tuple[Any, str]]) -> Iterator[tuple[Any, str]]:
        return ((Text if kind in Whitespace else kind, text) for kind, text in stream)


@cache
def _lexer(language: str) -> tuple[str, Lexer]:
    """The lexer of a language, and what that is called; of one that is not known that of plain text."""
    try:
        return language, _spaced(get_lexer_by_name(language))
    except ClassNotFound:
        return "text", _spaced(TextLexer())


def _spaced(lexer: Lexer) -> Lexer:
    lexer.add_filter(Spaces())
    return lexer


BASH, PLAIN, JSON = _spaced(BashLexer(stripnl=False)), _spaced(TextLexer()), _spaced(JsonLexer())
ROWS = HtmlFormatter(nowrap=True)


def _html(text: str, lexer: Lexer, formatter: HtmlFormatter) -> str:
    return highlight(text, lexer, formatter).rstrip("\n")


@cache
def code(language: str, source: str, title: str, typed: str = "") -> str:
    """HTML of a fence, much as pymdownx.highlight makes it. Both languages have the same commands, highlighted once.

    typed: what is copied of it, where that is not all.
    """
    language, lexer = _lexer(language)
    fence = _html(source, lexer, _formatter(language, title))
    return _copied(CODE.sub(lambda match: f"<code>{_broken(match[1])}</code>", fence), typed)


def saved(fence: str, text: str, address: str) -> str:
    """The HTML of a fence of `code` with a link beside the file's name: nothing else says that it is to be saved."""
    link = f'<a class="filename__save" href="{html.escape(address)}">{html.escape(text)}</a>'
    return fence.replace("</span><pre", f"{link}</span><pre", 1)


def follows(fence: str) -> str:
    """The HTML of a fence of `code` that goes on with the one above it: its first has the button for all of them."""
    begun = fence.replace(' highlight">', ' highlight follows">', 1).replace("<pre><span></span><code>", FOLLOWING, 1)
    return begun.replace("</code></pre>", "</code></span></pre>", 1)


@cache
def session(lines: tuple[tuple[str, str], ...], title: str, typed: str) -> str:
    """HTML of a terminal's commands, each line as (prompt, text), of which `typed` is copied."""
    commands = _html("\n".join(text for _, text in lines), BASH, ROWS)
    prompts = (f'<span class="gp">{html.escape(prompt)}</span>' if prompt else "" for prompt, _ in lines)
    rows = "".join(prompt + row + "\n" for prompt, row in zip(prompts, commands.split("\n"), strict=True))
    rows = _broken(rows)
    place = "\ue004"
    return _copied(_html(place, PLAIN, _formatter("console", title)).replace(f"{place}\n", rows), typed)


def _broken(rows: str) -> str:
    """Rows of HTML, each complete in itself; the long ones as elements, which the style sheet breaks with an indent,
    and not after the hyphens of an option."""
    return "\n".join(f'<span class="long">{OPTION.sub(WHOLE, row)}</span>' if len(TAGS.sub("", row)) > SHORT else row
                     for row in rows.split("\n"))  # fmt: skip


def _copied(fence: str, typed: str) -> str:
    """The HTML of a fence with the text that Material's script copies instead of it."""
    return fence.replace("<pre>", f'<pre data-copy="{html.escape(typed.rstrip())}">', 1) if typed else fence


@cache
def _formatter(language: str, title: str) -> HtmlFormatter:
    return HtmlFormatter(cssclass=f"language-{language} highlight", wrapcode=True, filename=title)


def json_html(text: str) -> str:
    """HTML of a JSON text, line by line as it is."""
    return _html(text, JSON, ROWS)
