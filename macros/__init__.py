"""The project's mkdocs-macros module, which hands on to macros/site/wiring.py.

Nothing is imported here: this runs before any module of a room, and all of the site takes a quarter of a second.
"""

from __future__ import annotations

from typing import Any


def define_env(env: Any) -> None:
    from macros.site import wiring

    wiring.define_env(env)


def on_pre_page_macros(env: Any) -> None:
    from macros.site import wiring

    wiring.on_pre_page_macros(env)


def on_post_page_macros(env: Any) -> None:
    from macros.site import wiring

    wiring.on_post_page_macros(env)


def on_post_build(env: Any) -> None:
    from macros.site import wiring

    wiring.on_post_build(env)
