"""What a build takes from an earlier one is what it would make itself, whatever was edited. Needs no Docker."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path

import jinja2
import pytest

from macros.page.reader import parse
from macros.record import recording
from macros.record.recording import Recording, Recordings
from macros.record.result import Result
from macros.site import store
from macros.site.compiled import MOST, Compiled
from tests.tools.building import LANGUAGES, mkdocs, small, started

COMMAND = "```bash\ndocker network ls\n```"
TEXTS = {
    "index": "[a](a.md#run) [c](c.md)",
    "a": f"## Run {{#run}}\n\n{COMMAND}",
    "b": '<!--[[ figure("switch") ]]-->',
    "c": "Prose.",
    "engines": "<!--[[ engine_differences() ]]-->",
    "errors": "<!--[[ errors() ]]-->",
    "lab": '## Blocks {#code-blocks}\n\n<!--[[ lab_commands("start") ]]-->',
}
FRONT = {"c": "moved: {gone: 'a.md#run'}\n"}
ERRORS = """networks:
  - id: in-use
    title: is in use
    at: a#run
    cause: {ko: 쓰는 중입니다., en: It is in use.}
    fix: {ko: 기다리세요., en: Wait.}
    messages:
      - text: network NAME is in use
        from: engine
        source: https://github.com/moby/moby/blob/docker-v29.7.2/daemon/network.go#L1
"""
# Seconds after which a file of macros/ is older than a build that begins then: store.IMPORTED takes 20 ms for no time.
SETTLED = 0.03
# Pages that are made of the steps of all.
OF_ALL = {"engines", "errors"}


def page(name: str) -> str:
    return f"---\ndescription: about {name}\n{FRONT.get(name, '')}---\n\n# Page {name} {{#{name}}}\n\n{TEXTS[name]}\n"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was built, with what that left."""
    texts = {lang: {name: page(name) for name in TEXTS} for lang in LANGUAGES}
    root = small(tmp_path_factory.mktemp("kept") / "project", texts)
    (root / "docs/_errors.yml").write_text(ERRORS, "utf-8")
    steps = parse(page("a"), "docs/ko/a.md").recorded
    engines = {}
    for engine in ("28.5", "20.10"):
        known = {"version": f"{engine}.1", "date": "2026-01-02", "images": {}}
        engines[engine] = Recording(known, [Result(step.key, output=f"NAME\n{engine}") for step in steps])
    recording.save(root, Recordings("a", engines))
    made(root, root.parent / "first")
    return root


@pytest.fixture
def project(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "project"))


def made(project: Path, folder: Path, run: Callable = mkdocs, **settings: str) -> tuple[dict[str, bytes], str]:
    """The files of a site in English, and what was said of them."""
    time.sleep(SETTLED)
    done = run(project, "build", "--no-strict", "-f", "mkdocs.en.yml", "-d", str(folder), **settings)
    assert done.returncode == 0, done.stdout
    said = [line for line in done.stdout.splitlines() if line.startswith("WARNING")]
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return files, "\n".join(said)


def left(project: Path) -> dict[str, int]:
    """The pages that are left for later builds, each with when it was."""
    folder = project / ".cache/site/en"
    return {str(path.relative_to(folder)).removesuffix(".md.page"): path.stat().st_mtime_ns
            for path in folder.rglob("*.page")}  # fmt: skip


def as_without(project: Path, **settings: str) -> tuple[str, set[str]]:
    """Build with what is left and without it, which has to be the same. What was said, and the pages that were made."""
    before = left(project)
    with_it = made(project, project.parent / "with", **settings)
    again = {name for name, when in left(project).items() if before.get(name) != when}
    again |= TEXTS.keys() - left(project).keys()
    shutil.rmtree(project / ".cache")
    assert with_it == made(project, project.parent / "without", **settings)
    return with_it[1], again


