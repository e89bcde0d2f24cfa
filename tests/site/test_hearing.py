"""Each warning of a build is given its place, and to the page that it is about; each error its cause."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
import yaml
from mkdocs.exceptions import Abort, ConfigurationError, PluginError

from macros.page.reader import parse
from macros.site.hearing import Hearing
from macros.site.reasons import ROOT, reason
from macros.site.troubles import PLACE, boxed, jinja_error
from macros.words import words

LOG = logging.getLogger("mkdocs.structure.pages")
PAGES = ("index.md", "a.md", "in/b.md")


@pytest.fixture
def config(tmp_path: Path) -> SimpleNamespace:
    docs = tmp_path / "docs/en"
    (docs / "in").mkdir(parents=True)
    for name in PAGES:
        (docs / name).write_text("# title\n\nsee [x](y.md#z) and [xx](yy.md)\n", "utf-8")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nextra_css:\n  - assets/a.css\n", "utf-8")
    (tmp_path / "mkdocs.en.yml").write_text("INHERIT: mkdocs.yml\nnav:\n  - index.md\n  - gone.md\n", "utf-8")
    path = str(tmp_path / "mkdocs.en.yml")
    return SimpleNamespace(docs_dir=str(docs), config_file_path=path, _current_page=None)


@pytest.fixture
def hearing(config: SimpleNamespace) -> Iterator[Hearing]:
    ear = Hearing()
    ear.begin(config)
    yield ear
    ear.end()


def at(config: SimpleNamespace, source: str) -> None:
    config._current_page = SimpleNamespace(file=SimpleNamespace(src_uri=source))


def test_what_is_said_while_a_page_is_built_is_of_that_page(hearing: Hearing, config: SimpleNamespace) -> None:
    at(config, "a.md")
    LOG.warning("contains a link 'y.md#z' to 'index.md'")
    LOG.warning("%d%% of it", 5)
    LOG.info("built")
    logging.getLogger("mkdocs.plugins.pages").warning("docs/_recordings/a.json:7: damaged")
    logging.getLogger("mkdocs.livereload").warning("GET")
    assert hearing.by_page("docs/en", PAGES) == (
        {"a.md": ["docs/en/a.md:3: contains a link 'y.md#z' to 'index.md'", "docs/en/a.md:1: 5% of it",
                  "docs/_recordings/a.json:7: damaged"]}, [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("message", "place", "owners"),
    [
        ("Doc file 'in/b.md' contains a link 'yy.md', but 'a.md' has it not", "docs/en/in/b.md:3: ", ["in/b.md"]),
        ("docs/en/a.md:9: missing translation: docs/ko/a.md", "", ["a.md"]),
        ('not included in the "nav" configuration:\n  - a.md\n  - in/b.md', "mkdocs.en.yml:2: ", ["a.md", "in/b.md"]),
        ("A reference to 'gone.md' is included in the 'nav'", "mkdocs.en.yml:4: ", []),
        ("mkdocs.yml names 'assets/a.css', but there is no file", "mkdocs.yml:3: ", []),
        ("Excluding 'README.md' since it conflicts with 'index.md'", "docs/en/index.md:1: ", ["index.md"]),
        ("something else", "", []),
    ],
)
def test_what_is_said_between_pages_is_of_those_that_it_names(hearing, message, place, owners) -> None:
    LOG.warning(message)
    of_pages, rest = hearing.by_page("docs/en", PAGES)
    assert of_pages == {owner: [place + message] for owner in owners}
    assert rest == ([] if owners else [place + message])


def test_nothing_is_heard_before_and_after_a_build(config: SimpleNamespace) -> None:
    make, handlers = logging.getLogRecordFactory(), list(logging.getLogger("mkdocs").handlers)
    hearing = Hearing()
    for _ in range(2):
        hearing.begin(config)
    hearing.end()
    hearing.end()
    LOG.warning("late")
    assert hearing.heard == []
    assert logging.getLogRecordFactory() is make and logging.getLogger("mkdocs").handlers == handlers


def caught(error: Exception, cause: Exception | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as raised:
        return raised


def test_a_reason_begins_with_its_place() -> None:
    with pytest.raises(jinja2.TemplateSyntaxError) as template:
        jinja2.Environment().from_string("{% if %}")
    template.value.filename = str(ROOT / "macros/site/theme/main.html")
    assert reason(template.value).startswith("macros/site/theme/main.html:1: TemplateSyntaxError: Expected")
    with pytest.raises(SyntaxError) as python:
        compile("\nx = (", str(ROOT / "macros/x.py"), "exec")
    assert reason(python.value).startswith("macros/x.py:2: SyntaxError: '(' was never closed")
    with pytest.raises(ValueError) as ours:
        words("nowhere", "ko")
    assert re.match(r"macros/words\.py:\d+: ValueError: words.yml has no section 'nowhere'", reason(ours.value))
    with pytest.raises(yaml.YAMLError) as data:
        yaml.safe_load("a: [")
    data.value.problem_mark.name = str(ROOT / "mkdocs.yml")
    assert reason(caught(ConfigurationError("no YAML"), data.value)) == "mkdocs.yml:1: no YAML"
    assert reason(caught(Abort("Aborted with a BuildError!"), PluginError("what was wrong"))) == "what was wrong"
    assert reason(caught(KeyError("x"))) == "KeyError: 'x'"


def test_boxes_stand_in_their_place_as_text() -> None:
    page = boxed(f"<article>{PLACE}<p>x</p></article>", ["a <b> \x1b"], ["site"], "en")
    assert PLACE not in page and "a &lt;b&gt; ␛" in page and page.index("This page") < page.index("The site")
    assert boxed(f"{PLACE}x", [], [], "ko") == "x"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("# _Macro Rendering Error_\n\n_File_: `a.md`\n\n_KeyError_: 'b_c'\n\n```\nTraceback\n"
         '  File "<template>", line 4, in top-level\n```', "docs/en/a.md:2: KeyError: 'b_c'"),
        ("# _Macro Syntax Error_\n\n_File_: `a.md`\n\n_Line 4 in Markdown file:_ **no *x***\n```markdown\nb\n```",
         "docs/en/a.md:2: no *x"),
        ("another message", "docs/en/a.md:1: another message"),
    ],
)  # fmt: skip
def test_an_error_of_jinja_is_in_the_line_of_the_page(message: str, said: str) -> None:
    assert jinja_error(message, parse("a\nb\n", "docs/en/a.md"), "a\n\n<block>\nb\n") == said
