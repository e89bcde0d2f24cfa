"""The rooms of macros/: which takes what from which, and how much a module holds."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from macros.site import library

MOST_LINES = 250
RULES = library.ROOT / "tests" / "importlinter.ini"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """lint-imports with this project's contracts, over the package macros of a folder."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache", str(RULES)]
    environment = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("record/report.py", "from macros.site import library", "Imports run one way"),
        ("page/steps.py", "from macros.record import normalize", "Imports run one way"),
        ("lab/host.py", "from macros.page import steps", "Imports run one way"),
        ("draw/svg.py", "from macros.lab import owner", "Imports run one way"),
        ("words.py", "from macros.page import options", "Imports run one way"),
        ("lab/shell.py", "from macros import words", "page and lab know nobody"),
        ("page/options.py", "from macros.page import reader", "No room and no module is in a circle"),
        ("site/tabs.py", "from macros.site import composer", "No room and no module is in a circle"),
        ("record/normalize.py", "import docker", "needs neither"),
        ("draw/metro.py", "def late():\n    from mkdocs import config", "needs neither"),
    ],
)
def test_an_arrow_turned_round_is_an_error(tmp_path, module, line, broken):
    shutil.copytree(library.ROOT / "macros", tmp_path / "macros", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "macros" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    done = lint(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert any(broken in row and row.endswith("BROKEN") for row in done.stdout.splitlines()), done.stdout
    assert f".{Path(module).stem}" in done.stdout.partition("Broken contracts")[2], done.stdout


def test_a_room_is_imported_without_the_site():
    """Of which macros/__init__.py, which each import of a room runs first, is the wiring."""
    code = "import sys, macros.record.recording; print(*(name for name in sys.modules if name.startswith('macros.')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=library.ROOT, capture_output=True, text=True, check=True)
    assert "macros.page.steps" in done.stdout.split() and "macros.site" not in done.stdout, done.stdout


def test_every_room_is_in_the_rules():
    done = lint(library.ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    ruled = set(re.findall(r"\bmacros\.(\w+)\b", RULES.read_text(encoding="utf-8")))
    rooms = {path.stem for path in (library.ROOT / "macros").iterdir() if path.suffix in ("", ".py")}
    assert {room for room in rooms if not room.startswith(("__", "."))} <= ruled


@pytest.mark.parametrize("path", sorted((library.ROOT / "macros").rglob("*.py")), ids=lambda path: path.name)
def test_a_module_has_one_noun_and_few_lines(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES, f"{path}: {len(lines)} lines; split it where a reader of the code would look"
    assert lines and lines[0].startswith('"""'), f"{path}: say in the first line what is in here"
