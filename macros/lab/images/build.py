"""Building an image, and looking into one."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.images import Image

LABELS = {"org.docker-docs.lab": "image"}
# Written by lab/engine/install.
PARTS = "/usr/local/share/lab/parts"


class BuildError(RuntimeError):
    """A build ended with an error. `status`: exit code of the command that failed, 0 where none did; `said`: the last
    lines before it."""

    def __init__(self, folder: Path, line: dict[str, Any], log: str) -> None:
        self.status = int((line.get("errorDetail") or {}).get("code") or 0)
        self.said = _tail(_said(log))
        super().__init__(f"building {folder / 'Dockerfile'} failed: {line['error']}\n{_tail(log)}")


def find(client: DockerClient, reference: str) -> Image | None:
    import docker.errors

    try:
        return client.images.get(reference)
    except docker.errors.ImageNotFound:
        return None


def build(
    client: DockerClient,
    folder: Path,
    args: dict[str, str],
    labels: dict[str, str] | None = None,
    **options: Any,
) -> str:
    """Build `folder` with the plain builder and return the image's id; `options` are those of the SDK."""
    labels = {**LABELS, **(labels or {})}
    # The host's network works also where bridges have no way out.
    options = {"network_mode": "host", "rm": True, "forcerm": True, "decode": True, **options}
    log, image = "", ""
    for line in client.api.build(path=str(folder), buildargs=args, labels=labels, **options):
        log += line.get("stream", "")
        image = (line.get("aux") or {}).get("ID", image)
        if "error" in line:
            raise BuildError(folder, line, log)
    return image


def parts_of(client: DockerClient, image: str) -> list[str]:
    """What the engine of a lab's image is made of, as "engine 29.7.2, Docker docker-ce 5:29.7.2-1~debian.13~trixie"."""
    container = client.containers.create(image, "none", network_mode="none", labels=LABELS)
    try:
        chunks, _ = container.get_archive(PARTS)
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
            member = tar.extractfile(PARTS.rpartition("/")[2])
            return [line.removeprefix("part ") for line in member.read().decode().splitlines()] if member else []
    finally:
        container.remove(v=True)


def fingerprint(folder: Path, suite: str) -> str:
    """Return 12 hex digits that change with any file below `folder` and with the suite."""
    digest = hashlib.sha256(suite.encode())
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(b"\0" + path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _said(log: str) -> str:
    """What the last command of a build printed, without the builder's own lines."""
    return re.split(r"(?m)^(?:Step \d+/\d+ .*| ---> .*)$", re.sub(r"(?m)^Removing intermediate .*\n?", "", log))[-1]


def _tail(text: str, lines: int = 15) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keep parallel test workers of one user from making the same image twice."""
    try:
        import fcntl
    except ImportError:  # Windows: two workers may then do the same work, to the same end.
        yield
        return
    with open(Path(tempfile.gettempdir()) / f"docker-docs-images.{os.getuid()}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
