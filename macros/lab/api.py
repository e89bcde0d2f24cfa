"""How Python reaches a lab's engine: what `docker.from_env()` reads, and certificates of the lab's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from macros.lab.errors import LabError

# Clients must trust the lab's own authority; these variables override it in `requests`.
CA_OVERRIDES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@contextmanager
def environment(changes: dict[str, str]) -> Iterator[None]:
    """The process environment with `changes`, and without what overrides a client's own authority."""
    before = dict(os.environ)
    for name in CA_OVERRIDES:
        os.environ.pop(name, None)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def connected(changes: dict[str, str], address: str) -> Any:
    """A docker SDK client of the engine that these variables name; address: its host's, behind the published port.
    Raises LabError where this machine does not reach it."""
    import docker
    from docker.errors import DockerException

    try:
        with environment(changes):
            client = docker.from_env(timeout=120)
    except DockerException as error:
        raise LabError(
            f"the lab's Docker Engine runs, but {changes['DOCKER_HOST']}, which is {address}:2376, does not lead to it "
            f"from here: {error}\n  next: look for another network of this machine that has {address}, with: "
            f"ip route get {address}"
        ) from error
    # requests reads the environment at each call: without this an outer CA bundle wins over the lab's.
    client.api.trust_env = False
    return client


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
