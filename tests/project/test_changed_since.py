"""What `make test CHANGED=1` runs after a change of each kind, what it leaves out, and why: told by the files alone."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from macros.site import library
from tests.tools import tree as trees
from tests.tools.changed_since import Site, choose, differences, line, table
from tests.tools.copies import copied_code
from tests.tools.forked import PYTEST, forked
from tests.tools.green import FAILED, PASSED, SKIPPED, Record, Records
from tests.tools.inputs import INTERRUPT, KNOWN, READS, SOURCES, How, Units, how, is_page, is_test
from tests.tools.noting import BUILT, digest_of_built

# What a page says is nothing to these tests, which then need not be run after each change of one.
SAYS = b"# A {#a}\n\n```bash\ndocker run --rm --network none busybox:1.37 true\n```\n"
TREE = {path: SAYS if is_page(path) else b"" if path.startswith("docs/") else (library.ROOT / path).read_bytes()
        for path in trees.names_of(library.ROOT)}  # fmt: skip
ON = How("28.5", machine=(("the installed versions", "a"),))
PAGE = "docs/ko/network/mtu.md"
# A page with all that a page may have, beside those of the site.
OWN = "docs/ko/network/own.md"
TEXT = """---
description: A page
hosts: [docker-host, worker]
---

# Own

Text.

<!-- step: id=one timeout=20 -->
```bash
docker network create lab-own
```

```yaml title="compose.yaml"
services: {}
```

<!-- wait: http://127.0.0.1:8080 -->

<!-- invisible-code-block: bash
docker network inspect lab-own
-->

<!--[[ network_inspect("lab-own", "Driver") ]]-->

