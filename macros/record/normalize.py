"""What may differ between two honest runs of a page: the one table of values that are of the moment.

A value that one of the page's commands names is the page's own and no value of the moment: macros/record/typed.py.
Values that only the head of their column tells (`docker top`, `docker stats`) are found by macros/record/columns.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

HEX = "[0-9a-f]"
SPAN = r"(?:Less than a second|About an? (?:minute|hour)|\d+ (?:second|minute|hour|day|week|month)s?)"
POOL = r"172\.(?:1[89]|2\d|3[01])|192\.168\.\d{1,3}"
DAY, MONTH, CLOCK = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)", r"[A-Z][a-z]{2}", r"[0-2]\d:[0-5]\d:[0-6]\d(?:\.\d+)?"
ZONE = r"(?: ?(?:Z|[+-]\d\d:?\d\d))?(?: (?i:utc))?"
# Ports that a kernel gives to who asks for none.
EPHEMERAL = r"(?:32[789]\d\d|3[3-9]\d{3}|[45]\d{4}|60\d{3})"
# A name that Docker makes up for a container; none of Docker's own networks, and no default one of a Compose project.
NAME = r"(?!docker_)[a-z]+_(?!default\b)[a-z]+\d?"
# A process id. That a container's first process is 1, and that its parent is none of the container's, is no chance.
PID = r"(?:[01]|(\d+))"
# What a process does: one that runs or waits may be found at either; one that is stopped or dead may not.
STATE = "(?:([RSD])|[A-Z])"

# MAC addresses that older engines make of a private IPv4 address, those that mean nobody, everybody or many, and the
# link-local addresses that the kernel makes of the first; those of the outer network, 10.213, vary like any other.
OF_IP = "02:42:(?:ac:1[0-9a-f]|c0:a8|0a:(?!d5))|(?:00:){5}00|(?:ff:){5}ff|01:00:5e|33:33:(?!ff)"
OF_MAC = "42:(?:acff:fe1|c0ff:fea8|aff:fe(?!d5))"

# BOUND: over a whole page a value of one run stands for one value of the other, in both directions: the same id must
# come back as the same id. MOMENT: compared by type alone, since two different moments may print alike.
BOUND, MOMENT = True, False

# (type, pattern, rule), for one line of output. Order counts: the first that matches at a place wins. What is in
# parentheses is the value, or each of the values; without any, all of the match is.
TABLE: list[tuple[str, str, bool]] = [
    ("id", rf"(?<!\w)({HEX}{{64}})(?!\w)", BOUND),
    ("uuid", rf"(?<!\w)({HEX}{{8}}-(?:{HEX}{{4}}-){{3}}{HEX}{{12}})(?!\w)", BOUND),
    ("mac", rf"(?<![\w:])(?!(?i:{OF_IP}))((?:[0-9a-fA-F]{{2}}:){{5}}[0-9a-fA-F]{{2}})(?![\w:])", BOUND),
    ("mac", rf"(?<=\b8000\.)((?:{HEX}{{1,2}}:){{5}}{HEX}{{1,2}})", BOUND),
    ("link-local", rf"\bfe80::(?!{OF_MAC})[0-9a-f:]+", BOUND),
    ("ula", rf"\bfd{HEX}{{2}}:{HEX}{{1,4}}:{HEX}{{1,4}}(?=:)", BOUND),
    ("token", r"\bSWMTKN-1-[a-z0-9]+-[a-z0-9]+", BOUND),
    # ps aux, ps -ef and ps of busybox, also where grep has left out their heads
    ("process", rf"^\S+ +{PID} +(\d+\.\d +\d+\.\d +\d+ +\d+) +\S+ +{STATE}[\w<+]* +(\S+) +(\d+:\d\d) ", MOMENT),
    ("process", rf"(?<= ){PID} +{PID} +(\d+) +(\d\d:\d\d|{MONTH}\d\d) +(?=\?|pts/|tty)", MOMENT),
    ("process", rf"^ *{PID} [a-z_][\w-]* +(\d+:\d\d)(?= +\S)", MOMENT),
    ("process", rf"^ *{PID} +(?:\?|pts/\d+|tty\S+)(?= +\d\d:)", MOMENT),
    ("time", rf"(?<!\d)\d{{4}}-\d\d-\d\d(?:[T ](?:{CLOCK}|\d\d:\d\d\b){ZONE})?(?!\d)", MOMENT),
    ("time", rf"\b(?:{DAY}, +)?\d\d? {MONTH} \d{{4}} {CLOCK}(?: (?:GMT|UTC|[+-]\d{{4}}))?", MOMENT),
    ("time", rf"\b\d\d/{MONTH}/\d{{4}}:{CLOCK} [+-]\d{{4}}", MOMENT),
    ("time", rf"\b(?:{DAY} )?{MONTH} [ \d]\d {CLOCK}(?: [A-Z]{{3}})?(?: \d{{4}})?", MOMENT),
    ("time", rf"\b{MONTH} [ \d]\d \d\d:\d\d\b", MOMENT),
    ("time", rf"(?<![\w:.]){CLOCK}(?![\w:])", MOMENT),
    ("time", r"(?<![\w.])1[7-9]\d{8}(?:\.\d+|\d{3}|\d{9})?(?![\w.])", MOMENT),  # since 1970, in s, ms or ns
    ("short-id", rf"(?<!\w)({HEX}{{12}})(?!\w)", BOUND),
    ("swarm-id", r"(?<![\w-])(?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{25}(?![\w-])", BOUND),
    ("veth", rf"\bveth{HEX}{{7}}\b", BOUND),
    ("namespace", r"\b40265[3-9]\d{4}\b", BOUND),
    ("inode", r"^ *(\d+)(?= +[dlbcps-](?:[r-][w-][xsStT-]){3})", BOUND),
    ("inode", r"\bInode: (\d+)", BOUND),
    ("device", r"\bDevice: (\S+)", MOMENT),
    ("layer", r"(?<=/l/)[A-Z2-7]{26}\b", BOUND),
    ("layer", r"(?<=overlayfs/snapshots/)\d+(?=/fs\b)", BOUND),  # as containerd counts them
    ("temporary", r"(?<=/tmp\.)\w{6,10}\b", BOUND),
    ("index", r"^(\d+)(?=: [\w.-]+(?:(?:@\S+)?: <| +inet6? ))", MOMENT),
    ("index", r"(?<=@if)\d+\b", MOMENT),
    ("index", r'"(?:ifindex|link_index)": ?(\d+)', MOMENT),
    ("duration", rf"{SPAN}(?= ago)", MOMENT),
    ("duration", rf"(?<=Up ){SPAN}", MOMENT),
    ("duration", r"\bup +(\d[\w:, ]*?)(?=, +\d+ users?\b)", MOMENT),
    ("duration", r"^up (\d+ [\w, ]+)$", MOMENT),
    ("duration", r"(?<= = )\d+\.\d+(?:/\d+\.\d+){1,3}(?= ms)", MOMENT),
    ("duration", r"(?<![\w.])\d+(?:\.\d+)? ?(?:ms|msec|milliseconds|µs)\b", MOMENT),
    ("duration", r"\b\d+m\d+\.\d{3}s\b", MOMENT),
    ("duration", r"(?<![\w.])\d+\.\d+s\b", MOMENT),
    ("duration", r"(?<![\w.])\d+\.\d{6}(?!\d)", MOMENT),
    ("duration", r"(?:_lft|\bexpires) (\d+) ?sec", MOMENT),
    ("duration", r"_timer +(\d+\.\d+)", MOMENT),
    ("load", r"(?<=load average: )\d+\.\d\d, \d+\.\d\d, \d+\.\d\d", MOMENT),
    ("mount", r"^(\d+) (\d+) (\d+:\d+)(?= /\S* /)", MOMENT),
    ("mount", r"\b(?:shared|master|propagate_from):(\d+)", MOMENT),
    ("number", r"^dr-xr-xr-x +(\d+)(?= .* 0 .* /?proc/?$)", MOMENT),  # /proc has a folder for each process
    ("number", r"(?<=, id )\d+(?=, (?:seq|offset))", MOMENT),
    ("number", r"(?<=, id: )\d+$", MOMENT),
    ("number", r"\b(?:seq|ack|val|ecr) (\d{5,}(?::\d{5,})?)", MOMENT),
    ("number", r"(?<=: )\d{1,5}(?=\+? (?:A|AAAA|PTR)\? )", MOMENT),  # of a DNS query, as tcpdump prints it
    # What a chain has let through that no rule is asked about: who else sent something is chance.
    ("number", r"^:\S+ (?:ACCEPT|DROP|-) \[(\d+:\d+)\]$", MOMENT),
    ("number", r"\(policy [A-Z]+ (\d+) packets, (\d+[KMG]?) bytes\)", MOMENT),
    ("neighbour", r"\b(?:REACHABLE|STALE|DELAY|PROBE)$", MOMENT),
    ("sender", r"(?<=\d\.)(?:32[789]\d\d|3[3-9]\d{3}|[4-6]\d{4})(?= >|:)", MOMENT),
    ("port", rf"(?:(?<=[:=])|(?<=port )){EPHEMERAL}\b", BOUND),
    ("name", rf'"Name": ?"/?({NAME})"', BOUND),
    ("pid", r"\bpid=(\d+)", BOUND),
    ("pid", r'"Pid": ?([1-9]\d*)', BOUND),
    ("process", rf"(?<= ){PID}(?=/(?!tcp\b|udp\b|sctp\b)[a-z][\w.-]*$)", MOMENT),
    ("line", r"^bash: line (\d+)(?=: )", MOMENT),  # of all that was typed into the page's shell
    ("lan", r"(?<![\d.])10\.213\.\d{1,3}(?=\.)", BOUND),
    ("pool", rf"(?<![\d.])(?:{POOL})(?=\.)", BOUND),
]  # fmt: skip

# (type, pattern of a command, pattern of what is a value in a line that it printed): what nothing in the line tells.
COMMANDS = [(kind, re.compile(command, re.MULTILINE), re.compile(pattern)) for kind, command, pattern in [
    ("process", r"\.State\.Pid\b[^>|\n]*$|^(?:pidof|pgrep(?! .*-\w*c)) [^>|\n]*$|\becho \$[$!]",
     r"^\d{2,}(?: \d{2,})*(?=$| /)"),
    ("number", r"\bls (?:-\w+ )*-\w*i\w*(?= |$)|\bstat [^>|\n]*%i", r"(?<![\w.])\d{5,}(?=\s|$)"),
    ("process", r"\blsns\b", r"^\d{10} [a-z]+ +\d+ +(\d+)(?= |$)"),
    ("name", r"\{\{ *\.Names? *\}\}", rf"(?:^|(?<=\s))/?({NAME})(?=$|[\s:])"),
    ("port", r"%\{local_port\}", rf"\b{EPHEMERAL}\b"),
    ("time", r"(?<![\w./-])date(?= |$)", r"(?<![\w:.])[0-2]\d:[0-5]\d(?![\w:])"),
]]  # fmt: skip
_CAPTURED = re.compile(r"\$\([^()]*\)")

# Of each type whether it is bound; of the last three only the head of a column tells that they are values.
RULES = {kind: rule for kind, _, rule in TABLE} | {"size": MOMENT, "speed": MOMENT, "disk": MOMENT}

# Lines that a command prints or not, as it happens: the CLI of 20.10 waits for a container and starts it at once, and
# where the start fails it is chance whether it still tells that the waiting has ended.
# In `ps | grep`, whether ps finds the grep is chance as well.
CHANCE = re.compile(
    r'(?m)^(?:time="[^"]*" level=error msg="error waiting for container: context canceled"'
    r"|\S+ +\d+ .* \d+:\d\d(?::\d\d)? [ef]?grep .*)(?:\n|\Z)"
)

# What each value of the table has a part of.
_LIKELY = re.compile(r"\d|[0-9a-fA-F]{2}:|[0-9a-f]{4}|About|Less than|[EY]$|/l/|/tmp\.|SWMTKN|[a-z]_[a-z]")


def _certain(parsed: Iterable[tuple[Any, Any]]) -> Iterator[str]:
    """Texts that are in each line that a pattern matches; `parsed`: as Python's own parser has it."""
    run = ""
    for kind, given in parsed:
        if str(kind) == "LITERAL":
            run += chr(given)
            continue
        if run:
            yield run
        run = ""
        if (
            str(kind) == "ASSERT"
            or (str(kind) == "SUBPATTERN" and not given[1])  # no flags of its own
            or (str(kind) == "MAX_REPEAT" and given[0])
        ):
            yield from _certain(given[-1])
    if run:
        yield run


