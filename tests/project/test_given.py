"""What PAGE may name, and one clear error where it names what cannot be run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from macros.site import library
from tests.tools.copies import copied_code
from tests.tools.given import WAYS, GivenError, changed, given, way

STEP = "```bash\ntrue\n```\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with pages of all names."""
    for name in ("a.md", "b.md", "my page.md", "B.MD", "c.markdown", "it's.md", "쪽.md"):
        (tmp_path / name).write_text(STEP)
    (tmp_path / "plain.md").write_text("# Nothing\n\n```json\n{}\n```\n")
    (tmp_path / "wrong.md").write_text("```bash\ntrue\n")
    (tmp_path / "notes.txt").write_text(STEP)
    for name in ("empty", "plain"):
        (tmp_path / name).mkdir()
    shutil.copy(tmp_path / "plain.md", tmp_path / "plain")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []), (" ", []), ("a.md", ["a.md"]), ("a.md b.md", ["a.md", "b.md"]), ("my page.md", ["my page.md"]),
        ("'my page.md' a.md", ["my page.md", "a.md"]), ("my\\ page.md", ["my page.md"]), ("B.MD", ["B.MD"]),
        ("c.markdown", ["c.markdown"]), ("it's.md", ["it's.md"]), ("쪽.md", ["쪽.md"]), (".", ["."]),
        ("wrong.md", ["wrong.md"]), ("./a.md", ["./a.md"]),
    ],
)  # fmt: skip
def test_what_can_be_run(folder, text, names):
    assert given("test", text) == names


@pytest.mark.parametrize(
    ("text", "what", "following"),
    [
        ("nowhere.md", "nowhere.md: there is no such page", "make help"),
        ("nope.md", "nope.md: there is no such page", "make help"),
        ("docs/ko/nope.md", "nope.md: there is no such page", "make help"),
        ("docs/ko/network/brigde.md", "there is no such page", "make test PAGE=docs/ko/network/bridge.md"),
        ("network/bridge", "there is no such page", "make test PAGE=docs/ko/network/bridge.md"),
        ("my page.md a.md", "my: there is no such page; a name with blanks has quotes of its own", "make help"),
        ("'a.md", "'a.md: No closing quotation", "PAGE=\"'my page.md' other.md\""),
        ("notes.txt", "notes.txt: not a page: its name does not end in .md", "make help"),
        ("empty", "empty: no page is in this folder", "ls empty"),
        ("plain", "plain: no page in it has a step", "```bash"),
        ("plain.md", "plain.md: it has no step", "```bash"),
    ],
)
def test_what_cannot_be_run_is_said(folder, text, what, following):
    with pytest.raises(GivenError) as raised:
        given("test", text)
    message, next_line = str(raised.value).split("\n")
    assert message.startswith("make test PAGE: ") and what in message
    assert next_line.startswith("  next: ") and following in next_line


@pytest.mark.parametrize(
    ("command", "page", "what"),
    [
        ("record", "a.md", "only pages below docs/ko have recordings\n  next: make test PAGE=a.md"),
        ("mutants", "'my page.md'", "only pages below docs/ko have recordings\n  next: make test PAGE='my page.md'"),
        ("record", str(library.ROOT / "docs/en/network/none.md"), "next: make record PAGE=docs/ko/network/none.md"),
    ],
)
def test_recordings_are_of_pages_of_the_site(folder, command, page, what):
    with pytest.raises(GivenError, match=what.replace(".", r"\.")):
        given(command, page)


def test_pages_of_the_site_are_recorded(folder):
    page = library.ROOT / "docs/ko/network/none.md"
    assert given("record", str(page)) == given("mutants", str(page)) == [str(page)]
    assert str(page) in given("record", str(page.parent)) and len(given("record", str(page.parent))) > 10


