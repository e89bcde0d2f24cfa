"""What a line of a page stands in: items of lists, and the blocks that MkDocs adds to Markdown.

A page is written for GitHub and for MkDocs, which see lists differently: GitHub (CommonMark) puts into an item what is
indented as the text behind its marker, MkDocs (Python-Markdown) what is indented by four blanks. Either is read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

INDENT = 4  # of what stands in an item or a block, for MkDocs
ITEM = re.compile(r"(?P<marker>[-*+]|(?P<number>\d{1,9})[.)])(?P<space> +|$)")
RULE = re.compile(r"([-*_])( *\1){2,} *$")
QUOTE = re.compile(r" {0,3}> ?")
# Admonition, its folded kind, tab, footnote and definition: the patterns of their extensions, which see no others.
# The first three begin at the edge of what they stand in.
BLOCK = re.compile(
    r'(?P<edge>!!! ?[\w-]+(?: +[\w-]+)*(?: +".*?")? *$|'
    r'\?{3}\+? ?(?:(?:[\w-]+(?: +[\w-]+)*?)?(?: +".*?")|[\w-]+(?: +[\w-]+)*?) *$|'
    r'={3}(?:\+|\+!|!\+|!)? +".*?" *$)|\[\^[^\]\n]+\]:|(?P<definition>: {1,3}\S)'
)
RAW = re.compile(r"<(pre|script|style|textarea)\b", re.IGNORECASE)
NO_PARAGRAPH = re.compile(r"#{1,6}(?: |$)|<|\||(`{3,}|~{3,})")


@dataclass(frozen=True)
class Container:
    """An item of a list or a block. column: where its marker begins; content: where what stands in it begins; bare:
    whether nothing stands behind its marker."""

    line: int
    column: int
    content: int
    is_item: bool
    bare: bool = False

    @property
    def widest(self) -> int:
        """The deepest indent at which either reading still sees text in it, not code."""
        return max(self.content, INDENT * (self.column // INDENT + 1)) + INDENT - 1


@dataclass(frozen=True)
class Place:
    """Where a line stands. within: the containers around it, the outermost first; indent: blanks before its text;
    opened: containers that begin on it; code: whether Markdown takes it for indented code or raw HTML; quote: the place
    of the quote that it is a line of, from whose edge the others count."""

    within: tuple[Container, ...]
    indent: int
    opened: tuple[Container, ...] = ()
    code: bool = False
    quote: Place | None = None

    @property
    def wanted(self) -> int:
        """The indent at which MkDocs sees the line where it belongs."""
        return INDENT * len(self.within)


def places(text: str, closed: Iterable[tuple[int, int]], gone: Iterable[tuple[int, int]] = ()) -> dict[int, Place]:
    """The place of each line that has text or a quote's mark, by its number from 1.

    closed: spans, such as fences, of which only the first line is looked at; gone: those that are not published.
    """
    skipped: set[int] = set()
    for from_line, spans in ((1, closed), (0, gone)):
        for start, end in spans:
            first = text.count("\n", 0, start) + 1
            skipped.update(range(first + from_line, first + text.count("\n", start, max(start, end - 1)) + 1))
    lines = [(number, line.expandtabs(INDENT)) for number, line in enumerate(text.split("\n"), 1)]
    return dict(_places(lines, skipped, None))


def _places(lines: list[tuple[int, str]], skipped: set[int], quote: Place | None) -> Iterator[tuple[int, Place]]:
    stack: list[Container] = []
    paragraph, raw = False, ""
    quoted: list[tuple[int, str]] = []
    quoting: Place | None = None
    for number, line in lines:
        text, indent = line.strip(), len(line) - len(line.lstrip())
        if quoted and text.startswith(">"):
            quoted.append((number, QUOTE.sub("", line.lstrip(), count=1)))
            continue
        if quoted:
            yield from _places(quoted, skipped, quoting)
            quoted = []
        if number in skipped or not text:
            paragraph = False
            if quote and number not in skipped:
                yield number, Place((), 0, quote=quote)
            continue
        opens = text.startswith(">") or any(one.match(text) for one in (ITEM, BLOCK, RULE, NO_PARAGRAPH))
        while stack and indent < stack[-1].content and (opens or not paragraph):
            stack.pop()
            paragraph = False
        within, deepest = tuple(stack), stack[-1].widest if stack else INDENT - 1
        tag = RAW.match(text) if indent <= deepest and not raw else None
        if raw or tag or indent > deepest:
            raw = raw or (tag[1].lower() if tag else "")
            yield number, Place(within, indent, code=True, quote=quote)
            raw = "" if f"</{raw}>" in text.lower() else raw
            continue
        if text.startswith(">"):
            quoting = Place(within, indent, quote=quote)
            quoted = [(number, QUOTE.sub("", line.lstrip(), count=1))]
            paragraph = False
            continue
        column = indent
        while (item := ITEM.match(text)) and not RULE.match(text):
            if paragraph and item["number"] not in (None, "1"):
                break  # a year or a count at the beginning of a line
            rest, space = text[item.end() :], len(item["space"])
            behind = len(item["marker"]) + (space if rest and space <= INDENT else 1)
            stack.append(Container(number, column, column + behind, is_item=True, bare=not rest))
            column, text, paragraph = column + behind, rest, False
        block = BLOCK.match(text)
        # In an item of a list MkDocs has definitions of a line alone.
        lone = block and block["definition"] and any(one.is_item for one in stack)
        if block and not lone and not (block["edge"] and column and not stack):
            stack.append(Container(number, column, column + INDENT, is_item=False))
        paragraph = bool(text) and not (block or NO_PARAGRAPH.match(text) or RULE.match(text))
        yield number, Place(within, indent, tuple(stack[len(within) :]), quote=quote)
    yield from _places(quoted, skipped, quoting) if quoted else ()
