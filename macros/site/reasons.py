"""Why something failed, in one line that begins with the place where there is one."""

from __future__ import annotations

import traceback
from pathlib import Path

from mkdocs.exceptions import BuildError, MkDocsException

ROOT = Path(__file__).resolve().parents[2]


def chain(error: BaseException | None) -> list[BaseException]:
    """An error and what it came of, the last first."""
    found: list[BaseException] = []
    while error and not any(error is one for one in found):
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def reason(error: BaseException) -> str:
    """ "macros/site/composer.py:12: NameError: name 'x' is not defined"; the place is the last one of this project."""
    errors = chain(error)
    # MkDocs ends with an Abort that says only that it was a BuildError.
    cause = next((one for one in errors if isinstance(one, BuildError)), error)
    ours = [place for place in _places(cause) if place[0].is_relative_to(ROOT)]
    place = f"{ours[-1][0].relative_to(ROOT)}:{ours[-1][1]}: " if ours else ""
    return place + (cause.message if isinstance(cause, MkDocsException) else f"{type(cause).__name__}: {cause}")


def _places(error: BaseException) -> list[tuple[Path, int]]:
    """Files and lines that an error came through, and last what it says itself: those of syntax do."""
    found = []
    if not isinstance(error, MkDocsException):
        for frame in traceback.extract_tb(error.__traceback__):
            # Of the project's code, not of its environment; who catches all is no cause.
            if (ROOT / "macros") in Path(frame.filename).parents and Path(frame.filename).name != "rebuild.py":
                found.append((Path(frame.filename), frame.lineno or 1))
    for one in reversed(chain(error)):
        mark = getattr(one, "problem_mark", None)  # of YAML
        file, line = (mark.name, mark.line + 1) if mark else (getattr(one, "filename", ""), getattr(one, "lineno", 0))
        if isinstance(file, str) and file and line:
            found.append((Path(file).absolute(), line))
    return found
