"""The network that a lab is on: a bridge of its own on the outer engine, and where on it each host lies."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Any

from macros.lab.owner import LABEL, OWNER, owner

# Outer networks lie away from Docker's own pools (172.17-172.31, 192.168): else docker0 would move to 172.18.
SUBNETS = [f"10.213.{number}" for number in range(256)]
# The routes of the machine that runs this, where it is Linux.
ROUTES = Path("/proc/net/route")
# What the address of a page's first host ends in; further hosts follow it.
FIRST_ADDRESS = 10


def address(network: Any, number: int) -> str:
    """The address on an outer network that ends in `number`."""
    return network.attrs["IPAM"]["Config"][0]["Subnet"].rpartition(".")[0] + f".{number}"


def routed() -> list[IPv4Network]:
    """The networks to which this machine has a route. A lab's own wins over wider ones."""
    found = []
    with suppress(OSError):
        for line in ROUTES.read_text("ascii").splitlines()[1:]:
            _, to, *_, mask = line.split()[:8]
            number, mask = (int.from_bytes(bytes.fromhex(text), sys.byteorder) for text in (to, mask))
            found.append(ip_network((number, mask.bit_count()), strict=False))
    return found


def outer_network(client: Any) -> Any:
    """Make a labelled bridge network on the outer engine, on the first subnet that is no other network's of it, nor of
    this machine: a VPN's, or what a killed engine has left. Raises RuntimeError if there is none."""
    from docker.errors import APIError
    from docker.types import IPAMConfig, IPAMPool

    refused: Exception | str = "this machine has a route to each"
    there = routed()
    for prefix in SUBNETS:
        subnet = ip_network(f"{prefix}.0/24")
        if any(one.subnet_of(subnet) for one in there):
            continue
        ipam = IPAMConfig(pool_configs=[IPAMPool(subnet=str(subnet), gateway=f"{prefix}.1")])
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
