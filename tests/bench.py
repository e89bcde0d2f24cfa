"""`make bench`: ratios, each measured within one run, alternating the two sides so that a drift of the machine
touches both. Prints a table; asserts nothing, since a busy machine is no fault of the project."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from macros import library
from macros.lab import Lab
from macros.page import parse
from macros.session import Session, StepFailed

STEPS = 40
ROUNDS = 5
COMMANDS = ["docker network ls", "docker network create n{i}", "docker network inspect n{i}", "docker network rm n{i}"]
PLAIN = """site_name: plain
docs_dir: {docs}
theme: {{name: material, language: {lang}, font: false}}
markdown_extensions:
  - admonition
  - attr_list
  - md_in_html
  - tables
  - toc: {{permalink: true}}
  - pymdownx.details
  - pymdownx.highlight
  - pymdownx.inlinehilite
  - pymdownx.superfences
  - pymdownx.tabbed: {{alternate_style: true}}
"""


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
    print(f"| {name} | {statistics.median(ratios):.2f} | {ratios[0]:.2f}-{ratios[-1]:.2f} | {each} |")


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


def build() -> None:
    """Both languages from recordings, against MkDocs with Material and the same Markdown extensions alone."""
    environment = os.environ | {"LAB": "recorded", "NO_MKDOCS_2_WARNING": "1"}
    with tempfile.TemporaryDirectory() as folder:

        def mkdocs(*arguments: str) -> None:
            command = [sys.executable, "-m", "mkdocs", "build", *arguments]
            subprocess.run(command, cwd=library.ROOT, env=environment, check=True, capture_output=True)

        def plain() -> None:
            for lang in ("ko", "en"):
                config = Path(folder) / f"{lang}.yml"
                config.write_text(PLAIN.format(docs=library.ROOT / "docs" / lang, lang=lang))
                mkdocs("-f", str(config), "-d", f"{folder}/plain/{lang}")

        ratio("build from recordings / two plain builds", lambda: mkdocs("-d", f"{folder}/ours"), plain)


def main() -> None:
    print("| what | median ratio | range | |\n|---|---|---|---|")
    build()
    lab = Lab.start(report=lambda line: print(line, file=sys.stderr))
    try:
        verification(lab)
        hang(lab)
    finally:
        lab.close()


if __name__ == "__main__":
    main()
