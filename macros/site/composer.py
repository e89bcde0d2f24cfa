"""A page's Markdown with what each of its fences printed under it."""

from __future__ import annotations

import html
import re

from macros.draw import figures
from macros.page.steps import Page, Step, call_text
from macros.record.recording import Recordings, Result
from macros.site import outputs
from macros.site.foot import provenance
from macros.site.highlight import code
from macros.site.outputs import block, drawn, printed
from macros.site.tabs import tabs, variants
from macros.words import words

# Jinja runs on fences too; a page that shows a macro call in one must not run it.
CALL, SHOWN = "<!--[", "\ue000\ue001["

# What Markdown makes of a fence's first line beyond its language and title.
FENCE_OPTIONS = re.compile(r"[^\n]*\b(?:linenums|hl_lines)=")


class Composer:
    """Puts blocks under the fences of one page. Each block is a fence named `recorded` that holds its number:
    whatever a list, tab or admonition does to a fence works for it, and no engine text meets Markdown or Jinja.

    blocks: their HTML; searched: of those that `placed` puts on the page, number -> text that the search has of it.
    """

    def __init__(self, page: Page, recordings: Recordings | None, lang: str) -> None:
        self.page, self.recordings, self.lang = page, recordings, lang
        self.blocks: list[str] = []
        self.searched: dict[int, str] = {}
        self._drawn = 0
        self._number = 0
        steps = page.recorded
        self._places = {id(step): index for index, step in enumerate(steps)}
        self._probes = [step for step in steps if step.kind == "probe"]

    def fence(self, content: str, indent: str = "", searched: str | None = None) -> str:
        """Markdown that stands for a block of HTML; "" for no content.

        searched: what the search finds of a block that need not be on the page before that has read it.
        """
        if not content:
            return ""
        if searched is not None:
            self.searched[len(self.blocks)] = searched
        self.blocks.append(content)
        return f"\n\n{indent}```recorded\n{indent}{len(self.blocks) - 1}\n{indent}```\n"

    def body(self) -> str:
        """The page's Markdown without front matter and comments, with the output under each fence."""
        edits = [(start, end, "") for start, end in self.page.comments]
        for step in self.page.steps:
            text = self.page.text[step.start : step.end]
            # A list's marker on the fence's own line leaves no room above it.
            own_line = not re.match(r"[ \t]*[-*+\d]", text)
            if step.kind not in ("prose", "probe") and not step.hidden and own_line:
                edits.append((step.start, step.start, self.fence(self._head(step), step.indent).lstrip("\n") + "\n"))
                if not FENCE_OPTIONS.match(text):
                    shown = code(step.language, step.source, step.title)
                    edits.append((step.start, step.end, self.fence(shown, step.indent, step.source).strip("\n")))
                    text = ""
            if step.kind != "probe" and not step.hidden and CALL in text:
                edits.append((step.start, step.end, text.replace(CALL, SHOWN)))
            if step.kind in ("probe", "prose", "file") or step.hidden or step.options.output == "hide":
                continue
            edits.append((step.end, step.end, self._under(step)))
        foot = provenance(self.page, self.recordings, self.lang) if self.recordings else ""
        return self.page.edited(edits) + self.fence(foot, searched="")

    def _head(self, step: Step) -> str:
        """What stands above a step: a place to link to, and on a page of several hosts the one it runs on.

        A step is called by its id, else by its number among the page's visible ones; both languages have the same.
        """
        self._number += 1
        name = f"step-{step.options.id or self._number}"
        label = words("output", self.lang)["step"].format(number=self._number)
        host = html.escape(step.options.host or self.page.hosts[0]) if len(self.page.hosts) > 1 else ""
        shown = f'<span class="fence-host">{host}</span>' if host else ""
        link = f'<a class="step-link" href="#{name}" aria-label="{label}" title="{label}">#</a>'
        return f'<p class="step" id="{name}" data-search-exclude>{shown}{link}</p>'

    def _under(self, step: Step) -> str:
        """Markdown under a step: its output, in tabs where engines differ, and where it did not run."""
        texts = words("output", self.lang)
        if self.recordings is None:
            return self.fence(block(texts["stale"], ""), step.indent, searched="")
        results = self.recordings.of_step(self._places[id(step)])
        different = variants(results)
        for word in step.options.mark:
            # An explanation that points at it would point at nothing.
            if different and not any(word in printed(result) for _, result in different):
                raise ValueError(f"{self.page.path}:{step.line}: mark={word}: no line of the output has it")
        if len(different) > 1:
            shown = {engine: self.shown(step, result) for engines, result in different for engine in engines}
            name = f"{self._places[id(step)]}"
            content = tabs(name, {f"Engine {engine}": shown[engine] for engine in results if engine in shown})
        else:
            content = self.shown(step, different[0][1]) if different else ""
        missing = [engine for engine, result in results.items() if result.skipped]
        if missing and not step.skip:
            note = texts["from"].format(engine=wanted) if (wanted := from_engine(step)) else texts["lacks"]
            note += " " + texts["not_run"].format(engines=", ".join(missing))
            content += f'<p class="output__note">{html.escape(note)}</p>'
        text = printed(different[0][1]) if different and not drawn(step) else ""
        return self.fence(content, step.indent, searched=text)

    def shown(self, step: Step, result: Result, place: str = "") -> str:
        """HTML of one result; `place` tells apart steps that are not this page's."""
        # One step may be drawn once for each engine, and each drawing needs ids of its own.
        self._drawn += drawn(step)
        return outputs.shown(step, result, self.lang, f"topology-{place or self._places[id(step)]}-{self._drawn}")

    def probe(self, *call: str) -> str:
        """What a macro call of the page puts in its place. Raises ValueError where it is no step of the page."""
        if not self._probes or self._probes[0].call != call:
            raise ValueError(f"{self.page.path}: {call_text(call)} is not a step of this page: write its arguments out")
        return self._under(self._probes.pop(0)).lstrip("\n")

    def figure(self, name: str) -> str:
        """What `figure("switch")` puts in its place."""

        drawing = figures.figure_svg(name, self.lang, f"figure-{len(self.blocks)}")
        return self.fence(f'<div class="figure">{drawing}</div>', searched="").lstrip("\n")


def from_engine(step: Step) -> str:
    """The version from which a step works ("25"), where its condition is engine>=."""
    return next((version for sign, version in step.options.engine if sign == ">="), "")
