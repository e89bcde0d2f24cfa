"""How each kind of failure reads, in full: its place, the code, what came, the known cause, and what to run next."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest
from sybil import Document

from macros.page.calls import MACROS, PROBES
from macros.page.options import KEYS
from macros.page.reader import parse
from macros.record import recording as recordings
from macros.record.failed import StepFailed
from macros.record.recording import Recording, RecordingError, Recordings
from macros.record.result import Result
from macros.record.run import left_behind
from macros.site import library
from tests.tools.mutants import table
from tests.tools.pages import PageRun
from tests.tools.summary import summary

PAGE = """\
# Title

```bash
docker network create a
docker network create a
```
"""


def failed(why, output="", line=0, text=PAGE):
    page = parse(text, "docs/ko/network/x.md")
    return str(StepFailed(page, page.steps[0], why, output, line))


def same(message, expected):
    assert message == dedent(expected).strip("\n")


def test_command_that_fails():
    printed = "5b2e9c\nError response from daemon: network with name a already exists\n"
    same(failed("exit code 1 instead of 0", printed, 5), """
        docs/ko/network/x.md:5: exit code 1 instead of 0
          the step:
            4 | docker network create a
          > 5 | docker network create a
          it printed:
            5b2e9c
            Error response from daemon: network with name a already exists
          cause: an earlier step made it and none has removed it
          next: make test PAGE=docs/ko/network/x.md
    """)


def test_command_that_hangs():
    cause = "the command waits or works longer than its limit: let it end by itself, or give the step more time with "
    same(failed("did not end within 60 s", line=4), f"""
        docs/ko/network/x.md:4: did not end within 60 s
          the step:
          > 4 | docker network create a
            5 | docker network create a
          cause: {cause}timeout= in its comment, up to 600
          next: make test PAGE=docs/ko/network/x.md
    """)


def test_part_of_a_pipeline_that_fails():
    same(failed("exit code 1 instead of 0: docker network inspect b", "[]\n", 4), """
        docs/ko/network/x.md:4: exit code 1 instead of 0: docker network inspect b
          the step:
          > 4 | docker network create a
            5 | docker network create a
          it printed:
            []
          cause: each part of a step has to succeed, in pipelines, functions, substitutions and subshells too: where it is meant to fail, let it end with || true
          next: make test PAGE=docs/ko/network/x.md
    """)  # noqa: E501


def test_what_was_printed_does_not_act_on_the_terminal_and_is_cut():
    output = "\x1b]0;title\x07\x1b[31mred \u202e\n" + "".join(f"line {number}\n" for number in range(30)) + "x" * 400
    message = failed("exit code 1 instead of 0", output)
    assert "\x1b" not in message and "\u202e" not in message
    assert "    (12 lines before)\n    line 11\n" in message
    assert f"    {'x' * 300}... (100 characters more)\n" in message
    printed = "\x1b]0;title\x07\x1b[31mred \u202e\n 10%\r 50%\r\n\x1b]0;no end"
    assert "it printed:\n    red \\u202e\n     50%\n    ␛]0;no end\n" in failed("exit code 1 instead of 0", printed)


def test_long_step_is_shown_around_its_line():
    text = "```bash\n" + "".join(f"echo {number}\n" for number in range(1, 31)) + "```\n"
    same(failed("exit code 1 instead of 0", "", 16, text), """
        docs/ko/network/x.md:16: exit code 1 instead of 0
          the step:
            11 | echo 10
            12 | echo 11
            13 | echo 12
            14 | echo 13
            15 | echo 14
          > 16 | echo 15
            17 | echo 16
            18 | echo 17
            19 | echo 18
            20 | echo 19
            21 | echo 20
            22 | echo 21
          next: make test PAGE=docs/ko/network/x.md
    """)


def compared(known, came, page=PAGE):
    """What a page says of a run that was recorded otherwise."""
    run = PageRun(Document(page, str(library.ROOT / "docs/ko/network/x.md")))
    step = run.steps[0]
    run.committed = known and Recordings("network/x", {"28.5": Recording({}, [known(step.key)])})
    return run, run._compare(step, came(step.key), "28.5")


def test_output_that_is_not_the_recorded_one():
    old = "a1" * 32 + "\nNAME  DRIVER\na     bridge\nb     bridge\n"
    new = "b2" * 32 + "\nNAME  DRIVER\na     macvlan\nb     bridge\n"
    run, message = compared(lambda key: Result(key, 0, old), lambda key: Result(key, 0, new))
    same(message, f"""
        docs/ko/network/x.md:3: the text differs: not what was recorded on engine 28.5
          the step:
            4 | docker network create a
            5 | docker network create a
          - expected, + came:
              {"a1" * 32}
              NAME  DRIVER
            - a     bridge
            + a     macvlan
              b     bridge
          next: make record PAGE=docs/ko/network/x.md, if the change is meant
    """)
    assert run.changed == [3]


def test_a_step_that_changes_something_else():
    rule = "+ rule iptables -t nat -A DOCKER -p tcp -m tcp --dport {} -j RETURN"
    known, came = (["+ network a bridge", rule.format(port)] for port in (80, 81))
    _, message = compared(lambda key: Result(key, changes=known), lambda key: Result(key, changes=came))
    same(message, """
        docs/ko/network/x.md:3: it changed something else on the host: the text differs: not what was recorded on engine 28.5
          the step:
            4 | docker network create a
            5 | docker network create a
          - expected, + came:
              + network a bridge
            - + rule iptables -t nat -A DOCKER -p tcp -m tcp --dport 80 -j RETURN
            + + rule iptables -t nat -A DOCKER -p tcp -m tcp --dport 81 -j RETURN
            ?                                                         ^
          next: make record PAGE=docs/ko/network/x.md, if the change is meant
    """)  # noqa: E501


def test_value_that_is_another_one_s():
    page = "```bash\nx\n```\n"
    one, other = "a1" * 32, "b2" * 32
    known, came = f"{one}\n{one}", f"{one}\n{other}"
    _, message = compared(lambda key: Result(key, 0, known), lambda key: Result(key, 0, came), page)
    same(message, f"""
        docs/ko/network/x.md:1: id {other} stands where {one} was expected: not what was recorded on engine 28.5
          the step:
            2 | x
          - expected, + came:
              {one}
            - {one}
            + {other}
          next: make record PAGE=docs/ko/network/x.md, if the change is meant
    """)


def test_page_that_was_never_recorded_says_so_once():
    run, message = compared(None, Result)
    same(message, """
        docs/ko/network/x.md:3: nothing was recorded for this page on engine 28.5
          next: make record PAGE=docs/ko/network/x.md
    """)
    with pytest.raises(pytest.skip.Exception, match="not compared because of line 3"):
        run._compare(run.steps[0], Result(""), "28.5")


def test_step_that_was_changed():
    _, message = compared(lambda key: Result("docker network create b"), Result)
    same(message, """
        docs/ko/network/x.md:3: the recording is of another step: 'docker network create b'
          the step:
            4 | docker network create a
            5 | docker network create a
          next: make record PAGE=docs/ko/network/x.md
    """)


def test_step_that_was_skipped():
    _, message = compared(lambda key: Result(key, skipped="needs engine < 29, this is 29.0"), Result)
    same(message, """
        docs/ko/network/x.md:3: the recording says 'needs engine < 29, this is 29.0', but it ran
          the step:
            4 | docker network create a
            5 | docker network create a
          next: make record PAGE=docs/ko/network/x.md
    """)


def test_page_that_leaves_something_behind():
    same(left_behind(parse(PAGE, "docs/ko/network/x.md"), ["network a", "volume b"]), """
        docs/ko/network/x.md:3: the page leaves behind: network a, volume b
          the step:
            4 | docker network create a
            5 | docker network create a
          cause: the last steps of a page remove what its steps made
          next: make test PAGE=docs/ko/network/x.md
    """)


def test_recording_that_is_none(tmp_path):
    path = recordings.path_of(tmp_path, "network/x")
    path.parent.mkdir(parents=True)
    path.write_text('{\n "format": 2,\n "page"')
    with pytest.raises(RecordingError) as failure:
        recordings.load(tmp_path, "network/x")
    same(str(failure.value), """
        docs/_recordings/network/x.json:3: not a recording of network/x: Expecting ':' delimiter
          cause: it was cut off, edited by hand, or is another page's file
          next: make record PAGE=docs/ko/network/x.md
    """)


def test_page_with_problems_is_not_run(tmp_path):
    """One error for the page, without a traceback; it needs no engine."""
    page = tmp_path / "x.md"
    first = "# Title\n\n<!-- step: tiemout=3 -->\n```bash\ntrue\n```\n"
    page.write_text(f"{first}\n<!--[[ topologie() ]]-->\n\n```bash\ntrue\n")
    command = [sys.executable, "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir=.", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run([*command, str(page)], cwd=library.ROOT, capture_output=True, text=True, check=False)
    said = done.stdout.replace(str(tmp_path), "docs")
    middle = said[said.index("docs/x.md:") : said.index("=====", said.index("docs/x.md:"))]
    same(middle.rstrip(), f"""
        docs/x.md:3: unknown step option 'tiemout=3'; there are: {", ".join(KEYS)}
        docs/x.md:8: unknown macro 'topologie'; there are: {", ".join((*PROBES, *MACROS))}
        docs/x.md:10: this fence is not closed
          next: mend it, then make test PAGE=docs/x.md
    """)
    assert done.returncode == 2 and said.count("docs/x.md:3:") == 1 and "Traceback" not in said


def test_summary_of_a_run():
    def report(outcome, page, line, why="", changed=False):
        return outcome, {"page": f"docs/ko/{page}.md", "line": line, "engine": "28.5.2", "changed": changed}, why

    lines = summary([
        report("passed", "a", 3), report("skipped", "a", 9, "needs ipvlan, which this engine or kernel has not"),
        report("passed", "a", 0), report("failed", "b", 4, changed=True), report("passed", "b", 8),
        report("passed", "b", 0), report("failed", "c", 2),
        *[report("skipped", "c", line, "not run because of line 2") for line in (5, 7, 9, 11, 0)],
    ])  # fmt: skip
    same("\n".join(lines), """
        pages: 3 (1 passed, 2 failed)
        steps: 9 (2 passed, 2 failed, 5 skipped)
        engine: 28.5.2
        skipped: 5, not run because of line 2: docs/ko/c.md:5, docs/ko/c.md:7, docs/ko/c.md:9 and 2 more
        skipped: 1, needs ipvlan, which this engine or kernel has not: docs/ko/a.md:9
        changed output: 1: docs/ko/b.md:4
        next, if it is meant: make record PAGE=docs/ko/b.md
    """)


def test_table_of_mutants():
    result = {"mutants": 4, "of": 20, "caught": 2, "equivalent": [{"line": 3, "mutation": "flag: a -> b", "why": "c"}],
              "survivors": [{"line": 9, "mutation": "port: a -> b"}]}  # fmt: skip
    assert table({"docs/ko/a.md": result}).splitlines() == [
        "   3/4    of 20   docs/ko/a.md (1 equivalent)",
        "     survives docs/ko/a.md:9: port: a -> b",
        "4 mutants of 1 pages: 2 caught, 1 equivalent: 75.0%",
    ]
