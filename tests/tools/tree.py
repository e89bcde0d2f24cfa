"""The files of the project as bytes, by their path: those of a folder as they are now, or those of a commit."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import tarfile
from collections.abc import Iterable, Mapping
from fnmatch import translate
from pathlib import Path

# "macros/lab/host.py" -> what is in it.
Tree = Mapping[str, bytes]

# What commands make, and git knows nothing of: only looked at where git does not tell.
MADE = re.compile(r"(?:^|/)(?:\.git|\.venv|\.cache|\.hypothesis|[\w.]*_cache|__pycache__)(?:/|$)|^site/")
MAIN = ("main", "origin/main")


def of_folder(root: Path) -> Tree:
    """The files of a project that git tracks or would track; of a copy without git, all but what commands make."""
    return {name: (root / name).read_bytes() for name in names_of(root)}


def names_of(root: Path) -> list[str]:
    """The paths of these files."""
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard") if _is_git(root) else None
    if listed is not None:
        names = set(listed.decode().split("\0")) - {""}
    else:
        names = {path.relative_to(root).as_posix() for path in root.rglob("*")}
    return [name for name in sorted(names) if not MADE.search(name) and (root / name).is_file()]


def of_commit(root: Path, commit: str) -> Tree:
    """The files of a commit. Raises ValueError where git does not give it."""
    packed = _git(root, "archive", "--format=tar", commit)
    if packed is None:
        raise ValueError(f"git has no commit {commit}")
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}


def since_main(root: Path) -> str:
    """The commit at which this branch left main, of main itself the newest; "" where there is no main."""
    if _is_git(root):
        for main in MAIN:
            if (found := _git(root, "merge-base", "HEAD", main)) is not None:
                return found.decode().strip()
    return ""


def digest(*parts: bytes | str) -> str:
    """16 hex digits that change with any of the parts."""
    made = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        made.update(f"{len(data)} ".encode() + data)
    return made.hexdigest()[:16]


def matching(tree: Iterable[str], patterns: Iterable[str]) -> set[str]:
    """The paths that a pattern stands for; "*" goes over folders too: "docs/*" is all that is below docs."""
    wanted = re.compile("|".join(translate(pattern) for pattern in patterns))
    return {path for path in tree if wanted.match(path)}


def _is_git(root: Path) -> bool:
    # A copy in a folder of another repository is none of that one's.
    return (root / ".git").exists()


def _git(root: Path, *arguments: str) -> bytes | None:
    """What git prints, or None where it fails or is not there."""
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
