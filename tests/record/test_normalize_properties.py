"""Properties over texts that nobody thought of: what counts as the same output.

The same examples each time, so that a run fails for what was changed; EXAMPLES=10000 looks further.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from macros.record.bindings import Bindings
from macros.record.tokens import lines_of
from macros.record.typed import Typed
from tests.tools.properties import OUTPUTS, examples

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
    return [value.value for line in lines_of(text, Typed()) for value in line.values if value.bound]
