"""What a page's commands may not do to the host of somebody who pastes them, and what to write instead.

A reader's host has containers, networks, volumes, files and firewall rules of its owner's. A page gives what it makes
names that begin with `lab-`, and takes away by name, or by a label of its own, what it made and nothing else. What is
run in a container, in a network namespace or against a second engine is none of the host's.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import yaml

from macros.lab import tree
from macros.lab.tree import nodes
from macros.page.steps import Page, Step

# A process of shfmt for each text: several rules look at each fence of each page.
parsed = functools.cache(tree.parsed)

# What may begin a name: the prefix of the pages' own, or what is known only when it runs.
OWN = re.compile(r"lab\b|lab_|LAB\b|[$/.{~]|-")
OWN_PATH = re.compile(r"(?!/)(?!.*\.\.(?:/|$))(?!~)|~/lab-|/(?:.*/)?lab-|/dev/|/proc/self/|/dev$|\$")
# Ids that distributions give to people and to services end below.
FIRST_ID = 20000
RENAME = "the reader may have one: call it lab-{}"

# Words before a command that leave it the host's own; options of theirs go with them, and so much after them.
BEFORE = {"sudo": 0, "env": 0, "command": 0, "exec": 0, "time": 0, "nohup": 0, "timeout": 1, "xargs": 0, "!": 0}
ELSEWHERE = {"nsenter", "unshare", "chroot", "multipass", "limactl", "ssh"}
# Options of docker's that lead to another engine.
OTHER_ENGINE = re.compile(r"-H|--host|--context|-c\b")
# docker's objects that have no word of their own in a command: `docker rm` removes containers.
REMOVES = {
    "rm", "stop", "kill", "restart", "rename", "network rm", "network disconnect", "volume rm", "container rm",
    "container stop", "container kill", "rmi", "image rm", "service rm", "stack rm", "secret rm", "config rm",
}  # fmt: skip
OBJECTS = {
    "container", "image", "network", "volume", "system", "builder", "buildx", "service", "stack", "secret", "config",
    "context", "compose",
}  # fmt: skip
# An engine's own networks: they cannot be removed, or not while they are used.
PREDEFINED = {"bridge", "host", "none", "docker_gwbridge"}
CREATES = {"network create": "network", "volume create": "volume", "secret create": "secret",
           "config create": "config", "context create": "context"}  # fmt: skip
TAGS = {"build": ("-t", "--tag"), "image build": ("-t", "--tag"), "buildx build": ("-t", "--tag")}
SECOND_TAGS = {"tag", "image tag", "commit", "import", "image import", "container commit"}
EVERYTHING = re.compile(
    r"docker (?:ps|container ls|network ls|volume ls|images|image ls)\b(?=[^|)]*(?: -\w*q\b| --quiet\b))"
    r"(?![^|)]*(?:label=|name=\^?/?lab|\$))"
)
# Settings of the page's own links, those put back to what was kept, and the one that keeps a router's announcements.
SETTING = re.compile(r"lab-|=\$|/accept_ra=2$")
FIREWALLS = {"iptables", "ip6tables", "iptables-legacy", "iptables-nft"}
MAKES_FILES = {"cp", "mv", "tee", "touch", "mkdir", "ln", "install", "truncate", "dd", "fallocate"}


def bare(words: list[str]) -> list[str]:
    """A command without the words before it that leave it the host's own, such as `sudo` and `timeout 5`."""
    words = list(words)
    while words and words[0] in BEFORE:
        skipped = BEFORE[words.pop(0)]
        while words and (words[0].startswith("-") or "=" in words[0]):
            words.pop(0)
        del words[:skipped]
    return words


@dataclass
class Command:
    """A simple command of the host's. words: its text, "$..." for what is known only when it runs; globs: those of
    them that bash replaces by names of files; targets: where it is redirected to."""

    words: list[str]
    line: int
    globs: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    other: bool = False
    """Whether it goes to an engine of the page's own."""

    def after(self, *options: str) -> Iterator[str]:
        """The values of options, in both ways to write them."""
        for at, word in enumerate(self.words):
            if word in options and at + 1 < len(self.words):
                yield self.words[at + 1]
            yield from (word[len(one) + 1 :] for one in options if one.startswith("--") and word.startswith(one + "="))

    def plain(self) -> list[str]:
        """Its words without the options; the values of those stay."""
        return [word for word in self.words[1:] if not word.startswith("-")]


