"""Steps in a real browser, of a small site: what can be copied of them, and that each output stands there once."""

from __future__ import annotations

from pathlib import Path

import pytest

from macros.page.reader import parse
from macros.record import recording as recordings
from macros.record.recording import Recording, Recordings
from macros.record.result import Result
from tests.tools.asking import indexed
from tests.tools.browser import DESKTOP, clipped, nu
from tests.tools.building import LANGUAGES, built, mkdocs, small
from tests.tools.served import served

PAGE = """\
---
description: Steps of all kinds.
---

# Steps {#steps}

```console
$ docker network create demo >/dev/null
$ docker network ls \\
    --filter name=demo
NETWORK ID     NAME      DRIVER    SCOPE
expected-id    demo      bridge    local
$ cat <<EOF
> first
>
> last
> EOF
...
$ false-exit
```

```console
$ printf '# notes\\n$ docker network rm demo\\n'
# notes
$ docker network rm demo

# a comment on the next
$ true
```

```python
>>> for x in (1, 2):
...     print(x)
1
2
```

1. one

   ```sh
   echo one
   ```

2. ```shell-session
   $ echo two
   two
   ```

=== "Linux"

    ```bash
    echo tab
    ```
"""
TABLE = "NETWORK ID     NAME      DRIVER    SCOPE\nfeedc0ffee00   demo      bridge    local"
SESSIONS = [
    [(0, ""), (0, TABLE), (0, "first\n\nlast"), (1, "")],
    [(0, "# notes\n$ docker network rm demo"), (0, "")],  # the second prompt is output of the first
    [(0, "two")],
]
COPIED = [
    "docker network create demo >/dev/null\ndocker network ls \\\n    --filter name=demo",
    "cat <<EOF\nfirst\n\nlast\nEOF",
    "false-exit",
    r"printf '# notes\n$ docker network rm demo\n'",
    "true",
    "for x in (1, 2):\n    print(x)",
    "echo one",
    "echo two",
    "echo tab",
]


def one_page(folder: Path, page: str) -> Path:
    """A project with one page, the same in both languages, and a recording of it."""
    project = small(folder / "project", {lang: {"index": page} for lang in LANGUAGES})
    sessions = iter(SESSIONS)
    results = [Result(step.key, 0, "plain output" if step.kind == "bash" else "",
                      next(sessions) if step.kind == "console" else []) for step in parse(page, "index.md").recorded]
    engine = {"version": "28.5.2", "date": "2026-01-01", "images": {}}
    recordings.save(project, Recordings("index", {"28.5": Recording(engine, results)}))
    return project


@pytest.fixture(scope="module")
def small_site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    return built(one_page(folder, PAGE), folder / "site")


@pytest.fixture(scope="module")
def tab(small_site, browser):
    with served(small_site) as address:
        context = browser.new_context(viewport=DESKTOP)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        tab = context.new_page()
        tab.address = address
        yield tab
        context.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_copied_is_what_is_typed(tab, lang):
    tab.goto(tab.address + LANGUAGES[lang])
    buttons = tab.locator("button[data-md-type=copy]")
    found = []
    for number in range(buttons.count()):
        buttons.nth(number).scroll_into_view_if_needed()
        found.append(clipped(tab, buttons.nth(number)))
    assert found == COPIED


@pytest.mark.parametrize("lang", LANGUAGES)
def test_prompts_are_shown_and_not_selected(tab, lang):
    tab.goto(tab.address + LANGUAGES[lang])
    block = tab.locator(".language-console code").nth(1)
    assert block.inner_text().splitlines() == ["$ cat <<EOF", "> first", ">", "> last", "> EOF"]
    block.evaluate("one => getSelection().selectAllChildren(one)")
    tab.keyboard.press("Control+c")
    tab.wait_for_function("navigator.clipboard.readText().then(text => text.startsWith('cat'))")
    assert tab.evaluate("navigator.clipboard.readText()").splitlines() == ["cat <<EOF", "first", "", "last", "EOF"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_output_stands_once_under_its_command(tab, small_site, lang):
    tab.goto(tab.address + LANGUAGES[lang])
    text = tab.locator("article").inner_text()
    plain = (small_site / LANGUAGES[lang] / "index.md").read_text(encoding="utf-8")
    for shown in (text, plain):
        assert "expected-id" not in shown and "..." not in shown.replace("...     print", "")
        assert [shown.count(word) for word in ("feedc0ffee00", "demo      bridge", "first\n\nlast")] == [1, 1, 1]
        words = ("--filter name=demo", "feedc0ffee00", "$ cat <<EOF", "exit 1", "echo one")
        order = [shown.index(word) for word in words]
        assert order == sorted(order)
    (script,) = (small_site / LANGUAGES[lang]).glob("*.sh")
    said = script.read_text(encoding="utf-8")
    assert "feedc0ffee00" not in said and "docker network ls" in said
    assert "\ndocker network rm demo" not in said and "$ docker" not in said.replace("\\n$ docker", "")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_search_has_the_options_of_commands_and_no_output(small_site, lang):
    words = {word for section in indexed(small_site / LANGUAGES[lang]) for word in section.get("words", "").split()}
    assert "filter" in words and not {"false", "exit", "feedc0ffee00", "expected"} & words


def test_a_fence_in_a_list_stands_in_its_item(tab):
    tab.goto(tab.address)
    items = tab.locator("article ol > li")
    assert [items.nth(at).locator("code").inner_text() for at in range(items.count())] == ["echo one\n", "$ echo two\n"]
    assert items.locator(".output").count() == 2 and items.locator("p:empty").count() == 0
    assert tab.locator(".tabbed-content .language-bash + .output").count() == 1


def test_the_small_site_is_valid_html(small_site):
    assert nu(small_site.rglob("*.html")) == ""


LOST = "# Lost {#lost}\n\n<div markdown>\n<div markdown>\n\n```bash\necho lost\n```\n"
NOTED = "# Late {#late}\n\nA note[^1].\n\n[^1]:\n    text\n\n    ```bash\n    echo 1\n    ```\n\n```bash\necho 2\n```\n"


@pytest.mark.parametrize(
    ("page", "message"),
    [(LOST, "docs/ko/index.md:6: this step is not on the page"),
     (NOTED, "docs/ko/index.md:8: this step stands on the page below line 12, which is run after it")],
)  # fmt: skip
def test_what_mkdocs_does_not_show_where_it_is_run_fails_the_build(tmp_path, page, message):
    done = mkdocs(one_page(tmp_path, page), "build")
    assert done.returncode == 1 and message in done.stdout, done.stdout
