"""The project's mkdocs-macros module: wiring only.

`docker` is never imported from here: mkdocs-macros reports any ImportError in this package as
"could not find custom module", which hides the cause.
"""

from __future__ import annotations

from typing import Any


def define_env(env: Any) -> None:
    """Called by mkdocs-macros once for each language of a build."""
