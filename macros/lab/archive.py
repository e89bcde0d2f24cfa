"""Files on their way into a lab."""

from __future__ import annotations

import io
import tarfile
import time


def tar(folder: str, files: dict[str, bytes]) -> bytes:
    """A tar archive of files (name or relative path -> content) below a folder; what begins with "#!" may be executed.

    Owned by root, changed now.
    """
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as made:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"{folder.strip('/')}/{name}")
            entry.size, entry.mtime = len(content), int(time.time())
            entry.mode = 0o755 if content.startswith(b"#!") else 0o644
            made.addfile(entry, io.BytesIO(content))
    return archive.getvalue()
