"""What the workers of a run share, and what `make check` leaves to `make test`: that is always told."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from macros.site import library
from tests.site.conftest import LONGEST
from tests.tools import building

SAMPLES = """
import pytest
from hypothesis import given, strategies

from tests.tools.properties import examples

def test_few(sampled):
    assert sampled([1, 2, 3], [1], "{few} of {all} numbers") == [1]

def test_all(sampled):
    assert sampled([1, 2], [1, 2], "what is looked at whole") == [1, 2]

@pytest.mark.sample(2, "{few} of {all} cases")
@pytest.mark.parametrize("case", range(5))
def test_cases(case):
    assert case % 2 == 0

@pytest.mark.sample(2, "{few} of {all} there is")
@pytest.mark.parametrize("case", [1])
def test_case(case):
    pass

tried = []

@examples(40)
@given(strategies.integers())
def test_property(number):
    tried.append(number)

def test_tried():
    assert len(tried) <= 10
"""


def asked_by_four(shared):
    """What each of four at the same time is given, or told."""

    def ask(_):
        try:
            return building.whole(shared)
        except AssertionError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(ask, range(4)))


@pytest.mark.parametrize("fails", [False, True])
def test_the_whole_site_is_built_once_and_each_is_told_where_it_fails(tmp_path, monkeypatch, fails):
    built = []

    def build(project, folder):
        built.append(project)
        folder.mkdir()
        assert not fails, "no such page"
        return folder

    monkeypatch.setattr(building, "built", build)
    given = asked_by_four(tmp_path)
    assert built == [library.ROOT] and len(set(given)) == 1
    assert ("no such page" in given[0]) if fails else given[0].is_dir()


def test_a_sample_is_told_at_the_end_of_the_run(tmp_path):
    (tmp_path / "test_it.py").write_text(SAMPLES, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.tools.sampling", "-p", "no:cacheprovider", "--sample",
               "--rootdir", str(tmp_path), str(tmp_path)]  # fmt: skip
    done = subprocess.run(command, cwd=library.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "1 of 3 numbers" in done.stdout and "looked at whole" not in done.stdout
    assert "3 of 5 cases" in done.stdout and "there is" not in done.stdout
    assert done.stdout.count("one of 4 examples") == 1
    assert "8 passed, 2 deselected" in done.stdout
    command.remove("--sample")  # then the first test, two cases and the last test fail
    done = subprocess.run(command, cwd=library.ROOT, capture_output=True, text=True, check=False)
    assert "4 failed, 6 passed" in done.stdout, done.stdout


@pytest.mark.parametrize(("command", "samples"), [("check", True), ("test", False)])
def test_make_check_samples_and_make_test_does_not(command, samples):
    outer = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    make = ["make", "--dry-run", "--no-print-directory", "PAGE=", "AS=", command]
    said = subprocess.run(make, cwd=library.ROOT, env=outer, capture_output=True, text=True, check=True).stdout
    runs = [line for line in said.splitlines() if "-m pytest" in line]
    assert runs and all("--durations=10" in run and ("--sample" in run) == samples for run in runs)


def test_each_module_that_takes_long_is_there():
    assert {*LONGEST} <= {path.stem for path in (library.ROOT / "tests").glob("*/test_*.py")}
