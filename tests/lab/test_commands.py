"""A fence is cut into the commands that somebody types one after the other."""

from __future__ import annotations

import pytest

from macros.lab.commands import split


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("a\nb\n", (1, 1)),
        ("a; b\nc\n", (1, 1)),
        ("# why\na\n\n# and why\nb\n# end\n", (2, 4)),
        ("a \\\n  -b\nc |\n  d\n", (2, 2)),
        ("for i in 1 2; do\n  a\ndone\nf() {\n  b\n}\nf\n", (3, 3, 1)),
        ("cat <<X >y\n$a\nX\ncat y\n", (3, 1)),
        ("cat <<-X | b\n\ta\n\tX\nb\n", (3, 1)),
        ("if a; then\nb\nfi; c\nd\n", (3, 1)),
        ("a '\n' b\nc\n", (2, 1)),
        # What prints in the background may do so while any of the following runs.
        ("a\nb &\nc\nd\n", (1, 3)),
        ("a >x 2>&1 &\nb\nwait\n", (1, 1, 1)),
        ("cat <<A; echo b\na\nA\necho x\n", (3, 1)),
        ("cat <<A\nA\necho x\n", (2, 1)),
        ("cat <<A | wc -l\nA\necho x\n", (2, 1)),
        ("echo 'a\u2028b'\necho x\n", (1, 1)),
        ("a 2>x &\nb\nc\n", (3,)),
        ("{ a & }\nb\n", (2,)),
        ("f() { a & }\nf\nb\n", (3,)),
        ("f() { a >x 2>&1 & }\nf\nb\n", (1, 1, 1)),
        ("a > >(b)\nc\n", (2,)),
        ("coproc a\nb\n", (2,)),
        ("a (\nb\n", (2,)),
        ("# nothing\n", (1,)),
    ],
)
def test_commands_are_whole(text, sizes):
    assert split(text) == sizes and sum(sizes) == text.count("\n")
