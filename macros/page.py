"""Read a Markdown page into the steps that it asks to be run.

This is the only reader of fences. It stands on Sybil's `Document` and lexers, and it never raises on
what a page holds: what is wrong with a page is listed in `Page.problems`, each with its line, and the
callers decide (a build and the tests refuse such a page; nothing of it is lost silently).
"""

from __future__ import annotations

import ast
import difflib
import re
from pathlib import Path

from sybil import Document, Region
from sybil.parsers.abstract.lexers import LexingException
from sybil.parsers.markdown.lexers import DirectiveInHTMLCommentLexer, RawFencedCodeBlockLexer

from macros.options import NO_OPTIONS, OptionError, Options, parse_options, parse_skip
from macros.steps import Command, Page, Problem, Step

# Macro calls that need a running engine. They are steps of the page, run where they stand.
PROBES = ("network_inspect", "volume_inspect", "container_inspect", "topology", "hosts_topology")

# The others that macros/__init__.py defines.
MACROS = ("figure", "engine", "engine_differences", "mutants")

RUN_LANGUAGES = ("bash", "console", "python")

# The stock FencedCodeBlockLexer wants nothing after the language and drops ```bash title="x"``` silently.
FENCES = RawFencedCodeBlockLexer(re.compile(r"[ \t]*\{?[ \t]*\.?(?P<language>[^\s{}`]*)(?P<info>[^\n]*)(?:\n|\Z)"))
WORDS = ("step", "skip", "invisible-code-block", "invisible-code")
DIRECTIVES = DirectiveInHTMLCommentLexer(f"(?:{'|'.join(WORDS)})")
# How any comment begins that may be meant as one of these: a word, then a colon, an option or the end.
LIKE_DIRECTIVE = re.compile(r"<!--+\s*(?P<word>[A-Za-z-]+)(?=\s*:|\s+\w+[=<>!]|\s*-->)")
MACRO = re.compile(r"<!--\[\[(?P<expression>(?:(?!<!--\[\[).)*?)\]\]-->", re.DOTALL)
# What may follow the fence's characters, for the reader and for Markdown alike: a language, then options.
OPTION = r"""(?:[ \t]+(?:title|linenums|hl_lines)=(?:"[^"\n]*"|'[^'\n]*'))*"""
INFO = re.compile(rf"[ \t]*(?:\.?[\w#.+-]+{OPTION}|\{{[ \t]*\.[\w#.+-]+{OPTION}[ \t]*\}})?[ \t]*")
FENCE_LINE = re.compile(r"(?m)^(?P<before>[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*)(?P<fence>`{3,}|~{3,})[^\n]*$")
UNCLOSED_MACRO = re.compile(r"<!--\[\[(?!(?:(?!<!--\[\[).)*?\]\]-->)", re.DOTALL)
TITLE = re.compile(r"""\btitle=(?P<quote>["'])(?P<title>.*?)(?P=quote)""")

# What no page needs: these act on a terminal, end a shell's text early, or show code in another order than it is run.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

# A command that waits for a keyboard cannot run unattended: `run -it`, `exec -it`, `attach`, without -d.
TERMINAL = re.compile(
    r"^[ \t]*(?:sudo\s+)?docker\s+(?:container\s+)?(?:attach\b|"
    r"(?:run|exec)\s(?![^\n]*\s(?:-[a-z]*d[a-z]*|--detach)\b)[^\n]*?(?:^|\s)(?:-(?:it|ti)\b|-i\s+-t\b|-t\s+-i\b))",
    re.MULTILINE,
)


def read(path: str | Path, shown: str = "") -> Page:
    """Read the page at `path`; `shown` is how messages call it. Raises OSError."""
    data = Path(path).read_bytes()
    try:
        return parse(_lines(data.decode("utf-8")), shown or str(path))
    except UnicodeDecodeError as error:
        page = parse(_lines(data.decode("utf-8", errors="replace")), shown or str(path))
        message = f"byte 0x{data[error.start]:02x} is not UTF-8: save the page as UTF-8"
        page.problems.insert(0, Problem(page.path, data.count(b"\n", 0, error.start) + 1, message))
        return page


