"""What `make check` looks at a part of, since `make test`, which CI runs for each change, looks at all of it.

A test takes its sample by the fixture `sampled`, and with the mark `sample` one of its own cases in so many:
`@pytest.mark.sample(2, "builds: {few} of {all} edits")`. One that looks at less by itself, where `asked`, has the mark
`fewer` with the words. Pytest's report names each; without --sample there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

One = TypeVar("One")
PROPERTY = "sampled"
# Whether this process takes samples: true before any module of tests is imported.
asked = False


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
    global asked
    asked = config.getoption("--sample")
    config.addinivalue_line("markers", "sample(every, told): with --sample, one case of this test in so many")
    config.addinivalue_line("markers", "fewer(told): this test looks at less, which these words tell")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Told(), "told-samples")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out cases of tests with the mark `sample`; the first that stays tells it."""
    if not asked:
        return
    for item in items:
        item.user_properties += [(PROPERTY, mark.args[0]) for mark in item.iter_markers("fewer")]
    cases: dict[tuple[str, str], list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("sample"):
            cases.setdefault((str(item.path), item.originalname), []).append(item)
    left_out: set[pytest.Item] = set()
    for every in cases.values():
        step, told = every[0].get_closest_marker("sample").args
        few = every[::step]
        if len(few) < len(every):
            few[0].user_properties.append((PROPERTY, told.format(few=len(few), all=len(every))))
            left_out.update(set(every) - set(few))
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]


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
