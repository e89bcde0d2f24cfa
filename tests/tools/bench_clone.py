"""The clone's part of `make bench`: the seconds from a clone to the first page that is served, and to the first step
that has run, each in a fresh folder with empty caches.

Seconds and no ratios, since that is what somebody new waits. What the machine has already of engine, browser and images
stays; packages come from their registries.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from macros.site import library

ADDRESS = "http://127.0.0.1:8000/"
# The most seconds that somebody new shall wait, and where a measurement ends.
SERVED, STEP, LONGEST = 15, 90, 600
# A step of a page that has run, as pytest tells it with -v.
RAN = re.compile(r"(PASSED|FAILED) docs/ko/")
# What of a machine is not in a clone, with the programs that it brings.
BROUGHT = {"uv": ["uv"], "an engine": ["dockerd", "docker"], "mmdebstrap": ["mmdebstrap"]}


@contextlib.contextmanager
def running(*command: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A command in a fresh clone with empty caches, and the lines that it prints, which come on; it is ended as by
    Ctrl-C, and so is what it started."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        caches = {"UV_CACHE_DIR": "uv", "PIP_CACHE_DIR": "pip", "npm_config_cache": "npm", "XDG_CACHE_HOME": "all"}
        environment = os.environ | {key: str(folder / value) for key, value in caches.items()}
        environment |= {"PYTEST_ADDOPTS": "-v", "NO_MKDOCS_2_WARNING": "1"}
        for own in ("VENV", "VIRTUAL_ENV", "MAKEFLAGS", "MFLAGS", "PART", "PAGE", "AS", "PYTHONPATH"):
            environment.pop(own, None)
        subprocess.run(["git", "clone", "--quiet", str(library.ROOT), str(folder / "clone")], check=True)
        process = subprocess.Popen(
            command, cwd=folder / "clone", env=environment, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        lines: list[str] = []
        reader = threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True)
        reader.start()
        try:
            yield process, lines
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(60)  # a lab is removed meanwhile
                    break
            reader.join(10)


def until(reached: Callable[[list[str]], bool], *command: str) -> float:
    """Seconds from the clone until it is reached. Raises RuntimeError with the last lines where that never comes."""
    began = time.perf_counter()
    with running(*command) as (process, lines):
        while not reached(lines):
            if process.poll() is not None or time.perf_counter() - began > LONGEST:
                raise RuntimeError(f"{' '.join(command)} came to nothing:\n{''.join(lines[-20:])}")
            time.sleep(0.1)
        return time.perf_counter() - began


def page_is_served(_: list[str]) -> bool:
    try:
        with urlopen(ADDRESS, timeout=5) as answer:
            return answer.status == 200 and b"<html" in answer.read()
    except (URLError, OSError):
        return False


def step_has_run(lines: list[str]) -> bool:
    return any(RAN.search(line) for line in lines)


def clone() -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 8000)) == 0:
            sys.exit(f"bench.py: something answers at {ADDRESS} already: end it first")
    there = [name for name, programs in BROUGHT.items() if all(map(shutil.which, programs))]
    note = f"this machine had {', '.join(there) or 'nothing of it'}"
    for what, goal, reached, command in (
        ("a clone until a page is served", SERVED, page_is_served, "serve"),
        ("a clone until the first step has run", STEP, step_has_run, "test"),
    ):
        print(f"measuring: {what}", file=sys.stderr)
        took = until(reached, "make", command)
        print(f"| {what}, make {command} | {took:.1f} s | goal {goal} s | {note} |", flush=True)
