"""One wrong character in any output is noticed at its own step, save in values of the moment."""

from __future__ import annotations

import os
import re
from dataclasses import replace

import pytest

from macros.page.reader import parse
from macros.record import recording as recordings
from macros.record.bindings import Bindings
from macros.record.reading import read
from macros.record.typed import Typed, sources_of, typed_in
from macros.site import library

PAGES = sorted((library.ROOT / "docs" / "_recordings").rglob("*.json"))
# One word of so many is changed; all with EXAMPLES.
EVERY = 1 if os.environ.get("EXAMPLES") else 8

# Words that may be other ones, each told without the table: ids and addresses that nothing else on a page shows again,
# and what a clock or a kernel counts. `>` and `<` show which part of the word that is, and what stands around it.
MOMENT = [
    r">[0-9a-f]{12,64}<", r"\bveth>[0-9a-f]{7}<", r">[a-z0-9]{25}<", r"fe80::>[0-9a-f:]+<", r"\b10\.213\.>\d+<",
    r">(?:[0-9a-f]{2}:){5}[0-9a-f]{2}<", r"\bfd>[0-9a-f:]+<",
    r">\d+[ ](?:second|minute|hour)s?<", r"Less[ ]than[ ]a[ ]>second<",
    r">[\d.]+(?:/[\d.]+)*<(?:[ ]?(?:ms|milliseconds)|\b)",
    r"^>\d+<: ", r"@if>\d+<", r"\bid[ ]>\d+<", r">\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*Z?<", r":>\d{5}<\b",
    r"pid=>\d+<",
]  # fmt: skip
WHERE = [re.compile(re.sub(r">(.*)<", r"(?P<moment>\1)", pattern), re.MULTILINE) for pattern in MOMENT]


def changed(text: str, start: int, end: int) -> tuple[str, int]:
    """The text with the character in the middle of a word another one of its kind; and where."""
    at = (start + end) // 2
    other = {"9": "8", "f": "e", "z": "y", "F": "E", "Z": "Y"}.get(text[at])
    return text[:at] + (other or (chr(ord(text[at]) + 1) if text[at].isalnum() else "x")) + text[at + 1 :], at


def of_the_moment(text: str, at: int) -> bool:
    return any(match.start("moment") <= at < match.end("moment") for where in WHERE for match in where.finditer(text))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_in_what_engines_printed(path):
    name = str(path.relative_to(library.ROOT / "docs" / "_recordings").with_suffix(""))
    results = recordings.load(library.ROOT, name).newest.results
    page = Bindings(Typed(source for result in results for source in sources_of(result.key)))
    tried, missed = 0, []
    for result in results:
        for text in result.texts():
            for number, word in enumerate(re.finditer(r"\S+", text)):
                if number % EVERY:
                    continue
                tried += 1
                wrong, at = changed(text, *word.span())
                made = page.made
                if not page.same(wrong, text, wildcards=False, source=result.source) and not of_the_moment(text, at):
                    missed.append(text[max(0, at - 40) : at + 40])
                page.undo(made)
        assert not page.same(result.text(), result.text(), wildcards=False, source=result.source)
    assert tried and not missed


FENCE = """
$ docker network create --subnet 10.88.0.0/24 lan
e9261a8c9a19eabf2bf1488bf5f208b99b1608f330cff585c273d39481c9b0ec
$ docker network ls
NETWORK ID     NAME      DRIVER    SCOPE
17e324f45964   bridge    bridge    local
6ed54d316334   host      host      local
e9261a8c9a19   lan       bridge    local
7092879f2cc8   none      null      local
$ docker run -d --name web --network lan -p 127.0.0.1:8081:80 -p 40000:80 httpd:2.4
0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
$ docker ps
CONTAINER ID   IMAGE       COMMAND              CREATED         STATUS        PORTS                    NAMES
0123456789ab   httpd:2.4   "httpd-foreground"   2 seconds ago   Up 1 second   127.0.0.1:8081->80/tcp   web
$ docker network inspect lan
[
    {
        "Name": "lan",
        "Id": "e9261a8c9a19eabf2bf1488bf5f208b99b1608f330cff585c273d39481c9b0ec",
        ...
        "Containers": {
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef": {
                "Name": "web",
                ...
                "IPv4Address": "10.88.0.2/24",
                "IPv6Address": ""
            }
        },
        ...
    }
]
$ docker exec web ping -c 1 10.88.0.1
64 bytes from 10.88.0.1: seq=0 ttl=64 time=0.086 ms
$ docker port web
80/tcp -> 0.0.0.0:40000
$ tar tvf backup.tar
-rw-r--r-- root/root         5 2025-01-01 00:00 dbdata/file
$ sha256sum backup.tar
5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  backup.tar
"""
# The words of FENCE that may be others: ids that it shows once, or first, durations and a time.
FREE = {
    "17e324f45964", "6ed54d316334", "7092879f2cc8", "2", "1", "time=0.086", "2025-01-01",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "e9261a8c9a19eabf2bf1488bf5f208b99b1608f330cff585c273d39481c9b0ec",
}  # fmt: skip


def test_in_what_a_page_shows():
    """What the commands print is what the fence shows, with other values of the moment."""
    (step,) = parse(f"```console{FENCE}```\n", "x.md").steps
    values = {"e9261a8c9a19": "aaaaaaaaaaaa", "0123456789ab": "bbbbbbbbbbbb", "17e324f45964": "cccccccccccc",
              "6ed54d316334": "dddddddddddd", "7092879f2cc8": "eeeeeeeeeeee", "2 sec": "5 sec",
              "Up 1 second": "Up 4 seconds",
              "0.086": "1.2", "2025-01-01 00:00": "2026-11-26 16:07", "...": '"Scope": "local",'}  # fmt: skip
    outputs = [re.sub("|".join(map(re.escape, values)), lambda value: values[value[0]],
                      c.expected) for c in step.commands]
    page, missed, tried = Bindings(typed_in([step])), [], 0
    for number, output in enumerate(outputs):
        shown = step.commands[number].expected
        for word in re.finditer(r"\S+", shown.replace("...", "   ")):
            tried += 1
            wrong = list(step.commands)
            wrong[number] = replace(wrong[number], expected=changed(shown, *word.span())[0])
            made = page.made
            if not read(wrong, number, output, page).why:
                missed.append(word[0])
            page.undo(made)
        assert not read(step.commands, number, output, page).why
    assert tried == 81 and set(missed) == FREE
    assert len(missed) == len(FREE), "each is missed once: where it is shown again, it is noticed"
