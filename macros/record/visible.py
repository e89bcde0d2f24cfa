"""Printed text as it is seen: as a terminal shows it, and with what is not seen in it made visible."""

from __future__ import annotations

import re
import unicodedata

from macros.record.terminal import as_shown

# What may be a control or direction mark.
UNUSUAL = re.compile(r"[^\n\t\x20-\x7e]")
JOINER = "\u200d"


def visible(text: str) -> str:
    """Text as a terminal shows it, with other control and direction marks made visible, so that none of them acts on
    the page."""
    text = as_shown(text)
    return UNUSUAL.sub(_visible, text) if UNUSUAL.search(text) else text


def _visible(match: re.Match[str]) -> str:
    character = match[0]
    if unicodedata.category(character) not in ("Cc", "Cf") or (character == JOINER and _joins(match)):
        return character
    return chr(0x2400 + ord(character)) if ord(character) < 32 else f"\\u{ord(character):04x}"


def _joins(match: re.Match[str]) -> bool:
    """Whether a joiner makes one picture of two, as in those of families."""
    around = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    return all(character and unicodedata.category(character) in ("So", "Sk", "Mn") for character in around)
