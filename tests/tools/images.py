"""Makes the image of a lab where there is none yet, and tells what is made, every few seconds: beside a run of pytest,
whose workers wait for it without a word.

usage: images.py ENGINE
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from docker.errors import DockerException

from macros.lab import images
from macros.lab.outer import outer_engine

EVERY = 3


class Told:
    """Prints each line that is reported, and again with the seconds since then as long as it is the last one."""

    def __init__(self) -> None:
        self._line, self._since, self._ended = "", 0.0, threading.Event()
        self._teller = threading.Thread(target=self._again, daemon=True)
        self._teller.start()

    def __call__(self, line: str) -> None:
        print(line, flush=True)
        self._line, self._since = line.splitlines()[0].rstrip(". "), time.monotonic()

    def _again(self) -> None:
        while not self._ended.wait(EVERY):
            if self._line:
                print(f"  {self._line}, {time.monotonic() - self._since:.0f} s", flush=True)

    def end(self) -> None:
        self._ended.set()
        self._teller.join()


def main(engine: str) -> int:
    report = Told()
    try:
        images.lab_image(outer_engine(), engine, report)
    except (RuntimeError, ValueError, DockerException) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        report.end()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
