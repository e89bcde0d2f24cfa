"""What the tests of properties share: how many examples, Markdown as the site has it, and hostile texts."""

from __future__ import annotations

import os

import markdown
import pytest
import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from macros.site import library
from tests.tools import sampling

EXAMPLES = int(os.environ.get("EXAMPLES", 0))
# In a sample, one of so many.
FEWER = 4


def examples(count):
    """A decorator of a test that is given so many examples, the same in each run; in a sample a quarter of them."""
    tried = EXAMPLES or (count // FEWER if sampling.asked else count)

    def decorated(test):
        test = settings(max_examples=tried, derandomize=not EXAMPLES, deadline=None, database=None,
                        suppress_health_check=list(HealthCheck))(test)  # fmt: skip
        return pytest.mark.fewer(f"properties: one of {FEWER} examples")(test) if tried < count else test

    return decorated


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


HOSTILE = [
    "<script>alert(1)</script>", "<!-- ", "-->", "<!--[[ engine() ]]-->", "<!--[[", "]]-->", "<!--[% if 1 %]-->",
    "{{ x }}", "{% x %}", "```", "~~~", "```recorded\n0\n```", "</code></pre>", "&amp;", "&#60;", '"', "'",
    "\x1b[31mred\x1b[0m", "\x1b]8;;http://x\x07", "\r", "\x00", "\x7f", "\x85", "\u202e", "\u2066", "\u200f",
    "\ufeff", "\ue000\ue001[", "\ud7ff", "한글", "\U0001f600", "\n", "  ", "\t", "[a](javascript:x)", "# head",
    "- item", "| a | b |", "%s", "{0}", "\\", "\x02wzxhzdk:0\x03", "\x02stx\x03", "{: onclick=x }",
]  # fmt: skip
OUTPUTS = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=5)), max_size=8).map("".join)
