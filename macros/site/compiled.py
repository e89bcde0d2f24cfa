"""Templates of the theme, compiled once for all builds of a process: under `mkdocs serve` they take half of a build."""

from __future__ import annotations

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """Keeps what Jinja compiled in memory. A template that was edited is another one: Jinja compares its text."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.bytecode_to_string()


_compiled = Compiled()


def remembering(env: Environment) -> Environment:
    """The environment, which takes templates from the builds before, and leaves its own to those after."""
    env.bytecode_cache = _compiled
    return env