def text(word: dict) -> str:
    found = ""
    for part in word.get("Parts") or []:
        if part["Type"] == "DblQuoted":
            found += text(part)
        elif part["Type"] in ("Lit", "SglQuoted"):
            found += part.get("Value", "").replace("\\\n", "")
        else:
            found += "$" + part.get("Param", {}).get("Value", "(") if part["Type"] == "ParamExp" else "$("
    return found


def commands(code: str, line: int = 0) -> Iterator[Command]:
    """The commands of bash, of which the first line is `line` + 1. Raises SyntaxProblem."""
    for node in nodes(parsed(code)):
        command = node.get("Cmd") or {}
        targets = [text(one["Word"]) for one in node.get("Redirs") or [] if ">" in _operator(one, code)]
        if command.get("Type") == "CallExpr":
            yield from _simple(command, targets, line)
        elif targets:
            yield Command([], line + node["Pos"]["Line"], targets=targets)


def _operator(redirection: dict, code: str) -> str:
    """The characters of a redirection before its word."""
    begin, end = redirection["Pos"]["Offset"], redirection["Word"]["Pos"]["Offset"]
    return code.encode()[begin:end].decode(errors="replace").replace(">&", "").replace("&>", ">")


def _simple(command: dict, targets: list[str], line: int) -> Iterator[Command]:
    given = command.get("Args") or []
    found = Command([text(word) for word in given], line + command["Pos"]["Line"], targets=targets)
    found.globs = [text(word) for word in given if any(
        part["Type"] == "Lit" and re.search(r"(?<!\\)[*?[]", part.get("Value", "")) for part in word.get("Parts") or []
    )]  # fmt: skip
    found.other = any(one.get("Name", {}).get("Value") == "DOCKER_HOST" for one in command.get("Assigns") or [])
    words = found.words = bare(found.words)
    if words[:3] == ["ip", "netns", "exec"] or (words and words[0] in ELSEWHERE):
        found.words = []
    elif len(words) > 2 and words[0] in ("bash", "sh") and words[1] == "-c" and "$(" not in words[2]:
        yield from commands(words[2], found.line - 1)
        found.words = []
    elif words[:1] == ["docker"]:
        while len(words) > 1 and words[1].startswith("-"):
            found.other |= bool(OTHER_ENGINE.match(words[1]))
            del words[1 : 2 if "=" in words[1] else 3]
    yield found


def harms(page: Page) -> Iterator[str]:
    """Each thing that a page may not do, as `path:line: what: what to write instead`."""
    for host in page.hosts or [""]:
        steps = [step for step in page.steps if not step.skip and page.host_of(step) == host]
        yield from _of_host(page, steps)


def _of_host(page: Page, steps: list[Step]) -> Iterator[str]:
    writes = 0
    shown = [step for step in steps if step.kind in ("bash", "console") and not step.hidden]
    for step in steps:
        if step.kind == "file":
            writes = writes or step.line
            yield from (f"{page.path}:{step.line}: {harm}" for harm in _of_file(step))
        if step.kind not in ("bash", "console"):
            continue
        for code, line in [(step.source, step.line)] if step.kind == "bash" else [
            (command.source, command.line - 1) for command in step.commands
        ]:  # fmt: skip
            if EVERYTHING.search(code) and re.search(r"xargs|\bdocker [\w ]*\b(?:rm|rmi|stop|kill)\b", code):
                yield f"{page.path}:{line + 1}: takes all that there is: name what the page made, one by one"
            for command in commands(code, line):
                yield from (f"{page.path}:{command.line}: {harm}" for harm in of_command(command))
                if not step.hidden and _writes_here(command):
                    writes = writes or command.line
    if writes and not (shown and _own_folder(shown[0].typed, shown[-1].typed)):
        yield (
            f"{page.path}:{writes}: writes files where the reader stands: begin the page with "
            "`mkdir -p ~/lab-NAME && cd ~/lab-NAME`, and end it with `cd ~ && rm -r ~/lab-NAME`"
        )


