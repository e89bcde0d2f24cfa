"""A plugin of pytest: what passes whole is recorded (green.py), and with --changed only what that says is run.

The records are written by the process that prints, of what the workers report, each as soon as the last item of its
unit has ended: a run that is killed keeps what it proved. Only a run that names an engine writes any, and none that
leaves out items of a file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.tools import tree as trees
from tests.tools.changed_since import Site, choose, table
from tests.tools.green import FAILED, PASSED, ROOT, SKIPPED, Record, Records
from tests.tools.inputs import Units, how, is_page, is_test
from tests.tools.noting import BUILT, DIGESTS, READ, name_of, note, stands_for, unseen, within

LEFT_OUT = pytest.StashKey[set[str]]()
# Of the modules of which a part is run: the tests that are left out, and what changed.
PARTS = pytest.StashKey[dict[str, tuple[list[str], list[str]]]]()
SITE = pytest.StashKey[str]()
# Options that leave out a part of a file, or compare nothing.
PARTIAL = ("markexpr", "keyword", "deselect", "lf", "stepwise", "collectonly", "record", "sample", "setuponly",
           "setupplan")  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--changed", action="store_true", help="run only what is not known to pass as it is now")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Say what is run and what is not, before anything is started; end where it is nothing."""
    if not config.getoption("--changed") or hasattr(config, "workerinput"):
        return None
    way = how(os.environ.get("ENGINE", ""))
    given = [Path(argument).resolve() for argument in config.args]
    with unseen():
        units = Units(trees.of_folder(ROOT))
        names = [name for name in units.names()
                 if not name.endswith(".sh") and any((ROOT / name).is_relative_to(path) for path in given)]  # fmt: skip
        choices = choose(ROOT, units, way, names, Site(partial(_build, config)))
    print("\n".join(table(choices, way)), flush=True)
    config.stash[LEFT_OUT] = {choice.name for choice in choices if not choice.run}
    config.stash[PARTS] = {choice.name: (sorted(choice.left), sorted(choice.changed))
                           for choice in choices if choice.run and choice.changed}  # fmt: skip
    return None if any(choice.run for choice in choices) else pytest.ExitCode.OK


def _build(config: pytest.Config) -> Path | None:
    """Build the whole site, to hold it against the one that was looked at; the tests that are run look at it then."""
    from tests.tools.building import whole

    folder = tempfile.mkdtemp(prefix="site-of-tests-")
    config.add_cleanup(partial(shutil.rmtree, folder, ignore_errors=True))
    try:
        config.stash[SITE] = str(whole(Path(folder)))
    except (AssertionError, OSError, subprocess.SubprocessError):
        return None  # a test that needs it says why
    return Path(config.stash[SITE])


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the whole site, built once a run. Its pages are only read.

    Who looks at it depends on those of its files that it reads, not on all of which it was built.
    """
    from tests.tools.building import whole

    base, known = tmp_path_factory.getbasetemp(), _given(request.config, "site", SITE, "")
    with unseen():
        made = Path(known) if known else whole(base.parent if hasattr(request.config, "workerinput") else base)
    stands_for(made, BUILT)
    return made


def unproven(config: pytest.Config, path: Path) -> tuple[set[str], set[str]]:
    """Of the tests of a file: those that are left out, and what changed of what the others read."""
    if not path.is_relative_to(ROOT):
        return set(), set()
    left, changed = _given(config, "parts", PARTS, {}).get(path.relative_to(ROOT).as_posix(), ((), ()))
    return {*left}, {*changed}


def _given(config: pytest.Config, name: str, key: pytest.StashKey, default: object) -> Any:
    """What the process that prints found out, there and in its workers."""
    return getattr(config, "workerinput", {}).get(name) or config.stash.get(key, default)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    node.workerinput["left_out"] = sorted(node.config.stash.get(LEFT_OUT, set()))
    node.workerinput["parts"] = node.config.stash.get(PARTS, {})
    node.workerinput["site"] = node.config.stash.get(SITE, "")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    left_out = _given(config, "left_out", LEFT_OUT, ())
    if left_out and collection_path.is_relative_to(ROOT):
        return collection_path.relative_to(ROOT).as_posix() in left_out or None
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A page that changed is proven before all that is only touched by it."""
    if config.getoption("--changed"):
        left = {path: unproven(config, path)[0] for path in {item.path for item in items}}
        # A file that is named is collected, whatever is said of it.
        whole = {ROOT / name for name in _given(config, "left_out", LEFT_OUT, ())}
        gone = [item for item in items if item.path in whole or test_of(item.nodeid) in left[item.path]]
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if item not in {*gone}]
        items.sort(key=lambda item: not is_page(item.nodeid.partition("::")[0]))


def test_of(node: str) -> str:
    """The name of a test within its file."""
    return node.partition("::")[2]


@pytest.fixture
def unknown(request: pytest.FixtureRequest, site: Path) -> Callable[[Iterable[Path]], list[Path]]:
    """A function of files of the whole site: those of them that this test is not known to have passed with."""
    changed = unproven(request.config, request.path)[1]

    def those(paths: Iterable[Path]) -> list[Path]:
        names = {path: name_of(str(path)) for path in paths}
        note(*names.values())
        return [path for path, name in names.items() if not changed or name in changed]

    return those


def pytest_configure(config: pytest.Config) -> None:
    # A test that runs pytest itself, on what it broke, proves nothing of the project.
    if not within() and not hasattr(config, "workerinput") and os.environ.get("ENGINE") and config.rootpath == ROOT:
        config.pluginmanager.register(Proof(config), "proof")


class Proof:
    """One run: gathers what is reported of each unit."""

    def __init__(self, config: pytest.Config) -> None:
        self.records, self.how = Records(ROOT), how(os.environ["ENGINE"])
        given = any(config.getoption(name, None) for name in PARTIAL) or any("::" in one for one in config.args)
        self.whole = not given
        # As they are now: who edits while it runs did not run what the edit made.
        with unseen():
            self.units = Units(trees.of_folder(ROOT))
        self.parts = config.stash.get(PARTS, {})
        self.reads: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
        self.built: dict[str, dict[str, str]] = defaultdict(dict)
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
        told = dict(report.user_properties)
        if READ in told:
            self.reads[name][test_of(report.nodeid)] = frozenset(told[READ])
            self.built[name] |= told[DIGESTS]
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
                self.records.put(name, self.how, self._record(name, outcome))
            except OSError as error:
                self.unwritten = str(error)

    def _record(self, name: str, outcome: str) -> Record:
        """What was left out is known from before, since nothing of what it reads changed."""
        reads, built = self.reads[name], self.built[name]
        if name in self.parts and (before := self.records.of(name, self.how)):
            reads = {test: before.reads[test] for test in self.parts[name][0] if test in before.reads} | reads
            built = {one: made for one, made in before.inputs.items() if one.startswith(BUILT)} | built
        return Record(outcome, self.units.inputs(name, self.how) | built, reads if outcome == PASSED else {})