@pytest.mark.parametrize(
    ("command", "text", "says"),
    [
        ("test", "raeder", "make test AS: raeder: there are reader and guest\n  next: make test AS=reader"),
        ("test", "guests", "make test AS: guests: there are reader and guest\n  next: make test AS=guest"),
        ("record", "reader", "make record AS: reader: only make test runs pages otherwise than their author\n"
                             "  next: make record"),
    ],
)  # fmt: skip
def test_another_way_than_there_is_is_said(command, text, says):
    with pytest.raises(GivenError) as raised:
        way(command, text)
    assert str(raised.value) == says
    assert [way("test", known) for known in WAYS] == ["", "reader", "guest"]


@pytest.mark.parametrize(
    ("command", "text", "page", "says"),
    [
        ("test", "yes", "", "make test CHANGED: yes: there is 1, or nothing\n  next: make test CHANGED=1"),
        ("record", "1", "", "make record CHANGED: only make test chooses what to run by what changed\n"
                            "  next: make record"),
        ("test", "1", "a.md", "make test CHANGED: it chooses the pages itself, and PAGE is run in any case: give one "
                              "of them\n  next: make test CHANGED=1, or make test PAGE=a.md"),
    ],
)  # fmt: skip
def test_changed_goes_with_no_page(command, text, page, says):
    with pytest.raises(GivenError) as raised:
        changed(command, text, page)
    assert str(raised.value) == says
    assert (changed("test", "1", " "), changed("record", "", "a.md")) == (True, False)


# Stands for tests/tools/engines.py, which asks the machine's engine.
TAKEN = """import sys
wanted = sys.argv[1:] or ["newest"]
if wanted == ["none"]:
    sys.exit("none can be had")
print(*{"newest": ["28.5"], "all": ["28.5", "20.10"]}.get(*wanted, wanted))
"""


@pytest.fixture
def make(tmp_path):
    """Run make in a copy of what it needs, with a pytest that only says its arguments."""
    project = tmp_path / "project"
    copied_code(project, "macros", "tests/tools")
    shutil.copy(library.ROOT / "Makefile", project)
    (project / "tests/tools/engines.py").write_text(TAKEN)
    (project / "docs/ko").mkdir(parents=True)
    for name in ("my page.md", "docs/ko/a.md", "docs/ko/b.md"):
        (project / name).write_text(STEP)
    for name in ("requirements.txt", "tests/requirements.txt"):
        (project / name).touch()
    venv = library.ROOT / ".venv"
    settings = [f"VENV={venv}", "PYTEST=printf '<%s>'", "LINT=true", "ENGINE=", "CHECKERS=echo '<checkers>'"]
    settings += ["IMAGE=true", "TESTS=true"]
    # A Python of its own records what passed, twice a run: that is looked at where make only says what it would do.
    quiet = ["GREEN=true"]
    old = [word for name in ("engine", f"{venv}/installed", f"{venv}/tests") for word in ("-o", name)]

    def run(*arguments):
        own = ("AS", "CHANGED", "PAGE", "MAKEFLAGS", "MFLAGS")
        environment = {name: value for name, value in os.environ.items() if name not in own}
        command = ["make", "--no-print-directory", *old, *settings, *([] if "-n" in arguments else quiet), *arguments]
        return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)

    return run


def test_make_gives_each_page_as_one_word(make):
    last = "<--no-loadscope-reorder>"
    assert make("test", "PAGE=my page.md").stdout.endswith(f"{last}<my page.md>")
    assert make("test", "PAGE='my page.md' docs/ko/a.md").stdout.endswith(f"{last}<my page.md><docs/ko/a.md>")
    assert make("test", "PAGE=docs/ko/a.md docs/ko/b.md").stdout.endswith(f"{last}<docs/ko/a.md><docs/ko/b.md>")
    assert make("record", "PAGE=docs/ko").stdout.endswith("<-q><docs/ko/a.md><docs/ko/b.md>")
    assert f"{last}<docs/ko><checkers>\n" in (said := make("test").stdout) and f"{last}<tests>" in said