<!-- skip: next "not here" -->
```bash
docker network rm lab-own
```
"""
RECORDING = "docs/_recordings/network/own.json"
RECORDED = {
    "format": 2, "page": "network/own", "engines": {"29.7": {"version": "29.7.2"}, "28.5": {"version": "28.5.2"}},
    "steps": [{"key": "a", "results": [{"engines": ["29.7"], "output": "new"}, {"engines": ["28.5"], "output": "old"}]},
              {"key": "b", "results": [{"engines": ["29.7", "28.5"], "output": "same"}]}],
}  # fmt: skip
WHOLE = {**TREE, OWN: TEXT.encode(), RECORDING: json.dumps(RECORDED).encode()}


@pytest.fixture(scope="module")
def green(tmp_path_factory):
    """A folder whose records say that all of the project passed, with OWN among its pages."""
    root = tmp_path_factory.mktemp("green")
    units = Units(WHOLE)
    for name in units.names():
        Records(root).put(name, ON, Record(PASSED, units.inputs(name, ON)))
    return root


def after(green: Path, how: How = ON, **changes: bytes | None) -> dict[str, str]:
    """The units that run after changes of files (path -> what is in it now, None for gone), and why."""
    tree = {path: data for path, data in {**WHOLE, **changes}.items() if data is not None}
    return {choice.name: choice.why for choice in choose(green, Units(tree), how) if choice.run}


def edited(path: str, old: str, new: str) -> dict[str, bytes]:
    text = WHOLE[path].replace(old.encode(), new.encode(), 1)
    assert text != WHOLE[path]
    return {path: text}


def longer(path: str) -> dict[str, bytes]:
    return {path: TREE[path] + b"\n"}


def pages(names) -> set[str]:
    return {name for name in names if is_page(name)}


@functools.cache
def every() -> set[str]:
    """All units: not made on importing this, which each worker does."""
    return set(Units(WHOLE).names())


def test_nothing_changed_runs_nothing(green):
    assert after(green) == {}
    choices = choose(green, Units(WHOLE), ON)
    assert line(next(choice for choice in choices if choice.name == PAGE)) == (
        f"{PAGE}: left out, passed on 28.5 with the same steps, recording, image and code")
    assert table(choices, ON)[-1] == f"changed: 0 of {len(every())} run on 28.5"
    assert {INTERRUPT, PAGE, "tests/docs/test_terms.py"} <= {choice.name for choice in choices} == every()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("network create lab", "network create --internal lab", "its commands changed"),
        ("id=one", "id=two", "options of its steps changed"),
        ("timeout=20", "timeout=30 exit=1", "options of its steps changed"),
        ("services: {}", "services: {a: {}}", "its files changed"),
        ('title="compose.yaml"', 'title="other.yaml"', "its files changed"),
        (":8080", ":8081", "its waits changed"),
        ("network inspect", "network  inspect", "its hidden checks changed"),
        ('"Driver"', '"Scope"', "its macro calls changed"),
        ('<!-- skip: next "not here" -->\n', "", "options of its steps changed"),
        ("worker", "helper", "its front matter changed"),
        ("```bash\ndocker network rm", "```bash\n\n```bash\ndocker", "what is wrong with it"),
    ],
)
def test_what_is_run_of_a_page_runs_the_page_and_the_tests_of_texts(green, old, new, why):
    run = after(green, **edited(OWN, old, new))
    assert pages(run) == {OWN} and why in run[OWN]
    assert {"tests/docs/test_harm.py", "tests/page/test_reader.py"} <= set(run)
    assert run["tests/docs/test_harm.py"] == f"{OWN} changed"
    assert not {"tests/lab/test_images.py", "tests/lab/test_faults.py", "tests/site/test_serve.py"} & set(run)


def test_a_page_that_tests_break_in_a_copy_runs_them(green):
    page = "docs/ko/network/none.md"
    run = after(green, **edited(page, "\ndocker run --rm --network none", "\ndocker run --network none"))
    assert {"tests/lab/test_faults.py", "tests/project/test_pages.py", INTERRUPT, page} <= set(run)
    assert run[INTERRUPT] == f"of {page}, its commands changed"


@pytest.mark.parametrize(("old", "new"), [("Text.", "Another.\n\nMore."), ("A page", "The page"), ("# Own", "# My")])
def test_prose_runs_no_step(green, old, new):
    run = after(green, **edited(OWN, old, new))
    assert pages(run) == set()
    assert {f for f in every() if f.startswith("tests/docs/") and f != "tests/docs/test_changed.py"} <= set(run)


@pytest.mark.parametrize(
    ("old", "new", "runs"),
    [("29.7.2", "29.7.3", False), ('"new"', '"newer"', False), ("28.5.2", "28.5.3", True), ('"old"', '"older"', True),
     ('"same"', '"other"', True), ('"key": "a"', '"key": "c"', True), ('"format"', "format", True)],
)  # fmt: skip
def test_a_recording_runs_the_page_on_its_engine_alone(green, old, new, runs):
    run = after(green, **edited(RECORDING, old, new))
    assert pages(run) == ({OWN} if runs else set())
    assert run.get(OWN, "") == "its recording changed" * runs
    assert {"tests/record/test_one_character.py", "tests/docs/test_topics.py"} <= set(run)


def test_a_recording_that_is_gone_runs_the_page(green):
    assert pages(after(green, **{RECORDING: None})) == {OWN}


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("macros/lab/images/lab/host/lab-entry", "the lab's image"), (SOURCES, "the sources of the engines"),
        ("macros/lab/images/lab/Dockerfile", "the lab's image"), ("macros/lab/shell.py", ""),
        ("macros/lab/late-runc.sh", ""), ("macros/record/session.py", ""), ("macros/record/interpreter.py", ""),
        ("macros/page/fences.py", ""), ("tests/tools/pages.py", ""), ("tests/pytest.ini", ""),
    ],
)  # fmt: skip
def test_what_runs_pages_runs_them_all(green, path, why):
    run, why = after(green, **longer(path)), why or path
    assert pages(run) == pages(every()) and {run[page] for page in pages(run)} == {f"{why} changed"}
    assert {INTERRUPT, "tests/lab/test_lab.py"} <= set(run)


def test_code_runs_the_tests_that_import_it(green):
    run = after(green, **longer("macros/lab/shell.py"))
    assert run["tests/record/test_session.py"] == "macros/lab/shell.py changed"
    assert not {"tests/draw/test_topology.py", "tests/page/test_waits.py"} & set(run)
    run = after(green, **longer("tests/docs/test_terms.py"))
    assert run["tests/docs/test_terms.py"] == "the module itself changed" and not pages(run)
    assert not {"tests/site/test_site.py", "tests/lab/test_lab.py", "tests/record/test_session.py"} & set(run)


@pytest.mark.parametrize(
    "path", ["macros/site/composer.py", "macros/site/theme/main.html", "macros/site/search.js", "macros/__init__.py",
             "macros/site/wiring.py", "mkdocs.yml", "docs/assets/output.css"],
)  # fmt: skip
def test_the_site_runs_its_tests_and_no_page(green, path):
    run = after(green, **longer(path))
    assert {"tests/site/test_site.py", "tests/site/test_browser.py"} <= set(run) and not pages(run)
    assert not {INTERRUPT, "tests/record/test_session.py", "tests/page/test_waits.py"} & set(run)


def test_as_a_reader_the_site_runs_pages(green, tmp_path):
    reader = replace(ON, way="reader")
    units = Units(TREE)
    for name in (PAGE, "tests/draw/test_topology.py"):
        Records(tmp_path).put(name, reader, Record(PASSED, units.inputs(name, reader)))
    changed = Units({**TREE, **longer("macros/site/composer.py")})
    assert [choice.run for choice in choose(tmp_path, changed, reader, [PAGE])] == [True]
    assert [choice.run for choice in choose(tmp_path, units, reader, [PAGE])] == [False]
    assert str(reader) == "28.5 as reader" and Records(tmp_path).of(PAGE, ON) is None


def test_requirements_and_the_machine_run_everything(green):
    requirements = next(path for path in TREE if path.endswith("requirements.txt"))
    assert set(after(green, **longer(requirements))) == every()
    run = after(green, replace(ON, machine=(("the installed versions", "b"),)))
    assert set(run) == every() and set(run.values()) == {"the installed versions changed"}


@pytest.mark.parametrize("path", ["pyproject.toml", "conftest.py", ".dockerignore", "new/folder/file"])
def test_what_nobody_is_known_to_read_runs_everything(green, path):
    run = after(green, **{path: b"x"})
    assert set(run) == every() and set(run.values()) == {f"{path} changed"}


@pytest.mark.parametrize(
    ("path", "test"),
    [
        ("Makefile", "project/test_given"), ("Makefile", "site/test_serve"), (".ci/run", "project/test_changed_since"),
        (".github/workflows/ci.yml", "project/test_workflows"), ("README.md", "docs/test_terms"),
        (".github/CONTRIBUTING.md", "project/test_new"), ("macros/unused.py", "project/test_rooms"),
        ("tests/tools/engine.sh", "lab/test_reader_lab"), ("tests/draw/packets/20.10-ipv6.json", "draw/test_packet"),
    ],
)  # fmt: skip
def test_files_around_the_project_run_the_tests_that_read_them(green, path, test):
    run = after(green, **{path: TREE.get(path, b"") + b"\n"})
    assert run[f"tests/{test}.py"] == f"{path} changed" and not pages(run)
    assert not {"tests/page/test_waits.py", "tests/record/test_session.py", INTERRUPT} & set(run)


def test_tests_of_a_new_folder_read_all(tmp_path):
    units = Units({**TREE, "tests/fresh/test_x.py": b""})
    assert set(TREE) <= set(units.inputs("tests/fresh/test_x.py", ON))
    assert not {PAGE, "Makefile"} & set(units.inputs("tests/draw/test_topology.py", ON))


def test_each_folder_that_a_test_reads_is_an_input_of_it():
    """READS is held against what the modules say themselves: ROOT / "docs" / "ko" is all that is below docs/ko."""
    units, seen = Units(TREE), 0
    for name in filter(is_test, every() - {INTERRUPT}):
        inputs = set(units.inputs(name, ON))
        for chain in re.findall(r'\b(?:ROOT|PROJECT)((?: / f?"[^"]+")+)', TREE[name].decode()):
            path = "/".join(re.findall(r'"([^"]+)"', chain)).partition("{")[0].rstrip("/")
            below = {file for file in TREE if file == path or file.startswith(f"{path}/")}
            lacking = sorted(below - inputs)[:3]
            assert not lacking, f"{name} reads {path}: add {lacking} to READS in tests/tools/inputs.py"
            seen += bool(below)
    assert seen > 20
    folders = {str(Path(name).parent) for name in every() if is_test(name)}
    assert folders <= set(READS), "a folder of tests without READS"
    assert trees.matching(TREE, KNOWN) == set(TREE), "a file of which nobody knows who reads it"


# What is known of a unit, and what is run where it is nothing.


def test_what_failed_or_was_not_reached_runs(tmp_path):
    units, records = Units(TREE), Records(tmp_path)
    names = [PAGE, "docs/ko/network/none.md", "tests/draw/test_topology.py", "tests/docs/test_harm.py"]
    records.put(names[0], ON, Record(PASSED, units.inputs(names[0], ON)))
    records.put(names[1], ON, Record(FAILED, units.inputs(names[1], ON)))
    records.put(names[2], ON, Record(SKIPPED, units.inputs(names[2], ON)))
    records.begin(ON)
    assert [(one.run, one.why) for one in choose(tmp_path, units, ON, names)] == [
        (False, "passed on 28.5 with the same steps, recording, image and code"), (True, "it failed the last time"),
        (True, "a test of it was skipped the last time"), (True, "no run reached it"),
    ]  # fmt: skip
    assert records.failed() == [names[1]]
    (tmp_path / ".cache/green/28.5" / f"{PAGE}.json").write_text("{")
    assert choose(tmp_path, units, ON, [PAGE])[0].run, "half a record is none"
    assert not list(tmp_path.rglob(".cache/**/.*")), "each record is whole and in its place"


def test_without_a_record_it_is_held_against_main(tmp_path):
    def git(*arguments):
        own = ("-c", "user.name=x", "-c", "user.email=x@x", "-c", "init.defaultBranch=main")
        subprocess.run(["git", *own, *arguments], cwd=tmp_path, check=True, capture_output=True)

    files = {"docs/ko/a.md": "# A\n\n```bash\ntrue\n```\n", "docs/ko/b.md": "# B\n\n```bash\ntrue\n```\n",
             "tests/draw/test_a.py": "", "Makefile": ""}  # fmt: skip
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    names = [*list(files)[:3], "docs/ko/c.md"]

    def chosen():
        return [(one.run, one.why) for one in choose(tmp_path, Units(trees.of_folder(tmp_path)), ON, names[:count])]

    count = 1
    assert chosen() == [(True, "it has no record, and there is no main to hold it against")]
    git("init")
    git("add", ".")
    git("commit", "-m", "x")
    main, count = trees.since_main(tmp_path)[:7], 4
    git("checkout", "-b", "branch")
    (tmp_path / "docs/ko/b.md").write_text("# B\n\n```bash\nfalse\n```\n")
    git("commit", "-am", "x")
    (tmp_path / "docs/ko/c.md").write_text(files["docs/ko/a.md"])
    os.utime(tmp_path / "docs/ko/a.md", (0, 0))
    assert chosen() == [
        (False, f"as on main ({main})"), (True, f"its commands changed since main ({main})"),
        (False, f"as on main ({main})"), (True, f"it is new since main ({main})"),
    ]  # fmt: skip
    (tmp_path / ".gitignore").write_text("junk\n")
    (tmp_path / "junk").write_text("x")
    assert "junk" not in trees.of_folder(tmp_path) and "docs/ko/c.md" in trees.of_folder(tmp_path)


def test_a_reason_names_a_few():
    old = {"a/1": "1", "a/2": "1", "its files": "1", "b": "1"}
    new = {"a/1": "2", "a/3": "1", "its files": "2", "b": "1"}
    assert differences(old, new) == ["its files", "a/1", "a/3", "a/2"]


# The plugin, in a project of its own.


def made(folder: Path) -> Path:
    """A folder with this project's runner, for tests of its own."""
    copied_code(folder, "macros", "tests/tools")
    shutil.copy(library.ROOT / "tests/pytest.ini", folder / "tests")
    (folder / "docs/ko").mkdir(parents=True)
    (folder / "tests/draw").mkdir()
    return folder


