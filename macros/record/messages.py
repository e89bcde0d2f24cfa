"""Error messages and what each means, from docs/_errors.yml.

The file is a mapping of groups ("containers", in the order of the page) to lists of entries; what one has, `Entry` and
`Message` say. Placeholders in a message's text are the words of `PLACEHOLDERS`, in capitals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from macros.words import LANGUAGES

# What stands for a value in the text of a message -> a pattern of such a value.
PLACEHOLDERS = {
    "ID": r"[0-9a-z]{12,64}",
    "ADDRESS": r"[0-9a-fA-F.:]+",
    "SUBNET": r"[0-9a-fA-F.:]+/\d+",
    "PORT": r"\d+(?:-\d+)?",
    "NUMBER": r"\d+",
    "VERSION": r"\d[\w.-]*",
    "REASON": r"\S.*",
} | dict.fromkeys(
    ("NAME", "CONTAINER", "NETWORK", "VOLUME", "PROJECT", "SERVICE", "IMAGE", "DRIVER", "DEVICE", "PATH", "MODE",
     "OPTION", "VALUE", "TYPE", "PROTOCOL", "FIELD", "HOST", "USER", "URL"), r"\S+?",
)  # fmt: skip
PLACEHOLDER = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(PLACEHOLDERS)})(?![A-Za-z])")
# Who prints a message; macros/words.yml has their names.
SPEAKERS = ("engine", "cli", "compose", "containerd", "runc", "kernel", "program")
# A line of a source at a tag of a release.
SOURCE = re.compile(
    r"https://github\.com/(?P<repository>moby/moby|docker/cli|docker/compose|compose-spec/compose-go|containerd/containerd|"
    r"opencontainers/runc)/blob/(?P<tag>(?:docker-)?v(?P<version>\d+\.\d+\.\d+))/(?P<path>[\w./-]+\.\w+)#L(?P<line>\d+)"
)
KEYS = {"id", "title", "at", "cause", "fix", "messages"}


def unquoted(line: str) -> str:
    """A printed line with its quotes as they are said: in a line of a log they stand as \\"."""
    return line.replace('\\"', '"')


@dataclass(frozen=True)
class Message:
    """One wording. text: a line of it, with placeholders; by: one of SPEAKERS; source: where it was read, a link that
    SOURCE matches, which counts where no recording has the message; line: in docs/_errors.yml."""

    text: str
    by: str
    source: str
    line: int

    @cached_property
    def literal(self) -> str:
        """The longest part of the text without a placeholder: a line without it is none of this message."""
        return max(PLACEHOLDER.split(self.text), key=len)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        parts, place = [], 0
        for match in PLACEHOLDER.finditer(self.text):
            parts += [re.escape(self.text[place : match.start()]), PLACEHOLDERS[match[0]]]
            place = match.end()
        return re.compile(rf"(?<![\w-]){''.join(parts)}{re.escape(self.text[place:])}(?!\w)")

    def in_line(self, line: str) -> bool:
        """Whether a printed line is, or has in it, this message."""
        line = unquoted(line)
        return self.literal in line and bool(self.pattern.search(line))


@dataclass(frozen=True)
class Entry:
    """What a message means. id: its anchor on the page; title: the telling part of a message's text; at: the section of
    the site that explains or mends it, "network/publishing#conflict"; cause, fix: language -> Markdown; line: in
    docs/_errors.yml."""

    id: str
    group: str
    title: str
    at: str
    cause: dict[str, str]
    fix: dict[str, str]
    messages: tuple[Message, ...]
    line: int


class _Lines(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Reads each mapping with its line in the file as the value of "line"."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        return super().construct_mapping(node, deep) | {"line": node.start_mark.line + 1}


def entries(path: Path, shown: str) -> list[Entry]:
    """The entries of a file in their order. shown: what messages call it, "docs/_errors.yml".

    Raises ValueError, "docs/_errors.yml:12: ...", for an entry that is not as it has to be.
    """
    try:
        groups = yaml.load(path.read_text(encoding="utf-8"), Loader=_Lines)
    except yaml.MarkedYAMLError as error:
        raise ValueError(f"{shown}:{error.problem_mark.line + 1}: {error.problem}") from error
    del groups["line"]
    found = [_entry(raw, group, shown) for group, those in groups.items() for raw in those]
    known: dict[str, Entry] = {}
    for entry in found:
        if entry.id in known:
            raise ValueError(f"{shown}:{entry.line}: {entry.id}: the entry at line {known[entry.id].line} has this id")
        known[entry.id] = entry
    return found


def _entry(raw: dict[str, Any], group: str, shown: str) -> Entry:
    place = f"{shown}:{raw['line']}: {raw.get('id', 'an entry')}"
    if wrong := KEYS ^ {*raw} - {"line"}:
        raise ValueError(f"{place}: {', '.join(sorted(wrong))}: expected {', '.join(sorted(KEYS))}")
    if not re.fullmatch(r"[a-z][a-z0-9-]+", raw["id"]):
        raise ValueError(f"{place}: expected an id of lower case letters, numbers and hyphens")
    texts = {}
    for key in ("cause", "fix"):
        texts[key] = {lang: text for lang, text in raw[key].items() if lang != "line"} if raw[key] else {}
        if {*texts[key]} != {*LANGUAGES} or not all(texts[key].values()):
            found = ", ".join(texts[key]) or "none"
            raise ValueError(f"{place}: {key}: expected {' and '.join(LANGUAGES)}, found {found}")
    if not re.fullmatch(r"[\w/-]+#[\w-]+", raw["at"]):
        raise ValueError(f"{place}: at: expected a section, network/publishing#conflict, found {raw['at']!r}")
    messages = tuple(_message(one, shown) for one in raw["messages"] or ())
    if not any(raw["title"] in message.text for message in messages):
        raise ValueError(f"{place}: title: expected a part of one of its messages, found {raw['title']!r}")
    return Entry(raw["id"], group, raw["title"], raw["at"], texts["cause"], texts["fix"], messages, raw["line"])


def _message(raw: dict[str, Any], shown: str) -> Message:
    place = f"{shown}:{raw['line']}"
    if {*raw} - {"source"} != {"text", "from", "line"}:
        raise ValueError(f"{place}: expected a message with text, from and, if it was not run, source")
    if raw["from"] not in SPEAKERS:
        raise ValueError(f"{place}: from: expected one of {', '.join(SPEAKERS)}, found {raw['from']!r}")
    source = raw.get("source", "")
    if source and not SOURCE.fullmatch(source):
        raise ValueError(f"{place}: source: expected a line of a source at a tag, {SOURCE.pattern}, found {source!r}")
    if not isinstance(raw["text"], str) or "\n" in raw["text"]:
        raise ValueError(f"{place}: text: expected one line")
    return Message(raw["text"], raw["from"], source, raw["line"])
