"""How many changed pages were noticed, from what `make mutants` found."""

from __future__ import annotations

from macros.words import words


def noticed(results: dict[str, dict], lang: str) -> str:
    """A Markdown table of library.mutants() over all pages."""
    numbers = [len(results)]
    numbers += [sum(result[name] for result in results.values()) for name in ("of", "mutants", "caught")]
    numbers += [sum(len(result[name]) for result in results.values()) for name in ("equivalent", "survivors")]
    rows = (words("mutants", lang).values(), ["---:"] * len(numbers), numbers)
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)
