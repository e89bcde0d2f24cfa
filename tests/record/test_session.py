"""Steps in a real lab: what passes, what fails, and how a failure reads."""

from __future__ import annotations

import re
import time

import pytest

from macros.lab.inventory import leftovers
from macros.page.reader import parse
from macros.record.changed import arranged
from macros.record.failed import StepFailed
from macros.record.session import Session


@pytest.fixture
def run(lab):
    """Run a page of this text from its first step to its last; returns the results."""
    lab.reset()
    sessions = []

    def runner(text):
        page = parse(text, "page.md")
        assert not page.problems
        sessions.append(Session(page, lab))
        return [sessions[-1].run(step) for step in page.steps]

    yield runner
    for session in sessions:
        session.close()


def test_one_shell_for_the_whole_page(run):
    results = run("```bash\nx=5; cd /tmp\n```\n```bash\necho $x $PWD\n```\n")
    assert results[1].output == "5 /tmp"


def test_each_command_has_its_own_output(run):
    (result,) = run("```bash\necho one\n# why\nx=2\nfor i in a b; do\n  echo $i\ndone\ntrue && echo end\n```\n")
    assert (result.lines, result.parts) == ([1, 2, 3, 1], [(0, "one"), (0, ""), (0, "a\nb"), (0, "end")])
    (alone,) = run("```bash\n# why\necho one\n```\n")
    assert (alone.output, alone.parts, alone.lines) == ("one", [], [])


def test_a_step_tells_what_it_changed_on_its_host(run):
    page = """\
```bash
docker volume create lab-box
```
<!-- step: changes=hide -->
```bash
docker volume create lab-case
```
```yaml title="a.yaml"
b: c
```
<!-- invisible-code-block: bash
true
-->
```console
$ docker volume rm lab-box
lab-box
```
```python
import docker
docker.from_env().volumes.get("lab-case").remove()
```
"""
    results = run(page)
    assert [result.changes for result in results] == [
        ["+ volume lab-box local"], [], [], [], ["- volume lab-box local"], ["- volume lab-case local"]]  # fmt: skip


def test_what_a_step_changed_on_another_host_is_none_of_the_next_step_s_there(lab):
    lab.reset()
    steps = "".join(f"<!-- step: host={host} -->\n```bash\n{command}\n```\n" for host, command in (
        ("worker", "true"), ("docker-host", "true"), ("worker", "docker volume rm lab-box")))  # fmt: skip
    page = parse(f"---\nhosts: [docker-host, worker]\n---\n{steps}", "page.md")
    session = Session(page, lab)
    try:
        first = session.run(page.steps[0])
        lab.peer("worker").read("docker", "volume", "create", "lab-box")  # as a swarm's manager does while it works
        assert [first.changes, *(session.run(step).changes for step in page.steps[1:])] == [
            [], [], ["- volume lab-box local"]]  # fmt: skip
    finally:
        session.close()


def test_a_page_may_tell_no_changes(run):
    steps = "```bash\ndocker volume create lab-box\n```\n```bash\ndocker volume rm lab-box\n```\n"
    assert [result.changes for result in run(f"---\nchanges: hide\n---\n{steps}")] == [[], []]


def test_changes_come_in_an_order_that_no_value_decides():
    lines = ["+ rule -d 172.18.0.2 -j DROP", "- rule -A z", "+ link veth9999999 type veth", "+ link lab-br type bridge",
             "+ container sad_cray x", "+ link veth1111111 type veth", "+ container a x"]  # fmt: skip
    assert arranged(lines) == [
        "+ container sad_cray x", "+ container a x", "+ link veth9999999 type veth", "+ link veth1111111 type veth",
        "+ link lab-br type bridge", "- rule -A z", "+ rule -d 172.18.0.2 -j DROP"]  # fmt: skip


def test_commands_of_a_fence_know_of_each_other(run):
    commands = "(exit 3) || true\necho $?\ncat <(echo a) | cat\necho ${PIPESTATUS[*]} $_\nsleep 9 >x &\nkill $!"
    (result,) = run(f"```bash\n{commands}\n```\n")
    assert [output for _, output in result.parts] == ["", "0", "a", "0 0 0", "", ""]


