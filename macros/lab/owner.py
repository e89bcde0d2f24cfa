"""Whose a lab is, and the removal of labs whose owners have ended: nothing that a run starts outlives the next."""

from __future__ import annotations

import logging
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

LABEL = "org.docker-docs.lab"
OWNER = "org.docker-docs.owner"


def owner() -> str:
    """Who a lab belongs to: a process, told apart from a later one with the same id by its start time."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    host = boot.read_text().strip() if boot.exists() else socket.gethostname()
    return f"{host}/{os.getpid()}/{_started(os.getpid())}"


def _started(pid: int) -> str:
    """Start time of a process in clock ticks after boot; "" if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def is_dead(label: str) -> bool:
    """Whether the owner named by a label has ended. An owner on another machine counts as alive."""
    host, _, rest = label.partition("/")
    pid, _, started = rest.partition("/")
    mine = owner().partition("/")[0]
    return host == mine and pid.isdigit() and _started(int(pid)) != started


def remove(container: Any) -> None:
    """Remove a lab's container with its data, whatever is paused in it."""
    from docker.errors import APIError

    with suppress(APIError):  # it may have ended, or be of an image without it
        container.exec_run(["bash", "/usr/local/sbin/lab-thaw"])
    container.remove(force=True, v=True)


def sweep(client: Any) -> list[str]:
    """Remove labs whose owners have ended, and their networks; returns the names of those it removed."""
    from docker.errors import APIError

    containers = client.containers.list(all=True, filters={"label": f"{LABEL}=host"}, ignore_removed=True)
    networks = client.networks.list(filters={"label": f"{LABEL}=network"})
    dead = [(one, remove) for one in containers if is_dead(one.labels.get(OWNER, ""))]
    dead += [(one, type(one).remove) for one in networks if is_dead(one.attrs["Labels"].get(OWNER, ""))]
    removed = []
    for thing, how in dead:
        try:
            how(thing)
            removed.append(thing.name)
        except APIError as error:
            # Another process that starts now sweeps too: gone (404), or going (409; 403 while its network is in use).
            if error.status_code not in (403, 404, 409):
                # One that cannot go, as what is frozen, keeps nobody else from starting.
                said = "%s is left of an ended run, and cannot be removed: %s"
                logging.getLogger(__name__).warning(said, thing.name, error)
    return removed
