"""What a page waits for before it goes on: `<!-- wait: http://127.0.0.1:8080 -->`.

A line is one thing to wait for; several lines are several, one after the other. It looks, and changes nothing:

    http://127.0.0.1:8080/path    an answer without an error (https as well)
    tcp 127.0.0.1:8080            somebody listens there; `tcp :8080` at any address; udp as well
    ping 10.72.0.10               an answer to a ping
    until COMMAND                 the command succeeds, which only looks

`in NAME` after the first three looks from a container's network, with its names, or from one made by `ip netns`.
Options of a step may follow, as in its comment: host=, timeout=, engine, needs=.
"""

from __future__ import annotations

import re

from sybil import Region

from macros.page.options import NO_OPTIONS, OptionError, Options, parse_options
from macros.page.steps import Page, Problem, Step, Wait

FORMS = "http://HOST:PORT/PATH, tcp ADDRESS:PORT, udp ADDRESS:PORT, ping ADDRESS, until COMMAND"
OPTIONS = re.compile(r"(?:\s+(?:host|timeout|engine|needs)(?:[=<>]=?|!=)\S+)+$")
TARGET = re.compile(
    r"(?:(?P<url>https?://\S+)|(?P<kind>tcp|udp|ping)[ \t]+(?P<place>\S+))(?:[ \t]+in[ \t]+(?P<inside>[\w.-]+))?"
    r"|until[ \t]+(?P<command>.*\S)",
)
# It fails, so that `until !` is content, as soon as one of its objects is gone.
ONE_GONE = re.compile(r"!\s*docker\s+(?:\w+\s+)?inspect(?:\s+[^\s-]\S*){2,}$")
SOCKET = re.compile(r"(?:[\d.]+|\[[\da-fA-F:.]+\]|\*)?:\d{1,5}")


def wait(page: Page, region: Region, line: int, given: Options) -> Step | None:
    """The step of a wait comment, whose options stand in it or in a step comment before it; None with a problem."""
    lines = [str(region.lexemes["arguments"] or ""), *str(region.lexemes["source"] or "").splitlines()]
    waits: list[Wait] = []
    options = given
    for number, text in enumerate(map(str.strip, lines), line):
        if not text:
            continue
        words = OPTIONS.search(text)
        try:
            waits.append(parse_wait(text[: words.start()] if words else text, number))
            if words and options is not NO_OPTIONS:
                raise OptionError("options stand in one place: in a step comment before it, or after one of its lines")
            if words:
                options = parse_options(words[0])
        except OptionError as error:
            page.problems.append(Problem(page.path, number, f"wait: {error}"))
            return None
    if not waits:
        page.problems.append(Problem(page.path, line, f"wait: for what? There are: {FORMS}"))
        return None
    source = "\n".join(map(str, waits))
    return Step("wait", line, region.start, region.end, source, options=options, hidden=True, waits=tuple(waits))


def parse_wait(text: str, line: int) -> Wait:
    """Read one thing to wait for. Raises OptionError."""
    match = TARGET.fullmatch(text)
    if not match:
        raise OptionError(f"{text!r} is not understood; there are: {FORMS}, the first four with `in NAME`")
    if match["kind"] in ("tcp", "udp") and not SOCKET.fullmatch(match["place"]):
        shapes = "127.0.0.1:8080, [::1]:8080, or :8080 for any address"
        raise OptionError(f"{match['place']!r} is no socket; write {shapes}")
    if match["command"]:
        if ONE_GONE.fullmatch(match["command"]):
            raise OptionError(f"{match['command']!r} is content when the first of them is gone; write a line for each")
        return Wait("until", match["command"], line=line)
    return Wait("http" if match["url"] else match["kind"], match["url"] or match["place"], match["inside"] or "", line)
