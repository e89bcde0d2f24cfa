"""Console fences: where a command begins and ends, and what stands under it."""

from __future__ import annotations

import shutil

import pytest

from macros.page import reader
from macros.page.console import commands_in, readings, unended
from macros.page.reader import parse


def fence(text):
    return "```console\n" + text.strip("\n") + "\n```\n"


def read(text):
    """What is typed and what is shown, command by command."""
    return [(command.source, command.expected) for command in commands_in(text.strip("\n"))]


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        pytest.param("$ echo '> x'\n> x", [("echo '> x'\n", "> x")], id="output that begins as a second prompt"),
        pytest.param("$ cat <<E\n> a\n>\n> b\n> E\na\n\nb", [("cat <<E\na\n\nb\nE\n", "a\n\nb")],
                     id="its blank is stripped"),
        pytest.param("$ cat <<E\n> a\n\n> E\na", [("cat <<E\na\n\nE\n", "a")], id="all of it is stripped"),
        pytest.param("$ cat <<E\na\n$ b\nE\na\n$ b", [("cat <<E\na\n$ b\nE\n", "a"), ("b\n", "")],
                     id="no second prompt"),
        pytest.param("$ cat <<E\n> a\nE\n> a", [("cat <<E\n> a\nE\n", "> a")], id="a quotation in a here-document"),
        pytest.param("$ a \\\n  --b \\\n  c\nout", [("a \\\n  --b \\\n  c\n", "out")], id="backslashes"),
        pytest.param("$ a \\\n> b\n> c", [("a \\\nb\n", "> c")], id="a second prompt, and output like one"),
        pytest.param("$ for i in 1 2; do\n>   echo $i\n> done\n1\n2",
                     [("for i in 1 2; do\n  echo $i\ndone\n", "1\n2")], id="a loop"),
        pytest.param("$ if true\n> then echo '\n> fi'\n> fi\n\nfi",
                     [("if true\nthen echo '\nfi'\nfi\n", "fi")], id="a condition and a quote"),
        pytest.param("$ a |\n> b &&\n> c\nx", [("a |\nb &&\nc\n", "x")], id="a pipeline"),
        pytest.param("$ x='1\n> $ 2'\n$ b", [("x='1\n$ 2'\n", ""), ("b\n", "")], id="a prompt in a quote"),
        pytest.param("$ a # it's\nout\n$ b", [("a # it's\n", "out"), ("b\n", "")], id="a quote in a comment"),
        pytest.param("$ a\n\nout\n\n$ b", [("a\n", "out"), ("b\n", "")], id="empty lines around an output"),
        pytest.param("# make one\n$ a\n# $ no\n$ b", [("a\n", ""), ("b\n", "")], id="comments above prompts"),
        pytest.param("$ a\n# 1\nx\n# 2\n$ b", [("a\n", "# 1\nx"), ("b\n", "")], id="comments in an output"),
        pytest.param("$ a\nx\n\n# 1\n\n$ b\n$", [("a\n", "x"), ("b\n", ""), ("\n", "")], id="an idle prompt"),
        pytest.param("# a\nout\n# b", [("a\n", "out"), ("b\n", "")], id="root prompts"),
        pytest.param("# cat <<E\n> $x\n> # y\n> E\n$x", [("cat <<E\n$x\n# y\nE\n", "$x")], id="a root's here-document"),
        pytest.param("# cat a\n# don't\nb\n# c", [("cat a\n", ""), ("don't\n", "b"), ("c\n", "")], id="an open quote"),
    ],
)  # fmt: skip
def test_fence_is_cut_at_its_prompts(text, commands):
    assert read(text) == commands


def test_what_looks_like_the_next_command_may_be_output_or_a_comment():
    commands = commands_in("$ a\n\n# c\n$ b\nx\n\n$ c")
    assert list(readings(commands, 0)) == [
        ("", 1), ("# c", 1), ("# c\n$ b\nx", 2), ("# c\n$ b\nx\n\n$ c", 3),
    ]  # fmt: skip
    assert list(readings(commands, 1)) == [("x", 2), ("x\n\n$ c", 3)]
    assert list(readings(commands, 2)) == [("", 3)]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("$ cat <<E\nx\n", 2, "this command does not end in its fence: a here-document is open"),
        ("$ echo 'x\ny", 2, "does not end in its fence: a quote, a bracket or a compound command is open"),
        ("$ a \\", 2, "does not end in its fence: its last line ends in a backslash"),
        ("# c\nout\n$ a", 3, "output before the first prompt"),
        ("root@host:~# a", 2, "its prompts are `$ `, or `# ` for root"),
    ],
)
def test_problem_names_its_line(text, line, message):
    (problem,) = parse(fence(text), "x.md").problems
    assert problem.line == line and message in problem.message


def test_windows_line_ends_are_none_of_a_command(tmp_path):
    (tmp_path / "x.md").write_bytes(fence("$ cat <<E\n> x\n> E\nx").replace("\n", "\r\n").encode())
    (step,) = reader.read(tmp_path / "x.md").steps
    assert [(command.source, command.expected) for command in step.commands] == [("cat <<E\nx\nE\n", "x")]


def test_comments_are_no_part_of_a_step_and_root_commands_are():
    key, other = (parse(fence(text), "x.md").steps[0].key for text in ("# 하나\n$ a\nx\n\n# 둘\n$ b",
                                                                       "# one\n$ a\nx\n\n$ b"))
    assert key == other == "$ a\nx\n\n$ b"
    assert parse(fence("# a\n# x\nb\n# c"), "x.md").steps[0].key == "# a\n# x\nb\n# c"


def test_without_bash_a_command_is_one_line(monkeypatch):
    unended.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert unended("echo 'x\n") == "" and unended("a \\\n") == "its last line ends in a backslash"
    unended.cache_clear()
