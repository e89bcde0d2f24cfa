"""What `make check` looks at a part of, since `make test`, which CI runs for each change, looks at all of it.

Pytest's report names each of these; without --sample there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

One = TypeVar("One")
PROPERTY = "sampled"


class Told:
    """Lives in the process that prints: what the workers' reports say was sampled."""

    def __init__(self) -> None:
        self.found: dict[str, None] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.found |= dict.fromkeys(str(what) for name, what in report.user_properties if name == PROPERTY)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.found:
            terminalreporter.write_sep("=", "sampled: make test looks at the rest")
            for what in sorted(self.found):
                terminalreporter.write_line(what)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sample", action="store_true", help="of what is much alike, look at a few")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Told(), "told-samples")


@pytest.fixture
def sampled(request: pytest.FixtureRequest) -> Callable[[Iterable[One], Iterable[One], str], list[One]]:
    """A function of all that there is, the sample of it, and words for the report ("{few} of {all} pages are valid
    HTML"): what to look at."""

    def taken(every: Iterable[One], few: Iterable[One], told: str) -> list[One]:
        every, few = list(every), list(few)
        assert few and all(one in every for one in few), "no sample of that"
        if not request.config.getoption("--sample") or len(few) == len(every):
            return every
        request.node.user_properties.append((PROPERTY, told.format(few=len(few), all=len(every))))
        return few

    return taken
