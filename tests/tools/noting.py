"""A plugin of pytest, the first of all: what each test was seen to read of the project.

It is not told by anybody: Python reports each file that is opened and each program that is started. What a test got
from a fixture, from a module or from a cache that was filled earlier counts as read by it. A program that may read
anything has read everything; a file that came or went is for others to see (changed_since.py).
"""

from __future__ import annotations

import functools
import os
import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.tools.imports import source
from tests.tools.tree import MADE, digest

ROOT = Path(__file__).resolve().parents[2]
EVERYTHING = "*"
# What the names of files begin with that are of the whole site as it was built; alone it is the list of them.
BUILT = "site:"
READ, DIGESTS = "read", "built"
# Programs that read what they are given and nothing else: the HTML checker, the browser's driver and so on; uname, by
# which each worker of a run begins. bash is one of them where it only looks at a text (-n).
GIVEN = ("curl", "docker", "ip", "java", "kill", "node", "shfmt", "uname")
STARTED = frozenset(("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn"))
# Whose code opens a module that is imported: of one whose assertions are rewritten it is read as any file is.
IMPORTING = re.compile(r"importlib|/_pytest/assertion/rewrite\.py$|/pathlib(?:\.py$|/)")
# Raised with a path where something that was made of a file is handed out again: see macros/site/library.py.
AGAIN = "docs.again"

READS = pytest.StashKey[set[str]]()

_roots: dict[str, str] = {f"{ROOT}/": ""}
# Who notes now, and what was read while nobody did or by a module that any test may share.
_noting: list[set[str]] = []
_shared: set[str] = set()
_of_modules: dict[str, set[str]] = {}
_of_fixtures: dict[Any, set[str]] = {}
_collected = ""


@contextmanager
def noting() -> Iterator[set[str]]:
    """Notes into a set what is read meanwhile. Whoever noted before notes on."""
    reads: set[str] = set()
    _noting.append(reads)
    try:
        yield reads
    finally:
        # By identity: two sets may have the same in them.
        del _noting[max(at for at, one in enumerate(_noting) if one is reads)]


@contextmanager
def unseen() -> Iterator[None]:
    """What is read meanwhile is no test's."""
    before = _noting[:]
    _noting[:] = [set()]
    try:
        yield
    finally:
        _noting[:] = before


def stands_for(folder: Path, name: str) -> None:
    """From now on the files of a folder are noted too, under names that begin like this."""
    _roots[f"{os.path.realpath(folder)}/"] = name


def note(*names: str) -> None:
    for reads in _noting or [_shared]:
        reads.update(names)


def name_of(path: str) -> str:
    """The name by which a file is noted, or "" of one that is none of the project's."""
    path = os.path.realpath(path)
    for root, name in _roots.items():
        if path.startswith(root):
            inner = path[len(root) :]
            if "__pycache__/" in inner:
                inner = f"{inner.replace('__pycache__/', '').partition('.')[0]}.py"
            return "" if not name and MADE.search(inner) else name + inner
    return ""


def _hear(event: str, arguments: tuple) -> None:
    if event == "open" or event == AGAIN:
        if isinstance(arguments[0], (str, bytes, os.PathLike)):
            try:
                name = name_of(os.fsdecode(arguments[0]))
            except (OSError, ValueError):
                return
            if name and not (name.endswith(".py") and _imported()):
                _put(name)
    elif event == "subprocess.Popen":
        try:
            names = list(_of_program(*arguments))
        except (OSError, ValueError, LookupError, TypeError):
            names = [EVERYTHING]  # what is wrong with it is said by whoever starts it
        for name in names:
            _put(name)
    elif event in STARTED:
        _put(EVERYTHING)


def _put(name: str) -> None:
    if _collected and (module := _importing()) and module != _collected:
        # Whoever imports the module gets what it read: of a module of tests that is known, of a tool it may be anybody.
        (_of_modules.setdefault(module, set()) if "/test_" in module else _shared).add(name)
    else:
        note(name)


def _imported() -> bool:
    """Whether a module is opened by an import, of which imports.py knows, while only the first of many opens it; or by
    Hypothesis, which looks for values to try in all that was imported."""
    frame, found = sys._getframe(2), False
    while frame and IMPORTING.search(frame.f_code.co_filename):
        found = found or frame.f_code.co_name == "_find_and_load"
        frame = frame.f_back
    while frame and not found and not _module(frame):
        found = "/hypothesis/" in frame.f_code.co_filename
        frame = frame.f_back
    return found


def _importing() -> str:
    """The innermost module of the project that is being imported, or ""."""
    frame = sys._getframe(2)
    while frame:
        if frame.f_code.co_name == "<module>" and (module := _module(frame)):
            return module
        frame = frame.f_back
    return ""


def _module(frame: types.FrameType) -> str:
    """The path of the module of the project whose code this is, or ""."""
    path = frame.f_code.co_filename
    inner = path[len(f"{ROOT}/") :] if path.startswith(f"{ROOT}/") else ""
    return "" if MADE.search(inner) else inner


