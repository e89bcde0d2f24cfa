"""The runner as its users meet it: a page by path, a changed command, a stale recording."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from macros.lab import images
from macros.lab.outer import outer_engine
from macros.record import recording as recordings
from macros.site import library
from tests.tools.copies import copied_code

pytestmark = pytest.mark.engine

OUTSIDE = """# A page in the style of docs.docker.com

```console
$ docker network create --driver bridge alpine-net
e9261a8c9a19eabf2bf1488bf5f208b99b1608f330cff585c273d39481c9b0ec

$ docker network ls
NETWORK ID          NAME                DRIVER              SCOPE
e9261a8c9a19        alpine-net          bridge              local
17e324f45964        bridge              bridge              local
6ed54d316334        host                host                local
7092879f2cc8        none                null                local
```

```console
$ docker network rm alpine-net
alpine-net
```
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project that a test may break."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("mkdocs.yml", "mkdocs.en.yml"):
        shutil.copy(library.ROOT / name, copy)
    copied_code(copy, "docs", "macros", "tests")
    return copy


def pytest_of(project: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir=.", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, *arguments], cwd=project, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_console_page_from_outside_docs_runs_by_path(project, tmp_path):
    page = tmp_path / "tutorial.md"
    page.write_text(OUTSIDE)
    status, said = pytest_of(project, str(page))
    assert status == 0 and "3 passed" in said, said
    # The id that `ls` shows has to be the one that `create` printed.
    page.write_text(OUTSIDE.replace("e9261a8c9a19  ", "17e324f45965  "))
    status, said = pytest_of(project, str(page))
    assert status == 1 and "tutorial.md:7: short-id" in said and "not run because of line 7" in said, said


def test_changed_command_fails_with_its_line_and_what_mends_it(project):
    page = project / "docs/ko/network/none.md"
    line = page.read_text().splitlines().index("docker run --rm --network none busybox:1.37 ip addr")
    edited(page, "busybox:1.37 ip addr\n", "busybox:1.37 ip -4 addr\n")
    status, said = pytest_of(project, "docs/ko/network/none.md")
    assert status == 1 and f"docs/ko/network/none.md:{line}: the recording is of another step" in said, said
    assert "next: make record PAGE=docs/ko/network/none.md" in said
    environment = os.environ | {"LAB": "recorded", "NO_MKDOCS_2_WARNING": "1"}
    build = subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(project / "out")],
                           cwd=project, env=environment, capture_output=True, text=True, check=False)  # fmt: skip
    assert build.returncode != 0
    assert f"docs/ko/network/none.md:{line}: the step" in build.stderr and "make record PAGE=" in build.stderr


def test_broken_recording_of_one_engine_fails_that_engine_alone(project, monkeypatch):
    newest, older = images.to_be_had(outer_engine())[0][:2]
    known = recordings.load(project, "network/none")
    result = known.engines[older].results[1]
    known.engines[older].results[1] = replace(result, output=result.output.replace("1 packets", "7 packets"))
    recordings.save(project, known)
    assert known.engines[newest].results[1] != known.engines[older].results[1]
    shutil.copy(library.ROOT / "docs/ko/network/none.md", project / "docs/ko/network/none.md")
    for engine, expected in ((newest, 0), (older, 1)):
        monkeypatch.setenv("ENGINE", engine)
        status, said = pytest_of(project, "docs/ko/network/none.md")
        assert status == expected, said
    assert "7 packets" in said and "1 packets" in said and "the text differs" in said


def test_unknown_engine_says_which_there_are(project, monkeypatch):
    monkeypatch.setenv("ENGINE", "19.03")
    status, said = pytest_of(project, "docs/ko/network/none.md")
    assert status == 1 and "19.03" in said and ", ".join(images.ENGINES) in said, said


def test_left_behind_fails_the_page(project, tmp_path):
    page = tmp_path / "left.md"
    page.write_text("```bash\ndocker network create stray\n```\n")
    status, said = pytest_of(project, str(page))
    assert status == 1 and "the page leaves behind: network stray" in said, said
