"""What the engine printed stands on the page as text, whatever it is."""

from __future__ import annotations

import re

import pytest

from macros.lab.images import ENGINES
from macros.lab.needs import NEEDS
from macros.lab.parsers import GROUPS
from macros.page.reader import parse
from macros.record.differences import differences
from macros.record.recording import Recording, Recordings
from macros.record.result import Result
from macros.site import library, notes
from macros.site.changed import EXPLAINED
from macros.site.composer import CALL, SHOWN, Composer
from macros.site.copying import copyable
from macros.site.foot import provenance
from macros.site.listing import listed
from macros.site.outputs import FIRST, LONG
from macros.site.plain import markdown
from macros.words import LANGUAGES, words

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


CHANGED = ["+ link veth1 type veth master docker0", "+ link veth2 type veth", "- rule iptables -A X -j <Y>"]


def with_changes(text, lang="en", **changes):
    page = parse(text, "page.md")
    engine = {"version": "1.2.3", "date": "d", "images": {}}
    known = {name.strip("e").replace("_", "."): Recording(engine, [Result("x", output="y", changes=lines)])
             for name, lines in changes.items()}  # fmt: skip
    composer = Composer(page, Recordings("page", known), lang, lambda name: f"/{name}")
    composer.body()
    return [block for block in composer.blocks if "<details" in block], composer


def test_what_a_step_changed_is_one_line_that_opens_to_its_groups():
    (shown,), composer = with_changes("```bash\nx\n```\n", e28_5=CHANGED)
    assert '<details class="changes"><summary>Changed on this host: 2 links, 1 rule</summary>' in shown
    assert '<a href="/network/packet.md#published">Firewall rules</a>' in shown
    assert "<ins>+ veth1 type veth master docker0\n+ veth2 type veth</ins>" in shown
    assert "<del>- iptables -A X -j &lt;Y&gt;</del>" in shown
    assert "engines" not in shown and composer.searched[composer.blocks.index(shown)] == ""
    (shown,), _ = with_changes("```bash\nx\n```\n", "ko", e28_5=CHANGED)
    assert "<summary>호스트에서 바뀐 것: 링크 2개, 규칙 1개</summary>" in shown


def test_what_is_as_it_was_by_name_counts_once():
    (shown,), _ = with_changes("```bash\nx\n```\n", e28_5=["- container a x running", "+ container a x exited"])
    assert "Changed on this host: 1 container<" in shown


def test_a_step_that_changed_nothing_has_no_such_line():
    assert with_changes("```bash\nx\n```\n", e28_5=[], e26_1=[])[0] == []


def test_changes_are_open_where_the_page_is_about_them():
    (shown,), _ = with_changes("<!-- step: changes=open -->\n```bash\nx\n```\n", e28_5=CHANGED)
    assert '<details class="changes" open>' in shown


def test_engines_that_change_something_else_have_tabs_in_that_group_alone():
    others = [*CHANGED[:2], "- rule iptables -A Z"]
    (shown,), composer = with_changes("```bash\nx\n```\n", e28_5=CHANGED, e26_1=others)
    links, rules = shown.split("Firewall rules")
    assert "Engine" not in links and rules.index("Engine 28.5") < rules.index("-A X") < rules.index("-A Z")
    assert not any('class="engines"' in block for block in composer.blocks if "<details" not in block)


def test_an_engine_that_changed_nothing_says_so_beside_one_that_did():
    (shown,), _ = with_changes("```bash\nx\n```\n", e28_5=[], e26_1=CHANGED)
    assert "Changed on this host (Engine 26.1): 2 links, 1 rule" in shown and shown.count("Nothing changed.") == 2


