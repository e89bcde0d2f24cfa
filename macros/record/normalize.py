"""What may differ between two honest runs of a page, and how two outputs are compared.

TABLE is the one place that says which values are volatile. Each has a type, and over a whole page a value
of one run stands for one value of the other, in both directions: the same id must come back as the same id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

HEX = r"[0-9a-f]"
SPAN = r"(?:Less than a second|About an? (?:minute|hour)|\d+ (?:second|minute|hour|day|week)s?)"
POOL = r"172\.(?:1[89]|2\d|3[01])|192\.168\.\d{1,3}"

# The start of MAC addresses which older engines make of a private IPv4 address; those of the outer network, 10.213,
# vary like any other.
OF_IP = "02:42:(?:ac:1[0-9a-f]|c0:a8|0a:(?!d5))"

# (type, pattern, bound). Order counts: the first that matches at a place wins. The group "v", if there is one, is
# the value. Unbound ones are compared by type alone, since two different moments may print alike, and interface
# indexes since each namespace counts its own.
TABLE: list[tuple[str, str, bool]] = [
    ("id", rf"(?<![\w])(?P<v>{HEX}{{64}})(?!\w)", True),
    ("mac", rf"(?<![\w:])(?!{OF_IP})(?P<v>(?:{HEX}{{2}}:){{5}}{HEX}{{2}})(?![\w:])", True),
    ("link-local", r"\bfe80::[0-9a-f:]+", True),
    ("ula", rf"\bfd{HEX}{{2}}:{HEX}{{1,4}}:{HEX}{{1,4}}(?=:)", True),
    ("time", r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?(?: UTC)?", False),
    ("time", r"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", False),
    ("time", r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}", False),
    ("time", r"\b[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?(?: [A-Z]{3})? \d{4}", False),
    ("time", r"\b[A-Z][a-z]{2} [ \d]\d \d\d:\d\d\b", False),
    ("short-id", rf"(?<![\w])(?P<v>{HEX}{{12}})(?!\w)", True),
    ("swarm-id", r"(?<![\w-])(?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{25}(?![\w-])", True),
    ("veth", rf"\bveth{HEX}{{7}}\b", True),
    ("index", r"(?m)(?<=^)(?P<v>\d+)(?=: [\w.-]+(?:(?:@\S+)?: <| +inet6? ))", False),
    ("index", r"(?<=@if)(?P<v>\d+)\b", False),
    ("duration", rf"{SPAN}(?= ago)", False),
    ("duration", rf"(?<=Up ){SPAN}", False),
    ("duration", r"(?<=time=)\d+(?:\.\d+)?(?= ms)", False),
    ("duration", r"(?<=after )\d+(?= (?:ms|milliseconds)\b)", False),
    ("duration", r"(?<=time )\d+(?=ms)", False),
    ("duration", r"(?<= = )\d+\.\d+(?:/\d+\.\d+){2,3}(?= ms)", False),
    ("number", r"(?<=, id )\d+(?=, (?:seq|offset))", False),
    ("port", r"(?<=\d\.)(?:3[3-9]\d{3}|[4-6]\d{4})(?= >|:)", False),
    ("pid", r"(?<=pid=)\d+", True),
    ("lan", r"(?<![\d.])10\.213\.\d{1,3}(?=\.)", True),
    ("pool", rf"(?<![\d.])(?:{POOL})(?=\.)", True),
    ("port", r"(?<=:)(?:32[789]\d\d|3[3-9]\d{3}|[45]\d{4}|60\d{3})\b", True),
]  # fmt: skip
_GROUPS = [(kind, bound) for kind, _, bound in TABLE]
_VOLATILE = re.compile("|".join(
    f"(?P<g{number}>{pattern.replace('(?m)', '').replace('(?P<v>', '(?:')})"
    for number, (_, pattern, _) in enumerate(TABLE)), re.MULTILINE)  # fmt: skip

# Lines that a command prints or not, as it happens: the CLI of 20.10 waits for a container and starts it at once, and
# where the start fails it is chance whether it still tells that the waiting has ended.
CHANCE = re.compile(r'(?m)^time="[^"]*" level=error msg="error waiting for container: context canceled"(?:\n|\Z)')

# Fields of inspect output that are numbers of the moment.
VOLATILE_FIELDS = {"Pid": "pid"}


@dataclass(frozen=True)
class Volatile:
    kind: str
    value: str
    bound: bool


def tokens(text: str) -> Iterator[str | Volatile]:
    """Cut a text into what must be equal and what may differ. Runs of blanks inside a line count as two."""
    place = 0
    for match in _VOLATILE.finditer(text):
        number = int(match.lastgroup[1:])
        kind, bound = _GROUPS[number]
        yield _literal(text[place : match.start()], after=place > 0)
        yield Volatile(kind, match[0], bound)
        place = match.end()
    yield _literal(text[place:], after=place > 0)


def _literal(text: str, after: bool) -> str:
    """Columns are padded to their longest value, so their blanks say nothing. `after`: a volatile value precedes."""
    if after:
        text = re.sub(r"\A[ \t]+", "  ", text)
    return re.sub(r"[ \t]+(?=\n)", "", re.sub(r"(?<=\S)[ \t]{2,}", "  ", text))


def masked(text: str) -> str:
    """The text with each volatile value as its type: `<id>`."""
    return "".join(t if isinstance(t, str) else f"<{t.kind}>" for t in tokens(text))


def canonical(text: str) -> str:
    """JSON output with its keys that are ids in an order that does not depend on the ids; other text as it is, without
    the lines that come by chance."""
    text = CHANCE.sub("", text)
    if text.lstrip()[:1] not in ("{", "["):
        return text.rstrip()
    try:
        value = json.loads(text)
    except ValueError:
        return text.rstrip()
    return json.dumps(_ordered(value), indent=2, ensure_ascii=False)


def _ordered(value: Any) -> Any:
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if not isinstance(value, dict):
        return value
    items = [(key, f"{VOLATILE_FIELDS[key]}={inner}" if key in VOLATILE_FIELDS else _ordered(inner))
             for key, inner in value.items()]  # fmt: skip
    return dict(sorted(items, key=lambda item: masked(json.dumps(item, ensure_ascii=False))))


@dataclass
class Bindings:
    """Which value of one run stands for which of the other; one for a page, or for one console fence."""

    forward: dict[str, str] = field(default_factory=dict)
    backward: dict[str, str] = field(default_factory=dict)

    def same(self, expected: str, actual: str, wildcards: bool = True) -> str:
        """Compare two outputs and, if they are the same, bind their values; returns "" or what differs.

        With wildcards, a line of expected that is `...`, or `...` within one, stands for anything.
        """
        trial = Bindings(dict(self.forward), dict(self.backward))
        expected, actual = canonical(expected), canonical(actual)
        pieces = re.split(r"(?m)^[ \t]*\.\.\.[ \t]*(?:\n|\Z)|\.\.\.", expected) if wildcards else [expected]
        if len(pieces) == 1:
            why = trial._bind(list(tokens(expected)), list(tokens(actual)))
        else:
            why = trial._glob(pieces, actual)
        if not why:
            self.forward, self.backward = trial.forward, trial.backward
        return why

    def rewrite(self, actual: str) -> str:
        """A text of the actual run with the expected run's values where they are bound."""
        pieces, place = [], 0
        for match in _VOLATILE.finditer(actual):
            pieces += [actual[place : match.start()], self.backward.get(match[0], match[0])]
            place = match.end()
        return "".join([*pieces, actual[place:]])

    def _glob(self, pieces: list[str], actual: str) -> str:
        """Find the pieces in order, leftmost first; the first and the last are tied to the ends."""
        pattern, place = masked(actual), 0
        values, offset = [], 0  # the volatile values of actual, with their places in the pattern
        for token in tokens(actual):
            if not isinstance(token, str):
                values.append((offset, token))
            offset += len(_type(token))
        for number, piece in enumerate(pieces):
            wanted = masked(piece)
            if number == 0:
                found = 0 if pattern.startswith(wanted) else -1
            elif number == len(pieces) - 1:
                wanted = wanted.rstrip("\n")
                found = max(len(pattern) - len(wanted), place) if pattern.endswith(wanted) else -1
            else:
                found = pattern.find(wanted, place)
            if found < place:
                return f"not found after the wildcard: {piece.strip()!r}"
            place = found + len(wanted)
            shown = [token for token in tokens(piece) if not isinstance(token, str)]
            came = [token for at, token in values if found <= at < place]
            if why := self._bind(shown, came):
                return why
        return ""

    def _bind(self, expected: list, actual: list) -> str:
        if [_type(t) for t in expected] != [_type(t) for t in actual]:
            return "the text differs"
        for mine, theirs in zip(expected, actual, strict=True):
            if isinstance(mine, str) or not mine.bound:
                continue
            for a, b in ((mine.value, theirs.value), (mine.value[:12], theirs.value[:12])):
                if self.forward.setdefault(a, b) != b or self.backward.setdefault(b, a) != a:
                    return f"{mine.kind} {theirs.value} stands where {self.forward[a]} was expected"
                if mine.kind not in ("id", "short-id"):
                    break
        return ""


def _type(token: str | Volatile) -> str:
    return token if isinstance(token, str) else f"<{token.kind}>"
