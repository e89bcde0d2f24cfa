"""What an engine or a kernel may lack: the words after `needs=` in a step's comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from macros.lab.errors import LabError
from macros.lab.trace import ABLE

if TYPE_CHECKING:
    from macros.lab.host import Lab

# What a step may need: the word after needs= -> a command that succeeds in a lab that offers it.
NEEDS = {
    "compose": "docker compose version",
    "ipvlan": "ip link add probe0 type dummy && ip link add link probe0 name probe1 type ipvlan && ip link del probe0"
    " || { ip link del probe0; false; }",
    "ipvs": "test -e /proc/net/ip_vs",
    "br-netfilter": "test -e /proc/sys/net/bridge/bridge-nf-call-iptables",
    "trace": ABLE,
    "containerd-store": "docker info --format '{{.DriverStatus}}' | grep -q io.containerd.snapshotter",
}


def lacking(lab: Lab, need: str) -> str:
    """Why the lab does not offer what a step needs, or "" if it does. Raises LabError for an unknown word."""
    if need not in NEEDS:
        raise LabError(f"needs={need}: there are: {', '.join(NEEDS)}")
    if need not in lab.offers:
        lab.offers[need] = lab.run("bash", "-c", NEEDS[need])[0] == 0
    return "" if lab.offers[need] else f"needs {need}, which this engine or kernel has not"
