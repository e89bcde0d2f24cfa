"""The catalog of words: both languages have each, nobody else keeps words, and none is without use."""

from __future__ import annotations

import re

import pytest

from macros import words
from macros.draw import figures
from macros.site import library

MACROS = library.ROOT / "macros"
HANGUL = re.compile("[가-힣]")
ENTRIES = [(section, key, texts) for section, keys in words.catalog().items() for key, texts in keys.items()]
# Sections of which code or a template takes every key, whichever there are.
WHOLE = {"errors", "mutants", "admonition", "lab", "changes"}


@pytest.mark.parametrize(("section", "key", "texts"), ENTRIES, ids=str)
def test_each_key_has_both_languages_and_the_same_places_to_fill(section, key, texts):
    assert tuple(texts) == words.LANGUAGES, f"{section}.{key}: Korean first, English beside it"
    assert all(text.strip() for text in texts.values())
    fields = [sorted(re.findall(r"\{\w*\}", text)) for text in texts.values()]
    assert fields[0] == fields[1], f"{section}.{key}"


def test_no_module_or_template_keeps_korean_words_of_its_own():
    # The alphabet of a language is no word of it.
    kept = {path.relative_to(MACROS): sorted(set(HANGUL.findall(path.read_text(encoding="utf-8"))) - {"가", "힣"})
            for path in MACROS.rglob("*") if path.suffix in (".py", ".html", ".svg", ".sh", ".xml")}  # fmt: skip
    assert {path: found for path, found in kept.items() if found} == {}


def test_every_key_is_used():
    code = "\n".join(path.read_text(encoding="utf-8") for path in MACROS.rglob("*") if path.suffix in (".py", ".html"))
    for section, key, _ in ENTRIES:
        drawn = section in figures.figure_names() and key not in ("title", "desc")
        text = (figures.TEMPLATES / f"{section}.svg").read_text(encoding="utf-8") if drawn else code
        # Some are put together from a part and what the engine, or the palette, says.
        named = re.sub("^(state|to|ends)_.*", r"\1_", key)
        assert section in WHOLE or re.search(rf"""["'.\[]{named}""", text), f"{section}.{key} is used nowhere"


def test_what_is_not_there_is_named_with_what_is():
    with pytest.raises(ValueError, match="no language 'de'; there are ko, en"):
        words.words("output", "de")
    with pytest.raises(ValueError, match="words.yml has no section 'nowhere'; there are output, changes"):
        words.words("nowhere", "ko")
