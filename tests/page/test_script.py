"""The downloadable script of a page is what the page shows, and bash can read it."""

from __future__ import annotations

import subprocess

import pytest

from macros.page.reader import parse
from macros.page.script import script
from macros.site import library

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
