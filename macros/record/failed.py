"""What a page's run ends with where a step does not do what the page says."""

from __future__ import annotations

from macros.page.steps import Page, Step
from macros.record import report


class StepFailed(AssertionError):
    """A step did not do what the page says; the message says where, what, what came instead, and what to run next."""

    def __init__(self, page: Page, step: Step, why: str, output: str = "", line: int = 0, difference: str = "",
                 cause: str = "") -> None:  # fmt: skip
        self.line = line or step.line
        place, following = f"{page.path}:{self.line}", f"make test PAGE={page.path}"
        super().__init__(report.failure(
            place, why, step=step, line=self.line, printed=output, difference=difference, cause=cause,
            following=following,
        ))  # fmt: skip
