"""A fence of a page as a step, and what is wrong with how it is written."""

from __future__ import annotations

import re

from sybil import Region
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

from macros.page.answers import Answer, placeholder
from macros.page.console import commands_of
from macros.page.languages import use
from macros.page.options import NO_OPTIONS, Options
from macros.page.steps import Page, Problem, Step, without_comments
from macros.page.terminal import asks_for_a_terminal

# The stock FencedCodeBlockLexer wants nothing after the language and drops ```bash title="x"``` silently.
FENCES = RawFencedCodeBlockLexer(re.compile(r"[ \t]*\{?[ \t]*\.?(?P<language>[^\s{}`]*)(?P<info>[^\n]*)(?:\n|\Z)"))

# What may follow the fence's characters, for the reader and for Markdown alike: a language, then options. Those in
# braces are Hugo's, as docs.docker.com has them.
VALUE = r"""(?:"[^"\n]*"|'[^'\n]*')"""
OPTION = rf"(?:[ \t]+(?:title|linenums|hl_lines)={VALUE})*"
# Classes such as Material's `{ .sh .no-copy }`.
CLASSES = r"(?:[ \t]+[.#][\w-]+)*"
KEY = r"(?:title|hl_lines|linenos|linenums|lineNos|linenostart|class|id|collapse)"
BRACES = rf"""(?:[ \t]*\{{(?:[ \t,]*(?:[.#][\w-]+|[\d,-]+|{KEY}=(?:{VALUE}|\[[^\]\n]*\]|[^\s,}}"'\[]+)))+[ \t]*\}})"""
INFO = re.compile(rf"[ \t]*(?:\.?[\w#.+-]+{OPTION}{BRACES}?|\{{[ \t]*\.[\w#.+-]+{CLASSES}{OPTION}[ \t]*\}})?[ \t]*")
FENCE_LINE = re.compile(
    r"(?m)^(?P<before>[ \t>]*(?:(?:[-*+:>]|\d+[.)]|\[\^[^\]\n]+\]:)[ \t]+)*)(?P<fence>`{3,}|~{3,})[^\n]*$"
)
TITLE = re.compile(r"""\btitle=(?:(?P<quote>["'])(?P<title>.*?)(?P=quote)|(?P<bare>[^\s,}"']+))""")


def fence(page: Page, region: Region, line: int, options: Options, skip: str, answer: Answer | None = None) -> Step:
    language = str(region.lexemes["language"]).lower()
    found = TITLE.search(str(region.lexemes["info"]))
    title = (found["title"] or found["bare"] or "") if found else ""
    source = str(region.lexemes["source"]).rstrip("\n") + "\n"
    indent = re.match(r"[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]+|(?:>[ \t]*)+)?", page.text[region.start : region.end])[0]
    kind, idle = ("prose", "") if answer else use(language, title, source)
    for name, _ in answer.values if answer else ():
        if not placeholder(name).search(source):
            page.problems.append(Problem(page.path, line, f"this answer has no {name}, which its comment names"))
    commands = tuple(commands_of(page, source, line + 1)) if kind == "console" else ()
    typed = "".join(command.source for command in commands) if kind == "console" else source
    if not idle and kind in ("bash", "console") and asks_for_a_terminal(typed):
        idle = "asks for a terminal"
    if not _closed(page.text[region.start : region.end]):
        page.problems.append(Problem(page.path, line, "this fence is not closed"))
    elif not source.strip():
        page.problems.append(Problem(page.path, line, "this fence is empty"))
    elif kind == "bash" and not (skip or idle) and not without_comments(source).strip():
        message = "this fence has comments alone and runs nothing; a root prompt is `# ` in a console fence"
        page.problems.append(Problem(page.path, line, message))
    info = page.text[region.start : region.end].partition("\n")[0].lstrip(" \t>-*+.)0123456789").lstrip("`~")
    if not INFO.fullmatch(info):
        message = f"what follows the language is not understood: {info.strip()!r}; write options as title=\"a.yaml\""
        page.problems.append(Problem(page.path, line, message))
    if short := _short_line(page.text[region.start : region.end]):
        message = "this line of a fence is indented less than the fence's first line"
        page.problems.append(Problem(page.path, line + short, message))
    if "\t" in source and kind in ("bash", "python", "file"):
        tab = page.line(page.text.index("\t", region.start))
        message = "a tab: Markdown publishes it as blanks, and a reader would copy those; write it as $'\\t'"
        page.problems.append(Problem(page.path, tab, message))
    if kind == "prose" and options is not NO_OPTIONS:
        what = "an answer" if answer else f"a {language or 'nameless'} fence without a title"
        message = f"{what} is not run: its step comment has no effect"
        page.problems.append(Problem(page.path, line, message))
    return Step(
        kind, line, region.start, region.end, source, language,
        title=title, options=options, skip=skip or idle,
        indent=re.sub(r"[^\s>]", " ", indent), commands=commands, answer=answer,
    )  # fmt: skip


def _short_line(text: str) -> int:
    """Of a fence, the first line (from 0) that is indented less than its opening, or 0. Its start would be lost."""
    first, *rest = text.split("\n")
    opening = FENCE_LINE.match(first)
    indent = re.sub(r"[-*+]|\d+[.)]", lambda marker: " " * len(marker[0]), opening["before"]) if opening else ""
    short = (
        number for number, line in enumerate(rest, 1)
        if line.strip() and not line.startswith(indent) and line.strip() != indent.strip()
    )  # fmt: skip
    return next(short, 0)


def _closed(text: str) -> bool:
    """Whether the last line of a fence ends it."""
    first, _, rest = text.rstrip().partition("\n")
    opening, closing = FENCE_LINE.match(first), FENCE_LINE.fullmatch(rest.rpartition("\n")[2])
    bare = bool(closing) and closing[0].rstrip() == closing["before"] + closing["fence"]
    return bare and bool(opening) and closing["fence"] == opening["fence"]
