"""What a lab may do to the machine that it runs on, and how much of it a lab may take."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

# Rights that neither an engine nor what the pages do needs. SYS_ADMIN and NET_ADMIN remain, with them a page that
# means harm can do what root can: see .github/CONTRIBUTING.md.
DROPPED = [
    "AUDIT_CONTROL", "AUDIT_READ", "BLOCK_SUSPEND", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "SYSLOG",
    "SYS_BOOT", "SYS_MODULE", "SYS_PACCT", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM",
]  # fmt: skip

# What a runaway page may take of the machine: the size of one file in bytes, and processes. A session has fewer
# (macros/lab/shell.py), so that one at its limit can still be ended from outside.
LARGEST_FILE = 4 << 30
MOST_PROCESSES = 8000


# What an engine says of a right that itself has not, as one that runs in a container.
LACKING = re.compile(r'capability[^"]*: \\?"(?:CAP_)?(\w+)')


def created(api: Any, api_port: str, create: Callable[[dict], dict]) -> dict:
    """What `create` returns for the host configuration of a lab's container. Raises docker.errors.APIError.

    api: a docker.APIClient; api_port: such as "2376/tcp", published on a random port of 127.0.0.1. A right that the
    engine has not needs no dropping, and cannot be dropped.
    """
    from docker.errors import APIError

    dropped = list(DROPPED)
    while True:
        try:
            return create(_host_config(api, api_port, dropped))
        except APIError as error:
            lacking = LACKING.search(error.explanation or "")
            if not lacking or lacking[1] not in dropped:
                raise
            dropped.remove(lacking[1])


def _host_config(api: Any, api_port: str, dropped: list[str]) -> dict:
    config = api.create_host_config(
        cap_add=["ALL"], cap_drop=dropped, port_bindings={api_port: ("127.0.0.1", None)},
        security_opt=["seccomp=unconfined", "apparmor=unconfined"], pids_limit=MOST_PROCESSES,
        ulimits=[{"Name": "fsize", "Soft": LARGEST_FILE, "Hard": LARGEST_FILE}],
    )  # fmt: skip
    return config | {"MaskedPaths": [], "ReadonlyPaths": []}  # the SDK has no keywords for these
