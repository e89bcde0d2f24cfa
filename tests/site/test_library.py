"""Where a build takes recordings from: what is damaged, what fails and what does not answer is asked for once."""

from __future__ import annotations

import docker
import pytest
from mkdocs.exceptions import PluginError

from macros.page.reader import parse
from macros.record import recording
from macros.record.recording import Recording, Recordings
from macros.record.result import Result
from macros.site import library

TEXT = "```bash\nx\n```\n"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project of the pages a and b, each with its recording."""
    monkeypatch.setattr(library, "ROOT", tmp_path)
    engine, (step,) = {"version": "1.2.3", "date": "d", "images": {}}, parse(TEXT, "a.md").recorded
    (tmp_path / "docs/ko").mkdir(parents=True)
    for name in ("a", "b"):
        (tmp_path / f"docs/ko/{name}.md").write_text(TEXT, "utf-8")
        recording.save(tmp_path, Recordings(name, {"1.2": Recording(engine, [Result(step.key)])}))
    return tmp_path


@pytest.fixture
def serving(monkeypatch):
    monkeypatch.delenv("LAB", raising=False)
    monkeypatch.setenv("DOCKER_DOCS_COMMAND", "serve")
    monkeypatch.setattr(library, "engine_answers", lambda: True)
    monkeypatch.setattr(library, "postponed", False)


@pytest.fixture
def ran(monkeypatch):
    """The pages that were run, each of which fails."""
    pages = []

    def fail(page, name):
        pages.append(page)
        raise AssertionError(f"{page.path}:1: it failed\n  next: mend it")

    monkeypatch.setattr(library, "_run_once", fail)
    monkeypatch.setattr(library, "_failed", {})
    return pages


@pytest.mark.parametrize("damage", ["{", "[]", "{}", '{"format": 2, "page": "a", "engines": {}, "steps": []}'])
def test_a_page_that_reads_all_recordings_goes_without_a_damaged_one(root, damage):
    assert [name for name, *_ in library.recorded("ko", ["a.md", "b.md", "c.md"])] == ["a.md", "b.md"]
    (root / "docs/_recordings/a.json").write_text(damage, "utf-8")
    assert [name for name, *_ in library.recorded("ko", ["a.md", "b.md", "c.md"])] == ["b.md"]


def test_a_page_that_fails_is_run_again_when_it_is_edited(root, serving, ran, caplog):
    first, second = parse(TEXT, "docs/ko/new.md"), parse(TEXT, "docs/ko/new.md")
    for page in (first, first, second, second):
        assert library.recording_of(page, "new") is None
    assert ran == [first, second]
    assert [record.message for record in caplog.records] == ["docs/ko/new.md:1: it failed\n  next: mend it"] * 4


def test_a_page_is_not_run_before_the_server_answers_nor_with_a_broken_fence(root, serving, ran):
    library.recording_of(parse("```bash\nx\n", "docs/ko/new.md"), "new", runs=False)
    assert not library.postponed
    library.recording_of(parse(TEXT, "docs/ko/new.md"), "new", runs=False)
    library.recording_of(parse("```bash\nx\n", "docs/ko/new.md"), "new")
    assert library.postponed and ran == []


def test_a_page_that_fails_ends_a_build(root, ran, monkeypatch):
    monkeypatch.setenv("LAB", "live")
    monkeypatch.setenv("DOCKER_DOCS_COMMAND", "build")
    with pytest.raises(PluginError, match="docs/ko/a.md:1: it failed"):
        library.recording_of(parse(TEXT, "docs/ko/a.md"), "a")
    monkeypatch.setenv("DOCKER_DOCS_COMMAND", "serve")
    assert library.recording_of(parse(TEXT, "docs/ko/a.md"), "a") is None


def test_what_fails_is_a_warning_under_serve_alone(monkeypatch, caplog):
    monkeypatch.setenv("DOCKER_DOCS_COMMAND", "build")
    with pytest.raises(ValueError, match="no"), library.tolerated():
        raise ValueError("no")
    monkeypatch.setenv("DOCKER_DOCS_COMMAND", "serve")
    with library.tolerated():
        raise ValueError("docs/ko/a.md:1: no")
    with pytest.raises(KeyboardInterrupt), library.tolerated():
        raise KeyboardInterrupt
    assert [record.message for record in caplog.records] == ["docs/ko/a.md:1: no"]


def test_an_engine_that_hangs_is_asked_once_for_all_pages(monkeypatch):
    asked = []
    monkeypatch.setattr(docker, "from_env", lambda **settings: asked.append(settings) or 1 / 0)
    monkeypatch.setattr(library, "_answered", (-library.ANSWER_SECONDS, False))
    assert [library.engine_answers() for _ in range(5)] == [False] * 5
    assert len(asked) == 1
