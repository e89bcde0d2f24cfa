"""A browser, and what it and the HTML checker look at: what the tests of the site and the benchmark share."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from macros.site import library

# The first is the same browser without a window, which does with half the work what the tests ask of it.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
# One of each kind: landing, steps with a drawing, engines in tabs, tables, two hosts, folded tasks.
KINDS = ["", "network/bridge/", "engines/", "glossary/", "network/overlay/", "volume/volumes/", "404.html"]
# It runs for seconds: the faster of Java's compilers has paid off by then, and a collector of one thread leaves the
# other cores to other tests.
JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss2m"]


def chromium(names: Iterable[str] = BROWSERS) -> str:
    """Path of the browser: the first of these that is there."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    assert found, f"no browser: install one of {', '.join(BROWSERS)} (Debian: apt-get install {BROWSERS[0]})"
    return found


@contextmanager
def opened() -> Iterator[Browser]:
    """A browser, for as long as it is needed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def clipped(tab: Page, button: Locator) -> str:
    """What a click on a copy button leaves in the clipboard."""
    tab.evaluate("navigator.clipboard.writeText('')")
    button.click()
    tab.wait_for_function("navigator.clipboard.readText()")
    return tab.evaluate("navigator.clipboard.readText()").strip()


def nu(pages: Iterable[Path]) -> str:
    """What the Nu HTML checker finds in these pages, one `file:line: error` a line."""
    jar = library.ROOT / ".venv/node/node_modules/vnu-jar/build/dist/vnu.jar"
    assert jar.is_file(), "the Nu HTML checker is not installed; run: make check"
    command = [*JAVA, "-jar", str(jar), "--format", "gnu", *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr + done.stdout
