"""The model of a packet's way through one host, and its form in JSON; macros/draw/packet_trace.py fills it in.

It holds nothing of the moment: no ids, handles, counters or ports that a kernel chose, and of a device that is called
after an id only what comes before that, "veth…". Addresses are strings without a prefix length, with the port where
there is one: "203.0.113.1:8080", "[2001:db8::1]:8080", "203.0.113.7".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from macros.draw.model import build, to_dict

__all__ = ["REWRITES", "Chain", "Hook", "Packet", "Rule", "Way", "decisive", "from_dict", "to_dict"]

# What in a rule's text says that it rewrites an address.
REWRITES = re.compile(r"\b(?:DNAT|SNAT|MASQUERADE|REDIRECT|dnat|snat|masquerade|redirect)\b")


@dataclass(frozen=True)
class Rule:
    """A rule that a packet matched, as who lists the rules sees it: "-A DOCKER -o docker0 -j ACCEPT", or nft's text.

    depth: how many jumps led here; verdict: "accept", "drop", "jump", "goto", "return", "continue" or "queue";
    to: the chain of a jump, else "".
    """

    chain: str
    text: str
    depth: int
    verdict: str
    to: str


@dataclass(frozen=True)
class Chain:
    """A chain that a hook calls, with the rules in it and below it that matched, in their order.

    tool: "iptables", "ip6tables" or "nft", which lists it; verdict: how it ended, "accept" or "drop";
    policy: whether none of its rules decided that.
    """

    tool: str
    table: str
    name: str
    rules: tuple[Rule, ...]
    verdict: str
    policy: bool

    @property
    def owner(self) -> str:
        """Its table and what lists that: "iptables -t nat", "nft ip docker-bridges"."""
        return f"nft {self.table}" if self.tool == "nft" else f"{self.tool} -t {self.table}"


@dataclass(frozen=True)
class Hook:
    """A place in the kernel where chains are called: "prerouting", "input", "forward", "output" or "postrouting".

    entered, left: the devices by which the packet came to the host and leaves it, "" for what is not known there.
    source, destination: of the packet when it came there; to_source, to_destination: when it left, "" if it did not.
    Chains without any rule are left out.
    """

    name: str
    entered: str
    left: str
    source: str
    destination: str
    to_source: str
    to_destination: str
    chains: tuple[Chain, ...]

    @property
    def rewritten(self) -> list[tuple[str, str, str]]:
        """What became other here: "to" or "from", the address before and after."""
        both = (("to", self.destination, self.to_destination), ("from", self.source, self.to_source))
        return [(which, before, after) for which, before, after in both if after and after != before]


@dataclass(frozen=True)
class Packet:
    """One packet. protocol: "tcp", "udp", "icmp" or "icmpv6".

    sender: what sends it, the name of a container, a namespace or a program, "" for the host; port, left_port: those of
    bridges by which it came to the host and left it, "" for none. end: "left"; "local", for a program of the host;
    "dropped", by its last chain; "bridged", from port to port, unseen by the hooks of routing; "lost", between hooks.
    receiver: who has the last destination address, a container, a namespace or a program; "" if nobody that is known.
    """

    protocol: str
    sender: str
    source: str
    destination: str
    port: str
    hooks: tuple[Hook, ...]
    left_port: str
    end: str
    receiver: str


@dataclass(frozen=True)
class Way:
    """What a command sent: the packet that begins its connection and, where docker-proxy took that, the proxy's own.

    command: as a reader types it; exit: its exit code; host: the name of the host that was looked at.
    """

    command: str
    exit: int
    host: str
    packets: tuple[Packet, ...]


def from_dict(source: dict) -> Way:
    """What `to_dict` made; ValueError names a field that is missing, unknown or of another kind."""
    return build(Way, source, "packet")


def decisive(chain: Chain) -> set[int]:
    """The numbers of those of its rules that led to its verdict: the last one, and the jumps to it."""
    if chain.policy or not chain.rules:
        return set()
    found, depth = set(), chain.rules[-1].depth + 1
    for number in range(len(chain.rules) - 1, -1, -1):
        if chain.rules[number].depth < depth:
            found.add(number)
            depth = chain.rules[number].depth
    return found
