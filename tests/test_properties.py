"""Properties over texts that nobody thought of: pages, what engines print, and what counts as the same output.

The same examples each time, so that a run fails for what was changed; EXAMPLES=10000 looks further.
"""

from __future__ import annotations

import html
import json
import os
import re
import textwrap
import unicodedata
from collections import Counter
from html.parser import HTMLParser

import jinja2
import markdown
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pymdownx.superfences import highlight_validator

from macros import library
from macros.normalize import Bindings, Volatile, tokens
from macros.page import parse
from macros.recording import Recording, Recordings, Result
from macros.render import CALL, SHOWN, Composer, code, formatter, placed, visible

EXAMPLES = int(os.environ.get("EXAMPLES", 0))


def examples(count):
    return settings(max_examples=EXAMPLES or count, derandomize=not EXAMPLES, deadline=None, database=None,
                    suppress_health_check=list(HealthCheck))  # fmt: skip


def site_markdown(fences):
    """Markdown as mkdocs.yml sets it, with these custom fences."""

    class Loader(yaml.SafeLoader):
        """What mkdocs.yml names beyond YAML is none of this test's."""

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: None)
    Loader.add_constructor("!ENV", lambda loader, node: "")
    extensions = yaml.load((library.ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader)["markdown_extensions"]
    # Anchors are made by a function that only mkdocs.yml's own loader finds; they play no part here.
    given = {name: {key: value for key, value in (options or {}).items() if key != "slugify"}
             for name, options in extensions.items()}  # fmt: skip
    given["pymdownx.superfences"] = {"custom_fences": fences}
    return markdown.Markdown(extensions=list(given), extension_configs=given)


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


HOSTILE = [
    "<script>alert(1)</script>", "<!-- ", "-->", "<!--[[ engine() ]]-->", "<!--[[", "]]-->", "<!--[% if 1 %]-->",
    "{{ x }}", "{% x %}", "```", "~~~", "```recorded\n0\n```", "</code></pre>", "&amp;", "&#60;", '"', "'",
    "\x1b[31mred\x1b[0m", "\x1b]8;;http://x\x07", "\r", "\x00", "\x7f", "\x85", "\u202e", "\u2066", "\u200f",
    "\ufeff", "\ue000\ue001[", "\ud7ff", "한글", "\U0001f600", "\n", "  ", "\t", "[a](javascript:x)", "# head",
    "- item", "| a | b |", "%s", "{0}", "\\", "\x02wzxhzdk:0\x03", "\x02stx\x03", "{: onclick=x }",
]  # fmt: skip
OUTPUTS = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=5)), max_size=8).map("".join)
_composer: list[Composer] = []
SITE = site_markdown([{"name": "recorded", "class": "recorded", "format": formatter(lambda: _composer[-1])}])
JINJA = jinja2.Environment(
    variable_start_string="<!--[[", variable_end_string="]]-->", block_start_string="<!--[%", block_end_string="%]-->",
    comment_start_string="<!--[#", comment_end_string="#]-->", undefined=jinja2.StrictUndefined,
)  # fmt: skip


COMMANDS = ["docker run -d \\", "# a comment", "x=$(y 'z') | w", '{"a": [1, 2]}']
CODE = st.sampled_from([*COMMANDS, *(text.strip() or "x" for text in HOSTILE if text.isprintable())])
LEXERS = st.sampled_from(["bash", "console", "python", "yaml", "no-such-language"])


