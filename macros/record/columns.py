"""Tables that commands print: cells whose head tells that they are of the moment, and rows that come in any order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from macros.record.normalize import NAME

# Heads over numbers of the moment, in what lists processes.
PROCESS = {
    "PID", "PPID", "LWP", "SPID", "C", "%CPU", "CPU", "%MEM", "VSZ", "%VSZ", "RSS", "SZ", "VIRT", "RES", "SHR",
    "STIME", "START", "TIME", "TIME+", "ELAPSED",
}  # fmt: skip
# Heads over what a process does: macros/record/normalize.py has why.
STATES = {"STAT", "S"}
PROCESS_HEAD = re.compile(r"^ *(?:[A-Z%#+][A-Z%/+#]* +)*PID(?: +[A-Z%#+][A-Z%/+#]*)* *$")
MOVING = re.compile(r"[\d.,:+-]+[a-zA-Z]?|[A-Z][a-z]{2}\d\d")
# Heads over sizes of the moment, in `docker stats`; a limit is the page's, unless it is all of the machine's memory.
SIZES = {"CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O"}
LIMIT = re.compile(r"\S+(?= / \d+[A-Z])")
SWARM_ID = re.compile(r"(?=\w*\d)(?=\w*[g-z])[a-z0-9]{12}(?: \*)?")

# (type, pattern of a head, pattern of the rows under it with the value in parentheses)
ROWS = [(kind, re.compile(head), re.compile(row)) for kind, head, row in [
    ("disk", r"^Filesystem .* Mounted on$", r"^(?:overlay|/dev/(?!loop)\S+) +(\d\S* +\d\S* +\d\S* +\d+%)"),
    ("speed", r"^ *% Total +% Received ", r"^ *\d+ +\S+ +\d+ +\S+ +\d+ +\S+ +([\d.]+[kMG]? .*?[\d.]+[kMG]?)(?=\*|$)"),
]]  # fmt: skip
HEADS = re.compile(r"[A-Z][A-Z /%]*(?: {2,}[A-Z][A-Z /%]*)+ *\Z")
CELL = re.compile(r"\S+(?: \S+)*")
LIKELY = re.compile(r"\bPID\b|[UM] %| I/O|\bNAMES\b|^(?:NETWORK )?ID {3}|^Filesystem |% Total")

# Rows that come as a kernel finds them, and ids alone.
UNORDERED = [re.compile(row) for row in [
    r"^(?:tcp|udp|raw)6? +\d+ +\d+ ",
    r"^(?:\w+ +)?(?:LISTEN|ESTAB|UNCONN|TIME-WAIT|CLOSE-WAIT|SYN-\w+|FIN-WAIT-\d|LAST-ACK) +\d+ +\d+ ",
    r"^[\da-f.:]+ dev \S+ (?:lladdr |FAILED|INCOMPLETE)",
    r"^(?:[\da-f]{2}:){5}[\da-f]{2} dev ",
    r"^[\d.]+ +(?:ether|\(incomplete\)) +",
    r"^\S+ \([\d.]+\) at ",
    r"^[\d.]+ +0x\d +0x\d ",
    r"^40265\d{5} [a-z]+ +\d+(?: |$)",
    r"^[ACD] /\S",
    r"^[\da-f]{64}$",
]]  # fmt: skip
# Heads of rows, and rows, that are sorted by names: ids among those change the order.
SORTED_HEAD = re.compile(r"^(?:DRIVER +VOLUME NAME|VOLUME NAME +LINKS +SIZE|Deleted \w+:)$")
FILLED = re.compile(r"\S")
SORTED = re.compile(r"^[dlbcps-](?:[r-][w-][xsStT-]){3}[.+]? ")
ROW = re.compile("|".join(row.pattern for row in (*UNORDERED, SORTED)))


def cells(lines: list[str]) -> Iterator[tuple[int, int, int, str]]:
    """Cells of the moment: (number of the line, start, end, type)."""
    for at, line in enumerate(lines):
        if LIKELY.search(line):
            for number, row in _rows(lines, at):
                yield from ((number, *cell) for cell in _cells(line, row))


def _rows(lines: list[str], head: int) -> Iterator[tuple[int, str]]:
    """The rows under a head, up to an empty line."""
    for number in range(head + 1, len(lines)):
        if not lines[number].strip():
            return
        yield number, lines[number]


def _cells(head: str, row: str) -> Iterator[tuple[int, int, str]]:
    for kind, pattern, values in ROWS:
        if pattern.match(head) and (match := values.match(row)):
            yield (*match.span(1), kind)
    if PROCESS_HEAD.match(head):
        yield from _process(head.split(), row)
        return
    heads, parts = re.split(r" {2,}|\t", head.strip()), list(CELL.finditer(row))
    if len(heads) < 2:
        return
    for number, name in enumerate(heads):
        if name in SIZES and len(parts) == len(heads):
            cell = parts[number]
            limited = LIMIT.match(cell[0]) if "LIMIT" in name else None
            yield cell.start(), cell.start() + limited.end() if limited else cell.end(), "size"
        # Ports may be missing: names are found from the end.
        named = name == "NAMES" or (name == "NAME" and SIZES & {*heads})
        if named and len(parts) >= len(heads) - number and re.fullmatch(NAME, parts[number - len(heads)][0]):
            yield (*parts[number - len(heads)].span(), "name")
    if heads[0] in ("ID", "NETWORK ID") and parts and SWARM_ID.fullmatch(parts[0][0]):
        yield parts[0].start(), parts[0].start() + 12, "short-id"


def _process(heads: list[str], row: str) -> Iterator[tuple[int, int, str]]:
    """A row has as many cells as there are heads; the last takes the rest. A first process is 1, and its parent 0."""
    found = list(zip(heads[:-1] or heads, re.finditer(r"\S+", row), strict=False))
    moving = [(name, cell) for name, cell in found if name in PROCESS]
    if all(MOVING.fullmatch(cell[0]) for _, cell in moving):
        for name, cell in moving:
            if name not in ("PID", "PPID") or cell[0] not in ("0", "1"):
                yield (*cell.span(), "process")
        for name, cell in found:
            if name in STATES and cell[0][0] in "RSD":
                yield cell.start(), cell.start() + 1, "process"


def filled(lines: list[str]) -> Iterator[tuple[int, ...] | None]:
    """Of each line the numbers of the columns in which it has something; None where it is no row, or where its cells do
    not begin under their heads."""
    heads: list[int] = []
    for line in lines:
        starts = [cell.start() for cell in CELL.finditer(line)]
        if HEADS.match(line) or not starts:
            heads = starts
            yield None
        else:
            yield tuple(map(heads.index, starts)) if {*starts} <= {*heads} and "\t" not in line else None


def unordered(lines: list[str], has_id: list[bool]) -> Iterator[tuple[int, int]]:
    """Runs of rows whose order says nothing: number of the first and of the one after the last. has_id: which lines
    have a value by which they may be sorted."""
    at = 0
    while at < len(lines):
        head = SORTED_HEAD.match(lines[at])
        at += bool(head)
        text = "".join(lines[at : at + 1])
        likely = (*UNORDERED, SORTED) if ROW.match(text) else ()
        row = FILLED if head else next((row for row in likely if row.match(text)), None)
        end = at
        while row and end < len(lines) and row.match(lines[end]):
            end += 1
        if end > at + 1 and (row in UNORDERED or any(has_id[at:end])):
            yield at, end
        at = max(end, at + 1)
