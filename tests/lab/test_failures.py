"""Each command has to succeed: which failures of a step are noticed, where, which are the author's, and what of the
session a page does not notice."""

from __future__ import annotations

import os
import threading
import time

import pytest

from macros.lab.shell import Ran, Refused, ShellError

pytestmark = pytest.mark.engine


@pytest.fixture
def shell(lab):
    shell = lab.shell()
    yield shell
    shell.close()


def failures(shell, *steps):
    """(step, line, exit code) of each failure that is noticed while these steps run."""
    found = []
    for code in steps:
        found += [(one.step, one.line, one.status) for one in shell.run(code, 20).failures]
    return found


# Line 2 of each fails, and nothing looks at it; most end with exit code 0.
NOTICED = {
    "a command": "true\nfalse\ntrue",
    "a command not there": "true\nnosuch\ntrue",
    "the head of a pipeline": "true\nfalse | true\ntrue",
    "the middle of a pipeline": "true\ntrue | false | true",
    "a pipeline over lines": "true | cat |\n  false |\n  cat",
    "the head of a pipeline in $( )": "true\nx=$(false | cat)",
    "a redirection in a pipeline": "true\n{ echo x >/nowhere/y; } 2>/dev/null | cat",
    "a here-document into a pipeline": "true\ncat - /nowhere <<END 2>/dev/null | cat\na\nEND",
    "xargs": "true\ncat /nowhere 2>/dev/null | xargs -r echo",
    "a function": "f() {\n  false\n  true\n}\nf",
    "a function of another": "g() { f; true; }; f() {\n  false; true; }\ng",
    "a function in a pipeline": "f() {\n  false; true; }; f | cat",
    "a pipeline in a function": "f() {\n  false | true; }; f",
    "a subshell": "true\n(false; true)",
    "a function that is a subshell": "f() (\n  false; true)\nf",
    "a group": "true\n{ false; true; }",
    "$( ) in an argument": 'true\necho "a$(false)b"',
    "$( ) with a command after it": "true\nx=$(false; true)",
    "backquotes": "true\necho `false`",
    "export": "true\nexport TOKEN=$(cat /nowhere 2>/dev/null)",
    "local": "f() {\n  local x=$(false); }; f",
    "declare and readonly": "true\ndeclare x=$(false); readonly y=1",
    "< <( )": "true\nmapfile -t lines < <(false)",
    "< <( ) of a pipeline": "true\ncat < <(false | cat)",
    "> >( )": "true\necho a > >(cat >/dev/null; false); sleep 0.2",
    "diff <( )": "true\ndiff <(false) <(true)",
    "a here-string": 'true\ncat <<<"$(false)"',
    "a here-document": "true\ncat <<END\n$(false)\nEND",
    "the words of a loop": "true\nfor x in $(false); do :; done",
    "the word of a case": "true\ncase $(false) in *) ;; esac",
    "the body of a loop": "for x in 1; do\n  false\ndone",
    "the body of a while": "while [ -z \"$x\" ]; do\n  false; x=1\ndone",
    "a loop in a pipeline": "echo a | while read -r x; do\n  false; true\ndone",
    "a branch": "if true; then\n  false\nfi\ntrue",
    "the last of an && list": "true\ntrue && false\ntrue",
    "the last of an || list": "true\nfalse || false\ntrue",
    "time": "true\n{ time false | cat; } 2>/dev/null",
    "[[ ]]": "true\n[[ a = b ]]\ntrue",
    "(( ))": "true\n((0))\ntrue",
    "a division by zero": "true\necho $((1 / 0))\ntrue",
    "an expansion of a number": "x=08\necho ${a[x]}; echo a\ntrue",
    "a job that is waited for": "true\nfalse &\nwait",
    "a job that is waited for by its id": "false &\nwait $!\ntrue",
    "a job that is a pipeline": "true\nfalse | true &\nwait",
    "a job whose last part fails": "true\ntrue | false &\nwait",
    "a job in a function": "f() {\n  false & }; f; wait",
    "a job that is a group": "true\n{ false; true; } &\nwait",
    "a job that is a list": "true\ntrue && false &\nwait",
    "a job of a subshell": "true\n(false &)\nsleep 0.3",
    "a job of a subshell that waits": "true\n(false & wait $!; true)",
    "one of several jobs": "true & sleep 0.1 &\nfalse & wait",
    "a coprocess": "true\ncoproc false; sleep 0.3",
    "an inverted command": "true\n! true\ntrue",
    "an inverted search": "true\n! echo a | grep -q a\ntrue",
    "what an inverted search looks through": "true\n! false | grep a",
    "it, in the middle": "true\n! echo a | false | grep a",
    "it, in a list": "true\n! false | grep a && true",
    "it, at the end of a list": "true\ntrue && ! false | grep a",
    "it, with its errors": "true\n! cat /nowhere 2>&1 | grep token",
    "it, in a function": "f() {\n  ! false | grep a; }; f",
    "it, in a group": "true\n{ ! false | grep a; }",
    "what is searched for what is not": "true\n(echo a; exit 3) | grep -v b",
    "a search with trouble": "true\ngrep a /nowhere 2>/dev/null | sort",
    "a search that finds nothing": "true\necho a | grep b\ntrue",
    "a test of a search with trouble": 'true\n[ -z "$(grep a /nowhere 2>/dev/null)" ]',
    "a test of what two searches look through": 'true\n[ -z "$( (exit 3) | grep a | grep b)" ]',
    "a test of what failed": 'true\n[ -z "$(false)" ]',
    "a test of what a search looks through": 'true\n[ -z "$(false | grep a)" ]',
    "a pipeline left of &&": "true\nfalse | cat && echo a\ntrue",
    "a pipeline in the middle of an && list": "true\ntrue && false | true && true",
    "a pipeline in eval": "true\neval 'false | true'",
    "a pipeline in double quotes of eval": 'true\neval "false | cat; true"',
    "a pipeline in an alias": "alias broken='false | cat'\nbroken\ntrue",
    "a file that is sourced": "echo 'true; false; true' >file\n. ./file",
    "eval": "true\neval 'false; true'",
    "an alias": "alias broken='false; true'\nbroken",
    "a command over lines": "true\ncat \\\n  /nowhere \\\n  2>/dev/null\ntrue",
    "after set +e": "set -e; set +e\nfalse\ntrue",
    "with pipefail": "set -o pipefail\nfalse | true\ntrue",
}


