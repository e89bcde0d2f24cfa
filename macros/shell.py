"""A bash session in a lab that lives as long as a page, as a reader's terminal does.

Every step is given to one bash, so variables, functions and the current folder persist. The session has a
cgroup of its own in the lab: whatever a step starts, however it detaches itself, ends with it.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import socket
import struct
import time
from typing import Any

# What one step may print, in bytes; more is a runaway, not documentation.
LARGEST_OUTPUT = 1 << 20

START = """
for folder in /sys/fs/cgroup/pids /sys/fs/cgroup; do
    mkdir "$folder/{name}" 2>/dev/null && echo $$ >"$folder/{name}/cgroup.procs" && break
done
cd; exec bash --norc --noprofile
"""
KILL = """
for folder in /sys/fs/cgroup/pids /sys/fs/cgroup; do
    [ -d "$folder/{name}" ] || continue
    for try in 1 2 3 4 5 6 7 8 9 10; do
        read -r first <"$folder/{name}/cgroup.procs" 2>/dev/null || break
        while read -r pid; do kill -9 "$pid" 2>/dev/null; done <"$folder/{name}/cgroup.procs"
    done
    rmdir "$folder/{name}"
done
"""
# `ERR` fires for each command of a step that fails unhandled, not only for the last one.
STEP = """IFS= read -r -d '' __step <<'{mark}'
{code}
{mark}
__failed=; trap '__failed="$__failed $((LINENO - __line)):$?"' ERR; __status() {{ return $1; }}
__line=$LINENO; __status {before}
eval "$__step" </dev/null 2>&1; printf '\\001%s %s%s\\n' {mark} $? "$__failed"
"""
ENVIRONMENT = {"HOME": "/root", "LANG": "C.UTF-8", "TZ": "UTC", "COLUMNS": "120", "PAGER": "cat", "TERM": "dumb"}


class ShellError(RuntimeError):
    """The step did not come to an end; `output` is what it had printed."""

    def __init__(self, message: str, output: str) -> None:
        super().__init__(message)
        self.output = output


class Shell:
    def __init__(self, api: Any, container: str) -> None:
        """api: the outer engine's docker.APIClient; container: id of the lab."""
        self._api, self._container = api, container
        self._name = f"session-{secrets.token_hex(6)}"
        self._status = 0
        script = START.format(name=self._name)
        execution = api.exec_create(container, ["bash", "-c", script], stdin=True, environment=ENVIRONMENT)
        stream = api.exec_start(execution["Id"], socket=True)
        self._keep = stream  # closing it would close the socket below
        self._socket: socket.socket = getattr(stream, "_sock", stream)
        self._pending = b""

    def run(self, code: str, timeout: float) -> tuple[int, str, list[tuple[int, int]]]:
        """Run code; returns its exit code, output, and (line, exit code) of each command that failed.

        timeout: seconds. Raises ShellError when the step hangs, floods, or ends its shell; the session
        and all that it started are gone then.
        """
        mark = secrets.token_hex(16)
        deadline = time.monotonic() + timeout
        request = STEP.format(mark=mark, code=code.rstrip("\n"), before=self._status)
        self._socket.settimeout(timeout)
        self._socket.sendall(request.encode())
        output = b""
        ending = re.compile(rb"\x01" + mark.encode() + rb" (\d+)((?: \d+:\d+)*)\n")
        while not (match := ending.search(output)):
            left = deadline - time.monotonic()
            try:
                if left <= 0:
                    raise TimeoutError
                chunk = self._frame(left)
            except TimeoutError:
                raise self._end(f"did not end within {timeout:g} s", output) from None
            if chunk is None:
                raise self._end("ended its shell", output)
            output += chunk
            if len(output) > LARGEST_OUTPUT:
                raise self._end(f"printed more than {LARGEST_OUTPUT >> 20} MiB", output[:2000])
        self._status = int(match[1])
        pairs = [tuple(map(int, pair.split(b":"))) for pair in match[2].split()]
        # __status itself fails where it hands a failure on (line 0); a subshell reports what its command did.
        failed = list(dict.fromkeys(pair for pair in pairs if pair[0] > 0))
        return self._status, output[: match.start()].decode(errors="backslashreplace"), failed

    def _frame(self, seconds: float) -> bytes | None:
        """One chunk of output, or None at the end of the stream. Raises TimeoutError."""
        self._socket.settimeout(seconds)
        while len(self._pending) < 8 or len(self._pending) < 8 + struct.unpack(">I", self._pending[4:8])[0]:
            received = self._socket.recv(65536)
            if not received:
                return None
            self._pending += received
        size = 8 + struct.unpack(">I", self._pending[4:8])[0]
        chunk, self._pending = self._pending[8:size], self._pending[size:]
        return chunk

    def _end(self, why: str, output: bytes) -> ShellError:
        self.close()
        return ShellError(why, output.decode(errors="backslashreplace"))

    def close(self) -> None:
        """End the session and every process it started. May be called twice."""
        # First the stream: an engine that waits for a flood to be read keeps the session's other requests waiting.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError, ValueError):
            # The HTTP response under the stream goes first: closed by the collector later, it flushes a closed file.
            self._keep._response.close()
        self._keep.close()
        self._socket.close()
        execution = self._api.exec_create(self._container, ["bash", "-c", KILL.format(name=self._name)])
        self._api.exec_start(execution["Id"])
