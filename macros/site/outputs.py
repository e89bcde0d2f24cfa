"""The output box under a fence: what one step printed, as HTML in a page's language."""

from __future__ import annotations

import html
import json

from macros.draw import figures, mounts, packet, packet_sentences, topology, wire
from macros.page.steps import Step
from macros.record.result import Result
from macros.record.visible import visible
from macros.site.highlight import json_html
from macros.words import words

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
    more = words("output", lang)["more"].format(count=len(lines) - FIRST)
    rest = pre("\n".join(lines[FIRST:]))
    return f'{pre(chr(10).join(lines[:FIRST]))}<details class="output__more"><summary>{more}</summary>{rest}</details>'


def highlighted(code: list[str], text: list[str], words: tuple[str, ...]) -> str:
    """Lines of HTML; those are marked whose text, line by line the same, has one of the words."""
    return "\n".join(f"<mark>{line}</mark>" if any(word in plain for word in words) else line
                     for line, plain in zip(code, text, strict=True))  # fmt: skip


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
    return block(words("output", lang)["output"], code, badge, lang=lang)


def printed(result: Result) -> str:
    """The text that stands in a result's block."""
    if result.data is not None:
        return visible(json.dumps(result.data, indent=2, ensure_ascii=False))
    return visible("\n".join(text for _, text in result.parts if text) or result.output)


def inspect(step: Step, result: Result, lang: str) -> str:
    """HTML of an inspect view: the command that shows it, then its JSON."""
    noun = step.call[0].removesuffix("_inspect")
    text = printed(result)
    code = highlighted(json_html(text).split("\n"), text.split("\n"), step.options.mark)
    return block(f"docker {noun} inspect {step.call[1]}", code, kind="inspect", lang=lang)


def drawn(step: Step) -> bool:
    """Whether a step is a macro call that draws what it sees."""
    return step.kind == "probe" and not step.call[0].endswith("_inspect")


def shown(step: Step, result: Result, lang: str, ident: str) -> str:
    """HTML of what a step did; `ident` is the base of a drawing's ids, unique on its page."""
    if step.kind == "console" or result.parts:
        last = len(result.parts) - 1
        return "".join(output(Result("", status, text), lang, step.options.mark if at == last else ())
                       for at, (status, text) in enumerate(result.parts))  # fmt: skip
    if step.kind != "probe":
        return output(result, lang, step.options.mark)
    if step.call[0] == "topology":
        return figure(figures.topology_svg(topology.from_dict(result.data), lang, ident))
    if step.call[0] == "hosts_topology":
        return figure(figures.hosts_svg(wire.from_dict(result.data), lang, ident))
    if step.call[0] == "mounts":
        return figure(figures.mounts_svg(mounts.from_dict(result.data), lang, ident))
    if step.call[0] == "packet":
        return way(packet.from_dict(result.data), lang, ident)
    return inspect(step, result, lang)


def way(found: packet.Way, lang: str, ident: str) -> str:
    """HTML of a packet's way: the command that sent it, the gist, and the picture in a fold.

    The picture is some screens long on a phone. Where there is room, the stylesheet opens the fold and takes its
    summary away, so that nothing calls closed what is seen; a browser that cannot do so keeps a fold that works.
    """
    badge = f' <span class="output__exit">exit {found.exit}</span>' if found.exit else ""
    # A line is broken between words, never within an option.
    typed = " ".join(f"<span>{html.escape(word)}</span>" for word in visible(found.command).split())
    command = f'<p class="figure__command"><code>{typed}</code>{badge}</p>'
    texts = words("packet", lang)
    path, decided = packet_sentences.verdict(found, texts, lambda text: f"<code>{html.escape(visible(text))}</code>")
    gist = f'<p class="figure__gist">{path}<br>{" ".join(decided)}</p>'
    drawing = f"<summary>{texts['picture']}</summary>{figures.packet_svg(found, lang, ident)}"
    return f'<div class="figure figure--way">{command}{gist}<details class="figure__fold">{drawing}</details></div>'


def figure(drawing: str) -> str:
    """HTML of a picture."""
    return f'<div class="figure">{drawing}</div>'
