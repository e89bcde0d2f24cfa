"""What a page consists of: its steps, each with its place, its options and what recordings know it by."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from doctest import DocTestParser
from functools import cached_property

from macros.page.answers import Answer
from macros.page.blocks import Place
from macros.page.options import NO_OPTIONS, Options

FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*\n", re.DOTALL)

# A heading with an anchor.
HEADING = re.compile(r"(?m)^#{1,6} +(?P<title>.*?) *\{#(?P<id>[\w-]+)\} *$")
TITLE = re.compile(r"(?m)^# (?P<words>.*?)(?: *\{#[\w-]+\})? *$")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a page, and where: `line` counts from 1."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Command:
    """One prompt of a console fence: the command, the output shown under it, and its line in the file.

    text: its lines as they stand there. comment: those after them that may be a comment on the next command.
    """

    source: str
    expected: str
    line: int
    text: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Wait:
    """One thing that a page waits for.

    kind: "http", "tcp", "udp", "ping" or "until"; target: URL, "127.0.0.1:80" or ":80", address, or command.
    inside: name of a container or of a network namespace from whose network it is looked at, "" for the host's.
    line: where it stands on its page.
    """

    kind: str
    target: str
    inside: str = ""
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        shown = self.target if self.kind == "http" else f"{self.kind} {self.target}"
        return f"{shown} in {self.inside}" if self.inside else shown


@dataclass(frozen=True)
class Step:
    """One thing that happens on a page.

    kind: "bash", "console", "python", "file" (written into the session's folder), "probe" (a macro call
    that looks at the engine), "wait" (goes on once something is so) or "prose" (a fence that is only read).
    `start` and `end` are character offsets of the whole region in the page's text, `line` is the line of its
    first character.
    """

    kind: str
    line: int
    start: int
    end: int
    source: str
    language: str = ""
    title: str = ""
    options: Options = NO_OPTIONS
    hidden: bool = False
    skip: str = ""
    indent: str = ""
    call: tuple = ()
    commands: tuple[Command, ...] = ()
    waits: tuple[Wait, ...] = ()
    answer: Answer | None = None

    @property
    def runs(self) -> bool:
        """Whether the step does something in the lab."""
        return self.kind != "prose" and not self.skip

    @property
    def key(self) -> str:
        """What a recording is a recording of: the step's text without its comments."""
        if self.kind == "probe":
            return call_text(self.call)
        if self.kind == "wait":
            return "\n".join(f"wait: {line}" for line in self.source.splitlines())
        if self.kind == "console":  # a line that begins with "#" is a root's command, or output
            lines = (line.rstrip() for command in self.commands for line in command.text.split("\n"))
            return "\n".join(lines).strip("\n")
        return (f"{self.title}\n" if self.kind == "file" else "") + without_comments(self.source)

    @property
    def typed(self) -> str:
        """What a reader types of it: the code without prompts and outputs."""
        if self.kind == "console":
            return "".join(command.source for command in self.commands)
        if self.kind == "python" and self.source.lstrip().startswith(">>>"):
            with contextlib.suppress(ValueError):  # what is no doctest fails where it is run
                examples = DocTestParser().get_examples(self.source)
                return "".join(example.source for example in examples) or self.source
        return self.source

    @property
    def name(self) -> str:
        """How messages call the step: its id, or its first line of code."""
        first = next((line.strip() for line in self.key.splitlines() if line.strip()), self.kind)
        return self.options.id or (first if len(first) <= 60 else first[:57] + "...")


@dataclass
class Page:
    path: str
    text: str
    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    comments: list[tuple[int, int]] = field(default_factory=list)
    """Spans of the comments that are for this reader alone or hold a fence; a published page goes without them."""
    places: dict[int, Place] = field(default_factory=dict)
    """Where each line with text stands, by its number; of a fence or comment only the first line."""

    @cached_property
    def body(self) -> int:
        """Offset at which the front matter ends."""
        match = FRONT_MATTER.match(self.text)
        return match.end() if match else 0

    @cached_property
    def hosts(self) -> list[str]:
        """The Docker hosts that the page runs on, from its front matter: `hosts: [docker-host, worker]`.

        The first is where a step runs that names none; [] stands for the one host that every page has.
        """
        return [name for name, _ in self._named_hosts]

    @cached_property
    def engines(self) -> dict[str, str]:
        """Those of its hosts that have an engine of their own, whatever the page is run on: name -> generation.

        From the front matter: `hosts: [docker-host, old-host=20.10]`.
        """
        return {name: engine for name, engine in self._named_hosts if engine}

    @cached_property
    def _named_hosts(self) -> list[tuple[str, str]]:
        match = re.search(r"(?m)^hosts: *\[(.*)\] *$", self.text[: self.body])
        words = [word.strip() for word in match[1].split(",")] if match else []
        return [(name, engine) for name, _, engine in (word.partition("=") for word in words if word)]

    @property
    def recorded(self) -> list[Step]:
        """The steps that a recording has a result of each: all but prose."""
        return [step for step in self.steps if step.kind != "prose"]

    def heading(self, anchor: str) -> str:
        """The title of the section with this anchor, or ""."""
        return next((match["title"] for match in HEADING.finditer(self.text) if match["id"] == anchor), "")

    def anchor(self, step: Step) -> str:
        """The place to link to that a visible fence has on the published page: "step-" and its id, or else its number
        among the page's visible ones; both languages have the same."""
        return f"step-{step.options.id or self.number(step)}"

    def number(self, step: Step) -> int:
        """The number of a visible fence among those of the page, from 1."""
        shown = (id(one) for one in self.steps if one.kind not in ("probe", "prose") and not one.hidden)
        return next(number for number, one in enumerate(shown, 1) if one == id(step))

    def changes(self, step: Step) -> str:
        """What is told of what a step changed on its host: its option, else the page's `changes: hide` in the front
        matter."""
        return "hide" if self._hides and step.options.changes == "show" else step.options.changes

    @cached_property
    def _hides(self) -> bool:
        return bool(re.search(r"(?m)^changes: *hide *$", self.text[: self.body]))

    def host_of(self, step: Step) -> str:
        """The host that a step runs on; "" for the one that every page has."""
        return step.options.host or (self.hosts or [""])[0]

    @property
    def title(self) -> re.Match[str] | None:
        """The heading with the page's title, its words as `title["words"]`; none is in a fence or a comment."""
        inside = [*((step.start, step.end) for step in self.steps), *self.comments]
        titles = (match for match in TITLE.finditer(self.text, self.body)
                  if not any(start <= match.start() < end for start, end in inside))  # fmt: skip
        return next(titles, None)

    def edited(self, edits: Iterable[tuple[int, int, str]]) -> str:
        """The text below the front matter with each span (start, end) replaced; offsets are those of `text`."""
        parts, place = [], self.body
        for start, end, new in sorted(edits):
            parts += [self.text[place:start], new]
            place = end
        return "".join([*parts, self.text[place:]])

    def line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1


def call_text(call: tuple) -> str:
    """`("topology", "bridge")` as it is written on a page: `topology("bridge")`."""
    name, *arguments = call
    quoted = ", ".join('"' + str(argument).replace("\\", "\\\\").replace('"', '\\"') + '"' for argument in arguments)
    return f"{name}({quoted})"


def without_comments(source: str) -> str:
    """Source without comment lines and blank lines at its ends: the part both languages share."""
    lines = (line.rstrip() for line in source.splitlines())
    return "\n".join(line for line in lines if not re.match(r"\s*#(?!!)", line)).strip("\n")
