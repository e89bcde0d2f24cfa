"""Old addresses of sections: they lead to where the content went, on this page or on another one."""

from __future__ import annotations

import pytest
from mkdocs.utils import meta

from macros.site import library
from macros.site.moved import leading_on, renamed
from tests.tools.prose import headings

PAGES = sorted((library.ROOT / "docs").glob("*/**/*.md"))


def test_a_section_on_another_page_is_a_link_with_its_old_anchor_and_its_title(tmp_path):
    (tmp_path / "new.md").write_text("# Page {#new}\n\n## The title {#there}\n", encoding="utf-8")
    told = {"moved": {"old": "new.md#there", "same": "#here"}}
    text = leading_on("# Old {#o}\n", told, tmp_path / "old.md", "en")
    assert text.startswith("# Old {#o}\n") and "- [The title](new.md#there){#old}\n" in text and "same" not in text
    assert leading_on("# Old\n", {"moved": {"same": "#here"}}, tmp_path / "old.md", "en") == "# Old\n"


def test_a_renamed_anchor_stands_before_its_heading():
    html = '<h2 id="here">Title</h2><p id="here-not"></p>'
    assert renamed(html, {"moved": {"old": "#here", "x": "y.md#z"}}) == f'<span id="old"></span>{html}'
    with pytest.raises(ValueError, match="old leads to #gone, which is no heading of this page"):
        renamed(html, {"moved": {"old": "#gone"}})


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(library.ROOT)))
def test_an_old_anchor_is_no_heading_of_its_page(path):
    page = library.page_at(path)
    told, anchors = meta.get_data(page.text)[1], {anchor for _, _, anchor in headings(page)}
    assert not anchors & {*told.get("moved", {})}
    for new in told.get("moved", {}).values():
        assert not new.startswith("#") or new[1:] in anchors, f"{path}: moved leads to {new}"


def test_both_languages_lead_on_alike():
    for path in PAGES:
        if path.relative_to(library.ROOT / "docs").parts[0] == "ko":
            twin = library.ROOT / "docs/en" / path.relative_to(library.ROOT / "docs/ko")
            moved = [meta.get_data(one.read_text(encoding="utf-8"))[1].get("moved") for one in (path, twin)]
            assert moved[0] == moved[1], f"{path}: {moved[0]}, {twin}: {moved[1]}"
