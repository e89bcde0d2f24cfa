"""The names that a page gives to what it makes on its host: by the site's convention all of them begin with `lab-`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from macros.page.steps import Step

NAME = re.compile(r"(?<![\w.-])lab-(?:[\w-]|\$\w+|\$\{\w+\})+")
VARIABLE = re.compile(r"\$\{?\w+\}?")


def given(steps: Iterable[Step]) -> list[str]:
    """Patterns, of bash's [[ =~ ]], of the names that these steps give or use, in the order of the alphabet.

    A variable in a name stands for anything.
    """
    found: set[str] = set()
    for text in (part for step in steps if not step.skip for part in (step.title or "", step.typed, step.source)):
        found |= {VARIABLE.sub("[^ ]*", name.rstrip("-")) for name in NAME.findall(text)}
    return sorted(found)
