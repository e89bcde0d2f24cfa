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
            raise RuntimeError(f"building {folder / 'Dockerfile'} failed: {line['error']}\n{_tail(log)}")
    return image


def package_version(client: DockerClient, image: str, name: str) -> str:
    """Return "name version" of a Debian package in `image`, read from a container that is never started."""
    container = client.containers.create(image, "none", network_mode="none", labels=LABELS)
    try:
        chunks, _ = container.get_archive("/var/lib/dpkg/status")
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
            member = tar.extractfile("status")
            status = member.read().decode() if member else ""
    finally:
        container.remove(v=True)
    found = re.search(rf"^Package: {re.escape(name)}\n(?:.+\n)*?Version: (.+)$", status, re.MULTILINE)
    if not found:
        raise RuntimeError(f"{image} was built without the package {name}")
    return f"{name} {found[1]}"


def fingerprint(folder: Path, suite: str) -> str:
    """Return 12 hex digits that change with any file below `folder` and with the suite."""
    digest = hashlib.sha256(suite.encode())
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(b"\0" + path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


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
