"""What the engine printed stands on the page as text, whatever it is."""

from __future__ import annotations

import re

import pytest

from macros.lab.images import ENGINES
from macros.page.reader import parse
from macros.record.recording import Recording, Recordings
from macros.record.result import Result
from macros.site import library
from macros.site.composer import CALL, SHOWN, Composer
from macros.site.copying import copyable
from macros.site.foot import provenance
from macros.site.outputs import FIRST, LONG

HOSTILE = "<script>alert(1)</script> {{ x }} ]]--> ``` 한글 \x1b[31m \u202e <!--[[ engine() ]]-->"


def composed(text, *results):
    page = parse(text, "page.md")
    recording = Recording({"version": "1.2.3", "date": "d", "images": {}}, list(results))
    composer = Composer(page, Recordings("page", {"1.2": recording}), "en")
    return composer, composer.body()


def test_hostile_output_meets_neither_markdown_nor_jinja():
    composer, body = composed("```bash\nx\n```\n", Result("x", 3, HOSTILE))
    assert "script" not in body and CALL not in body
    shown = composer.blocks[2]
    assert "&lt;script&gt;" in shown and "<script" not in shown and "한글" in shown
    assert "\x1b" not in shown and "\u202e" not in shown and "exit 3" in shown


@pytest.mark.parametrize("indent", ["", "    "])
def test_output_keeps_the_indent_of_its_fence(indent):
    text = f"{'- item' if indent else ''}\n\n{indent}```bash\n{indent}x\n{indent}```\n"
    _, body = composed(text, Result("x", 0, "y"))
    for number in (0, 1, 2):  # the place to link to, the fence, and the output below it
        assert f"\n{indent}```recorded\n{indent}{number}\n{indent}```\n" in body


def test_shown_macro_call_is_not_run():
    _, body = composed("```yaml\n<!--[[ engine() ]]-->\n```\n")
    assert CALL not in body and SHOWN in body


def test_comments_for_the_reader_of_fences_are_not_published():
    text = "<!-- step: id=a exit=1 -->\n```bash\nx\n```\n<!-- invisible-code-block: bash\ntrue\n-->\n"
    _, body = composed(text, Result("x", 1, "y"), Result("true"))
    assert "step:" not in body and "invisible" not in body


def engines_of(text, **results):
    page = parse(text, "page.md")
    engine = {"version": "1.2.3", "date": "d", "images": {}}
    known = {name.replace("_", "."): Recording(engine, [result]) for name, result in results.items()}
    composer = Composer(page, Recordings("page", {name.strip("e"): r for name, r in known.items()}), "en")
    composer.body()
    return composer.blocks[2]


SEVERAL = "```bash\none\ntwo\n# why\nthree\n```\n"


def several(*outputs, **more):
    return Result("one\ntwo\nthree", parts=[(0, output) for output in outputs], lines=[1, 1, 2], **more)


def test_each_command_has_its_output_under_it_and_one_button_copies_all():
    composer, _ = composed(SEVERAL, several("first", "", "third"))
    _, begins, first, goes_on, third = composer.blocks[:5]
    assert 'data-copy="one\ntwo\n# why\nthree"' in begins and "first" in first and "third" in third
    assert re.sub("<.*?>", "", goes_on) == "two\n# why\nthree\n" and ' highlight follows">' in goes_on
    shown = copyable(begins + goes_on, "en")
    assert shown.count("<button") == 1 and shown.index("<button") < shown.index("follows")


@pytest.mark.parametrize("outputs", [("", "", "third"), ("", "", "")])
def test_commands_that_print_nothing_leave_no_gap(outputs):
    composer, _ = composed(SEVERAL, several(*outputs))
    assert not any("follows" in block for block in composer.blocks)
    assert "one\ntwo\n# why\nthree" in re.sub("<.*?>", "", composer.blocks[1])


def test_engines_have_tabs_under_the_command_that_differs():
    page = parse(SEVERAL, "page.md")
    engine = {"version": "1.2.3", "date": "d", "images": {}}
    known = {"29.7": several("first", "", "new"), "28.5": several("first", "", "old")}
    composer = Composer(page, Recordings("page", {name: Recording(engine, [one]) for name, one in known.items()}), "en")
    composer.body()
    assert [("engines" in block) for block in composer.blocks[1:5]] == [False, False, False, True]


def test_a_word_to_mark_is_marked_under_its_command_and_has_to_be_there():
    marked = "<!-- step: mark=ir -->\n" + SEVERAL
    composer, _ = composed(marked, several("first", "", "third"))
    assert all("<mark>" in composer.blocks[number] for number in (2, 4))
    with pytest.raises(ValueError, match="page.md:2: mark=ir: no line of the output has it"):
        composed(marked, several("a", "", "b"))


