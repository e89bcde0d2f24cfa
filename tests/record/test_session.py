"""Steps in a real lab: what passes, what fails, and how a failure reads."""

from __future__ import annotations

import time

import pytest

from macros.lab.inventory import leftovers
from macros.page.reader import parse
from macros.record.session import Session, StepFailed


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


def test_file_is_written_where_the_session_stands(run):
    results = run('```yaml title="a.yaml"\nb: {{ c }}\n```\n```bash\ncat a.yaml\n```\n')
    assert results[1].output == "b: {{ c }}"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("```bash\ntrue\nfalse\ntrue\n```\n", "page.md:3: exit code 1 instead of 0"),
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


def test_python_reaches_the_engine_of_the_lab(run, lab):
    code = "import docker\nprint(docker.from_env().version()['Version'])"
    assert run(f"```python\n{code}\n```\n")[0].output.startswith(lab.version)


def test_hanging_step_ends_with_all_it_started(run, lab):
    began = time.monotonic()
    with pytest.raises(StepFailed, match="page.md:4: did not end within 1 s"):
        run("<!-- step: timeout=1 -->\n```bash\nsetsid env -i sleep 4321 &\nsleep 4322\n```\n")
    assert time.monotonic() - began < 4  # generous: the figure is in the benchmark
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
        ("```console\n$ true\n$ cat <<END\n> a\n> b\n```\n", "page.md:3: unclosed here-document `END`"),
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
    assert finished("```bash\ntrap 'rm /nowhere' EXIT\n```\n").startswith("page.md:2: exit code 1 instead of 0\n")


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
