"""Commands and JSON as highlighted HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from pygments import highlight
from pygments.filter import Filter
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import JsonLexer, TextLexer, get_lexer_by_name
from pygments.token import Text, Whitespace
from pygments.util import ClassNotFound


class Spaces(Filter):
    """Gives spaces no element of their own: they would be up to four of ten elements of a page."""

    def filter(self, lexer: Lexer, stream: Iterable[tuple[Any, str]]) -> Iterator[tuple[Any, str]]:
        return ((Text if kind in Whitespace else kind, text) for kind, text in stream)


def _html(text: str, lexer: Lexer, formatter: HtmlFormatter) -> str:
    lexer.add_filter(Spaces())
    return highlight(text, lexer, formatter).rstrip("\n")


@cache
def code(language: str, source: str, title: str) -> str:
    """HTML of a fence, much as pymdownx.highlight makes it. Both languages have the same commands, highlighted once."""
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        language, lexer = "text", TextLexer()
    return _html(source, lexer, _formatter(language, title))


@cache
def _formatter(language: str, title: str) -> HtmlFormatter:
    return HtmlFormatter(cssclass=f"language-{language} highlight", wrapcode=True, filename=title)


def json_html(text: str) -> str:
    """HTML of a JSON text, line by line as it is."""
    return _html(text, JsonLexer(), HtmlFormatter(nowrap=True))
