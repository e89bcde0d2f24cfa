"""The top of a page: how to get the lab for it, and what it needs on a host of the reader's own."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from macros.page import tools
from macros.page.steps import Page
from macros.site.highlight import code
from macros.site.lab import BUILT, ENTER, NAMED, RUN, SHELL, UP, image
from macros.words import words

# The page that all the others lead to, and the one that says so in its own words, further down.
LAB, HOME = "lab.md", "index.md"
LINK = re.compile(r"\[(.+?)\]\((.+?)\)")
CODE = re.compile(r"`(.+?)`")


def offers(page: Page, name: str) -> bool:
    """Whether a page has commands to follow along, and does not tell of labs itself."""
    typed = (step for step in page.steps if step.runs and not step.hidden)
    return name not in (LAB, HOME) and any(step.kind in ("bash", "console", "python", "file") for step in typed)


def title_end(page: Page) -> int:
    """The offset after the page's title, or where its text begins."""
    return page.title.end() if page.title else page.body


def sentences(page: Page, name: str, lang: str, repository: str, address: Callable[[str], str]) -> tuple[str, str, str]:
    """In Markdown: what the command opens, the command, and what a host of the reader's own needs.

    name: of its file, "network/bridge.md"; repository: the project's address, or ""; address: of another page or
    file, from its path below the site's sources, "lab.md".
    """
    texts, called = words("top", lang), image(repository, lang)
    plain = name.removesuffix(".md")
    several, one = texts["several"], texts["one"]
    if called == BUILT:
        several, one = texts["several_built"], texts["one_built"]
    shells = ", ".join(f"`{SHELL.format(host=host)}`" for host in page.hosts)
    opens = (several if page.hosts else one).format(
        lab=address(LAB), compose=address(f"{plain}/compose.yaml"), name=plain, shells=shells)  # fmt: skip
    used = tools.needed(page)
    needed = [f"`{tool}`" for tool in used if not tool.startswith("docker")]
    if "docker compose" in used:
        needed.insert(0, "Docker Compose")
    # Python is typed beside the shell, in a second terminal, for which the lab has a name.
    named = not page.hosts and any(step.kind == "python" and step.runs and not step.hidden for step in page.steps)
    if named:
        opens += f" {texts['second']}"
    alone = f"{RUN.format(image=f'--name {NAMED} {called}')}\n{ENTER}" if named else RUN.format(image=called)
    command = UP if page.hosts else alone
    return opens, command, ", ".join([texts["needs"], *needed]) + "."


def shown(opens: str, command: str, needs: str) -> str:
    """HTML of these."""
    return (f'<div class="lab"><p>{_inline(opens)}</p>{code("bash", command, "")}'
            f'<p class="lab__needs">{_inline(needs)}</p></div>')  # fmt: skip


def _inline(text: str) -> str:
    """HTML of a line of Markdown that has links and code."""
    text = CODE.sub(r"<code>\1</code>", html.escape(text, quote=False))
    return LINK.sub(lambda link: f'<a href="{link[2]}"{_download(link[2])}>{link[1]}</a>', text)


def _download(address: str) -> str:
    return " download" if address.endswith("compose.yaml") else ""


def told(opens: str, command: str, needs: str) -> str:
    """Markdown of these."""
    return f"{opens}\n\n```bash\n{command}\n```\n\n{needs}"
