"""Where the files of a container are: its writable layer and what is mounted over it, drawn and in sentences.

Lengths are SVG units (macros.draw.svg).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from macros.draw import svg
from macros.draw.model import build, to_dict

__all__ = ["Mount", "Mounts", "Picture", "from_dict", "markdown", "sentences", "title", "to_dict"]

SPINE, LEFT, RIGHT = 16, 34, svg.WIDTH - 6
PAD, SIZE, LEADING = 10, 12, 17
ROOM = RIGHT - LEFT - 2 * PAD
COLOURS = {kind: svg.RAILS[number] for number, kind in enumerate(("volume", "bind", "anonymous", "tmpfs"))}


@dataclass(frozen=True)
class Mount:
    """path: in the container; kind: layer, volume, anonymous, bind or tmpfs; name: of a volume; source: the path on the
    host, "" for memory; hides: how many entries of the image lie under it, out of sight."""

    path: str
    kind: str
    name: str
    source: str
    writable: bool
    hides: int


@dataclass(frozen=True)
class Mounts:
    """prunes: whether `docker volume prune` takes volumes that have a name."""

    container: str
    layer: str
    prunes: bool
    mounts: tuple[Mount, ...]

    @property
    def all(self) -> tuple[Mount, ...]:
        """With the layer that all else is mounted over."""
        return (Mount("/", "layer", "", self.layer, True, 0), *self.mounts)


def from_dict(data: dict) -> Mounts:
    """What macros.lab.mounts captured; ValueError names a field that is missing, unknown or of another kind."""
    return build(Mounts, data, "mounts")


def _kind(mount: Mount, words: dict[str, str]) -> str:
    return f"{words[mount.kind]} {mount.name}".strip()


def _notes(found: Mounts, mount: Mount, words: dict[str, str]) -> Iterator[str]:
    if not mount.writable:
        yield words["read_only"]
    if mount.hides:
        yield words["hides"].format(count=mount.hides)
    key = "named_prune" if mount.kind == "volume" and found.prunes else mount.kind
    yield words["gone"].format(commands=words[f"ends_{key}"])


class Picture:
    """The drawing: its `height` and `body`. `words` are the labels of its language."""

    def __init__(self, found: Mounts, words: dict[str, str]) -> None:
        self.body: list[Markup] = []
        y, ends = 38.0, []
        head = [(words["container"], {"fill": svg.MUTED}), (found.container, {"mono": True, "bold": True, "size": 13})]
        self.body.append(svg.runs(LEFT, 21, head, RIGHT - LEFT))
        for mount in found.all:
            top, colour = y, COLOURS.get(mount.kind, svg.LINE)
            parts = [svg.text(LEFT + PAD, top + 20, mount.path, mono=True, bold=True, size=13, limit=ROOM)]
            kind = _kind(mount, words)
            wide = svg.text_width(mount.path, 13, mono=True) + svg.text_width(kind, SIZE, bold=True) + 10 > ROOM
            y = top + 20 + (LEADING if wide else 0)
            parts.append(svg.text(LEFT + PAD if wide else RIGHT - PAD, y, kind, anchor="start" if wide else "end",
                                  fill=colour, bold=True, limit=ROOM))  # fmt: skip
            y += 2
            parts.append(svg.text(LEFT + PAD, y + LEADING - 1, "→", fill=svg.MUTED))
            mono = bool(mount.source)
            for row in _rows(mount.source) if mono else [words["memory"]]:
                y += LEADING - 1
                parts.append(svg.text(LEFT + PAD + 16, y, row, mono=mono, size=SIZE - 1 if mono else SIZE))
            for note in _notes(found, mount, words):
                for row in _wrapped(note):
                    y += LEADING
                    parts.append(svg.text(LEFT + PAD, y, row, fill=svg.MUTED))
            bottom = y + 11
            self.body += [svg.box(LEFT, top, RIGHT - LEFT, bottom - top, stroke=colour, weight=2), *parts]
            ends.append(top + 16)
            y = bottom + 10
        spine = [svg.line([(SPINE, 17), (SPINE, ends[-1])], stroke=svg.LINE, weight=3), svg.plug(SPINE, 17)]
        spine += [svg.line([(SPINE, at), (LEFT, at)], stroke=svg.LINE, weight=3) for at in ends]
        self.body = [*spine, *self.body]
        self.height = y - 4


def _rows(path: str) -> list[str]:
    """A path in rows: it breaks after slashes, and the middle of long names goes."""
    rows, room = [""], ROOM - 16
    for name in re.findall("[^/]*/|[^/]+", path):
        part = svg.ellipsize(name, room * 0.6, SIZE - 1, mono=True)
        if rows[-1] and svg.text_width(rows[-1] + part, SIZE - 1, mono=True) > room:
            rows.append("")
        rows[-1] += part
    return rows


def _wrapped(note: str) -> list[str]:
    """A note in rows: it breaks after commas, since a command is read as one, or inside what is wider than a row."""
    rows: list[str] = []
    for part in note.split(", "):
        if rows and svg.text_width(f"{rows[-1]}, {part},", SIZE) <= ROOM:
            rows[-1] += f", {part}"
            continue
        if rows:
            rows[-1] += ","
        rows += svg.wrap(part, ROOM, SIZE)
    return rows


def title(found: Mounts, words: dict[str, str]) -> str:
    return words["title"].format(container=found.container)


def sentences(found: Mounts, words: dict[str, str]) -> list[str]:
    """One for each place, the layer first."""
    return [
        words["say"].format(
            path=mount.path, kind=_kind(mount, words), source=mount.source or words["memory"],
            notes=". ".join(_notes(found, mount, words)))
        for mount in found.all
    ]  # fmt: skip


def markdown(found: Mounts, words: dict[str, str]) -> str:
    """The same as a list."""
    return "\n".join([f"{title(found, words)}:", "", *(f"- {one}" for one in sentences(found, words))])
