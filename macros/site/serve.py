"""What `mkdocs serve` remembers between builds, so that one language's edit rebuilds one language."""

from __future__ import annotations

import importlib
import logging
import sys
from dataclasses import dataclass, field
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

log = logging.getLogger("mkdocs.plugins.site")

Stamp = frozenset[tuple[str, int, int]]


@dataclass
class Serve:
    """folder: of the other languages' last builds, "" under `mkdocs build`; built: language -> its sources when it was
    built; python: the Python files of macros/ when they were imported."""

    folder: str = ""
    built: dict[str, Stamp] = field(default_factory=dict)
    python: Stamp = frozenset()


serve = Serve()


def stamp(paths: list[Path], pattern: str = "*") -> Stamp:
    """Return name, time and size of every file: cheap, and equal only where nothing was saved in between."""
    files = (file for path in paths for file in ([path] if path.is_file() else path.rglob(pattern)))
    stats = {str(file): file.stat() for file in files if file.is_file() and "__pycache__" not in file.parts}
    return frozenset((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats.items())


def reload_macros(config: MkDocsConfig) -> None:
    """Forget the package macros after an edit, so that the macros plugin imports it anew."""
    before, serve.python = serve.python, stamp([Path(config.docs_dir).parents[1] / "macros"], "*.py")
    if before and before != serve.python:
        log.info("Loading macros/ again (an edit of hook.py, languages.py or serve.py needs a restart)")
        for name in [name for name in sys.modules if name.split(".")[0] == "macros"]:
            del sys.modules[name]
        importlib.invalidate_caches()
