"""What a change can touch, for `make test CHANGED=1`: of each page and each module of tests whether it has to be run,
and why.

A unit is left out where it passed the last time (green.py) with the inputs that it has now (inputs.py). Where nothing
is known of it, it is held against the commit at which the branch left main: that is taken to be green. Of a module of
tests that is what it was, only those tests are run that read what changed, as far as it was seen (noting.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.tools import tree as trees
from tests.tools.green import FAILED, PASSED, SKIPPED, Record, Records
from tests.tools.inputs import SITE, How, Inputs, Units, is_page
from tests.tools.noting import BUILT, EVERYTHING, digest_of_built
from tests.tools.tree import matching

# How many of the inputs that changed a reason names.
NAMED = 3
WHY = {FAILED: "it failed the last time", SKIPPED: "a test of it was skipped the last time"}


@dataclass(frozen=True)
class Choice:
    """Whether a unit is run, and why it is or is not. left: tests of it that are not; changed: what the others read
    that is not as it was, files of the built site too."""

    name: str
    run: bool
    why: str
    left: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()


class Main:
    """The commit at which a branch left main: a long look, for which there is mostly no need."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def commit(self) -> str:
        return trees.since_main(self.root)

    @cached_property
    def units(self) -> Units:
        return Units(trees.of_commit(self.root, self.commit))

    @property
    def name(self) -> str:
        return f"main ({self.commit[:7]})"


class Site:
    """The whole site as it is built now, once somebody wants to know. build: returns its folder, or None where it
    cannot be built."""

    def __init__(self, build: Callable[[], Path | None]) -> None:
        self._build = build
        self._digests: dict[str, str] = {}

    @cached_property
    def folder(self) -> Path | None:
        return self._build()

    def changed(self, names: Iterable[str], known: Inputs) -> set[str]:
        """Those of these files that are not as they were."""
        return {name for name in names if not self.folder or known.get(name) != self._digest(name)}

    def _digest(self, name: str) -> str:
        if name not in self._digests:
            self._digests[name] = digest_of_built(self.folder, name)
        return self._digests[name]


def choose(
    root: Path, units: Units, how: How, names: Iterable[str] | None = None, site: Site | None = None
) -> list[Choice]:
    """Of each unit whether it has to be run this way. units: of the tree as it is in `root`, where records are. Without
    a site, all that reads it has to be run where it may have changed."""
    records, main, site = Records(root), Main(root), site or Site(lambda: None)
    return [_choice(name, units, how, records, main, site) for name in (units.names() if names is None else names)]


def _choice(name: str, units: Units, how: How, records: Records, main: Main, site: Site) -> Choice:
    known = records.of(name, how)
    if known and known.outcome != PASSED:
        return Choice(name, True, WHY.get(known.outcome, known.outcome))
    if known:
        was = {what: made for what, made in known.inputs.items() if not what.startswith(BUILT)}
        changed = differences(was, inputs := units.inputs(name, how))
        if not changed:
            return Choice(name, False, _passed(name, how))
        if known.reads and {*changed} <= was.keys() & inputs.keys() & units.read_only(name):
            return _of_each(name, known, changed, units, site)
        return Choice(name, True, _said(name, changed))
    if records.begun(how):
        return Choice(name, True, "no run reached it")
    if not main.commit:
        return Choice(name, True, "it has no record, and there is no main to hold it against")
    if name not in main.units.tree:
        return Choice(name, True, f"it is new since {main.name}")
    changed = differences(main.units.inputs(name, how), units.inputs(name, how))
    if changed:
        return Choice(name, True, f"{_said(name, changed)} since {main.name}")
    return Choice(name, False, f"as on {main.name}")


def _of_each(name: str, known: Record, changed: list[str], units: Units, site: Site) -> Choice:
    """Which tests of a module are run, by what each read: all that changed are files that are there, then and now."""
    built: set[str] = set()
    if matching(changed, SITE):
        looked = {one for reads in known.reads.values() for one in reads if one.startswith(BUILT)}
        built = site.changed(looked, known.inputs)
    touched = {*changed, EVERYTHING} | built
    run = {test for test, reads in known.reads.items() if touched & units.with_imported(reads)}
    left = frozenset(known.reads.keys() - run)
    if not run:
        return Choice(name, False, f"none of its tests reads what changed: {_said(name, changed)}", left)
    why = _said(name, changed)
    return Choice(name, True, f"{len(run)} of {len(known.reads)} tests, {why}" if left else why, left,
                  frozenset(touched - {EVERYTHING}))  # fmt: skip


def differences(old: Inputs, new: Inputs) -> list[str]:
    """The names of what is not as it was: what is a page's own first, then files."""
    changed = [what for what in {**new, **old} if old.get(what) != new.get(what)]
    return sorted(changed, key=lambda what: ("/" in what, what not in new, what))


def _said(name: str, changed: list[str]) -> str:
    words = [("the module itself" if what == name else what) for what in changed[:NAMED]]
    more = len(changed) - len(words)
    return f"{', '.join(words)}{f' and {more} more' if more else ''} changed"


def _passed(name: str, how: How) -> str:
    what = "steps, recording, image and code" if is_page(name) else "code and files"
    return f"passed on {how} with the same {what}"


def line(choice: Choice) -> str:
    return f"{choice.name}: {'run' if choice.run else 'left out'}, {choice.why}"


def table(choices: list[Choice], how: How) -> list[str]:
    """A line for each unit, those that are run at the end; then how many."""
    run = [choice for choice in choices if choice.run]
    lines = [line(choice) for choice in choices if not choice.run] + [line(choice) for choice in run]
    return [*lines, f"changed: {len(run)} of {len(choices)} run on {how}"]
