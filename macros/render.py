"""Recording -> what stands under each fence of a page: output blocks, inspect views, provenance."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from pygments import highlight
from pygments.filter import Filter
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import JsonLexer, TextLexer, get_lexer_by_name
from pygments.token import Text, Whitespace
from pygments.util import ClassNotFound

from macros.differences import Difference
from macros.recording import Recordings, Result
from macros.steps import Page, Step, call_text

WORDS = {
    "ko": {
        "output": "출력", "live": "이 빌드에서 실행", "recorded": "기록",
        "provenance": "이 페이지의 출력은 모두 아래 엔진에서 나온 것입니다 ({how}).",
        "verified": "Docker Engine {version}: {date}, {ran}단계 실행, {skipped}단계 건너뜀",
        "stale": "이 명령의 출력은 아직 기록되지 않았습니다.", "trouble": "아직 고칠 것이 있는 페이지입니다",
        "from": "Docker Engine {engine}부터 됩니다.", "lacks": "모든 환경에서 되는 명령은 아닙니다.",
        "not_run": "({engines}에서는 실행하지 않았습니다)",
        "step": "{number}번째 명령으로 가는 링크", "more": "나머지 {count}줄",
        "there": "이 명령이 있는 곳", "script": "이 페이지의 명령 내려받기",
        "copy": "클립보드로 복사",
        "mutants": ("페이지", "있을 수 있는 변경", "실행한 변경", "알아차림", "달라지는 것 없음", "놓침"),
    },
    "en": {
        "output": "Output", "live": "run in this build", "recorded": "recorded",
        "provenance": "All output on this page comes from these engines ({how}).",
        "verified": "Docker Engine {version}: {date}, {ran} steps run, {skipped} skipped",
        "stale": "The output of this command has not been recorded yet.", "trouble": "This page has to be mended",
        "from": "Works from Docker Engine {engine} on.", "lacks": "Not every environment offers this.",
        "not_run": "(not run on {engines})",
        "step": "Link to command {number}", "more": "{count} more lines",
        "there": "Where this command stands", "script": "Download the commands of this page",
        "copy": "Copy to clipboard",
        "mutants": ("Pages", "Possible changes", "Changes run", "Noticed", "Nothing differs", "Missed"),
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


# What Markdown makes of a fence's first line beyond its language and title.
FENCE_OPTIONS = re.compile(r"[^\n]*\b(?:linenums|hl_lines)=")

# What stands in a page's HTML for a block until `placed`.
HELD = '<pre data-recorded="{}">{}</pre>'
HELD_HTML = re.compile(HELD.format(r"(\d+)", "[^<]*"))

# A fence as pymdownx.highlight makes it; text of a page has no such tags.
FENCE_HTML = re.compile(r"<pre><span></span><code>(.*?)</code></pre>", re.DOTALL)
COPY = (
    '<pre id="code-{number}"><span class="code"><code>{code}</code></span><span class="md-code__nav"><button '
    'class="md-code__button" title="{title}" data-clipboard-target="#code-{number} code" data-md-type="copy"></button>'
    "</span></pre>"
)

# Of an output with more lines than the first number, as many as the second are shown and the rest is folded.
LONG, FIRST = 16, 10


def folded(code: str, lang: str) -> str:
    """An output's HTML: all of it, or its first lines and a fold that holds the rest.

    A fold is HTML's own: it opens without JavaScript, by keyboard, and for who searches in the page. Lines are
    complete elements each, since nothing here spans them. What is highlighted is never folded away.
    """
    lines = code.split("\n")
    # Not code, for which Material's script would keep watch on each of them.
    pre = '<pre class="output__text" tabindex="0"><samp>{}</samp></pre>'.format
    if len(lines) <= LONG or any("<mark" in line for line in lines[FIRST:]):
        return pre(code)
    more = WORDS[lang]["more"].format(count=len(lines) - FIRST)
    rest = pre("\n".join(lines[FIRST:]))
    return f'{pre(chr(10).join(lines[:FIRST]))}<details class="output__more"><summary>{more}</summary>{rest}</details>'


def highlighted(code: list[str], text: list[str], words: tuple[str, ...]) -> str:
    """Lines of HTML; those are marked whose text, line by line the same, has one of the words."""
    return "\n".join(f"<mark>{line}</mark>" if any(word in plain for word in words) else line
                     for line, plain in zip(code, text, strict=True))  # fmt: skip


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


def block(label: str, code: str, badge: str = "", kind: str = "", lang: str = "en") -> str:
    """One output block. `code` is HTML already; `label` is text."""
    label = html.escape(visible(label))
    mark = f' <span class="output__exit">{html.escape(badge)}</span>' if badge else ""
    pre = folded(code, lang) if code else ""
    name = f"output {kind}".rstrip()
    heading = f'<p class="output__label">{label}{mark}</p>'
    return f'<div class="{name}" role="group" aria-label="{label}">{heading}{pre}</div>'


def output(result: Result, lang: str, marks: tuple[str, ...] = ()) -> str:
    """HTML of what a step printed; "" where it printed nothing and ended with 0."""
    badge = f"exit {result.exit}" if result.exit else ""
    if not result.output and not badge:
        return ""
    text = visible(result.output)
    code = highlighted(html.escape(text).split("\n"), text.split("\n"), marks)
    return block(WORDS[lang]["output"], code, badge, lang=lang)


def printed(result: Result) -> str:
    """The text that stands in a result's block."""
    if result.data is not None:
        return visible(json.dumps(result.data, indent=2, ensure_ascii=False))
    return visible("\n".join([result.output, *(text for _, text in result.parts)]))


