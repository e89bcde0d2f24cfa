"""What a step changed on its host: one quiet line under its output, which opens to the lines of each group."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from itertools import groupby

from macros.lab.parsers import GROUPS
from macros.record.changed import grouped
from macros.record.result import Result
from macros.record.visible import visible
from macros.site import tabs
from macros.words import words

# Where the site tells what a group is: page and heading.
EXPLAINED = {
    "container": "network/host-container.md#before-after",
    "network": "network/bridge.md#built-in",
    "volume": "volume/volumes.md#create",
    "image": "volume/index.md#layer",
    "link": "network/host-container.md#veth",
    "address": "network/bridge.md#address-order",
    "route": "network/by-hand.md#default-route",
    "neighbour": "network/overlay.md#vxlan",
    "rule": "network/packet.md#published",
    "listener": "network/docker-proxy.md#what-listens",
    "namespace": "network/by-hand.md#namespaces",
    "mount": "volume/where.md#view",
    "file": "volume/volumes.md#on-the-host",
    "process": "network/docker-proxy.md#what-listens",
}
# Groups of which the first word says which one a line is of: one that changes is gone as it was and new as it is.
NAMED = ("container", "network", "volume", "link", "file")
SIGNS = {"+": "ins", "-": "del", "~": "i"}

Address = Callable[[str], str]
Variants = list[tuple[list[str], list[str]]]


def variants(results: dict[str, Result]) -> Variants:
    """Changes that differ, each with the engines that made them, newest first; [] where nothing changed on any."""
    alone = {engine: Result("", changes=result.changes, skipped=result.skipped) for engine, result in results.items()}
    found = [(engines, result.changes) for engines, result in tabs.variants(alone)]
    return found if any(changes for _, changes in found) else []


def told(results: dict[str, Result], lang: str, address: Address, ident: str, is_open: bool = False) -> str:
    """HTML of what engines changed at a step, "" for nothing. address: of another page ("lab.md") seen from this one;
    ident: of the tabs of groups in which engines differ, unique on the page; "": they stand one under the other."""
    different = variants(results)
    if not different:
        return ""
    opened, summary = " open" if is_open else "", html.escape(summed(different, lang))
    by_group = {engine: dict(_by_group(changes)) for engines, changes in different for engine in engines}
    texts, content = words("changes", lang), ""
    for group in GROUPS:
        lines = {engine: by_group[engine].get(group, []) for engine in results if engine in by_group}
        if not any(lines.values()):
            continue
        page, _, anchor = EXPLAINED[group].partition("#")
        name = f'<a href="{html.escape(address(page))}#{anchor}">{html.escape(texts[group])}</a>'
        content += f'<p class="changes__group">{name}</p>'
        shown = {f"Engine {engine}": _lines(of, texts["nothing"]) for engine, of in lines.items()}
        if len({*shown.values()}) == 1:
            content += next(iter(shown.values()))
        else:
            content += tabs.tabs(f"{ident}-{group}", shown) if ident else _under_each_other(lines)
    return f'<details class="changes"{opened}><summary>{summary}</summary>{content}</details>'


def _under_each_other(lines: dict[str, list[tuple[str, str]]]) -> str:
    having: dict[str, list[str]] = {}
    for engine, of in lines.items():
        if of:
            having.setdefault(_lines(of, ""), []).append(engine)
    label = '<p class="changes__group">Engine {}</p>{}'.format
    return "".join(label(", ".join(engines), shown) for shown, engines in having.items())


def summed(different: Variants, lang: str, named: bool = False) -> str:
    """How much changed, in words: that of the newest engine, or of the newest that changed anything. named: whether to
    name the engines where that is the newest, too."""
    texts = words("changes", lang)
    engines, changes = next((engines, changes) for engines, changes in different if changes)
    named = named or not different[0][1]
    head = texts["head_of"].format(engines=", ".join(engines)) if named else texts["head"]
    return f"{head} {', '.join(_counted(changes, texts))}"


def _counted(changes: list[str], texts: dict[str, str]) -> Iterator[str]:
    for group, lines in _by_group(changes):
        count = len({text.split(" ")[0] if group in NAMED else text for _, text in lines})
        yield texts[f"{group}_count" if count > 1 else f"{group}_one"].format(count=count)


def _lines(lines: list[tuple[str, str]], nothing: str) -> str:
    """One element for all lines of a sign: a page has hundreds of them."""
    marked = (
        f"<{SIGNS[sign]}>" + "\n".join(f"{sign} {html.escape(visible(text))}" for _, text in same) + f"</{SIGNS[sign]}>"
        for sign, same in groupby(lines, key=lambda line: line[0])
    )
    return f'<pre class="output__text" tabindex="0"><samp>{chr(10).join(marked) or html.escape(nothing)}</samp></pre>'


def _by_group(changes: list[str]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each group with its lines as (sign, text)."""
    for group, lines in grouped(changes).items():
        yield group, [(line[0], line.split(" ", 2)[2]) for line in lines]
