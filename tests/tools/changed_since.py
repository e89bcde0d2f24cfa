"""What a change can touch, for `make test CHANGED=1`: of each page and each module of tests whether it has to be run,
and why.

A unit is left out where it passed the last time (green.py) with the inputs that it has now (inputs.py). Where nothing
is known of it, it is held against the commit at which the branch left main: that is taken to be green.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.tools import tree as trees
from tests.tools.green import FAILED, PASSED, SKIPPED, Records
from tests.tools.inputs import How, Inputs, Units, is_page

# How many of the inputs that changed a reason names.
NAMED = 3
WHY = {FAILED: "it failed the last time", SKIPPED: "a test of it was skipped the last time"}


@dataclass(frozen=True)
class Choice:
    """Whether a unit is run, and why it is or is not."""

    name: str
    run: bool
    why: str


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


def choose(root: Path, units: Units, how: How, names: Iterable[str] | None = None) -> list[Choice]:
    """Of each unit whether it has to be run this way. units: of the tree as it is in `root`, where records are."""
    records, main = Records(root), Main(root)
    return [_choice(name, units, how, records, main) for name in (units.names() if names is None else names)]


def _choice(name: str, units: Units, how: How, records: Records, main: Main) -> Choice:
    known = records.of(name, how)
    if known and known.outcome != PASSED:
        return Choice(name, True, WHY.get(known.outcome, known.outcome))
    if known:
        changed = differences(known.inputs, units.inputs(name, how))
        return Choice(name, True, _said(name, changed)) if changed else Choice(name, False, _passed(name, how))
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
