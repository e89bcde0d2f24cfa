"""The page reader: nothing of a page is lost, and what is wrong has its line."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from macros.lab.images import ENGINES
from macros.page.calls import MACROS, PROBES
from macros.page.reader import parse, read
from macros.site import library
from macros.site.wiring import define_env

PAGES = sorted((library.ROOT / "docs").glob("*/**/*.md"))
PAIRS = sorted({Path(*path.relative_to(library.ROOT / "docs").parts[1:]) for path in PAGES})
# Fences that are only read. A language that is none of these, nor run, nor a file, is a mistake.
PROSE = {"json", "yaml", "toml", "dockerfile", "ini"}


def test_info_line_with_attributes_is_not_lost():
    page = parse('```bash title="x"\ndocker ps\n```\n', "x.md")
    assert [(step.kind, step.title, step.source) for step in page.steps] == [("bash", "x", "docker ps\n")]


def test_fence_in_a_list_keeps_its_indent():
    (step,) = parse("- item\n\n    ```bash\n    a\n      b\n    ```\n", "x.md").steps
    assert (step.indent, step.source) == ("    ", "a\n  b\n")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("<!-- step: bogus=1 -->\n```bash\nx\n```\n", 1, "unknown step option 'bogus=1'"),
        ("\n<!-- skip: next -->\n```bash\nx\n```\n", 2, "a skip has a reason"),
        ("<!-- step: id=a -->\n\ntext\n", 1, "stands before no fence"),
        ("```bash\nx\n", 1, "not closed"),
        ("<!-- step: timeout=6000 -->\n```bash\nx\n```\n", 1, "up to 600"),
        ("<!-- invisible-code-block: bash\nx\n", 1, "not closed"),
        ("\n<!--[[ network_inspect(name) ]]-->\n", 2, "takes names in quotes"),
        ("```console\noutput\n$ x\n```\n", 2, "before the first prompt"),
        ("\n<!--[[ no_such_macro() ]]-->\n", 2, "unknown macro 'no_such_macro'; there are: network_inspect,"),
        ('a\n<!--[[ figure("x") ]]>\n\n<!--[[ engine() ]]-->\n', 2, "not closed: ]]--> is missing"),
        ("- a\n\n    ```bash\n  false\n    ```\n", 4, "indented less than the fence's first line"),
        ("```bash\nx\n````\n", 1, "not closed"),
        ("```bash\n```\n", 1, "empty"),
        ("text ```\n\n```bash ls\nx\n```\n", 3, "what follows the language is not understood: 'bash ls'"),
        ('```yaml title="a"\na:\n\tb\n```\n', 3, "a tab"),
        ("```yaml\n    ```bash\n```\n", 2, "a fence in a fence"),
        ("a\n\n```bash\nls \u202e\n```\n", 4, "control character U+202E"),
        ("\ufeff# a\n", 1, "control character U+FEFF"),
        ("a\n\n<!-- Step: id=a -->\n```bash\nx\n```\n", 3, "not read: write it as <!-- step:"),
        ("<!-- stp id=a -->\n```bash\nx\n```\n", 1, "not read: write it as <!-- step:"),
        ("<!-- step -->\n```bash\nx\n```\n", 1, "not read: write it as <!-- step:"),
        ("<!-- skip next \"why\" -->\n```bash\nx\n```\n", 1, "not read: write it as <!-- skip:"),
        ("<!-- wait http://a -->\n```bash\nx\n```\n", 1, "not read: write it as <!-- wait:"),
        ("<!-- invisible-code-block bash\nx\n-->\n", 1, "not read: write it as <!-- invisible-code-block:"),
        ("- a\n- <!-- skip: next -->\n", 2, "not read: write it as <!-- skip:"),
        ("---\ntitle: a\nhosts: [a\n---\n", 4, "the front matter is not YAML: expected ',' or ']'"),
        ("---\ndescription: a: b\n---\n", 2, "the front matter is not YAML: mapping values are not allowed here"),
        ("---\n- a\n---\n", 1, "not YAML of the form `description: text`"),
        ("---\ntitle: a\n\n# b\n", 1, "the front matter is not closed: a line --- is missing"),
        ("<!-- invisible-block: bash\nx\n-->\n", 1, "not read: write it as <!-- invisible-code-block:"),
    ],
)
def test_problem_names_its_line(text, line, message):
    (problem,) = parse(text, "x.md").problems
    assert problem.line == line and message in problem.message


def test_page_that_is_no_utf8_is_read_all_the_same(tmp_path):
    (tmp_path / "x.md").write_bytes("첫 줄\r\n둘째 ".encode() + b"\xb0\r\n```bash\r\nx\r\n```\r\n")
    page = read(tmp_path / "x.md", "x.md")
    assert list(map(str, page.problems)) == ["x.md:2: byte 0xb0 is not UTF-8: save the page as UTF-8"]
    assert [step.source for step in page.steps] == ["x\n"]


def test_reader_knows_the_macros_that_the_build_defines():
    defined = []
    env = SimpleNamespace(macro=lambda f, name="": defined.append(name or f.__name__) or f, conf={"mdx_configs": {}})
    define_env(env)
    assert set(defined) == {*PROBES, *MACROS}


def test_console_fence_is_cut_at_its_prompts():
    (step,) = parse("```console\n$ a \\\n  b\nout\n\n$ c\n```\n", "x.md").steps
    assert [(c.source, c.expected, c.line) for c in step.commands] == [("a \\\n  b\n", "out", 2), ("c\n", "", 6)]


def test_comment_in_a_fence_is_text():
    (step,) = parse("```yaml\n<!-- step: id=a -->\n```\n", "x.md").steps
    assert step.kind == "prose" and step.options.id == ""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(library.ROOT)))
def test_every_fence_of_the_site_is_accounted_for(path):
    page = library.page_at(path)
    assert not page.problems, "\n".join(map(str, page.problems))
    fences = len(re.findall(r"(?m)^[ \t]*(?:```|~~~)", page.text)) // 2
    assert fences == sum(1 for step in page.steps if not step.hidden and step.kind != "probe")
    for step in page.steps:
        read = step.answer or step.language in PROSE
        assert step.kind != "prose" or read, f"{page.path}:{step.line}: fence {step.language!r}"


def skeleton(page):
    """What both languages share: steps with their options, headings with their ids, and links."""
    fenceless = re.sub(r"(?ms)^[ \t]*```.*?^[ \t]*```", "", page.text)
    return {
        "steps": [(step.kind, step.key, step.options, step.hidden) for step in page.steps],
        "headings": re.findall(r"(?m)^(#+) .*?(\{#[\w-]+\})?$", fenceless),
        "hosts": (page.hosts, page.engines),
        # What is linked to the glossary is the first use of a term, which each language has in a place of its own.
        "links": [link for link in re.findall(r"\]\(([^)]+)\)", fenceless) if "glossary.md#" not in link],
        "covers": re.findall(r"(?m)^covers: (.*)$", page.text),
    }


@pytest.mark.parametrize("name", PAIRS, ids=str)
def test_both_languages_are_the_same_page(name):
    korean, english = (skeleton(library.page_at(library.ROOT / "docs" / lang / name)) for lang in ("ko", "en"))
    for part in korean:
        assert korean[part] == english[part], f"docs/ko/{name} and docs/en/{name} differ in their {part}"


@pytest.mark.parametrize("name", PAIRS, ids=str)
def test_both_languages_leave_out_the_same_steps_each_with_its_own_reason(name):
    pages = (library.page_at(library.ROOT / "docs" / lang / name) for lang in ("ko", "en"))
    reasons = [[step.skip for step in page.steps] for page in pages]
    for korean, english in zip(*reasons, strict=True):
        assert bool(korean) == bool(english), f"docs/*/{name}: skipped in one language only: {korean or english}"
        assert bool(korean) == bool(re.search("[가-힣]", korean)), f"docs/ko/{name}: readers see {korean!r}"
        assert not re.search("[가-힣]", english), f"docs/en/{name}: readers see {english!r}"


@pytest.mark.parametrize("note", ["steps", "Step 1: make it", "step one", "skip this in print", "wait for it", "body"])
def test_notes_that_begin_like_an_option_are_notes(note):
    page = parse(f"a\n\n<!-- {note} -->\n\n```bash\nx\n```\n", "x.md")
    assert not page.problems and [step.skip for step in page.steps] == [""]


def test_a_host_may_have_an_engine_of_its_own():
    page = parse("---\ntitle: x\nhosts: [docker-host, old-host=20.10 , worker]\n---\n\n# T\n", "x.md")
    assert page.hosts == ["docker-host", "old-host", "worker"] and page.engines == {"old-host": "20.10"}
    assert parse("# T\n", "x.md").engines == {}


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_the_engines_that_pages_name_are_there(path):
    assert set(read(path).engines.values()) <= set(ENGINES)
