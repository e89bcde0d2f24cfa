"""A page's Markdown with what each of its fences printed under it."""

from __future__ import annotations

import html
import re
from dataclasses import replace

from macros.draw import figures
from macros.page.calls import figure_calls
from macros.page.languages import lexer
from macros.page.steps import Page, Step, call_text
from macros.record.recording import Recordings
from macros.record.result import Result
from macros.site import changed, notes, outputs, sessions
from macros.site.foot import provenance
from macros.site.highlight import code, follows, saved, session
from macros.site.indents import Indents
from macros.site.outputs import block, drawn, printed
from macros.site.placing import EMPTY
from macros.site.tabs import tabs, variants
from macros.site.top import title_end
from macros.words import words

# Jinja runs on fences too; a page that shows a macro call in one must not run it.
CALL, SHOWN = "<!--[", "\ue000\ue001["

# Blanks at the beginning of a page make code of the line after them.
BLANK = re.compile(r"\A(?:[ \t]*\n)+")

# Where readers learn to save a fence that has a file's name.
SAVING = ("lab.md", "#code-blocks")

# What Markdown makes of a fence's first line beyond its language and title.
FENCE_OPTIONS = re.compile(r"[^\n{]*\b(?:linenums|hl_lines)=")
# What it makes nothing of: options in braces after a language.
BRACES = re.compile(r"\A([ \t>]*(?:`{3,}|~{3,})[ \t]*[\w.#+-][^{\n]*?)[ \t]*\{[^\n]*\}[ \t]*$", re.MULTILINE)


