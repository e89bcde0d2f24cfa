"""Would a wrong page be noticed? Changes one thing on a page in a copy, runs it, and counts what its checks catch.

    make mutants [PAGE=docs/ko/network/bridge.md] [MUTANTS=8 or all] [WORKERS=2] [ENGINE=28.5]

A mutant is caught where the page does not pass any more: a step fails, a hidden check does, something stays behind, or
an output is not the recorded one. That the recording is of another step, which any change of a command is, does not
count: the question is whether what the page *shows and checks* would be different. Results go to docs/_mutants.json.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from macros.lab.inventory import leftovers
from macros.page.options import Options
from macros.page.reader import parse
from macros.page.steps import Page, Step
from macros.record import recording as recordings
from macros.record.bindings import Bindings
from macros.record.failed import StepFailed
from macros.record.recording import Recording
from macros.record.session import Session
from macros.record.typed import typed_in
from macros.site import library
from tests.tools.engines import taken
from tests.tools.equivalents import EQUIVALENTS

PAGES = library.ROOT / "docs" / "ko"
# A step of a mutant may take so long, in seconds, or what the page gives it: one that waits for ever is caught.
PATIENCE = 20.0

# Lines of which a command is made that spans several: a line is dropped or moved only as a whole command.
INNER = re.compile(r"\\\s*$|^\s*(?:do|done|fi|else|then|esac|EOF|END)\b|^\s*[})]|<<|^\s*#|^\s*$")
SWITCHES = re.compile(
    r" (?:--(?:rm|internal|attachable|read-only|init|force|all|no-trunc|ingress|ipv6|verbose|quiet|privileged|volumes)"
    r"|--[a-z-]+=\S+|-f|-q|-a|-n|-aq|-qf)(?=\s|$)"
)
PATHS = re.compile(r"""(?<=[\s:=>"'])/(?!dev|proc|sys)[a-z][\w.-]*(?:/[\w.-]+)*/?""")
MAC = re.compile(r"\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b")
ADDRESSES = re.compile(r"\b(?:10\.\d+|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.\d+\.\d+(?:/\d+)?")
CREATED = re.compile(
    r"--name[ =](\S+)|--(?:network|net)[ =]([a-z]\S*)|(?:network|volume) create (?:.* )?([a-z][\w-]*)$"
    r"|(?:-v|source=|src=) ?([a-z][\w-]*)(?=[:,])"
)


@dataclass(frozen=True)
class Mutant:
    """One change of a page. kind: what was changed; line: on the page; old, new: the line before and after ("" is
    dropped); text: the whole page; index: which of its steps (prose left out) is to have printed something else, or -1;
    again: how many changes before it have the same name."""

    page: str
    kind: str
    line: int
    old: str
    new: str
    text: str
    index: int = -1
    again: int = 0

    @property
    def name(self) -> str:
        """What stays the same when lines move: EQUIVALENTS and the choice go by it."""
        number = f" #{self.again + 1}" if self.again else ""
        old, new = (re.sub(r"\s*\n\s*", " ; ", text.strip()) for text in (self.old, self.new))
        return f"{self.kind}: {old} -> {new or '(nothing)'}{number}"


def mutants_of(path: Path, engine: str, only: Collection[str] | None = None) -> list[Mutant]:
    """All mutants of a page, in its order; steps that `engine` skips have none, since nothing of theirs is run.
    only: names of those that are wanted; others may be left out, which saves asking bash about each.

    ValueError, as path:line: text, where the page is not the one that was recorded.
    """
    text = path.read_text(encoding="utf-8")
    name = str(path.relative_to(library.ROOT))
    page = parse(text, name)
    names = {word for step in page.steps for match in CREATED.finditer(step.source) for word in match.groups() if word}
    history = recordings.load(library.ROOT, _recorded(name))
    if not history:
        return []
    if why := history.stale(page):
        raise ValueError(f"{why}; make record PAGE={name}")
    if engine not in history.engines:
        raise ValueError(f"{name}:1: nothing was recorded on engine {engine}; make record PAGE={name} ENGINE={engine}")
    known = history.engines[engine]
    wanted = None if only is None else {re.sub(r" #\d+\Z", "", one) for one in only} | {*only}
    found: dict[str, Mutant] = {}
    changes: set[tuple[int, str]] = set()

    def add(mutant: Mutant) -> None:
        while mutant.name in found:
            mutant = replace(mutant, again=mutant.again + 1)
        found[mutant.name] = mutant

    steps = page.recorded
    for index, step in enumerate(steps):
        if not step.runs or step.hidden or step.kind not in ("bash", "console", "file") or known.results[index].skipped:
            continue
        for kind, line, old, new in [*_of_lines(step, names), *_of_order(step), *_of_options(page, step)]:
            lines = text.split("\n")
            lines[line - 1 : line - 1 + old.count("\n") + 1] = new.split("\n") if new else []
            changed = "\n".join(lines)
            if (line, changed) in changes:  # a name, say, that is a path too
                continue
            mutant = Mutant(name, kind, line, old, new, changed)
            if wanted is not None and mutant.name not in wanted:
                changes.add((line, changed))
                continue
            if kind in ("dropped", "order") and not _is_bash(changed, name, index):
                continue
            changes.add((line, changed))
            add(mutant)
        if step.kind == "bash" and step.options.output == "show":
            add(Mutant(name, "text", step.line, step.name, "another recorded output", text, index))
    return list(found.values())


def _of_lines(step: Step, names: set[str]) -> Iterator[tuple[str, int, str, str]]:
    """(kind, line, old, new) for changes within one line of a fence."""
    lines = step.source.rstrip("\n").split("\n")
    for number, bare in enumerate(lines, step.line + 1):
        line = step.indent + bare if bare else bare
        if re.match(r"\s*(?:#|$)", bare) or (step.kind == "console" and not bare.startswith("$ ")):
            continue
        changes: list[tuple[str, str]] = []
        for match in re.finditer(r"[\w-]+(?:\.[\w-]+)*", line):
            if match[0] in names:
                changes.append(("name", _put(line, match, f"{match[0]}2")))
        for match in re.finditer(r"(?<=--network )\S+|(?<=--network=)\S+|(?<=--net )\S+", line):
            changes.append(("network", _put(line, match, "bridge" if match[0] == "none" else "none")))
        macs = [match.span() for match in MAC.finditer(line)]
        for match in re.finditer(r"(?<=-p )\S+|(?<=--publish )\S+|(?<=:)\d{2,5}\b(?!\.\d|:\d*[a-z])", line):
            if any(start <= match.start() < end for start, end in macs):
                continue
            number_in = list(re.finditer(r"\d+(?=:\d+\b|$|/|-)|(?<=:)\d+|^\d+$", match[0]))
            for inner in number_in or []:
                port = _put(match[0], inner, str(int(inner[0]) + 1))
                changes.append(("port", _put(line, match, port)))
        for match in SWITCHES.finditer(line):
            changes.append(("flag", _put(line, match, "")))
        for match in re.finditer(r":ro\b|,readonly\b|,ro\b", line):
            changes.append(("flag", _put(line, match, "")))
        for match in PATHS.finditer(line):
            changes.append(("path", _put(line, match, match[0].rstrip("/") + "2")))
        for match in ADDRESSES.finditer(line):
            changed = re.sub(r"(?<=\.)(\d+)(?=\.\d+(?:/\d+)?\Z)", lambda m: str((int(m[1]) + 1) % 256), match[0])
            changes.append(("address", _put(line, match, changed)))
        for match in re.finditer(r"(?<=echo )[\w]+|(?<=echo ['\"])\w+", line):
            changes.append(("word", _put(line, match, f"{match[0]}x")))
        yield from ((kind, number, line, new) for kind, new in changes if new != line)


def _put(text: str, match: re.Match, new: str) -> str:
    return text[: match.start()] + new + text[match.end() :]


def _of_order(step: Step) -> Iterator[tuple[str, int, str, str]]:
    """Each command of a bash fence dropped, and each two neighbours swapped."""
    if step.kind != "bash":
        return
    lines = [step.indent + line if line else line for line in step.source.rstrip("\n").split("\n")]
    goes_on = [False, *(line.rstrip().endswith("\\") for line in lines)]
    whole = [not INNER.search(line) and not goes_on[at] for at, line in enumerate(lines)]
    for at, line in enumerate(lines):
        if not whole[at]:
            continue
        number = step.line + 1 + at
        yield "dropped", number, line, "" if len(lines) > 1 else f"{step.indent}:"
        if at + 1 < len(lines) and whole[at + 1] and lines[at + 1] != line:
            yield "order", number, f"{line}\n{lines[at + 1]}", f"{lines[at + 1]}\n{line}"


def _of_options(page: Page, step: Step) -> Iterator[tuple[str, int, str, str]]:
    """Another expected exit code."""
    lines = page.text.split("\n")
    above = lines[step.line - 2] if step.line > 1 else ""
    if "<!-- step:" in above and (found := re.search(r"\bexit=(\d+)", above)):
        yield "exit", step.line - 1, above, above.replace(found[0], f"exit={int(found[1]) + 1}")
        yield "exit", step.line - 1, above, re.sub(r" *\bexit=\d+", "", above).replace("<!-- step: -->", "<!-- -->")


def _is_bash(text: str, name: str, index: int) -> bool:
    """Whether the changed step is still a step, and one that bash can read."""
    steps = parse(text, name).recorded
    if index >= len(steps):
        return False
    checked = subprocess.run(["bash", "-n"], input=steps[index].source, text=True, capture_output=True, check=False)
    return checked.returncode == 0


def chosen(found: list[Mutant], most: str) -> list[Mutant]:
    """As many as wanted, by their content: each kind in turn, so that rare kinds are there too."""
    if most == "all":
        return found
    kinds: dict[str, list[Mutant]] = {}
    for mutant in sorted(found, key=lambda mutant: hashlib.sha256(f"{mutant.page}{mutant.name}".encode()).hexdigest()):
        kinds.setdefault(mutant.kind, []).append(mutant)
    taken: list[Mutant] = []
    while kinds and len(taken) < int(most):
        for kind in list(kinds):
            taken.append(kinds[kind].pop(0))
            if not kinds[kind]:
                del kinds[kind]
    return sorted(taken[: int(most)], key=lambda mutant: mutant.line)


def caught(mutant: Mutant, lab: object) -> str:
    """What notices the mutant, in a few words, or "" where it survives."""
    page = parse(mutant.text, mutant.page)
    if page.problems:
        return str(page.problems[0])
    known = recordings.load(library.ROOT, _recorded(mutant.page)).engines[lab.engine]
    if mutant.index >= 0:
        known = _other_output(known, mutant.index)
    steps = page.recorded
    lab.reset()
    session, bindings = Session(page, lab), Bindings(typed_in(steps))
    try:
        for at, step in enumerate(steps):
            result = session.run(_impatient(step) if step.line >= mutant.line - 1 else step)
            was = known.results[at]
            if (result.status, bool(result.skipped)) != (was.status, bool(was.skipped)):
                return f"{page.path}:{step.line}: exit {result.status}, recorded {was.status}"
            if not result.skipped and (why := was.unlike(result, bindings)):
                return f"{page.path}:{step.line}: {why}"
        session.finish()
    except (StepFailed, RuntimeError) as error:
        return str(error).splitlines()[0]
    finally:
        session.close()
    left = leftovers(lab)
    return f"{page.path}: leaves behind {', '.join(left)}" if left else ""


def _recorded(page: str) -> str:
    """What the recording of a page goes by."""
    return str(Path(page).relative_to("docs/ko").with_suffix(""))


def _impatient(step: Step) -> Step:
    if step.options.timeout != Options.timeout:
        return step
    return replace(step, options=replace(step.options, timeout=PATIENCE))


def _other_output(known: Recording, index: int) -> Recording:
    """A recording in which one word of one output is another."""
    results = list(known.results)
    result = results[index]
    at = max(range(len(result.parts)), key=lambda at: len(result.parts[at][1]), default=None)
    output = result.output if at is None else result.parts[at][1]
    word = re.search(r"[A-Za-z]{3,}", output)
    changed = _put(output, word, word[0][::-1] + "x") if word else output + "x"
    parts = [(status, changed if number == at else text) for number, (status, text) in enumerate(result.parts)]
    results[index] = replace(result, output=changed if at is None else "", parts=parts)
    return Recording(known.engine, results)


def work(jobs: multiprocessing.Queue, done: multiprocessing.Queue, engine: str) -> None:
    """One worker: a lab of its own, and mutants until there are no more (None)."""
    from macros.lab.host import Lab

    lab = Lab.start(engine, lambda line: None)
    try:
        while (mutant := jobs.get()) is not None:
            began = time.monotonic()
            try:
                why = caught(mutant, lab)
            except Exception as error:  # a mutant may break whatever it runs in
                why = f"{type(error).__name__}: {error}".splitlines()[0]
            done.put((mutant, why, time.monotonic() - began))
    except KeyboardInterrupt:
        pass
    finally:
        lab.close()


def run(mutants: list[Mutant], workers: int, engine: str, report: Callable[[str], None]) -> dict[Mutant, str]:
    """Run all; returns for each what caught it."""
    jobs: multiprocessing.Queue = multiprocessing.Queue()
    done: multiprocessing.Queue = multiprocessing.Queue()
    for job in [*mutants, *[None] * workers]:
        jobs.put(job)
    processes = [multiprocessing.Process(target=work, args=(jobs, done, engine)) for _ in range(workers)]
    for process in processes:
        process.start()
    found: dict[Mutant, str] = {}
    try:
        while len(found) < len(mutants):
            mutant, why, seconds = done.get(timeout=600)
            found[mutant] = why
            said = f"{'caught  ' if why else 'SURVIVES'} {seconds:5.1f} s"
            report(f"{len(found):>4}/{len(mutants)} {said}  {mutant.page}:{mutant.line}: {mutant.name}")
    finally:
        for process in processes:
            process.join(60)
    return found


def entry(page: str, found: dict[Mutant, str], of: int) -> dict:
    """What docs/_mutants.json says of a page."""
    survivors = [mutant for mutant, why in found.items() if mutant.page == page and not why]
    known = EQUIVALENTS.get(page, {})
    ran = sum(1 for mutant in found if mutant.page == page)
    return {
        "mutants": ran, "of": of, "caught": ran - len(survivors),
        "equivalent": [
            {"line": m.line, "mutation": m.name, "why": known[m.name]} for m in survivors if m.name in known
        ],
        "survivors": [{"line": m.line, "mutation": m.name} for m in survivors if m.name not in known],
    }  # fmt: skip


def table(results: dict[str, dict]) -> str:
    """The share caught, and every survivor with its place."""
    lines, total, noticed, equal = [], 0, 0, 0
    for page, result in results.items():
        same = len(result["equivalent"])
        total, noticed, equal = total + result["mutants"], noticed + result["caught"], equal + same
        lines.append(f"{result['caught'] + same:>4}/{result['mutants']:<4} of {result['of']:<4} {page}"
                     + (f" ({same} equivalent)" if same else ""))  # fmt: skip
        lines += [f"     survives {page}:{one['line']}: {one['mutation']}" for one in result["survivors"]]
    share = (noticed + equal) / total if total else 1.0
    lines.append(f"{total} mutants of {len(results)} pages: {noticed} caught, {equal} equivalent: {share:.1%}")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    pages = [Path(page).resolve() for page in arguments] or sorted(PAGES.glob("**/*.md"))
    most = os.environ.get("MUTANTS", "8")
    try:
        (engine, *_), left_out = taken(os.environ.get("ENGINE", ""))
        print("\n".join([*left_out, f"engine: {engine}"]))
        every = {path: mutants_of(path, engine) for path in pages}
    except (RuntimeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    every = {path: found for path, found in every.items() if found}
    picked = [mutant for found in every.values() for mutant in chosen(found, most)]
    found = run(picked, int(os.environ.get("WORKERS", 2)), engine, lambda line: print(line, flush=True))
    results = library.mutants() if library.MUTANTS.exists() and arguments else {}
    for path, of in every.items():
        name = str(path.relative_to(library.ROOT))
        results[name] = entry(name, found, len(of))
    text = json.dumps(dict(sorted(results.items())), indent=1, ensure_ascii=False)
    library.MUTANTS.write_text(f"{text}\n", encoding="utf-8")
    print(table(results))
    return 1 if any(result["survivors"] for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
