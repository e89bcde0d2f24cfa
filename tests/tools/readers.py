"""Pages as others run them: AS=reader holds the script that a page offers against its recording; AS=guest runs it on a
host that is lived in, and looks whether all is left as it was.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from macros.lab.host import Lab
from macros.lab.inventory import leftovers
from macros.lab.needs import NEEDS
from macros.lab.shell import ShellError
from macros.lab.wait import FUNCTIONS
from macros.page.names import NAME
from macros.page.names import given as given_by
from macros.page.script import ENGINE_IS, IN_PYTHON, Typed, parts
from macros.page.steps import Page, Step
from macros.record import report
from macros.record.bindings import Bindings
from macros.record.recording import Recordings
from macros.record.result import Result
from macros.record.typed import typed_in
from macros.site.composer import Composer
from macros.site.foot import offered, scripts
from macros.words import words
from tests.tools import given

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
# In which language scripts are run: what `offered` is asked for, and what is said between their steps.
LANGUAGE = "ko"
TEXTS = words("script", LANGUAGE)
# A page's script has no steps that could have limits of their own.
SECONDS = 600


def way() -> str:
    """How pages are run, from AS. Raises ValueError."""
    return given.way("test", os.environ.get("AS", ""))


def as_reader(page: Page, lab: Lab, recordings: Recordings | None) -> str:
    """Run the page's script in a fresh lab, nothing else; returns "" or what is not as its recording."""
    recorded, again = recordings and recordings.engines.get(lab.engine), f"make test PAGE={page.path} AS=reader"
    if recorded is None:
        return report.failure(page.path, f"nothing was recorded for this page on engine {lab.engine}",
                              following=f"make record PAGE={page.path}")  # fmt: skip
    lab.reset(fresh=True)
    results, bindings = dict(zip(map(id, page.recorded), recorded.results, strict=True)), Bindings(typed_in(page.steps))
    for step, output in _printed(page, lab, Composer(page, recordings, LANGUAGE).typed):
        known = results[id(step)]
        wanted = Result(step.key) if known.skipped else known.whole()
        came = Result(step.key, output=output).as_shown().whole()
        why = wanted.unlike(came, bindings)
        if why and any(not one.unlike(came, bindings) for one in unended(known)):
            why = ""
        if why:
            return report.failure(
                f"{page.path}:{step.line}", f"{why}: not what a reader gets who runs the page's script", step=step,
                difference=wanted.beside(came, bindings), following=again,
                cause="a hidden block, or the shell of an earlier step, did what the page does not show",
            )  # fmt: skip
    if left := leftovers(lab):
        return report.failure(page.path, f"a reader is left with: {', '.join(left)}", following=again)
    return ""


def unended(known: Result) -> Iterator[Result]:
    """What a terminal shows where one of a step's commands, as one that asks, does not end its line: the next one's
    output goes on behind it. A recording has the outputs apart, and the end of each without blanks."""
    for at in range(len(known.parts) - 1):
        (_, first), after = known.parts[at], known.parts[at + 1]
        for between in ("", " "):
            joined = [(after[0], first + between + after[1])]
            yield replace(known, parts=[*known.parts[:at], *joined, *known.parts[at + 2 :]]).whole()


def as_guest(page: Page, lab: Lab, recordings: Recordings | None) -> str:
    """Run the page's script on a host that is lived in; returns "" or what is not as it was there."""
    lab.reset()
    hosts = [lab.host(name, page.engines) for name in page.hosts or [""]]
    for host in hosts:
        host.put(FOLDER, {"lived-in": LIVED_IN.read_bytes()})
        host.read("bash", f"{FOLDER}/lived-in", "furnish")
    if why := _where_names_are_taken(page, lab, Composer(page, recordings, LANGUAGE).typed):
        return report.failure(page.path, why, following=f"make test PAGE={page.path} AS=guest")
    before = [host.read("bash", f"{FOLDER}/lived-in", "list").splitlines() for host in hosts]
    _printed(page, lab, Composer(page, recordings, LANGUAGE).typed, OWNERS_FOLDER)
    differences = []
    for host, was in zip(hosts, before, strict=True):
        now = host.read("bash", f"{FOLDER}/lived-in", "list").splitlines()
        differences += [f"- {line}" for line in was if line not in now]
        differences += [f"+ {line}" for line in now if line not in was]
    if differences:
        return report.failure(page.path, "a host that is lived in is not as it was", difference="\n".join(differences),
                              following=f"make test PAGE={page.path} AS=guest")  # fmt: skip
    return ""


