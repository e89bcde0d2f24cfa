"""What a process in a lab is told, and what it prints, over a connection to the engine that the lab runs on."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import time
from typing import Any


class Flood(RuntimeError):
    """More was printed than may be."""


class Stream:
    def __init__(self, api: Any, container: str, script: str, environment: dict[str, str]) -> None:
        """Run a script of bash in a container. Raises docker.errors.DockerException."""
        execution = api.exec_create(container, ["bash", "-c", script], stdin=True, environment=environment)
        stream = api.exec_start(execution["Id"], socket=True)
        self._keep = stream  # closing it would close the socket below
        self._socket: socket.socket = getattr(stream, "_sock", stream)
        self._pending = b""

    def send(self, text: str, seconds: float) -> None:
        """Raises OSError, TimeoutError among them."""
        self._socket.settimeout(seconds)
        self._socket.sendall(text.encode())

    def read(self, into: bytearray, begins: re.Pattern, ending: re.Pattern, deadline: float,
             most: int) -> re.Match | None:  # fmt: skip
        """Read until there is what matches `ending`, which begins with what matches `begins`; None where the stream
        ends before. deadline: by time.monotonic(). Raises TimeoutError, Flood after so many bytes, OSError."""
        searched = 0
        while not (match := ending.search(into, searched)):
            # What has been searched is not searched again, but for an ending of which a part has come.
            begun = begins.search(into, searched)
            searched = begun.start() if begun else max(searched, len(into) - len(begins.pattern))
            chunk = self._frame(deadline)
            if chunk is None:
                return None
            into += chunk
            if len(into) > most:
                raise Flood
        return match

    def _frame(self, deadline: float) -> bytes | None:
        """One chunk of output, or None at the end of the stream. Raises TimeoutError, also while output comes."""
        while True:
            if (left := deadline - time.monotonic()) <= 0:
                raise TimeoutError
            size = 8 + struct.unpack(">I", self._pending[4:8])[0] if len(self._pending) >= 8 else 8
            if 8 < size <= len(self._pending):
                chunk, self._pending = self._pending[8:size], self._pending[size:]
                return chunk
            self._socket.settimeout(left)
            received = self._socket.recv(65536)
            if not received:
                return None
            self._pending += received

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError, ValueError):
            # The HTTP response under the stream goes first: closed by the collector later, it flushes a closed file.
            self._keep._response.close()
        self._keep.close()
        self._socket.close()
