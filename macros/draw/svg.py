"""Parts of inline SVG pictures: text that is measured and escaped, boxes, lines and arrows.

Lengths are in SVG units: one unit is one CSS pixel where the picture is shown at its own size. Colours are
CSS variables with a fallback, set in docs/assets/figures.css. What draws returns Markup, to be joined as is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup, escape

WIDTH = 360  # of a picture: a phone shows it nearly at its own size

TEXT = "var(--fig-text, currentColor)"
MUTED = "var(--fig-muted, currentColor)"
LINE = "var(--fig-line, currentColor)"
SURFACE = "var(--fig-surface, transparent)"
GROUND = "var(--fig-ground, transparent)"
WARN = "var(--fig-warn, #b3261e)"
PORT = "var(--fig-port, #b4530a)"
RAILS = tuple(f"var(--fig-rail-{number}, {fallback})" for number, fallback in enumerate(
    ("#1a6fb4", "#0f7a5a", "#7a4bb8", "#a8325e", "#7a6400", "#0e7490"), 1))
DASHES = ("none", "9 4", "4 3", "14 4 4 4", "9 3 3 3 3 3", "20 4")

SANS = "var(--md-text-font-family, system-ui, sans-serif)"
MONO = "var(--md-code-font-family, ui-monospace, monospace)"
NARROW = set("iljftrI.,:;'|!()[]/ ·-")
WIDE = set("mwMWQO@%&→↔—")
Point = tuple[float, float]


def clean(text: object) -> str:
    """Without what XML forbids or what changes the order of its neighbours: controls and bidi marks."""
    dropped = ("Cc", "Cf", "Cs", "Co", "Cn")
    spaced = re.sub(r"\s+", " ", str(text)).strip()
    return "".join(char for char in spaced if unicodedata.category(char) not in dropped)


def safe(text: object) -> Markup:
    """Cleaned and escaped for XML, and so that neither Jinja nor Markdown finds anything of theirs in it."""
    escaped = str(escape(clean(text)))
    return Markup(re.sub(r"[][{}`*_]", lambda found: f"&#{ord(found[0])};", escaped))


def text_width(text: str, size: float, mono: bool = False, bold: bool = False) -> float:
    """About how wide a text is, rather too much than too little: no font is at hand to ask."""
    ems, heavy = 0.0, 1.12 if bold and not mono else 1
    for char in text:
        if unicodedata.combining(char):
            continue
        if unicodedata.east_asian_width(char) in "WF":
            ems += 1
        elif mono:
            ems += 0.61 if char.isascii() else 1
        else:
            share = 0.36 if char in NARROW else 0.95 if char in WIDE else 0.7 if char.isupper() else 0.6
            ems += share * heavy
    return ems * size


def ellipsize(text: str, limit: float, size: float, mono: bool = False, bold: bool = False) -> str:
    """The text, or as much of its beginning and end as fits `limit`: names often differ at the end only."""
    kept, shown = len(text), text
    while kept and text_width(shown, size, mono, bold) > limit:
        kept -= 1
        shown = text[: kept - kept // 2].rstrip() + "…" + text[len(text) - kept // 2:].lstrip()
    return shown


def wrap(text: str, limit: float, size: float, mono: bool = False, bold: bool = False) -> list[str]:
    """Lines of whole words no wider than `limit`; a single word wider than that is a ValueError."""
    lines: list[str] = []
    for word in clean(text).split(" "):
        if text_width(word, size, mono, bold) > limit:
            raise ValueError(f"{word!r} does not fit {limit:g}")
        if lines and text_width(f"{lines[-1]} {word}", size, mono, bold) <= limit:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def tag(name: str, content: object = None, **attributes: object) -> Markup:
    """One element; None leaves an attribute out, underscores are hyphens, numbers lose needless digits."""
    parts = [name]
    for key, value in attributes.items():
        if value is not None:
            shown = f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value
            parts.append(f'{key.replace("_", "-")}="{escape(shown)}"')
    head = " ".join(parts)
    return Markup(f"<{head}/>") if content is None else Markup(f"<{head}>{content}</{name}>")


def text(
    x: float, y: float, content: object, *, size: float = 12, mono: bool = False, bold: bool = False,
    fill: str = TEXT, anchor: str = "start", limit: float | None = None, strict: bool = False,
    tip: str | None = None,
) -> Markup:
    """One line of text on the baseline y. What is wider than `limit` loses its middle and is kept whole in a
    tooltip, or is a ValueError if strict. `tip` is the whole of a content that is cut already."""
    whole = clean(content)
    shown = whole if limit is None else ellipsize(whole, limit, size, mono, bold)
    if strict and shown != whole:
        raise ValueError(f"{whole!r} does not fit {limit:g}")
    return tag(
        "text", _tipped(shown, whole if tip is None else clean(tip)), x=float(x), y=float(y), font_size=size,
        fill=fill, font_weight="600" if bold else None, font_family=MONO if mono else None,
        text_anchor=None if anchor == "start" else anchor)


def runs(x: float, y: float, parts: Sequence[tuple[object, dict[str, Any]]], limit: float) -> Markup:
    """Texts of different looks behind one another on one baseline; what would go beyond `limit` is cut."""
    made: list[Markup] = []
    used = 0.0
    for content, look in parts:
        size, mono, bold = look.get("size", 12), look.get("mono", False), look.get("bold", False)
        whole = clean(content)
        shown = ellipsize(whole, limit - used, size, mono, bold)
        made.append(tag("tspan", _tipped(shown, whole), dx=8 if made else None, font_size=size,
                        fill=look.get("fill", TEXT), font_weight="600" if bold else None,
                        font_family=MONO if mono else None))
        used += 8 + text_width(shown, size, mono, bold)
    return tag("text", Markup("").join(made), x=float(x), y=float(y))


def _tipped(shown: str, whole: str) -> Markup:
    return safe(shown) if shown == whole else tag("title", safe(whole)) + safe(shown)


def lines(
    x: float, y: float, content: object, limit: float, *, size: float = 12, leading: float = 16,
    most: int | None = None, **style: Any,
) -> Markup:
    """A paragraph, its first baseline at y; ValueError where it needs more than `most` lines."""
    look = {key: bool(style.get(key)) for key in ("mono", "bold")}
    found = wrap(str(content), limit, size, **look)
    if most is not None and len(found) > most:
        raise ValueError(f"{content!r} needs {len(found)} lines, not {most}")
    return Markup("\n").join(text(x, y + leading * row, line, size=size, **style)
                             for row, line in enumerate(found))


def box(
    x: float, y: float, width: float, height: float, *, fill: str = SURFACE, stroke: str = LINE,
    weight: float = 1.5, dash: str | None = None, radius: float = 6,
) -> Markup:
    """A rectangle with round corners."""
    return tag("rect", x=float(x), y=float(y), width=float(width), height=float(height), rx=radius, fill=fill,
               stroke=stroke, stroke_width=weight, stroke_dasharray=dash)


def line(
    points: Sequence[Point], *, stroke: str = LINE, weight: float = 2, dash: str | None = None,
    halo: str | None = None, radius: float = 8,
) -> Markup:
    """A line through the points, round at the corners; a halo keeps it apart from the lines it crosses."""
    path = f"M{_pair(points[0])}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        enter, leave = _toward(corner, before, radius), _toward(corner, after, radius)
        path += f"L{_pair(enter)}Q{_pair(corner)} {_pair(leave)}"
    path += f"L{_pair(points[-1])}"
    dash = None if dash == "none" else dash
    drawn = tag("path", d=path, fill="none", stroke=stroke, stroke_width=weight, stroke_dasharray=dash)
    if halo is None:
        return drawn
    return tag("path", d=path, fill="none", stroke=halo, stroke_width=weight + 5) + Markup("\n") + drawn


def arrow(points: Sequence[Point], *, stroke: str = LINE, both: bool = False, head: float = 8,
          **style: Any) -> Markup:
    """A line whose last point (and with `both` the first one too) is the tip of an arrowhead."""
    ends = [(points[-1], points[-2])] + ([(points[0], points[1])] if both else [])
    inner = list(points)
    inner[-1] = _toward(points[-1], points[-2], head - 1)
    if both:
        inner[0] = _toward(points[0], points[1], head - 1)
    parts = [line(inner, stroke=stroke, **style)]
    for tip, before in ends:
        base = _toward(tip, before, head)
        across = ((tip[1] - base[1]) * 0.5, (base[0] - tip[0]) * 0.5)
        left, right = (base[0] + across[0], base[1] + across[1]), (base[0] - across[0], base[1] - across[1])
        parts.append(tag("path", d="M" + "L".join(map(_pair, (tip, left, right))) + "Z", fill=stroke))
    return Markup("\n").join(parts)


def cross(x: float, y: float, size: float = 6, stroke: str = WARN) -> Markup:
    """An × with its centre at x, y: no way through."""
    return tag("path", d=f"M{_pair((x - size, y - size))}l{2 * size:g} {2 * size:g}m0 {-2 * size:g}"
                         f"l{-2 * size:g} {2 * size:g}", fill="none", stroke=stroke, stroke_width=3)


def dot(x: float, y: float, letter: str = "", *, stroke: str = LINE) -> Markup:
    """A station on a line, with its letter; without one it is smaller and filled."""
    if not letter:
        return tag("circle", cx=float(x), cy=float(y), r=5, fill=stroke)
    ring = tag("circle", cx=float(x), cy=float(y), r=9, fill=SURFACE, stroke=stroke, stroke_width=2.5)
    return ring + text(x, y + 4.3, letter, bold=True, anchor="middle")


def plug(x: float, y: float, stroke: str = LINE) -> Markup:
    """A network interface on the edge of a box, its centre at x, y."""
    return tag("rect", x=float(x - 4), y=float(y - 5), width=8, height=10, rx=2, fill=stroke)


def document(title: str, desc: str, height: float, ident: str, body: Iterable[Markup],
             width: float = WIDTH) -> str:
    """The whole <svg>, named and described for those who do not see it. No line is empty: Markdown sees one
    block. Its words stay out of the site's search, since they are not the page's text.
    An `ident` that is no HTML id is a ValueError."""
    if not re.fullmatch(r"[A-Za-z][\w.-]*", ident, re.ASCII):
        raise ValueError(f"{ident!r} is no id: a letter, then letters, digits, '-', '_' and '.'")
    head = [tag("title", safe(title), id=f"{ident}-title"), tag("desc", safe(desc), id=f"{ident}-desc")]
    content = Markup("\n").join(part for part in [*head, *body] if part)
    return str(tag(
        "svg", "\n" + content + "\n", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width:g} {height:g}",
        role="img", aria_labelledby=f"{ident}-title", aria_describedby=f"{ident}-desc",
        data_search_exclude="", font_family=SANS, fill="none"))


def _pair(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}".replace(".0", "")


def _toward(start: Point, end: Point, distance: float) -> Point:
    """The point `distance` from start on the way to end, at most half-way."""
    length = max(abs(end[0] - start[0]) + abs(end[1] - start[1]), 0.1)
    if start[0] != end[0] and start[1] != end[1]:
        length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    share = min(distance / length, 0.5)
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
