"""What a lab needs from the engine it runs on: that it answers, a network of its own, and certificates for its API."""

from __future__ import annotations

import os
import re
from typing import Any

from macros.lab.errors import EngineError
from macros.lab.owner import LABEL, OWNER, owner

# Outer networks lie away from Docker's own pools (172.17-172.31, 192.168): else docker0 would move to 172.18.
SUBNETS = [f"10.213.{number}" for number in range(256)]


# Engine API 1.41 came with Docker Engine 20.10: an older one knows no private cgroup namespaces.
OLDEST_API, OLDEST_ENGINE = (1, 41), "20.10"


def outer_engine() -> Any:
    """A docker SDK client of the engine that this environment names. Raises EngineError."""
    import docker
    from docker.errors import APIError, DockerException
    from requests import RequestException

    given = os.environ.get("DOCKER_HOST", "")
    where = f"DOCKER_HOST={given}" if given else docker.constants.DEFAULT_UNIX_SOCKET.replace("http+", "")
    try:
        # Long: loading an image into a busy engine takes its time. Whether one is there shows at once.
        client = docker.from_env(timeout=600)
        version = client.api.version(api_version=False)
    except PermissionError as error:
        raise _no_rights(where) from error
    except (DockerException, RequestException, ValueError, OSError) as error:
        if "Permission denied" in str(error):
            raise _no_rights(where) from error
        if isinstance(error, APIError) and error.status_code == 400 and "too old" in str(error):
            raise EngineError(f"the Docker Engine at {where} is too old for the Docker SDK: {error}") from error
        mend = "unset DOCKER_HOST, or correct it, and run again" if given else "make engine"
        raise EngineError(f"no Docker Engine answers at {where}: {_reason(error)}\n  next: {mend}") from error
    number = version.get("ApiVersion", "0.0")
    if tuple(int(part) for part in number.split(".")) < OLDEST_API:
        raise EngineError(
            f"the Docker Engine at {where} is too old: it is {version.get('Version')} (API {number}), a lab needs "
            f"{OLDEST_ENGINE} or newer\n  next: update Docker Engine, or set DOCKER_HOST to a newer one"
        )
    return client


def _no_rights(where: str) -> EngineError:
    return EngineError(
        f"no rights to use the Docker Engine at {where}: user {os.geteuid()} may not write to its socket\n"
        "  next: run as root, or join the group docker: sudo usermod -aG docker $USER, then log in again"
    )


def _reason(error: Exception) -> str:
    """The innermost message of an error of the SDK, which wraps urllib3's, which wraps the system's."""
    text = str(error)
    found = re.findall(r"\[Errno -?\d+\] ([^'\"()]+)", text) or re.findall(r"'([A-Z][^'\"]{5,})'", text)
    return found[-1].strip() if found else text.splitlines()[0] if text else type(error).__name__


def outer_network(client: Any) -> Any:
    """Make a labelled bridge network on the outer engine, on the first free subnet. Raises RuntimeError if none is."""
    from docker.errors import APIError
    from docker.types import IPAMConfig, IPAMPool

    refused: Exception | None = None
    for prefix in SUBNETS:
        ipam = IPAMConfig(pool_configs=[IPAMPool(subnet=f"{prefix}.0/24", gateway=f"{prefix}.1")])
        labels = {LABEL: "network", OWNER: owner()}
        name = f"docker-docs-lab-{os.getpid()}-{prefix.rpartition('.')[2]}"
        try:
            network = client.networks.create(name, ipam=ipam, labels=labels)
        except APIError as error:
            if "overlap" not in str(error):
                raise
            refused = error
            continue
        network.reload()
        return network
    raise RuntimeError(f"no free subnet in 10.213.0.0/16 for the lab's network: {refused}")