class Composer:
    """Puts blocks under the fences of one page. Each block is a fence named `recorded` that holds its number:
    whatever a list, tab or admonition does to a fence works for it, and no engine text meets Markdown or Jinja.

    blocks: their HTML; searched: of those that `placed` puts on the page, number -> text that the search has of it;
    lines: number -> line of its step, or 0.
    """

    def __init__(self, page: Page, recordings: Recordings | None, lang: str, address: changed.Address = str) -> None:
        """address: of another page ("lab.md"), seen from this one."""
        self.page, self.recordings, self.lang, self.address = page, recordings, lang, address
        self.blocks: list[str] = []
        self.searched: dict[int, str] = {}
        self.lines: dict[int, int] = {}
        self.indents = Indents(page)
        self._line = 0
        self._drawn = 0
        steps = page.recorded
        self._places = {id(step): index for index, step in enumerate(steps)}
        self._figures = [self.indents.at(line, indent) for line, indent in figure_calls(page)]
        self._probes = [step for step in steps if step.kind == "probe"]

    def fence(self, content: str, indent: str = "", searched: str | None = None) -> str:
        """Markdown that stands for a block of HTML; "" for no content.

        searched: what the search finds of a block that need not be on the page before that has read it.
        """
        if not content:
            return ""
        if searched is not None:
            self.searched[len(self.blocks)] = searched
        self.lines[len(self.blocks)] = self._line
        self.blocks.append(content)
        return f"\n\n{indent}```recorded\n{indent}{len(self.blocks) - 1}\n{indent}```\n"

    def body(self, above: str = "") -> str:
        """The page's Markdown without front matter and comments, with the output under each fence.

        above: HTML of what stands under the page's title.
        """
        edits = [(start, end, "") for start, end in self.page.comments] + self.indents.edits
        if above:
            edits.append((title_end(self.page), title_end(self.page), self.fence(above, searched="")))
        for step in self.page.steps:
            if step.kind != "probe" and not step.hidden:
                edits.append((step.start, step.end, self._step(step) + self._changed(step)))
        self._line = 0
        foot = provenance(self.page, self.recordings, self.lang) if self.recordings else ""
        return BLANK.sub("\n", self.page.edited(edits)) + self.fence(foot, searched="")

    def _step(self, step: Step) -> str:
        """Markdown of a visible fence: a place to link to, the fence, and what it printed."""
        indent, marker = self.indents.of(step), self.indents.marker(step)
        # Text right above it would take it in.
        begin = "" if self.page.text[: step.start].endswith(("\n\n", "-->\n")) else "\n"
        begin += f"{marker} {EMPTY}\n\n" if marker else ""
        text = BRACES.sub(r"\1", self.indents.moved(step)).replace(CALL, SHOWN)
        if step.kind == "prose":
            return begin + text
        self._line = step.line
        begin += self.fence(self._head(step), indent).lstrip("\n") + "\n"
        named = lexer(step.kind, step.language, step.source)
        if len(found := self._commands(step)) > 1:
            return begin + self._cut(step, found, named, indent)
        if step.kind == "console" and self.recordings and not step.skip:
            return begin + self._session(step, indent)
        if step.typed != step.source:
            text = self.fence(code(named, step.source, step.title, step.typed), indent, step.source).strip("\n")
        elif not FENCE_OPTIONS.match(text):
            shown = code(named, step.source, step.title)
            if step.kind == "file":
                shown = saved(shown, words("output", self.lang)["save"], self.address(SAVING[0]) + SAVING[1])
            text = self.fence(shown, indent, step.source).strip("\n")
        if step.kind == "file" or step.options.output == "hide":
            return begin + text
        return begin + text + self._under(step, self._results(step))

    def _session(self, step: Step, indent: str) -> str:
        """A console fence: what its commands printed takes the place of what the page expects of them."""
        results, place = self._results(step), f"{self._places[id(step)]}"
        hidden = step.options.output == "hide"
        found, text = list(sessions.parts(step, results, cut=not hidden)), ""
        for number, part in enumerate(found, 1):
            shown = session(part.lines, step.title if number == 1 else "", part.typed)
            searched = "\n".join(prompt + line for prompt, line in part.lines)
            text += self.fence(shown, indent, searched).strip("\n")
            if not hidden:
                # Words to mark are those of the last output.
                which = step if number == len(found) else replace(step, options=replace(step.options, mark=()))
                text += self._under(which, part.results, f"{place}-{number}") + "\n"
        return text.rstrip("\n") + "\n"

    def _commands(self, step: Step) -> list[sessions.Part]:
        """The parts of a bash fence of which each command's output is known."""
        results = self._results(step)
        if step.typed != step.source or step.options.output == "hide" or not sessions.by_command(step, results):
            return []
        return list(sessions.parts(step, results))

    def _cut(self, step: Step, found: list[sessions.Part], named: str, indent: str) -> str:
        """A bash fence whose commands printed something before its last: under each what it printed itself."""
        place, text, missing = self._places[id(step)], "", set(step.options.mark)
        for number, part in enumerate(found, 1):
            first = number == 1
            shown = code(named, part.typed, step.title, step.source) if first else follows(code(named, part.typed, ""))
            text += self.fence(shown, indent, part.typed).strip("\n")
            told = [printed(result) for result in part.results.values()]
            marks = tuple(word for word in step.options.mark if any(word in one for one in told))
            missing -= set(marks)
            which = replace(step, options=replace(step.options, mark=marks))
            text += self._under(which, part.results, f"{place}-{number}") + "\n"
        for word in missing:
            raise ValueError(f"{self.page.path}:{step.line}: mark={word}: no line of the output has it")
        return text.rstrip("\n") + "\n"

    def typed(self, step: Step) -> str:
        """What a reader types of a step."""
        return sessions.typed(step, self._results(step))

    def _results(self, step: Step) -> dict[str, Result]:
        """Engine -> what it did, without what it changed: that is told for a whole step, and has tabs of its own."""
        known = self.recordings.of_step(self._places[id(step)]) if self.recordings else {}
        return {engine: result.printed() for engine, result in known.items()}

    def _changed(self, step: Step) -> str:
        """Markdown of what a step changed on its host."""
        if step.kind == "prose" or not self.recordings or self.page.changes(step) == "hide":
            return ""
        place, is_open = self._places[id(step)], self.page.changes(step) == "open"
        content = changed.told(self.recordings.of_step(place), self.lang, self.address, f"{place}-changes", is_open)
        return self.fence(content, self.indents.of(step), searched="")

    def _head(self, step: Step) -> str:
        """What stands above a step: a place to link to, and on a page of several hosts the one it runs on."""
        name = self.page.anchor(step)
        label = words("output", self.lang)["step"].format(number=self.page.number(step))
        host = html.escape(self.page.host_of(step)) if len(self.page.hosts) > 1 else ""
        shown = f'<span class="fence-host">{host}</span>' if host else ""
        link = f'<a class="step-link" href="#{name}" aria-label="{label}" title="{label}">#</a>'
        return f'<p class="step" id="{name}" data-search-exclude>{shown}{link}</p>'

    def _under(self, step: Step, results: dict[str, Result], place: str = "") -> str:
        """Markdown under a step: its output, in tabs where engines differ, and where it did not run.

        results: engine -> what it did; place: what tells it apart on its page, for a part of a step.
        """
        texts, indent = words("output", self.lang), self.indents.of(step)
        if self.recordings is None:
            return self.fence(block(texts["stale"], ""), indent, searched="")
        place = place or f"{self._places[id(step)]}"
        different = variants(results)
        for word in step.options.mark:
            # An explanation that points at it would point at nothing.
            if different and not any(word in printed(result) for _, result in different):
                raise ValueError(f"{self.page.path}:{step.line}: mark={word}: no line of the output has it")
        if len(different) > 1:
            shown = {engine: self.shown(step, result, place) for engines, result in different for engine in engines}
            content = tabs(place, {f"Engine {engine}": shown[engine] for engine in results if engine in shown})
        else:
            content = self.shown(step, different[0][1], place) if different else ""
        content += notes.told(step, results, self.lang)
        # Who searches types what went wrong, not addresses and ids of somebody else's host.
        failed = bool(different) and not drawn(step) and different[0][1].status != 0
        return self.fence(content, indent, searched=printed(different[0][1]) if failed else "")

    def shown(self, step: Step, result: Result, place: str) -> str:
        """HTML of one result; `place` is what no other step on the page has."""
        # One step may be drawn once for each engine, and each drawing needs ids of its own.
        self._drawn += drawn(step)
        return outputs.shown(step, result, self.lang, f"topology-{place}-{self._drawn}")

    def probe(self, *call: str) -> str:
        """What a macro call of the page puts in its place. Raises ValueError where it is no step of the page."""
        if not self._probes or self._probes[0].call != call:
            raise ValueError(f"{self.page.path}: {call_text(call)} is not a step of this page: write its arguments out")
        step = self._probes.pop(0)
        self._line = step.line
        shown = self._under(step, self._results(step))
        self._line = 0
        return shown

    def figure(self, name: str) -> str:
        """What `figure("switch")` puts in its place."""

        drawing = figures.figure_svg(name, self.lang, f"figure-{len(self.blocks)}")
        indent = self._figures.pop(0) if self._figures else ""
        return self.fence(f'<div class="figure">{drawing}</div>', indent, searched="")