@examples(100)
@given(st.lists(CODE, min_size=1, max_size=5), LEXERS, st.sampled_from(["", "a.yaml"]))
def test_a_step_looks_as_markdown_would_show_its_fence(lines, language, title):
    text = "\n".join(lines)
    named = f' title="{title}"' if title else ""
    SITE.reset()
    markdown = SITE.convert(f"````{language}{named}\n{text}\n````\n")
    assert code(language, f"{text}\n", title) == re.sub(r'<span class="w">([^<]*)</span>', r"\1", markdown)


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the text of each output."""

    def __init__(self, text):
        super().__init__()
        self.found, self.outputs, self.inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, attributes))
        if tag == "pre" and ("class", "output__text") in attributes:
            self.inside = True
            self.outputs.append("")

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "pre"

    def handle_data(self, data):
        if self.inside:
            self.outputs[-1] += data


def published(text, *results):
    """The page as the site has it: through the composer, Jinja and Markdown."""
    page = parse(text, "page.md")
    assert not page.problems
    known = Recording({"version": "1.2.3", "date": "d", "images": {}}, list(results))
    composer = Composer(page, Recordings("page", {"1.2": known}), "en")
    _composer[:] = [composer]
    names = {"topology": composer.probe, "network_inspect": lambda *a: composer.probe("network_inspect", *a)}
    body = JINJA.from_string(composer.body()).render(names).replace(SHOWN, CALL)
    SITE.reset()
    return Elements(placed(SITE.convert(body), composer.blocks))


@examples(100)
@given(OUTPUTS, st.sampled_from(["", "    "]))
def test_whatever_was_printed_stands_there_as_text(output, indent):
    assume(output.strip() and output.count("\n") < 10)
    text = f"{'- item' if indent else ''}\n\n{indent}```bash\n{indent}x\n{indent}```\n\nafter\n"
    plain = re.sub(r"[^\n]", "x", visible(output))
    shown, benign = published(text, Result("x", 0, output)), published(text, Result("x", 0, plain))
    assert shown.found == benign.found
    assert shown.outputs == [visible(output)]
    assert not [c for c in shown.outputs[0] if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\t"]


@examples(60)
@given(st.dictionaries(OUTPUTS, OUTPUTS, max_size=3))
def test_names_and_labels_stand_there_as_text(labels):
    data = {"Name": "net", "Labels": labels}
    text = 'a\n\n<!--[[ network_inspect("net") ]]-->\n\nafter\n'
    shown = published(text, Result('network_inspect("net")', data=data))
    allowed = {"span", "pre", "samp", "div", "p", "footer", "ul", "li", "a", "details", "summary", "button"}
    assert {tag for tag, _ in shown.found} <= allowed
    assert not [name for _, attributes in shown.found for name, _ in attributes if name.startswith("on")]
    whole = visible(json.dumps(data, indent=2, ensure_ascii=False))
    assert "".join("".join(shown.outputs).split()) == "".join(html.unescape(html.escape(whole)).split())


# Values that differ between honest runs, the number n of each kind.
KINDS = [
    lambda n: f"{n:02x}" * 32,
    lambda n: f"{n:02x}" * 6,
    lambda n: f"172.{18 + n}.0.2",
    lambda n: f"10.213.{n}.10",
    lambda n: f"veth{n:07x}",
    lambda n: f":{32768 + n}",
    lambda n: f"de:ad:be:ef:00:{n:02x}",
    lambda n: f"Up {n + 2} seconds",
    lambda n: f"2026-01-02T03:04:{n:02}.5Z",
]
WORDS = st.sampled_from([" ", "\n", "  ", " name ", " -> ", "/16 ", " 0.0.0.0 ", ", "])
PIECES_OF_RUN = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 3), WORDS), max_size=8)


def run_of(pieces, shift=0):
    """What one run printed; another run, at a shift of 4 or more, has none of its values."""
    return "".join(kind(number + shift) + word for kind, number, word in pieces)


PRINTED = PIECES_OF_RUN.map(run_of)


@examples(150)
@given(st.one_of(PRINTED, OUTPUTS, st.text()))
def test_an_output_is_the_same_as_itself(text):
    page = Bindings()
    assert page.same(text, text, wildcards=False) == "" and page.same(text, text, wildcards=False) == ""
    assert page.rewrite(text) == text


@examples(150)
@given(PRINTED, PRINTED)
def test_which_of_two_outputs_was_first_plays_no_part(first, second):
    one, other = Bindings().same(first, second, wildcards=False), Bindings().same(second, first, wildcards=False)
    assert bool(one) == bool(other)


@examples(150)
@given(PIECES_OF_RUN, st.integers(4, 9))
def test_rewriting_puts_the_old_values_where_the_new_ones_were(pieces, shift):
    old, new = run_of(pieces), run_of(pieces, shift)
    page = Bindings()
    assert page.same(old, new, wildcards=False) == ""
    again = page.rewrite(new)
    assert _bound(again) == _bound(old) and page.rewrite(again) == again


def _bound(text):
    return [token.value for token in tokens(text) if isinstance(token, Volatile) and token.bound]