@pytest.mark.parametrize("code", NOTICED.values(), ids=NOTICED)
def test_noticed(shell, code):
    found = failures(shell, code)
    assert found and found[0][1] == 2, found


# What an author looks at, and what is no failure: none of it is noticed, and the exit code is 0.
PASSED = {
    "|| true": "false || true; false | cat || true; (false; true) || true",
    "|| with another command": "cat /nowhere 2>/dev/null || echo none",
    "if": "if false; then :; fi; if false | cat; then :; fi; if ! false | grep a; then :; fi",
    "elif": "if false; then :; elif false | grep a; then :; fi",
    "while and until": "while false | false; do :; done; until true; do :; done",
    "the head of an && list": "false | grep a && echo a; true",
    "the head of an && list that reads on no more": "yes | head -n 1 && true; curl -s file:///etc/group | true && true",
    "a pipeline left of && in a list with ||": "false | cat && true || true; if false | cat && true; then :; fi",
    "an alias that goes on": "alias found='echo a b | grep'\nfound a",
    "eval of a pipeline": "eval 'yes | head -n 1'; eval 'false | true || true'",
    "!": "! false; ! grep -q nosuch /etc/hosts; ! echo a | grep b",
    "! in an if": "if ! true; then :; fi; ! true || :; ! false | grep a || :",
    "! in a function that is asked": "f() { ! true; false; true; }; if f; then :; fi; f || :",
    "a pipeline in a function that is asked": "f() { false | cat; }; f && f || :",
    "head": "yes | head -n 1; seq 99999 | head -n 2 | tail -n 1; x=$(yes | head -n 1)",
    "grep -q": "yes | grep -q y; seq 99999 | grep -q 1",
    "head of curl": "head -c 3000000 /dev/zero >big; curl -s file:///root/big | head -c 1 | wc -c; rm big",
    "head of docker": "docker version | head -n 1; docker info 2>/dev/null | grep -q Server",
    "head of a loop": "for x in {1..99999}; do echo $x; done | head -n 1",
    "head of a function": "f() { yes; }; f | head -n 1; (yes) | head -n 1",
    "head in an inverted search": "! yes | head -n 9 | grep a; ! yes | { read -r x; grep -q a </dev/null; }",
    "a test of what a search finds": '[ -z "$(ip link | grep nosuch)" ]; [[ ! $(pgrep nosuch) ]]',
    "a test of backquotes": '[ -z "`grep nosuch /etc/hosts`" ]',
    "test": 'test -z "$(grep nosuch /etc/hosts)"',
    "a test of what searches find": '[ -z "$(ip link | grep nosuch | grep l)" ]; [ ! "$(yes | grep -m 1 y | grep n)" ]',
    "a number in arithmetic": "(($(grep -c nosuch /etc/hosts) == 0))",
    "a number of what a search finds": '[ "$(grep -c nosuch /etc/hosts)" = 0 ]',
    "what a search finds something in": "(echo a; exit 3) | grep a; cat /nowhere 2>&1 | grep -o nowhere",
    "an answer that goes on": "grep a </dev/null | sort; diff /etc/hosts /etc/group | wc -l",
    "an answer in $( )": 'echo "$(grep a </dev/null | wc -l)"',
    "a job that is asked": "false & wait $! || echo $?; false & x=$!; if wait $x; then :; fi",
    # A signal that arrives between a job's fork and its exec is lost to bash, so each is started first.
    "jobs that are ended": "sleep 99 & sleep 0.3; kill $!; wait; sleep 99 & sleep 0.3; kill %1; wait %1 || :\n"
    "sleep 99 & kill -9 $!",
    "a job that is waited for by number": "false & wait %1 || echo $?",
    "the next job": "false & wait -n || echo $?",
    "a job that is handled": "{ false || true; } & false | cat || true & wait",
    "jobs": "true & true | true & (true) & wait; sleep 0.1 & disown",
    "bash -c": "bash -c 'false; true; false | true'",
    "a trap in bash -c": "bash -c 'trap : ERR; false; true'",
    "a subshell with set -e": "(set -e; false; echo never) || echo ended",
    "process substitution": "diff <(echo a) <(echo a); cat < <(true) > >(cat)",
    "arithmetic": "x=$((1 + 1)); ((x > 1)); for ((i = 0; i < 2; i++)); do :; done; let x=1; a=(1 2); echo ${a[1]}",
}


