"""Front matter `covers:` says which rows of the project's list of facts a page answers for."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
import yaml

from macros.page.steps import FRONT_MATTER
from macros.site import library

DOCS = library.ROOT / "docs"
# S: what the notes of 2021 hold. F: what in them is wrong or outdated. Each row has a page that says how it is today.
ROWS = [f"S{number}" for number in range(1, 72)] + [f"F{number}" for number in range(1, 39)]


def covered(lang: str) -> dict[str, list[str]]:
    """The rows of each page, by the page's path below its language's folder."""
    return {
        str(path.relative_to(DOCS / lang)): _covers(path)
        for path in sorted((DOCS / lang).glob("**/*.md"))
    }


@functools.cache
def _covers(path: Path) -> list[str]:
    front = FRONT_MATTER.match(path.read_text(encoding="utf-8"))
    return list((yaml.safe_load(front[0].strip().strip("-")) or {}).get("covers", [])) if front else []


def missing() -> list[str]:
    found = {row for rows in covered("ko").values() for row in rows}
    return [row for row in ROWS if row not in found]


def test_both_languages_cover_the_same():
    assert covered("ko") == covered("en")


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_rows_exist_and_stand_once_on_a_page(lang):
    wrong = {page: [row for row in rows if row not in ROWS] for page, rows in covered(lang).items()}
    assert not {page: rows for page, rows in wrong.items() if rows}, "rows that the list does not have"
    twice = [page for page, rows in covered(lang).items() if len(rows) != len(set(rows))]
    assert not twice, "a row stands twice"


def test_every_row_has_a_page():
    assert not missing(), f"rows on no page: {' '.join(missing())}"
