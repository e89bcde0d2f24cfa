"""`make bench`: ratios, each measured within one run, alternating the two sides so that a drift of the machine
touches both; and the seconds of `make check`, after a change, and from a clone. Prints a table; asserts nothing, since
a busy machine is no fault of the project.

`make bench PART=edits` measures one part; PARTS names them."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from macros.lab.host import Lab
from macros.page.reader import parse
from macros.page.steps import Page
from macros.record.failed import StepFailed
from macros.record.session import Session
from macros.site import library
from tests.tools import bench_changed, bench_clone, bench_site, bench_steps
from tests.tools.building import copied

STEPS = 40
ROUNDS = 5
# What a step costs is little beside what an engine takes: many rounds, and commands that change nothing, which always
# take the same.
VERIFIED_ROUNDS = 15
# What `make check` may take where two cores are free.
CHECK_SECONDS = 120
COMMANDS = ["docker network ls", "docker network create n{i}", "docker network inspect n{i}", "docker network rm n{i}"]


def commands_and_page(given: list[str]) -> tuple[str, Page]:
    """As many commands as STEPS, in turn those given, as a script and as a page."""
    commands = [given[i % len(given)].format(i=i // len(given)) for i in range(STEPS)]
    return "\n".join(commands), parse("".join(f"```bash\n{command}\n```\n" for command in commands), "bench.md")


def verified(page: Page, lab: Lab) -> None:
    """Run a page, as the tests do."""
    session = Session(page, lab)
    for step in page.steps:
        session.run(step)
    session.close()


def seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def ratio(name: str, ours: Callable[[], object], plain: Callable[[], object], per: int = 0,
          rounds: int = ROUNDS, goal: float = 0) -> None:  # fmt: skip
    """Print the median ratio of ours to plain over alternating rounds; `per`: steps, for the difference
    a step, between the fastest rounds of each: what else the machine does only ever makes them slower. goal: of the
    ratio of the fastest rounds, which is told beside it."""
    print(f"measuring: {name}", file=sys.stderr)
    ours(), plain()
    pairs = []
    for number in range(rounds):  # each side is first in turn
        times = {side: seconds(side) for side in ((ours, plain) if number % 2 else (plain, ours))}
        pairs.append((times[ours], times[plain]))
    ratios = sorted(a / b for a, b in pairs)
    fastest = [min(times) for times in zip(*pairs, strict=True)]
    told = f"fastest rounds {fastest[0] / fastest[1]:.2f}, goal {goal:.2f}" if goal else ""
    each = f"{(min(a for a, _ in pairs) - min(b for _, b in pairs)) / per * 1000:+.1f} ms a step" if per else told
    print(f"| {name} | {statistics.median(ratios):.2f} | {ratios[0]:.2f}-{ratios[-1]:.2f} | {each} |", flush=True)


def verification(lab: Lab) -> None:
    for what, given in (("docker commands", COMMANDS), (f"times `{COMMANDS[0]}`", COMMANDS[:1])):
        commands, page = commands_and_page(given)
        ratio(f"{STEPS} {what}, verified / plain bash", partial(verified, page, lab),
              partial(lab.run, "bash", "-c", commands), STEPS, VERIFIED_ROUNDS)  # fmt: skip


def looking(lab: Lab) -> None:
    """What it costs to look at what each step changed, where half of the steps change something."""
    _, page = commands_and_page(COMMANDS)
    unlooked = parse(f"---\nchanges: hide\n---\n{page.text}", "bench.md")
    ratio(f"{STEPS} docker commands, what they change told / not told", partial(verified, page, lab),
          partial(verified, unlooked, lab), STEPS, VERIFIED_ROUNDS)  # fmt: skip


def hang(lab: Lab) -> None:
    page = parse("<!-- step: timeout=1 -->\n```bash\nsetsid sleep 999 & sleep 999\n```\n", "bench.md")

    def ours() -> None:
        try:
            Session(page, lab).run(page.steps[0])
        except StepFailed:
            return

    ratio("hang with a detached child, found / its limit", ours, lambda: time.sleep(1))


def both_languages() -> None:
    """Both languages of two pages: verified by two workers, each page once, since its twin has the same commands,
    against a plain script of the commands of both languages, one after the other."""
    commands, page = commands_and_page(COMMANDS)
    labs = [Lab.start(report=lambda line: None) for _ in range(2)]

    def workers() -> None:
        threads = [threading.Thread(target=verified, args=(page, lab)) for lab in labs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def script() -> None:
        for _ in range(len(labs) * 2):
            labs[0].run("bash", "-c", commands)

    try:
        ratio("two pages, both languages, two workers / plain bash in sequence", workers, script)
    finally:
        for lab in labs:
            lab.close()


def build() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = copied(folder / "project")
        plain = partial(bench_site.plain, project, folder)
        first = partial(bench_site.first, project, folder)
        ratio("first build after a clone, from recordings / two plain builds", first, plain, goal=bench_site.BUILD)
        edited = partial(bench_site.after_edit, project, folder)
        ratio("build after an edit, from recordings / two plain builds", edited, plain, goal=bench_site.BUILD)
        ratio("first build after a clone / the same, one language after the other", first,
              partial(bench_site.in_turn, project, folder), rounds=3)  # fmt: skip
        bench_site.memory(project, folder)


def check() -> None:
    """The seconds of `make check`, from the first line of the code's style to the last test."""
    began = time.perf_counter()
    done = subprocess.run(["make", "--no-print-directory", "check"], cwd=library.ROOT, capture_output=True, text=True,
                          check=False)  # fmt: skip
    took = time.perf_counter() - began
    print(done.stdout, done.stderr, file=sys.stderr)
    counted = bench_steps.ENDED.findall(done.stdout)
    said = counted[-1][0] if counted else f"make ended with {done.returncode}"
    print(f"| make check, seconds on {os.cpu_count()} cores | {took:.0f} | goal {CHECK_SECONDS} on 2 | {said} |",
          flush=True)  # fmt: skip


def verified_all() -> None:
    """How fast pages are verified."""
    lab = Lab.start(report=lambda line: print(line, file=sys.stderr))
    try:
        verification(lab)
        looking(lab)
        hang(lab)
    finally:
        lab.close()
    both_languages()


# Part -> what measures it, in the order of a whole run.
PARTS = {
    "check": check, "clone": bench_clone.clone, "changed": bench_changed.changed, "steps": bench_steps.steps,
    "build": build, "live": bench_site.live, "edits": bench_site.edits, "growth": bench_site.growth,
    "weights": bench_site.weights, "search": bench_site.search, "verification": verified_all,
    "lighthouse": bench_site.lighthouse,
}  # fmt: skip


def main() -> None:
    wanted = sys.argv[1:] or PARTS
    if unknown := set(wanted) - set(PARTS):
        sys.exit(f"bench.py: no part {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
    print("| what | median | range | |\n|---|---|---|---|", flush=True)
    for part in wanted:
        print(f"measuring: {part}", file=sys.stderr)
        PARTS[part]()


if __name__ == "__main__":
    main()
