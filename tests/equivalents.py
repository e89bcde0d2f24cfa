"""Changes of pages that change nothing a page says: page -> the mutant's name -> why nothing needs to notice it."""

from __future__ import annotations

EQUIVALENTS: dict[str, dict[str, str]] = {}
