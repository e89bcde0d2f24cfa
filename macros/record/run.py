"""A whole page in a lab, from its first step to its last."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from macros.lab.inventory import leftovers
from macros.lab.network import SUBNETS
from macros.page.steps import Page
from macros.record import report
from macros.record.bindings import Bindings
from macros.record.normalize import values
from macros.record.recording import Recording, Recordings
from macros.record.typed import Typed, typed_in

if TYPE_CHECKING:
    from macros.lab.host import Lab

# What the addresses of the first lab on a machine begin with: those of a reader's.
FIRST_LAB = SUBNETS[0]


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
    found = as_in_first_lab(Recording(describe(lab), results), typed_in(page.steps))
    return Recordings(name, {lab.engine: found}, live=True)


def left_behind(page: Page, left: list[str]) -> str:
    """The failure of a page that does not clean up. Its place is the last step: the clean-up belongs there or after."""
    last = page.recorded[-1]
    return report.failure(
        f"{page.path}:{last.line}", f"the page leaves behind: {', '.join(left)}", step=last,
        cause="the last steps of a page remove what its steps made", following=f"make test PAGE={page.path}",
    )  # fmt: skip


def describe(lab: Lab) -> dict:
    """What a recording says of the engine that made it."""
    date = datetime.now(UTC).date().isoformat()
    others = {name: peer.version for name, peer in lab.peers.items() if peer.engine != lab.engine}
    found = {"version": lab.version, "date": date, "parts": dict(lab.parts), "images": dict(lab.images)}
    return found | ({"hosts": others} if others else {})


def as_in_first_lab(recording: Recording, typed: Typed) -> Recording:
    """A run with the addresses of the first lab on a machine, which a reader's has as well: how many others there were
    while it ran is chance. typed: what the page names itself stays."""
    bindings = Bindings(typed)
    lines = (line for result in recording.results for line in result.text().split("\n"))
    found = {line[start:end] for line in lines for start, end, kind in values(line) if kind == "lan"}
    for lan in sorted(found - {FIRST_LAB}):
        if not typed.names("lan", lan, source=lan):
            bindings.same(f"{FIRST_LAB}.1", f"{lan}.1")
    return Recording(recording.engine, [result.rewritten(bindings) for result in recording.results])
