"""The engine that a lab runs on: which it is, and whether it answers."""

from __future__ import annotations

import os
import re
from typing import Any

from macros.lab.errors import EngineError

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
