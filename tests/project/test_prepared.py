"""What tests/tools/images.py tells while an image is made."""

from __future__ import annotations

import time

import pytest

from tests.tools import images


@pytest.fixture
def made(monkeypatch):
    """Make an image by this function of (engine, report)."""
    monkeypatch.setattr(images, "EVERY", 0.1)
    monkeypatch.setattr(images, "outer_engine", lambda: None)
    return lambda make: monkeypatch.setattr(images.images, "lab_image", lambda _, engine, report: make(engine, report))


def test_what_is_made_is_told_again_while_it_lasts(made, capsys):
    def make(engine, report):
        report(f"making {engine} ...")
        time.sleep(0.35)

    made(make)
    assert images.main("28.5") == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == "making 28.5 ..." and rest and set(rest) == {"  making 28.5, 0 s"}


def test_an_image_that_is_there_is_not_told(made, capsys):
    made(lambda engine, report: time.sleep(0.25))
    assert images.main("28.5") == 0 and capsys.readouterr().out == ""


def test_what_stands_in_the_way_is_said_once(made, capsys):
    def make(engine, report):
        raise RuntimeError(f"no {engine}\nnext: another")

    made(make)
    assert images.main("28.5") == 1
    assert capsys.readouterr() == ("", "no 28.5\nnext: another\n")