def _lines(text: str) -> str:
    """Text with "\\n" at the end of each line, as a file opened for text has it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse(text: str, path: str) -> Page:
    """Read `text` as the page at `path`."""
    document = Document(text, path)
    page = Page(path, text)
    regions = _outermost(_regions(document, page))
    options: tuple[Options, int] | None = None
    skip: tuple[str, int] | None = None
    previous_end = 0
    for region in regions:
        line = page.line(region.start)
        directive = region.lexemes.get("directive")
        if (options or skip) and not _only_space(page, previous_end, region.start):
            options, skip = _dangling(page, options, skip), None
        previous_end = _region_end(page, region)
        if directive:
            page.comments.append((region.start, previous_end))
        if directive == "step":
            options = _options(page, region, line), line
        elif directive == "skip":
            skip = _skip(page, region, line), line
        else:
            given = options[0] if options else NO_OPTIONS
            if region.parsed is not None:
                step = _probe(page, region, line, given)
            elif directive:
                step = _check(page, region, line, given)
            else:
                step = _fence(page, region, line, given, skip[0] if skip else "")
            if step:
                page.steps.append(step)
            options = skip = None
    _dangling(page, options, skip)
    _unique_ids(page)
    _fence_lines(page, regions)
    _controls(page)
    _unclosed_macros(page, regions)
    _unread_comments(page, regions)
    page.problems.sort(key=lambda problem: problem.line)
    return page


def _regions(document: Document, page: Page) -> list[Region]:
    found = list(FENCES(document))
    try:
        found += DIRECTIVES(document)
    except LexingException as error:
        opening = re.search(r"starting at line (\d+)", str(error))
        page.problems.append(
            Problem(page.path, int(opening[1]) if opening else 1, "a comment is not closed: --> is missing")
        )
    for match in MACRO.finditer(document.text):
        found.append(Region(match.start(), match.end(), parsed=match["expression"].strip()))
    return [region for region in found if region.start >= page.body]


def _outermost(regions: list[Region]) -> list[Region]:
    """What starts inside something else is that thing's text: a fence in a comment, a comment in a fence."""
    kept: list[Region] = []
    for region in sorted(regions, key=lambda region: (region.start, -region.end)):
        if not kept or region.start >= kept[-1].end:
            kept.append(region)
    return kept


def _region_end(page: Page, region: Region) -> int:
    """Sybil's comment regions stop before their `-->`."""
    if "directive" not in region.lexemes:
        return region.end
    return page.text.index("-->", region.end) + len("-->")


def _region_over(match: re.Match[str], regions: list[Region]) -> Region | None:
    """The first region that has a part of the match, if any."""
    return next((region for region in regions if region.start < match.end() and match.start() < region.end), None)


def _only_space(page: Page, start: int, end: int) -> bool:
    """Whether nothing stands between a comment and its fence (a list item's or quote's marker may)."""
    return not page.text[start:end].strip(" \t\n>")


def _dangling(page: Page, options: tuple | None, skip: tuple | None) -> None:
    for given, what in ((options, "step"), (skip, "skip")):
        if given:
            page.problems.append(Problem(page.path, given[1], f"this {what} comment stands before no fence"))


def _options(page: Page, region: Region, line: int) -> Options:
    try:
        return parse_options(str(region.lexemes["arguments"] or "") + " " + str(region.lexemes["source"]))
    except OptionError as error:
        page.problems.append(Problem(page.path, line, str(error)))
        return NO_OPTIONS


def _skip(page: Page, region: Region, line: int) -> str:
    try:
        return parse_skip(str(region.lexemes["arguments"] or "") + " " + str(region.lexemes["source"]))
    except OptionError as error:
        page.problems.append(Problem(page.path, line, str(error)))
        return ""


def _probe(page: Page, region: Region, line: int, options: Options) -> Step | None:
    try:
        tree = ast.parse(region.parsed, mode="eval").body
    except (SyntaxError, ValueError):
        return None  # Not Python: Jinja's to judge.
    if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)):
        return None
    if tree.func.id not in PROBES:
        if tree.func.id not in MACROS:
            message = f"unknown macro {tree.func.id!r}; there are: {', '.join((*PROBES, *MACROS))}"
            page.problems.append(Problem(page.path, line, message))
        return None
    literal = all(isinstance(a, ast.Constant) and isinstance(a.value, str) for a in tree.args)
    if tree.keywords or not literal or not tree.args:
        message = f"{tree.func.id}() takes names in quotes, nothing else: it is run before the page is built"
        page.problems.append(Problem(page.path, line, message))
        return None
    call = (tree.func.id, *(argument.value for argument in tree.args))
    return Step("probe", line, region.start, region.end, region.parsed, options=options, call=call)


def _check(page: Page, region: Region, line: int, options: Options) -> Step | None:
    """A hidden check: `<!-- invisible-code-block: bash` ... `-->`."""
    language = str(region.lexemes["arguments"]).strip()
    if language not in ("bash", "python"):
        message = f"a hidden check is bash or python, not {language!r}"
        page.problems.append(Problem(page.path, line, message))
        return None
    source = str(region.lexemes["source"])
    return Step(language, line, region.start, region.end, source, language, options=options, hidden=True)


