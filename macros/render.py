"""Recording -> what stands under each fence of a page: output blocks, inspect views, provenance."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import JsonLexer

from macros.recording import Recording, Result
from macros.steps import Page, Step, call_text

WORDS = {
    "ko": {
        "output": "출력", "live": "이 빌드에서 실행", "recorded": "기록",
        "provenance": "이 페이지의 출력은 모두 Docker Engine {version}에서 나온 것입니다 ({date}, {how}).",
        "stale": "이 명령의 출력은 아직 기록되지 않았습니다.", "skipped": "실행하지 않은 명령",
    },
    "en": {
        "output": "Output", "live": "run in this build", "recorded": "recorded",
        "provenance": "All output on this page comes from Docker Engine {version} ({date}, {how}).",
        "stale": "The output of this command has not been recorded yet.", "skipped": "Not run",
    },
}  # fmt: skip


# Jinja runs on fences too; a page that shows a macro call in one must not run it.
CALL, SHOWN = "<!--[", "\ue000\ue001["


def visible(text: str) -> str:
    """Text with its control and direction marks made visible, so that none of them acts on the page."""
    shown = []
    for character in text:
        if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf"):
            shown.append(character)
        elif ord(character) < 32:
            shown.append(chr(0x2400 + ord(character)))
        else:
            shown.append(f"\\u{ord(character):04x}")
    return "".join(shown)


def block(label: str, code: str, badge: str = "", kind: str = "") -> str:
    """One output block. `code` is HTML already; `label` is text."""
    label = html.escape(visible(label))
    mark = f' <span class="output__exit">{html.escape(badge)}</span>' if badge else ""
    pre = f'<pre class="output__text" tabindex="0"><code>{code}</code></pre>' if code else ""
    name = f"output {kind} no-copy".replace("  ", " ")
    heading = f'<p class="output__label">{label}{mark}</p>'
    return f'<div class="{name}" role="group" aria-label="{label}">{heading}{pre}</div>'


def output(result: Result, lang: str) -> str:
    """HTML of what a step printed; "" where it printed nothing and ended with 0."""
    badge = f"exit {result.exit}" if result.exit else ""
    if not result.output and not badge:
        return ""
    return block(WORDS[lang]["output"], html.escape(visible(result.output)), badge)


def inspect(step: Step, result: Result) -> str:
    """HTML of an inspect view: the command that shows it, then its JSON."""
    noun = step.call[0].removesuffix("_inspect")
    text = visible(json.dumps(result.data, indent=2, ensure_ascii=False))
    code = highlight(text, JsonLexer(), HtmlFormatter(nowrap=True))
    return block(f"docker {noun} inspect {step.call[1]}", code, kind="inspect")


def provenance(recording: Recording, lang: str) -> str:
    words = WORDS[lang]
    engine = recording.engine
    how = words["live" if recording.live else "recorded"]
    text = words["provenance"].format(version=engine["version"], date=engine["date"], how=how)
    return f'<footer class="provenance">{html.escape(text)}</footer>'


class Composer:
    """Puts blocks under the fences of one page. Each block is a fence named `recorded` that holds its number:
    whatever a list, tab or admonition does to a fence works for it, and no engine text meets Markdown or Jinja."""

    def __init__(self, page: Page, recording: Recording | None, lang: str) -> None:
        self.page, self.recording, self.lang = page, recording, lang
        self.blocks: list[str] = []
        steps = [step for step in page.steps if step.kind != "prose"]
        results = recording.results if recording else []
        self._results = dict(zip([id(step) for step in steps], results, strict=False))
        self._probes = [step for step in steps if step.kind == "probe"]

    def fence(self, content: str, indent: str = "") -> str:
        if not content:
            return ""
        self.blocks.append(content)
        return f"\n\n{indent}```recorded\n{indent}{len(self.blocks) - 1}\n{indent}```\n"

    def body(self) -> str:
        """The page's Markdown without front matter and comments, with the output under each fence."""
        edits = [(start, end, "") for start, end in self.page.comments]
        for step in self.page.steps:
            text = self.page.text[step.start : step.end]
            if step.kind != "probe" and not step.hidden and CALL in text:
                edits.append((step.start, step.end, text.replace(CALL, SHOWN)))
            if step.kind in ("probe", "prose", "file") or step.hidden:
                continue
            edits.append((step.end, step.end, self.fence(self._under(step), step.indent)))
        text, place = "", self.page.body
        for start, end, new in sorted(edits):
            text += self.page.text[place:start] + new
            place = end
        text += self.page.text[place:]
        return text + (self.fence(provenance(self.recording, self.lang)) if self.recording else "")

    def _under(self, step: Step) -> str:
        result = self._results.get(id(step))
        if step.options.output == "hide":
            return ""
        if result is None:
            return block(WORDS[self.lang]["stale"], "")
        if step.kind == "console":
            return "".join(output(Result("", status, text), self.lang) for status, text in result.parts)
        return output(result, self.lang)

    def probe(self, *call: str) -> str:
        """What a macro call of the page puts in its place."""
        if not self._probes or self._probes[0].call != call:
            raise ValueError(f"{self.page.path}: {call_text(call)} is not a step of this page: write its arguments out")
        step = self._probes.pop(0)
        result = self._results.get(id(step))
        if result is None:
            return self.fence(block(WORDS[self.lang]["stale"], "")).lstrip("\n")
        if call[0] == "topology":
            return self.fence(self._figure(result)).lstrip("\n")
        return self.fence(inspect(step, result)).lstrip("\n")

    def figure(self, name: str) -> str:
        """What `figure("switch")` puts in its place."""
        from macros import figures

        drawing = figures.figure_svg(name, self.lang, f"figure-{len(self.blocks)}")
        return self.fence(f'<div class="figure">{drawing}</div>').lstrip("\n")

    def _figure(self, result: Result) -> str:
        from macros import figures, topology

        drawing = figures.topology_svg(topology.from_dict(result.data), self.lang, f"topology-{len(self.blocks)}")
        return f'<div class="figure">{drawing}</div>'


def formatter(composer: Any) -> Any:
    """A pymdownx.superfences formatter for `recorded` fences; `composer` is called for the page being built."""

    def render(source: str, language: str, css_class: str, options: dict, md: Any, **_: Any) -> str:
        number = re.fullmatch(r"\s*(\d+)\s*", source)
        if not number or int(number[1]) >= len(composer().blocks):
            raise ValueError(f"{composer().page.path}: the fence name `recorded` is taken by the project")
        return composer().blocks[int(number[1])]

    return render
