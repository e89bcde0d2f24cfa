"""Properties over texts that nobody thought of: pages.

The same examples each time, so that a run fails for what was changed; EXAMPLES=10000 looks further.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections import Counter
from html.parser import HTMLParser

from hypothesis import assume, event, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pymdownx.superfences import highlight_validator

from macros.draw.model import Host, Topology, to_dict
from macros.page.calls import MACRO
from macros.page.reader import parse
from macros.record.recording import Recording, Recordings
from macros.record.result import Result
from macros.site.composer import CALL, SHOWN, Composer
from macros.site.placing import formatter, misplaced
from tests.tools.properties import examples, site_markdown

# Lines of Markdown that have to do with fences, and lines that have not, at all indents.
PIECES = [
    "", "text", "- item", "1. item", "> quote", "!!! note", '=== "tab"', "# head", "`code`", "| a |", "|---|",
    "term\n:   x", "[^1]: note", '=== "b"', "??? question", "  - sub", "* star", "1) one", "10. ten", "+ plus",
    "-", "***", "> - item", "<pre>", "</pre>", "<!--", "~~~sh", "  ```", "```", "~~~", "````", "```bash", "````bash",
    "~~~ bash", "``` bash", "```{.bash}", "``` { .sh .no-copy }", "```bash ls", "```yaml {title=a}", "```json {2}",
    "```yaml title='a'", '```text title="a"', "```console", "```python", "- ```bash", "1. ```bash", "> ```bash",
    "> ```", "``` ```", "$ ls", "> x", "<!-- step: id=a -->", '<!-- skip: next "why" -->', "<!-- step: bogus -->",
    "x <!-- Step: id=b -->", "<!-- invisible-code-block: bash", "-->", "<!-- a comment", "<div markdown>", "</div>",
    "<!--[[ engine() ]]-->",
    '<!--[[ topology("bridge") ]]-->', "<!--[[", "]]-->", "---", "hosts: [a, b]", "\ttab", "\x00", "\u202e", "&lt;",
    "\\", "a  ",
]  # fmt: skip
LINES = st.tuples(st.sampled_from(["", "", "", "", "  ", "   ", "    ", "        ", "\t"]), st.sampled_from(PIECES))
PAGES = st.lists(LINES.map("".join), max_size=14).map(lambda lines: "\n".join(lines) + "\n")


@examples(250)
@given(st.one_of(PAGES, st.text()))
def test_reader_takes_any_text_and_keeps_its_places(text):
    page = parse(text, "x.md")
    end = page.body
    for step in page.steps:
        assert end <= step.start < step.end <= len(text)
        assert step.line == text.count("\n", 0, step.start) + 1
        end = step.end
    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in page.problems)
    # A line that begins like a fence is in a step, in a comment for the reader, or a problem.
    for match in re.finditer(r"(?m)^[ \t]*(?:```|~~~)", text[page.body :]):
        at = page.body + match.start()
        spans = [(step.start, step.end) for step in page.steps] + page.comments
        assert page.problems or any(start <= at < end for start, end in spans), match


_seen: list[tuple[str, str]] = []
_composer: list[Composer] = []


def noted(source, language, css_class, options, md, **_):
    """A formatter that notes which fences Markdown sees, some of which it takes back later."""
    _seen.append((language.lower(), source))
    return f'<pre data-seen="{len(_seen) - 1}"></pre>'


SEES = site_markdown([{"name": "*", "class": "", "format": noted, "validator": highlight_validator}])
SITE = site_markdown([{"name": "recorded", "class": "recorded", "format": formatter(lambda: _composer[-1])}])
GITHUB = MarkdownIt("commonmark")


def bare(source):
    """A fence's text without its indent. Markdown makes a tab four blanks."""
    return textwrap.dedent(source).expandtabs(4).rstrip("\n")


def shown_by_mkdocs(page):
    """Counts (language, text) of the fences with a language that MkDocs shows of the page alone."""
    _seen.clear()
    SEES.reset()
    found = SEES.convert(page.edited((start, end, "") for start, end in page.comments))
    kept = [_seen[int(number)] for number in re.findall(r'<pre data-seen="(\d+)">', found)]
    return Counter((language, bare(source)) for language, source in kept if language)


def shown_by_github(page):
    """The same of GitHub."""
    text = page.edited((start, end, "") for start, end in page.comments)
    tokens = [token for token in GITHUB.parse(text) if token.type == "fence" and token.info.strip()]
    return Counter((token.info.split()[0].strip("{}.").lower(), bare(token.content)) for token in tokens)


def published(page):
    """The composer of the page's site, and its HTML before the blocks are in their places."""
    drawing = to_dict(Topology(Host("docker-host", None, None), (), ()))
    results = [Result(step.key, 0, "came", [(0, f"part {at}") for at, _ in enumerate(step.commands)], data=drawing)
               for step in page.recorded]  # fmt: skip
    known = Recording({"version": "1.2.3", "date": "d", "images": {}}, results)
    composer = Composer(page, Recordings("x", {"1.2": known}), "en")
    _composer[:] = [composer]
    body = MACRO.sub(lambda call: _called(composer, call), composer.body())
    SITE.reset()
    return composer, SITE.convert(body.replace(SHOWN, CALL))


