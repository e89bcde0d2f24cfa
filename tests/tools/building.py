"""Sites for tests: the whole one, built once a run for all workers, and small projects of a test's own pages."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from macros.site import library
from tests.tools.copies import copied_code
from tests.tools.forked import MKDOCS, forked

#: A host that cannot exist and a folder on it, as project sites have one: links must survive that.
SITE_URL = "https://site.invalid/guide/"
LANGUAGES = {"ko": "", "en": "en/"}
CONFIGURATIONS = {"ko": "mkdocs.yml", "en": "mkdocs.en.yml"}
SETTINGS = {"LAB": "recorded", "SITE_URL": SITE_URL, "REPO_URL": "", "NO_MKDOCS_2_WARNING": "1"}
# How long a busy machine may take for a whole build.
SECONDS = 300


def mkdocs(project: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run MkDocs in a project, from its recordings: the exit code, and in `stdout` all that it said."""
    # The whole site takes long enough for its languages to be built beside each other.
    if project == library.ROOT:
        return started(project, *arguments, **settings)
    code, said = forked(MKDOCS, project, arguments, os.environ | SETTINGS | settings, SECONDS)
    return subprocess.CompletedProcess(["mkdocs", *arguments], code, said)


def started(project: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own, as a reader starts it, with all that it leaves."""
    command = [sys.executable, "-m", "mkdocs", *arguments]
    return subprocess.run(command, cwd=project, env=os.environ | SETTINGS | settings, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False)  # fmt: skip


def built(project: Path, folder: Path, **settings: str) -> Path:
    """The site of a project, built into a folder. Raises AssertionError with what MkDocs said."""
    run = mkdocs(project, "build", "--strict", "--site-dir", str(folder), **settings)
    assert run.returncode == 0, run.stdout
    return folder


def whole(shared: Path) -> Path:
    """The whole site of this project, in a folder that all workers of a run share: the first to ask builds it, and the
    others wait. Raises AssertionError, in each of them, where it cannot be built."""
    site, failed = shared / "whole-site", shared / "whole-site.failed"
    with (shared / "whole-site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert not failed.exists(), failed.read_text("utf-8")
        if not site.exists():
            try:
                built(library.ROOT, shared / "whole-site.part").rename(site)
            except AssertionError as error:
                failed.write_text(str(error), "utf-8")
                raise
    return site


def copied(project: Path) -> Path:
    """A copy of this project with all its pages, made where there is no folder yet."""
    project.mkdir(parents=True)
    for name in CONFIGURATIONS.values():
        shutil.copy(library.ROOT / name, project)
    copied_code(project, "docs", "macros")
    return project


def small(project: Path, pages: Mapping[str, Mapping[str, str]]) -> Path:
    """A project with this one's macros, theme, assets and configuration, and these pages alone.

    pages: language -> name ("network/none") -> text that begins its first heading with its title; the navigation has
    them in this order.
    """
    copied_code(project, "macros", "docs/assets")
    for lang, file in CONFIGURATIONS.items():
        nav = ""
        for name, text in pages[lang].items():
            path = project / "docs" / lang / f"{name}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            nav += "  - {}: {}.md\n".format(re.search(r"(?m)^# (.*?)(?: \{#.*)?$", text)[1], name)
        text = (library.ROOT / file).read_text("utf-8")
        text, count = re.subn(r"(?m)^nav:\n(?:[ #].*\n|\n)*", f"nav:\n{nav}\n", text)
        assert count == 1
        (project / file).write_text(text, "utf-8")
    return project
