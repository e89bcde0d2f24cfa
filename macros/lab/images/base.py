"""The Debian image that the others are built on: the official one, or our own made from packages."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from macros.lab.images.build import LABELS, find
from macros.lab.images.debian import bootstrap
from macros.lab.images.registry import Report, pull, registry_digest

if TYPE_CHECKING:
    from docker import DockerClient


def base_image(client: DockerClient, suite: str, report: Report) -> str:
    """Return the reference of a Debian base image: the official one, or our own made from packages."""
    official, own = f"debian:{suite}-slim", f"docker-docs/debian:{suite}-slim"
    if registry_digest(find(client, official), official):
        return official
    if find(client, own):
        return own
    if pull(client, official, report):
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
