"""When each page was last changed, as its Git history tells."""

from __future__ import annotations

import subprocess
from pathlib import Path


def last_changes(root: Path, folder: str) -> dict[str, str]:
    """Files below a folder -> day of their last commit ("2026-11-24"), by one call of Git.

    Empty without Git, and in a shallow clone: what its first commit says of a file is not when that was changed.
    """
    try:
        if _git(root, "rev-parse", "--is-shallow-repository").strip() != "false":
            return {}
        log = _git(root, "log", "--format=%x01%cs", "--name-only", "-z", "--", folder)
    except (OSError, subprocess.CalledProcessError):
        return {}
    found: dict[str, str] = {}
    for commit in log.split("\x01")[1:]:
        day, *names = commit.replace("\n", "\0").split("\0")
        for name in filter(None, names):
            found.setdefault(name, day)
    return found


def _git(root: Path, *arguments: str) -> str:
    # quotePath would turn names in Hangul into numbers.
    command = ["git", "-C", str(root), "-c", "core.quotePath=false", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
