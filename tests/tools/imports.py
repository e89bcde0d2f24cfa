"""Which files of the project a module is made of: what it imports, what that imports, and the files beside them that
they read.

It is told from the source alone. What is imported late, for types or under a condition counts as well, and so does a
file that is only named. That macros/__init__.py is run at each import of a room makes nobody depend on the whole site,
which it imports when one is built: only who takes something from it does.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from tests.tools.tree import Tree

ROOMS = ("macros", "tests")
# The module of mkdocs-macros: it imports all of the site, but not where importing a room begins with it.
MACROS = "macros"
DOTTED = re.compile(rf"(?:{'|'.join(ROOMS)})(?:\.\w+)+")
MAKEFILE = "Makefile"


@dataclass(frozen=True)
class Source:
    """What a module's text says. imports: ("macros.lab", 0, ("host",)), the number is that of the leading dots;
    arguments: what its functions take; names: what it calls anything, of imports and keywords too; texts: its strings;
    words: what stands in them between slashes."""

    imports: frozenset[tuple[str, int, tuple[str, ...]]]
    arguments: frozenset[str]
    names: frozenset[str]
    texts: frozenset[str]
    words: frozenset[str]


@functools.cache
def source(text: bytes) -> Source:
    """Of a text that is no Python nothing is known: whoever imports it fails, and it is an input of theirs."""
    imports: set[tuple[str, int, tuple[str, ...]]] = set()
    arguments: set[str] = set()
    names: set[str] = set()
    texts: set[str] = set()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        tree = ast.Module([], [])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports |= {(alias.name, 0, ()) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imports.add((node.module or "", node.level, tuple(alias.name for alias in node.names)))
        elif isinstance(node, ast.arg):
            arguments.add(node.arg)
        elif isinstance(node, ast.keyword):
            names.add(node.arg or "")
        elif isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.add(node.value)
    words = frozenset(word for text in texts for word in text.split("/"))
    names |= {name for _, _, taken in imports for name in taken}
    return Source(frozenset(imports), frozenset(arguments), frozenset(names), frozenset(texts), words)


class Imports:
    """The imports of one tree."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._modules = {_module(path): path for path in tree if path.startswith(ROOMS) and path.endswith(".py")}
        self._direct: dict[str, set[str]] = {}
        self._imports: dict[str, set[str]] = {}
        self._beside: dict[str, dict[str, set[str]]] = {}

    def closure(self, paths: Iterable[str], without: Collection[str] = ()) -> set[str]:
        """The files that these modules need, themselves included; `without`: files at which to stop."""
        found: set[str] = set()
        waiting = [path for path in paths if path in self.tree and path not in without]
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += self.direct(path) - found - set(without)
        return found

    def direct(self, path: str) -> set[str]:
        """The files that this one imports, names or reads."""
        if not path.endswith(".py"):
            return set()
        if path not in self._direct:
            self._direct[path] = self._imported(path) | self._named(path) | self._read(path)
        return self._direct[path]

    def takes(self, path: str, fixture: str) -> bool:
        """Whether something in this module asks for this fixture, as an argument or by its name."""
        said = source(self.tree[path])
        return fixture in said.arguments or fixture in said.texts

    def says(self, path: str, names: Collection[str]) -> bool:
        """Whether one of these names, of a variable, an attribute or the like, is in this module."""
        return not source(self.tree[path]).names.isdisjoint(names)

    def names_folder(self, path: str) -> bool:
        """Whether a string of this module is a folder of the tree."""
        return any(f"{text.rstrip('/')}/" in self._folders for text in source(self.tree[path]).texts if text)

    @functools.cached_property
    def _folders(self) -> set[str]:
        return {path[: at + 1] for path in self.tree for at, sign in enumerate(path) if sign == "/"}

    def _imported(self, path: str) -> set[str]:
        if path in self._imports:
            return self._imports[path]
        found: set[str] = set()
        packages = _module(path).split(".")[: None if path.endswith("/__init__.py") else -1]
        for module, level, names in source(self.tree[path]).imports:
            base = ".".join([*packages[: len(packages) - level + 1 if level else 0], *filter(None, [module])])
            inner = [f"{base}.{name}" if f"{base}.{name}" in self._modules else base for name in names]
            for name in inner or [base]:
                found |= self._taken(name)
        self._imports[path] = found - {path}
        return self._imports[path]

    def _named(self, path: str) -> set[str]:
        """Plugins of pytest, which have dots, and of tests the files whose whole path they say."""
        found: set[str] = set()
        for text in source(self.tree[path]).texts:
            if DOTTED.fullmatch(text):
                found |= self._taken(text)
            elif text in self.tree and path.startswith("tests/"):
                found.add(text)
        return found - {path}

    def _taken(self, name: str) -> set[str]:
        """The files of a module: its own, and those of the packages that it is in."""
        packages = name.split(".")[:-1]
        outer = [".".join(packages[: at + 1]) for at in range(len(packages))]
        return {self._modules[one] for one in [name, *outer]
                if one in self._modules and (one != MACROS or one == name)}  # fmt: skip

    def _read(self, path: str) -> set[str]:
        """What lies beside a module and is read by it: files and folders that it names, or that have its name; and
        those of which nothing else is known, which any module beside them may read."""
        folder = str(PurePosixPath(path).parent)
        if folder not in self._beside:
            self._beside[folder] = self._shared(folder)
        return self._beside[folder].get(path, set())

    def _shared(self, folder: str) -> dict[str, set[str]]:
        """Of each module in a folder, the files beside it that are its own."""
        below = [path for path in self.tree if path.startswith(f"{folder}/")]
        modules = [path for path in below if path.endswith(".py") and path.count("/") == folder.count("/") + 1]
        imported = {file for module in modules for file in self._imported(module)}
        entries: dict[str, set[str]] = {}
        for path in below:
            entries.setdefault(path[len(folder) + 1 :].partition("/")[0], set()).add(path)
        found: dict[str, set[str]] = {module: set() for module in modules}
        for name, files in entries.items():
            python = any(path.endswith(".py") for path in files)
            if python and (files & imported or files != {f"{folder}/{name}"}):
                continue  # who wants it imports it; a module that is run by its name nobody imports
            readers = [module for module in modules if module not in files and self._names(module, name)]
            if not readers and not python and not all(path in self._elsewhere for path in files):
                readers = modules
            for module in readers:
                found[module] |= files
        return found

    @functools.cached_property
    def _elsewhere(self) -> set[str]:
        """Files of which make or a test says the whole path: they are read there."""
        texts = {text for path in self.tree if path.startswith("tests/") and path.endswith(".py")
                 for text in source(self.tree[path]).texts}  # fmt: skip
        makefile = self.tree.get(MAKEFILE, b"").decode(errors="replace")
        return {path for path in self.tree if path in texts or path in makefile}

    def _names(self, module: str, name: str) -> bool:
        same = PurePosixPath(module).stem == PurePosixPath(name).stem  # with_suffix
        return same or name in source(self.tree[module]).words


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
