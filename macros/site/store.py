"""The folder .cache/site, in which a build leaves for later ones what they would make the same again.

A file there begins with a digest of the rest: one that was cut off or damaged is as good as none. What is in it has to
say itself what it was made of, the code included.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import sysconfig
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".cache" / "site"
# How long a digest is, in bytes.
SIZE = 32
# When this was imported, and the rest of macros/ soon after, in ns since 1970, as far as files' times are exact.
IMPORTED = time.time_ns() - 20_000_000

State = tuple[int, int, int]


def read(path: Path) -> Any:
    """What was given to `write`; None where there is nothing, or not all of it, or what only other versions know."""
    with suppress(Exception):  # pickle raises any
        data = path.read_bytes()
        if data[:SIZE] == digest(data[SIZE:]):
            return pickle.loads(data[SIZE:])
    return None


def write(path: Path, content: Any) -> None:
    """Write a file whole or not at all; where it cannot be written there is none."""
    with suppress(OSError):
        data = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with os.fdopen(number, "wb") as file:
                file.write(digest(data) + data)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise


def code() -> str:
    """A digest of the code that was imported, with Python and all that is installed; "" where it has changed since."""
    files = sorted(path for path in (ROOT / "macros").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    texts = [(str(path.relative_to(ROOT)), of_file(path)) for path in files]
    if max(state(path)[0] for path in files) >= IMPORTED:
        return ""
    return digest(repr((texts, versions())).encode()).hex()


code_imported = cache(code)


@cache
def versions() -> str:
    """Of Python, and of all that is installed."""
    installed = sorted(path.name for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))
    return repr((sys.version, installed))


def of_file(path: Path) -> str:
    """The digest of a file as it is now, "" for none."""
    try:
        return digest(path.read_bytes()).hex()
    except OSError:
        return ""


def state(path: Path) -> State:
    """Of a file what any writing of it changes, first the later of its two times; zeros where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return 0, 0, 0
    return max(stat.st_mtime_ns, stat.st_ctime_ns), stat.st_size, stat.st_ino


def digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=SIZE).digest()
