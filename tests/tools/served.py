"""A folder served over HTTP on this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Below(SimpleHTTPRequestHandler):
    """What is in a folder, at addresses below another: nothing is above it."""

    def __init__(self, *arguments: Any, below: str = "/", **settings: Any) -> None:
        self.below = below
        super().__init__(*arguments, **settings)

    def translate_path(self, path: str) -> str:
        if not path.startswith(self.below):
            return str(Path(self.directory, "nothing is here"))
        return super().translate_path(path.removeprefix(self.below.rstrip("/")))

    def log_message(self, *_: object) -> None:
        """Requests are no news."""


def free_address() -> str:
    """An address of this machine at which nothing listens, "127.0.0.1:40000"."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return "{}:{}".format(*free.getsockname())


@contextmanager
def served(folder: Path, below: str = "/") -> Iterator[str]:
    """The address of a folder, "http://127.0.0.1:40000/", as long as it is served. below: such as "/guide/", of a site
    that is one of several on its host."""
    handler = partial(Below, directory=str(folder), below=below)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{below}"
    finally:
        server.shutdown()
