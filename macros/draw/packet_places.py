"""Who has an address, and which program of the host listens at a port: from what `ip -o addr` and `ss` print."""

from __future__ import annotations

import re

ADDRESS = re.compile(r"\d+: +\S+ +inet6? (\S+?)(?:/\d+)? ")
PROGRAM = re.compile(r'users:\(\("([^"]+)"')
ANY = ("0.0.0.0", "*", "[::]")


class Places:
    """Of the sections "places" (each namespace and container after a line "@ NAME") and "listening"."""

    def __init__(self, captured: dict[str, str]) -> None:
        self._names: dict[str, set[str]] = {}
        name = ""
        for line in captured["places"].splitlines():
            if line.startswith("@ "):
                name = line[2:]
            elif match := ADDRESS.match(line):
                self._names.setdefault(match[1], set()).add(name)
        self._listening = [line.split() for line in captured["listening"].splitlines() if line.split()]

    def name(self, destination: str) -> str:
        """The container or namespace that has an address ("172.17.0.2:80"), "" for none or for more than one."""
        found = self._names.get(_split(destination)[0].strip("[]"), set())
        return next(iter(found)) if len(found) == 1 else ""

    def listening(self, protocol: str, destination: str) -> str:
        """The program that listens at an address and port of the host, "" for none."""
        address, port = _split(destination)
        for wanted in ((address,), ANY):
            for found, _, _, _, local, *rest in self._listening:
                at, _, number = local.rpartition(":")
                program = PROGRAM.search(" ".join(rest))
                if found == protocol and number == port and at.partition("%")[0] in wanted and program:
                    return program[1]
        return ""


def _split(destination: str) -> tuple[str, str]:
    """"[::1]:80" -> ("[::1]", "80"), "172.17.0.2:80" -> ("172.17.0.2", "80"), "::1" -> ("::1", "")."""
    match = re.fullmatch(r"(\[.*\]|[\d.]+):(\d+)", destination)
    return match.group(1, 2) if match else (destination, "")
