"""Templates of the theme, compiled once for all builds: under `mkdocs serve` they take half of a build."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from macros.site import store

# More than any theme has: some are of templates that are no more.
MOST = 500


class Compiled(BytecodeCache):
    """Keeps what Jinja compiled, in memory and in `folder`. A template that was edited is another one: Jinja compares
    its text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key not in self.known:
            versions, compiled = store.read(self.folder / bucket.key) or ("", b"")
            if versions != store.versions():
                return
            self.known[bucket.key] = compiled
        bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.bytecode_to_string()
        store.write(self.folder / bucket.key, (store.versions(), self.known[bucket.key]))
        with suppress(OSError):  # there may be no folder, or another build does the same
            if len(there := list(self.folder.iterdir())) > MOST:
                for path in there:
                    path.unlink(missing_ok=True)


_compiled = Compiled(store.FOLDER / "templates")


def remembering(env: Environment) -> Environment:
    """The environment, which takes templates from the builds before, and leaves its own to those after."""
    env.bytecode_cache = _compiled
    return env
