"""What the commands of a page name: a value that stands there is the page's own, whatever it looks like."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Iterable

from macros.page.console import PROMPTS, commands_in
from macros.page.steps import Step
from macros.record.normalize import MONTH

# Types that a page may name. The others are small numbers, and one stands on a page for something else.
NAMED = {
    "id", "short-id", "swarm-id", "uuid", "token", "mac", "link-local", "ula", "lan", "pool", "port", "veth",
    "namespace", "name", "time", "duration",
}  # fmt: skip

NETWORK = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{1,4}:[0-9a-f:]+)(?:/\d{1,3})?(?!\w)")
PORTS = re.compile(r"(?<!\d)(\d{4,5})-(\d{4,5})(?!\d)")
DATE = re.compile(r"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)")
DAY = re.compile(
    rf"(?P<day>\d\d?)[ /](?P<month>{MONTH})[ /](?P<year>\d{{4}})|(?P<m>{MONTH}) +(?P<d>\d\d?) .*?(?P<y>\d{{4}})?$", re.I
)
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

# Programs that print what follows from a content alone, and how they print it: `hash  file`, `SHA256 (file) = hash`.
HASHING = re.compile(r"\b(?:sha\d*sum|shasum|sha256|openssl|b2sum)\b")
BEFORE_NAME, AFTER_NAME = re.compile(r" [ *]\S"), re.compile(r"\) ?= ?$")
WHOLE = 64
HASHED_TEXT = re.compile(r"\b(?:echo|printf) [^|\n]*\| *(?:sha\d*sum|shasum|openssl|b2sum)\b")
# A moment that is named by its seconds since 1970 is no other in any run.
AT_A_TIME = re.compile(r"\bdate\b[^|;\n]* (?:-\w*d|--date)[ =]?['\"]?@\d")
# What prints an id alone.
MAKING = re.compile(
    r"\b(?:create|commit|build|import|load|start|ps|ls|images|inspect)\b|\brun\b[^|;\n]* (?:-\w*d|--detach)\b"
)

# The shortest prefixes (in bits) of a network that a page takes for itself; a shorter one names what others take from.
SHORTEST = {4: 13, 6: 32}


class Typed:
    """The commands and files of a page, to be asked which values are from there."""

    def __init__(self, sources: Iterable[str] = ()) -> None:
        self._sources = list(sources)
        self._text = "\n".join(self._sources).lower()
        self._networks = list(_networks(self._text))
        self._ports = [range(int(first), int(last) + 1) for first, last in PORTS.findall(self._text)]
        self._dates = {("".join(date), "".join(date[1:])) for date in DATE.findall(self._text)}
        self._hashing = bool(HASHING.search(self._text))
        self._known: dict[tuple[str, str], bool] = {}

    def without(self, sources: Iterable[str]) -> Typed:
        """The same without what was taken for commands and is none."""
        left = list(self._sources)
        for source in sources:
            if source in left:
                left.remove(source)
        return Typed(left)

    def names(self, kind: str, value: str, source: str = "") -> bool:
        """Whether a value of this type is the page's own: named, or within what is named (a network, ports, a day).

        source: the command that printed it. The lab's own network may have any address that a page names: such a value
        is the page's own only where this very command names it.
        """
        if not self._text or kind not in NAMED or (kind == "lan" and value not in source):
            return False
        if kind == "duration" and not value[-1:].isalpha():
            return False  # without its unit
        if kind == "time" and AT_A_TIME.search(source):
            return True
        if (kind, value) not in self._known:
            self._known[kind, value] = self._stands(kind, value.lower()) or self._follows(kind, value.lower())
        return self._known[kind, value]

    def hashed(self, source: str, line: str, start: int, end: int, claimed: bool) -> bool:
        """Whether what looks like an id is the hash of a content that is the same in each run.

        source: the command that printed the line; claimed: whether the page shows it. What a container writes may be
        other in each run, so that a hash of it is no more than an id unless the page shows it.
        """
        if not self._hashing or not (claimed or "docker" not in source or HASHED_TEXT.search(source)):
            return False
        whole = end - start == WHOLE
        if whole and (BEFORE_NAME.match(line, end) or AFTER_NAME.search(line, 0, start)):
            return True
        return bool(HASHING.search(source)) and not MAKING.search(source)

    def _stands(self, kind: str, value: str) -> bool:
        end = "" if kind in ("id", "short-id") else r"(?!\w)"
        return value in self._text and bool(re.search(rf"(?<!\w){re.escape(value)}{end}", self._text))

    def _follows(self, kind: str, value: str) -> bool:
        if kind in ("pool", "lan", "ula"):
            address = f"{value}::" if kind == "ula" else ".".join([*value.split("."), "0", "0"][:4])
            return any(ipaddress.ip_address(address) in network for network in self._networks)
        if kind == "port":
            return any(int(value) in ports for ports in self._ports)
        if kind == "time":
            return bool(self._dates) and any(_day(value) in date for date in self._dates)
        if kind == "name":  # of what it names in Compose: project_volume
            return any(self._stands(kind, part) for part in value.split("_"))
        return False


def typed_in(steps: Iterable[Step]) -> Typed:
    """What the steps of a page name."""
    return Typed(source for step in steps for source in sources_of(step.key))


def sources_of(key: str) -> list[str]:
    """What a step with this key types: all of it, but of a console fence, which begins with a prompt, its commands."""
    return [command.source for command in commands_in(key)] if key.startswith(PROMPTS) else [key]


def _networks(text: str) -> Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    for match in NETWORK.finditer(text):
        with contextlib.suppress(ValueError):
            network = ipaddress.ip_interface(match[0]).network
            if network.prefixlen >= SHORTEST[network.version]:
                yield network


def _day(value: str) -> str:
    """The day of a time, as 20260102, or 0102 where it has no year."""
    if match := DATE.match(value):
        return "".join(match.groups())
    if not (match := DAY.search(value)):
        return ""
    day, month, year = match["day"] or match["d"], match["month"] or match["m"], match["year"] or match["y"] or ""
    return f"{year}{MONTHS.index(month) + 1:02}{int(day):02}" if month in MONTHS else ""
