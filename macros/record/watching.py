"""What the steps of a page change on its hosts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from macros.lab.changes import GROUPS, Watch
from macros.page.steps import Page, Step
from macros.record.normalize import of_command, values
from macros.record.result import CHANGES, Result

if TYPE_CHECKING:
    from macros.lab.host import Lab

SIGNS = "-+~"


class Watches:
    """Those of a page, one a host, each made when first asked for. Close them at the end."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._watches: dict[str, Watch] = {}

    def run(self, step: Step, run: Callable[[Step], Result], host: Callable[[Step], Lab]) -> Result:
        """What a step did, and what it changed on the host that it runs on. Raises what `run` raises, LabError and
        docker.errors.DockerException.

        Only what a reader types is looked at; after anything else the next step's host is looked at anew.
        """
        if step.kind not in ("bash", "console", "python") or step.hidden or self._page.changes(step) == "hide":
            self.forget()
            return run(step)
        lab = host(step)
        if lab.name not in self._watches:
            self._watches[lab.name] = Watch(lab)
        watch = self._watches[lab.name]
        watch.begin()
        result = run(step)
        return replace(result, changes=arranged(watch.changes()))

    def forget(self) -> None:
        for watch in self._watches.values():
            watch.forget()

    def close(self) -> None:
        for watch in self._watches.values():
            watch.close()
        self._watches = {}


def arranged(changes: list[str]) -> list[str]:
    """Lines of macros/lab/changes.py in an order that depends on no value of the moment: an engine that goes through
    ports or rules does so in any order."""
    return sorted(changes, key=_place)


def _place(line: str) -> tuple[int, int, str]:
    sign, group, text = line.split(" ", 2)
    shape, place = "", 0
    for start, end, kind in sorted({*values(text), *of_command(CHANGES, text)}):
        if start < place:
            continue
        shape, place = f"{shape}{text[place:start]}<{kind}>", end
    return GROUPS.index(group), SIGNS.index(sign), shape + text[place:]
