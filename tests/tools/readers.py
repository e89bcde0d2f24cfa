"""Pages as others run them: AS=reader holds the script that a page offers against its recording; AS=guest runs it on a
host that is lived in, and looks whether all is left as it was.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from macros.lab.host import Lab
from macros.lab.inventory import leftovers
from macros.lab.needs import NEEDS
from macros.lab.shell import ShellError
from macros.lab.wait import FUNCTIONS
from macros.page.script import parts, script
from macros.page.steps import Page, Step
from macros.record import report
from macros.record.normalize import Bindings
from macros.record.recording import Recording

WAYS = ("", "reader", "guest")
LIVED_IN = Path(__file__).with_name("lived-in.sh")
# Where the owner of the lived-in host stands when a guest comes.
OWNERS_FOLDER = "/home/dev/project"
# Where a script is put, and what it printed: no page looks there.
FOLDER = "/run/reader"
# What bash reads before the script: of each command that it begins, it then notes the line of the script, how deep in
# functions that is, and how much had been printed before it.
NOTING = """
unset BASH_ENV
PS4='+$LINENO ${#FUNCNAME[@]} $(stat --format %s /run/reader/output)
'
exec 9>/run/reader/trace
BASH_XTRACEFD=9
set -x
"""
# A page's script has no steps that could have limits of their own.
SECONDS = 600


def way() -> str:
    """How pages are run, from AS. Raises ValueError."""
    given = os.environ.get("AS", "")
    if given not in WAYS:
        raise ValueError(f"AS={given}: there are: {', '.join(filter(None, WAYS))}")
    return given


def as_reader(page: Page, lab: Lab, recorded: Recording | None, mend: str) -> str:
    """Run the page's script in a fresh lab, nothing else; returns "" or what is not as its recording."""
    if recorded is None:
        return report.failure(page.path, f"nothing was recorded for this page on engine {lab.engine}", following=mend)
    lab.reset()
    found = _printed_together(page, lab) if len(page.hosts) > 1 else _printed(page, lab)
    results = dict(zip(map(id, page.recorded), recorded.results, strict=True))
    bindings = Bindings()
    for step, output in found:
        known = results[id(step)]
        expected = "" if known.skipped else "\n".join(text for _, text in known.parts) if known.parts else known.output
        if why := bindings.same(expected, output.rstrip("\n"), wildcards=False):
            return report.failure(
                f"{page.path}:{step.line}", f"{why}: not what a reader gets who runs the page's script", step=step,
                difference=report.compared(expected, output), following=f"make test PAGE={page.path} AS=reader",
                cause="a hidden block, or the shell of an earlier step, did what the page does not show",
            )  # fmt: skip
    if left := leftovers(lab):
        return report.failure(page.path, f"a reader is left with: {', '.join(left)}",
                              following=f"make test PAGE={page.path} AS=reader")  # fmt: skip
    return ""


def as_guest(page: Page, lab: Lab) -> str:
    """Run the page's script on a host that is lived in; returns "" or what is not as it was there."""
    lab.reset()
    hosts = [lab.host(name) for name in page.hosts or [""]]
    for host in hosts:
        host.put(FOLDER, {"lived-in": LIVED_IN.read_bytes()})
        host.read(f"{FOLDER}/lived-in", "furnish")
    before = [host.read(f"{FOLDER}/lived-in", "list").splitlines() for host in hosts]
    (_printed_together if len(hosts) > 1 else _printed)(page, lab, OWNERS_FOLDER)
    differences = []
    for host, was in zip(hosts, before, strict=True):
        now = host.read(f"{FOLDER}/lived-in", "list").splitlines()
        differences += [f"- {line}" for line in was if line not in now]
        differences += [f"+ {line}" for line in now if line not in was]
    if differences:
        return report.failure(page.path, "a host that is lived in is not as it was", difference="\n".join(differences),
                              following=f"make test PAGE={page.path} AS=guest")  # fmt: skip
    return ""


def _printed(page: Page, lab: Lab, folder: str = "/root") -> list[tuple[Step, str]]:
    """What each step of the page's script printed, run whole by `bash script`, exactly as it is offered."""
    text = script(page, page.path, waiting=FUNCTIONS, needs=NEEDS)
    lab.put(FOLDER, {"page.sh": text.encode(), "noting": NOTING.encode(), "output": b"", "trace": b""})
    command = f"cd {folder}; BASH_ENV={FOLDER}/noting bash {FOLDER}/page.sh </dev/null >{FOLDER}/output 2>&1"
    shell = lab.shell()
    try:
        shell.run(command, SECONDS)
    except ShellError as error:
        return [(page.steps[0], f"the script {error}\n{error.output}")]
    finally:
        shell.close()
    output, trace = (lab.read("cat", f"{FOLDER}/{name}").encode() for name in ("output", "trace"))
    return _cut(page, text, output, trace.decode())


def _cut(page: Page, text: str, output: bytes, trace: str) -> list[tuple[Step, str]]:
    """The output of a script step by step: what a step printed begins where its first command began."""
    found = parts(page, "", NEEDS)
    lines, begins = [], []
    place = text.index(found[0][1]) if found else 0
    for _, part in found:
        place = text.index(part, place)
        lines.append((text.count("\n", 0, place) + 1, text.count("\n", 0, place + len(part)) + 1))
    marks = [tuple(map(int, mark)) for mark in re.findall(r"(?m)^\++(\d+) (\d+) (\d+)$", trace)]
    at = len(output)
    for first, last in reversed(lines):
        at = next((size for line, depth, size in marks if depth == 0 and first <= line < last), at)
        begins.insert(0, at)
    ends = [*begins[1:], len(output)]
    return [(step, output[begin:end].decode(errors="backslashreplace"))
            for (step, _), begin, end in zip(found, begins, ends, strict=True)]  # fmt: skip


def _printed_together(page: Page, lab: Lab, folder: str = "/root") -> list[tuple[Step, str]]:
    """The scripts of a page of several hosts, a terminal each, step by step in the page's order."""
    shells = {name: lab.host(name).shell() for name in page.hosts}
    found = []
    try:
        for shell in shells.values():
            shell.run(f"cd {folder}\n{FUNCTIONS}", 10)
        for step, part in parts(page, "", NEEDS):
            shell = shells[step.options.host or page.hosts[0]]
            found.append((step, shell.run(part, step.options.timeout)[1]))
            for word in step.options.share:
                value = shell.run(f"declare -p {word}", 10)[1]
                for other in shells.values():
                    if other is not shell:
                        other.run(value, 10)
    except ShellError as error:
        found.append((step, f"the script {error}\n{error.output}"))
    finally:
        for shell in shells.values():
            shell.close()
    return found
