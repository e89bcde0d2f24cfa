"""One shape of a lesson: why it matters, the lesson, what to keep of it, questions, clean-up, and where to go next."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from macros.page.reader import parse
from macros.site import library
from tests.tools.new import NEXT
from tests.tools.prose import COMMENT, blanked, fences, without

DOCS = library.ROOT / "docs"
LESSONS = ("basics/index.md", "network/*.md", "volume/*.md")
PAGES = [(lang, path) for lang in ("ko", "en") for of in LESSONS for path in sorted((DOCS / lang).glob(of))]

KEPT = {"ko": "한눈에 정리", "en": "In short"}

ROWS = range(3, 8)

# Lessons without {#in-short}, and why: a table or list that they have is one already.
EXEMPT = {
    "network/index": "{#goals}, its last section, is a table of what one wants and the page that has it",
    "network/packet": "the table under its title has each way of a packet, who decides, and where a rule goes",
    "volume/index": "{#choose}, before its questions, lists which place to use for what",
    "volume/where": "the table under its title has each place and what deletes it",
}

HEADING = re.compile(r"(?P<marks>#{1,6}) (?P<title>.*?)(?: \{#(?P<anchor>[\w-]+)\})?\s*")
NO_PROSE = re.compile(r"\s*(?:[|>`~]|!!!|\?{3}|[-*+] |\d+[.)] )")
ITEM = re.compile(r"[-*+] |\d+[.)] ")
TABLE_RULE = re.compile(r"\|[\s|:-]+\|")


def findings(text: str, shown: str, lang: str, exempt: bool = False) -> list[str]:
    """What keeps the page `text` from this shape, each as `file:line: expected ..., found ...`."""
    lines = _lines(text)
    headings = [
        (number, heading)
        for number, (line, fenced) in enumerate(lines)
        if not fenced and (heading := HEADING.fullmatch(line))
    ]
    titles = [number for number, heading in headings if heading["marks"] == "#"]
    if not titles:
        return [f"{shown}:1: expected a title `# ...`, found none"]
    sections = [(number, heading) for number, heading in headings if heading["marks"] == "##"]
    starts = {heading["anchor"]: number for number, heading in sections}
    found = _introduction(lines, titles[0], sections[0][0] if sections else len(lines))
    found += _order([(number, heading["anchor"]) for number, heading in sections], exempt)
    if "in-short" in starts and not exempt:
        start = starts["in-short"]
        end = min([number for number, _ in headings if number > start], default=len(lines))
        title = next(heading["title"] for number, heading in sections if number == start)
        if title != KEPT[lang]:
            found.append((start, f"expected the heading {KEPT[lang]!r}, found {title!r}"))
        found += _kept(lines, start, end)
    last = max(number for number, (line, _) in enumerate(lines) if line.strip())
    if not re.fullmatch(rf"{NEXT[lang]}: \[.+\]\(\S+\)", lines[last][0]):
        found.append((last, f"expected `{NEXT[lang]}: [...](...)` as the last line, found {lines[last][0]!r}"))
    return [f"{shown}:{number + 1}: {message}" for number, message in sorted(found)]


def _lines(text: str) -> list[tuple[str, bool]]:
    """Each line, without front matter and comments, and whether it is in a fence or one end of it."""
    page = parse(text, "")
    text = without(COMMENT, blanked(text, [(0, page.body)], " "), " ")
    fenced = {line for start, end in fences(page) for line in range(page.line(start), page.line(end - 1) + 1)}
    return [(line, number in fenced and bool(line.strip())) for number, line in enumerate(text.split("\n"), 1)]


def _introduction(lines: list[tuple[str, bool]], title: int, end: int) -> list[tuple[int, str]]:
    """Why a reader would care stands in words under the title, before anything else."""
    first = next((number for number in range(title + 1, end) if lines[number][0].strip()), None)
    if first is None:
        return [(title, "expected text under the title, found none")]
    if NO_PROSE.match(lines[first][0]) or HEADING.fullmatch(lines[first][0]):
        return [(first, f"expected text under the title, found {lines[first][0]!r}")]
    return []


def _order(sections: list[tuple[int, str | None]], exempt: bool) -> list[tuple[int, str]]:
    """A lesson, and behind it one after another {#in-short}, {#check-yourself} if there is one, and {#clean-up}."""
    anchors = [anchor for _, anchor in sections]
    end = sections[-1][0] if sections else 0
    expected = ["in-short", "check-yourself", "clean-up"]
    if "check-yourself" not in anchors:
        expected.remove("check-yourself")
    if exempt:
        if "in-short" in anchors:
            return [(sections[anchors.index("in-short")][0], "expected no {#in-short}, as EXEMPT says, found one")]
        expected.remove("in-short")
    missing = [anchor for anchor in expected if anchor not in anchors]
    if missing:
        return [(end, f"expected a section {{#{anchor}}}, found none") for anchor in missing]
    at = anchors.index(expected[0])
    found = anchors[at : at + len(expected)]
    if found != expected:
        return [(sections[at][0], f"expected {_shown(expected)} one after another, found {_shown(found)}")]
    if at == 0 and not exempt:  # a glance may be all text under the title
        return [(sections[0][0], f"expected a section of the lesson before {{#{expected[0]}}}, found none")]
    return []


def _shown(anchors: list[str | None]) -> str:
    return ", ".join(f"{{#{anchor}}}" for anchor in anchors)


def _kept(lines: list[tuple[str, bool]], start: int, end: int) -> list[tuple[int, str]]:
    """What one can copy into one's notes: a few lines of a list or a table, nothing to run, nothing else."""
    found, items, cells = [], [], []
    for number in range(start + 1, end):
        line, fenced = lines[number]
        if fenced:
            return [(number, f"expected no fence in {{#in-short}}, found {line!r}")]
        if ITEM.match(line):
            items.append(number)
        elif line.startswith("|"):
            cells.append(line)
        elif line.strip() and not (items and line.startswith("  ")):
            found.append((number, f"expected nothing but a list or a table in {{#in-short}}, found {line!r}"))
    rows = len(items)
    if cells:
        ruled = len(cells) > 1 and TABLE_RULE.fullmatch(cells[1].strip())
        rows = len(cells) - 2 if ruled else len(cells)
        if not ruled:
            found.append((start, "expected a table with a head in {#in-short}, found one without"))
    if items and cells:
        found.append((start, "expected a list or a table in {#in-short}, found both"))
    elif rows not in ROWS:
        found.append((start, f"expected {ROWS.start} to {ROWS.stop - 1} rows in {{#in-short}}, found {rows}"))
    return found


def name_of(path: Path) -> str:
    return str(path.relative_to(DOCS / path.relative_to(DOCS).parts[0]).with_suffix(""))


@pytest.mark.parametrize(("lang", "path"), PAGES, ids=lambda value: str(value).removeprefix(f"{DOCS}/"))
def test_a_lesson_has_the_shape_of_lessons(lang, path):
    shown = str(path.relative_to(library.ROOT))
    found = findings(path.read_text(encoding="utf-8"), shown, lang, name_of(path) in EXEMPT)
    assert found == [], "\n".join(found)


def test_what_is_exempt_is_a_lesson_in_both_languages():
    for lang in KEPT:
        unknown = {*EXEMPT} - {name_of(path) for of, path in PAGES if of == lang}
        assert not unknown, f"EXEMPT names {sorted(unknown)}: expected lessons below docs/{lang}"


LESSON = """\
---
description: A page.
---

# A page {#page}

After this page you can look at a network.

## Look {#look}

```bash
# ## Not a heading {#in-short}
docker network ls
```

## In short {#in-short}

| You want to | Do this |
|---|---|
| look | [`docker network ls`](#look) |
| look at one | [`docker network inspect NAME`](#look) |
| look for yours | [`docker network ls --filter type=custom`](#look) |

## Check yourself {#check-yourself}

??? question "How many are there?"

    Three.

## Clean up {#clean-up}

```bash
docker network rm lab-page
```

Next: [Another page](other.md)
"""
TABLE = re.search(r"(?m)(?:^\|.*\n)+", LESSON)[0]
ROW = "| look | [`docker network ls`](#look) |\n"
QUESTIONS = re.search(r"(?s)## Check yourself.*?(?=## Clean up)", LESSON)[0]
INTRODUCTION = "After this page you can look at a network.\n"
LIST = "- Look with [`docker network ls`](#look).\n- Look at one\n  by its name.\n- Look for yours.\n"
NUMBERED = "1. Look.\n2. Look at one.\n3. Look for yours.\n"


@pytest.mark.parametrize(
    "text",
    [
        LESSON,
        LESSON.replace(QUESTIONS, ""),
        LESSON.replace(TABLE, LIST),
        LESSON.replace(TABLE, NUMBERED),
        LESSON.replace(ROW, 5 * ROW),
        LESSON.replace("After this", "<!-- a note -->\nAfter this"),
        LESSON.replace("In short", "한눈에 정리").replace("Next:", "다음:"),
    ],
    ids=["a table", "no questions", "a list", "a numbered list", "seven rows", "a comment", "Korean"],
)
def test_a_page_of_this_shape_passes(text):
    assert findings(text, "x.md", "ko" if "한눈에" in text else "en") == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# A page {#page}\n", "", "x.md:1: expected a title `# ...`, found none"),
        (INTRODUCTION, "", "x.md:5: expected text under the title, found none"),
        (INTRODUCTION, "| a | b |\n|---|---|\n", "x.md:7: expected text under the title, found '| a | b |'"),
        (INTRODUCTION, "```bash\nls\n```\n", "x.md:7: expected text under the title, found '```bash'"),
        (INTRODUCTION, "### Part {#part}\n", "x.md:7: expected text under the title, found '### Part {#part}'"),
        ("## In short {#in-short}", "### In short {#in-short}", "x.md:30: expected a section {#in-short}, found none"),
        ("## Clean up {#clean-up}", "## Clean up {#clean}", "x.md:30: expected a section {#clean-up}, found none"),
        (LESSON[LESSON.index("## Look") : LESSON.index("## In short")], "",
         "x.md:9: expected a section of the lesson before {#in-short}, found none"),
        (QUESTIONS, "## More {#more}\n\nText.\n\n" + QUESTIONS,
         "x.md:16: expected {#in-short}, {#check-yourself}, {#clean-up} one after another, "
         "found {#in-short}, {#more}, {#check-yourself}"),
        ("## In short {", "## Summary {", "x.md:16: expected the heading 'In short', found 'Summary'"),
        (ROW, "", "x.md:16: expected 3 to 7 rows in {#in-short}, found 2"),
        (ROW, 6 * ROW, "x.md:16: expected 3 to 7 rows in {#in-short}, found 8"),
        (TABLE, LIST.replace("- Look for yours.\n", ""), "x.md:16: expected 3 to 7 rows in {#in-short}, found 2"),
        (TABLE, TABLE + "\n" + LIST, "x.md:16: expected a list or a table in {#in-short}, found both"),
        (TABLE, 3 * ROW, "x.md:16: expected a table with a head in {#in-short}, found one without"),
        (TABLE, TABLE + "\n```bash\nls\n```\n", "x.md:24: expected no fence in {#in-short}, found '```bash'"),
        (TABLE, "All of it:\n\n" + TABLE,
         "x.md:18: expected nothing but a list or a table in {#in-short}, found 'All of it:'"),
        ("\nNext: [Another page](other.md)\n", "",
         "x.md:34: expected `Next: [...](...)` as the last line, found '```'"),
        ("Next: [Another page](other.md)", "Next: another page",
         "x.md:36: expected `Next: [...](...)` as the last line, found 'Next: another page'"),
        ("Next:", "다음:",
         "x.md:36: expected `Next: [...](...)` as the last line, found '다음: [Another page](other.md)'"),
    ],
)  # fmt: skip
def test_what_a_page_lacks_is_found(old, new, message):
    assert LESSON.count(old) == 1
    assert findings(LESSON.replace(old, new), "x.md", "en") == [message]


def test_the_order_of_the_last_sections_counts():
    kept = LESSON[LESSON.index("## In short") : LESSON.index("## Check")]
    moved = LESSON.replace(kept, "").replace("## Clean up", f"{kept}## Clean up")
    assert findings(moved, "x.md", "en") == [
        "x.md:22: expected {#in-short}, {#check-yourself}, {#clean-up} one after another, "
        "found {#in-short}, {#clean-up}"
    ]


def test_an_exempt_page_has_the_rest_of_it():
    kept = LESSON[LESSON.index("## In short") : LESSON.index("## Check")]
    assert findings(LESSON.replace(kept, ""), "x.md", "en", exempt=True) == []
    assert findings(LESSON, "x.md", "en", exempt=True) == [
        "x.md:16: expected no {#in-short}, as EXEMPT says, found one"
    ]
    assert findings(LESSON.replace(INTRODUCTION, "").replace(kept, ""), "x.md", "en", exempt=True) == [
        "x.md:5: expected text under the title, found none"
    ]