def _own_folder(first: str, last: str) -> bool:
    made = re.search(r"(?m)^mkdir -p (~/lab-[\w-]+) && cd \1$", first)
    return bool(made) and re.search(rf"(?m)^cd ~ && rm -rf? {re.escape(made[1])}$", last) is not None


def _writes_here(command: Command) -> bool:
    words = command.plain()[-1:] if command.words[:1] and command.words[0] in MAKES_FILES else []
    return any(re.match(r"[\w.]", target) for target in [*command.targets, *words])


def _of_file(step: Step) -> Iterator[str]:
    """Names that a Compose file gives."""
    if not re.search(r"compose[\w.-]*\.ya?ml$", step.title):
        return
    described = yaml.safe_load(step.source) or {}
    names = [described.get("name"), *(one.get("container_name") for one in (described.get("services") or {}).values())]
    for kind in ("networks", "volumes"):
        names += [one.get("name") for one in (described.get(kind) or {}).values() if isinstance(one, dict)]
    for name in filter(None, names):
        if not OWN.match(name):
            yield f"{step.title} names {name!r}: {RENAME.format(name)}"


def of_command(command: Command) -> Iterator[str]:
    """What one command may not do."""
    words = command.words
    for target in command.targets:
        if not OWN_PATH.match(target):
            yield f"writes {target}: what is outside of the page's folder is the reader's"
    if not words:
        return
    name = words[0]
    if name == "docker":
        yield from _docker(command)
    elif name in FIREWALLS:
        yield from _firewall(words)
    elif name == "nft" and words[1:3] == ["flush", "ruleset"]:
        yield "nft flush ruleset takes the reader's rules: delete the page's own table"
    elif name == "ip":
        yield from _ip(words)
    elif name == "tc" and "dev" in words and _is_real(words[words.index("dev") + 1]):
        yield f"slows {words[words.index('dev') + 1]} down: use a link lab-... of the page's own"
    elif name in ("useradd", "groupadd", "adduser", "addgroup"):
        yield from _user(command)
    elif name in ("pkill", "killall", "skill"):
        yield f"{name} ends what is the reader's: keep the process id, kill $!"
    elif name in ("systemctl", "service") and {"docker", "docker.service", "containerd"} & {*words}:
        if {"restart", "stop", "reload", "start"} & {*words}:
            yield "stops all that runs on the reader's host: use a second engine"
    elif name == "sysctl" and any("=" in word and not SETTING.search(word) for word in words):
        yield "changes a setting of the reader's host: use a network namespace"
    elif name == "rm":
        yield from _rm(command)
    elif name in MAKES_FILES and (plain := command.plain()) and not OWN_PATH.match(plain[-1]) and "of=" not in words:
        yield f"{name} writes {plain[-1]}: what is outside of the page's folder is the reader's"


def _rm(command: Command) -> Iterator[str]:
    if command.globs:
        yield f"rm takes {', '.join(command.globs)}, the reader's as well: name the files, or remove the page's folder"
    for word in command.plain():
        if word not in command.globs and not OWN_PATH.match(word):
            yield f"rm takes {word}: what is outside of the page's folder is the reader's"


