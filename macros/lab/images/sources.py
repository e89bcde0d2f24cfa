"""Where each generation of Docker Engine comes from: the table lab/engine/sources, and which of it can be reached."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
# The archives, and how the Dockerfile calls them: a mirror is given under this name in the environment.
ARCHIVES = {
    "DOCKER_ARCHIVE": "https://download.docker.com/linux/debian",
    "SNAPSHOT_ARCHIVE": "http://snapshot.debian.org/archive/debian",
}
REACH_SECONDS = 10


class NotHadError(RuntimeError):
    """A generation of the engine that cannot be had on this machine; the message says which source has what."""


@dataclass(frozen=True)
class Source:
    """One place: kind "debian" or "docker"; suite; date ("" for today); the versions of the parts, "-" for none."""

    generation: str
    base: str
    kind: str
    suite: str
    date: str
    engine: str
    containerd: str
    runc: str
    compose: str

    @property
    def name(self) -> str:
        return f"{self.kind}/{self.suite}" + (f"@{self.date}" if self.date else "")

    @property
    def address(self) -> str:
        """What has to answer; "" where the base image has been told already, in its own list of sources."""
        if self.kind == "docker":
            return f"{archives()['DOCKER_ARCHIVE']}/dists/{self.suite}/InRelease"
        return f"{archives()['SNAPSHOT_ARCHIVE']}/{self.date}/dists/{self.suite}/InRelease" if self.date else ""


def table(text: str) -> dict[str, list[Source]]:
    """Read the table: generation -> its sources, the first to be tried first. Raises ValueError for a line of another
    form, and for a generation with two bases."""
    found: dict[str, list[Source]] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split()
        if len(words) != 7 or words[2].partition("/")[0] not in ("debian", "docker"):
            raise ValueError(f"engine/sources: {line!r} is not: generation base source engine containerd runc compose")
        kind, _, place = words[2].partition("/")
        suite, _, date = place.partition("@")
        source = Source(*words[:2], kind, suite, date, *words[3:])
        others = found.setdefault(source.generation, [])
        if others and others[0].base != source.base:
            raise ValueError(f"engine/sources: {source.generation} has two bases, {others[0].base} and {source.base}")
        others.append(source)
    return found


SOURCES = table((HERE / "lab" / "engine" / "sources").read_text(encoding="utf-8"))


def archives() -> dict[str, str]:
    """The addresses of the archives: those given in the environment, else their makers'."""
    return {name: os.environ.get(name) or address for name, address in ARCHIVES.items()}


def unreachable(source: Source) -> str:
    """"" if the source answers, else where it would be, and why it is not."""
    import urllib.request  # with all of TLS, which each build would load

    if not source.address:
        return ""
    try:
        request = urllib.request.Request(source.address, method="HEAD", headers={"User-Agent": "docker-docs"})
        with urllib.request.urlopen(request, timeout=REACH_SECONDS):
            return ""
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        return f"{source.name}, where {source.address} cannot be reached ({reason})"


def reach(generation: str) -> None:
    """Find out in a moment whether there is a source to try. Raises NotHadError, in one line, where there is none."""
    said = []
    for source in SOURCES[generation]:
        if not (why := unreachable(source)):
            return
        said.append(why)
    raise NotHadError(
        f"Docker Engine {generation} cannot be had here: it comes from {', or from '.join(said)}; "
        "or from a folder of binaries, given as ENGINE_DIR"
    )
