"""What the commands that look at a host print, as lines in groups: (group, text, what tells two states of it apart)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

Lines = Iterable[tuple[str, str, str]]

# In the order in which they are shown.
GROUPS = ("container", "network", "volume", "image", "link", "address", "route", "neighbour", "rule", "listener",
          "namespace", "mount", "file", "process")  # fmt: skip

# As long as it is, an id of a layer or a container tells no more than its beginning.
ID = re.compile(r"(?<!\w)([0-9a-f]{12})[0-9a-f]{52}(?!\w)")


# Stamps what the engine says.
OF_ENGINE = "engine"

# Of Ethernet, and of lo.
USUAL_MTU = (1500, 65536)


def objects(docker: dict[str, list[dict]]) -> Lines:
    for one in docker["containers"]:
        # A container that another one links to (--link) is also called "/other/alias".
        names = [name[1:] for name in one["Names"] or () if name.count("/") == 1]
        name = names[0] if names else one["Id"][:12]
        yield "container", f"{name} {one['Image']} {one['State']}", OF_ENGINE
        for network, end in sorted(one["NetworkSettings"]["Networks"].items()):
            for address, size in (("IPAddress", "IPPrefixLen"), ("GlobalIPv6Address", "GlobalIPv6PrefixLen")):
                if end.get(address):
                    yield "address", f"{end[address]}/{end[size]} in {name} on {network}", OF_ENGINE
    for one in docker["networks"]:
        yield "network", f"{one['Name']} {one['Driver']}", OF_ENGINE
    for one in docker["volumes"]:
        yield "volume", f"{one['Name']} {one['Driver']}", OF_ENGINE
    for one in docker["images"]:
        tags = [tag for tag in one["RepoTags"] or () if tag != "<none>:<none>"]
        for tag in tags or [one["Id"].removeprefix("sha256:")[:12]]:
            yield "image", tag, OF_ENGINE


def links(text: str) -> Lines:
    for one in json.loads(text or "[]"):
        info = one.get("linkinfo", {})
        words = [one["ifname"], *_option("type", info.get("info_kind")), *_option("link", one.get("link"))]
        words += _option("id", info.get("info_data", {}).get("id")) + _option("master", one.get("master"))
        words += _option("mtu", one["mtu"] if one["mtu"] not in USUAL_MTU else None)
        words += [] if "UP" in one["flags"] else ["down"]
        yield "link", " ".join(words), ""
        for address in one["addr_info"]:
            if address.get("scope") == "global":
                yield "address", f"{address['local']}/{address['prefixlen']} dev {one['ifname']}", ""


def _option(name: str, value: Any) -> list[str]:
    return [] if value is None else [name, str(value)]


def routes(text: str) -> Lines:
    """Routes of all tables but the kernel's own, and what neighbours are set by hand."""
    for line in map(str.strip, text.splitlines()):
        if line.endswith(" PERMANENT"):
            yield "neighbour", line, ""
        elif " table local " not in line and not line.startswith(("fe80:", "ff00:", "multicast ff00:")):
            yield "route", re.sub(r" (?:linkdown|dead|metric \d+|pref medium)(?= |$)", "", line), ""


def rules(text: str, command: str = "iptables") -> Lines:
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif chain := re.match(r":(\S+) (\S+)", line):
            # A chain of the kernel's that accepts is as good as none: who looks at a table makes those of it.
            if chain[2] != "ACCEPT":
                how = f"-N {chain[1]}" if chain[2] == "-" else f"-P {chain[1]} {chain[2]}"
                yield "rule", f"{command} -t {table} {how}", ""
        elif line.startswith("-A"):
            yield "rule", f"{command} -t {table} {line}", ""


def rules6(text: str) -> Lines:
    yield from rules(text, "ip6tables")


def nftables(text: str) -> Lines:
    """A table's chains, sets and rules, each line with where it stands: `nft ip docker-bridges filter-FORWARD: ...`."""
    where: list[str] = []
    for line in text.splitlines():
        line = re.sub(r"counter packets \d+ bytes \d+", "counter", line.strip())
        if line == "}":
            where = where[:-1]
        elif line.endswith("{"):
            name = line.removesuffix("{").strip()
            where = [*where, re.sub(r"^(?:table|chain|set|map) ", "", name)]
            yield "rule", f"nft {' '.join(where[:1])}: {name}", ""
        elif line:
            yield "rule", f"nft {' '.join(where)}: {line}", ""


def listeners(text: str) -> Lines:
    for line in text.splitlines():
        kind, _, _, _, local, _, *who = line.split()
        names = dict.fromkeys(re.findall(r'\("([^"]+)"', " ".join(who)))
        yield "listener", " ".join([kind, local, *names]), ""


# What the first container on the host's network, and the first `ip netns add`, make once and for all.
ONCE = ("/run/docker/netns/default", "/run/netns")


def mounts(text: str) -> Lines:
    mounted = (line.partition(" - ") for line in text.splitlines())
    for where, kind in dict.fromkeys((before.split()[4], after.split()[0]) for before, _, after in mounted):
        if where in ONCE:
            continue
        if kind == "nsfs":
            yield "namespace", where, ""
        else:
            yield "mount", f"{_shortened(where)} type {kind}", ""


def files(text: str) -> Lines:
    """Files and folders; of what else there is, as sockets, a step says nothing by making it."""
    # The rest of a name that has a line end in it is left out.
    for kind, written, path in re.findall(r"(?m)^([dfl]) ([\d./]+) (/.*)$", text):
        yield ("file", f"{path}/", "") if kind == "d" else ("file", path, written)


def processes(text: str) -> Lines:
    for line in text.splitlines():
        command = re.sub(r"^\d+ (?:\S*/)?", "", line)
        yield "process", re.sub(r" -address \S+", "", _shortened(command)).strip(), ""


def _shortened(text: str) -> str:
    return ID.sub(r"\1", text)


# By the name of the part of SCRIPT in macros/lab/changes.py that prints it.
PARSERS: dict[str, Callable[[str], Lines]] = {
    parser.__name__: parser for parser in (links, routes, rules, rules6, nftables, listeners, mounts, files, processes)
}
