"""The downloadable script of a page is what the page shows, and bash can read it."""

from __future__ import annotations

import os
import subprocess

import pytest

from macros.lab.needs import NEEDS
from macros.lab.wait import FUNCTIONS
from macros.page import script as scripts
from macros.page.reader import parse
from macros.site import library


def script(page, title, host=""):
    return scripts.script(page, title, host, functions=FUNCTIONS, needs=NEEDS)


PAGES = sorted((library.ROOT / "docs" / "ko").glob("**/*.md"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_script_of_each_page_is_bash(path):
    page = library.page_at(path)
    text = script(page, "title")
    kinds = {step.kind for step in page.steps if not step.hidden}
    assert bool(text) == bool(kinds & {"bash", "console", "python", "file"})
    checked = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
    for step in page.steps:
        if step.kind == "bash" and not step.hidden and not step.skip:
            assert step.source.rstrip("\n") in text


def test_script_runs_what_the_fences_say(tmp_path):
    page = parse(
        '```text title="a/b.txt"\nEND\n$x\n```\n```console\n$ cat a/b.txt\nEND\n$ echo two\ntwo\n```\n'
        "```python\n>>> print(3)\n3\n```\n"
        '<!-- skip: next "needs a terminal" -->\n```bash\nexit 1\n```\n'
        "<!-- invisible-code-block: bash\necho hidden\n-->\n",
        "x.md",
    )
    done = subprocess.run(["bash"], input=script(page, "t"), text=True, capture_output=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (0, "END\n$x\ntwo\n3\n")


def test_script_of_one_host_has_its_steps_alone():
    page = parse("---\nhosts: [one, two]\n---\n```bash\na\n```\n<!-- step: host=two -->\n```bash\nb\n```\n", "x.md")
    assert "\na\n" in script(page, "t", "one") and "\nb\n" not in script(page, "t", "one")
    assert "\nb\n" in script(page, "t", "two") and "\na\n" not in script(page, "t", "two")


def test_script_runs_a_step_where_its_page_does(tmp_path):
    """The stand-in for docker says which engine this is, and has no Compose."""
    (tmp_path / "docker").write_text("#!/bin/sh\n[ $1 = version ] && echo 28.2.2+dfsg1\n")
    (tmp_path / "docker").chmod(0o755)
    steps = {"engine>=28.2": "a", "engine>=28.3": "b", "engine<28": "c", "engine==28": "d", "engine!=28.2": "e",
             "engine>=26 engine<28.3": "f", "engine>28": "g", "needs=compose": "h", "engine<=28": "i"}  # fmt: skip
    text = "".join(f"<!-- step: {options} -->\n```bash\necho {word}\n```\n" for options, word in steps.items())
    done = subprocess.run(["bash"], input=script(parse(text, "x.md"), "t"), text=True, capture_output=True, check=False,
                          env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})  # fmt: skip
    assert done.stdout.split() == ["a", "d", "f", "i"], done


def test_script_waits_where_its_page_does():
    page = parse("<!-- wait:\nuntil test -e 'a b' timeout=7 -->\n```bash\nx\n```\n", "x.md")
    assert "\nwait_for 7 until 'test -e '\"'\"'a b'\"'\"'' ''\n" in script(page, "t")
    assert "wait_for()" in script(page, "t") and "engine_is" not in script(page, "t")
    assert script(parse("<!-- wait: tcp :80 -->\n", "x.md"), "t") == ""