def test_engines_that_differ_have_tabs_newest_first():
    shown = engines_of("```bash\nx\n```\n", e28_5=Result("x", 0, "new"), e26_1=Result("x", 0, "old"))
    assert shown.index("Engine 28.5") < shown.index("Engine 26.1") < shown.index("new") < shown.index("old")


def test_engines_that_agree_have_none():
    shown = engines_of("```bash\nx\n```\n", e28_5=Result("x", 0, "same"), e26_1=Result("x", 0, "same"))
    assert "engines" not in shown and shown.count("same") == 1


def test_engine_that_skipped_a_step_is_named_with_the_version_that_has_it():
    text = "<!-- step: engine>=28 -->\n```bash\nx\n```\n"
    shown = engines_of(text, e28_5=Result("x", 0, "new"), e26_1=Result("x", skipped="needs engine >= 28"))
    assert "Works from Docker Engine 28 on. (not run on 26.1)" in shown and "engines" not in shown


def test_macro_call_that_is_no_step_is_an_error():
    composer, _ = composed("text\n")
    with pytest.raises(ValueError, match="not a step of this page"):
        composer.probe("topology", "bridge")


def test_long_output_is_folded_after_its_first_lines():
    lines = [f"line {number}" for number in range(LONG + 1)]
    composer, _ = composed("```bash\nx\n```\n", Result("x", 0, "\n".join(lines)))
    first, _, rest = composer.blocks[2].partition("<details")
    assert f"line {FIRST - 1}\n" not in rest and f"line {FIRST - 1}<" in first and f"line {FIRST}\n" in rest
    assert f"<summary>{LONG + 1 - FIRST} more lines</summary>" in rest
    composer, _ = composed("```bash\nx\n```\n", Result("x", 0, "\n".join(lines[:-1])))
    assert "<details" not in composer.blocks[2]


def test_marked_lines_are_highlighted_and_never_folded_away():
    lines = [f"<line {number}>" for number in range(LONG + 1)]
    text = "<!-- step: mark=12> -->\n```bash\nx\n```\n"
    composer, _ = composed(text, Result("x", 0, "\n".join(lines)))
    assert composer.blocks[2].count("<mark>") == 1 and "<mark>&lt;line 12&gt;</mark>" in composer.blocks[2]
    assert "<details" not in composer.blocks[2]


def test_a_mark_that_no_line_has_is_an_error():
    with pytest.raises(ValueError, match="page.md:2: mark=DROP: no line of the output has it"):
        composed("<!-- step: mark=DROP -->\n```bash\nx\n```\n", Result("x", 0, "ACCEPT"))


def test_marks_of_an_inspect_view_are_on_its_lines():
    text = '<!-- step: mark=Gateway -->\n<!--[[ network_inspect("net", "IPAM") ]]-->\n'
    result = Result('network_inspect("net", "IPAM")', data={"IPAM": [{"Subnet": "10.0.0.0/8", "Gateway": "10.0.0.1"}]})
    composer, _ = composed(text, result)
    composer.probe("network_inspect", "net", "IPAM")
    marked = re.findall("<mark>.*", composer.blocks[-1])
    assert len(marked) == 1 and "Gateway" in marked[0]


def test_each_step_has_a_place_to_link_to():
    text = "<!-- step: id=make -->\n```bash\nx\n```\n<!-- invisible-code-block: bash\ntrue\n-->\n```bash\ny\n```\n"
    composer, _ = composed(text, Result("x"), Result("true"), Result("y"))
    assert re.findall(r'id="(step-[^"]+)"', "".join(composer.blocks)) == ["step-make", "step-2"]
    assert re.findall(r'href="#(step-[^"]+)"', "".join(composer.blocks)) == ["step-make", "step-2"]


def test_there_is_a_tab_for_each_engine():
    """Which block a tab shows is in the stylesheet, by its number."""
    style = (library.ROOT / "docs/assets/output.css").read_text(encoding="utf-8")
    for number in range(1, len(ENGINES) + 1):
        assert f"input:nth-of-type({number}):checked ~ .engines__labels" + " + .engines__block" * number in style


def test_the_foot_tells_what_the_engine_is_made_of_and_which_other_engines_there_were():
    engine = {
        "version": "29.7.2", "date": "2026-01-02", "images": {}, "hosts": {"old-host": "20.10.24"},
        "parts": {"engine": "29.7.2, Docker docker-ce 5:29.7.2-1", "runc": "1.4.3, own <binary>"},
    }  # fmt: skip
    shown = provenance(parse("```bash\nx\n```\n", "x.md"), Recordings("x", {"29.7": Recording(engine, [])}), "en")
    told = "engine 29.7.2, Docker docker-ce 5:29.7.2-1 · runc 1.4.3, own &lt;binary&gt; · old-host 20.10.24"
    assert f"<small>{told}</small></li>" in shown
