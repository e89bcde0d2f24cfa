"""What a step changes on a host: Docker's objects, and what the kernel has of them.

A host is looked at from inside, in one go, by a shell beside the page's own. What is compared are lines in groups, of
which each is what a reader could read on the host as well: `ip`, `iptables-save`, `ss`, `find` and `pgrep` print them.
What is of the moment and no change of the step's (whether a link has a carrier, counters, learned neighbours) is left
out here, and where among others a rule stands; ids, addresses and names that differ from run to run are compared as
those of an output are.
"""

from __future__ import annotations

import re
import shlex
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from macros.lab import parsers
from macros.lab.errors import LabError
from macros.lab.inventory import objects
from macros.lab.parsers import GROUPS, PARSERS, Lines
from macros.lab.shell import ShellError

if TYPE_CHECKING:
    from macros.lab.host import Lab

# What each part prints is read by the parser of its name. All run at once, and are read in turn. A look costs what its
# processes cost to begin: `exec` saves one.
PARTS = {
    "links": "exec ip -j -d addr",
    "routes": r"exec ip -batch - <<< $'route show table all\nneigh show nud permanent'",
    "rules": "exec iptables-save",
    "rules6": "exec ip6tables-save",
    "nftables": "while read -r _ family table; do case $family.$table in "
    "ip.filter | ip.mangle | ip.nat | ip.raw | ip.security | "
    "ip6.filter | ip6.mangle | ip6.nat | ip6.raw | ip6.security) ;; "
    '*) nft list table "$family" "$table" ;; esac; done < <(exec nft list tables)',
    "listeners": "exec ss -Hltunp",
    "mounts": "exec cat /proc/self/mountinfo",
    # Of volumes what is in them. Of a page's folder all but what a program keeps for itself there: logs, its process
    # id, and what others may not list, as the data of a second engine.
    "files": "exec find /var/lib/docker/volumes /root/lab-* -mindepth 1 -xdev "
    "-path '/var/lib/docker/volumes/*' '(' -path '*/volumes/*/*/*' -printf '%y %T@/%s %p\\n' -o -true ')' "
    "-o '(' -name '*.log' -o -name log -o -name '*.pid' ')' -o -printf '%y %T@/%s %p\\n' "
    "-type d '(' -perm 0700 -o -perm 0710 -o -perm 0711 ')' -prune",
    "processes": "exec pgrep -ax 'docker-proxy|containerd-shim'",
}
MARK = "\x02"
SCRIPT = "cat " + " ".join(f"<(printf '{MARK}%s\\n' {name}; {command})" for name, command in PARTS.items())

# A step is over before all that it set going is: it is looked again until nothing moves, this often at most, after so
# many seconds each time. Where all that moved is what the engine or `ip` has done by the time it answers, it is not.
LOOKS, SETTLING = 20, 0.03
ANSWERED = ("network", "volume", "image", "address", "route", "neighbour", "rule")

# A file that is written again within this time after a step, in seconds, is written by what runs on, not by the step.
QUIET = 0.5

# States of a container after which the engine may go on: to clear up after a start that failed, to remove it, or to
# start it again. One that has ended stays so, unless it is to be removed then (--rm) or started again.
PASSING, ENDED = (" created", " removing", " restarting"), " exited"

RUNNING = (" running", " paused", " restarting")
SHIM = "containerd-shim"

# How long the kernel may take, in seconds, to remove the cable of a container whose namespace is gone: it does that
# when it has time.
CABLE_SECONDS = 3.0
CABLE = re.compile(r"veth[0-9a-f]{7}(?!\w)")

# What a line is (group, text), and what tells two states of it apart that read alike: when a file was written.
Seen = tuple[str, str]
State = dict[Seen, list[str]]