@pytest.mark.parametrize("code", PASSED.values(), ids=PASSED)
def test_passed(shell, code):
    ran = shell.run(code, 20)
    assert (ran.status, ran.failures) == (0, ()), ran
    assert failures(shell, "sleep 0.1") == []
    assert shell.finish().failures == ()


def test_failure_of_a_job_that_nobody_waits_for_is_noticed_at_the_end_of_the_page(shell):
    assert failures(shell, "true", "true\nbash -c 'sleep 0.2; exit 4' &\ntrue", "sleep 0.4; true") == []
    (last,) = shell.finish().failures
    assert (last.step, last.line, last.status) == (2, 2, 4)


def test_failure_of_a_job_is_looked_at_in_a_later_step(shell):
    assert failures(shell, "false &\nasked=$!", "sleep 0.2; jobs", "wait $asked || echo $?") == []
    assert failures(shell, "true\nfalse &", "sleep 0.2", "wait") == [(4, 2, 1)]
    assert shell.finish().failures == ()


def test_failure_in_a_function_of_another_step_is_at_its_call(shell):
    assert failures(shell, "f() {\n  false\n  true\n}", "true\ntrue\ntrue\nf") == [(2, 4, 1)]


def test_a_step_without_a_command_has_no_exit_code_of_another(shell):
    assert shell.run("(exit 3)", 5).status == 3
    assert [shell.run(code, 5) for code in ("", "\n  # a comment\n")] == [Ran(0, "")] * 2
    assert shell.run("echo $?", 5).output == "3\n"


