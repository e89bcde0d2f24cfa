"""The time of the pages themselves: all of them on one engine, and what the longest steps wait for; and how those parts
of the benchmark that run tests do that."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from macros.site import library

PAGES_SECONDS, SHOWN = 300, 10
DURATION = re.compile(r"(?m)^([\d.]+)s call +(docs/\S+\.md)::line:(\d+),")
# The last line of pytest, which has a frame or, with -q, none: how many tests came to what, and the seconds.
ENDED = re.compile(r"(?m)^=* ?(\d[\w ,]*?),? in ([\d.]+)s")
# What a command waits for -> a sign of it in a step. The first that is found is told: what takes longest stands first.
WAITS = {
    "an engine that starts or stops": r"\bdockerd\b|lab_engine|lab_stop|systemctl (?:re)?start docker|docker swarm",
    "the grace period of a stop": r"docker (?:stop|restart|rm(?! -f))|docker compose .*(?:down|stop|restart)",
    "a packet that nobody answers": r"--max-time|--connect-timeout|\b(?:nc|wget) .*-[wT] ?\d|ping .*-[wW] ?\d",
    "a fixed time": r"\bsleep [\d.]+",
    "a capture": r"\btcpdump\b",
    "pings, a second each": r"\bping\b",
    "a program that has to be ready": r"\buntil\b|--retry|^(?:tcp|udp|http|ping|until)\b",
    "Compose": r"docker compose",
    "containers that start": r"docker run",
}


def waits_for(source: str) -> str:
    """What a step waits for, by its commands; a packet's path and a drawing trace the kernel."""
    return next((what for what, sign in WAITS.items() if re.search(sign, source, re.MULTILINE)), "its own work")


def longest(said: str) -> list[tuple[float, str, int]]:
    """Of what pytest prints: the longest steps first, as (seconds, page, line)."""
    found = [(float(seconds), path, int(line)) for seconds, path, line in DURATION.findall(said)]
    return sorted(found, reverse=True)[:SHOWN]


def ran(project: Path, *arguments: str, **settings: str) -> tuple[int, str]:
    """Run tests of a project as make test does, with two workers: pytest's exit code, and what it printed, which is
    shown as well."""
    command = [sys.executable, "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir=.", "-q", "-n", "2",
               "--dist", "loadfile", "--no-loadscope-reorder", *arguments]  # fmt: skip
    done = subprocess.run(command, cwd=project, env=os.environ | settings, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr, file=sys.stderr)
    return done.returncode, done.stdout


def steps() -> None:
    """All pages on one engine with two labs: how long they take, and which of their steps."""
    code, said = ran(library.ROOT, f"--durations={3 * SHOWN}", "--durations-min=1", "docs/ko")
    ended = ENDED.findall(said)
    took = f"{float(ended[-1][1]):.0f}" if ended else f"pytest ended with {code}"
    engine = os.environ.get("ENGINE") or "the newest engine"
    cores = os.cpu_count()
    print(f"| all pages on {engine}, seconds on {cores} cores | {took} | goal {PAGES_SECONDS} on 2 | |", flush=True)
    for seconds, path, line in longest(said):
        page = library.page_at(library.ROOT / path)
        source = next((step.source for step in page.steps if step.line == line), "")
        print(f"| {path}:{line} | {seconds:.1f} | | waits for {waits_for(source)} |", flush=True)
