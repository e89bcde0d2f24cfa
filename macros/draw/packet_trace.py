"""Reads a packet's way from what was captured of it: the text of a trace, and the rules, devices and addresses beside.

`from_capture` takes what `nft -a monitor trace`, `nft -a list ruleset`, `iptables-save`, `ip -o` and `ss` print
(macros/lab/trace.py); nobody is asked for anything here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from macros.draw.packet import Chain, Hook, Packet, Rule, Way
from macros.draw.packet_places import Places
from macros.draw.packet_rules import Rules

# The tables of the tracer, whose chains tell where a packet is and are no part of its way.
OWN = "lab-trace"
# Kinds with a colon say what a packet is: "packet:", and of newer nft "conntrack:".
EVENT = re.compile(r"trace id (?P<id>\w+) (?P<family>\w+) (?P<table>\S+) (?P<chain>\S+) "
                   r"(?P<kind>rule|policy|verdict|\w+:) ?(?P<rest>.*?) *$")  # fmt: skip
RULE = re.compile(r"(?P<text>.*?) *# handle (?P<handle>\d+) \(verdict (?P<verdict>\w+) ?(?P<to>\S*)\)")
ADDRESSES = re.compile(r"\bip6? saddr (\S+) ip6? daddr (\S+)")
PORTS = re.compile(r"\b(tcp|udp) sport (\d+) \1 dport (\d+)")
PING = re.compile(r"\b(icmp|icmpv6|ipv6-icmp) .*")
PING_ID = re.compile(r"\bicmp(?:v6)? id (\d+)")
# Devices that an engine names after an id: it differs from run to run, so an ellipsis stands in its place.
OF_ID = re.compile(r"\b(?:(veth)[0-9a-f]{7}|(br-)[0-9a-f]{12})\b")
FAMILIES = ("ip", "ip6", "inet")
# The hooks after which the host has done with a packet, and how that ended.
ENDS = {"postrouting": "left", "input": "local"}


@dataclass
class Visit:
    """A chain that the kernel called for a packet: what the packet looked like, and what came of it."""

    family: str
    table: str
    chain: str
    hook: str
    entered: str
    left: str
    protocol: str
    source: str
    destination: str
    flow: tuple[str, str]
    rules: list[Rule] = field(default_factory=list)
    verdict: str = "accept"
    policy: bool = True

    @property
    def own(self) -> bool:
        """Whether it is the tracer's."""
        return self.table == OWN


def from_capture(captured: dict[str, str], where: str, host: str) -> Way:
    """The way of the first packet of a command.

    captured: section -> text, as macros.lab.trace.captured returns it; where: the namespace or container that sent,
    "" for the host, which is called `host`. Raises ValueError where no packet was traced, or a line is not known.
    """
    captured = {name: OF_ID.sub(lambda found: f"{found[1] or found[2]}…", text) for name, text in captured.items()}
    rules, places = Rules(captured), Places(captured)
    visits = list(_visits(captured["trace"], rules))
    flows = list(dict.fromkeys(visit.flow for visit in visits))
    if not flows:
        raise ValueError("it sent no packet that begins a connection through this host")
    # A question for a name goes before the connection that it is asked for.
    wanted = min(flows, key=lambda flow: (_rank(visits, flow), flows.index(flow)))
    packets = [_packet(_once(visits, wanted), rules, places, where)]
    if packets[0].end == "local" and packets[0].receiver == "docker-proxy":
        after = flows[flows.index(wanted) + 1 :]
        begun = (_once(visits, flow) for flow in after)
        packets += [_packet(way, rules, places, "docker-proxy") for way in begun if way[0].hook == "output"][:1]
    return Way(captured["typed"].strip(), int(captured["exit"]), host, tuple(packets))


def _rank(visits: list[Visit], flow: tuple[str, str]) -> int:
    """What a command is about: a connection, an echo, a datagram, and last of all a question for a name."""
    first = next(visit for visit in visits if visit.flow == flow)
    if first.protocol == "udp":
        return 3 if first.destination.endswith(":53") else 2
    return 0 if first.protocol == "tcp" else 1


def _visits(trace: str, rules: Rules) -> Iterator[Visit]:
    """The chains of a trace in their order, the tracer's among them."""
    current: dict[str, Visit] = {}
    for line in filter(str.strip, trace.splitlines()):
        match = EVENT.match(line)
        if not match or (match["kind"] == "rule" and not RULE.match(match["rest"])):
            # As of a rule that came while the command ran: what it did to the packet must not be left out.
            raise ValueError(f"a line of the trace that says nothing known: {line}")
        if match["kind"] == "packet:":
            current[match["id"]] = _begun(match, rules)
            yield current[match["id"]]
        elif (visit := current.get(match["id"])) and not visit.own:
            _event(match, visit, rules)


