"""The wait comment: what is understood, and what is a problem with its line."""

from __future__ import annotations

import pytest

from macros.page.reader import parse
from macros.page.steps import Wait


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("http://127.0.0.1:8080", [Wait("http", "http://127.0.0.1:8080")]),
        ("https://[::1]/a?b=c in app_1", [Wait("http", "https://[::1]/a?b=c", "app_1")]),
        ("tcp 127.0.0.1:7000 in receiver", [Wait("tcp", "127.0.0.1:7000", "receiver")]),
        ("udp :53", [Wait("udp", ":53")]),
        ("tcp [::]:80", [Wait("tcp", "[::]:80")]),
        ("ping 10.72.0.10 in desk", [Wait("ping", "10.72.0.10", "desk")]),
        ("until ip link | grep -q 'a  in'", [Wait("until", "ip link | grep -q 'a  in'")]),
        ("\nhttp://a in b\n\n  tcp :80 in c\n", [Wait("http", "http://a", "b"), Wait("tcp", ":80", "c")]),
    ],
)
def test_what_is_waited_for(text, waits):
    page = parse(f"a\n\n<!-- wait: {text} -->\n", "x.md")
    (step,) = page.steps
    assert page.problems == [] and list(step.waits) == waits
    assert (step.kind, step.hidden, step.line) == ("wait", True, 3)
    assert step.key == "\n".join(f"wait: {wait}" for wait in waits)
    assert page.edited((start, end, "") for start, end in page.comments).strip() == "a"


def test_options_stand_in_it_or_before_it_and_each_thing_has_its_line():
    page = parse("<!-- wait:\ntcp :80 in web\nping 10.0.0.1 host=b timeout=5 engine>=28 needs=compose -->\n", "x.md")
    (step,) = page.steps
    assert (step.options.host, step.options.timeout) == ("b", 5.0)
    assert (step.options.engine, step.options.needs) == (((">=", "28"),), ("compose",))
    assert [wait.line for wait in step.waits] == [2, 3] and step.waits[1].target == "10.0.0.1"
    (step,) = parse("<!-- step: host=b -->\n<!-- wait: tcp :80 -->\n", "x.md").steps
    assert step.options.host == "b"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("<!-- wait: -->", 1, "for what? There are: http://HOST:PORT/PATH, tcp ADDRESS:PORT"),
        ("a\n<!-- wait: 127.0.0.1:80 -->", 2, "'127.0.0.1:80' is not understood; there are: http://"),
        ("<!-- wait: tcp 80 -->", 1, "'80' is no socket; write 127.0.0.1:8080"),
        ("<!-- wait: http://a\ntcp localhost:80 -->", 2, "'localhost:80' is no socket"),
        ("<!-- wait: until ! docker network inspect a b -->", 1, "is content when the first of them is gone"),
        ("<!-- wait: http://a in -->", 1, "'http://a in' is not understood"),
        ("<!-- wait: http://a timeout=never -->", 1, "timeout=never: a number of seconds"),
        ("<!-- wait: http://a exit=1 -->", 1, "'http://a exit=1' is not understood"),
        ("<!-- step: host=b -->\n<!-- wait: http://a timeout=9 -->", 2, "options stand in one place"),
        ("<!-- wait: http://a timeout=9\nhttp://b timeout=8 -->", 2, "options stand in one place"),
        ("<!-- wiat: http://a -->", 1, "not read: write it as <!-- wait:"),
        ("a <!-- wait: http://a -->", 1, "not read: write it as <!-- wait:"),
    ],
)
def test_a_problem_names_its_line(text, line, message):
    page = parse(f"{text}\n", "x.md")
    (problem,) = page.problems
    assert problem.line == line and message in problem.message and page.steps == []
