"""A folder of one's own binaries as the source of an engine, ENGINE_DIR: dockerd, docker and what else lies there."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from macros.lab.images.sources import SOURCES

NEEDED = ("dockerd", "docker")


class FolderError(RuntimeError):
    """ENGINE_DIR is no folder of an engine; the message says what it lacks."""


@dataclass(frozen=True)
class Folder:
    path: Path
    version: str
    """What its dockerd says: "29.7.2", or of a build of one's own "29.8.0-dev"."""

    @property
    def generation(self) -> str:
        """The one that its engine is held against: its own, else the newest."""
        own = ".".join(self.version.split(".")[:2])
        return own if own in SOURCES else next(iter(SOURCES))

    def programs(self) -> list[Path]:
        return sorted(path for path in self.path.iterdir() if path.is_file() and os.access(path, os.X_OK))

    def digest(self) -> str:
        """Changes with any of the programs."""
        digest = hashlib.sha256()
        for path in self.programs():
            with path.open("rb") as file:
                digest.update(path.name.encode() + b"\0" + hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    def put(self, context: Path) -> None:
        """Lay the programs into a build context."""
        (context / "engine" / "bin").mkdir()
        for path in self.programs():
            shutil.copy2(path, context / "engine" / "bin" / path.name)


def folder() -> Folder | None:
    """What ENGINE_DIR names, or None. Raises FolderError."""
    given = os.environ.get("ENGINE_DIR")
    if not given:
        return None
    path = Path(given).expanduser().resolve()
    if not path.is_dir():
        raise FolderError(f"ENGINE_DIR={given}: there is no such folder")
    for name in NEEDED:
        if not (path / name).is_file() or not os.access(path / name, os.X_OK):
            there = ", ".join(sorted(entry.name for entry in path.iterdir())[:12]) or "nothing"
            raise FolderError(
                f"ENGINE_DIR={given} has no program {name}; it has {there}\n"
                "  next: give the folder that your build, or Docker's archive of static binaries, put dockerd into"
            )
    return Folder(path, _version(path / "dockerd"))


def _version(program: Path) -> str:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False)
        said, found = done.stdout + done.stderr, re.search(r"version (\S+?),", done.stdout)
    except (OSError, subprocess.TimeoutExpired) as error:
        said, found = str(error), None
    if not found:
        raise FolderError(f"{program} does not say its version: {said.strip()[:300]}")
    return found[1]
