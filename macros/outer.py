"""What a lab needs from the engine it runs on: a network of its own, and certificates for its API."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from macros.owner import LABEL, OWNER, owner

# Outer networks lie away from Docker's own pools (172.17-172.31, 192.168): else docker0 would move to 172.18.
SUBNETS = [f"10.213.{number}" for number in range(256)]


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


def certificates(folder: Path) -> dict[str, bytes]:
    """Make a fresh authority for one lab: writes the client's half into `folder`, returns the server's files."""
    import trustme

    authority = trustme.CA()
    server, client = authority.issue_cert("127.0.0.1"), authority.issue_cert("client@lab.invalid")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    client.private_key_pem.write_to_path(str(folder / "key.pem"))
    (folder / "cert.pem").write_bytes(b"".join(pem.bytes() for pem in client.cert_chain_pems))
    return {
        "ca.pem": authority.cert_pem.bytes(),
        "cert.pem": b"".join(pem.bytes() for pem in server.cert_chain_pems),
        "key.pem": server.private_key_pem.bytes(),
    }