@pytest.mark.parametrize("command", ["test", "record", "mutants"])
def test_make_says_what_is_wrong_and_starts_nothing(make, command):
    done = make(command, "PAGE=docs/ko/nowhere.md")
    assert done.returncode == 2 and done.stdout == ""
    first, *rest = done.stderr.splitlines()
    assert first == f"make {command} PAGE: docs/ko/nowhere.md: there is no such page"
    assert rest[0].startswith("  next: make ") and "Traceback" not in done.stderr


# A pytest that says how it would run what.
SAYS = "PYTEST=sh -c 'printf \"<%s>\" \"as $$AS on $$ENGINE\" \"$$@\"' sh"


def test_make_runs_the_pages_alone_as_others_do(make):
    options = "<-n><2><--dist><loadfile><--no-loadscope-reorder>"
    assert make("test", SAYS, "AS=reader").stdout == f"engine: 28.5\n<as reader on 28.5>{options}<docs/ko>"
    one = make("test", SAYS, "AS=guest", "PAGE=docs/ko/a.md").stdout
    assert one.endswith(f"<as guest on 28.5>{options}<docs/ko/a.md>")
    every = make("test", SAYS, "AS=reader", "ENGINE=all").stdout
    assert re.findall(rf"<as reader on ([\d.]+)>{options}<docs/ko>", every) == ["28.5", "20.10"]
    assert "browser" not in every and "interrupt" not in make("test", "-n", "AS=reader").stdout
    assert f"<as  on 28.5>{options}<docs/ko>" in make("test", SAYS).stdout, "the assembler is no way to run it"


def test_what_only_the_other_tests_need_is_installed_after_the_pages(make):
    options = "<-n><2><--dist><loadfile><--no-loadscope-reorder>"
    ran = f"engine: 28.5\n{options}<docs/ko><checkers>\n{options}<tests>"
    every = make("test", "ENGINE=all").stdout
    assert f"{ran}engine: 20.10\n{options}<docs/ko>" in every and every.count("<tests>") == 1
    # A page that fails leaves the other tests to be run; a run that was broken off leaves nothing.
    failing = make("test", "PYTEST=sh -c 'printf \"<%s>\" \"$$@\"; exit 1' sh", "ENGINE=all")
    assert failing.returncode == 2 and failing.stdout.endswith(ran)
    ended = make("test", "PYTEST=sh -c 'printf \"<%s>\" \"$$@\"; exit 2' sh")
    assert ended.returncode == 2 and ended.stdout.endswith(f"{options}<docs/ko>")
    without = make("test", "CHECKERS=false")
    assert without.returncode == 2 and without.stdout.endswith(f"{options}<docs/ko>")


@pytest.mark.parametrize("command", ["test", "record"])
def test_make_runs_nothing_where_no_engine_can_be_had(make, command):
    done = make(command, SAYS, "ENGINE=none")
    assert done.returncode == 2 and "<as" not in done.stdout and "none can be had" in done.stderr


def test_make_refuses_another_way_and_starts_nothing(make):
    done = make("test", "AS=visitor")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("make test AS: visitor: there are reader and guest\n  next: make test AS=")


def test_make_runs_what_changed(make):
    whole = make("test", "-n", "ENGINE=all").stdout
    assert "green.py begin $engines" in whole and "green.py interrupt" in whole and "--changed" not in whole
    some = make("test", SAYS, "CHANGED=1").stdout
    assert some.startswith("engine: 28.5\n<checkers>\n<as  on 28.5><--changed><-n>") and "<docs/ko><tests>" in some
    assert some.count("<--changed>") == 1
    every = make("test", SAYS, "CHANGED=1", "ENGINE=all").stdout
    assert every.count("<tests>") == 1 and every.count("<docs/ko>") == every.count("engine: ") > 1
    assert "begin" not in make("test", "-n", "CHANGED=1").stdout + make("test", "-n", "PAGE=docs/ko/a.md").stdout
    done = make("test", "CHANGED=1", "PAGE=docs/ko/a.md")
    assert done.returncode == 2 and done.stdout == "" and "make test CHANGED: it chooses the pages" in done.stderr