def _begun(match: re.Match[str], rules: Rules) -> Visit:
    text = match["rest"]
    entered, left = (found[1] if (found := re.search(rf'\b{key} "([^"]*)"', text)) else "" for key in ("iif", "oif"))
    source, destination = found.groups() if (found := ADDRESSES.search(text)) else ("", "")
    ports, ping = PORTS.search(text), PING.search(text)
    protocol, mark = ports.group(1, 2) if ports else ("icmp", "")
    if ports:
        destination = f"[{destination}]:{ports[3]}" if ":" in destination else f"{destination}:{ports[3]}"
    elif ping:
        protocol = "icmp" if ping[1] == "icmp" else "icmpv6"
        mark = found[1] if (found := PING_ID.search(text)) else ""
    family, table, chain = match.group("family", "table", "chain")
    hook = rules.hook(family, table, chain)
    if table == OWN:  # the rule that marks is in a chain below
        hook = {"begin": "prerouting" if entered else "output"}.get(chain, chain)
    return Visit(family, table, chain, hook, entered, left, protocol, source, destination, (protocol, mark))


def _event(match: re.Match[str], visit: Visit, rules: Rules) -> None:
    """Put what came of a chain into its visit."""
    if match["kind"] == "policy":
        visit.verdict, visit.policy = match["rest"].split()[0], True
    elif match["kind"] == "rule":
        rule = RULE.match(match["rest"])
        depth = next((one.depth + 1 for one in reversed(visit.rules) if one.to == match["chain"]), 0)
        text = rules.text(visit.family, visit.table, match["chain"], int(rule["handle"]), rule["text"])
        visit.rules.append(Rule(match["chain"], text, depth, rule["verdict"], rule["to"]))
        if rule["verdict"] in ("accept", "drop", "queue", "stolen"):
            visit.verdict, visit.policy = rule["verdict"], False


def _once(visits: list[Visit], flow: tuple[str, str]) -> list[Visit]:
    """The first packet of a flow: one that is sent again comes to the same hook of the tracer again."""
    found: list[Visit] = []
    been: set[tuple[str, str]] = set()
    for visit in (one for one in visits if one.flow == flow):
        if visit.own:
            if (visit.family, visit.hook) in been:
                break
            been.add((visit.family, visit.hook))
        found.append(visit)
    return found


def _packet(visits: list[Visit], rules: Rules, places: Places, sender: str) -> Packet:
    first, dropped = visits[0], visits[-1].verdict == "drop"
    routed = [visit for visit in visits if visit.family in FAMILIES]
    order = list(dict.fromkeys(visit.hook for visit in visits if visit in routed or not visit.own))
    hooks = tuple(_hook([visit for visit in visits if visit.hook == name], order[at + 1 :], routed, rules)
                  for at, name in enumerate(order))  # fmt: skip
    ports = [visit.entered for visit in visits if visit.family == "bridge" and visit.hook == "prerouting"]
    out = [visit.left for visit in visits if visit.family == "bridge" and visit.hook == "postrouting"]
    last = routed[-1] if routed else visits[-1]
    end = "dropped" if dropped else ENDS.get(last.hook, "lost") if routed else "bridged" if out else "lost"
    receiver = places.listening(last.protocol, last.destination) if end == "local" else places.name(last.destination)
    return Packet(first.protocol, sender, first.source, first.destination, ports[0] if ports else "", hooks,
                  out[-1] if out else "", end, receiver)  # fmt: skip


def _hook(here: list[Visit], following: list[str], routed: list[Visit], rules: Rules) -> Hook:
    """A hook with its chains; what a packet looked like after it is what the next hook sees, or the tracer's end."""
    seen = [visit for visit in here if visit in routed] or here
    first, after = seen[0], next((visit for visit in routed if visit.hook in following[:1]), None)
    if after is None and first.hook in ENDS:
        after = next((visit for visit in reversed(seen) if visit.own), None)
    chains = tuple(
        Chain(rules.tool(visit.family, visit.table), rules.table(visit.family, visit.table), visit.chain,
              tuple(visit.rules), visit.verdict, visit.policy)
        for visit in here if not visit.own and (
            visit.verdict != "accept" or not rules.empty(visit.family, visit.table, visit.chain)))  # fmt: skip
    return Hook(first.hook, first.entered, first.left, first.source, first.destination,
                after.source if after else "", after.destination if after else "", chains)  # fmt: skip