def inspect(step: Step, result: Result, lang: str) -> str:
    """HTML of an inspect view: the command that shows it, then its JSON."""
    noun = step.call[0].removesuffix("_inspect")
    text = printed(result)
    code = _html(text, JsonLexer(), HtmlFormatter(nowrap=True))
    code = highlighted(code.split("\n"), text.split("\n"), step.options.mark)
    return block(f"docker {noun} inspect {step.call[1]}", code, kind="inspect", lang=lang)


def scripts(page: Page) -> dict[str, str]:
    """The page's commands as files beside it: name -> host whose steps they are ("" for all).

    They are called by the page, or where that is an index by its chapter, since pages may share a folder.
    """
    path = Path(page.path)
    name = path.parent.name if path.stem == "index" else path.stem
    return {f"{name}-{host}.sh": host for host in page.hosts} if len(page.hosts) > 1 else {f"{name}.sh": ""}


def provenance(page: Page, recordings: Recordings, lang: str) -> str:
    """The foot of a page: its commands as a script, and each engine that ran it, when, and how many of its steps."""
    words, lines = WORDS[lang], []
    for recording in recordings.engines.values():
        skipped = sum(1 for result in recording.results if result.skipped)
        ran = len(recording.results) - skipped
        lines.append(words["verified"].format(
            version=recording.engine["version"], date=recording.engine["date"], ran=ran, skipped=skipped))  # fmt: skip
    how = words["live" if recordings.live else "recorded"]
    first = html.escape(words["provenance"].format(how=how))
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    links = " ".join(
        f'<a href="{name}" download>{html.escape(words["script"] + (f" ({host})" if host else ""))}</a>'
        for name, host in scripts(page).items())  # fmt: skip
    return f'<footer class="provenance"><p>{first}</p><ul>{items}</ul><p>{links}</p></footer>'


def variants(results: dict[str, Result]) -> list[tuple[list[str], Result]]:
    """Results that differ, each with the engines that gave it, newest first; without those that skipped the step."""
    found: list[tuple[list[str], Result]] = []
    for engine, result in results.items():
        if result.skipped:
            continue
        same = next((engines for engines, other in found if other == result), None)
        if same is None:
            found.append(([engine], result))
        else:
            same.append(engine)
    return found


