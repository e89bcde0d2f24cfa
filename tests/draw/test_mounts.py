"""Where a container's files are: what was captured on each engine, drawn and told."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from macros.draw import figures, mounts
from macros.record import recording
from macros.site import library
from macros.words import words

SVG = "{http://www.w3.org/2000/svg}"


def captured():
    """Engine -> what its lab had at the view of volume/where."""
    known = recording.load(library.ROOT, "volume/where")
    views = [index for index, result in enumerate(known.newest.results) if result.key.startswith("mounts")]
    return {engine: mounts.from_dict(one.data) for engine, one in known.of_step(views[0]).items()}


CAPTURED = captured()


@pytest.mark.parametrize("engine", CAPTURED)
def test_each_place_is_told_with_the_commands_that_take_it(engine):
    found = CAPTURED[engine]
    told = dict(zip([one.path for one in found.all], mounts.sentences(found, words("mounts", "en")), strict=True))
    assert list(told) == ["/", "/cache", "/data", "/nameless", "/usr/local/apache2/htdocs"]
    assert "on the host /var/lib/docker/" in told["/"] and told["/"].endswith("deleted by: docker rm.")
    assert "memory of the host" in told["/cache"] and told["/cache"].endswith("deleted by: docker stop.")
    assert "volume lab-data, on the host /var/lib/docker/volumes/lab-data/_data." in told["/data"]
    assert "anonymous volume" in told["/nameless"] and "docker rm -v" in told["/nameless"]
    assert told["/usr/local/apache2/htdocs"].endswith(
        "read-only. entries of the image hidden here: 1. deleted by: no Docker command.")  # fmt: skip


def test_before_23_a_prune_takes_named_volumes():
    words_en = words("mounts", "en")
    for engine, found in CAPTURED.items():
        (named,) = [text for one, text in zip(found.all, mounts.sentences(found, words_en), strict=True) if one.name]
        assert ("prune --all" in named) == (engine != "20.10"), engine


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("engine", CAPTURED)
def test_the_picture_has_all_places_inside_of_its_edges(engine, lang):
    drawn = ET.fromstring(figures.mounts_svg(CAPTURED[engine], lang, "x"))
    texts = ["".join(text.itertext()) for text in drawn.iter(SVG + "text")]
    for one in CAPTURED[engine].mounts:
        assert one.path in texts and any(one.name in text for text in texts)
    _, _, width, height = map(float, drawn.get("viewBox").split())
    for box in drawn.iter(SVG + "rect"):
        x, y, wide, high = (float(box.get(key)) for key in ("x", "y", "width", "height"))
        assert x >= 0 and y >= 0 and x + wide <= width and y + high <= height


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_command_that_takes_a_place_is_on_one_line(lang):
    drawn = ET.fromstring(figures.mounts_svg(CAPTURED["29.7"], lang, "x"))
    texts = ["".join(text.itertext()) for text in drawn.iter(SVG + "text")]
    for command in ("docker rm -v", "docker run --rm", "docker volume prune --all", "docker compose down -v"):
        assert any(command in text for text in texts), command


def test_a_mount_that_is_another_is_another_picture():
    found = CAPTURED["29.7"]
    other = replace(found, mounts=tuple(replace(one, writable=True) for one in found.mounts))
    assert figures.mounts_svg(found, "en", "x") != figures.mounts_svg(other, "en", "x")
    assert mounts.from_dict(mounts.to_dict(found)) == found
