"""A program on a terminal: what a person sees of it, and what they type."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping

# What a terminal does not show: colours, movements, titles, returns to the line's beginning before its end.
UNSEEN = re.compile(r"\x1b\[\?2004l\r?|\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[=>]|\r(?=\n)|\x07")


class Terminal:
    """Runs a command on a pseudo-terminal of its own, 120 columns wide. Use in a `with`: what still runs is ended."""

    def __init__(self, *command: str, environment: Mapping[str, str] | None = None, cwd: object = None) -> None:
        self._end, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.process = subprocess.Popen(
            command, stdin=side, stdout=side, stderr=side, env=environment, cwd=cwd, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(side)
        self._raw = b""
        self._read = 0

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:  # else its number may be another process's by now
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self._end)

    @property
    def seen(self) -> str:
        """All that the terminal has shown."""
        return UNSEEN.sub("", self._raw.decode(errors="replace"))

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def until(self, text: str, seconds: float = 60) -> str:
        """What is shown up to and with `text`, from where the last call ended. Raises AssertionError without it."""
        deadline = time.monotonic() + seconds
        while text not in self.seen[self._read :]:
            left = deadline - time.monotonic()
            if left <= 0 or not self._more(left):
                raise AssertionError(f"{text!r} did not come; there came:\n{self.seen[self._read:]}")
        begin, self._read = self._read, self.seen.index(text, self._read) + len(text)
        return self.seen[begin : self._read]

    def _more(self, seconds: float) -> bool:
        """Read on; False when the program is gone."""
        if not select.select([self._end], [], [], seconds)[0]:
            return True
        try:
            chunk = os.read(self._end, 65536)
        except OSError:  # Linux says so when the last one has closed it
            return False
        self._raw += chunk
        return bool(chunk)

    def wait(self, seconds: float = 60) -> int:
        """The exit code, once it ends; what it shows until then is read."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self._more(0.1)
        while select.select([self._end], [], [], 0)[0] and self._more(0):
            pass
        return self.process.wait(max(0.1, deadline - time.monotonic()))
