"""The rules of a host as who lists them sees them, found by the handles that the kernel's trace tells."""

from __future__ import annotations

import re

TABLE = re.compile(r"table (\w+) (\S+) \{")
CHAIN = re.compile(r"\tchain (\S+) \{")
HOOK = re.compile(r"\t\ttype \w+ hook (\w+)")
HANDLE = re.compile(r"\t\t(?P<text>.*\S) # handle (?P<handle>\d+)$")
COUNTER = re.compile(r"\bcounter packets \d+ bytes \d+")

Name = tuple[str, str, str]  # family, table, chain


class Rules:
    """Of `nft -a list ruleset`, and of the saves of iptables beside it: section -> text, as they were captured."""

    def __init__(self, captured: dict[str, str]) -> None:
        self._hooks: dict[Name, str] = {}
        self._handles: dict[Name, list[int]] = {}
        self._saved: dict[Name, list[str]] = {}
        self._tables: set[tuple[str, str]] = set()
        self._list(captured["ruleset"])
        self._save("ip", captured["iptables"])
        self._save("ip6", captured["ip6tables"])

    def _list(self, ruleset: str) -> None:
        table, name = ("", ""), ("", "", "")
        for line in ruleset.splitlines():
            if match := TABLE.match(line):
                table = match.group(1, 2)
            elif match := CHAIN.match(line):
                name = (*table, match[1])
                self._handles[name] = []
            elif line.startswith("\t}"):
                name = ("", "", "")
            elif name[2] and (match := HOOK.match(line)):
                self._hooks[name] = match[1]
            elif name[2] and (match := HANDLE.match(line)):
                self._handles[name].append(int(match["handle"]))

    def _save(self, family: str, saved: str) -> None:
        table = ""
        for line in saved.splitlines():
            if line.startswith("*"):
                table = line[1:]
                self._tables.add((family, table))
            elif line.startswith("-A "):
                self._saved.setdefault((family, table, line.split()[1]), []).append(line)

    def hook(self, family: str, table: str, chain: str) -> str:
        """The hook that calls a chain, or "" if none does."""
        return self._hooks.get((family, table, chain), "")

    def empty(self, family: str, table: str, chain: str) -> bool:
        """Whether a chain has no rule: those of iptables come into being by being looked at."""
        return not self._handles.get((family, table, chain))

    def tool(self, family: str, table: str) -> str:
        """What lists a table: "iptables", "ip6tables" or "nft"."""
        if (family, table) not in self._tables:
            return "nft"
        return "iptables" if family == "ip" else "ip6tables"

    def table(self, family: str, table: str) -> str:
        """What who lists it calls a table: "nat", or for nft "ip docker-bridges"."""
        return f"{family} {table}" if self.tool(family, table) == "nft" else table

    def text(self, family: str, table: str, chain: str, handle: int, traced: str) -> str:
        """A rule as its tool lists it; traced: its text in the trace, for those that no save has in the same place."""
        name = (family, table, chain)
        handles, saved = self._handles.get(name, []), self._saved.get(name, [])
        if len(handles) == len(saved) and handle in handles:
            return saved[handles.index(handle)]
        return COUNTER.sub("counter", traced)