def _where_names_are_taken(page: Page, lab: Lab, typed: Typed) -> str:
    """What is wrong with how the page's scripts end on hosts that have its names already, a volume and a folder each,
    as an earlier run leaves them; "" if nothing is. The hosts are left as they were."""
    wrong = []
    for script, text in offered(page, page.path, typed, LANGUAGE).items():
        where = scripts(page)[script]
        host = lab.host(where, page.engines)
        steps = [step for step, _ in parts(page, where, NEEDS, TEXTS, typed)]
        names = [name for name in given_by(steps) if NAME.fullmatch(name)]
        if not names:
            continue
        host.put(FOLDER, {"page.sh": text.encode()})
        host.run("bash", "-c", 'for name; do docker volume create "$name" && mkdir ~/"$name"; done', "-", *names)
        before = host.read("bash", f"{FOLDER}/lived-in", "list")
        code, said = host.run("bash", f"{FOLDER}/page.sh")
        wanted = [f"{how}{name}" for name in names for how in ("docker volume rm ", "rm -r --one-file-system ~/")]
        unsaid = [line for line in wanted if line not in said]
        if unsaid:
            wrong.append(f"where its names are taken, {script} does not say {', '.join(unsaid)}, but: {said}")
        elif code != 1 or host.read("bash", f"{FOLDER}/lived-in", "list") != before:
            wrong.append(f"where its names are taken, {script} ends with {code} and leaves not all as it was")
        host.run("bash", "-c", 'docker volume rm "$@" && cd && rmdir "$@"', "-", *names)
    return "\n".join(wrong)


def _printed(page: Page, lab: Lab, typed: Typed, folder: str = "/root") -> list[tuple[Step, str]]:
    """What each step printed of the scripts that a reader downloads."""
    if len(page.hosts) > 1:
        return _printed_together(page, lab, typed, folder)
    ((_, text),) = offered(page, page.path, typed, LANGUAGE).items()
    lab.put(FOLDER, {"page.sh": text.encode(), "noting": NOTING.encode(), "output": b"", "trace": b""})
    command = f"cd {folder}; BASH_ENV={FOLDER}/noting bash {FOLDER}/page.sh </dev/null >{FOLDER}/output 2>&1 || true"
    shell = lab.shell()
    try:
        shell.run(command, SECONDS)
    except ShellError as error:
        return [(page.steps[0], f"the script {error}\n{error.output}")]
    finally:
        shell.close()
    output, trace = (lab.read("cat", f"{FOLDER}/{name}").encode() for name in ("output", "trace"))
    return _cut(parts(page, "", NEEDS, TEXTS, typed), text, output, trace.decode())


def _cut(found: list[tuple[Step, str]], text: str, output: bytes, trace: str) -> list[tuple[Step, str]]:
    """The output of a script step by step: what a step printed begins where its first command began."""
    lines, begins = [], []
    place = text.index(found[0][1]) if found else 0
    for _, part in found:
        place = text.index(part, place)
        lines.append((text.count("\n", 0, place) + 1, text.count("\n", 0, place + len(part)) + 1))
        place += len(part)
    marks = [tuple(map(int, mark)) for mark in re.findall(r"(?m)^\++(\d+) (\d+) (\d+)$", trace)]
    at = len(output)
    for first, last in reversed(lines):
        at = next((size for line, depth, size in marks if depth == 0 and first <= line < last), at)
        begins.insert(0, at)
    ends = [*begins[1:], len(output)]
    return [(step, output[begin:end].decode(errors="backslashreplace"))
            for (step, _), begin, end in zip(found, begins, ends, strict=True)]  # fmt: skip


def _printed_together(page: Page, lab: Lab, typed: Typed, folder: str) -> list[tuple[Step, str]]:
    """The scripts of a page of several hosts, a terminal each, step by step in the page's order."""
    shells = {name: lab.host(name, page.engines).shell() for name in page.hosts}
    found = []
    try:
        for shell in shells.values():
            shell.run(f"cd {folder}\n{ENGINE_IS}{FUNCTIONS}{IN_PYTHON}", 10)
        for step, part in parts(page, "", NEEDS, TEXTS, typed):
            shell = shells[page.host_of(step)]
            found.append((step, shell.run(part, step.options.timeout).output))
            for word in step.options.share:
                value = shell.run(f"declare -p {word}", 10).output
                for other in shells.values():
                    if other is not shell:
                        other.run(value, 10)
    except ShellError as error:
        found.append((step, f"the script {error}\n{error.output}"))
    finally:
        for shell in shells.values():
            shell.close()
    return found