def tabs(name: str, contents: dict[str, str]) -> str:
    """Tabs, one an engine. Radio buttons and CSS do it; a script of the theme keeps all sets of a reader in step.

    Material's own tabs measure and animate each set by script, which a page of many sets cannot afford on a phone.
    """
    inputs, labels, blocks = "", "", ""
    for number, (engine, content) in enumerate(contents.items(), 1):
        ident = f"__engine_{name}_{number}"
        checked = " checked" if number == 1 else ""
        inputs += f'<input{checked} id="{ident}" name="__engine_{name}" type="radio">'
        labels += f'<label for="{ident}">{html.escape(engine)}</label>'
        blocks += f'<div class="engines__block">{content}</div>'
    return f'<div class="engines">{inputs}<div class="engines__labels">{labels}</div>{blocks}</div>'


class Composer:
    """Puts blocks under the fences of one page. Each block is a fence named `recorded` that holds its number:
    whatever a list, tab or admonition does to a fence works for it, and no engine text meets Markdown or Jinja.

    blocks: their HTML; searched: of those that `placed` puts on the page, number -> text that the search has of it.
    """

    def __init__(self, page: Page, recordings: Recordings | None, lang: str, trouble: str = "") -> None:
        self.page, self.recordings, self.lang, self.trouble = page, recordings, lang, trouble
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
        """The page's Markdown without front matter and comments, with the output under each fence.

        What is wrong with the page stands at its top, for who is writing it.
        """
        edits = [(start, end, "") for start, end in self.page.comments]
        if self.trouble:
            shown = block(WORDS[self.lang]["trouble"], html.escape(visible(self.trouble)), kind="trouble")
            edits.append((self.page.body, self.page.body, self.fence(shown).lstrip("\n") + "\n"))
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
        label = WORDS[self.lang]["step"].format(number=self._number)
        host = html.escape(step.options.host or self.page.hosts[0]) if len(self.page.hosts) > 1 else ""
        shown = f'<span class="fence-host">{host}</span>' if host else ""
        link = f'<a class="step-link" href="#{name}" aria-label="{label}" title="{label}">#</a>'
        return f'<p class="step" id="{name}" data-search-exclude>{shown}{link}</p>'

    def _under(self, step: Step) -> str:
        """Markdown under a step: its output, in tabs where engines differ, and where it did not run."""
        words = WORDS[self.lang]
        if self.recordings is None:
            return self.fence(block(words["stale"], ""), step.indent, searched="")
        results = self.recordings.of_step(self._places[id(step)])
        different = variants(results)
        for word in step.options.mark:
            # An explanation that points at it would point at nothing.
            if different and not any(word in printed(result) for _, result in different):
                raise ValueError(f"{self.page.path}:{step.line}: mark={word}: no line of the output has it")
        if len(different) > 1:
            shown = {engine: self._show(step, result) for engines, result in different for engine in engines}
            name = f"{self._places[id(step)]}"
            content = tabs(name, {f"Engine {engine}": shown[engine] for engine in results if engine in shown})
        else:
            content = self._show(step, different[0][1]) if different else ""
        missing = [engine for engine, result in results.items() if result.skipped]
        if missing and not step.skip:
            note = words["from"].format(engine=wanted) if (wanted := from_engine(step)) else words["lacks"]
            note += " " + words["not_run"].format(engines=", ".join(missing))
            content += f'<p class="output__note">{html.escape(note)}</p>'
        drawn = step.kind == "probe" and step.call[0].endswith("topology")
        return self.fence(content, step.indent, searched=printed(different[0][1]) if different and not drawn else "")

    def _show(self, step: Step, result: Result, ident: str = "") -> str:
        """HTML of one result; `ident` tells apart steps that are not this page's."""
        if step.kind == "console":
            last = len(result.parts) - 1
            return "".join(output(Result("", status, text), self.lang, step.options.mark if at == last else ())
                           for at, (status, text) in enumerate(result.parts))  # fmt: skip
        if step.kind != "probe":
            return output(result, self.lang, step.options.mark)
        if step.call[0] in ("topology", "hosts_topology"):
            from macros import figures, topology, wire

            place = ident or self._places[id(step)]
            # One step may be drawn once for each engine, and each drawing needs ids of its own.
            self._drawn += 1
            ident = f"topology-{place}-{self._drawn}"
            if step.call[0] == "topology":
                drawing = figures.topology_svg(topology.from_dict(result.data), self.lang, ident)
            else:
                drawing = figures.hosts_svg(wire.from_dict(result.data), self.lang, ident)
            return f'<div class="figure">{drawing}</div>'
        return inspect(step, result, self.lang)

    def probe(self, *call: str) -> str:
        """What a macro call of the page puts in its place. Raises ValueError where it is no step of the page."""
        if not self._probes or self._probes[0].call != call:
            raise ValueError(f"{self.page.path}: {call_text(call)} is not a step of this page: write its arguments out")
        return self._under(self._probes.pop(0)).lstrip("\n")

    def differences(self, found: Iterable[Difference]) -> str:
        """Markdown that lists steps of other pages: a link to each, its command, and what each engine printed."""
        parts, page = [], ""
        for number, difference in enumerate(found):
            step = difference.step
            if difference.page != page:
                page = difference.page
                parts.append(f"### {difference.title} {{#{page.removesuffix('.md').replace('/', '-')}}}")
            parts.append(f"[{WORDS[self.lang]['there']}]({difference.page}#{difference.anchor})")
            if step.kind != "probe":  # an inspect view says its command
                # To be read, not run: a phone would feel the highlighting and the copy buttons of a hundred commands.
                command = f'<pre class="output__text" tabindex="0"><samp>{html.escape(visible(step.key))}</samp></pre>'
                shown = f'<div class="output command">{command}</div>'
                parts.append(self.fence(shown, searched="").strip("\n"))
            contents = {f"Engine {engine}": self._show(step, result, f"{number}")
                        for engine, result in difference.results.items() if not result.skipped}  # fmt: skip
            parts.append(self.fence(tabs(f"listed-{number}", contents), searched="").strip("\n"))
        return "\n\n".join(parts)

    def figure(self, name: str) -> str:
        """What `figure("switch")` puts in its place."""
        from macros import figures

        drawing = figures.figure_svg(name, self.lang, f"figure-{len(self.blocks)}")
        return self.fence(f'<div class="figure">{drawing}</div>', searched="").lstrip("\n")


