"""What the tests of the site share: the whole site, served, and a browser, started once a worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.tools.browser import DESKTOP, opened
from tests.tools.building import SITE_URL
from tests.tools.served import served

# Modules that take longest, longest first. Workers take one module after another: with these at the end, one worker
# would be left with the last of them alone. Each begins with two of them; the first two do not both need the whole
# site.
LONGEST = ("test_serve", "test_kinds", "test_changed_since", "test_browser", "test_kept", "test_steps", "test_search",
           "test_site", "test_installing", "test_beside", "test_given")  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # A page that is run beside them takes longer than each.
    longest = {name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (item.path.suffix != ".md", longest.get(item.path.stem, len(LONGEST))))


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The address of the whole site, in a folder of its host as it was built for."""
    with served(site, urlsplit(SITE_URL).path) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser. Whoever leaves something in it opens a context of its own."""
    with opened() as browser:
        yield browser


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh page that notes the errors, and the hosts that were asked, of all pages of its context."""
    context = browser.new_context(viewport=DESKTOP)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.errors, tab.hosts = [], set()
    context.on("console", lambda message: tab.errors.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: tab.errors.append(str(error.error)))
    context.on("request", lambda request: tab.hosts.add(request.url.split("/")[2]))
    context.on("response", lambda answer: tab.errors.append(answer.url) if answer.status >= 400 else None)
    yield tab
    context.close()
