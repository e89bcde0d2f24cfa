"""Each problem has a short answer in both languages, whose check and fix are run, or whose sources are linked."""

from __future__ import annotations

import pytest

from macros.page.reader import parse
from macros.record.recording import load
from macros.site import library
from tests.tools.problems import findings, problems

DOCS = library.ROOT / "docs"
# What is a way to a problem, not one: questions in their order, and two hosts of different generations.
EXEMPT = ("index", "paths", "mixed-versions")
PAGES = [(lang, path) for lang in ("ko", "en") for path in sorted((DOCS / lang / "troubleshooting").glob("*.md"))
         if path.stem not in EXEMPT]  # fmt: skip

GOOD = """# T {#t}

## It fails {#fails}

A rule drops it.

**Check**

<!-- answer: check CARD=eth9 -->
```bash
iptables -S CARD
```

**Fix**: remove it.

<!-- answer: fix CARD=eth9 -->
```bash
iptables -F CARD
```

**Keep it**: it lasts.

**Applies to**: all engines.

```bash
iptables -S eth9
```

```bash
# the fix
iptables -F eth9
iptables -S eth9
```
"""


def told(text):
    page = parse(text, "x.md")
    assert not page.problems
    return findings(page, "en", None)


def test_an_answer_that_is_run_before_and_after_its_fix_is_one():
    assert told(GOOD) == []


@pytest.mark.parametrize(("old", "new", "message"), [
    ("A rule drops it.\n\n", "", "x.md:4: #fails: expected the cause in a sentence, found '**Check**'"),
    ("**Keep it**", "**Keep**", "x.md:3: #fails: expected **Keep it** after line 13, found none"),
    ("iptables -F eth9\niptables -S eth9", "iptables -F eth9",
     "x.md:10: #fails: no step runs this check, filled in as its comment says, after the fix"),
    ("# the fix\niptables -F eth9", "iptables -F eth8", "x.md:3: #fails: no step runs the fix filled in"),
    ("<!-- answer: fix CARD=eth9 -->\n```bash\niptables -F CARD\n```\n", "", "expected a command before which stands"),
])  # fmt: skip
def test_what_an_answer_lacks_is_said_with_its_line(old, new, message):
    assert old in GOOD
    assert any(message in one for one in told(GOOD.replace(old, new))), told(GOOD.replace(old, new))


def test_an_answer_that_is_not_run_needs_a_dated_source():
    unrun = GOOD[: GOOD.index("\n```bash\niptables -S eth9")].replace("=eth9", "=")
    assert "nothing of it is run" in told(unrun)[0]
    assert told(f"{unrun}\n**Not run here**: no such card. [2026-11](https://example.com/x)\n") == []


@pytest.mark.parametrize(("lang", "path"), PAGES, ids=lambda value: value if isinstance(value, str) else value.stem)
def test_each_problem_has_an_answer_that_holds(lang, path):
    page = library.page_at(path)
    assert problems(page), f"{page.path} answers no problem"
    recordings = load(library.ROOT, f"troubleshooting/{path.stem}")
    assert recordings and not recordings.stale(page), recordings.stale(page) if recordings else f"{path}: no recording"
    found = findings(page, lang, recordings)
    assert not found, "\n".join(found)


def test_both_languages_answer_the_same_problems():
    for lang, path in PAGES:
        if lang == "ko":
            twin = library.page_at(DOCS / "en/troubleshooting" / path.name)
            assert [one.anchor for one in problems(library.page_at(path))] == [one.anchor for one in problems(twin)]
