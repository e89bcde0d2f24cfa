"""Outputs as a terminal shows them: published, compared and recorded alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from macros.record.result import Result
from macros.record.terminal import ACTING, as_shown
from macros.record.visible import visible
from tests.tools.properties import OUTPUTS, examples


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("HTTP/1.1 200 OK\r\nServer: x\r\n\r\nbody\n", "HTTP/1.1 200 OK\nServer: x\n\nbody\n"),
        (" 10%\r 50%\r100%", "100%"),
        ("Downloading\rDone", "Doneloading"),
        ("Downloading\r\x1b[KDone", "Done"),
        ("\r  0  0\r100  0\n", "100  0\n"),
        ("\x1b[1;31mred\x1b[0m \x1b[38;5;9m9\x1b[m \x1b[38:2:1:2:3mx\x1b[K", "red 9 x"),
        ("abc\b\bX", "aXc"),
        ("one\ntwo\x1b[1A\rONE\x1b[1B\rTWO", "ONE\nTWO"),
        ("one\ntwo\x1b[2K\x1b[1A\x1b[2K\rgone", "gone\n   "),
        ("one\ntwo\x1b[1F\x1b[0J!", "!"),
        ("a\x1b[3Cb\x1b[2Dc\x1b[1Gd", "d  cb"),
        ("was here\x1b[H\x1b[2J\x1b[3Jnow", "now"),
        ("\x1b]0;title\x07text \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "text link"),
        ("\x1b[?25l\x1b[?2004h\x1b(B\x1b[mtext\x1b[?25h\x1b=", "text"),
        ("가나다\rab", "ab나다"),
        ("가나다\ra", "a 나다"),
        ("e\u0301\rx", "x"),
        ("a\tb\rX", "X       b"),
        ("a\tb", "a\tb"),
        ("\x1b[99999C|", " " * 1000 + "|"),
    ],
)
def test_text_is_what_is_seen_of_it(printed, shown):
    assert as_shown(printed) == shown


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("\x1b[5n \x1b]0;no end", "␛[5n ␛]0;no end"),
        ("\x07\x00\x7f\x85", "␇␀\\u007f\\u0085"),
        ("\u202eabc\u200b", "\\u202eabc\\u200b"),
        ("👨\u200d👩\u200d👧 a\u200db", "👨\u200d👩\u200d👧 a\\u200db"),
    ],
)
def test_what_does_nothing_there_is_made_visible(printed, shown):
    assert visible(printed) == shown


@examples(200)
@given(st.one_of(OUTPUTS, st.text(alphabet="ab가\u0301\x1b[]0123;mKAHJ\r\b\n\t\x07 ", max_size=40)))
def test_what_is_seen_has_nothing_that_acts_and_is_seen_alike_again(text):
    seen = visible(text)
    assert visible(seen) == seen and not ACTING.search(seen)


@examples(100)
@given(st.text(alphabet=st.characters(blacklist_categories=["Cc", "Cs"])))
def test_text_without_such_characters_stays(text):
    assert as_shown(text) == text


def test_a_result_is_recorded_as_it_is_seen():
    result = Result("x", output="a\r\nb\x1b[0m\r\n", parts=[(0, "10%\r20%\n"), (1, "x\r\n\r\n")]).as_shown()
    assert (result.output, result.parts) == ("a\nb", [(0, "20%"), (1, "x")])
