"""The short answer of a problem: a command to check and one to fix, with placeholders in CAPITALS.

`<!-- answer: check PORT=8080 CARD=lab-ens34 -->` before a fence names its placeholders, each with the value that the
reproduction below it takes for it (`PORT=` where nothing is run). Such a fence is read and not run: its reader fills it
in. The steps of the section run it filled in, before the fix and after it; tests/docs/test_answers.py holds that.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from macros.page.options import OptionError

ROLES = ("check", "fix")
NAMED = re.compile(r"(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """role: "check" or "fix". values: placeholder -> what the page's own run takes for it, "" for none."""

    role: str
    values: tuple[tuple[str, str], ...] = ()

    def filled(self, source: str) -> str:
        """The commands as the page runs them."""
        for name, value in self.values:
            source = placeholder(name).sub(lambda _, value=value: value, source)
        return source


def placeholder(name: str) -> re.Pattern[str]:
    """Where a placeholder stands in a command; NAME is none in CONTAINER_NAME."""
    return re.compile(rf"(?<![A-Z0-9_]){re.escape(name)}(?![A-Z0-9_])")


def parse_answer(text: str) -> Answer:
    """Read the words of an answer comment. Raises OptionError."""
    try:
        role, *words = shlex.split(text)
    except ValueError as error:
        raise OptionError(f"answer: {str(error).lower()}; it is written as: check NAME=lab-web") from error
    if role not in ROLES:
        raise OptionError(f"answer: {role!r} is unknown; there are: {', '.join(ROLES)}")
    values = []
    for word in words:
        found = NAMED.fullmatch(word)
        if not found:
            how = "write it as PORT=8080, or PORT= where nothing is run"
            raise OptionError(f"answer: {word!r} is no placeholder; {how}")
        values.append((found["name"], found["value"]))
    return Answer(role, tuple(values))