def test_the_page_sees_its_own_shell(shell):
    """Not what the session put in: each is printed as a terminal prints it."""
    shell.run("false | (exit 3) || (exit 4) || true; false | (exit 3)", 5)
    assert shell.run('echo "$? ${PIPESTATUS[*]}"; echo "$_"; echo $?', 5).output == "3 1 3\n3 1 3\n0\n"
    shell.run("true | (exit 4) | true || true", 5)
    assert shell.run("echo ${PIPESTATUS[*]}", 5).output == "0 4 0\n"
    shell.run("cd /tmp; sleep 99 &", 5)
    first = shell.run("echo $!", 5).output
    seen = shell.run("echo $! $LINENO $BASH_SUBSHELL ${#FUNCNAME[@]}\necho $LINENO", 5).output
    assert seen == f"{first[:-1]} 1 0 0\n2\n"
    assert shell.run("jobs", 5).output .split() == ["[1]+", "Running", "sleep", "99", "&"]
    assert shell.run('kill $!; wait $!; echo "$? $PS4$IFS"', 5).output == "143 +  \t\n\n"
    assert shell.run("ls /proc/self/fd", 5).output == "0\n1\n2\n3\n"
    assert shell.run("true\nnosuch", 5).output == "bash: line 2: nosuch: command not found\n"
    assert shell.run("exec 2>/tmp/log; nosuch || true", 5).output == ""
    assert shell.run("nosuch || true; exec 2>&1; cat /tmp/log", 5).output == (
        "bash: line 1: nosuch: command not found\nbash: line 1: nosuch: command not found\n")  # fmt: skip


def test_a_trace_is_the_page_s_own(shell):
    assert shell.run("set -x", 5).output == ""
    traced = shell.run('echo a; x=$(echo b)\n! echo c | grep -q d\nf() { echo $((1 + 1)); }; f', 5)
    lines = "+ echo a\na\n++ echo b\n+ x=b\n+ echo c\n+ grep -q d\n+ f\n+ echo 2\n2\n".splitlines()
    assert sorted(traced.output.splitlines()) == sorted(lines) and traced.failures == ()
    assert "__" not in shell.run("false | true; sleep 0 & wait; [ -z \"$(grep a </dev/null)\" ]; echo $?", 5).output
    assert shell.run("PS4='> '", 5).output == "+ PS4='> '\n"
    assert shell.run("echo $(echo a)", 5).output == ">> echo a\n> echo a\na\n"
    assert shell.run("set +x; echo $-", 5).output.startswith("> set +x\n")
    assert shell.run("echo a", 5) == Ran(0, "a\n")


def test_set_e_is_the_page_s_own(shell):
    """After it a shell ends where bash ends it, and nowhere else."""
    assert shell.run("set -euo pipefail", 5) == Ran(0, "")
    for code in ("[ -e /nowhere ] && echo there", "! true", "(exit 1) || (exit 1) && true"):
        ran = shell.run(code, 5)
        assert ran.status == 1, code
        assert shell.run("echo $?", 5).output == "1\n"
    assert shell.run("false || true; (set +e; false; true); echo a | cat; sleep 0 & wait", 5).status == 0
    with pytest.raises(ShellError, match="ended its shell") as error:
        shell.run("true\ntrue && false\ntrue", 5)
    assert error.value.line == 2


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("true\nexit 3", 2),
        ("true\nif true; then\n  exit\nfi", 3),
        ("true\necho ${TOKEN:?}\ntrue", 2),
        ("set -u\ntrue\necho $TOKEN", 3),
        ("true\nexec false", 2),
        ("true\nkill -9 $$", 2),
        ("set -e\nx=$(false)\ntrue", 2),
        ("f() {\n  false\n}\nset -e\nf\ntrue", 2),
    ],
)
def test_where_a_shell_ends(shell, code, line):
    with pytest.raises(ShellError, match="ended its shell") as error:
        shell.run(code, 5)
    assert error.value.line == line


def test_aliases_are_those_of_a_terminal(shell):
    assert shell.run("alias hello='echo hello'\nhello", 5).output == "hello\n"
    assert shell.run("hello you; type hello", 5).output == "hello you\nhello is aliased to `echo hello'\n"
    assert shell.run("alias printf=false builtin=false read=false; hello", 5).output == "hello\n"
    assert shell.run("unalias -a\nhello || true", 5).output == "bash: line 2: hello: command not found\n"


