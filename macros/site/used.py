"""Which files the page being built is made of, so that a later build knows whether it would be made the same again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from macros.site.store import State, of_file, state

# Files of the page being built, and of each file that a page of this build was made of its state and digest.
_used: set[Path] = set()
_seen: dict[Path, tuple[State, str]] = {}
_sure = True


def begin() -> None:
    """Forget what files were: a build begins."""
    _seen.clear()


def begin_page() -> None:
    global _sure
    _used.clear()
    _sure = True


def uses(paths: Iterable[Path]) -> None:
    """Say that the page being built is made of these files, before they are read; they need not be there."""
    for path in paths:
        _used.add(path)
        content(path)


def unsure() -> None:
    """Say that the page being built is made of what no file tells."""
    global _sure
    _sure = False


def of_page() -> dict[Path, str] | None:
    """The files of the page, each with its digest; None where that is not all, or one was changed since it was used."""
    same = _sure and all(state(path) == _seen[path][0] for path in _used)
    return {path: _seen[path][1] for path in _used} if same else None


def content(path: Path) -> str:
    """The digest of a file as this build knows it, "" for none."""
    if path not in _seen:
        _seen[path] = state(path), of_file(path)
    return _seen[path][1]