def _of_program(executable: Any, arguments: Any, cwd: Any, environment: Any) -> Iterable[str]:
    """What a program that is started may read. It may be given text, in which a path stands somewhere."""
    one = isinstance(arguments, (str, bytes, os.PathLike))
    words = [os.fsdecode(word) for word in ([arguments] if one else arguments)]
    here = os.path.realpath(os.fsdecode(cwd) if cwd else os.getcwd())
    if words[:2] == ["git", "-C"] or words[:2] == ["git", "clone"]:
        here = os.path.realpath(words[2] if words[1] == "-C" else os.sep + "nowhere")
    program = os.path.basename(words[0])
    if program in GIVEN or (program == "bash" and "-n" in words):
        paths = [os.path.join(here, word) for word in words[1:]]
        if any(os.path.isdir(path) and _holds(path) for path in paths):
            return [EVERYTHING]
        return filter(None, (name_of(path) for path in paths if os.path.isfile(path)))
    if words[:1] == ["git"] and "ls-files" in words:
        return []  # names alone
    texts = [*words[1:], *(os.fsdecode(value) for name, value in (environment or {}).items()
                           if os.environ.get(os.fsdecode(name)) != os.fsdecode(value))]  # fmt: skip
    paths = [here, *(os.path.join(here, word) for word in words[1:] if len(word) < 1000)]
    reached = any(_holds(path) for path in paths if os.path.exists(path))
    return [EVERYTHING] if reached or any(_names_root(text) for text in texts) else []


def _holds(path: str) -> bool:
    """Whether a path is in the project or above it."""
    real = os.path.realpath(path)
    inner = f"{real}/".startswith(f"{ROOT}/") and not MADE.search(f"{real}/"[len(f"{ROOT}/") :])
    return inner or any(root.startswith(f"{real.rstrip('/')}/") for root in _roots)


def _names_root(text: str) -> bool:
    return any(not MADE.match(rest.lstrip("/")) for rest in text.split(str(ROOT))[1:])


class Remembered:
    """A function with a cache: who gets what it remembers has read what it read."""

    def __init__(self, cached: Any) -> None:
        functools.update_wrapper(self, cached)
        self._cached, self._reads = cached, {}

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        with noting() as reads:
            made = self._cached(*arguments, **named)
        key = arguments, tuple(named.items())
        if reads:
            reads = self._reads.setdefault(key, set()) | reads
            self._reads[key] = reads
        if self._reads and (known := self._reads.get(key)):
            note(*known)
        return made

    def __get__(self, of: Any, owner: Any = None) -> Any:
        return self if of is None else types.MethodType(self, of)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cached, name)


def _remembering(make: Callable) -> Callable:
    """functools.cache or lru_cache, which remember for the project's modules as Remembered does."""

    @functools.wraps(make)
    def cache(*arguments: Any, **named: Any) -> Any:
        made = make(*arguments, **named)
        if not _module(sys._getframe(1)):
            return made
        return Remembered(made) if hasattr(made, "cache_info") else lambda function: Remembered(made(function))

    return cache


def within() -> bool:
    """Whether this is a run of pytest that a test made: it proves nothing of the project."""
    return "PYTEST_CURRENT_TEST" in os.environ


# Only what names an engine is recorded (proving.py). Before anything of the project is imported, for its caches.
ON = bool(os.environ.get("ENGINE")) and not within()
if ON:
    functools.cache, functools.lru_cache = _remembering(functools.cache), _remembering(functools.lru_cache)
    sys.addaudithook(_hear)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    global _collected
    if not isinstance(collector, pytest.Module):
        # A page is collected by being read, which is none of the tests' beside it.
        with unseen() if isinstance(collector, pytest.File) else nullcontext():
            return (yield)
    with noting() as reads:
        _collected = _path(collector)
        try:
            return (yield)
        finally:
            _of_modules.setdefault(_collected, set()).update(reads)
            _collected = ""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collect_file() -> Any:
    with unseen():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(fixturedef: Any) -> Any:
    with noting() as reads:
        try:
            return (yield)
        finally:
            _of_fixtures.setdefault(fixturedef, set()).update(reads)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    with noting() as reads:
        item.stash[READS] = reads
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Any:
    """With the report of an item's end goes what it read; xdist sends `user_properties` on."""
    made = yield
    if ON and call.when == "teardown" and isinstance(item, pytest.Function):
        reads = set(item.stash[READS]) | _shared
        for fixtures in item._fixtureinfo.name2fixturedefs.values():
            reads.update(*(_of_fixtures.get(fixture, ()) for fixture in fixtures))
        for module in _with_imported(_path(item)):
            reads |= _of_modules.get(module, set())
        if any(name.startswith(BUILT) for name in reads):
            reads.add(BUILT)
        built = {name: _digest(name) for name in reads if name.startswith(BUILT)}
        made.user_properties += [(READ, sorted(reads)), (DIGESTS, built)]
    return made


@functools.cache
def _with_imported(module: str) -> set[str]:
    """A module of tests, and those of tests that it imports."""
    found: set[str] = set()
    with unseen():
        for name, _, taken in source((ROOT / module).read_bytes()).imports:
            for one in (name, *(f"{name}.{each}" for each in taken)):
                path = f"{one.replace('.', '/')}.py"
                if one.startswith("tests.") and "/test_" in path and (ROOT / path).is_file():
                    found |= _with_imported(path)
    return found | {module}


def _path(node: pytest.Item | pytest.Collector) -> str:
    return node.path.relative_to(ROOT).as_posix() if node.path.is_relative_to(ROOT) else ""


@functools.cache
def _digest(name: str) -> str:
    with unseen():
        folder = next(Path(root) for root, begin in _roots.items() if begin == BUILT)
        return digest_of_built(folder, name)


def digest_of_built(folder: Path, name: str) -> str:
    """Of a file of a built site, or of the list of them; "" of one that is not there."""
    if name == BUILT:
        return digest(*sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")))
    path = folder / name.removeprefix(BUILT)
    return digest(path.read_bytes()) if path.is_file() else ""
