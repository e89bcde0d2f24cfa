"""The names that a page gives to what it makes on its host: by the site's convention all of them begin with `lab-`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from macros.page.steps import Step

NAME = re.compile(r"(?<![\w.-])lab-(?:[\w-]|\$\w+|\$\{\w+\})+")
LOOP = re.compile(r"\bfor (\w+) in ([^;\n$`*]+)")
VARIABLE = re.compile(r"\$\{?\w+\}?")


def given(steps: Iterable[Step]) -> list[str]:
    """Patterns, of bash's [[ =~ ]], of the names that these steps give or use, in the order of the alphabet.

    A variable in a name stands for what a loop of these steps gives it, else for anything, unless the whole name is
    its: then nothing can be told.
    """
    texts = [part for step in steps if not step.skip for part in (step.title or "", step.source)]
    loops = {name: values.split() for text in texts for name, values in LOOP.findall(text)}
    found: set[str] = set()
    for name in (name.rstrip("-") for text in texts for name in NAME.findall(text)):
        found |= {VARIABLE.sub("[^ ]*", one) for one in _expanded(name, loops)} - {"lab-[^ ]*"}
    return sorted(found)


def _expanded(name: str, loops: dict[str, list[str]]) -> list[str]:
    """The names that `lab-$at` stands for where a loop gives `at` its values."""
    variable = VARIABLE.search(name)
    values = loops.get(variable[0].strip("${}"), []) if variable else []
    if not values or not all(re.fullmatch(r"[\w-]+", value) for value in values):
        return [name]
    return [one for value in values for one in _expanded(name.replace(variable[0], value, 1), loops)]