def _docker(command: Command) -> Iterator[str]:
    if command.other:
        return
    words = [word for word in command.words[1:] if word]
    verb = " ".join(words[: 2 if words[:1] and words[0] in OBJECTS else 1])
    if verb.endswith("prune") and not any("label" in value for value in command.after("--filter")):
        yield f"docker {verb} deletes what is the reader's: --filter label=lab..., a label that the page set"
    rest = words[len(verb.split()) :]
    plain = [word for before, word in zip(["", *rest], rest, strict=False)
             if not word.startswith("-") and before not in ("-t", "--time", "--timeout", "-s", "--signal")]  # fmt: skip
    names = list(command.after("--name")) if verb.endswith(("run", "create")) else []
    if verb in CREATES and plain and rest[-1] == plain[-1]:
        names.append(plain[-1])
    names += command.after(*TAGS.get(verb, ()))
    if verb in SECOND_TAGS:
        names += plain[-1:]
    if verb in ("run", "create", "container run", "container create"):
        names += [value.split(":")[0] for value in command.after("-v", "--volume") if ":" in value]
        for value in command.after("--mount"):
            source = re.search(r"(?:^|,)(?:source|src)=([^,]+)", value)
            if source and not re.search(r"\btype=(?:bind|image)\b", value):
                names.append(source[1])
    if verb.startswith("compose"):
        names += command.after("-p", "--project-name")
    if verb in REMOVES:
        names += [name for name in plain if name not in PREDEFINED]
    for name in names:
        if not OWN.match(name):
            yield f"docker {verb} names {name!r}: {RENAME.format(name)}"


def _firewall(words: list[str]) -> Iterator[str]:
    at = next((number for number, word in enumerate(words) if re.fullmatch(r"-[DRFXZP]", word)), 0)
    chain, following = [*words[at + 1 : at + 3], "", ""][:2]
    if not at or OWN.match(chain):
        return
    if words[at] in ("-D", "-R") and following.isdigit():
        yield f"{words[0]} {words[at]} {chain} {following} may be the reader's rule: delete it by what it says"
    elif words[at] in ("-F", "-X", "-Z"):
        yield f"{words[0]} {words[at]} empties what is the reader's: delete the page's rules by what they say"
    elif words[at] == "-P":
        yield f"{words[0]} -P flips the host's policy: use rules of the page's own, or a namespace that plays the host"


def _is_real(link: str) -> bool:
    """Whether a link may be a card of the host's; a variable's is one by its name alone."""
    return link in ("$nic", "lo") or not OWN.match(link)


def _ip(words: list[str]) -> Iterator[str]:
    if words[1:2] and words[1] in ("-n", "-netns"):
        return
    words = [word for word in words if not re.fullmatch(r"-\w+", word)]
    if words[1:3] == ["link", "add"]:
        peer = words.index("peer") if "peer" in words else len(words)
        at = 5 if words[3:4] == ["link"] else 3
        names = []
        for end in (words[at:peer], words[peer + 1 :]):
            named = [word for before, word in pairwise(end) if before in ("name", "dev")]
            # What lies in a namespace from the beginning is none of the host's.
            names += [] if "netns" in end else [word for word in end[:1] if word not in ("name", "dev", "type")] + named
        for name in names:
            if not OWN.match(name):
                yield f"the link {name!r}: {RENAME.format(name)}, of 15 characters at most"
    elif words[1:3] == ["netns", "add"] and not OWN.match(words[3]):
        yield f"the namespace {words[3]!r}: {RENAME.format(words[3])}"
    elif words[1:3] == ["link", "set"] and len(words) > 4:
        link = words[4] if words[3] == "dev" else words[3]
        if _is_real(link) and {"down", "mtu", "name", "netns", "master"} & {*words}:
            yield f"takes {link} away, maybe the reader's only card: use a link lab-... of the page's own"
    elif words[1:3] in (["link", "delete"], ["link", "del"]) and _is_real(words[-1]):
        yield f"removes {words[-1]}: name a link of the page's own"


def _user(command: Command) -> Iterator[str]:
    option = ("--gid", "-g") if command.words[0] in ("groupadd", "addgroup") else ("--uid", "-u")
    number = next(command.after(*option), "")
    if not number.startswith("$") and not (number.isdigit() and int(number) >= FIRST_ID):
        yield f"an id that people have: give one from {FIRST_ID} on, {option[0]} {FIRST_ID + 1}"
    if not OWN.match(command.words[-1]):
        yield f"the user or group {command.words[-1]!r}: {RENAME.format(command.words[-1])}"