def from_engine(step: Step) -> str:
    """The version from which a step works ("25"), where its condition is engine>=."""
    return next((version for sign, version in step.options.engine if sign == ">="), "")


def formatter(composer: Any) -> Any:
    """A pymdownx.superfences formatter for `recorded` fences; `composer` is called for the page being built."""

    def render(source: str, language: str, css_class: str, options: dict, md: Any, **_: Any) -> str:
        number = re.fullmatch(r"\s*(\d+)\s*", source)
        if not number or int(number[1]) >= len(composer().blocks):
            raise ValueError(f"{composer().page.path}: the fence name `recorded` is taken by the project")
        text = composer().searched.get(int(number[1]))
        return composer().blocks[int(number[1])] if text is None else HELD.format(number[1], html.escape(text))

    return render


def noticed(results: dict[str, dict], lang: str) -> str:
    """A Markdown table of library.mutants over all pages."""
    numbers = [len(results)]
    numbers += [sum(result[name] for result in results.values()) for name in ("of", "mutants", "caught")]
    numbers += [sum(len(result[name]) for result in results.values()) for name in ("equivalent", "survivors")]
    rows = (WORDS[lang]["mutants"], ["---:"] * len(numbers), numbers)
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


def placed(page: str, blocks: list[str]) -> str:
    """The HTML of a page with its blocks in their places.

    Most of a page's elements are in its outputs and drawings: where they come last, what reads the HTML before
    (the search, the check of anchors) reads the text of an output alone.
    """
    return HELD_HTML.sub(lambda match: blocks[int(match[1])], page)


def copyable(page: str, lang: str) -> str:
    """The HTML of a page with a button on each fence, for Material's script to copy it with.

    That script puts buttons on what is `pre > code`, and measures and watches each of them first: with many fences that
    is half of what it does before a page answers.
    """
    number = count(1)
    return FENCE_HTML.sub(
        lambda match: COPY.format(number=next(number), code=match[1], title=WORDS[lang]["copy"]), page
    )
