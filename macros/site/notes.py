"""Why a step was not run, under its output: in words that tell readers whether it concerns their own host."""

from __future__ import annotations

import html
from collections.abc import Mapping

from macros.page.steps import Step
from macros.record.result import Result
from macros.words import words


def where(step: Step, lang: str) -> list[str]:
    """On which engines alone a step is run ("runs on Docker Engine 28 or newer"); [] for any."""
    texts = words("where", lang)
    return [texts[sign].format(version=version) for sign, version in step.options.engine]


def needs(step: Step, lang: str) -> list[str]:
    """What a step needs that not every host has ("the kernel module ipvlan"), in the order of its options."""
    return [words("needs", lang)[need] for need in step.options.needs]


def note(step: Step, results: Mapping[str, Result], lang: str) -> str:
    """Sentences on why a step was not run on some engines, "" where it was run on all of them.

    results: engine ("28.5") -> what the step did there, newest first.
    """
    texts, missing = words("unrun", lang), {name: result.skipped for name, result in results.items() if result.skipped}
    if not missing:
        return ""
    if step.skip:
        return texts["skip"].format(reason=step.skip)
    said, named = [], dict(zip(step.options.needs, needs(step, lang), strict=True))
    # The recording tells the first thing that was missing: the engine's version goes before the rest.
    lacked = {name: [text for need, text in named.items() if reason.startswith(f"needs {need},")]
              for name, reason in missing.items()}  # fmt: skip
    other = [name for name, found in lacked.items() if not found]
    if other and step.options.engine:
        only = ", ".join(where(step, lang))
        said.append(texts["engine"].format(where=only[0].upper() + only[1:], engines=", ".join(other)))
    for need in named.values():
        engines = [name for name, found in lacked.items() if need in found]
        # Where no engine had it, it is the host that lacks it.
        kind = "none" if not any(not result.skipped for result in results.values()) else "some"
        said += [texts[kind].format(need=need, engines=", ".join(engines))] if engines else []
    return " ".join(said)


def told(step: Step, results: Mapping[str, Result], lang: str) -> str:
    """The same as HTML; "" for no note."""
    said = note(step, results, lang)
    return f'<p class="output__note">{html.escape(said)}</p>' if said else ""
