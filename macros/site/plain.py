"""A page as Markdown that stands alone: its text, its commands, and under each what it printed.

For readers without a browser, language models among them; llms.txt lists these pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from macros.page.steps import Page, Step
from macros.record.recording import Recordings
from macros.record.result import Result
from macros.site import changed, notes
from macros.site.outputs import drawn, printed
from macros.site.sessions import by_command, parts
from macros.site.tabs import variants
from macros.site.top import title_end
from macros.words import words

CALL = re.compile(r"<!--\[\[ *(\w+)\((.*?)\) *\]\]-->")
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+\.md)")
HEADING_ID = re.compile(r"(?m)^(#{1,6} .*?) *\{#[\w-]+\} *$")
# Boxes that lay Markdown out side by side.
BOX = re.compile(r"(?m)^<(?:div [^>\n]*\bmarkdown|/div)>$")

Describe = Callable[[str, Result | None], str]
NO_CALLS: Mapping[str, Callable[[str], str]] = MappingProxyType({})


def markdown(page: Page, recordings: Recordings | None, lang: str, describe: Describe,
             address: Callable[[str], str], above: str = "",
             calls: Mapping[str, Callable[[str], str]] = NO_CALLS) -> str:  # fmt: skip
    """The page without front matter, comments and macro calls. `describe` tells a drawing in sentences, given its
    call (`topology`, or the name of a figure) and the step's result. `address` is where a page that a link names is.

    above: what stands under the title; calls: name of a macro -> the Markdown that it puts in the place of a call,
    given its argument."""
    edits = [(start, end, "") for start, end in page.comments]
    fences = [range(step.start, step.end) for step in page.steps]
    edits += [(*box.span(), "") for box in BOX.finditer(page.text) if not any(box.start() in of for of in fences)]
    if above:
        edits.append((title_end(page), title_end(page), f"\n\n{above}\n"))
    for index, step in enumerate(page.recorded):
        if step.hidden:
            continue
        known = recordings.of_step(index) if recordings else {}
        results = {engine: result.printed() for engine, result in known.items()}
        changes = "" if page.changes(step) == "hide" else _indented(_changed(known, lang), step.indent)
        if step.options.output == "hide" and step.kind != "console":
            edits.append((step.end, step.end, changes))
            continue
        text = _results(step, results, lang, describe)
        if step.kind == "probe":
            edits.append((step.start, step.end, text.lstrip("\n").removeprefix(step.indent)))
        elif (step.kind == "console" and results and not step.skip) or by_command(step, results):
            edits.append((step.start, step.end, _session(page, step, results, lang, describe) + changes))
        else:
            edits.append((step.end, step.end, text + changes))
    text = page.edited(edits)
    calls = {"figure": lambda name: describe(name, None)} | {**calls}
    text = CALL.sub(lambda call: calls.get(call[1], lambda _: "")(call[2].strip("\"'")), text)
    text = LINK.sub(lambda link: f"]({address(link[1])}", text)
    return re.sub(r"\n{3,}", "\n\n", HEADING_ID.sub(r"\1", text)).strip() + "\n"


def _session(page: Page, step: Step, results: dict[str, Result], lang: str, describe: Describe) -> str:
    """A fence of several commands, cut where one printed something: in a console fence that takes the place of what was
    expected."""
    hidden, text = step.options.output == "hide", ""
    for part in parts(step, results, cut=not hidden):
        shown = fenced("\n".join(prompt + line for prompt, line in part.lines), step.kind)
        text += "".join("\n" + f"{step.indent}{line}".rstrip() for line in ["", *shown.split("\n")])
        text += "" if hidden else _results(step, part.results, lang, describe).rstrip("\n")
        text += "\n"
    # A list's marker stands before the first fence.
    begin = re.match(r"[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?", page.text[step.start : step.end])[0]
    return begin + text.lstrip("\n").removeprefix(step.indent).rstrip("\n") + "\n"


def _results(step: Step, results: dict[str, Result], lang: str, describe: Describe) -> str:
    told = []
    different = variants(results)
    for engines, result in different:
        which = f" (Docker Engine {', '.join(engines)})" if len(different) > 1 else ""
        if drawn(step):
            first, *more = describe(step.call[0], result).split("\n")
            told.append("\n".join([first + which, *more]))
            continue
        exit_code = f", exit {result.exit}" if result.exit else ""
        text = printed(result)
        if not text and not exit_code:
            continue
        name, kind = words("output", lang)["output"], "json" if step.call else "text"
        if step.call:
            name = f"`docker {step.call[0].removesuffix('_inspect')} inspect {step.call[1]}`"
        told.append(f"{name}{exit_code}{which}:" + (f"\n\n{fenced(text, kind)}" if text else ""))
    told += [said] if (said := notes.note(step, results, lang)) else []
    return _indented("\n\n".join(told), step.indent)


def _indented(block: str, indent: str) -> str:
    return "".join("\n" + f"{indent}{line}".rstrip() for line in ["", *block.split("\n")]) + "\n" if block else ""


def _changed(results: dict[str, Result], lang: str) -> str:
    """What a step changed on its host, of each engine that changed something else."""
    different = changed.variants(results)
    return "\n\n".join(
        changed.summed([(engines, changes)], lang, len(different) > 1) + "\n\n" + fenced("\n".join(changes), "diff")
        for engines, changes in different if changes
    )  # fmt: skip


def fenced(text: str, language: str) -> str:
    """Text in a fence that nothing in it closes."""
    marks = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
    return f"{marks}{language}\n{text}\n{marks}"


def index(name: str, description: str, pages: list[tuple[str, str, str]]) -> str:
    """llms.txt: what the site is, then its pages as (title, address, description)."""
    lines = [f"# {name}", "", f"> {description}", ""]
    return "\n".join(lines + [f"- [{title}]({address}): {about}" for title, address, about in pages]) + "\n"
