"""A plugin of pytest: what passes whole is recorded (green.py), and with --changed only what that says is run.

The records are written by the process that prints, of what the workers report, each as soon as the last item of its
unit has ended: a run that is killed keeps what it proved. Only a run that names an engine writes any, and none that
leaves out items of a file.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.tools import tree as trees
from tests.tools.changed_since import choose, table
from tests.tools.green import FAILED, PASSED, ROOT, SKIPPED, Record, Records
from tests.tools.inputs import Units, how, is_page, is_test

LEFT_OUT = pytest.StashKey[set[str]]()
# Options that leave out a part of a file, or compare nothing.
PARTIAL = ("markexpr", "keyword", "deselect", "lf", "stepwise", "collectonly", "record", "setuponly", "setupplan")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--changed", action="store_true", help="run only what is not known to pass as it is now")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Say what is run and what is not, before anything is started; end where it is nothing."""
    if not config.getoption("--changed") or hasattr(config, "workerinput"):
        return None
    way = how(os.environ.get("ENGINE", ""))
    given = [Path(argument).resolve() for argument in config.args]
    units = Units(trees.of_folder(ROOT))
    names = [name for name in units.names()
             if not name.endswith(".sh") and any((ROOT / name).is_relative_to(path) for path in given)]  # fmt: skip
    choices = choose(ROOT, units, way, names)
    print("\n".join(table(choices, way)), flush=True)
    config.stash[LEFT_OUT] = {choice.name for choice in choices if not choice.run}
    return None if any(choice.run for choice in choices) else pytest.ExitCode.OK


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    node.workerinput["left_out"] = sorted(node.config.stash.get(LEFT_OUT, set()))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    left_out = getattr(config, "workerinput", {}).get("left_out") or config.stash.get(LEFT_OUT, ())
    if left_out and collection_path.is_relative_to(ROOT):
        return collection_path.relative_to(ROOT).as_posix() in left_out or None
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A page that changed is proven before all that is only touched by it."""
    if config.getoption("--changed"):
        items.sort(key=lambda item: not is_page(item.nodeid.partition("::")[0]))


def pytest_configure(config: pytest.Config) -> None:
    # A test that runs pytest itself, on what it broke, proves nothing of the project.
    within = "PYTEST_CURRENT_TEST" in os.environ
    if not within and not hasattr(config, "workerinput") and os.environ.get("ENGINE") and config.rootpath == ROOT:
        config.pluginmanager.register(Proof(config), "proof")


class Proof:
    """One run: gathers what is reported of each unit."""

    def __init__(self, config: pytest.Config) -> None:
        self.records, self.how = Records(ROOT), how(os.environ["ENGINE"])
        given = any(config.getoption(name, None) for name in PARTIAL) or any("::" in one for one in config.args)
        self.whole = not given
        # As they are now: who edits while it runs did not run what the edit made.
        self.units = Units(trees.of_folder(ROOT))
        self.waiting: dict[str, set[str]] = defaultdict(set)
        self.outcomes: dict[str, set[str]] = defaultdict(set)
        self.unwritten = ""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._expect(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:
        self._expect(ids)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._end(report.nodeid.partition("::")[0], FAILED)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.partition("::")[0]
        if report.failed:
            self._end(name, FAILED)
        if report.skipped:
            self.outcomes[name].add(SKIPPED)
        # The last item of a page is its clean-up: only where that ran did the page come to its end.
        if report.when == "call" and report.passed and dict(report.user_properties).get("line") == 0:
            self.outcomes[name].add(PASSED)
        if report.when == "teardown" and report.nodeid in self.waiting[name]:
            self.waiting[name].discard(report.nodeid)
            if not self.waiting[name] and self.whole and FAILED not in self.outcomes[name]:
                self._end(name, self._outcome(name))

    def pytest_terminal_summary(self, terminalreporter: object) -> None:
        if self.unwritten:
            terminalreporter.write_line(f"what passed is not recorded: {self.unwritten}")

    def _expect(self, ids: Iterable[str]) -> None:
        if not self.waiting:
            for one in ids:
                self.waiting[one.partition("::")[0]].add(one)

    def _outcome(self, name: str) -> str:
        """Steps of a page may be skipped, those of other engines are; of a test that is not known."""
        if is_page(name):
            return PASSED if PASSED in self.outcomes[name] else SKIPPED
        return SKIPPED if SKIPPED in self.outcomes[name] else PASSED

    def _end(self, name: str, outcome: str) -> None:
        self.outcomes[name].add(outcome)
        if (is_page(name) or is_test(name)) and name in self.units.tree:
            try:
                self.records.put(name, self.how, Record(outcome, self.units.inputs(name, self.how)))
            except OSError as error:
                self.unwritten = str(error)