def test_file_is_written_where_the_session_stands(run):
    results = run('```yaml title="a.yaml"\nb: {{ c }}\n```\n```bash\ncat a.yaml\n```\n')
    assert results[1].output == "b: {{ c }}"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("```bash\ntrue\nfalse\ntrue\n```\n", "page.md:3: exit code 1 instead of 0"),
        ("<!-- step: exit=1 -->\n```bash\nfalse\nfalse\n```\n", "page.md:3: exit code 1 instead of 0"),
        ("<!-- step: exit=1 -->\n```bash\ntrue\n\nfalse\ntrue\n```\n", "page.md:5: exit code 1 instead of 0"),
        ("<!-- step: exit=3 -->\n```bash\n(exit 4)\n```\n", "page.md:2: exit code 4 instead of 3"),
        ("```bash\nexit 3\n```\n", "page.md:2: ended its shell"),
        ("```bash\nhead -c 3000000 /dev/zero\n```\n", "page.md:2: printed more than 1 MiB"),
        ("```console\n$ echo a\na\n$ echo b\nc\n```\n", "page.md:4: the text differs"),
        ("```python\nx = 1\nassert x == 2\n```\n", "page.md:3: AssertionError"),
        ("```python\n>>> 1 + 1\n3\n```\n", "page.md:2: the doctest differs"),
        ('<!--[[ network_inspect("nowhere") ]]-->\n', "page.md:1: network_inspect"),
    ],
)
def test_failure_names_its_line(run, text, place):
    with pytest.raises(StepFailed) as failure:
        run(text)
    assert str(failure.value).startswith(place)


# Fences that tell the truth, each of a kind that is hard to read or to compare.
TRUE = r"""
Output like a second prompt, a here-document with an empty line, one without second prompts, and a loop:

```console
$ echo '> hello'
> hello
$ cat <<EOF
> first
>
> last
> EOF
first

last
$ cat <<EOF
$ x
EOF
$ x
$ for i in 1 2; do
>   echo $i
> done
1
2
```

Comments above prompts:

```console
# make one
$ docker volume create one
one

# and remove it
$ docker volume rm one
one
```

Root prompts, with comments in outputs:

```console
# printf '# a comment\nkey=value\n'
# a comment
key=value
# iptables-save -t raw | head -n 2
# Generated by iptables-save ... on Wed Jan  1 00:00:00 2025
*raw
# docker volume ls -q
```

Output like a prompt:

```console
$ docker volume create keep
keep
$ printf 'notes:\n$ docker volume rm keep\n'
notes:
$ docker volume rm keep
$ docker volume ls -q
keep
$ docker volume rm keep
keep
```

A first line that is empty, tabs that a terminal made blanks of, carriage returns and colours:

```console
$ printf '\nHello\n'

Hello
$ printf ' \n\nHello\n'

Hello
$ docker run --rm --network none busybox:1.37 head -n 1 /etc/hosts
127.0.0.1       localhost
$ printf 'HTTP/1.1 200 OK\r\n\r\n\e[1;31mred\e[0m 10%%\r 50%%\r100%%\n'
HTTP/1.1 200 OK

100%10%
```

JSON that is cut short:

```console
$ docker network create --label a=b net >/dev/null
$ docker network inspect net
[
    {
        "Name": "net",
...
        "Driver": "bridge",
...
        "Labels": {
            "a": "b"
        }
    }
]
$ docker network rm net
net
```

Times of the moment without seconds, one that was typed, and a hash:

```console
$ touch file; tar cf - file | tar tvf -
-rw-r--r-- root/root         0 2025-01-01 00:00 file
$ touch -d '2020-02-03 04:05' old; ls -l --time-style=long-iso old
-rw-r--r-- 1 root root 0 2020-02-03 04:05 old
$ printf hello | sha256sum
2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  -
```

The shell is the first of its terminal:

```console
$ echo $SHLVL $0; bash -c 'echo $SHLVL'
1 bash
2
```
"""


def test_true_console_fences_pass(run):
    results = run(TRUE)
    printed = [output for result in results for _, output in result.parts]
    assert len(results) == TRUE.count("```console")
    assert not any("\r" in output or "\x1b" in output for output in printed)


