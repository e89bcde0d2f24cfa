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

# How many processes a session may have at once: a step that only starts processes cannot keep out those that end it.
MOST_PROCESSES = 1000

# The session's own messages go through descriptor 9, which no step has: redirecting its shell does not lose them.
START = """
echo $$ >/dev/shm/{name}
for folder in /sys/fs/cgroup/pids /sys/fs/cgroup; do
    mkdir "$folder/{name}" 2>/dev/null && echo $$ >"$folder/{name}/cgroup.procs" &&
        echo {most} >"$folder/{name}/pids.max" && break
done 2>/dev/null
cd; exec bash --norc --noprofile 9>&1
"""
# Ends all that is in the session's cgroup; prints what the shell said of the place it was at. USR1 asks it: it hears
# that once the command it waits for has ended.
KILL = """
IFS= read -r shell </dev/shm/{name} 2>/dev/null
for folder in /sys/fs/cgroup/pids /sys/fs/cgroup; do
    [ -d "$folder/{name}" ] || continue
    echo 0 >"$folder/{name}/pids.max"
    {ask} && kill -USR1 "$shell"
    for try in {{1..60}}; do
        read -r first <"$folder/{name}/cgroup.procs" || break
        while read -r pid; do
            [ "$pid" = "$shell" ] && {ask} && [ $try -lt 24 ] || kill -9 "$pid"
        done <"$folder/{name}/cgroup.procs"
        sleep 0.005
    done
    rmdir "$folder/{name}"
done 2>/dev/null
tail -n +2 /dev/shm/{name}
rm -f /dev/shm/{name}
"""
# `ERR` fires for each command of a step that fails unhandled, not only for the last one. The traps of `USR1` and
# `EXIT` leave word of where the step was: the line and the command it waited for, or the command that failed last.
STEP = """IFS= read -r -d '' __step <<'{mark}'
{code}
{mark}
__at() {{ builtin printf '%s\\n' "$@" >>/dev/shm/{name}; }}
trap '__now=$BASH_COMMAND; trap "__at \\$((LINENO - __line)) \\"\\$__now\\"; kill -9 $$" DEBUG' USR1
trap '__at "${{__failed##* }}"' EXIT
__failed=; trap '__failed="$__failed $((LINENO - __line)):$?"' ERR; __status() {{ return "$1"; }}
__line=$((LINENO + 1)); __status {before}
builtin eval "
$__step" </dev/null 2>&1 9>&-; builtin printf '\\001%s %s%s\\n' {mark} "$?" "$__failed" >&9
"""
ENVIRONMENT = {"HOME": "/root", "LANG": "C.UTF-8", "TZ": "UTC", "COLUMNS": "120", "PAGER": "cat", "TERM": "dumb"}

# Lines that end a shell, as far as that can be told from their text.
ENDS_SHELL = re.compile(r"(?:^|[;&|({]|\b(?:then|do|else)\b)\s*(?:exit|exec|logout)\b|\$\$")


class ShellError(RuntimeError):
    """The step did not come to an end. `output`: what it had printed; `line`: where in its code, from 1, or 0."""

    def __init__(self, message: str, output: str, line: int = 0) -> None:
        super().__init__(message)
        self.output, self.line = output, line


class Shell:
    def __init__(self, api: Any, container: str) -> None:
        """api: the outer engine's docker.APIClient; container: id of the lab. Raises docker.errors.DockerException."""
        self._api, self._container = api, container
        self._name = f"session-{secrets.token_hex(6)}"
        self._status = 0
        self._open = True
        script = START.format(name=self._name, most=MOST_PROCESSES)
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
        code = code.rstrip("\n")
        request = STEP.format(mark=mark, code=code, before=self._status, name=self._name)
        output = bytearray()
        ending = re.compile(rb"\x01" + mark.encode() + rb" (\d+)((?: -?\d+:\d+)*)\n")
        searched = 0
        try:
            self._socket.settimeout(timeout)
            self._socket.sendall(request.encode())
            while not (match := ending.search(output, searched)):
                # What has been searched is not searched again, but for an ending of which a part has come.
                begun = output.rfind(b"\x01", searched)
                searched = begun if begun >= 0 else len(output)
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                chunk = self._frame(left)
                if chunk is None:
                    raise self._end("ended its shell", output, code)
                output += chunk
                if len(output) > LARGEST_OUTPUT:
                    raise self._end(f"printed more than {LARGEST_OUTPUT >> 20} MiB", output[:2000], code)
        except TimeoutError:
            raise self._end(f"did not end within {timeout:g} s", output, code) from None
        except OSError:  # the connection to the engine broke
            raise self._end("ended its shell", output, code) from None
        self._status = int(match[1])
        pairs = [tuple(map(int, pair.split(b":"))) for pair in match[2].split()]
        # __status itself fails where it hands a failure on, on no line of the step; a subshell reports its command's.
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

    def _end(self, why: str, output: bytes, code: str) -> ShellError:
        line = place(code, self._close(ask=True))
        return ShellError(why, output.decode(errors="backslashreplace"), line)

    def close(self) -> None:
        """End the session and every process it started. May be called twice, and when the lab is gone."""
        if self._open:
            self._close(ask=False)

    def _close(self, ask: bool) -> str:
        """Returns what the shell said of the place it was at, if it is asked."""
        import docker.errors
        import requests

        self._open = False
        # First the stream: an engine that waits for a flood to be read keeps the session's other requests waiting.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError, ValueError):
            # The HTTP response under the stream goes first: closed by the collector later, it flushes a closed file.
            self._keep._response.close()
        self._keep.close()
        self._socket.close()
        script = KILL.format(name=self._name, ask="true" if ask else "false")
        try:
            execution = self._api.exec_create(self._container, ["bash", "-c", script])
            return self._api.exec_start(execution["Id"]).decode(errors="replace")
        except (docker.errors.DockerException, requests.RequestException):
            return ""  # no lab, no processes


def place(code: str, said: str) -> int:
    """Line of `code` (from 1; 0: not known) at which a shell was that said this.

    said: the line by LINENO and the command it waited for, each on a line; or "line:exit code" of what failed last
    before it ended; or nothing. LINENO is off in functions and in the heads of loops, where the command's text tells.
    """
    lines = [" ".join(line.split()) for line in code.splitlines()]
    number, _, command = said.strip("\n").partition("\n")
    near = max(0, int(re.match(r"-?\d*", number)[0] or 0))
    if command:
        wanted = " ".join(command.splitlines()[0].split())
        found = [at for at, line in enumerate(lines, 1) if wanted in line or _begins(wanted, line)]
        if found and near not in found:
            near = max((at for at in found if at < near), default=found[0])
    elif not near:
        ends = [at for at, line in enumerate(lines, 1) if ENDS_SHELL.search(line)]
        near = ends[0] if len(ends) == 1 else 1 if len(lines) == 1 else 0
    return near if near <= len(lines) else 0


def _begins(command: str, line: str) -> bool:
    """Whether a line that goes on after its backslash is the beginning of a command."""
    return len(line) > 2 and line.endswith("\\") and command.startswith(line.rstrip("\\ "))
