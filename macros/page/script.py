"""A page's commands as one script: the very fences that are run, in their order."""

from __future__ import annotations

from collections.abc import Callable

from macros.page.steps import Page, Step

Typed = Callable[[Step], str]

HEADER = """#!/usr/bin/env bash
# {title}: the commands of {page}, as they are run for the documentation.
# Run it as root on a Docker host with nothing else on it. It does not stop at commands that are meant to fail.
"""


def script(page: Page, title: str, host: str = "", typed: Typed = lambda step: step.typed) -> str:
    """The steps of `page` as bash; `host`: only those of this host, for a page with several. "" if there is none."""
    parts = [part for where, _, part in commands(page, typed) if not host or where == host]
    return "\n".join([HEADER.format(title=title, page=page.path), *parts]) if parts else ""


def commands(page: Page, typed: Typed = lambda step: step.typed) -> list[tuple[str, Step, str]]:
    """What a reader types: for each step its host ("" where the page names none), and the step as bash.

    typed: what is typed of a step, for who knows more of it than its page.
    """
    first = (page.hosts or [""])[0]
    return [(step.options.host or first, step, _part(step, typed(step))) for step in page.steps if _shown(step)]


def _shown(step: Step) -> bool:
    return step.kind in ("bash", "console", "python", "file") and not step.hidden


def _part(step: Step, code: str) -> str:
    """One step, of which `code` is typed. A value that another host shares is the reader's to set, and is said so."""
    if step.kind == "python":
        code = _here_document("python3 -", code)
    if step.kind == "file":
        folder = step.title.rpartition("/")[0]
        code = (f"mkdir -p '{folder}'\n" if folder else "") + _here_document(f"cat >'{step.title}'", step.source)
    if step.skip:
        code = f"# not run: {step.skip}\n" + "".join(f"# {line}\n" for line in code.splitlines())
    shared = "".join(f"# copy ${name} to the other hosts' terminals\n" for name in step.options.share)
    return code.rstrip("\n") + "\n" + shared


def _here_document(command: str, text: str) -> str:
    """`command` with `text` on its standard input, taken literally."""
    end = "END"
    while any(line == end for line in text.splitlines()):
        end += "_"
    return f"{command} <<'{end}'\n{text.rstrip(chr(10))}\n{end}\n"
