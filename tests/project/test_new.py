"""How a page begins: make new makes a pair that passes and writes nothing over, and CONTRIBUTING tells the rest."""

from __future__ import annotations

import os
import re
import shutil
from itertools import pairwise

import pytest
from mkdocs.utils.yaml import yaml_load

from macros.page.options import KEYS
from macros.page.reader import parse
from macros.record.run import run
from macros.site import library
from tests.docs import test_template
from tests.docs.test_terms import findings
from tests.page.test_reader import skeleton
from tests.tools.new import NAVIGATION, NEXT, NewPageError, make


@pytest.fixture
def project(tmp_path):
    for file in NAVIGATION.values():
        shutil.copy(library.ROOT / file, tmp_path)
    shutil.copytree(library.ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("_recordings", "assets"))
    return tmp_path


def navigation(project, lang):
    """What the navigation holds, as the paths of its pages in order."""

    def pages(entry):
        if isinstance(entry, str):
            return [entry]
        parts = entry.values() if isinstance(entry, dict) else entry
        return [page for part in parts for page in pages(part)]

    with (project / NAVIGATION[lang]).open(encoding="utf-8") as file:
        return pages(yaml_load(file)["nav"])


@pytest.mark.parametrize("name", ["network/x", "fresh/x-1", "x", "docs/ko/volume/x.md"])
def test_new_pair_passes(project, name):
    before = {lang: navigation(project, lang) for lang in NAVIGATION}
    files = make(name, project)
    plain = name.removeprefix("docs/ko/").removesuffix(".md")
    pages = {}
    for lang in NAVIGATION:
        path = project / "docs" / lang / f"{plain}.md"
        assert path in files
        text = path.read_text(encoding="utf-8")
        pages[lang] = parse(text, f"docs/{lang}/{plain}.md")
        assert not pages[lang].problems and len([step for step in pages[lang].steps if step.runs]) == 2
        assert findings(text, str(path), lang) == []
        lesson = plain.startswith(("network/", "volume/"))
        assert not lesson or test_template.findings(text, str(path), lang) == []
        after = navigation(project, lang)
        assert sorted(after) == sorted([*before[lang], f"{plain}.md"])
        folder = plain.rpartition("/")[0]
        last = [page for page in after if page.rpartition("/")[0] == folder][-1]
        assert last == f"{plain}.md"
        for page, following in pairwise(after):
            text = (project / "docs" / lang / page).read_text(encoding="utf-8")
            target = os.path.relpath(following, os.path.dirname(page) or ".")
            assert text.endswith(f"]({target})\n") and text.count(f"\n{NEXT[lang]}: ") == 1, page
    assert skeleton(pages["ko"]) == skeleton(pages["en"])
    assert navigation(project, "ko") == navigation(project, "en")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("network/bridge", "docs/ko/network/bridge.md: there is such a page already; take another name or edit it"),
        ("Network/X", "expected a name such as network/mtu"),
        ("../x", "expected a name such as network/mtu"),
        ("a/b/c", "one folder at most"),
    ],
)
def test_refused_writes_nothing(project, name, message):
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    with pytest.raises(NewPageError, match=message):
        make(name, project)
    assert before == {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}


def test_one_language_that_exists_is_enough_to_refuse(project):
    (project / "docs/en/network/x.md").write_text("mine")
    with pytest.raises(NewPageError, match="docs/en/network/x.md: there is such a page already"):
        make("network/x", project)
    assert not (project / "docs/ko/network/x.md").exists()


def test_new_page_runs(lab, project):
    text = make("network/x", project)[0].read_text(encoding="utf-8")
    made = run(parse(text, "docs/ko/network/x.md"), "network/x", lab)
    assert made.newest.results[0].texts()[-1] == "bridge"


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "CONTRIBUTING.ko.md"])
def test_who_contributes_is_told_of_every_option_and_every_make_command_is_one(name):
    text = (library.ROOT / ".github" / name).read_text(encoding="utf-8")
    table = re.findall(r"(?m)^\| `([a-z]+)(?:[=!<>]+)[^`]*` \|", text)
    assert table == list(KEYS)
    targets = re.findall(r"(?m)^([a-z]+):", (library.ROOT / "Makefile").read_text(encoding="utf-8"))
    assert set(re.findall(r"`make ([a-z]+)", text)) <= set(targets)
    assert set(re.findall(r"\]\(([^)]+)\)", text)) <= {path.name for path in (library.ROOT / ".github").iterdir()}