def replaced(old: str, new: str) -> Callable[[str], str]:
    def edited(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return edited


EVERY = {*TEXTS}
# What is edited, and of which pages something is left then: of none of which something is said.
EDITS = {
    "nothing": ("docs/en/a.md", lambda text: text, set()),
    "a sentence": ("docs/en/b.md", lambda text: f"{text}\nMore.\n", {"b"} | OF_ALL),
    "a heading that another page leads to": ("docs/en/a.md", replaced("## Run", "## Walk"), {"a", "c"} | OF_ALL),
    "a command": ("docs/en/a.md", replaced("network ls", "network ls -q"), {"c"} | OF_ALL),
    "a page of the other language": ("docs/ko/b.md", lambda text: f"{text}\nMore.\n", set()),
    "a recording": ("docs/_recordings/a.json", replaced("NAME", "NAMES"), {"a"} | OF_ALL),
    "a damaged recording": ("docs/_recordings/a.json", lambda text: text[:40], OF_ALL),
    "the index of errors": ("docs/_errors.yml", replaced("Wait.", "Wait longer."), {"errors"}),
    "code": ("macros/site/repairs.py", replaced('r"\\1>"', 'r"\\1 >"'), EVERY),
    "a style": ("docs/assets/site.css", lambda text: text + "\np { color: red }\n", set()),
    "a template": ("macros/site/theme/main.html", lambda text: text + "<!-- x -->", EVERY),
    "a name in the navigation": ("mkdocs.en.yml", replaced("Page b", "Page bee"), EVERY),
    "an extension": ("mkdocs.yml", replaced("permalink: true", "permalink: false"), EVERY),
}  # fmt: skip


@pytest.mark.sample(2, "builds from an earlier one: after {few} of {all} edits")
@pytest.mark.parametrize("name", EDITS)
def test_after_each_edit_a_build_gives_what_one_without_earlier_ones_gives(project: Path, name: str) -> None:
    file, edit, expected = EDITS[name]
    path = project / file
    path.write_text(edit(path.read_text("utf-8")), "utf-8")
    assert as_without(project)[1] == expected


def test_a_page_and_a_picture_more_a_page_less_and_nothing_of_it_is_left(project: Path) -> None:
    (project / "docs/en/z.md").write_text("# Z\n\n[a](a.md) ![card](../assets/z.svg)\n", "utf-8")
    (project / "docs/assets/z.svg").write_text("<svg/>", "utf-8")
    assert as_without(project)[1] == EVERY | {"z"}
    (project / "docs/en/z.md").unlink()
    (project / ".cache/site/en/.cut-off").touch()
    made(project, project.parent / "less")
    assert {path.name.partition(".md")[0] for path in (project / ".cache/site/en").iterdir()} == EVERY


@pytest.mark.parametrize("settings", [{"SITE_URL": "https://other.invalid/"}, {"REPO_URL": "https://github.com/a/b"}])
def test_what_is_set_for_a_build_is_what_its_pages_are_made_of(project: Path, settings: dict[str, str]) -> None:
    assert as_without(project, **settings)[1] == EVERY


def test_what_was_said_of_a_page_is_said_again(project: Path) -> None:
    (project / "docs/en/b.md").write_text(page("b") + "\n[x](nowhere.md)\n", "utf-8")
    said = made(project, project.parent / "one")[1]
    assert "'nowhere.md'" in said and as_without(project)[0] == said


def test_what_is_not_said_of_a_page_is_said_by_the_next_build(project: Path) -> None:
    (project / "docs/en/b.md").write_text(page("b") + "\n[x](nowhere.md)\n", "utf-8")
    mkdocs(project, "build", "--quiet", "--no-strict", "-f", "mkdocs.en.yml", "-d", str(project.parent / "quiet"))
    assert "'nowhere.md'" in as_without(project)[0]


DAMAGES = (
    lambda data: b"",
    lambda data: data[:-1],
    lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:],
    lambda data: b"\x80" * 99,
)


def test_what_is_damaged_is_as_good_as_not_there(project: Path) -> None:
    whole = made(project, project.parent / "whole", started)
    files = sorted(path for path in (project / ".cache").rglob("*") if path.is_file())
    assert {path.suffix for path in files} == {".page", ".read", ""}
    for path, damage in zip(files, cycle(DAMAGES), strict=False):
        path.write_bytes(damage(path.read_bytes()))
    assert made(project, project.parent / "damaged", started)[0] == whole[0]
    for path, damage in zip(files, cycle(DAMAGES), strict=False):
        path.write_bytes(damage(path.read_bytes()))
    assert as_without(project)[1] == EVERY


def test_where_nothing_can_be_left_a_build_goes_without(project: Path) -> None:
    shutil.rmtree(project / ".cache")
    (project / ".cache").write_text("a file", "utf-8")
    first = made(project, project.parent / "one")
    assert first == made(project, project.parent / "two")


def test_what_is_written_is_read_or_nothing(tmp_path: Path) -> None:
    for content in ("one", "two"):
        store.write(tmp_path / "x", content)
    assert store.read(tmp_path / "x") == "two" and os.listdir(tmp_path) == ["x"]
    other = b"cnowhere\nClass\n."  # of a version of something that has a class which this one has not
    (tmp_path / "y").write_bytes(store.digest(other) + other)
    assert store.read(tmp_path / "y") is None and store.read(tmp_path / "z") is None


def test_two_builds_at_once_give_what_each_alone_gives(project: Path) -> None:
    shutil.rmtree(project / ".cache")
    with ThreadPoolExecutor() as both:
        built = [*both.map(lambda name: made(project, project.parent / name, started), ("one", "two"))]
    assert built[0] == built[1] == made(project, project.parent / "three")
    assert left(project).keys() == EVERY


def test_compiled_templates_do_not_grow_without_end(tmp_path: Path) -> None:
    compiled = Compiled(tmp_path / "templates")
    environment = jinja2.Environment(bytecode_cache=compiled, cache_size=0)
    for number in range(MOST + 2):
        environment.loader = jinja2.DictLoader({f"{number}": "x"})
        environment.get_template(f"{number}")
    assert 0 < len(os.listdir(tmp_path / "templates")) <= MOST