@pytest.fixture
def project(tmp_path):
    """Three modules of tests: one passes, one fails where there is a file "broken", one skips."""
    made(tmp_path)
    for name, text in (
        ("good", "def test_a(): pass\ndef test_b(): pass\n"),
        ("weak", "import os\ndef test_a(): pass\ndef test_b(): assert not os.path.exists('.cache/broken')\n"),
        ("lazy", "import pytest\ndef test_a(): pytest.skip('x')\ndef test_b(): pass\n"),
    ):
        (tmp_path / f"tests/draw/test_{name}.py").write_text(text)
    return tmp_path


def run(project: Path, *arguments: str, engine: str = "28.5") -> tuple[int, str]:
    # Neither is needed here, and to say nothing at its end Hypothesis is imported whole.
    without = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    options = ["-c", "tests/pytest.ini", "--rootdir=.", *without]
    environment = os.environ | {"ENGINE": engine, "DOCKER_HOST": "unix:///nowhere"}
    for name in ("PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER", "AS", "DELAY", "IMAGES", "ENGINE_DIR"):
        environment.pop(name, None)
    return forked(PYTEST, project, [*options, *arguments], environment, 120)


def outcomes(project: Path) -> dict[str, str]:
    known = {name: Records(project).of(f"tests/draw/test_{name}.py", How("28.5")) for name in ("good", "weak", "lazy")}
    return {name: record.outcome for name, record in known.items() if record}


