"""What may be wrong with a page as a whole, beside its single fences and comments."""

from __future__ import annotations

import re
from contextlib import suppress

import yaml
from sybil import Region

from macros.page.blocks import INDENT
from macros.page.fences import FENCE_LINE
from macros.page.steps import Page, Problem, Step

# What no page needs: these act on a terminal, end a shell's text early, or show code in another order than it is run.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def region_over(match: re.Match[str], regions: list[Region]) -> Region | None:
    """The first region that has a part of the match, if any."""
    return next((region for region in regions if region.start < match.end() and match.start() < region.end), None)


def front_matter(page: Page) -> None:
    """MkDocs takes what is no YAML for text, and goes without the page's description."""
    text = page.text[: page.body]
    if not text and re.match(r"---[ \t]*\n", page.text):
        page.problems.append(Problem(page.path, 1, "the front matter is not closed: a line --- is missing"))
    try:
        found = _loaded(text.strip().removesuffix("---"))
    except yaml.YAMLError as error:
        line = error.problem_mark.line + 1 if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark else 1
        why = getattr(error, "problem", None) or str(error)
        page.problems.append(Problem(page.path, line, f"the front matter is not YAML: {why}"))
    else:
        if text and not isinstance(found, dict):
            page.problems.append(Problem(page.path, 1, "the front matter is not YAML of the form `description: text`"))


def _loaded(text: str) -> object:
    """What YAML has; where it has none the error is that of YAML's Python, whose words are the same everywhere."""
    with suppress(AttributeError, yaml.YAMLError):
        return yaml.load(text, Loader=yaml.CSafeLoader)  # ten times as fast, and not in each build of the library
    return yaml.safe_load(text)


def unique_ids(page: Page) -> None:
    seen: dict[str, int] = {}
    for step in page.steps:
        if step.options.id in seen:
            message = f"id={step.options.id} is taken by the step of line {seen[step.options.id]}"
            page.problems.append(Problem(page.path, step.line, message))
        elif step.options.id:
            seen[step.options.id] = step.line


def fence_lines(page: Page, regions: list[Region]) -> None:
    """Lines that look like the edge of a fence and are none for this reader may be one for Markdown."""
    for match in FENCE_LINE.finditer(page.text, page.body):
        if any(start < match.end() and match.start() < end for start, end in page.comments):
            continue
        region = region_over(match, regions)
        message = "this line begins or ends no fence: are its characters and its indent those of the other end?"
        if region is None:
            page.problems.append(Problem(page.path, page.line(match.start()), message))
        elif "language" in region.lexemes and region.start < match.start() and match.end() < region.end:
            outer = FENCE_LINE.match(page.text, region.start)
            if outer is None or len(outer["fence"]) <= len(match["fence"]) or outer["before"].strip():
                message = "a fence in a fence: write the outer one with more characters, ````"
                page.problems.append(Problem(page.path, page.line(match.start()), message))


def seen_by_markdown(page: Page) -> None:
    """What the reader takes for a step and no reading of Markdown does would be text on the page, its output too."""
    for step in page.steps:
        place = page.places.get(step.line)
        if place is None:
            continue  # in a comment, which is another problem
        if step.kind == "probe" and page.text[step.start : step.end] != _line(page, step).lstrip(" \t>").rstrip():
            message = "a macro call that shows something stands alone on its line"
            page.problems.append(Problem(page.path, step.line, message))
        elif place.code and not step.hidden:
            what = "macro call" if step.kind == "probe" else "fence"
            base = place.within[-1].content if place.within else 0
            message = f"Markdown takes this {what} for code: its indent is {place.indent} blanks; its place is {base}"
            if place.indent - base < INDENT:
                message = f"Markdown takes this {what} for text: it stands inside <pre> or the like"
            page.problems.append(Problem(page.path, step.line, message))


def _line(page: Page, step: Step) -> str:
    """The line on which a step begins."""
    return page.text[page.text.rfind("\n", 0, step.start) + 1 :].partition("\n")[0]


def controls(page: Page) -> None:
    """One problem a page: where one such character is, an editor or a copied text brought it."""
    if match := CONTROL.search(page.text):
        message = f"control character U+{ord(match[0]):04X}: delete it, or write it as an escape such as \\033"
        page.problems.append(Problem(page.path, page.line(match.start()), message))