def test_steps_that_change_something_else_are_among_the_differences_of_engines():
    text = "# T {#t}\n\n## H {#h}\n\n```bash\nx\n```\n"
    _, composer = with_changes(text, e28_5=CHANGED, e26_1=CHANGED[:2])
    found = list(differences([("page.md", composer.page, composer.recordings)]))
    assert [(one.page, one.anchor) for one in found] == [("page.md", "h")]
    before = len(composer.blocks)
    assert "page.md#h" in listed(found, composer)
    command, changes = composer.blocks[before:]
    assert ">x<" in command and "<details" in changes and "Engine 28.5</p>" in changes and "Engine 26.1" not in changes
    assert "Firewall rules" in changes and "veth" not in changes, "lines in which they differ"
    again = [("page.md", composer.page, composer.recordings), ("other.md", composer.page, composer.recordings)]
    assert [one.page for one in differences(again)] == ["page.md"]
    gone = [line.replace("- rule", "+ rule") for line in CHANGED]
    _, other = with_changes(text, e28_5=gone, e26_1=gone[:2])
    both = [("page.md", composer.page, composer.recordings), ("other.md", other.page, other.recordings)]
    assert [one.page for one in differences(both)] == ["page.md"], "what goes again is no other difference"
    _, composer = with_changes(text, e28_5=CHANGED, e26_1=CHANGED)
    assert not list(differences([("page.md", composer.page, composer.recordings)]))


def test_a_page_as_markdown_tells_what_changed():
    _, composer = with_changes("```bash\nx\n```\n", e28_5=CHANGED, e26_1=CHANGED[:2])
    told = markdown(composer.page, composer.recordings, "en", lambda *_: "", str)
    newest = "Changed on this host (Engine 28.5): 2 links, 1 rule\n\n```diff\n" + "\n".join(CHANGED) + "\n```\n"
    older = "Changed on this host (Engine 26.1): 2 links\n\n```diff\n" + "\n".join(CHANGED[:2]) + "\n```\n"
    assert f"{newest}\n{older}" in told and told.index("Output:") < told.index(newest)
    _, composer = with_changes("```bash\nx\n```\n", e28_5=CHANGED)
    assert "\nChanged on this host: 2 links" in markdown(composer.page, composer.recordings, "en", lambda *_: "", str)


def test_boxes_of_the_layout_are_none_of_a_page_as_markdown():
    fence = "```html\n<div markdown>\n</div>\n```\n"
    text = f'# T\n\n<div class="home" markdown>\n<div markdown>\n\nA\n\n</div>\n</div>\n\n{fence}'
    assert markdown(parse(text, "x.md"), None, "en", lambda *_: "", str) == f"# T\n\nA\n\n{fence}"


@pytest.mark.parametrize("front", ["---\nchanges: hide\n---\n", ""])
def test_what_a_page_does_not_tell_is_not_told_from_older_recordings_either(front):
    text = f"{front}{'' if front else '<!-- step: changes=hide -->' + chr(10)}```bash\nx\n```\n"
    found, composer = with_changes(text, e28_5=CHANGED)
    assert not found and "Changed" not in markdown(composer.page, composer.recordings, "en", lambda *_: "", str)


def test_changes_are_told_where_the_output_is_not():
    found, composer = with_changes("<!-- step: output=hide -->\n```bash\nx\n```\n", e28_5=CHANGED)
    assert found and "Changed on this host" in markdown(composer.page, composer.recordings, "en", lambda *_: "", str)


def test_a_number_alone_is_a_difference_of_engines_too():
    lines = ["+ listener tcp 0.0.0.0:80 docker-proxy"], ["+ listener tcp 127.0.0.1:80 docker-proxy"]
    _, composer = with_changes("# T {#t}\n\n```bash\nx\n```\n", e28_5=lines[0], e26_1=lines[1])
    assert len(list(differences([("page.md", composer.page, composer.recordings)]))) == 1


def test_every_group_is_told_in_words_and_explained_on_a_page():
    assert [*EXPLAINED] == [*GROUPS]
    for place in EXPLAINED.values():
        name, _, anchor = place.partition("#")
        for lang in ("ko", "en"):
            assert f"{{#{anchor}}}" in (library.ROOT / "docs" / lang / name).read_text(encoding="utf-8"), place
            texts = words("changes", lang)
            assert all(f"{group}{end}" in texts for group in GROUPS for end in ("", "_one", "_count"))


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