def _called(composer, call):
    if "topology" not in call["expression"] and "network_inspect" not in call["expression"]:
        return "28.5.2"
    return composer.probe(*ast.literal_eval(re.sub(r"(\w+)\((.*)\)", r'("\1", \2)', call["expression"].strip())))


class Items(HTMLParser):
    """In how many items of lists each block of a page stands, by its number."""

    def __init__(self, text):
        super().__init__()
        self.depth, self.found = 0, {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.depth += tag == "li"
        if "data-recorded" in dict(attributes):
            self.found[int(dict(attributes)["data-recorded"])] = self.depth

    def handle_endtag(self, tag):
        self.depth -= tag == "li"


def in_its_item(page):
    """Holds each step against the lists that it is in, on a page whose lists are well-formed."""
    composer, found = published(page)
    depths = {composer.lines[number]: depth for number, depth in Items(found).found.items()}
    for step in page.steps:
        if step.kind not in ("prose", "probe"):
            place = page.places[step.line]
            around = [*place.within, *place.opened, *(place.quote.within if place.quote else ())]
            assert depths[step.line] == sum(one.is_item for one in around), step.line


def holds(page):
    steps = Counter((step.language, bare(step.source)) for step in page.steps if step.language and not step.hidden)
    assert not shown_by_mkdocs(page) - steps, "MkDocs shows a fence that is no step"
    assert not shown_by_github(page) - steps, "GitHub shows a fence that is no step"
    composer, found = published(page)
    assert misplaced(found, composer) == {}


@examples(200)
@given(PAGES)
def test_what_is_published_as_a_fence_is_a_step_and_every_step_is_published(text):
    page = parse(text, "x.md")
    # An element that is not closed swallows the foot of the page, which the build says; a call over lines is Jinja's.
    assume(not page.problems and text.count("<div") == text.count("</div>"))
    assume(not re.search(r"<!--\[\[(?!.*\]\]-->)", text))
    holds(page)


def indented(lines, blanks):
    return [f"{' ' * blanks}{line}" if line else line for line in lines]


def item(marker, lines, wide):
    """An item of a list as GitHub has it, or as MkDocs."""
    # A quote on the marker's own line is one that MkDocs cannot show a fence in: the build says so.
    first, *rest = ["text", "", *lines] if lines[0].startswith(">") else lines
    wide = wide and not first.startswith(("```", "~~~"))
    return [f"{marker} {first}", *indented(rest, 4 if wide else len(marker) + 1)]


def spaced(blocks):
    return [line for block in blocks for line in (*block, "")][:-1]


NUMBERS = st.integers(0, 999)
FENCES = st.builds(
    lambda mark, language, number: [f"{mark}{language}", f"echo {number}", f"  echo {number + 1}", mark],
    st.sampled_from(["```", "~~~", "````"]), st.sampled_from(["bash", "sh", "json", "python"]), NUMBERS,
)  # fmt: skip
SESSION = NUMBERS.map(lambda number: ["```console", f"$ echo {number}", f"{number}", "$ true", "```"])
PROBE = st.just(['<!--[[ network_inspect("bridge") ]]-->'])
TEXT = NUMBERS.map(lambda number: [f"text {number}", "more of it"])


def containers(blocks):
    several = st.lists(blocks, min_size=1, max_size=3)

    def under(opener):
        return several.map(lambda inner: [opener, "", *indented(spaced(inner), 4)])

    def listed(marker):
        items = st.lists(st.tuples(several.map(spaced), st.booleans()), min_size=1, max_size=3)
        return items.map(lambda given: spaced(item(marker, inner, wide) for inner, wide in given))

    return st.one_of(
        *map(listed, ["-", "*", "1."]), *map(under, ["!!! note", '??? question "q"', '=== "tab"']),
        several.map(lambda inner: [f"> {line}".rstrip() for line in spaced(inner)]),
    )


# Inside a list MkDocs has definitions of a line alone.
DEFINITION = st.lists(st.one_of(FENCES, SESSION, TEXT), min_size=1, max_size=3).map(
    lambda inner: ["term", ":   what it is", "", *indented(spaced(inner), 4)]
)
BLOCKS = st.recursive(st.one_of(FENCES, FENCES, SESSION, PROBE, TEXT), containers, max_leaves=6)


@examples(120)
@given(st.lists(st.one_of(BLOCKS, BLOCKS, DEFINITION), min_size=1, max_size=4).map(spaced))
def test_a_fence_in_whatever_blocks_is_published_where_it_is_run_or_a_problem(lines):
    page = parse("\n".join(lines) + "\n", "x.md")
    event("refused" if page.problems else "published")
    github = {token.map[0] + 1 for token in GITHUB.parse(page.text) if token.type == "fence"}
    assert not [problem for problem in page.problems if problem.line in github and "for code" in problem.message]
    assume(not page.problems)
    holds(page)
    in_its_item(page)
