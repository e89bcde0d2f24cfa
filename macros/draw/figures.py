"""Pictures for the pages, as inline SVG in a page's language: topologies, and figures drawn by hand.

A picture is one `<svg role="img">` with a <title> and a <desc> that tells in sentences what is drawn. `ident`
is the base of its ids and must be unique on its page. Equal arguments give equal text.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from macros.draw import mounts, packet, packet_sentences, sentences, svg, wire
from macros.draw.metro import Map
from macros.draw.model import Topology, from_dict
from macros.draw.packet_picture import Picture
from macros.words import words

TEMPLATES = Path(__file__).parent / "templates"


def topology_svg(topology: Topology, lang: str, ident: str) -> str:
    """The host, its networks and containers; ValueError for another language or an `ident` that is no id."""
    texts = words("topology", lang)
    drawing = Map(topology, texts)
    title, desc = sentences.title(topology, texts), sentences.desc(topology, texts)
    return svg.document(title, desc, drawing.height, ident, drawing.body, width=drawing.width)


def hosts_svg(hosts: wire.Hosts, lang: str, ident: str) -> str:
    """Several hosts on one wire; ValueError as for `topology_svg`."""
    texts = words("topology", lang)
    drawing = wire.Wire(hosts, texts)
    title, desc = wire.title(hosts, texts), wire.desc(hosts, texts)
    return svg.document(title, desc, drawing.height, ident, drawing.body, width=drawing.width)


def packet_svg(way: packet.Way, lang: str, ident: str) -> str:
    """A packet's way from top to bottom; ValueError as for `topology_svg`."""
    texts = words("packet", lang)
    drawing = Picture(way, texts)
    title, desc = packet_sentences.title(way, texts), packet_sentences.desc(way, texts)
    return svg.document(title, desc, drawing.height, ident, drawing.body)


def mounts_svg(found: mounts.Mounts, lang: str, ident: str) -> str:
    """A container's layer and what is mounted over it; ValueError as for `topology_svg`."""
    texts = words("mounts", lang)
    drawing = mounts.Picture(found, texts)
    desc = " ".join(mounts.sentences(found, texts)).replace("`", "")
    return svg.document(mounts.title(found, texts), desc, drawing.height, ident, drawing.body)


@cache
def figure_svg(name: str, lang: str, ident: str) -> str:
    """A figure drawn by hand; ValueError for an unknown name, telling the known ones."""
    texts = _texts(name, lang)
    module: Any = _environment().get_template(f"{name}.svg").make_module({"t": texts})
    parts = [line for line in str(module).splitlines() if line.strip()]
    return svg.document(texts["title"], texts["desc"], module.height, ident, map(Markup, parts))


def described(name: str, data: dict | None, lang: str) -> str:
    """A drawing told in Markdown: of a macro call, such as `topology`, with its data; of a figure by its name."""
    if name == "topology":
        return sentences.desc(from_dict(data or {}), words("topology", lang))
    if name == "hosts_topology":
        return wire.desc(wire.from_dict(data or {}), words("topology", lang))
    if name == "mounts":
        return mounts.markdown(mounts.from_dict(data or {}), words("mounts", lang))
    if name == "packet":
        return packet_sentences.markdown(packet.from_dict(data or {}), words("packet", lang))
    return _texts(name, lang)["desc"]


def _texts(name: str, lang: str) -> dict[str, str]:
    if name not in figure_names():
        raise ValueError(f"no figure {name!r}; there are {', '.join(figure_names())}")
    return words(name, lang)


def figure_names() -> list[str]:
    """The figures there are, by name."""
    return sorted(path.stem for path in TEMPLATES.glob("*.svg") if not path.stem.startswith("_"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True)
    names: dict[str, Any] = {name: getattr(svg, name) for name in (
        "arrow", "box", "cross", "dot", "line", "lines", "plug", "runs", "tag", "text",
        "GROUND", "LINE", "MUTED", "PORT", "RAILS", "DASHES", "SURFACE", "TEXT", "WARN")}
    environment.globals.update(names)
    return environment