@pytest.mark.sample(2, "what passed is left out: without workers")
@pytest.mark.parametrize("workers", [[], ["-n", "2", "--dist", "loadfile"]])
def test_what_passed_is_left_out_and_what_failed_runs_again(project, workers):
    (project / ".cache").mkdir()
    (project / ".cache/broken").touch()
    status, said = run(project, *workers, "tests/draw")
    assert status == 1, said
    assert outcomes(project) == {"good": PASSED, "weak": FAILED, "lazy": SKIPPED}
    (project / ".cache/broken").unlink()
    status, said = run(project, *workers, "--changed", "tests/draw")
    assert status == 0 and "3 passed, 1 skipped" in said, said
    assert "tests/draw/test_good.py: left out, passed on 28.5 with the same code and files" in said
    assert "tests/draw/test_weak.py: run, it failed the last time\nchanged: 2 of 3 run on 28.5\n" in said
    assert outcomes(project) == {"good": PASSED, "weak": PASSED, "lazy": SKIPPED}
    if workers:
        return  # the rest is told before any worker is started
    (project / "tests/draw/test_lazy.py").unlink()
    status, said = run(project, "--changed", "tests/draw")
    assert status == 0 and said.endswith("changed: 0 of 2 run on 28.5\n"), said
    (project / "tests/draw/test_good.py").write_text("def test_a(: pass\n")
    status, said = run(project, "--changed", "tests/draw")
    assert status != 0 and "tests/draw/test_good.py: run, the module itself changed" in said, said
    assert outcomes(project)["good"] == FAILED


