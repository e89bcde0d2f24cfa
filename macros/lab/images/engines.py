"""Which engines there are, and the image of the Docker host for each."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from macros.lab.images.base import base_image
from macros.lab.images.build import BuildError, build, find, fingerprint, one_at_a_time, parts_of
from macros.lab.images.folder import Folder, folder
from macros.lab.images.registry import Report
from macros.lab.images.sources import HERE, SOURCES, NotHadError, archives, reach

if TYPE_CHECKING:
    from docker import DockerClient

# Engine generation -> the Debian suite that it is installed on, newest first.
ENGINES: dict[str, str] = {generation: sources[0].base for generation, sources in SOURCES.items()}
NEWEST = next(iter(ENGINES))
# The suite whose packages the images in a lab are made from: with each engine the same.
SAMPLES_SUITE = "trixie"
# The exit code of lab/engine/install where no source has the engine.
NOT_HAD = 44


def engine_name(name: str) -> str:
    """Return `name` if it is an engine in ENGINES; ValueError naming those there are if not."""
    if name not in ENGINES:
        raise ValueError(f"there is no engine {name!r}; there are {', '.join(ENGINES)}")
    return name


def lab_image(client: DockerClient, engine: str, report: Report) -> tuple[str, str]:
    """Return a generation and the reference of its lab image; if that is missing, make it first (about a minute).

    engine: a generation; "" for that of ENGINE_DIR, else the newest that can be had, which is then reported. Raises
    NotHadError (a RuntimeError) with what each source has, FolderError for what ENGINE_DIR names.
    """
    own = folder()
    if engine or own:
        engine = engine_name(engine or own.generation)
        return engine, _image(client, engine, _for(engine, own, report), report)
    for engine in ENGINES:
        try:
            return engine, _image(client, engine, None, report)
        except NotHadError as error:
            said = error
            report(str(error))
    raise said


def to_be_had(client: DockerClient) -> tuple[list[str], list[str]]:
    """The generations that can be had on this machine, and for each that cannot, a line why. Raises FolderError."""
    own, there, said = folder(), [], []
    for engine in ENGINES:
        try:
            mine = _for(engine, own, lambda _: None)
            if not mine and not find(client, _reference(engine, None)):
                reach(engine)
            there.append(engine)
        except NotHadError as error:
            said.append(str(error))
    return there, said


def _for(engine: str, own: Folder | None, report: Report) -> Folder | None:
    """The folder of one's own binaries if this generation is the one that they are held against."""
    if not own:
        return None
    mine = own.generation == engine
    report(f"ENGINE_DIR has Docker Engine {own.version}, "
           + (f"held against {engine}" if mine else f"which is not taken for {engine}"))  # fmt: skip
    return own if mine else None


def _reference(engine: str, own: Folder | None) -> str:
    return f"docker-docs/lab:{engine}-{fingerprint(HERE / 'lab', ENGINES[engine] + (own.digest() if own else ''))}"


def _image(client: DockerClient, engine: str, own: Folder | None, report: Report) -> str:
    reference = _reference(engine, own)
    if find(client, reference):
        return reference
    if not own:
        reach(engine)
    with one_at_a_time():
        if find(client, reference):
            return reference
        _build(client, engine, own, reference, report)
    return reference


def _build(client: DockerClient, engine: str, own: Folder | None, reference: str, report: Report) -> None:
    begin, suite = time.monotonic(), ENGINES[engine]
    suites = dict.fromkeys((suite, SAMPLES_SUITE))  # two of them at once: where no registry gives them, each is made
    with ThreadPoolExecutor() as beside:
        bases = dict(zip(suites, beside.map(lambda one: base_image(client, one, report), suites), strict=True))
    args = {"BASE": bases[suite], "SAMPLES": bases[SAMPLES_SUITE], "SUITE": suite, "ENGINE": engine, **archives()}
    report(f"building {reference} on {args['BASE']} ...")
    # Named, since it would else be a nameless image beside the lab's; the next engine's lab takes it as it is.
    samples = f"docker-docs/samples:{fingerprint(HERE / 'lab' / 'samples', SAMPLES_SUITE)}"
    with _context(own) as context:
        build(client, context, args, target="samples", tag=samples)
        try:
            build(client, context, args, tag=reference)
        except BuildError as error:
            if error.status == NOT_HAD:
                raise NotHadError(f"{error.said}\n  next: {_next(engine)}") from error
            raise
    report(f"built {reference} ({time.monotonic() - begin:.0f} s): {'; '.join(parts_of(client, reference))}")


def _next(engine: str) -> str:
    others = ", ".join(other for other in ENGINES if other != engine)
    return f"let this machine reach one of them, give a folder that has it as ENGINE_DIR, or ENGINE={others}"


@contextmanager
def _context(own: Folder | None) -> Iterator[Path]:
    """The folder that the image is built of."""
    if not own:
        yield HERE / "lab"
        return
    with tempfile.TemporaryDirectory() as made:
        context = shutil.copytree(HERE / "lab", Path(made) / "lab")
        own.put(context)
        yield context
