"""Figures drawn by hand show names and addresses of their page: those that it writes or that its commands printed."""

from __future__ import annotations

import re

import pytest

from macros.draw.figures import figure_svg
from macros.site import library

CALL = re.compile(r'<!--\[\[ figure\("([\w-]+)"\) \]\]-->')
SHOWN = re.compile(r"\blab-[a-z0-9-]+|(?<![\d.])\d+\.\d+\.\d+\.\d+(?:/\d+)?")
# The other devices of two LANs, next to the address that the page has of each.
NEIGHBOURS = {"lan-wan": {f"{lan}.{last}" for lan in ("10.213.0", "192.168.0") for last in (11, 12)}}


def calls(lang: str) -> list[tuple[str, str]]:
    pages = library.ROOT / "docs" / lang
    return [(str(path.relative_to(pages)), name) for path in sorted(pages.rglob("*.md"))
            for name in CALL.findall(path.read_text(encoding="utf-8"))]  # fmt: skip


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_figure_has_names_and_addresses_of_its_page(lang):
    wrong = []
    for page, name in calls(lang):
        written = (library.ROOT / "docs" / lang / page).read_text(encoding="utf-8")
        printed = (library.ROOT / "docs/_recordings" / page).with_suffix(".json").read_text(encoding="utf-8")
        known = {*SHOWN.findall(written), *SHOWN.findall(printed)}
        known |= {found.partition("/")[0] for found in known} | NEIGHBOURS.get(name, set())
        shown = {*SHOWN.findall(figure_svg(name, lang, "x"))}
        wrong += [f"docs/{lang}/{page}: the figure {name} shows {one}, the page does not" for one in shown - known]
    assert not wrong, "\n".join(sorted(wrong))


def test_every_figure_is_on_a_page():
    assert len(calls("ko")) == len(calls("en")) >= 7
