"""The options of a step, as they stand in the comment before its fence.

`<!-- step: id=create exit=1 timeout=60 host=worker output=hide mark=DROP engine>=26 needs=ipvlan -->`
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace

DEFAULT_TIMEOUT = 60.0

# How long a lab may be kept by one step, in seconds; a typing slip such as timeout=6000 is an error.
LONGEST_TIMEOUT = 600.0

COMPARISONS = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}
WORD = re.compile(r"(?P<key>[a-z]+)(?P<sign>==|!=|>=|<=|=|>|<)(?P<value>\S+)")
KEYS = ("id", "exit", "timeout", "host", "share", "output", "changes", "mark", "engine", "needs")


class OptionError(ValueError):
    """An option that is unknown or whose value is off; the message says which there are."""


@dataclass(frozen=True)
class Options:
    """id: name of the step on its page. exit: the exit code it must have. timeout: seconds.

    host: which of the page's hosts it runs on. share: variables of its shell that the other hosts' shells get, as a
    reader copies a value from one terminal to another. output: "show", or "hide" (run, compared, not published).
    changes: what is told of what it changed on its host: "show" (folded), "open", or "hide" (nothing, not looked at).
    mark: words; lines of the output that have one of them are highlighted. engine: conditions on the engine's version
    such as (">=", "26"). needs: what the lab must offer.
    """

    id: str = ""
    exit: int = 0
    timeout: float = DEFAULT_TIMEOUT
    host: str = ""
    share: tuple[str, ...] = ()
    output: str = "show"
    changes: str = "show"
    mark: tuple[str, ...] = ()
    engine: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()

    def unmet(self, version: str) -> str:
        """Why the step does not run on this engine version ("28.5.2"), or "" if it does."""
        for sign, wanted in self.engine:
            # The condition's own precision counts: engine==28 holds for 28.5.2.
            size = wanted.count(".") + 1
            if not COMPARISONS[sign](version_numbers(version)[:size], version_numbers(wanted)):
                return f"needs engine {sign} {wanted}, this is {version}"
        return ""


NO_OPTIONS = Options()


def version_numbers(version: str) -> tuple[int, ...]:
    """`"28.5.2+dfsg4"` -> `(28, 5, 2)`; a build without a number, `"dev"`, is newer than all."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(number) for number in found[0].split(".")) if found else (sys.maxsize,)


def parse_options(text: str) -> Options:
    """Read the words of a step comment. Raises OptionError."""
    options = NO_OPTIONS
    for word in text.split():
        match = WORD.fullmatch(word)
        if not match or match["key"] not in KEYS:
            raise OptionError(f"unknown step option {word!r}; there are: {', '.join(KEYS)}")
        key, sign, value = match["key"], match["sign"], match["value"]
        if key == "engine":
            sign = "==" if sign == "=" else sign
            if not re.fullmatch(r"\d+(\.\d+)*", value):
                raise OptionError(f"{word!r}: an engine version looks like 26 or 26.1")
            options = replace(options, engine=(*options.engine, (sign, value)))
        elif sign != "=":
            raise OptionError(f"{word!r}: only engine is compared with {sign}; write {key}=...")
        elif key == "mark":
            options = replace(options, mark=(*options.mark, *filter(None, value.split(","))))
        elif key == "needs":
            options = replace(options, needs=(*options.needs, *value.split(",")))
        else:
            options = replace(options, **{key: _value(key, value)})
    return options


def _value(key: str, value: str) -> object:
    if key == "exit":
        if not re.fullmatch(r"\d{1,3}", value) or int(value) > 255:
            raise OptionError(f"exit={value}: an exit code is a number from 0 to 255")
        return int(value)
    if key == "timeout":
        if not re.fullmatch(r"\d+(\.\d+)?", value) or not 0 < float(value) <= LONGEST_TIMEOUT:
            raise OptionError(f"timeout={value}: a number of seconds up to {LONGEST_TIMEOUT:.0f}")
        return float(value)
    if key == "output" and value not in ("show", "hide"):
        raise OptionError(f"output={value}: show or hide")
    if key == "changes" and value not in ("show", "open", "hide"):
        raise OptionError(f"changes={value}: show, open or hide")
    if key == "share":
        if not re.fullmatch(r"[A-Za-z_]\w*(,[A-Za-z_]\w*)*", value):
            raise OptionError(f"share={value}: names of shell variables, with commas between")
        return tuple(value.split(","))
    if key in ("id", "host") and not re.fullmatch(r"[a-z][a-z0-9-]*", value):
        raise OptionError(f"{key}={value}: small letters, digits and hyphens, a letter first")
    return value


def parse_skip(text: str) -> str:
    """Read a skip comment, `next "reason"`; returns the reason. Raises OptionError without one."""
    match = re.fullmatch(r"""\s*next\s+(["'])(?P<reason>.*\S.*)\1\s*""", text)
    if not match:
        raise OptionError(f"skip: {text.strip()}: write skip: next \"reason\"; a skip has a reason")
    return match["reason"].strip()