def test_a_trap_at_exit_runs_at_the_end_of_the_page(shell):
    assert shell.run("touch /tmp/kept; trap 'echo bye; rm /tmp/kept' EXIT", 5) == Ran(0, "")
    assert shell.run("trap -p EXIT; ls /tmp/kept", 5).output == "trap -- 'echo bye; rm /tmp/kept' EXIT\n/tmp/kept\n"
    assert shell.run("(exit 3) || true", 5).output == ""
    assert shell.finish() == Ran(0, "bye\n")


def test_a_trap_at_exit_that_fails_or_hangs(lab, shell):
    shell.run("trap 'rm /tmp/nowhere; true' EXIT", 5)
    ended = shell.finish()
    assert [one.status for one in ended.failures] == [1] and "/tmp/nowhere" in ended.output
    other = lab.shell()
    other.run("trap 'sleep 999' EXIT", 5)
    with pytest.raises(ShellError, match="did not end within 1 s"):
        other.finish(1)
    assert "sleep 999" not in lab.run("ps", "-eo", "args")[1]


def test_other_traps_are_the_page_s_own(shell):
    assert shell.run("trap 'echo heard' USR1 TERM; kill -USR1 $$; kill $$; true", 5).output == "heard\nheard\n"
    assert shell.run("trap -p USR1", 5).output == "trap -- 'echo heard' SIGUSR1\n"
    assert shell.run("f() { trap 'echo back' RETURN; }; f", 5).output == "back\n"


@pytest.mark.parametrize(
    ("code", "line", "says"),
    [
        ("true\ntrap 'echo failed' ERR", 2, "trap ERR: a page's shell cannot have it"),
        ("x=ERR; trap : $x; false; true", 0, "trap ERR: a page's shell cannot have it"),
        ("true\nset -v", 2, "set -v: it prints the text that bash reads"),
        ("x=-v; set $x", 0, "set -v: a page's shell cannot have it"),
        ("true\ncat <<END\na\n END\nexit 7", 2, "unclosed here-document `END`"),
        ("true\neval 'cat <<END\na'", 2, "unclosed here-document `END`"),
        ("true\necho ${x!}", 2, "bash can read it, shfmt cannot"),
    ],
)
def test_refused(shell, code, line, says):
    with pytest.raises(Refused) as error:
        shell.run(code, 5)
    assert str(error.value).startswith(says) or says in str(error.value)
    assert error.value.line == line


# Line 3 of each is where it hangs; one that goes round is found wherever it is then.
HANGS = {
    "a command": "true\n\nsleep 1000",
    "a pipeline": "true\n\nsleep 1000 | cat",
    "a function": "f() {\n  true\n  sleep 1000\n}\nf",
    "$( )": "true\n\nx=$(sleep 1000)",
    "a wait": "sleep 1000 &\n\nwait",
    "a loop": "until false; do\n  true\n  sleep 1000\ndone",
    "going round": "until false; do\n  true\n  sleep 0.1\ndone",
    "an if": "true\n\nif sleep 1000; then :; fi",
    "a flood": "true\n\nwhile :; do echo a; sleep 0.01; done",
}


@pytest.mark.parametrize("name", HANGS)
def test_a_hang_is_named_in_time_and_place_on_a_busy_machine(lab, name):
    """Beside as many processes as keep each processor busy four times over."""
    busy = [threading.Thread(target=lab.run, args=("timeout", "4", "sh", "-c", "while :; do :; done"), daemon=True)
            for _ in range(4 * (os.cpu_count() or 1))]  # fmt: skip
    shell = lab.shell()
    assert shell.run("true", 20) == Ran(0, "")
    for one in busy:
        one.start()
    time.sleep(0.5)
    began = time.monotonic()
    with pytest.raises(ShellError, match="did not end within 1 s") as error:
        shell.run(HANGS[name], 1)
    late = time.monotonic() - began - 1
    for one in busy:
        one.join()
    assert error.value.line in ((1, 2, 3) if name == "going round" else (3,)), error.value
    assert late < 15, "what hangs here hangs for longer; how soon it is named is measured by make bench"
