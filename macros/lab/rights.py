"""What a lab may do to the machine that it runs on, and how much of it a lab may take."""

from __future__ import annotations

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


def host_config(api: Any, api_port: str) -> dict:
    """The host configuration of a lab's container. `api` is a docker.APIClient; `api_port` ("2376/tcp") is published
    on a random port of 127.0.0.1."""
    config = api.create_host_config(
        cap_add=["ALL"], cap_drop=DROPPED, port_bindings={api_port: ("127.0.0.1", None)},
        security_opt=["seccomp=unconfined", "apparmor=unconfined"], pids_limit=MOST_PROCESSES,
        ulimits=[{"Name": "fsize", "Soft": LARGEST_FILE, "Hard": LARGEST_FILE}],
    )  # fmt: skip
    return config | {"MaskedPaths": [], "ReadonlyPaths": []}  # the SDK has no keywords for these
