"""Tabs, one an engine, where engines printed different things."""

from __future__ import annotations

import html

from macros.record.result import Result


def variants(results: dict[str, Result]) -> list[tuple[list[str], Result]]:
    """Results that differ, each with the engines that gave it, newest first; without those that skipped the step."""
    found: list[tuple[list[str], Result]] = []
    for engine, result in results.items():
        if result.skipped:
            continue
        same = next((engines for engines, other in found if other == result), None)
        if same is None:
            found.append(([engine], result))
        else:
            same.append(engine)
    return found


def tabs(name: str, contents: dict[str, str]) -> str:
    """Tabs, one an engine. Radio buttons and CSS do it; a script of the theme keeps all sets of a reader in step.

    Material's own tabs measure and animate each set by script, which a page of many sets cannot afford on a phone.
    """
    inputs, labels, blocks = "", "", ""
    for number, (engine, content) in enumerate(contents.items(), 1):
        ident = f"__engine_{name}_{number}"
        checked = " checked" if number == 1 else ""
        inputs += f'<input{checked} id="{ident}" name="__engine_{name}" type="radio">'
        labels += f'<label for="{ident}">{html.escape(engine)}</label>'
        blocks += f'<div class="engines__block">{content}</div>'
    return f'<div class="engines">{inputs}<div class="engines__labels">{labels}</div>{blocks}</div>'
