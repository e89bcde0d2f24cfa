"""A packet's way told in sentences, for those who do not see its picture; the order is the picture's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from macros.draw.packet import REWRITES, Chain, Hook, Packet, Way, decisive
from macros.draw.packet_parts import HOOKS

Code = Callable[[str], str]
DECIDED = {"jump": "say_jump", "rewrite": "say_rewrite", "accept": "say_accept", "drop": "say_drop"}
GIST = {"to": "gist_to", "from": "gist_from", "accept": "gist_accept", "drop": "gist_drop"}
REWRITTEN = {"to": "say_to", "from": "say_from"}


def title(way: Way, words: dict[str, str]) -> str:
    """One line: whose way this is."""
    return words["title"].format(command=way.command)


def desc(way: Way, words: dict[str, str]) -> str:
    """All of it as one text."""
    return " ".join(told(way, words, str))


def markdown(way: Way, words: dict[str, str]) -> str:
    """The same as a numbered list, under the command; what is typed or listed is code."""

    def code(text: str) -> str:
        return f"`` {text} ``" if "`" in text else f"`{text}`"

    head = words["way"].format(command=code(way.command)) + (f" (exit {way.exit})" if way.exit else "")
    path, decided = verdict(way, words, code)
    lines = [f"{number}. {line}" for number, line in enumerate(told(way, words, code), 1)]
    return "\n".join([head, "", f"{path}: {' '.join(decided)}", "", *lines])


def verdict(way: Way, words: dict[str, str], code: Code = str) -> tuple[str, list[str]]:
    """The gist: the devices from who sends to who gets it, and who decided, in a sentence each."""
    stations, decided, fates = [], [], []
    for number, packet in enumerate(way.packets):
        stations += [packet.sender or way.host, *_devices(packet)]
        if packet.end not in ("dropped", "lost"):
            stations.append(packet.receiver or (way.host if packet.end == "local" else words["outside"]))
        decided += [line for hook in packet.hooks for line in _decided(hook, words, code)]
        if number:
            fates.append(words["gist_proxy"].format(program=code(packet.sender)))
        if key := _fate(packet):
            fates.append(words[key])
    if not decided and not any(packet.end in ("bridged", "lost") for packet in way.packets):
        decided.append(words["gist_none"])
    path = [name for number, name in enumerate(stations) if not number or name != stations[number - 1]]
    return " → ".join(map(code, path)), list(dict.fromkeys([*decided, *fates]))


def _devices(packet: Packet) -> Iterator[str]:
    """Those of the host by which it came in and left."""
    for hook in packet.hooks:
        if hook.name == "prerouting" and hook.entered:
            yield hook.entered
        elif hook.name == "postrouting" and hook.left and hook.to_source:
            yield hook.left


def _decided(hook: Hook, words: dict[str, str], code: Code) -> Iterator[str]:
    """What a rule or a policy of this hook did with it; a policy that lets it pass decides nothing."""
    for chain in hook.chains:
        table = code(chain.table if chain.tool != "ip6tables" else chain.owner)
        if chain.policy or not chain.rules:
            if chain.verdict == "drop":
                yield words["gist_policy"].format(chain=code(chain.name), table=table)
            continue
        rule = chain.rules[-1]
        where = {"chain": code(rule.chain), "table": table}
        if REWRITES.search(rule.text):
            for key, _, after in hook.rewritten:
                yield words[GIST[key]].format(address=code(after), **where)
        elif rule.verdict in GIST:
            yield words[GIST[rule.verdict]].format(**where)


def _fate(packet: Packet) -> str:
    """The key of what became of it where no rule says so, else ""."""
    if packet.end == "local":
        return "" if packet.receiver else "say_echo" if packet.protocol.startswith("icmp") else "say_nobody"
    return {"bridged": "say_bridged", "lost": "say_lost"}.get(packet.end, "")


def told(way: Way, words: dict[str, str], code: Code) -> list[str]:
    """The sentences; `code` makes what is typed or listed look like it."""
    return [line for number, packet in enumerate(way.packets) for line in _packet(packet, way, number, words, code)]


def _packet(packet: Packet, way: Way, number: int, words: dict[str, str], code: Code) -> Iterator[str]:
    begins = words["say_proxy" if number else "say_sends"].format(
        sender=packet.sender or words["say_host"].format(host=way.host), source=code(packet.source),
        protocol=packet.protocol.upper().replace("V6", "v6"), destination=code(packet.destination))  # fmt: skip
    devices = [words["say_port_in"].format(device=code(packet.port))] if packet.port else []
    yield " ".join([begins, *devices])
    before: Hook | None = None
    for hook in packet.hooks:
        yield " ".join(_hook(hook, before, words, code))
        before = hook
    if packet.end == "bridged":
        yield words["say_bridged"]
    if packet.end == "lost":
        yield words["say_lost"]
    elif packet.end == "local":
        icmp = packet.protocol.startswith("icmp")
        key = "say_echo" if icmp else "say_listens" if packet.receiver else "say_nobody"
        yield words[key].format(program=packet.receiver)
    elif packet.end != "dropped":
        ports = [words["say_port_out"].format(device=code(packet.left_port))] if packet.left_port else []
        key = "say_reaches" if packet.receiver else "say_gone"
        yield " ".join([*ports, words[key].format(receiver=packet.receiver)])


def _hook(hook: Hook, before: Hook | None, words: dict[str, str], code: Code) -> Iterator[str]:
    """Where the packet is, what its chains did, and what became of its addresses."""
    if hook.name == "prerouting" and hook.entered:
        yield words["say_looped" if before else "say_entered"].format(device=code(hook.entered))
    elif hook.name == "forward":
        yield words["say_forward"].format(device=code(hook.left))
    elif hook.name == "input":
        yield words["say_input"]
    where = f"{hook.name.upper()} ({words[HOOKS[hook.name]]})"
    if not hook.chains:
        yield words["say_none"].format(hook=where)
    else:
        yield words["say_hook"].format(hook=where)
    for chain in hook.chains:
        yield from _chain(chain, words, code)
    for key, old, new in hook.rewritten:
        yield words[REWRITTEN[key]].format(before=code(old), after=code(new))
    if hook.name == "postrouting" and hook.left and hook.to_source:
        yield words["say_left"].format(device=code(hook.left))


def _chain(chain: Chain, words: dict[str, str], code: Code) -> Iterator[str]:
    name, path = f"{code(chain.name)} ({chain.owner})", decisive(chain)
    passed = [rule.to or rule.text for number, rule in enumerate(chain.rules) if number not in path]
    if chain.policy and not chain.rules:
        yield words["say_no_match"].format(chain=name, policy=chain.verdict.upper())
        return
    if passed:
        yield words["say_passed"].format(chain=name, chains=", ".join(map(code, passed)))
    for number in sorted(path):
        rule = chain.rules[number]
        key = "jump" if rule.to else "rewrite" if REWRITES.search(rule.text) else rule.verdict
        sentence, verdict = words[DECIDED.get(key, "say_other")], rule.verdict.upper()
        yield sentence.format(chain=name, rule=code(rule.text), to=code(rule.to), verdict=verdict)
    if chain.policy:
        yield words["say_policy"].format(chain=name, policy=chain.verdict.upper())
