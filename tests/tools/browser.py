"""A browser and the built site for it: what the tests of the site and the benchmark share."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from macros.site import library

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
# One of each kind: landing, steps with a drawing, engines in tabs, tables, two hosts, folded tasks.
KINDS = ["", "network/bridge/", "engines/", "glossary/", "network/overlay/", "volume/volumes/", "404.html"]
LANGUAGES = {"ko": "", "en": "en/"}


def built(folder: Path, **settings: str) -> Path:
    """The whole site, built from the recordings into a folder."""
    environment = os.environ | {"LAB": "recorded", "NO_MKDOCS_2_WARNING": "1"} | settings
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=library.ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def chromium() -> str:
    """Path of the browser."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found, f"no browser: install one of {', '.join(BROWSERS)} (Debian: apt-get install chromium)"
    return found
