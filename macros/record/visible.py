"""Printed text with what is not seen in it made visible."""

from __future__ import annotations

import unicodedata


def visible(text: str) -> str:
    """Text with its control and direction marks made visible, so that none of them acts on the page."""
    shown = []
    for character in text:
        if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf"):
            shown.append(character)
        elif ord(character) < 32:
            shown.append(chr(0x2400 + ord(character)))
        else:
            shown.append(f"\\u{ord(character):04x}")
    return "".join(shown)
