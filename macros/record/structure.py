"""JSON in an output: parsed, also where a page cuts it short with `...`, and laid beside what came."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# What `docker inspect` prints begins and ends at the beginning of a line.
BLOCK = re.compile(r"(?ms)^[\[{][ \t]*$.*?^[\]}][ \t]*$")
TOKEN = re.compile(
    r'\s*(?:(?P<dots>\.\.\.)|(?P<sign>[][{}:,])|(?P<scalar>"(?:[^"\\\n]|\\.)*"|-?\d[\d.eE+-]*|true|false|null))'
)


class Dots:
    """Stands for anything: a value, or any number of members or items."""


class Verbatim(str):
    """A number as it was written."""


def blocks(text: str, dotted: bool = False) -> list[Any]:
    """An output in pieces: texts, and lists with one parsed JSON value. dotted: with `...` for what is left out."""
    parse = _dotted if dotted else _strict
    whole = _parsed(parse, text) if text.lstrip()[:1] in ("[", "{") else None
    if whole:
        return [whole]
    pieces, place = [], 0
    for match in BLOCK.finditer(text):
        if value := _parsed(parse, match[0]):
            pieces += [text[place : match.start()], value]
            place = match.end()
    return [*pieces, text[place:]]


def _parsed(parse: Callable[[str], Any], text: str) -> list[Any] | None:
    try:
        value = parse(text)
    except (ValueError, RecursionError):
        return None
    return [value] if isinstance(value, (dict, list)) else None


def aligned(expected: Any, actual: Any, alike: Callable[[Any, Any], bool],
            same_type: Callable[[str, str], bool]) -> Any:  # fmt: skip
    """`actual` with its members in the order of `expected`, and `...` for what that leaves out.

    alike: whether two values may be the same, to find the items that `...` stands between, and which member is which
    where keys are ids; same_type: whether two keys are values that may stand for each other.
    """

    def laid(mine: Any, theirs: Any) -> Any:
        if isinstance(mine, Dots):
            return mine
        if isinstance(mine, dict) and isinstance(theirs, dict):
            return members(mine, theirs)
        if isinstance(mine, list) and isinstance(theirs, list):
            return items(mine, theirs)
        return theirs

    def members(mine: dict, theirs: dict) -> dict:
        found, left = {}, dict(theirs)
        for key, value in mine.items():
            if isinstance(key, Dots):
                found[key] = key
            elif key in left and not same_type(key, key):
                found[key] = laid(value, left.pop(key))
            elif (other := member(key, value, left)) is not None:
                found[other] = laid(value, left.pop(other))
        return found if any(isinstance(key, Dots) for key in mine) else found | left

    def member(key: str, value: Any, left: dict) -> str | None:
        likely = [other for other in left if same_type(key, other)]
        fitting = (other for other in likely if alike({key: value}, {other: laid(value, left[other])}))
        named = (other for other in likely if _name(left[other]) == _name(value))
        return next(fitting, None) or next(named, None) or next(iter(likely), None)

    def items(mine: list, theirs: list) -> list:
        gaps = [at for at, item in enumerate(mine) if isinstance(item, Dots)]
        if not gaps:
            return [laid(*pair) for pair in zip(mine, theirs, strict=False)] + theirs[len(mine) :]
        ending = len(mine) - gaps[-1] - 1
        body, tail = theirs[: len(theirs) - ending], theirs[len(theirs) - ending :] if ending else []
        found, place = [], 0
        for at, item in enumerate(mine[: gaps[-1] + 1]):
            if isinstance(item, Dots):
                found.append(item)
                continue
            fits = (n for n in range(place, len(body)) if alike(item, laid(item, body[n])))
            at = place if at < gaps[0] else next(fits, place)
            found += [laid(item, body[at])] if at < len(body) else []
            place = at + 1
        return found + [laid(*pair) for pair in zip(mine[gaps[-1] + 1 :], tail, strict=False)]

    return laid(expected, actual)


def _name(value: Any) -> Any:
    return value.get("Name") if isinstance(value, dict) else None


def rendered(value: Any, margin: str = "") -> str:
    """A parsed value as text, with one member or item on a line."""
    if isinstance(value, Dots):
        return "..."
    inner = margin + "  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}..." if isinstance(key, Dots) else f"{inner}{_scalar(key)}: {rendered(item, inner)}"
                 for key, item in value.items()]  # fmt: skip
        return "{\n" + ",\n".join(lines) + f"\n{margin}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(inner + rendered(item, inner) for item in value) + f"\n{margin}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    return value if isinstance(value, Verbatim) else json.dumps(value, ensure_ascii=False)


def _strict(text: str) -> Any:
    return json.loads(text, parse_int=Verbatim, parse_float=Verbatim, object_pairs_hook=_members)


def _members(pairs: list[tuple[str, Any]]) -> dict:
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a member is there twice")
    return found


def _dotted(text: str) -> Any:
    """Parse JSON of which `...` leaves parts out: commas beside it may be missing, and brackets after it.

    Raises ValueError for what is no such JSON.
    """
    tokens, place = [], 0
    while text[place:].strip():
        match = TOKEN.match(text, place)
        if not match:
            raise ValueError(f"no JSON at {text[place : place + 20]!r}")
        tokens.append(match)
        place = match.end()
    reader = Reader(tokens[::-1])
    value = reader.value()
    if reader.left:
        raise ValueError("more than one value")
    return value


@dataclass
class Reader:
    """left: what is still to be read of a text, the next last; torn: whether `...` stands where a bracket closed."""

    left: list[re.Match[str]]
    torn: bool = False

    def value(self) -> Any:
        token = self.left.pop() if self.left else None
        if token and token["dots"]:
            return Dots()
        if token and token["sign"] in ("{", "["):
            return self.collection("}", {}) if token["sign"] == "{" else self.collection("]", [])
        if not token or not token["scalar"]:
            raise ValueError("a value is missing")
        return _strict(token["scalar"])

    def collection(self, end: str, found: Any) -> Any:
        """The members or items up to a bracket."""
        dots = False
        while not self._take(end):
            if dots and (not self.left or self.left[-1]["sign"] in ("}", "]")):
                self.torn = True
                return found
            key = item = self.value()
            if isinstance(found, dict) and not isinstance(key, Dots):
                if not isinstance(key, str) or isinstance(key, Verbatim) or key in found or not self._take(":"):
                    raise ValueError("a member has no name, or is there twice")
                item = self.value()
            self._add(found, key, item)
            dots = isinstance(item, Dots) or self.torn
            if self.torn:  # what was left out may be of this one too
                self._add(found, rest := Dots(), rest)
                self.torn = False
            if not self._take(",") and not dots and not (self.left and self.left[-1]["dots"]) and not self._at(end):
                raise ValueError("a comma is missing")
        return found

    def _add(self, found: Any, key: Any, item: Any) -> None:
        if isinstance(found, list):
            found.append(item)
        else:
            found[key] = item

    def _at(self, sign: str) -> bool:
        return bool(self.left) and self.left[-1]["sign"] == sign

    def _take(self, sign: str) -> bool:
        return bool(self._at(sign) and self.left.pop())