def test_a_part_of_a_module_proves_nothing(project):
    for arguments in (["-k", "test_a"], ["tests/draw/test_good.py::test_a"]):
        status, said = run(project, *arguments, *([] if "::" in arguments[0] else ["tests/draw/test_good.py"]))
        assert status == 0 and outcomes(project) == {}, said
    assert run(project, "tests/draw/test_good.py", engine="")[0] == 0 and outcomes(project) == {}
    (project / "tests/draw/test_good.py").write_text("def test_a(): assert False\ndef test_b(): pass\n")
    assert run(project, "-x", "tests/draw")[0] == 1 and outcomes(project) == {"good": FAILED}


def test_a_page_without_a_lab_is_not_green(project):
    for name in ("a", "b"):
        (project / f"docs/ko/{name}.md").write_text("# A\n\n```bash\ntrue\n```\n")
    status, said = run(project, "docs/ko")
    found = [Records(project).of(f"docs/ko/{name}.md", How("28.5")).outcome for name in ("a", "b")]
    assert status == 1 and found == [FAILED, SKIPPED], said


# A module of which each test reads something else, and what was seen of that.

READING = '''
import functools, shutil, subprocess
from concurrent.futures import ThreadPoolExecutor
import pytest
from macros.site import library

ASSETS = library.ROOT / "docs" / "assets"
TOP = (ASSETS / "top").read_text()


@functools.cache
def kept():
    return (ASSETS / "kept").read_text()


@pytest.fixture(scope="module")
def given():
    return (ASSETS / "given").read_text()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return shutil.copytree(ASSETS / "folder", tmp_path_factory.mktemp("x") / "y")


def test_opens(): (ASSETS / "opened").read_bytes()
def test_keeps(): kept()
def test_keeps_too(): kept()
def test_is_given(given): pass
def test_is_given_too(given): pass
def test_copies(built): pass
def test_looks_at_a_copy(built): pass
def test_page(): library.page_at(ASSETS / "page")
def test_page_again(): library.page_at(ASSETS / "page")
def test_thread():
    with ThreadPoolExecutor() as pool:
        pool.submit((ASSETS / "thread").read_text).result()
def test_starts(): subprocess.run(["true"], cwd=library.ROOT)
def test_starts_elsewhere(tmp_path): subprocess.run(["true"], cwd=tmp_path)
def test_checks(tmp_path):
    (tmp_path / "java").symlink_to("/bin/true")
    subprocess.run([tmp_path / "java", ASSETS / "checked"], cwd=library.ROOT)
def test_names(tmp_path): subprocess.run(["true", f"--file={ASSETS}/named"], cwd=tmp_path)
'''
READ = {
    "top": {}, "opened": {"opens"}, "kept": {"keeps", "keeps_too"}, "given": {"is_given", "is_given_too"},
    "folder/a": {"copies", "looks_at_a_copy"}, "page": {"page", "page_again"}, "thread": {"thread"},
    "checked": {"checks"}, "nobody's.md": set(),
}  # fmt: skip
# Tests that start a program where it may read anything.
ANY = {"starts", "names"}