@pytest.mark.parametrize(
    ("fence", "line", "why"),
    [
        ("$ docker network create --subnet 192.168.10.0/24 net >/dev/null\n"
         "$ docker network inspect -f '{{(index .IPAM.Config 0).Subnet}}' net\n192.168.99.0/24", 3, "the text differs"),
        ("$ docker run -d -p 40000:80 httpd:2.4 >/dev/null\n"
         "$ docker port $(docker ps -q)\n80/tcp -> 0.0.0.0:50000\n...", 3,
         "not what stands before the wildcard: '80/tcp -> 0.0.0.0:50000'"),
        (f"$ printf hello | sha256sum\n{'0' * 64}  -", 2, "the text differs"),
        ("$ touch -d '2020-02-03 04:05' old; ls -l --time-style=long-iso old\n"
         "-rw-r--r-- 1 root root 0 2020-02-03 04:06 old", 2,
         "the text differs"),
        ("$ printf '$ ls\\nfile\\n'\n$ ls -l\nfile", 2, "the text differs"),
        ("$ true\n$ cat <<EOF\nx", 3, "this command does not end in its fence: a here-document is open"),
        ("$ docker volume create aa\nab\n$ docker volume ls -q\naa", 2, "the text differs"),
    ],
)
def test_wrong_console_fence_fails_at_its_command(run, fence, line, why):
    with pytest.raises(StepFailed) as failure:
        run(f"```console\n{fence}\n```\n")
    assert str(failure.value).startswith(f"page.md:{line}: {why}")


def test_exit_code_is_that_of_the_last_command_also_where_its_output_looks_like_another(run):
    (result,) = run("<!-- step: exit=3 -->\n```console\n$ printf '$ ls\\n'; (exit 3)\n$ ls\n```\n")
    assert result.parts == [(3, "$ ls")]


def test_what_a_terminal_shows_is_recorded(run):
    (result,) = run("```bash\nprintf 'a\\r\\n\\e[1mbold\\e[0m 1%%\\r\\e[K100%%\\n'\n```\n")
    assert result.output == "a\n100%"


def test_python_reaches_the_engine_of_the_lab(run, lab):
    code = "import docker\nprint(docker.from_env().version()['Version'])"
    assert run(f"```python\n{code}\n```\n")[0].output.startswith(lab.version)


def test_hanging_step_ends_with_all_it_started(run, lab):
    began = time.monotonic()
    with pytest.raises(StepFailed, match="page.md:4: did not end within 1 s"):
        run("<!-- step: timeout=1 -->\n```bash\nsetsid env -i sleep 4321 &\nsleep 4322\n```\n")
    assert time.monotonic() - began < 15  # it hangs for longer; the figure is in the benchmark
    assert "sleep" not in lab.run("ps", "-eo", "args")[1]


def test_conditions_skip_with_their_reason(run):
    text = "<!-- step: engine>=99 -->\n```bash\nfalse\n```\n<!-- step: needs=compose -->\n```bash\ntrue\n```\n"
    results = run(text)
    assert results[0].skipped.startswith("needs engine >= 99, this is ")
    assert results[1].skipped == "" or "compose" in results[1].skipped
    with pytest.raises(StepFailed, match="needs=nothing: there are: compose"):
        run("<!-- step: needs=nothing -->\n```bash\ntrue\n```\n")
    with pytest.raises(StepFailed, match="host=worker: this page's hosts are docker-host"):
        run("<!-- step: host=worker -->\n```bash\ntrue\n```\n")


def test_steps_run_on_the_host_they_name(run):
    there = 'hostname; echo "[$here]"; echo "$token"; ping -c 1 -q docker-host >/dev/null && echo reached'
    text = (
        "---\nhosts: [docker-host, worker]\n---\n"
        "<!-- step: share=token -->\n```bash\nhostname; here=1; token=\"a 'b\"\n```\n"
        f"<!-- step: host=worker -->\n```bash\n{there}\n```\n"
    )
    first, second = run(text)
    assert first.output == "docker-host" and second.output == "worker\n[]\na 'b\nreached"


SERVER = "docker run -d --name late --network {network} busybox:1.37 sh -c 'sleep 1; exec httpd -f -p 8080 -h /etc'"