class Row(NamedTuple):
    """A row of the table. search: of its pattern; groups: the numbers of its values' groups; length: of a line that it
    matches at least; text: the longest that is in such a line for certain."""

    search: Callable[..., re.Match[str] | None]
    kind: str
    groups: range
    length: int
    text: str


@cache
def _rows() -> list[Row]:
    """The rows of the table; made when a line is first asked about, which takes longer than to import the rest."""
    rows = []
    for kind, pattern, _ in TABLE:
        compiled, parsed = re.compile(pattern), re._parser.parse(pattern)
        groups = range(1, 1 + compiled.groups) if compiled.groups else range(1)
        text = max(_certain(parsed), key=len, default="")
        rows.append(Row(compiled.search, kind, groups, parsed.getwidth()[0], text))
    return rows


@lru_cache(maxsize=20000)
def values(line: str) -> tuple[tuple[int, int, str], ...]:
    """Where in a line of output the table finds values: (start, end, type), in their order."""
    found, line, rows = [], line.rstrip(), _rows()
    # Row by row, since one alternation of all is tried whole at each letter. Of each row what it matches next. Most
    # lines are of few rows, and to look for their text takes a fraction of what the search takes.
    following = [(match.start(), at, match) for at, row in enumerate(rows)
                 if row.text in line and row.length <= len(line) and (match := row.search(line))] \
        if _LIKELY.search(line) else []  # fmt: skip
    while following:
        _, at, match = min(following)
        found += [(*match.span(group), rows[at].kind) for group in rows[at].groups if match.start(group) >= 0]
        end = match.end()
        again = [at for start, at, _ in following if start < end]
        following = [one for one in following if one[0] >= end]
        following += [(match.start(), at, match) for at in again if (match := rows[at].search(line, end))]
    return tuple(found)


def of_command(source: str, line: str) -> Iterator[tuple[int, int, str]]:
    """The same of those values that only the command tells which printed the line."""
    for kind, pattern in _asked(source):
        yield from ((*match.span(match.lastindex or 0), kind) for match in pattern.finditer(line.rstrip()))


def spans(line: str, source: str = "") -> Iterator[tuple[int, int, str]]:
    """The values of both, without those that begin within another one."""
    place = 0
    for start, end, kind in sorted({*values(line), *of_command(source, line)}):
        if start >= place:
            yield start, end, kind
            place = end


def masked(line: str, source: str = "") -> str:
    """The line with the type of each value in its place: "br-<short-id>"."""
    parts, place = [], 0
    for start, end, kind in spans(line, source):
        parts += [line[place:start], f"<{kind}>"]
        place = end
    return "".join([*parts, line[place:]])


@lru_cache(maxsize=1000)
def _asked(source: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    seen = _CAPTURED.sub("", source)
    return tuple((kind, pattern) for kind, command, pattern in COMMANDS if command.search(seen))
