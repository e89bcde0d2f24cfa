"""Properties over texts that nobody thought of: pages.

The same examples each time, so that a run fails for what was changed; EXAMPLES=10000 looks further.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter

from hypothesis import assume, given
from hypothesis import strategies as st
from pymdownx.superfences import highlight_validator

from macros.page.reader import parse
from macros.site.composer import Composer
from tests.tools.properties import examples, site_markdown

# Lines of Markdown that have to do with fences, and lines that have not, at all indents.
PIECES = [
    "", "text", "- item", "1. item", "> quote", "!!! note", '=== "tab"', "# head", "`code`", "| a |", "|---|",
    "term\n:   x", "```", "~~~", "````", "```bash", "````bash", "~~~ bash", "``` bash", "```{.bash}", "```bash ls",
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


_fences: list[tuple[str, str]] = []


def noted(source, language, css_class, options, md, **_):
    """A formatter that only notes which fences Markdown sees. Markdown makes a tab four blanks."""
    _fences.append((language.lower(), source))
    return "<pre></pre>"


def fences_of(markdown):
    """(language, source) of each fence that Markdown sees."""
    _fences.clear()
    SEES.reset()
    SEES.convert(markdown)
    return list(_fences)


SEES = site_markdown([{"name": "*", "class": "", "format": noted, "validator": highlight_validator}])


def bare(source):
    return textwrap.dedent(source).expandtabs(4).rstrip("\n")


@examples(300)
@given(PAGES)
def test_what_is_published_as_a_fence_is_a_step_and_every_step_is_published(text):
    page = parse(text, "x.md")
    assume(not page.problems)
    published = Counter((language, bare(source)) for language, source in fences_of(page.edited(
        (start, end, "") for start, end in page.comments)) if language)  # fmt: skip
    steps = [step for step in page.steps if step.language and not step.hidden]
    assert published == Counter((step.language, bare(step.source)) for step in steps)
    composer = Composer(page, None, "en")
    blocks = [int(source) for language, source in fences_of(composer.body()) if language == "recorded"]
    assert sorted(blocks) == list(range(len(composer.blocks)))
