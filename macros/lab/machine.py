"""What is of the machine that runs the lab, and has no place on a page: its names, addresses, paths and environment."""

from __future__ import annotations

import functools
import getpass
import json
import os
import re
import socket
import subprocess
from pathlib import Path

# Names that many machines, and the labs, share: they tell nothing.
COMMON = {"localhost", "root", "docker-host", "runner", "user", "ubuntu", "debian", "/root", "/", "/tmp"}
# Variables whose values are the same in a lab, or say nothing of the machine.
COMMON_VARIABLES = {"PATH", "LANG", "LC_ALL", "TERM", "TZ", "SHELL", "PAGER", "LS_COLORS", "MAIL", "_"}
# Addresses that engines give to networks of their own anywhere, and that examples use: one may be a page's as well.
COMMON_ADDRESSES = re.compile(r"172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|192\.0\.2\.|f[cd][0-9a-f]{2}::?\w{0,4}\Z")
# Networks of engines' own bridges and of the labs: every machine with Docker has those.
COMMON_LINKS = re.compile(r"lo\b|docker|br-|veth")


@functools.cache
def facts() -> dict[str, str]:
    """What would give the machine away -> what it is: {"build-7.example": "host name", ...}. Short values are left out:
    they would be found in any text."""
    here = Path(__file__).resolve().parents[2]
    found = {socket.gethostname(): "host name", str(Path.home()): "home folder", str(here): "path of the project"}
    found[getpass.getuser() if os.name == "posix" else ""] = "user"
    for name, value in os.environ.items():
        if name not in COMMON_VARIABLES and len(value) >= 12 and re.search(r"[/@:\d]", value):
            found[value] = f"variable {name}"
    for file, what in (("/etc/machine-id", "machine id"), ("/proc/sys/kernel/random/boot_id", "boot id")):
        if os.path.exists(file):
            found[Path(file).read_text().strip()] = what
    found |= {address: "address" for address in _addresses()}
    return {value: what for value, what in found.items() if value not in COMMON and len(value) >= 4}


def _addresses() -> list[str]:
    """Addresses and hardware addresses of the machine's own network cards, as far as `ip` tells them."""
    try:
        listed = subprocess.run(["ip", "-j", "addr"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    cards = [card for card in json.loads(listed) if not COMMON_LINKS.match(card.get("ifname", "lo"))]
    found = [info.get("local", "") for card in cards for info in card.get("addr_info", [])]
    found += [card.get("address", "") for card in cards]
    return [address for address in found if address.strip("0:") and not COMMON_ADDRESSES.match(address)]


def given_away(text: str, page: str = "") -> list[str]:
    """Which facts of the machine stand in a text, by what they are, not by their values: ["host name"].

    page: what a page itself says does not count; its author may have named a host as this one happens to be called.
    """
    return sorted({what for value, what in facts().items() if _stands(value, text) and not _stands(value, page)})


def _stands(value: str, text: str) -> bool:
    after = r"(?![\w:-])" if ":" in value else r"(?![\w-])"
    return value in text and re.search(rf"(?<![\w.:-]){re.escape(value)}{after}", text) is not None
