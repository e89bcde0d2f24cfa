"""Which generations make takes: tests/tools/engines.py, on a machine that has some."""

from __future__ import annotations

import pytest

from macros.lab import images
from tests.tools import engines


@pytest.fixture
def had(monkeypatch):
    """A machine on which some generations can be had."""

    def let(*names):
        said = [f"Docker Engine {name} cannot be had here" for name in images.ENGINES if name not in names]
        monkeypatch.setattr(engines, "outer_engine", lambda: None)
        monkeypatch.setattr(images, "to_be_had", lambda _: (list(names), said))
        monkeypatch.delenv("ENGINE_DIR", raising=False)

    return let


def test_the_newest_that_can_be_had_is_taken_and_the_newer_ones_are_named(had, capsys):
    had("28.5", "20.10")
    assert engines.main([]) == 0
    came = capsys.readouterr()
    assert came.out == "28.5\n" and came.err.splitlines()[0] == "Docker Engine 29.7 cannot be had here"
    had(*images.ENGINES)
    assert engines.taken("") == (["29.7"], [])


def test_all_are_those_that_can_be_had_with_a_line_for_each_other(had, capsys):
    had("28.5", "20.10")
    assert engines.main(["all"]) == 0
    came = capsys.readouterr()
    assert came.out == "28.5 20.10\n"
    assert came.err == "Docker Engine 29.7 cannot be had here\nDocker Engine 26.1 cannot be had here\n"


def test_one_that_is_named_is_taken_without_a_look(had):
    had()
    assert engines.taken("26.1") == (["26.1"], [])


@pytest.mark.parametrize(
    ("wanted", "why"), [("", "29.7 cannot be had"), ("all", "29.7 cannot be had"), ("19.03", "there are 29.7, 28.5")]
)
def test_where_none_can_be_had_make_stops(had, capsys, wanted, why):
    had()
    assert engines.main([wanted]) == 1
    came = capsys.readouterr()
    assert came.out == "" and why in came.err


def test_ones_own_binaries_are_the_newest(had, monkeypatch, tmp_path):
    had("28.5")
    for name in ("dockerd", "docker"):
        (tmp_path / name).write_text('#!/bin/sh\necho "Docker version 29.7.9, build 1234567"\n')
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("ENGINE_DIR", str(tmp_path))
    assert engines.taken("") == (["29.7"], [])
    (tmp_path / "docker").unlink()
    assert engines.main([]) == 1
