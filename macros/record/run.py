"""A whole page in a lab, from its first step to its last."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from macros.lab.inventory import leftovers
from macros.page.steps import Page
from macros.record import report
from macros.record.recording import Recording, Recordings

if TYPE_CHECKING:
    from macros.lab.host import Lab


def run(page: Page, name: str, lab: Lab) -> Recordings:
    """Run a page from its first step to its last in a lab that is reset first. Raises StepFailed."""
    from macros.record.session import Session  # needs docker, which a build from recordings goes without

    lab.reset()
    session = Session(page, lab)
    try:
        results = [session.run(step) for step in page.recorded]
        session.finish()
    finally:
        session.close()
    if left := leftovers(lab):
        raise RuntimeError(left_behind(page, left))
    return Recordings(name, {lab.engine: Recording(describe(lab), results)}, live=True)


def left_behind(page: Page, left: list[str]) -> str:
    """The failure of a page that does not clean up. Its place is the last step: the clean-up belongs there or after."""
    last = page.recorded[-1]
    return report.failure(
        f"{page.path}:{last.line}", f"the page leaves behind: {', '.join(left)}", step=last,
        cause="the last steps of a page remove what its steps made", following=f"make test PAGE={page.path}",
    )  # fmt: skip


def describe(lab: Lab) -> dict:
    """What a recording says of the engine that made it."""
    return {"version": lab.version, "date": datetime.now(UTC).date().isoformat(), "images": dict(lab.images)}
