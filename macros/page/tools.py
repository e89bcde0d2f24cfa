"""Which programs of its host a page's commands use, and the Debian package of each.

Programs that containers run are theirs and their images'; what every Debian system has is nobody's need.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise

from macros.page.steps import Page, Step

# A program that a host may lack -> its package. The order is the one in which pages and scripts name them.
PACKAGES = {
    "docker": "docker.io", "dockerd": "docker.io", "docker compose": "docker-compose", "docker buildx": "docker-buildx",
    "docker-proxy": "docker.io",
    "ip": "iproute2", "bridge": "iproute2", "ss": "iproute2", "tc": "iproute2", "nstat": "iproute2",
    "iptables": "iptables", "ip6tables": "iptables", "iptables-save": "iptables", "ip6tables-save": "iptables",
    "iptables-restore": "iptables", "ip6tables-restore": "iptables",
    "xtables-monitor": "iptables", "nft": "nftables", "ipset": "ipset", "conntrack": "conntrack",
    "ipvsadm": "ipvsadm", "ethtool": "ethtool", "curl": "curl", "wget": "wget", "jq": "jq", "ping": "iputils-ping",
    "arping": "iputils-arping", "tcpdump": "tcpdump", "traceroute": "traceroute", "nc": "netcat-openbsd",
    "socat": "socat", "dig": "bind9-dnsutils", "nslookup": "bind9-dnsutils", "host": "bind9-host",
    "ifconfig": "net-tools", "netstat": "net-tools", "route": "net-tools", "arp": "net-tools",
    "brctl": "bridge-utils", "sysctl": "procps", "ps": "procps", "pgrep": "procps", "pkill": "procps",
    "nsenter": "util-linux", "unshare": "util-linux", "setfacl": "acl", "getfacl": "acl", "setcap": "libcap2-bin",
    "getcap": "libcap2-bin", "lsof": "lsof", "strace": "strace", "rsync": "rsync", "ssh": "openssh-client",
    "scp": "openssh-client", "openssl": "openssl", "python3": "python3", "python3-docker": "python3-docker",
}  # fmt: skip
# How a script asks for one that is no program of its own.
ASKED = {
    "docker compose": "docker compose version", "docker buildx": "docker buildx version",
    "python3-docker": "python3 -c 'import docker'",
}  # fmt: skip

# Words that stand before a command, and those that begin what is none.
BEFORE = {"if", "then", "else", "elif", "while", "until", "do", "!", "{", "}", "time", "coproc"}
NO_COMMAND = {"for", "case", "select", "function", "in"}
# Commands that run the one that their arguments name, and those that read one.
RUNNERS = {"sudo", "env", "nohup", "setsid", "exec", "command", "timeout", "xargs", "nice", "unshare", "nsenter"}
# What a variable is given that begins a command later on: `in="nsenter -t 1 -n"`.
KEPT = {"docker", "ip", "nsenter"}
SHELLS = {"bash", "sh", "dash", "su", "eval", "trap"}
# With the files of a container its programs come as well.
OTHER_FILES = re.compile(r"-(?:[a-ln-zA-Z]*[ma]|-mount(?:=.*)?|-all)\Z")
ASSIGNMENT = re.compile(r"(\w+(?:\[[^]]*\])?\+?=)(.*)", re.DOTALL)
WITH_VALUE = {"-H", "--host", "-c", "--context", "--config", "-l", "--log-level"}
IMPORT_DOCKER = re.compile(r"\b(?:import|from) docker\b")


def check(tool: str) -> str:
    """A command that succeeds where the host has the tool."""
    return ASKED.get(tool, f"command -v {tool}")


def needed(page: Page) -> list[str]:
    """The tools that a reader types, on any host of the page, in the order of PACKAGES."""
    return ordered(tool for step in page.steps if step.kind != "wait" and not step.hidden for tool in of(step))


def ordered(tools: Iterable[str]) -> list[str]:
    found = set(tools)
    return [tool for tool in PACKAGES if tool in found]


def of(step: Step) -> set[str]:
    """The tools of the host that a step uses; of a wait those that the script waits with."""
    if step.skip:
        return set()
    if step.kind == "wait":
        return {tool for wait in step.waits for tool in _waiting(wait.kind, wait.target, wait.inside)}
    source = step.typed
    tools = set(used(source)) if step.kind in ("bash", "console") else {"python3"} if step.kind == "python" else set()
    return tools | {"python3-docker"} if "python3" in tools and IMPORT_DOCKER.search(source) else tools


def _waiting(kind: str, target: str, inside: str) -> set[str]:
    tools = {"http": {"curl"}, "tcp": {"ss"}, "udp": {"ss"}, "ping": {"ping"}}.get(kind) or set(used(target))
    return tools | {"ip", "nsenter", "unshare"} if inside else tools


def used(source: str) -> Iterator[str]:
    """The tools that bash finds on the host when it runs `source`."""
    return (name for name in names(source) if name in PACKAGES)


@cache
def names(source: str) -> tuple[str, ...]:
    """What the commands are called that bash runs on the host for `source`, as far as it can be read."""
    commands: list[list[str]] = []
    _split(source, 0, commands)
    return tuple(name for words in commands for name in _of_words(words))


def _of_words(words: list[str]) -> Iterator[str]:
    """The names of one command and of those that it runs; words as the shell has them."""
    while words and (words[0] in BEFORE or ASSIGNMENT.match(words[0])):
        value = ASSIGNMENT.match(words[0])
        if value and value[2].split(" ")[0] in KEPT:
            yield from _of_words(value[2].split())
        words = words[1:]
    if not words or words[0] in NO_COMMAND:
        return
    name, rest = words[0].rpartition("/")[2], words[1:]
    yield name
    if name == "docker":
        yield from _of_docker(rest)
    elif name == "ip" and "exec" in rest:
        yield from _of_words(rest[rest.index("exec") + 2 :])
    elif name in SHELLS:
        code = [word for flag, word in pairwise(rest) if re.fullmatch(r"-\w*c", flag)]
        for text in [" ".join(rest)] if name == "eval" else rest[:1] if name == "trap" else code:
            yield from names(text)
    elif name in RUNNERS or name.startswith("$"):
        if name == "command" and rest[:1] == ["-v"]:
            return
        for at, word in enumerate(rest):
            if name == "nsenter" and OTHER_FILES.match(word):
                return
            if word.rpartition("/")[2] in PACKAGES.keys() | RUNNERS | SHELLS:
                yield from _of_words(rest[at:])
                return


def _of_docker(rest: list[str]) -> Iterator[str]:
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in WITH_VALUE else rest[1:]
    if rest and (plugin := f"docker {rest[0]}") in PACKAGES:
        yield plugin


# What a word is made of, and what stands between words.
PLAIN = re.compile(r"[^\s\\'\"$`<>;&|()#]+|#")
HEREDOC = re.compile(r"<<-?[ \t]*(['\"]?)(\\?[\w.-]+)\1")


def _split(text: str, at: int, commands: list[list[str]], end: str = "") -> int:
    """Add the commands in `text` from an offset on to `commands`, each as its words without quotes, and return the
    offset after `end`, which ends them. Those in $( ) are commands of their own."""
    words: list[str] = []
    word: str | None = None
    redirected, depth, documents = False, 0, []

    def finish() -> None:
        nonlocal word, redirected
        if word is not None and not redirected:
            words.append(word)
        redirected = redirected and word is None
        word = None

    def close() -> None:
        nonlocal words, redirected
        finish()
        if words:
            commands.append(words)
        words, redirected = [], False

    while at < len(text):
        one, two = text[at], text[at : at + 2]
        if one == end and not depth:
            close()
            return at + 1
        if one == "\\":
            word = word if two == "\\\n" else (word or "") + two[1:]
            at += 2
        elif one in "'\"" or two == "$'":
            at, part = _quoted(text, at, commands)
            word = (word or "") + part
        elif two in ("$(", "<(", ">(") and text[at : at + 3] != "$((":
            at = _split(text, at + 2, commands, ")")
            word = (word or "") + "$()"
        elif one == "`":
            at = _split(text, at + 1, commands, "`")
            word = (word or "") + "$()"
        elif one == "$":
            match = re.compile(r"\$\(\(.*?\)\)|\$\{[^}]*\}|\$.?", re.DOTALL).match(text, at)
            word, at = (word or "") + match[0], match.end()
        elif (match := HEREDOC.match(text, at)) and text[at : at + 3] != "<<<":
            finish()
            documents.append(match[2].lstrip("\\"))
            at = match.end()
        elif one in "<>" or two == "&>":
            word = None if word and word.isdigit() else word
            finish()
            redirected, at = True, re.compile(r"&?[<>]+[&|]?").match(text, at).end()
        elif one in "\n;&|()":
            depth += (one == "(") - (one == ")" and depth > 0)
            close()
            at += 1
            while one == "\n" and documents:
                body = re.compile(rf"^\t*{re.escape(documents.pop(0))}$", re.MULTILINE).search(text, at)
                at = body.end() if body else len(text)
        elif one.isspace():
            finish()
            at += 1
        elif one == "#" and word is None:
            line = text.find("\n", at)
            at = len(text) if line < 0 else line
        else:
            match = PLAIN.match(text, at)
            word, at = (word or "") + match[0], match.end()
    close()
    return at


def _quoted(text: str, at: int, commands: list[list[str]]) -> tuple[int, str]:
    """The offset after a quoted text, and the text; what it substitutes is added to `commands`."""
    if text[at] != '"':
        match = re.compile(r"\$'((?:\\.|[^'\\])*)'?|'([^']*)'?", re.DOTALL).match(text, at)
        return match.end(), match[1] or match[2] or ""
    at, part = at + 1, ""
    while at < len(text) and text[at] != '"':
        if text[at] == "\\":
            part, at = part + text[at + 1 : at + 2], at + 2
        elif text.startswith("$(", at) and not text.startswith("$((", at):
            part, at = part + "$()", _split(text, at + 2, commands, ")")
        else:
            part, at = part + text[at], at + 1
    return at + 1, part