@pytest.mark.parametrize(
    ("options", "skipped", "told"),
    [
        ("engine>=28", {"26.1": "needs engine >= 28, this is 26.1.5"},
         "Runs on Docker Engine 28 or newer; on others, skip it, as was done here on 26.1."),
        ("engine<27", {"28.5": "needs engine < 27, this is 28.5.2"},
         "Runs on Docker Engine older than 27; on others, skip it, as was done here on 28.5."),
        ("engine>=25 engine<28", {"28.5": "needs engine < 28, this is 28.5.2"},
         "Runs on Docker Engine 25 or newer, runs on Docker Engine older than 28; on others, skip it, "
         "as was done here on 28.5."),
        ("needs=compose", {"26.1": "needs compose, which this engine or kernel has not"},
         "Needs Docker Compose; skip it without, as was done here on 26.1."),
        ("needs=ipvlan", dict.fromkeys(("28.5", "26.1"), "needs ipvlan, which this engine or kernel has not"),
         "Needs the kernel module ipvlan; the host of these recordings does not have it, "
         "so this was not run on 28.5, 26.1."),
        ("engine>=28 needs=compose,ipvs", {"28.5": "needs ipvs, which this engine or kernel has not",
                                           "26.1": "needs engine >= 28, this is 26.1.5"},
         "Runs on Docker Engine 28 or newer; on others, skip it, as was done here on 26.1. Needs IP_VS, the load "
         "balancer of the kernel; the host of these recordings does not have it, so this was not run on 28.5."),
        ("", {}, ""),
    ],
)  # fmt: skip
def test_a_step_says_on_which_hosts_it_was_not_run_and_whether_that_concerns_the_reader(options, skipped, told):
    text = f"<!-- step: {options} -->\n```bash\nx\n```\n" if options else "```bash\nx\n```\n"
    page, known = parse(text, "page.md"), {engine: Result("x", 0, "out") for engine in ("28.5", "26.1")}
    known |= {engine: Result("x", skipped=why) for engine, why in skipped.items()}
    assert not page.problems and notes.note(page.steps[0], known, "en") == told
    engine = {"version": "1.2.3", "date": "d", "images": {}}
    recordings = Recordings("page", {name: Recording(engine, [one]) for name, one in known.items()})
    composer = Composer(page, recordings, "en")
    composer.body()
    assert ("output__note" in "".join(composer.blocks)) is bool(told) and told in "".join(composer.blocks)
    assert told in markdown(page, recordings, "en", lambda *_: "", str)


def test_a_step_that_is_never_run_says_why_in_the_words_of_its_page():
    text = '<!-- skip: next "실습 환경에는 그 모듈이 없음" -->\n```bash\nx\n```\n'
    page, known = parse(text, "page.md"), {"28.5": Result("x", skipped="실습 환경에는 그 모듈이 없음")}
    assert notes.note(page.steps[0], known, "ko") == "여기서는 실행하지 않았습니다. 이유: 실습 환경에는 그 모듈이 없음."


@pytest.mark.parametrize("lang", LANGUAGES)
def test_all_that_a_step_may_need_has_words(lang):
    assert list(words("needs", lang)) == list(NEEDS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_file_says_how_to_save_it_and_commands_do_not(lang):
    page = parse('```yaml title="compose.yaml"\na: b\n```\n\n```bash title="x"\ntrue\n```\n', "page.md")
    composer = Composer(page, None, lang, "../{}".format)
    composer.body()
    shown = "".join(composer.blocks)
    link = f'<a class="filename__save" href="../lab.md#code-blocks">{words("output", lang)["save"]}</a>'
    assert shown.count("filename__save") == 1 and f">compose.yaml{link}</span><pre>" in shown
    assert "{#code-blocks}" in (library.ROOT / f"docs/{lang}/lab.md").read_text(encoding="utf-8")


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
