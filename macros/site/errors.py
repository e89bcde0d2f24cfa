"""The index of error messages: Markdown of docs/_errors.yml, with the steps of the pages that printed each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import groupby

from macros.page.steps import Page
from macros.record.messages import SOURCE, Entry, Message
from macros.record.printed import Place
from macros.words import words


def indexed(entries: Iterable[Entry], printed: dict[Message, list[tuple[Place, list[str]]]], lang: str,
            page_of: Callable[[str], Page]) -> str:  # fmt: skip
    """Markdown of the entries, group by group.

    printed: what record.printed has of their messages; page_of: the page of a name, "network/publishing.md", in this
    language. Raises ValueError, with the line in docs/_errors.yml, for a section that the site does not have and for a
    message that was neither run nor read in a source.
    """
    texts, parts = words("errors", lang), []
    for group, those in groupby(entries, key=lambda entry: entry.group):
        parts.append(f"## {texts[group]} {{#{group}}}")
        for entry in those:
            parts.append(f"### {code(entry.title)} {{#{entry.id}}}")
            parts.append("\n".join(_wording(message, printed[message], texts, page_of) for message in entry.messages))
            name, _, anchor = entry.at.partition("#")
            title = _title(page_of, f"{name}.md", anchor)
            if not title:
                raise ValueError(f"docs/_errors.yml:{entry.line}: {entry.id}: no section {entry.at} in {lang}")
            parts.append(texts["cause"].format(cause=entry.cause[lang]))
            parts.append(texts["fix"].format(fix=entry.fix[lang], more=f"[{title}]({name}.md#{anchor})"))
    return "\n\n".join(parts) + "\n"


def code(text: str) -> str:
    """Text as code in Markdown, whatever marks are in it."""
    marks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if "`" in (text[:1], text[-1:]) else ""
    return f"{marks}{pad}{text}{pad}{marks}"


def _wording(message: Message, places: list[tuple[Place, list[str]]], texts: dict[str, str],
             page_of: Callable[[str], Page]) -> str:  # fmt: skip
    """An item of a list: a message, who prints it, and what proves that."""
    if places:
        links = []
        for place, engines in places:
            on = ", ".join(engines) or page_of(place.page).title["words"]
            links.append(f"[{on}]({place.page}#{place.anchor})")
        proof = texts["run" if places[0][1] != [""] else "run_mixed"].format(links=" · ".join(links))
    elif message.source:
        found = SOURCE.fullmatch(message.source)
        proof = texts["read"].format(source=f"[{found['repository']} {found['version']}]({message.source})")
    else:
        raise ValueError(f"docs/_errors.yml:{message.line}: no page shows this message, and it has no source")
    return f"- {code(message.text)}  \n  {texts[message.by]} · {proof}"


def _title(page_of: Callable[[str], Page], name: str, anchor: str) -> str:
    """The title of a section of a page, or "" for one that is not there."""
    try:
        page = page_of(name)
    except FileNotFoundError:
        return ""
    return page.heading(anchor)
