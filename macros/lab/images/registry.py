"""Images from a registry, where one answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.images import Image

Report = Callable[[str], None]


def registry_digest(image: Image | None, name: str) -> str | None:
    """Return "sha256:..." if `image` came from a registry as `name`, None if it only bears that name."""
    digests = (image.attrs.get("RepoDigests") or []) if image else []
    prefix = name.split(":")[0] + "@"
    return next((digest.removeprefix(prefix) for digest in digests if digest.startswith(prefix)), None)


def pull(client: DockerClient, name: str, report: Report) -> bool:
    """Pull `name`; False, with the reason reported, where no registry answers or none has it."""
    import docker.errors

    report(f"pulling {name} ...")
    try:
        image = client.images.pull(name)
    except docker.errors.APIError as error:
        report(f"no registry gave {name}: {error.explanation or error}")
        return False
    return registry_digest(image, name) is not None
