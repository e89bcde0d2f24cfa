"""Comments of a page that are for nobody: what stands in them is no step, and is not published."""

from __future__ import annotations

import re
from collections.abc import Callable

from sybil import Region

from macros.page.blocks import places
from macros.page.steps import Page, Problem

# As Markdown has them: at the beginning of a line, a list item or a quote. A macro call has its own ends.
OPENING = re.compile(r"(?m)^[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*<!--(?!\[[\[%#])")
FENCE = re.compile(r"(?m)^[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*(?:`{3}|~{3})")


def outside_comments(page: Page, fences: Callable[[str], list[Region]], directives: list[Region]) -> list[Region]:
    """The fences of a page that are in no plain comment; a comment that holds one goes into `page.comments`.

    fences: finds those of a text. directives: comments for the reader, which are no plain ones.
    """
    text, own = page.text, [(region.start, region.end) for region in directives]
    found = fences(text)
    for match in OPENING.finditer(page.text, page.body):
        start, line = match.end() - len("<!--"), page.line(match.end())
        inside = [(region.start, region.end) for region in found]
        if any(first <= start < last for first, last in (*own, *inside, *page.comments)):
            continue
        if (place := places(text, inside, own).get(line)) and place.code:
            continue
        end = page.text.find("-->", start + 2)
        if end < 0:
            if not any(problem.line == line for problem in page.problems):
                page.problems.append(Problem(page.path, line, "a comment is not closed: --> is missing"))
            continue
        end += len("-->")
        if "<!--" in page.text[start + 4 : end]:
            message = "a comment in a comment: the outer one ends at the first -->, and what follows is on the page"
            page.problems.append(Problem(page.path, line, message))
        if FENCE.search(page.text, start, end):
            page.comments.append((start, end))
            # Blanked out, since a comment may hold the one end of a fence.
            text = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
            found = fences(text)
    return found
