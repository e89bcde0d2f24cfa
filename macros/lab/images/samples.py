"""The sample images that pages run: official ones, or what stands in for them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from macros.lab.images.base import base_image
from macros.lab.images.build import build, find, fingerprint, one_at_a_time, package_version
from macros.lab.images.registry import Report, pull, registry_digest

if TYPE_CHECKING:
    from docker import DockerClient

HERE = Path(__file__).parent
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


def sample_images(client: DockerClient, report: Report) -> list[SampleImage]:
    """Return the sample images in the order of SAMPLES; first pull or build (half a minute) those missing."""
    return [_sample_image(client, name, report) for name in SAMPLES]


def _sample_image(client: DockerClient, name: str, report: Report) -> SampleImage:
    """Take the official image if it is here, else the one built earlier, else pull, else build."""
    folder, package = SAMPLES[name]
    built = f"docker-docs/{name}-{fingerprint(HERE / folder, SAMPLE_SUITE)}"
    if here := _sample_here(client, name, built):
        return here
    with one_at_a_time():
        if not _sample_here(client, name, built) and not pull(client, name, report):
            _build_sample(client, HERE / folder, package, built, report)
    if here := _sample_here(client, name, built):
        return here
    raise RuntimeError(f"{name} is missing, though pulling or building it did not fail")


def _sample_here(client: DockerClient, name: str, built: str) -> SampleImage | None:
    digest = registry_digest(find(client, name), name)
    if digest:
        return SampleImage(name, name, f"{name}@{digest}")
    image = find(client, built)
    return SampleImage(name, built, image.labels[SOURCE_LABEL]) if image else None


def _build_sample(client: DockerClient, folder: Path, package: str, reference: str, report: Report) -> None:
    import docker.errors

    base = base_image(client, SAMPLE_SUITE, report)
    report(f"building {reference} on {base} ...")
    # Which version of the package it is can be asked only in the first stage: the result has no dpkg.
    stage = build(client, folder, {"BASE": base}, target="packages")
    source = f"built from Debian {SAMPLE_SUITE} {package_version(client, stage, package)}"
    build(client, folder, {"BASE": base}, tag=reference, labels={SOURCE_LABEL: source})
    with suppress(docker.errors.APIError):  # No force: it is only clutter where something uses it.
        client.images.remove(stage)
