"""The images that labs need: the Docker host itself and the sample images that pages run in it.

Each is taken from a registry where one answers, else made from Debian packages under names of our own
("docker-docs/..."), so that no look-alike of an official image appears on the user's engine. What is
made here has the label in LABELS and goes with
`docker image prune --all --filter label=org.docker-docs.lab=image`.

`client` is a docker.DockerClient everywhere, `report` takes one line of progress without a newline. Failures
are RuntimeError with a message for the reader; docker.errors.DockerException is the engine's own.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .debian import bootstrap

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.images import Image

Report = Callable[[str], None]

# Engine generation -> the Debian suite that packages it, newest first.
ENGINES: dict[str, str] = {
    "28.5": "sid",
    "26.1": "trixie",
    "20.10": "bookworm",
}
NEWEST = next(iter(ENGINES))

HERE = Path(__file__).parent
LABELS = {"org.docker-docs.lab": "image"}
SOURCE_LABEL = "org.docker-docs.source"
SAMPLE_SUITE = "trixie"
# Name in the lab -> its folder here, the Debian package that stands in for the official image.
SAMPLES = {
    "httpd:2.4": ("httpd", "apache2-bin"),
    "busybox:1.37": ("busybox", "busybox-static"),
}


@dataclass(frozen=True)
class SampleImage:
    """An image that each lab gets: its name there, its reference on the outer engine, where it came from."""

    name: str
    reference: str
    source: str


def engine_name(name: str) -> str:
    """Return `name` if it is an engine in ENGINES; ValueError naming those there are if not."""
    if name not in ENGINES:
        raise ValueError(f"there is no engine {name!r}; there are {', '.join(ENGINES)}")
    return name


def lab_image(client: DockerClient, engine: str, report: Report) -> str:
    """Return the reference of the lab image of `engine`; if it is missing, make it first (about a minute)."""
    suite = ENGINES[engine_name(engine)]
    reference = f"docker-docs/lab:{engine}-{_fingerprint(HERE / 'lab', suite)}"
    if _find(client, reference):
        return reference
    with _one_at_a_time():
        if _find(client, reference):
            return reference
        begin = time.monotonic()
        base = _base_image(client, suite, report)
        report(f"building {reference} on {base} ...")
        _build(client, HERE / "lab", {"BASE": base, "SUITE": suite}, tag=reference)
        package = _package(client, reference, "docker.io")
        report(f"built {reference}: {package} ({time.monotonic() - begin:.0f} s)")
        if f" {engine}." not in package:
            report(f"warning: Debian {suite} no longer has Docker {engine}; mend ENGINES in {__name__}")
    return reference


def sample_images(client: DockerClient, report: Report) -> list[SampleImage]:
    """Return the sample images in the order of SAMPLES; first pull or build (half a minute) those missing."""
    return [_sample_image(client, name, report) for name in SAMPLES]


def _sample_image(client: DockerClient, name: str, report: Report) -> SampleImage:
    """Take the official image if it is here, else the one built earlier, else pull, else build."""
    folder, package = SAMPLES[name]
    built = f"docker-docs/{name}-{_fingerprint(HERE / folder, SAMPLE_SUITE)}"
    if here := _sample_here(client, name, built):
        return here
    with _one_at_a_time():
        if not _sample_here(client, name, built) and not _pull(client, name, report):
            _build_sample(client, HERE / folder, package, built, report)
    if here := _sample_here(client, name, built):
        return here
    raise RuntimeError(f"{name} is missing, though pulling or building it did not fail")


def _sample_here(client: DockerClient, name: str, built: str) -> SampleImage | None:
    digest = _registry_digest(_find(client, name), name)
    if digest:
        return SampleImage(name, name, f"{name}@{digest}")
    image = _find(client, built)
    return SampleImage(name, built, image.labels[SOURCE_LABEL]) if image else None


def _build_sample(client: DockerClient, folder: Path, package: str, reference: str, report: Report) -> None:
    import docker.errors

    base = _base_image(client, SAMPLE_SUITE, report)
    report(f"building {reference} on {base} ...")
    # Which version of the package it is can be asked only in the first stage: the result has no dpkg.
    stage = _build(client, folder, {"BASE": base}, target="packages")
    source = f"built from Debian {SAMPLE_SUITE} {_package(client, stage, package)}"
    _build(client, folder, {"BASE": base}, tag=reference, labels={SOURCE_LABEL: source})
    with suppress(docker.errors.APIError):  # No force: it is only clutter where something uses it.
        client.images.remove(stage)


def _base_image(client: DockerClient, suite: str, report: Report) -> str:
    """Return the reference of a Debian base image: the official one, or our own made from packages."""
    official, own = f"debian:{suite}-slim", f"docker-docs/debian:{suite}-slim"
    if _registry_digest(_find(client, official), official):
        return official
    if _find(client, own):
        return own
    if _pull(client, official, report):
        return official
    report(f"making {official} from Debian packages ...")
    with tempfile.TemporaryDirectory() as folder:
        tar = f"{folder}/root.tar"
        bootstrap(suite, tar)
        _import(client, tar, own)
    return own


def _import(client: DockerClient, tar: str, reference: str) -> None:
    repository, tag = reference.split(":")
    changes = [f"LABEL {key}={value}" for key, value in LABELS.items()]
    # The SDK returns what the engine streamed, an error in it included.
    answer = client.api.import_image_from_file(tar, repository=repository, tag=tag, changes=changes)
    if '"error"' in answer:
        raise RuntimeError(f"the engine did not import {reference}: {answer}")


def _find(client: DockerClient, reference: str) -> Image | None:
    import docker.errors

    try:
        return client.images.get(reference)
    except docker.errors.ImageNotFound:
        return None


def _registry_digest(image: Image | None, name: str) -> str | None:
    """Return "sha256:..." if `image` came from a registry as `name`, None if it only bears that name."""
    digests = (image.attrs.get("RepoDigests") or []) if image else []
    prefix = name.split(":")[0] + "@"
    return next((digest.removeprefix(prefix) for digest in digests if digest.startswith(prefix)), None)


def _pull(client: DockerClient, name: str, report: Report) -> bool:
    """Pull `name`; False, with the reason reported, where no registry answers or none has it."""
    import docker.errors

    report(f"pulling {name} ...")
    try:
        image = client.images.pull(name)
    except docker.errors.APIError as error:
        report(f"no registry gave {name}: {error.explanation or error}")
        return False
    return _registry_digest(image, name) is not None


def _build(
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


def _package(client: DockerClient, image: str, name: str) -> str:
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


def _fingerprint(folder: Path, suite: str) -> str:
    """Return 12 hex digits that change with any file in `folder` and with the suite."""
    digest = hashlib.sha256(suite.encode())
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        digest.update(b"\0" + path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _tail(text: str, lines: int = 15) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Keep parallel test workers of one user from making the same image twice."""
    try:
        import fcntl
    except ImportError:  # Windows: two workers may then do the same work, to the same end.
        yield
        return
    with open(Path(tempfile.gettempdir()) / f"docker-docs-images.{os.getuid()}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