class Watch:
    """Looks at one host before and after steps. Close it at the end."""

    def __init__(self, host: Lab) -> None:
        self._host = host
        self._shell = host.shell()
        self._last: State = {}
        self._begun = False
        self._moving: set[Seen] = set()

    def begin(self) -> None:
        """Before a step. Raises LabError, docker.errors.DockerException."""
        if not self._begun:
            found = self._look()
            # A file that what runs on has just written may be about to get another name.
            if any(group == "file" for group, _ in found.keys() - self._last.keys()):
                found = self._settled(found)
            self._last, self._begun = found, True

    def forget(self) -> None:
        """Something has been done, or time has passed, that is none of the next step's."""
        self._begun = False  # what the engine had stays known: it may not answer at the next look

    def changes(self) -> list[str]:
        """After it: what is there no more and what is new, as "- link veth1", "+ rule ..."; "~ file ..." is one that
        was written anew. Raises as `begin`."""
        before, found = self._last, self._look()
        if _going_on(before, found):
            found = self._settled(found)
        if _passing(before, found) or _uneven(before, found) or self._removes_or_starts(before, found):
            time.sleep(QUIET)
            found = self._settled(self._look())
        until = time.monotonic() + CABLE_SECONDS
        while _loose(found) > _loose(before) and time.monotonic() < until:
            found = self._settled(found)
        if _anew(before, found) - self._moving:
            time.sleep(QUIET)
            self._moving |= _anew(found, self._look())
        self._last = found
        moving = {f"~ {group} {text}" for group, text in self._moving}
        return [line for line in differences(before, found) if line not in moving]

    def _removes_or_starts(self, before: State, found: State) -> bool:
        """Whether the engine removes or starts a container that has ended."""
        from docker.errors import APIError

        ended = {text for group, text in found if group == "container" and text.endswith(ENDED)}
        for text in ended - {text for group, text in before if group == "container"}:
            try:
                how = self._host.client.api.inspect_container(text.split(" ")[0])["HostConfig"]
            except APIError:  # it has gone meanwhile
                return True
            if how["AutoRemove"] or how["RestartPolicy"]["Name"] not in ("", "no"):
                return True
        return False

    def _settled(self, found: State) -> State:
        """The host once two looks see the same, beside what moves by itself."""
        for _ in range(LOOKS):
            time.sleep(SETTLING)
            found, was = self._look(), found
            if not _unlike(found, was) - self._moving:
                break
        return found

    def _look(self) -> State:
        with ThreadPoolExecutor(1) as beside:
            docker = beside.submit(objects, self._host.client)
            try:
                said = self._shell.look(f"eval {shlex.quote(SCRIPT)} 2>/dev/null")
            except ShellError as error:
                raise LabError(f"what a step changes could not be looked at: {error}") from error
        try:
            return state(said, docker.result(), self._last)
        except ValueError as error:
            raise LabError(f"what a step changes could not be read: {error}") from error

    def close(self) -> None:
        self._shell.close()


def state(said: str, docker: dict[str, list[dict]] | None, before: State | None = None) -> State:
    """A host as it is: said: output of SCRIPT; docker: of objects(), without which they are as they were `before`."""
    found: State = {}
    if docker is None:
        found = {seen: stamps for seen, stamps in (before or {}).items() if parsers.OF_ENGINE in stamps}
    else:
        _put(found, parsers.objects(docker))
    for part in said.split(MARK)[1:]:
        name, _, text = part.partition("\n")
        _put(found, PARSERS[name](text))
    return found


def _put(found: State, lines: Lines) -> None:
    for group, text, stamp in lines:
        found.setdefault((group, text), []).append(stamp)


def _unlike(one: State, other: State) -> set[Seen]:
    return {seen for seen in {*one, *other} if one.get(seen) != other.get(seen)}


def _going_on(before: State, after: State) -> bool:
    """Whether what moved may be followed by more."""
    return any(group not in ANSWERED and not (group == "link" and not CABLE.match(text))
               for group, text in _unlike(before, after))  # fmt: skip


def _passing(before: State, after: State) -> bool:
    """Whether a container is on its way, or a namespace of the page's own has gone: its cables follow it."""
    moved = _unlike(before, after)
    return any(group == "container" and text.endswith(PASSING) for group, text in moved & {*after}) or any(
        group == "namespace" and text.startswith("/run/netns/") for group, text in moved - {*after})  # fmt: skip


def _uneven(before: State, after: State) -> bool:
    """Whether some of what containers have while they run has yet to come or to go: a cable, or a shim."""
    return _loose(before) != _loose(after) or _shims(before) != _shims(after)


def _shims(found: State) -> int:
    """How many shims there are beyond those of running containers."""
    running = sum(group == "container" and text.endswith((" running", " paused")) for group, text in found)
    return sum(group == "process" and text.startswith(SHIM) for group, text in found) - running


def _loose(found: State) -> int:
    """How many cables of Docker's there are beyond those of running containers on bridges."""
    running = {text.split(" ")[0] for group, text in found if group == "container" and text.endswith(RUNNING)}
    bridges = {text.split(" ")[0] for group, text in found if group == "network" and text.endswith(" bridge")}
    ends = {text.partition(" in ")[2] for group, text in found if group == "address"} - {""}
    wanted = sum({name} <= running and {bridge} <= bridges for name, _, bridge in (end.split(" ", 2) for end in ends))
    return sum(group == "link" and bool(CABLE.match(text)) for group, text in found) - wanted


def _anew(before: State, after: State) -> set[Seen]:
    """What is there as often as before, in another state."""
    return {seen for seen in _unlike(before, after) if len(before.get(seen, ())) == len(after.get(seen, ()))}


def differences(before: State, after: State) -> list[str]:
    """The lines of each group that are in one of both alone, in their order: first those that are gone."""
    found, rewritten = [], _anew(before, after)
    for group in GROUPS:
        was, now = ({text: stamps for (one, text), stamps in those.items() if one == group}
                    for those in (before, after))  # fmt: skip
        gone, came = _more(was, now), _more(now, was)
        anew = [text for text in now if (group, text) in rewritten]
        found += [f"{sign} {group} {text}" for sign, texts in (("-", gone), ("+", came), ("~", anew)) for text in texts]
    return found


def _more(those: dict[str, list[str]], others: dict[str, list[str]]) -> list[str]:
    """Each text as often as it is there more often than in the others."""
    return [text for text, stamps in those.items() for _ in range(len(stamps) - len(others.get(text, ())))]
