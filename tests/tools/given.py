"""The pages that PAGE names for `make test`, `record` and `mutants`, or what is wrong with it, or with AS or CHANGED,
before anything starts.

usage: PAGE='a.md "my page.md" docs/ko' given.py test|record|mutants ; prints the paths, quoted for a shell.
A name with blanks needs no quotes where it is the only one.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from macros.record import recording as recordings
from macros.site import library

# How `make test` runs a page: as its author, or as AS says.
WAYS = ("", "reader", "guest")
QUOTED = "PAGE=\"'my page.md' other.md\""
# What MkDocs takes for a page; letters may be large.
SUFFIXES = (".md", ".markdown", ".mdown", ".mkdn", ".mkd")


class GivenError(ValueError):
    """PAGE, AS or CHANGED names something that cannot be run. The message says what, and what to run next."""

    def __init__(self, command: str, what: str, following: str, variable: str = "PAGE") -> None:
        super().__init__(f"make {command} {variable}: {what}\n  next: {following}")


def is_page(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def way(command: str, text: str) -> str:
    """How the pages are run, from AS. Raises GivenError."""
    if text not in WAYS:
        near = difflib.get_close_matches(text, WAYS, n=1)
        raise GivenError(command, f"{text}: there are {' and '.join(filter(None, WAYS))}",
                         f"make {command} AS={near[0] if near else 'reader'}", "AS")  # fmt: skip
    if text and command != "test":
        raise GivenError(command, f"{text}: only make test runs pages otherwise than their author", f"make {command}",
                         "AS")  # fmt: skip
    return text


def changed(command: str, text: str, page: str) -> bool:
    """Whether only what a change can touch is run, from CHANGED and PAGE. Raises GivenError."""
    if text not in ("", "1"):
        raise GivenError(command, f"{text}: there is 1, or nothing", f"make {command} CHANGED=1", "CHANGED")
    if text and command != "test":
        raise GivenError(command, "only make test chooses what to run by what changed", f"make {command}", "CHANGED")
    if text and page.strip():
        raise GivenError(command, "it chooses the pages itself, and PAGE is run in any case: give one of them",
                         f"make {command} CHANGED=1, or make {command} PAGE={page}", "CHANGED")  # fmt: skip
    return bool(text)


def given(command: str, text: str) -> list[str]:
    """The paths in `text`, as they are given; [] for none. Raises GivenError."""
    if not text.strip():
        return []
    if Path(text).exists():
        names = [text]
    else:
        try:
            names = shlex.split(text)
        except ValueError as error:
            raise GivenError(command, f"{text}: {error}", f"make {command} {QUOTED}") from error
    return [name for path in names for name in _checked(command, path, text)]


def _checked(command: str, name: str, text: str) -> list[str]:
    path = Path(name)
    if not path.exists():
        blanks = f"; a name with blanks has quotes of its own: {QUOTED}" if " " in text else ""
        following = f"make {command} PAGE={near}" if (near := _near(name)) else "make help"
        raise GivenError(command, f"{name}: there is no such page{blanks}", following)
    found = sorted(file for file in path.rglob("*") if file.is_file() and is_page(file)) if path.is_dir() else [path]
    if not found:
        raise GivenError(command, f"{name}: no page is in this folder; their names end in .md", f"ls {_quoted(path)}")
    if not is_page(found[0]):
        raise GivenError(command, f"{name}: not a page: its name does not end in .md", "make help")
    pages = [library.page_at(file.resolve()) for file in found]
    if not any(page.problems or page.recorded for page in pages):
        what = "no page in it has a step" if path.is_dir() else "it has no step, so that there is nothing to run"
        raise GivenError(command, f"{name}: {what}", "write a ```bash fence; .github/CONTRIBUTING.md says what is run")
    if command == "test":
        return [name]
    for file in found:
        _of_the_site(command, file)
    return [str(file) for file in found]


def _of_the_site(command: str, path: Path) -> None:
    """Recordings are made of pages of docs/ko, and mutants of pages that have one."""
    root, whole = library.ROOT, path.resolve()
    parts = whole.relative_to(root).parts if whole.is_relative_to(root) else ()
    if parts[:2] != ("docs", "ko"):
        twin = root.joinpath("docs", "ko", *parts[2:])
        there = parts[:1] == ("docs",) and twin.is_file()
        following = f"make {command} PAGE={twin.relative_to(root)}" if there else f"make test PAGE={_quoted(path)}"
        raise GivenError(command, f"{path}: only pages below docs/ko have recordings", following)
    recording = recordings.path_of(root, "/".join(parts[2:]).removesuffix(path.suffix))
    if command == "mutants" and library.page_at(whole).recorded and not recording.exists():
        raise GivenError(command, f"{path}: nothing was recorded for this page", f"make record PAGE={_quoted(path)}")


def _quoted(path: Path) -> str:
    """A path as a word of a shell; for make a name with blanks is one without more."""
    return shlex.quote(str(path))


def _near(name: str) -> str:
    """The page of docs/ko whose path is most like this one, or ""."""
    docs = library.ROOT / "docs" / "ko"
    pages = [str(path.relative_to(docs)) for path in docs.rglob("*.md")]
    wanted = name if name.endswith(".md") else f"{name.rstrip('/')}.md"
    # What all of them have in common makes none of them likelier.
    wanted = re.sub(r"\A(?:\./)?(?:docs/(?:ko|en)/)?", "", wanted)
    found = difflib.get_close_matches(wanted, pages, n=1, cutoff=0.8)
    return f"docs/ko/{found[0]}" if found else ""


def main(command: str) -> int:
    try:
        way(command, os.environ.get("AS", ""))
        changed(command, os.environ.get("CHANGED", ""), os.environ.get("PAGE", ""))
        print(shlex.join(given(command, os.environ.get("PAGE", ""))))
    except (GivenError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
