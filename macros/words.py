"""The words that readers see and no page holds, from words.yml: Korean beside English, in one place."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

CATALOG = Path(__file__).with_suffix(".yml")
# Reads YAML and takes nothing for another type than text.
TEXTS = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
LANGUAGES = ("ko", "en")


@cache
def catalog() -> dict[str, dict[str, dict[str, str]]]:
    """All of it: section -> key -> language -> text. Nothing is taken for another type: a key may be called `yes`."""
    with CATALOG.open(encoding="utf-8") as file:  # whose name errors of YAML have
        return yaml.load(file, Loader=TEXTS)


@cache
def words(section: str, lang: str) -> dict[str, str]:
    """A section's texts in one language, by key. Raises ValueError for a language or a section that is not there."""
    if lang not in LANGUAGES:
        raise ValueError(f"no language {lang!r}; there are {', '.join(LANGUAGES)}")
    if section not in catalog():
        raise ValueError(f"{CATALOG.name} has no section {section!r}; there are {', '.join(catalog())}")
    return {key: texts[lang] for key, texts in catalog()[section].items()}
