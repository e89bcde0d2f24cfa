"""The indents at which MkDocs sees what stands in a list where GitHub does, for lists that hold a step.

GitHub puts into an item what is indented as the text behind its marker, by two blanks or three; for MkDocs it takes
four, and a fence that is indented by less ends the list. Only the items in which that is so are written anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from macros.page.blocks import INDENT, Container, Place
from macros.page.steps import Page, Step
from macros.site.placing import EMPTY

EDGE = re.compile(r"(?P<outer>[ \t]*)(?P<quote>(?:> ?)*)(?P<inner>[ \t]*)")
MARKER = re.compile(r"[ \t]*(?P<marker>[-*+]|\d+[.)])[ \t]+(?=`{3}|~{3})")


class Indents:
    """Of one page. edits: spans with the indents that take their place, for all lines but those of fences."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._moved = {root for step in page.steps if not step.hidden for root in _roots(page, step)}
        lines = {step.line for step in page.steps if step.kind != "probe"}
        self.edits = list(self._edits(lines)) if self._moved else []

    def of(self, step: Step) -> str:
        """What each line of a step begins with, so that MkDocs sees it where it stands."""
        return self.at(step.line, step.indent)

    def at(self, line: int, indent: str) -> str:
        """The same of what stands on a line of the page by this indent."""
        place = self.page.places.get(line)
        if place is None or not (self._moved & _around(place)):
            return indent
        return self._edge(place, EDGE.match(indent), " " * (INDENT * len(place.within + place.opened)))

    def marker(self, step: Step) -> str:
        """The marker of an item that begins with a fence on its own line, "" for any other step."""
        match = MARKER.match(self.page.text, step.start, step.end)
        if not match:
            return ""
        # Numbers with a parenthesis are GitHub's alone.
        return self._edge(self.page.places[step.line], match) + match["marker"].replace(")", ".")

    def moved(self, step: Step) -> str:
        """The fence of a step as it is on the page, at its new indent."""
        text, new = self.page.text[step.start : step.end], self.of(step)
        if new == step.indent and not self.marker(step):
            return text
        return "\n".join(new + line[len(step.indent) :] for line in text.split("\n"))

    def _edits(self, fences: set[int]) -> Iterator[tuple[int, int, str]]:
        offset, before = 0, None
        for number, text in enumerate(self.page.text.split("\n"), 1):
            place, edge = self.page.places.get(number), EDGE.match(text)
            if place and number not in fences and self._moved & _around(place):
                begin = self._edge(place, edge)
                # For MkDocs a list under a paragraph begins after an empty line.
                glued = place.opened and not place.within and before and not before.within + before.opened
                begin = f"{begin.rstrip()}\n{begin}" if glued else begin
                yield offset, offset + edge.end("inner" if place.quote else "outer"), begin
                if any(one.bare for one in place.opened):
                    yield offset + len(text), offset + len(text), f" {EMPTY}"
            offset, before = offset + len(text) + 1, place

    def _edge(self, place: Place, edge: re.Match[str], inner: str | None = None) -> str:
        """What a line begins with. edge: what it began with; inner: blanks before its text that are decided already."""
        inner = self._blanks(place) if inner is None else inner
        if place.quote is None:
            return inner
        return self._blanks(place.quote) + "> " * edge["quote"].count(">") + inner

    def _blanks(self, place: Place) -> str:
        last = place.within[-1] if place.within else None
        if last is None or place.within[0] not in self._moved:
            return " " * place.indent
        deeper = place.indent - last.content
        if deeper < 0:  # a line of a paragraph that goes on at any indent
            return " " * place.indent
        return " " * (place.wanted + (deeper if place.code else 0))


def _around(place: Place) -> set[Container]:
    """The outermost containers that a line stands in, or begins."""
    roots = {(place.within + place.opened)[0]} if place.within + place.opened else set()
    return roots | (_around(place.quote) if place.quote else set())


def _roots(page: Page, step: Step) -> Iterator[Container]:
    """The outermost containers of a step in which MkDocs would not see it, or not there."""
    place = page.places.get(step.line)
    while place is not None:
        around = place.within + place.opened
        off = [one for depth, one in enumerate(place.within) if not one.is_item and one.column != INDENT * depth]
        off += [one for one in around if one.bare]
        level = place.wanted <= place.indent < place.wanted + INDENT
        if any(one.is_item for one in around) and (place.opened or off or not level):
            yield around[0]
        place = place.quote
