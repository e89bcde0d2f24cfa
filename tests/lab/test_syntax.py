"""What is told of a step from its text: here-documents without an end, what is refused, where a command begins."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from macros.lab import bash
from macros.lab.syntax import WORTH_READING, read
from macros.lab.tree import SyntaxProblem
from macros.page.reader import read as read_page
from macros.site import library

UNENDED = {
    "an end that is indented": ("cat <<END\na\n END\ntrue", 1),
    "blanks where tabs may be": ("cat <<-END\na\n  END\ntrue", 1),
    "an end with a blank after it": ("true\ncat >conf <<END\na\nEND \ntrue", 2),
    "a quoted one": ("true\ncat <<'END'\na\nend\ntrue", 2),
    "one in double quotes": ('cat <<"E D"\na\nED\ntrue', 1),
    "a backslash": ("cat <<\\END\na\n\\END\ntrue", 1),
    "the second of a line": ("true\ncat <<A - <<B\na\nA\nb\n", 2),
    "the first of a line": ("true\ncat <<A - <<B\na\nB\nb\n", 2),
    "in a function": ("f() {\n  cat <<END\na\n}\nf", 2),
    "in $( )": ("true\nx=$(cat <<END\na\n)\necho $x", 2),
    "an end with the parenthesis": ("x=$(cat <<END\na\nEND)\necho $x", 1),
    "in backquotes": ("x=`cat <<END\na\n`\necho $x", 1),
    "in double quotes": ('echo "$(cat <<END\na\n)"', 1),
    "in < <( )": ("true\ncat < <(cat <<END\na\n)", 2),
    "in a subshell": ("(cat <<END\na\n)", 1),
    "in an if": ("if true; then\n  cat <<END\na\nfi", 2),
    "in front of a pipeline": ("true\n\ncat <<END | grep a\na\nEND a\ntrue", 3),
    "in another one": ("cat <<END\n$(cat <<E2\na\n)\nEND\n", 2),
    "one without a text": ("true\ncat <<END", 2),
}
ENDED = [
    "cat <<-END\na\n\tEND\ntrue", "cat <<'E D'\na\nE D\n", "cat <<A - <<B\na\nA\nb\nB\n", "cat <<''\na\n\ntrue",
    "x=$(cat <<END\na\nEND\n)", "cat <<END | grep a >b &\na\nEND\n", "echo $((1<<2)) '<<END'", "cat <<<END", "# <<END",
    "bash -c 'cat <<END\na'",
]  # fmt: skip


@pytest.mark.parametrize(("code", "line"), UNENDED.values(), ids=UNENDED)
def test_here_document_without_an_end(code, line):
    with pytest.raises(SyntaxProblem, match="unclosed here-document") as problem:
        read(code)
    assert (problem.value.line, problem.value.ended) == (line, False)


@pytest.mark.parametrize("code", ENDED)
def test_here_document_with_its_end(code):
    assert read(code).commands or code.startswith("#")


def test_what_is_no_bash_is_no_here_document():
    with pytest.raises(SyntaxProblem) as problem:
        read("true\necho 'a\ntrue")
    assert (problem.value.line, problem.value.ended) == (2, True)


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("a | b | c", "{ a ; } | { b ; } | c"),
        ("a|b", "{ a; } |b"),
        ("a 2>x |& b", "{ a 2>x  2>&1; } |& b"),
        ("time a | b", "time { a ; } | b"),
        ("a <<E | b\n$(c | d)\nE\n", "{ a <<E ; } | b\n$({ c ; } | d)\nE\n"),
        ("a |\n  # why\n  b | c", "{ a ; } |\n  # why\n  { b ; } | c"),
        ("if a | b; then c; fi", "if { a ; } | b; then c; fi"),
        ("case a in a|b) ;; esac; [[ a =~ b|c ]]; echo 'a | b' \"a | b\" a\\|b", None),
        ("a && b || c; d; ! e || f", None),
        ("a | b | grep -o c", None),
        ("a | grep -v c", "{ a ; } | grep -v c"),
        ("(a &)", "({ a ; } &)"),
        ("(a & echo $!)", "(a & { __began \"${_-}\"; } 2>/dev/null; echo $!)"),
        ("{ a; b; } & c", None),
    ],
)
def test_text_in_which_bash_notices(code, given):
    assert read(code).text == (given or code)


def test_text_keeps_its_lines_and_is_bash(sampled):
    """Of every step of every page, and of the session's own texts."""
    texts = [bash.SETUP.format(name="x", answers="grep"), bash.START.format(name="x", most=9)]
    for path in sorted(library.ROOT.glob("docs/ko/**/*.md")):
        for step in read_page(path).steps:
            found = [step.source] if step.kind == "bash" else [command.source for command in step.commands]
            texts += filter(WORTH_READING.search, found)
    assert len(texts) > 400
    texts = sampled(texts, texts[::4], "the session's bash: {few} of the {all} texts of pages")
    given = [read(text).text for text in texts]
    assert [text.count("\n") for text in given] == [text.count("\n") for text in texts]
    if program := shutil.which("bash"):
        functions = "".join(f"f{number}() {{\n{text}\n}}\n" for number, text in enumerate(given))
        done = subprocess.run([program, "-n"], input=functions, capture_output=True, text=True, check=False)
        assert done.returncode == 0 and not done.stderr, done.stderr


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("trap 'echo x' ERR", "trap ERR: "),
        ("trap - err", "trap ERR: "),
        ("trap 'echo x' EXIT SIGERR", "trap ERR: "),
        ("true; f() { builtin trap -- '' DEBUG; }", "trap DEBUG: "),
        ("(trap \"echo $x\" 'ERR'; true)", "trap ERR: "),
        ("trap", "trap: name the signals"),
        ("trap -p >traps", "trap: name the signals"),
        ("trap -p ERR", "trap ERR: "),
        ("set -v", "set -v: "),
        ("set -euv", "set -v: "),
        ("set -eo verbose", "set -v: "),
        ("set -o errexit -o verbose", "set -v: "),
        ("set -euo pipefail -v", "set -v: "),
        ("set -n", "set -n: "),
        ("set +E", "set +E: "),
        ("set +o errtrace", "set +E: "),
        ("exec 7>log; BASH_XTRACEFD=7", "BASH_XTRACEFD: "),
    ],
)
def test_what_the_session_needs_is_refused(code, says):
    (line, why), = read(f"true\n{code}").refused
    assert line == 2 and why.startswith(says)


@pytest.mark.parametrize(
    "code",
    ["trap 'echo x' EXIT", "trap - EXIT", "trap -p EXIT", "trap '' INT TERM", "trap -l", "set -euo pipefail", "set -x",
     "set +e", "set -- -v -n", "set", "set -o", "set -o errexit -- -v", "bash -v script", "bash -c 'trap x ERR'",
     "echo trap ERR"],
)  # fmt: skip
def test_what_a_page_may_ask_of_its_shell(code):
    assert read(code).refused == []


def test_where_a_command_begins():
    code = read("f() {\n  true\n}\nls \\\n  /a \\\n  /b\necho \"a\nb\" \"$(false)\"")
    assert [code.begins(line) for line in (2, 4, 5, 6, 7, 8, 99)] == [2, 4, 4, 4, 7, 8, 99]
    assert (code.functions, code.last) == ({"f": (1, 3)}, 7)