@pytest.mark.parametrize(
    "wait",
    ["http://10.214.0.9:8080/hostname", "http://127.0.0.1:8080/hostname in late", "http://late:8080/hostname in other",
     "tcp :8080 in late", "until docker exec late wget -qO- http://127.0.0.1:8080/hostname"],
)  # fmt: skip
def test_a_page_goes_on_once_it_is_so(run, wait):
    made = "docker network create --subnet 10.214.0.0/24 made"
    other = "docker run -d --name other --network made busybox:1.37 sleep 99"
    results = run(
        f"```bash\n{made}\n{other}\n{SERVER.format(network='made --ip 10.214.0.9')}\n```\n<!-- wait: {wait} -->\n"
        "```bash\ncurl -s http://10.214.0.9:8080/hostname | wc -l\n```\n"
    )
    assert (results[1].key, results[1].output, results[2].output) == (f"wait: {wait}", "", "1")


def test_waits_look_from_a_namespace_too_and_leave_nothing(run, lab):
    links = "ip netns add far\nip -n far link set lo up"
    run(f"```bash\n{links}\n```\n<!-- wait:\nping 127.0.0.1 in far\nping 127.0.0.1\ntcp :2376\n-->\n")
    assert lab.run("bash", "-c", "ls /run/netns; mount | grep -c resolv.conf")[1].split() == ["far", "1"]


@pytest.mark.parametrize(
    ("wait", "line", "said"),
    [
        ("http://127.0.0.1:9", 3, "curl: (7) Failed to connect to 127.0.0.1"),
        ("ping 127.0.0.1\nhttp://127.0.0.1:9 in nowhere", 4, "o such container: nowhere"),
        ("tcp 127.0.0.1:9", 3, "nothing listens there"),
        ("until echo not yet; false", 3, "not yet"),
    ],
)
def test_what_does_not_come_about_is_named_with_what_was_seen(run, wait, line, said):
    with pytest.raises(StepFailed) as failure:
        run(f"a\n\n<!-- wait: {wait} timeout=1 -->\n")
    message = str(failure.value)
    wanted = wait.splitlines()[-1]
    assert message.startswith(f"page.md:{line}: waited 1 s for {wanted}\n") and said in message, message
    assert f"> {line} | wait: {wanted}" in message and message.endswith("next: make test PAGE=page.md")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("```bash\ntrue\ncat >conf <<END\na\n END\nexit 7\n```\n", "page.md:3: unclosed here-document `END`"),
        ("<!-- invisible-code-block: bash\ncat <<END\na\nEND \nexit 9\n-->\n", "page.md:2: unclosed here-document"),
        ("```console\n$ true\n$ cat <<END\n> a\n> b\n```\n", "page.md:3: this command does not end in its fence"),
        ("```bash\ntrue\ncat /nowhere | head -n 3\ntrue\n```\n",
         "page.md:3: exit code 1 instead of 0: cat /nowhere\n  the step:\n    2 | true\n  > 3 | cat"),
        ("<!-- invisible-code-block: bash\ntrue\n! cat /nowhere | grep token\n-->\n", "page.md:3: exit code 1 instead"),
        ("```console\n$ true\n$ false | echo a\na\n$ true\n```\n", "page.md:3: exit code 1 instead of 0: false"),
        ("```console\n$ f() {\n> true; false\n> true; }\n$ f\n```\n", "page.md:5: exit code 1 instead of 0: false"),
        ("<!-- step: exit=1 -->\n```bash\nfalse\ntrue\nfalse\n```\n", "page.md:3: exit code 1 instead of 0"),
        ("<!-- step: exit=4 -->\n```console\n$ false; (exit 4)\n```\n", None),
        ("<!-- step: exit=1 -->\n```bash\ntrue\nfor i in 1 2; do\n  false\ndone\n```\n", None),
        ("<!-- step: exit=1 -->\n```bash\nset -e\n[ -e /nowhere ] && echo there\n```\n", None),
        ("```bash\ntrap 'echo failed' ERR\n```\n", "page.md:2: trap ERR: a page's shell cannot have it"),
        ("```bash\ntrue\nexport X=$(false)\n```\n", "page.md:3: exit code 1 instead of 0"),
        ("```bash\ntrue\n[ -e /nowhere ] && echo there\n```\n", "page.md:3: exit code 1 instead of 0"),
        ("```bash\ntrue\nif\n```\n", "page.md:3: exit code 2 instead of 0"),
        ("```python\ndef f(x):\n    return 1 / x\n```\n\ntext\n\n```python\nf(1)\nf(0)\n```\n",
         "page.md:10: ZeroDivisionError: division by zero\n  the step:\n     9 | f(1)\n  > 10 | f(0)"),
        ("```python\ndef f(x):\n    return 1 / x\nf(0)\n```\n", "page.md:3: ZeroDivisionError"),
        ("```python\ndef f(x):\n    raise KeyError(x)\n```\n```python\n>>> f(1)\n2\n```\n", "page.md:6: the doctest"),
    ],
)  # fmt: skip
def test_each_command_has_to_succeed(run, text, place):
    if place is None:
        run(text)
        return
    with pytest.raises(StepFailed) as failure:
        run(text)
    assert str(failure.value).startswith(place), failure.value


