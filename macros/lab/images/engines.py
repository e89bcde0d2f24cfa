"""Which engines there are, and the image of the Docker host for each."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from macros.lab.images.base import base_image
from macros.lab.images.build import build, find, fingerprint, one_at_a_time, package_version
from macros.lab.images.registry import Report

if TYPE_CHECKING:
    from docker import DockerClient

HERE = Path(__file__).parent
# Engine generation -> the Debian suite that packages it, newest first.
ENGINES: dict[str, str] = {
    "28.5": "sid",
    "26.1": "trixie",
    "20.10": "bookworm",
}
NEWEST = next(iter(ENGINES))
# The suite whose packages the images in a lab are made from: with each engine the same.
SAMPLES_SUITE = "trixie"


def engine_name(name: str) -> str:
    """Return `name` if it is an engine in ENGINES; ValueError naming those there are if not."""
    if name not in ENGINES:
        raise ValueError(f"there is no engine {name!r}; there are {', '.join(ENGINES)}")
    return name


def lab_image(client: DockerClient, engine: str, report: Report) -> str:
    """Return the reference of the lab image of `engine`; if it is missing, make it first (about a minute)."""
    suite = ENGINES[engine_name(engine)]
    reference = f"docker-docs/lab:{engine}-{fingerprint(HERE / 'lab', suite)}"
    if find(client, reference):
        return reference
    with one_at_a_time():
        if find(client, reference):
            return reference
        begin = time.monotonic()
        bases = {"BASE": base_image(client, suite, report), "SAMPLES": base_image(client, SAMPLES_SUITE, report)}
        report(f"building {reference} on {bases['BASE']} ...")
        # Named, since it would else be a nameless image beside the lab's; the next engine's lab takes it as it is.
        samples = f"docker-docs/samples:{fingerprint(HERE / 'lab' / 'samples', SAMPLES_SUITE)}"
        build(client, HERE / "lab", bases | {"SUITE": suite}, target="samples", tag=samples)
        build(client, HERE / "lab", bases | {"SUITE": suite}, tag=reference)
        package = package_version(client, reference, "docker.io")
        report(f"built {reference}: {package} ({time.monotonic() - begin:.0f} s)")
        if f" {engine}." not in package:
            report(f"warning: Debian {suite} no longer has Docker {engine}; mend ENGINES in {__name__}")
    return reference
