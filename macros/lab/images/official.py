"""The images of the pages from a registry, in the place of those that a lab's image has: IMAGES=official."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from macros.lab.images.build import find
from macros.lab.images.registry import Report, pull, registry_digest

if TYPE_CHECKING:
    from docker import DockerClient

# Where a lab finds the images that it loads, and the file of it that says where each came from.
FOLDER = "/usr/local/share/lab/images"
SOURCES = "sources"
# The file of an image in that folder -> the image.
NAMES = {"busybox.tar": "busybox:1.37", "httpd.tar": "httpd:2.4"}
CHOICES = ("built", "official")


class ImagesError(RuntimeError):
    """The images cannot be had as IMAGES says; the message says why, and what to run instead."""


def choice() -> str:
    """"built" unless IMAGES says "official". It never depends on who answers today. Raises ImagesError."""
    given = os.environ.get("IMAGES") or CHOICES[0]
    if given not in CHOICES:
        raise ImagesError(f"IMAGES={given}: there are {' and '.join(CHOICES)}")
    return given


def files(client: DockerClient, report: Report) -> dict[str, bytes]:
    """What to put into FOLDER of a lab before it starts: {} for the built ones, which are there. Raises ImagesError."""
    if choice() == "built":
        return {}
    found, sources = {}, ""
    for file, name in NAMES.items():
        if not registry_digest(find(client, name), name) and not pull(client, name, report):
            raise ImagesError(f"IMAGES=official: no registry gave {name}\n  next: without IMAGES, labs take built ones")
        image = client.images.get(name)
        found[file] = b"".join(image.save(named=name))
        sources += f"{name} {registry_digest(image, name)}\n"
    return {**found, SOURCES: sources.encode()}
