"""How a page asks for a packet's way."""

from __future__ import annotations

import pytest

from macros.page.reader import parse

TAKES = (
    "packet() takes a command, then the namespace or container that runs it, then the namespace whose rules it meets"
)


@pytest.mark.parametrize("call", ['packet("")', 'packet(" ", "lab-web")', 'packet("curl a", "b", "c", "d")'])
def test_a_call_that_names_too_little_or_too_much_is_told_what_it_takes(call: str) -> None:
    page = parse(f"Text.\n\n<!--[[ {call} ]]-->\n", "page.md")
    assert [str(problem) for problem in page.problems] == [f"page.md:3: {TAKES}"] and not page.steps


def test_a_call_is_a_step_that_needs_a_kernel_that_can_trace() -> None:
    call = 'packet("curl \\"a\\"", "lab-web")'
    page = parse(f"<!-- step: id=way exit=28 needs=compose -->\n<!--[[ {call} ]]-->\n", "page.md")
    (step,) = page.steps
    assert not page.problems and step.call == ("packet", 'curl "a"', "lab-web")
    assert (step.options.id, step.options.exit, step.options.needs) == ("way", 28, ("compose", "trace"))
    assert step.key == call
