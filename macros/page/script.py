"""A page's commands as one script: the very fences that are run, in their order.

It waits where the page waits, and leaves out on a host what the page does not run there: who runs it gets what the page
shows.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from macros.page.steps import Page, Step

HEADER = """#!/usr/bin/env bash
# {title}: the commands of {page}, as they are run for the documentation.
# Run it as root on a Docker host with nothing else on it. It does not stop at commands that are meant to fail.
"""

# engine_is '>=' 28.2: whether this host's engine is so, at the precision that is given.
ENGINE_IS = """
engine_is() {
    local have wanted at order=0
    IFS=.+- read -ra have < <(docker version --format '{{.Server.Version}}')
    IFS=. read -ra wanted <<<"$2"
    for at in "${!wanted[@]}"; do
        ((order == 0)) && ((order = have[at] > wanted[at] ? 1 : have[at] < wanted[at] ? -1 : 0))
    done
    ((order $1 0))
}
"""


def script(page: Page, title: str, host: str = "", *, waiting: str, needs: Mapping[str, str]) -> str:
    """The steps of `page` as bash; `host`: only those of this host, for a page with several. "" if there is none.

    waiting: bash that defines wait_for SECONDS KIND TARGET INSIDE; needs: word after needs= -> a command that succeeds
    where it is met.
    """
    found = parts(page, host, needs)
    if all(step.kind == "wait" for step, _ in found):
        return ""
    header = HEADER.format(title=title, page=page.path)
    header += ENGINE_IS if any(step.options.engine for step, _ in found) else ""
    header += waiting if any(step.kind == "wait" for step, _ in found) else ""
    return "\n".join([header, *(text for _, text in found)])


def parts(page: Page, host: str, needs: Mapping[str, str]) -> list[tuple[Step, str]]:
    """What the script has of each step: all that a reader sees, and the waits."""
    return [(step, _guarded(step, needs)) for step in page.steps
            if _is_in(step) and (not host or _host(page, step) == host)]  # fmt: skip


def _is_in(step: Step) -> bool:
    return step.kind == "wait" or (step.kind in ("bash", "console", "python", "file") and not step.hidden)


def _host(page: Page, step: Step) -> str:
    return step.options.host or (page.hosts or [""])[0]


def _guarded(step: Step, needs: Mapping[str, str]) -> str:
    """One step, on those hosts alone that the page runs it on."""
    conditions = [f"engine_is '{sign}' {wanted}" for sign, wanted in step.options.engine]
    conditions += [f"{{ {needs[need]}; }} >/dev/null 2>&1" for need in step.options.needs]
    part = _part(step)
    return f"if {' && '.join(conditions)}; then\n{part}fi\n" if conditions and not step.skip else part


def _part(step: Step) -> str:
    """One step. A value that another host shares is the reader's to set, and is said so."""
    code = step.source
    if step.kind == "wait":
        words = ([f"{step.options.timeout:.0f}", one.kind, one.target, one.inside] for one in step.waits)
        code = "\n".join(f"wait_for {shlex.join(line)}" for line in words)
    if step.kind == "console":
        code = "".join(command.source for command in step.commands)
    if step.kind == "python":
        code = "\n".join(line[4:] for line in code.splitlines() if line.startswith((">>> ", "... "))) or code
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
