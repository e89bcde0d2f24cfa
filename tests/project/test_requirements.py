"""The lists of packages: reading needs what is in requirements.txt and nothing else, and proving adds to it."""

from __future__ import annotations

import ast
import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from macros.site import library
from tests.project.test_installing import TOOLS
from tests.tools.building import LANGUAGES, SETTINGS, small

READING, PROVING = library.ROOT / "requirements.txt", library.ROOT / "tests/requirements.txt"
UV = library.ROOT / "tests/tools/uv.txt"
# A site with macros that need no recording.
PAGES = {"index": '''---
description: d
---

# Page {#page}

<!--[[ figure("switch") ]]-->

<!--[[ lab_commands("start") ]]-->

<!--[[ engine_differences() ]]-->
'''}
# What mkdocs.yml may say of itself that a plugin or an extension is.
GROUPS = ("mkdocs.plugins", "mkdocs.themes", "markdown.extensions")


def pinned(path: Path) -> dict[str, set[str]]:
    """Each package of a list with its lines, "==VERSION" with the marker: several where Pythons differ."""
    found: dict[str, set[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if "==" in line.split(" ")[0]:
            name, _, rest = line.rstrip("\\ ").partition("==")
            found.setdefault(canonicalize_name(name), set()).add(rest)
    return found


def asked(name: str) -> set[str]:
    """The packages that a list of tests/tools asks for."""
    lines = (library.ROOT / "tests/tools" / name).read_text(encoding="utf-8").splitlines()
    bare = [line.partition("#")[0].strip() for line in lines]
    return {canonicalize_name(Requirement(line).name) for line in bare if line}


def nodes(folder: Path) -> Iterator[ast.AST]:
    """All that is in a folder's Python files."""
    for path in folder.rglob("*.py"):
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


@functools.cache
def packages() -> dict[str, list[str]]:
    """What is installed: module -> packages."""
    return metadata.packages_distributions()


def imported(folder: Path) -> Iterator[str]:
    """The modules that a folder's Python files import, wherever in them."""
    for node in nodes(folder):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


def programs(folder: Path) -> Iterator[str]:
    """The programs that a folder's Python files look for, by which()."""
    for node in nodes(folder):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr == "which" and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value


def of_modules(modules: Iterable[str]) -> set[str]:
    """The packages that modules are of: neither Python's own nor the project's."""
    own = sys.stdlib_module_names | {path.stem for path in library.ROOT.iterdir()}
    tops = {module.partition(".")[0] for module in modules} - own
    return {canonicalize_name(name) for top in tops for name in packages().get(top, [f"the module {top}"])}


@functools.cache
def installed_programs() -> set[tuple[str, str]]:
    """What is installed: pairs of a program and its package."""
    return {
        (file.stem, canonicalize_name(one.name))
        for one in metadata.distributions()
        for file in one.files or ()
        if file.parts[-2:-1] in (("bin",), ("Scripts",))
    }


def of_programs(names: Iterable[str]) -> set[str]:
    """The packages that install one of these programs."""
    return {package for name, package in installed_programs() if name in names}


class Loader(yaml.SafeLoader):
    """Reads mkdocs.yml, whose tags name Python functions and environment variables."""


Loader.add_multi_constructor("", lambda loader, suffix, node: suffix.removeprefix("tag:yaml.org,2002:python/"))


def of_configuration() -> set[str]:
    """The packages of the theme, the plugins and the Markdown extensions that mkdocs*.yml name."""
    text = (library.ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    config = yaml.load(text, Loader)
    names = {config["theme"]["name"], *config["plugins"], *config["markdown_extensions"]}
    names |= {f"{config['theme']['name']}/{name}" for name in config["plugins"]}
    points = [point for group in GROUPS for point in metadata.entry_points(group=group) if point.name in names]
    functions = re.findall(r"!!python/object/apply:(\w+)", text)
    modules = {name for name in config["markdown_extensions"] if "." in name} | set(functions)
    return {canonicalize_name(point.dist.name) for point in points} | of_modules(modules) | {"mkdocs"}


def needed(names: set[str]) -> set[str]:
    """These packages and what they need, on whatever platform."""
    found, todo = set(), list(names)
    while todo:
        if (name := todo.pop()) in found:
            continue
        found.add(name)
        try:
            requires = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # of another platform
        wanted = [Requirement(line) for line in requires]
        todo += [canonicalize_name(one.name) for one in wanted if "extra" not in str(one.marker or "")]
    return found


@functools.cache
def direct() -> set[str]:
    macros = library.ROOT / "macros"
    return of_modules(imported(macros)) | of_programs(set(programs(macros))) | of_configuration()


def test_both_lists_have_the_same_versions_of_what_they_share():
    reading, proving = pinned(READING), pinned(PROVING)
    shared = reading.keys() & proving.keys()
    assert shared, "the constraint of the one by the other is no longer proven by anything"
    versions = [{name: {rest.partition(" ")[0] for rest in of[name]} for name in shared} for of in (reading, proving)]
    assert versions[0] == versions[1]


def test_what_macros_and_the_configuration_name_is_asked_for():
    assert direct() <= asked("site.in"), "add it to tests/tools/site.in and run: make update"
    assert asked("site.in") <= pinned(READING).keys() and asked("tests.in") <= pinned(PROVING).keys(), "make update"


def test_nothing_is_installed_to_read_that_neither_needs():
    assert pinned(READING).keys() <= needed(direct())


def test_what_the_tests_import_is_in_one_of_the_lists():
    assert of_modules(imported(library.ROOT / "tests")) <= pinned(READING).keys() | pinned(PROVING).keys()
    assert not asked("tests.in") & asked("site.in")


@pytest.mark.parametrize(
    ("line", "missing"),
    [("import pytest", "pytest"), ("def late():\n    from hypothesis import given", "hypothesis"),
     ("shutil.which('ruff')", "ruff"), ("import nowhere.at_all", "the module nowhere")],
)  # fmt: skip
def test_an_import_that_no_list_has_is_told(tmp_path, line, missing):
    (tmp_path / "new.py").write_text(f"import shutil\n{line}\n")
    assert of_modules(imported(tmp_path)) | of_programs(set(programs(tmp_path))) == {missing}
    assert missing not in asked("site.in")


@pytest.mark.parametrize("path", [READING, PROVING, UV], ids=lambda path: str(path.relative_to(library.ROOT)))
def test_every_package_has_hashes(path):
    entries = re.split(r"\n(?=\S)", path.read_text(encoding="utf-8"))
    names = [entry for entry in entries if not entry.startswith("#")]
    assert names and all(re.match(r"\S+==\S+ .*\n    --hash=sha256:[0-9a-f]{64}", entry, re.S) for entry in names)


@pytest.mark.engine  # takes long and asks a registry: not in `make check`
def test_the_list_alone_builds_a_site(tmp_path):
    """A small one, of which no page of the project is a part; the whole one is built so to be published."""
    tools, project = tmp_path / "tools", small(tmp_path / "project", dict.fromkeys(LANGUAGES, PAGES))
    tools.mkdir()
    for path in TOOLS:
        shutil.copy(path, tools)
    shutil.copy(READING, tmp_path)
    venv, site = tmp_path / "venv", tmp_path / "site"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= SETTINGS | {"VENV": str(venv), "PYTHON": sys._base_executable}
    install = ["bash", str(tools / "install.sh"), str(tmp_path / READING.name)]
    for words in (install, [str(venv / "bin/python"), "-m", "mkdocs", "build", "--strict", "-d", str(site)]):
        done = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert not shutil.which("pytest", path=str(venv / "bin"))
    for folder in LANGUAGES.values():
        text = (site / folder / "index.html").read_text("utf-8")
        assert "<svg" in text and "--privileged" in text, "nothing stands where the page calls a macro"