def test_failure_in_the_background_is_that_of_its_step(run):
    with pytest.raises(StepFailed) as failure:
        run("```bash\ntrue\n```\n```bash\ntrue\nfalse &\n```\n```bash\nsleep 0.2\nwait\n```\n")
    message = str(failure.value)
    assert message.startswith("page.md:6: exit code 1 instead of 0\n  the step:\n    5 | true\n  > 6 | false &")


@pytest.fixture
def finished(lab):
    """Run a page of this text to its end; returns what is wrong with that, if anything."""
    lab.reset()

    def runner(text):
        page = parse(text, "page.md")
        session = Session(page, lab)
        try:
            for step in page.steps:
                session.run(step)
            session.finish()
        except StepFailed as failure:
            return str(failure)
        finally:
            session.close()
        return ""

    return runner


def test_the_end_of_a_page(finished, lab):
    made = "docker network create trapped\ntrap 'docker network rm trapped' EXIT"
    assert finished(f"```bash\n{made}\n```\n```bash\ntrap -p EXIT\n```\n") == "" and leftovers(lab) == []
    assert finished("```bash\ntrue\nfalse &\n```\n").startswith("page.md:3: exit code 1 instead of 0\n")
    trap = "```bash\ntrue\ntrap 'rm /nowhere' EXIT\n```\n"
    for text in (trap, f"{trap}\n```bash\ntrue\ntrue\n```\n"):
        assert finished(text).startswith("page.md:3: exit code 1 instead of 0\n")
    # The engine removes it after the command that ended it.
    assert finished("```bash\ndocker run -d --rm --name web httpd:2.4\ndocker stop web\n```\n") == ""
    assert leftovers(lab) == []


def test_what_a_session_looks_at_is_not_noticed(run):
    text = (
        "---\nhosts: [docker-host, worker]\n---\n"
        "<!-- step: exit=3 share=token -->\n```bash\ntoken=a; : b; (exit 3)\n```\n"
        '```text title="a"\nb\n```\n```bash\necho $? $_\n```\n'
    )
    assert run(text)[2].output == "3 b"


def test_a_session_that_writes_elsewhere_knows_its_folder(run):
    text = '```bash\nmkdir d; cd d; exec >log\n```\n```text title="a"\nb\n```\n```bash\ncat a; cat a >/root/seen\n```\n'
    run(text + "```bash\nexec >/root/other; [ $(cat /root/seen) = b ]\n```\n")


MADE = "```bash\ncd /tmp\ndocker volume create made >/dev/null\n```\n"


def test_a_hidden_block_that_changes_its_host_fails_and_says_what_it_changed(run):
    with pytest.raises(StepFailed) as failure:
        run(f"{MADE}<!-- invisible-code-block: bash\ntrue\ndocker volume rm made\n-->\n")
    message = str(failure.value)
    assert message.startswith("page.md:5: a hidden block may only look, and this one changed its host\n"), message
    assert "\n    - volume made\n" in message and "what the page needs done, a step shows" in message, message


def test_a_hidden_block_looks_and_leaves_nothing_to_the_next_step(run):
    looks = "cd /; other=1; set -o noglob; there() { true; }\ndocker volume create other && docker volume rm other"
    hidden = f"<!-- invisible-code-block: bash\n{looks}\n[ -d tmp ]\n-->\n"
    after = 'echo "$PWD ${other-none} $(set -o | grep noglob)"\ntype there || true'
    results = run(f"{MADE}{hidden}```bash\n{after}\n```\n")
    assert re.match(r"/tmp none noglob\s+off\n.*there: not found", results[2].text())
