"""A page's Python: what it prints by any way is its output, and nothing of it is left for the next page."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from textwrap import dedent

import pytest

from macros.page.reader import parse
from macros.record.python import Python, PythonError


@pytest.fixture
def python():
    made = Python("page.md")
    yield made
    made.close()


def outputs(python, *codes, comment=""):
    """What fences of this code print, one after the other on a page."""
    page = parse("\n".join(f"{comment}```python\n{dedent(code).strip()}\n```\n" for code in codes), "page.md")
    assert not page.problems
    return [python.run(step, {"DOCKER_HOST": "tcp://127.0.0.1:1"}) for step in page.steps]


def failure(python, *codes, **more):
    with pytest.raises(PythonError) as raised:
        outputs(python, *codes, **more)
    return raised.value


def test_all_that_a_terminal_would_show_is_the_output_in_its_order(python, capfd):
    (output,) = outputs(python, """
        import os, subprocess, sys, warnings
        print("one")
        print("two", file=sys.stderr)
        subprocess.run(["echo", "three"])
        os.write(2, b"four\\n")
        os.system("echo five >&2")
        print("six", end="")
        sys.__stdout__.write("seven")
    """)
    assert output == "one\ntwo\nthree\nfour\nfive\nsixseven"
    assert capfd.readouterr() == ("", "")


def test_one_python_for_the_whole_page(python):
    first, second = outputs(python, "import os\nx = 5\nos.environ['OF_PAGE'] = 'yes'\nos.chdir('/')", """
        >>> x, os.environ["OF_PAGE"], os.getcwd()
        (5, 'yes', '/')
        >>> import subprocess; _ = subprocess.run("echo $OF_PAGE >&2", shell=True)
    """)
    assert (first, second) == ("", "yes\n")


def test_nothing_is_left_for_the_next_page(python):
    before = os.getcwd(), dict(os.environ)
    outputs(python, """
        import builtins, os, sys
        os.chdir("/"); os.environ["LEAKED"] = "yes"; sys.path.append("/leaked"); builtins.leaked = 1
        os.umask(0o777)
    """)
    assert (os.getcwd(), dict(os.environ)) == before
    other = Python("other.md")
    assert outputs(other, """
        import builtins, os, sys
        print("LEAKED" in os.environ, "/leaked" in sys.path, hasattr(builtins, "leaked"), os.listdir())
    """) == ["False False False []\n"]
    other.close()


def test_it_reaches_the_lab_and_trusts_the_lab_s_own_authority(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/of/this/machine")
    code = "import os\nprint(os.environ['DOCKER_HOST'], 'REQUESTS_CA_BUNDLE' in os.environ)"
    other = Python("page.md")
    assert outputs(other, code) == ["tcp://127.0.0.1:1 False\n"]
    other.close()


@pytest.mark.parametrize(
    ("codes", "why", "line"),
    [
        (["x = 1\nassert x == 2"], "AssertionError", 3),
        (["def f(n):\n    if n > 2:\n        raise OSError('large')\n", "a = f(1)\nb = f(3)"], "OSError: large", 9),
        (["x = 1\nif x\n    y"], "SyntaxError: expected ':' (page.md, line 3)", 3),
        ([">>> 1 + 1\n2\n>>> 1 + 2\n4"], "the doctest differs", 4),
        (["import sys\nsys.exit(3)"], "SystemExit: 3", 3),
        (["input('who? ')"], "EOFError: EOF when reading a line", 2),
        (["import os\nos._exit(3)"], "ended its Python with exit code 3", 0),
        (["while True:\n    print('x' * 100)"], "printed more than 1 MiB", 0),
    ],
)
def test_a_failure_is_told_with_its_line(python, codes, why, line):
    told = failure(python, *codes)
    assert (str(told), told.line) == (why, line)


DEAF = """
    import signal, time
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    print(1)
    time.sleep(60)
"""


@pytest.mark.parametrize("code", ["import time\nprint(1)\ntime.sleep(60)", DEAF])
def test_a_step_that_hangs_is_ended_with_what_it_started(python, code):
    began, comment = time.monotonic(), "<!-- step: timeout=1 -->\n"
    told = failure(python, "import subprocess\nsubprocess.Popen(['sleep', '4323'])", code, comment=comment)
    assert "did not end within 1 s" in str(told) and told.output == "1\n"
    assert time.monotonic() - began < 50
    python.close()
    # All have their signal by now; when the kernel is done with each is chance.
    deadline = time.monotonic() + 10
    while left := [line for line in processes() if b"sleep\x004323" in line]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def processes():
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield path.read_bytes()


def test_its_own_folder_ends_with_it(python):
    (folder,) = outputs(python, "import os\nopen('file', 'w').write('x')\nprint(os.getcwd())")
    assert os.path.exists(f"{folder.strip()}/file")
    python.close()
    python.close()
    assert not os.path.exists(folder.strip())
