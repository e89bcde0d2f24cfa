"""Where the files of a container are: its writable layer and what is mounted over it, drawn and in sentences.

Lengths are SVG units (macros.draw.svg).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from markupsafe import Markup

from macros.draw import svg

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


def to_dict(found: Mounts) -> dict[str, Any]:
    return asdict(found) | {"mounts": [asdict(one) for one in found.mounts]}


def from_dict(data: dict[str, Any]) -> Mounts:
    """What macros.lab.mounts captured. Raises TypeError, KeyError for what it did not."""
    return Mounts(**(data | {"mounts": tuple(Mount(**one) for one in data["mounts"])}))


def _ends(found: Mounts, mount: Mount, words: dict[str, str]) -> str:
    """Which commands take the data."""
    key = "named_prune" if mount.kind == "volume" and found.prunes else mount.kind
    return words[f"ends_{key}"]


def _notes(found: Mounts, mount: Mount, words: dict[str, str]) -> Iterator[str]:
    if not mount.writable:
        yield words["read_only"]
    if mount.hides:
        yield words["hides"].format(count=mount.hides)
    yield words["gone"].format(commands=_ends(found, mount, words))


class Picture:
    """The drawing: its `height` and `body`. `words` are the labels of its language."""

    def __init__(self, found: Mounts, words: dict[str, str]) -> None:
        self.body: list[Markup] = []
        y, ends = 38.0, [8.0]
        head = [(words["container"], {"fill": svg.MUTED}), (found.container, {"mono": True, "bold": True, "size": 13})]
        self.body.append(svg.runs(LEFT, 21, head, RIGHT - LEFT))
        for mount in found.all:
            top, colour = y, COLOURS.get(mount.kind, svg.LINE)
            parts = [svg.text(LEFT + PAD, top + 20, mount.path, mono=True, bold=True, size=13, limit=ROOM)]
            kind = f"{words[mount.kind]} {mount.name}".strip()
            wide = svg.text_width(mount.path, 13, mono=True) + svg.text_width(kind, SIZE, bold=True) + 10 > ROOM
            y = top + 20 + (LEADING if wide else 0)
            parts.append(svg.text(LEFT + PAD if wide else RIGHT - PAD, y, kind, anchor="start" if wide else "end",
                                  fill=colour, bold=True, limit=ROOM))  # fmt: skip
            y += 2
            for row in self._path(mount.source or words["memory"], mono=bool(mount.source)):
                y += LEADING - 1
                parts.append(row(y))
            for note in _notes(found, mount, words):
                for row in svg.wrap(note, ROOM, SIZE):
                    y += LEADING
                    parts.append(svg.text(LEFT + PAD, y, row, fill=svg.MUTED))
            bottom = y + 11
            self.body += [svg.box(LEFT, top, RIGHT - LEFT, bottom - top, stroke=colour, weight=2), *parts]
            ends.append(top + 16)
            y = bottom + 10
        spine = [svg.line([(SPINE, 17), (SPINE, ends[-1])], stroke=svg.LINE, weight=3), svg.plug(SPINE, 17)]
        spine += [svg.line([(SPINE, at), (LEFT, at)], stroke=svg.LINE, weight=3) for at in ends[1:]]
        self.body = [*spine, *self.body]
        self.height = y - 4

    @staticmethod
    def _path(text: str, mono: bool) -> Iterator[Any]:
        """A path in rows, each to be placed at its baseline: it breaks after slashes, the middle of long names goes."""
        rows, room = [""], ROOM - 16
        for part in [f"{one}/" for one in text.split("/")[:-1]] + [text.rpartition("/")[2]] if mono else [text]:
            part = svg.ellipsize(part, room * 0.6, SIZE - 1, mono)
            if rows[-1] and svg.text_width(rows[-1] + part, SIZE - 1, mono) > room:
                rows.append("")
            rows[-1] += part
        for number, row in enumerate(rows):
            def drawn(y: float, row: str = row, first: bool = not number) -> Markup:
                arrow = svg.text(LEFT + PAD, y, "→", fill=svg.MUTED) if first else Markup("")
                return arrow + svg.text(LEFT + PAD + 16, y, row, mono=mono, size=SIZE - 1 if mono else SIZE)
            yield drawn


def title(found: Mounts, words: dict[str, str]) -> str:
    return words["title"].format(container=found.container)


def sentences(found: Mounts, words: dict[str, str]) -> list[str]:
    """One for each place, the layer first."""
    return [
        words["say"].format(
            path=mount.path, kind=f"{words[mount.kind]} {mount.name}".strip(), source=mount.source or words["memory"],
            notes=". ".join(_notes(found, mount, words)))
        for mount in found.all
    ]  # fmt: skip


def markdown(found: Mounts, words: dict[str, str]) -> str:
    """The same as a list."""
    return "\n".join([f"{title(found, words)}:", "", *(f"- {one}" for one in sentences(found, words))])
