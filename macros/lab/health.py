"""What a lab says of itself once it is up, and whether anything can still be run in it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from macros.lab.host import Lab


# How long an engine may take to say that it is there; one that was stopped never does.
ANSWER_SECONDS = 10


def described(said: str) -> tuple[str, dict[str, str], dict[str, str]]:
    """What `lab-ready` printed: the engine's version; its parts and the images of the pages, by name, with the version
    and source of each."""
    version, *lines = said.splitlines()
    marked = [line.removeprefix("part ") for line in lines if line.startswith("part ")]
    images = [line for line in lines if not line.startswith("part ")]
    return version, dict(line.split(" ", 1) for line in marked), dict(line.split(" ", 1) for line in images)


def ended(lab: Lab) -> str:
    """Why nothing can be run in the lab any more, or "" if all is well."""
    from docker.errors import APIError, NotFound

    for _ in range(20):
        try:
            lab.container.reload()
            if lab.container.status == "running":
                # `docker version` alone would wait for ever for an engine that was stopped, not ended.
                code = lab.run("timeout", str(ANSWER_SECONDS), "docker", "version")[0]
                if code == 0:
                    return ""
                if code == 124:
                    why = f"its engine does not answer within {ANSWER_SECONDS} s"
                    return f"{why}; its log ends:\n{lab.log_tail(5)}"
                time.sleep(0.1)  # it ends just now
                continue
            time.sleep(0.2)  # what is removed is stopped first
            lab.container.reload()
            if lab.container.status in ("removing", "dead"):
                return "its container was removed"
            code = lab.container.attrs["State"]["ExitCode"]
            return f"its engine ended with exit code {code}; its log ends:\n{lab.log_tail(5)}"
        except NotFound:
            return "its container was removed"
        except APIError:
            time.sleep(0.1)  # it goes just now, and has no state to tell yet
    return "its engine ended"