@pytest.fixture(scope="module")
def reading(tmp_path_factory):
    """The project with this module, which passed."""
    project = made(tmp_path_factory.mktemp("reading"))
    for name in READ:
        (project / "docs/assets" / name).parent.mkdir(parents=True, exist_ok=True)
        (project / "docs/assets" / name).write_text("# A\n")
    (project / "tests/draw/test_reading.py").write_text(READING)
    (project / "tests/draw/test_other.py").write_text("from tests.draw.test_reading import TOP\ndef test_it(): pass\n")
    # As make test does, by workers, which start programs, and beside pages, which are read to be collected; and as
    # after a clone, where nothing is compiled.
    for compiled in project.rglob("__pycache__"):
        shutil.rmtree(compiled)
    status, said = run(project, "-n", "2", "--dist", "loadfile", "docs/assets", "tests/draw")
    assert status == 0, said
    return project


def reading_after(project: Path, changes: dict[str, bytes | None]) -> dict[str, set[str] | None]:
    """Of each module that is run, which of its tests are; None for all."""
    tree = {path: data for path, data in {**trees.of_folder(project), **changes}.items() if data is not None}
    names = ("tests/draw/test_other.py", "tests/draw/test_reading.py")
    known = {name: Records(project).of(name, AS_RUN).reads.keys() for name in names}
    way = replace(AS_RUN, machine=tuple(MACHINE.items()))
    return {one.name[16:-3]: {test.removeprefix("test_") for test in known[one.name] - one.left} if one.left else None
            for one in choose(project, Units(tree), way, names) if one.run}  # fmt: skip


AS_RUN = How("28.5")
MACHINE = dict(how("28.5").machine)


@pytest.mark.parametrize(("name", "tests"), READ.items())
def test_a_test_is_run_after_a_change_of_what_it_read(reading, name, tests):
    ran = reading_after(reading, {f"docs/assets/{name}": b"new"})
    assert ran == ({"reading": None, "other": None} if name == "top" else {"reading": {*tests} | ANY})


def test_what_runs_a_test_is_not_read_by_it(reading):
    read = Records(reading).of("tests/draw/test_reading.py", AS_RUN).reads["test_opens"]
    assert {one for one in read if one.startswith("docs/")} == {"docs/assets/opened", "docs/assets/top"}
    assert not {"tests/tools/proving.py", "tests/tools/sampling.py", "tests/draw/test_reading.py"} & read


def test_a_page_that_a_module_names_is_read_and_no_part_of_who_imports_it():
    tool, module, page = "tests/tools/served.py", "tests/site/test_serve.py", "docs/ko/network/none.md"
    units = Units({**TREE, tool: TREE[tool] + f'\nPAGE = "{page}"\n'.encode()})
    assert page in units.inputs(module, ON) and page in units.read_only(module)
    assert page not in units.with_imported({tool}) and page in units.with_imported({tool, page})


