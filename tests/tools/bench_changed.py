"""The part of `make bench` that changes a page: how long `make test CHANGED=1` takes then, and how many tests it runs.

In a copy of this folder with what is recorded of it: what passed here is what the change is held against.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from macros.site import library
from tests.tools import tree as trees
from tests.tools.bench_steps import ENDED, ran
from tests.tools.green import NEWEST, Records
from tests.tools.inputs import how

CHANGED_SECONDS = 60
RUN = re.compile(r"(?m)^changed: (\d+ of \d+) run on ")


def a_sentence(text: str) -> str:
    """A page with a sentence more, at the end of its first paragraph of text."""
    head, after, rest = text.partition("\n# ")
    title, _, body = rest.partition("\n\n")
    paragraph, blank, end = body.partition("\n\n")
    return f"{head}{after}{title}\n\n{paragraph} 문장이 하나 더 있습니다.{blank}{end}"


def a_time(text: str) -> str:
    """A page whose first step has another limit."""
    return text.replace("\n```bash\n", "\n<!-- step: timeout=119 -->\n```bash\n", 1)


# A page as there are many, that no test has chosen for itself; of a step both languages say the same.
PAGE = "network/mtu.md"
CHANGES: tuple[tuple[str, tuple[str, ...], Callable[[str], str]], ...] = (
    ("a sentence", ("ko",), a_sentence),
    ("a step", ("ko", "en"), a_time),
)


def changed() -> None:
    """Prints how to get records where there are none."""
    told = f"goal {CHANGED_SECONDS} on 2"
    engine = _engine()
    if not engine:
        print(f"| make test CHANGED=1 after a change | no record | {told} | run `make test` first: what passed is held "
              "against it |", flush=True)  # fmt: skip
        return
    with tempfile.TemporaryDirectory() as name:
        project = Path(name) / "project"
        _copied(project)
        for what, languages, edit in CHANGES:
            for lang in languages:
                page = project / "docs" / lang / PAGE
                page.write_text(edit(page.read_text(encoding="utf-8")), encoding="utf-8")
            began = time.perf_counter()
            _, said = ran(project, "--changed", "docs/ko", "tests", ENGINE=engine)
            took = time.perf_counter() - began
            units, ended = RUN.findall(said) or ["nothing"], ENDED.findall(said) or [(said[-200:], "")]
            print(f"| make test CHANGED=1 after {what} of {PAGE}, seconds on {os.cpu_count()} cores | {took:.0f} | "
                  f"{told} | {units[-1]} run on {engine}; {ended[-1][0]!r} |", flush=True)  # fmt: skip


def _engine() -> str:
    """The engine of which there are records, that of ENGINE first; "" where there are none."""
    records = Records(library.ROOT)
    # Not those of a run as somebody else: "28.5 as reader".
    names = {path.name for path in records.folder.glob("*") if " " not in path.name}
    known = sorted(names - {NEWEST}, reverse=True)
    return next((one for one in (os.environ.get("ENGINE", ""), *known) if one and records.begun(how(one))), "")


def _copied(project: Path) -> None:
    """The files of this folder as they are, with its history, its packages and its records."""
    subprocess.run(["git", "clone", "--quiet", str(library.ROOT), str(project)], check=True)
    for path in trees.names_of(library.ROOT):
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(library.ROOT / path, project / path)
    (project / ".venv").symlink_to(library.ROOT / ".venv")
    shutil.copytree(Records(library.ROOT).folder, Records(project).folder)
