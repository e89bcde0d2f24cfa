"""`make bench`: ratios, each measured within one run, alternating the two sides so that a drift of the machine
touches both. Prints a table; asserts nothing, since a busy machine is no fault of the project.

`make bench PART=edits` measures one part; PARTS names them."""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from macros import library
from macros.lab import Lab
from macros.page import parse
from macros.session import Session, StepFailed
from tests import bench_site

STEPS = 40
ROUNDS = 5
COMMANDS = ["docker network ls", "docker network create n{i}", "docker network inspect n{i}", "docker network rm n{i}"]

def seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def ratio(name: str, ours: Callable[[], object], plain: Callable[[], object], per: int = 0) -> None:
    """Print the median ratio of ours to plain over alternating rounds; `per`: steps, for the difference a step."""
    print(f"measuring: {name}", file=sys.stderr)
    ours(), plain()
    pairs = [(seconds(ours), seconds(plain)) for _ in range(ROUNDS)]
    ratios = sorted(a / b for a, b in pairs)
    each = f"{statistics.median(a - b for a, b in pairs) / per * 1000:+.1f} ms a step" if per else ""
    print(f"| {name} | {statistics.median(ratios):.2f} | {ratios[0]:.2f}-{ratios[-1]:.2f} | {each} |", flush=True)


def verification(lab: Lab) -> None:
    commands = [COMMANDS[i % len(COMMANDS)].format(i=i // len(COMMANDS)) for i in range(STEPS)]
    page = parse("".join(f"```bash\n{command}\n```\n" for command in commands), "bench.md")

    def ours() -> None:
        session = Session(page, lab)
        for step in page.steps:
            session.run(step)
        session.close()

    ratio(f"{STEPS} docker commands, verified / plain bash", ours,
          lambda: lab.run("bash", "-c", "\n".join(commands)), STEPS)  # fmt: skip


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
    commands = [COMMANDS[i % len(COMMANDS)].format(i=i // len(COMMANDS)) for i in range(STEPS)]
    page = parse("".join(f"```bash\n{command}\n```\n" for command in commands), "bench.md")
    labs = [Lab.start(report=lambda line: None) for _ in range(2)]

    def verified(lab: Lab) -> None:
        session = Session(page, lab)
        for step in page.steps:
            session.run(step)
        session.close()

    def workers() -> None:
        threads = [threading.Thread(target=verified, args=(lab,)) for lab in labs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def script() -> None:
        for _ in range(len(labs) * 2):
            labs[0].run("bash", "-c", "\n".join(commands))

    try:
        ratio("two pages, both languages, two workers / plain bash in sequence", workers, script)
    finally:
        for lab in labs:
            lab.close()


def build() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ratio("build from recordings / two plain builds", lambda: bench_site.ours(library.ROOT, folder),
              lambda: bench_site.plain(library.ROOT, folder))  # fmt: skip


PARTS = ("build", "edits", "growth", "weights", "verification", "lighthouse")


def main() -> None:
    wanted = sys.argv[1:] or PARTS
    if unknown := set(wanted) - set(PARTS):
        sys.exit(f"bench.py: no part {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
    print("| what | median | range | |\n|---|---|---|---|", flush=True)
    for part in wanted:
        print(f"measuring: {part}", file=sys.stderr)
        if part == "verification":
            lab = Lab.start(report=lambda line: print(line, file=sys.stderr))
            try:
                verification(lab)
                hang(lab)
            finally:
                lab.close()
            both_languages()
        elif part == "build":
            build()
        else:
            getattr(bench_site, part)()


if __name__ == "__main__":
    main()
