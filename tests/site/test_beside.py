"""Two languages side by side: what is built, said and left is what it is one after the other. Needs no Docker."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from macros.site import beside, library
from tests.site.test_serve import SECONDS, _hearing_signals, added, replaced
from tests.site.test_serve import project as project  # the fixture
from tests.tools.building import mkdocs

MKDOCS = [sys.executable, "-m", "mkdocs"]


def environment(temporary: Path) -> dict[str, str]:
    temporary.mkdir(exist_ok=True)
    settings = {"LAB": "recorded", "SITE_URL": "https://site.invalid/guide/", "NO_MKDOCS_2_WARNING": "1"}
    return os.environ | settings | {"TMPDIR": str(temporary)}


@pytest.fixture
def edited(project: Path, tmp_path: Path):
    """Edits files of the project, which are as they were after the test."""
    before: dict[Path, str] = {}

    def edit(name: str, change) -> None:
        path = project / name
        before.setdefault(path, path.read_text("utf-8"))
        path.write_text(change(path.read_text("utf-8")), "utf-8")

    yield edit
    for path, text in before.items():
        path.write_text(text, "utf-8")
    assert list((tmp_path / "tmp").iterdir()) == []


def build(project: Path, tmp_path: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run([*MKDOCS, "build", "-d", str(tmp_path / "site"), *arguments], check=False, cwd=project,
                          env=environment(tmp_path / "tmp"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=SECONDS)  # fmt: skip
    return done.returncode, untimed(done.stdout)


def untimed(said: str) -> str:
    return re.sub(r"(?m)^.*Documentation built in.*\n", "", said)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_built_and_said_is_what_it_is_one_after_the_other(project: Path, tmp_path: Path, edited) -> None:
    for lang in ("ko", "en"):
        edited(f"docs/{lang}/c.md", added(f"\n[x](a.md#nowhere-{lang})\n"))
    # As the tests build: where no language is begun before the first one is done. Into a folder with a site, as below.
    own = environment(tmp_path / "tmp")
    for _ in range(2):
        done = mkdocs(project, "build", "-d", str(tmp_path / "site"), "--no-strict", **own)
    in_turn, said = files(tmp_path / "site"), untimed(done.stdout)
    assert build(project, tmp_path, "--no-strict") == (done.returncode, said) == (0, said)
    found = files(tmp_path / "site")
    assert found.keys() == in_turn.keys()
    assert [name for name, content in found.items() if in_turn[name] != content] == []
    places = [said.index(f"docs/{lang}/c.md:9: ") for lang in ("ko", "en")]
    assert places == sorted(places) and "[en] " not in said[: places[0]]
    assert re.search(r"docs/en/c\.md:9: \[en\] Doc file 'c\.md' contains a link 'a\.md#nowhere-en'", said)


@pytest.mark.sample(2, "languages beside each other: a warning in {few} of {all}")
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_warning_in_either_language_fails_a_strict_build(project: Path, tmp_path: Path, edited, lang: str) -> None:
    edited(f"docs/{lang}/c.md", added("\n[x](nowhere.md)\n"))
    code, said = build(project, tmp_path)
    assert code == 1 and re.search(rf"docs/{lang}/c\.md:9: .*'nowhere\.md'", said), said
    assert ("mkdocs.en.yml (language 'en'): Aborted with 1 warnings in strict mode!" in said) == (lang == "en")
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("mkdocs.en.yml", added("\nextra_templates: [\n"), "mkdocs.en.yml (language 'en'): "),
        ("docs/en/b.md", added("\n<!--[[ nowhere() ]]-->\n"), "_UndefinedError_: 'nowhere' is undefined"),
        ("macros/site/repairs.py", replaced("    html, titles", "    lang == 'en' and nowhere; html, titles"),
         "name 'nowhere' is not defined"),
    ],
)  # fmt: skip
def test_a_language_that_cannot_be_built_fails_the_build(
    project: Path, tmp_path: Path, edited, name: str, change, message: str
) -> None:
    edited(name, change)
    code, said = build(project, tmp_path)
    assert code and message in said, said


def test_a_process_that_just_ends_fails_the_build(project: Path, tmp_path: Path, edited) -> None:
    end = "    lang == 'en' and __import__('os')._exit(7)\n    html, titles"
    edited("macros/site/repairs.py", replaced("    html, titles", end))
    assert build(project, tmp_path)[0] == 7


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][1] == "Z"


def until(condition) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.sample(3, "languages beside each other: ended by {few} of {all} signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_end_of_one_is_the_end_of_both(project: Path, tmp_path: Path, edited, number: int) -> None:
    waits = f"""open({str(tmp_path)!r} + f"/{{lang}}.pid", "w").write(str(__import__('os').getpid()))
    __import__('time').sleep({SECONDS})"""
    edited("macros/site/repairs.py", replaced("    html, titles", f"    {waits}\n    html, titles"))
    pids = [tmp_path / f"{lang}.pid" for lang in ("ko", "en")]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([*MKDOCS, "build", "-d", str(tmp_path / "site")], cwd=project, stdout=log,
                                   stderr=log, env=environment(tmp_path / "tmp"), start_new_session=True,
                                   preexec_fn=_hearing_signals)  # fmt: skip
    try:
        until(lambda: all(path.exists() and path.read_text() for path in pids))
        first, second = (int(path.read_text()) for path in pids)
        assert first == process.pid != second
        # As a terminal does it: to all processes of the group.
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        assert process.wait(SECONDS)
        until(lambda: gone(second))
    finally:
        process.kill()
        process.wait()
    said = (tmp_path / "log").read_text("utf-8")
    assert "Traceback" not in said and (number != signal.SIGINT or "Aborted!" in said), said


def test_pages_that_are_run_are_run_in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    config = SimpleNamespace(extra={"lang": "ko", "alternate": [{"lang": "ko"}, {"lang": "en"}]})
    built: list[str] = []
    monkeypatch.setattr(beside, "Beside", lambda *given: pytest.fail("a process is started"))
    monkeypatch.setattr(beside, "build_language", lambda config, lang: built.append(lang))
    monkeypatch.setattr(library, "mode", lambda: "live")
    beside.start(config)
    beside.go()
    beside.finish(config)
    assert built == ["en"]
