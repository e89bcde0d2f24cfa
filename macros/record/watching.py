"""What the steps of a page change on its hosts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from macros.lab.changes import Watch
from macros.page.steps import Page, Step
from macros.record.changed import arranged
from macros.record.result import Result

if TYPE_CHECKING:
    from macros.lab.host import Lab


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
        # A step may change another host, as a swarm's manager does: that is none of the next step's there.
        for other in self._watches.values():
            if other is not watch:
                other.forget()
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