def test_what_came_or_went_or_is_code_runs_the_whole_module(reading):
    for path, data in {"docs/assets/new": b"", "docs/assets/opened": None, "macros/site/library.py": b"x = 1\n",
                       "tests/draw/test_reading.py": READING.encode() + b"\n", "tests/pytest.ini": b""}.items():
        assert reading_after(reading, {path: data})["reading"] is None, path


def test_of_a_module_only_those_tests_run_and_the_others_stay_known(reading):
    opened = reading / "docs/assets/opened"
    before = opened.read_text()
    opened.write_text("# B\n")
    status, said = run(reading, "--changed", "tests/draw/test_other.py", "tests/draw/test_reading.py")
    assert status == 0 and "3 passed, 12 deselected" in said, said
    assert "tests/draw/test_reading.py: run, 3 of 14 tests, docs/assets/opened changed" in said
    assert "tests/draw/test_other.py: left out, none of its tests reads what changed: docs/assets/opened" in said
    assert run(reading, "--changed", "tests/draw/test_reading.py")[1].endswith("changed: 0 of 1 run on 28.5\n")
    assert reading_after(reading, {"docs/assets/kept": b""}) == {"reading": READ["kept"] | ANY}
    opened.write_text(before)


def test_who_looks_at_the_built_site_runs_after_a_change_of_what_it_looked_at(tmp_path):
    name, page = "tests/site/test_browser.py", "docs/ko/network/none.md"
    units, site = Units(TREE), tmp_path / "site"
    for path in ("a/index.html", "b/index.html"):
        (site / path).parent.mkdir(parents=True)
        (site / path).write_text("as it was")
    names = [f"{BUILT}a/index.html", f"{BUILT}b/index.html", BUILT]
    inputs = units.inputs(name, ON) | {one: digest_of_built(site, one) for one in names}
    reads = {"test_a": frozenset((names[0], BUILT)), "test_b": frozenset((names[1], BUILT)), "test_none": frozenset()}
    Records(tmp_path).put(name, ON, Record(PASSED, inputs, reads))

    def chosen(path, given=None):
        (choice,) = choose(tmp_path, Units({**TREE, path: b"new"}), ON, [name], given or Site(lambda: site))
        return choice.run, {*reads} - choice.left

    assert chosen(page) == chosen("macros/site/composer.py") == (False, set()), "it is built as it was"
    assert chosen(page, Site(lambda: None)) == (True, {"test_a", "test_b"}), "nobody knows how it is built"
    (site / "b/index.html").write_text("new")
    assert chosen(page) == (True, {"test_b"})
    (site / "c.html").touch()
    assert chosen(page) == (True, {"test_a", "test_b"}), "who lists the pages has another one"


# What make and CI do with it.


@pytest.mark.parametrize(("fails", "status"), [(0, 0), (1, 0), (2, 1)])
def test_ci_runs_what_failed_a_second_time(tmp_path, fails, status):
    (tmp_path / ".ci").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(library.ROOT / ".ci/run", tmp_path / ".ci")
    copied_code(tmp_path, "macros", "tests/tools")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    Records(tmp_path).put("docs/ko/old.md", ON, Record(FAILED, {}))
    (tmp_path / "failed").mkdir()
    Records(tmp_path / "failed").put(PAGE, ON, Record(FAILED, {}))
    make = tmp_path / "bin/make"
    make.write_text(f"""#!/bin/bash
echo "make $*; records: $(ls .cache/green 2>/dev/null | wc -l)"
echo >>runs
[ "$(wc -l <runs)" -le {fails} ] || exit 0
mkdir -p .cache && cp -r failed/.cache/green .cache/
exit 2
""")
    make.chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(["bash", ".ci/run"], cwd=tmp_path, env=environment, capture_output=True, text=True,
                          check=False)  # fmt: skip
    said = done.stdout.splitlines()
    assert (done.returncode != 0) == bool(status), done.stderr
    assert said[0] == "make test CHANGED=; records: 0"
    assert said[1:] == {
        0: [],
        1: ["a second time: what failed or was not reached", "make test CHANGED=1; records: 1",
            f"unstable: {PAGE} passed only the second time"],
        2: ["a second time: what failed or was not reached", "make test CHANGED=1; records: 1"],
    }[fails]  # fmt: skip
