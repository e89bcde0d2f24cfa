"""Read a Markdown page into the steps that it asks to be run.

This is the only reader of fences. It stands on Sybil's `Document` and lexers, and it never raises on
what a page holds: what is wrong with a page is listed in `Page.problems`, each with its line, and the
callers decide (a build and the tests refuse such a page; nothing of it is lost silently).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sybil import Document, Region
from sybil.parsers.abstract.lexers import LexingException
from sybil.parsers.markdown.lexers import DirectiveInHTMLCommentLexer

from macros.page.answers import Answer, parse_answer
from macros.page.blocks import places
from macros.page.calls import MACRO, probe, unclosed_macros
from macros.page.checks import controls, fence_lines, front_matter, region_over, seen_by_markdown, unique_ids
from macros.page.comments import outside_comments
from macros.page.fences import FENCES, fence
from macros.page.options import NO_OPTIONS, OptionError, Options, parse_options, parse_skip
from macros.page.steps import Page, Problem, Step
from macros.page.waits import wait

WORDS = ("step", "skip", "answer", "wait", "invisible-code-block", "invisible-code")
# With their colon: <!-- steps --> and <!-- skip this in print --> are somebody's notes.
DIRECTIVES = DirectiveInHTMLCommentLexer(f"(?:{'|'.join(WORDS)})(?=:)")
# How any comment begins that may be meant as one of these: a word, then a colon, an option or what it takes; or alone.
LIKE_DIRECTIVE = re.compile(
    r"<!--+\s*(?P<word>[A-Za-z-]+)(?:(?=\s*:|\s+\w+[=<>!]|\s+next\s+[\"']|\s+(?:https?://|tcp\s|udp\s)"
    r"|\s+(?:bash|python)\s*$)|(?P<alone>(?=\s*-->)))", re.MULTILINE,
)  # fmt: skip


def read(path: str | Path, shown: str = "") -> Page:
    """Read the page at `path`; `shown` is how messages call it. Raises OSError."""
    data = Path(path).read_bytes()
    try:
        return parse(_lines(data.decode("utf-8")), shown or str(path))
    except UnicodeDecodeError as error:
        page = parse(_lines(data.decode("utf-8", errors="replace")), shown or str(path))
        message = f"byte 0x{data[error.start]:02x} is not UTF-8: save the page as UTF-8"
        page.problems.insert(0, Problem(page.path, data.count(b"\n", 0, error.start) + 1, message))
        return page


def _lines(text: str) -> str:
    """Text with "\\n" at the end of each line, as a file opened for text has it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse(text: str, path: str) -> Page:
    """Read `text` as the page at `path`."""
    document = Document(text, path)
    page = Page(path, text)
    regions = _outermost(_regions(document, page))
    options: tuple[Options, int] | None = None
    skip: tuple[str, int] | None = None
    answer: tuple[Answer, int] | None = None
    previous_end = 0
    for region in regions:
        line = page.line(region.start)
        directive = region.lexemes.get("directive")
        if (options or skip or answer) and not _only_space(page, previous_end, region.start):
            options = skip = answer = _dangling(page, step=options, skip=skip, answer=answer)
        previous_end = _region_end(page, region)
        if directive:
            page.comments.append((region.start, previous_end))
        if directive == "step":
            options = _given(page, region, line, parse_options, NO_OPTIONS), line
        elif directive == "skip":
            skip = _given(page, region, line, parse_skip, ""), line
        elif directive == "answer":
            answer = _given(page, region, line, parse_answer, None), line
        else:
            given = options[0] if options else NO_OPTIONS
            if region.parsed is not None:
                step = probe(page, region, line, given)
            elif directive == "wait":
                step = wait(page, region, line, given)
            elif directive:
                step = _check(page, region, line, given)
            else:
                step = fence(page, region, line, given, skip[0] if skip else "", answer[0] if answer else None)
                answer = None
            if step:
                page.steps.append(step)
            if answer:
                _dangling(page, answer=answer)
            options = skip = answer = None
    _dangling(page, step=options, skip=skip, answer=answer)
    front_matter(page)
    page.places = places(text, ((step.start, step.end) for step in page.steps), page.comments)
    seen_by_markdown(page)
    unique_ids(page)
    fence_lines(page, regions)
    controls(page)
    unclosed_macros(page, regions)
    _unread_comments(page, regions)
    page.problems.sort(key=lambda problem: problem.line)
    return page


def _regions(document: Document, page: Page) -> list[Region]:
    found: list[Region] = []
    try:
        found += DIRECTIVES(document)
    except LexingException as error:
        opening = re.search(r"starting at line (\d+)", str(error))
        page.problems.append(
            Problem(page.path, int(opening[1]) if opening else 1, "a comment is not closed: --> is missing")
        )
    found += outside_comments(page, lambda text: list(FENCES(Document(text, page.path))), found)
    for match in MACRO.finditer(document.text):
        found.append(Region(match.start(), match.end(), parsed=match["expression"].strip()))
    return [region for region in found if region.start >= page.body]


def _outermost(regions: list[Region]) -> list[Region]:
    """What starts inside something else is that thing's text: a fence in a comment, a comment in a fence."""
    kept: list[Region] = []
    for region in sorted(regions, key=lambda region: (region.start, -region.end)):
        if not kept or region.start >= kept[-1].end:
            kept.append(region)
    return kept


def _region_end(page: Page, region: Region) -> int:
    """Sybil's comment regions stop before their `-->`."""
    if "directive" not in region.lexemes:
        return region.end
    return page.text.index("-->", region.end) + len("-->")


def _only_space(page: Page, start: int, end: int) -> bool:
    """Whether nothing stands between a comment and its fence (a list item's or quote's marker may)."""
    return not page.text[start:end].strip(" \t\n>")


def _dangling(page: Page, **comments: tuple | None) -> None:
    for what, given in comments.items():
        if given:
            page.problems.append(Problem(page.path, given[1], f"this {what} comment stands before no fence"))


def _given(page: Page, region: Region, line: int, understood: Callable[[str], Any], nothing: Any) -> Any:
    """What a comment before a fence says; `nothing` for one that is not understood, which is a problem of the page."""
    try:
        return understood(str(region.lexemes["arguments"] or "") + " " + str(region.lexemes["source"]))
    except OptionError as error:
        page.problems.append(Problem(page.path, line, str(error)))
        return nothing


def _check(page: Page, region: Region, line: int, options: Options) -> Step | None:
    """A hidden check: `<!-- invisible-code-block: bash` ... `-->`."""
    language = str(region.lexemes["arguments"]).strip()
    if language not in ("bash", "python"):
        message = f"a hidden check is bash or python, not {language!r}"
        page.problems.append(Problem(page.path, line, message))
        return None
    source = str(region.lexemes["source"])
    return Step(language, line, region.start, region.end, source, language, options=options, hidden=True)


def _unread_comments(page: Page, regions: list[Region]) -> None:
    """A comment that was meant for this reader and is none for it would leave its step without its options."""
    for match in LIKE_DIRECTIVE.finditer(page.text, page.body):
        word = match["word"].lower().strip("-")
        meant = difflib.get_close_matches(word, WORDS, n=1, cutoff=0.75 if match["alone"] is None else 1)
        unclosed = DIRECTIVES.start_pattern.match(page.text, page.text.rfind("\n", 0, match.start()) + 1)
        if meant and not unclosed and not region_over(match, regions):
            message = f"this comment is not read: write it as <!-- {meant[0]}: and at the beginning of its line"
            page.problems.append(Problem(page.path, page.line(match.start()), message))
