"""Properties over texts that nobody thought of: what engines print.

The same examples each time, so that a run fails for what was changed; EXAMPLES=10000 looks further.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from html.parser import HTMLParser

import jinja2
from hypothesis import assume, given
from hypothesis import strategies as st

from macros.page.reader import parse
from macros.record.recording import Recording, Recordings
from macros.record.result import Result
from macros.record.visible import visible
from macros.site.composer import CALL, SHOWN, Composer
from macros.site.highlight import code
from macros.site.placing import formatter, placed
from tests.tools.properties import HOSTILE, OUTPUTS, examples, site_markdown

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
    assume(visible(output).strip() and output.count("\n") < 10)
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
    allowed = {"span", "pre", "samp", "div", "p", "footer", "small", "ul", "li", "a", "details", "summary", "button"}
    assert {tag for tag, _ in shown.found} <= allowed
    assert not [name for _, attributes in shown.found for name, _ in attributes if name.startswith("on")]
    whole = visible(json.dumps(data, indent=2, ensure_ascii=False))
    assert "".join("".join(shown.outputs).split()) == "".join(html.unescape(html.escape(whole)).split())