def _fence(page: Page, region: Region, line: int, options: Options, skip: str) -> Step:
    language = str(region.lexemes["language"]).lower()
    title = TITLE.search(str(region.lexemes["info"]))
    source = str(region.lexemes["source"]).rstrip("\n") + "\n"
    indent = re.match(r"[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]+)?", page.text[region.start : region.end])[0]
    kind = language if language in RUN_LANGUAGES else "file" if title else "prose"
    commands: tuple[Command, ...] = ()
    if kind == "console":
        commands = tuple(_commands(page, source, line + 1))
    if kind in ("bash", "console") and not skip and TERMINAL.search(re.sub(r"(?m)^[$#] ", "", source)):
        skip = "asks for a terminal"
    if not _closed(page.text[region.start : region.end]):
        page.problems.append(Problem(page.path, line, "this fence is not closed"))
    elif not source.strip():
        page.problems.append(Problem(page.path, line, "this fence is empty"))
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
        message = f"a {language or 'nameless'} fence without a title is not run: its step comment has no effect"
        page.problems.append(Problem(page.path, line, message))
    return Step(
        kind, line, region.start, region.end, source, language,
        title=title["title"] if title else "", options=options, skip=skip,
        indent=re.sub(r"\S", " ", indent), commands=commands,
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


def _commands(page: Page, source: str, first_line: int) -> list[Command]:
    """Split a console fence at its prompts (`$ `, or `# ` if the fence begins with one)."""
    prompt = "# " if source.startswith("# ") else "$ "
    commands: list[Command] = []
    code: list[str] = []
    output: list[str] = []
    start = first_line

    def finish() -> None:
        if code:
            commands.append(Command("\n".join(code) + "\n", "\n".join(output).strip("\n"), start))

    for number, text in enumerate(source.splitlines(), first_line):
        continued = bool(code) and not output and code[-1].endswith("\\")
        if text.startswith(prompt):
            finish()
            code, output, start = [text[len(prompt) :]], [], number
        elif continued or (code and not output and text.startswith("> ")):
            code.append(text[2:] if text.startswith("> ") else text)
        elif code:
            output.append(text)
        elif text.strip():
            page.problems.append(Problem(page.path, number, "output before the first prompt of this console fence"))
    finish()
    return commands


def _unique_ids(page: Page) -> None:
    seen: dict[str, int] = {}
    for step in page.steps:
        if step.options.id in seen:
            message = f"id={step.options.id} is taken by the step of line {seen[step.options.id]}"
            page.problems.append(Problem(page.path, step.line, message))
        elif step.options.id:
            seen[step.options.id] = step.line


def _fence_lines(page: Page, regions: list[Region]) -> None:
    """Lines that look like the edge of a fence and are none for this reader may be one for Markdown."""
    for match in FENCE_LINE.finditer(page.text, page.body):
        region = _region_over(match, regions)
        message = "this line begins or ends no fence: are its characters and its indent those of the other end?"
        if region is None:
            page.problems.append(Problem(page.path, page.line(match.start()), message))
        elif "language" in region.lexemes and region.start < match.start() and match.end() < region.end:
            outer = FENCE_LINE.match(page.text, region.start)
            if outer is None or len(outer["fence"]) <= len(match["fence"]) or outer["before"].strip():
                message = "a fence in a fence: write the outer one with more characters, ````"
                page.problems.append(Problem(page.path, page.line(match.start()), message))


def _controls(page: Page) -> None:
    """One problem a page: where one such character is, an editor or a copied text brought it."""
    if match := CONTROL.search(page.text):
        message = f"control character U+{ord(match[0]):04X}: delete it, or write it as an escape such as \\033"
        page.problems.append(Problem(page.path, page.line(match.start()), message))


def _unclosed_macros(page: Page, regions: list[Region]) -> None:
    for match in UNCLOSED_MACRO.finditer(page.text, page.body):
        if not any(region.start <= match.start() < region.end for region in regions):
            message = "a macro call is not closed: ]]--> is missing"
            page.problems.append(Problem(page.path, page.line(match.start()), message))


def _unread_comments(page: Page, regions: list[Region]) -> None:
    """A comment that was meant for this reader and is none for it would leave its step without its options."""
    for match in LIKE_DIRECTIVE.finditer(page.text, page.body):
        meant = difflib.get_close_matches(match["word"].lower().strip("-"), WORDS, n=1, cutoff=0.8)
        unclosed = DIRECTIVES.start_pattern.match(page.text, page.text.rfind("\n", 0, match.start()) + 1)
        if meant and not unclosed and not _region_over(match, regions):
            message = f"this comment is not read: write it as <!-- {meant[0]}: and at the beginning of its line"
            page.problems.append(Problem(page.path, page.line(match.start()), message))
