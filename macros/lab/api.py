"""How Python reaches a lab's engine: what `docker.from_env()` reads, and certificates of the lab's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
