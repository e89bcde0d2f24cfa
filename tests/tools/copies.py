"""Copies of this project's code, for tests that break or run it elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

from macros.site import library


def copied_code(project: Path, *names: str) -> None:
    """Copy folders of this project into another, with what Python compiled of them: whoever runs the copy compiles
    nothing again. What Python is about to write, in a file that it will rename, is left out."""
    for name in names:
        shutil.copytree(library.ROOT / name, project / name, ignore=shutil.ignore_patterns("*.pyc.*"))
