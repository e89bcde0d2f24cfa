"""What changes a page for `make mutants`: each kind of change, none of what is not run; explanations are of mutants."""

from __future__ import annotations

import pytest

from macros.lab.images import NEWEST
from macros.page.reader import parse
from macros.record import recording as recordings
from macros.record.recording import Recording, Recordings
from macros.record.result import Result
from macros.site import library
from macros.site.mutants import noticed
from tests.tools import mutants
from tests.tools.equivalents import EQUIVALENTS

PAGE = """# Sample

```bash
docker network create --subnet 10.88.0.0/24 app
docker run -d --rm --name web --network app -p 8080:80 -v "$PWD/site:/site:ro" busybox:1.37 sleep 3600
ip link add port1 type veth peer name eth0 address 02:00:0a:62:00:07
```

<!-- step: exit=1 -->
```bash
echo hello; false
```

<!-- step: engine<28 -->
```bash
echo old
```

<!-- invisible-code-block: bash
docker inspect web
-->
"""

RESULTS = {
    "docs/ko/a.md": {"mutants": 4, "of": 9, "caught": 2, "equivalent": [{}], "survivors": [
        {"line": 7, "mutation": "flag: a -> b"}]},
    "docs/ko/b.md": {"mutants": 4, "of": 4, "caught": 4, "equivalent": [], "survivors": []},
}  # fmt: skip


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """Mutants of PAGE, whose last shown step the newest engine skips."""
    path = tmp_path / "docs" / "ko" / "sample.md"
    path.parent.mkdir(parents=True)
    path.write_text(PAGE, encoding="utf-8")
    page = parse(PAGE, "docs/ko/sample.md")
    results = [Result(step.key, skipped="engine<28" if "old" in step.source else "") for step in page.recorded]
    history = Recordings("sample", {NEWEST: Recording({"version": "28.5.2"}, results)})
    monkeypatch.setattr(library, "ROOT", tmp_path)
    monkeypatch.setattr(recordings, "load", lambda root, name: history)
    return path


def test_every_kind_of_change_is_made(sample):
    found = mutants.mutants_of(sample, NEWEST)
    assert {mutant.kind for mutant in found} == {
        "name", "network", "port", "flag", "path", "address", "word", "text", "dropped", "order", "exit",
    }  # fmt: skip
    changed = {mutant.new.strip() for mutant in found}
    assert "docker network create --subnet 10.88.1.0/24 app" in changed
    assert any(line.startswith("docker run -d --name web --network app -p 8080:80 -v") for line in changed)  # no --rm
    assert "<!-- step: exit=2 -->" in changed


def test_each_mutant_is_another_page(sample):
    found = mutants.mutants_of(sample, NEWEST)
    pages = [mutant.text for mutant in found if mutant.kind != "text"]
    assert PAGE not in pages and len(set(pages)) == len(pages)
    assert len({mutant.name for mutant in found}) == len(found)


def test_one_that_is_wanted_is_the_same_as_among_all(sample):
    found = mutants.mutants_of(sample, NEWEST)
    for mutant in found:
        assert mutant in mutants.mutants_of(sample, NEWEST, [mutant.name])
    assert len([mutant for mutant in mutants.mutants_of(sample, NEWEST, []) if mutant.kind != "text"]) == 0 < len(found)


def test_what_is_not_run_or_not_shown_is_not_changed(sample):
    lines = PAGE.split("\n")
    for mutant in mutants.mutants_of(sample, NEWEST):
        assert "old" not in mutant.old and "inspect" not in mutant.old
        assert mutant.kind != "port" or "02:00" not in mutant.old
        assert mutant.kind == "text" or lines[mutant.line - 1] == mutant.old.split("\n")[0]


def test_a_choice_has_every_kind_and_is_the_same_again(sample):
    found = mutants.mutants_of(sample, NEWEST)
    few = mutants.chosen(found, "11")
    assert len(few) == len({mutant.kind for mutant in few}) == 11
    assert few == mutants.chosen(list(reversed(found)), "11")
    assert mutants.chosen(found, "all") == found


def test_a_page_that_was_not_recorded_says_what_to_do(sample):
    sample.write_text(PAGE.replace("echo hello", "echo goodbye"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"docs/ko/sample\.md:10: .*make record PAGE=docs/ko/sample\.md"):
        mutants.mutants_of(sample, NEWEST)


def test_the_table_names_each_survivor_and_the_share():
    said = mutants.table(RESULTS)
    assert "survives docs/ko/a.md:7: flag: a -> b" in said
    assert said.endswith("8 mutants of 2 pages: 6 caught, 1 equivalent: 87.5%")


def test_the_site_shows_how_many_were_noticed():
    assert noticed(RESULTS, "en").endswith("| 2 | 13 | 8 | 6 | 1 | 1 |")
    korean = noticed(RESULTS, "ko").split("\n")
    assert korean[0].startswith("| 페이지 |") and korean[-1] == "| 2 | 13 | 8 | 6 | 1 | 1 |"


@pytest.mark.parametrize("page", sorted(EQUIVALENTS))
def test_an_explanation_is_of_a_mutant(page):
    names = {mutant.name for mutant in mutants.mutants_of(library.ROOT / page, NEWEST, EQUIVALENTS[page])}
    gone = [name for name in EQUIVALENTS[page] if name not in names]
    assert not gone, f"tests/tools/equivalents.py explains what {page} does not have any more; take it out: {gone}"


def test_the_committed_table_is_of_the_pages_and_has_no_survivor():
    results = library.mutants()
    pages = {str(path.relative_to(library.ROOT)) for path in mutants.PAGES.glob("**/*.md")}
    assert set(results) <= pages
    survivors = [f"{page}:{one['line']}" for page, result in results.items() for one in result["survivors"]]
    assert not survivors, f"guard or explain, then make mutants PAGE=...: {survivors}"
