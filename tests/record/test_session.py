"""Steps in a real lab: what passes, what fails, and how a failure reads."""

from __future__ import annotations

import time

import pytest

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
    assert time.monotonic() - began < 2.5  # generous: the figure is in the benchmark
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
