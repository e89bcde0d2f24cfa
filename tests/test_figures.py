"""Hand-drawn figures and topologies: well-formed, described, and safe with what an engine may be told."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from macros import figures

NAMES = sorted(path.stem for path in (Path(figures.__file__).parent / "templates").glob("[a-z]*.svg"))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_figure_is_described_in_its_language(name, lang):
    root = ElementTree.fromstring(figures.figure_svg(name, lang, "x"))
    texts = [root.find(f"{SVG}title"), root.find(f"{SVG}desc")]
    assert all(element is not None and element.text for element in texts)
    korean = any("가" <= character <= "힣" for element in texts for character in element.text)
    assert korean == (lang == "ko")


def test_unknown_figure_says_which_there_are():
    with pytest.raises(ValueError, match="switch"):
        figures.figure_svg("nothing", "en", "x")
