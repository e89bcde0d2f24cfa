"""No version without proof: each that a page names has a source or a run on both sides of it.

tests/tools/versions.py has the rules.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from macros.page.reader import parse
from macros.record import recording
from macros.record.recording import Recording, Recordings
from macros.record.result import Result
from macros.site import library
from tests.tools.versions import Place, named

DOCS = library.ROOT / "docs"
PAGES = [(lang, path) for lang in ("ko", "en") for path in sorted((DOCS / lang).glob("**/*.md"))]


@cache
def place_of(path: Path) -> Place | None:
    if not path.is_file():
        return None
    name = str(path.relative_to(DOCS / path.relative_to(DOCS).parts[0]).with_suffix(""))
    recordings = recording.load(library.ROOT, name)
    return Place(library.page_at(path), recordings, lambda to: place_of((path.parent / to).resolve()))


@pytest.mark.parametrize(("lang", "path"), PAGES, ids=lambda value: str(value).removeprefix(f"{DOCS}/"))
def test_each_version_on_a_page_has_its_proof(lang, path):
    found = place_of(path).findings()
    assert found == [], "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Since 28.0 it is random.", ["28.0"]),
        ("Since Docker Engine 25, it may be repeated; before 23 it may not.", ["25", "23"]),
        ("Up to 28 it is empty, on 29 an error, and older than 23.0.11 both.", ["28", "29", "23.0.11"]),
        ("If it has none, 29 answers; 2.26 does not, and 1.41 is too low.", ["29", "Compose 2.26", "API 1.41"]),
        ("Volumes came with Docker 1.9, in 2015.", ["1.9", "2015"]),
        ("It came with API 1.44, containerd 2.1, Linux 5.12 and Compose v2.36.",
         ["API 1.44", "containerd 2.1", "Linux 5.12", "Compose 2.36"]),
        ("Docker Desktop has it since 4.34 (2024).", ["Desktop 4.34", "2024"]),
        ("It goes in all four generations, and works from 20.10 to 29.", ["in all four"]),
        ("28.0부터 무작위입니다. 23 전에는 달랐습니다.", ["28.0", "23"]),
        ("28까지는 비어 있고 29에서는 오류입니다. 엔진 25가 처음입니다.", ["28", "29", "25"]),
        ("API 1.44와 containerd 2.1, 리눅스 5.12에서 생겼습니다(2024년).",
         ["API 1.44", "containerd 2.1", "Linux 5.12", "2024"]),
        ("29를 쓰면 2.26과 다르고, 1.41보다 높습니다. Docker 1.9(2015년)부터입니다.",
         ["29", "Compose 2.26", "API 1.41", "1.9", "2015"]),
        ("네 세대에서 모두 지워집니다. 20.10부터 29까지 통합니다.", ["네 세대에서 모두"]),
    ],
)  # fmt: skip
def test_what_names_a_version_is_seen(text, words):
    assert [one.words for one in named(text)] == words


@pytest.mark.parametrize(
    "text",
    [
        "Move 23 to another bridge; 1 to 22 heard it, 28 bytes of it in 24 hours.",
        "A subnet of 24 bits, 10.28.0.0/24, port 29:29, 172.17.0.2 and 20.10.0.5, 28%, CVE-2024-29018.",
        "What changed since 2021",
        "값을 찾고 28을 더하세요. 23개를 옮깁니다. 25번 포트, 10.28.0.0/24, 2021년 무렵.",
    ],
)
def test_what_is_no_version_is_passed_over(text):
    assert list(named(text)) == []


def place(text: str, recordings: Recordings | None = None, **others: str) -> Place:
    pages = {f"{name}.md": Place(parse(of, f"{name}.md"), None) for name, of in others.items()}
    return Place(parse(text, "x.md"), recordings, pages.get)


MOBY = "https://github.com/moby/moby"
PROVEN = [
    f"Since [28.0]({MOBY}/blob/v28.0.1/a.go#L1) it is random.",
    f"Before 28.0 it was [made]({MOBY}/pull/47000), and read in [2024]({MOBY}/issues/1).",
    "Since 29.0.4 it is given ([notes](https://docs.docker.com/engine/release-notes/29/#2904)).",
    f"Since 29.0 it is in [the code]({MOBY}/blob/docker-v29.0.0/a.go#L1).",
    f"| Since 28.2 | [why]({MOBY}/pull/1) |",
    f"## What 28.2 changes\n\nIt [drops]({MOBY}/blob/v28.2.0/a.go#L1) them since 28.2.",
    f"[28.2]({MOBY}/blob/v28.2.0/a.go#L1)부터는 버립니다.",
    "| 28.2부터 | [까닭](https://docs.docker.com/engine/release-notes/28/#2820) |",
    "Docker Desktop은 [4.34](https://docs.docker.com/engine/network/drivers/host/)부터 됩니다.",
    "[1.44](https://github.com/docker/cli/blob/v29.2.1/client.go#L1)보다 낮은 API는 거절합니다.",
]
UNPROVEN = [
    "Since 28.0 it is random. [Here](https://github.com/moby/moby/pull/1) is another sentence.",
    f"Since [28.0]({MOBY}/blob/v29.7.2/a.go#L1) it is random.",
    "Since 29.0.4 it is given ([notes](https://docs.docker.com/engine/release-notes/28/)).",
    "Since [28.0](https://example.org/28.0) it is random.",
    "Since [28.0](#elsewhere) it is random.",
    "| Since 28.2 | why |",
    "## What 28.2 changes\n\nIt drops them.",
    "Docker's page (August 2026) says so.",
    "28.2부터는 버립니다. [다른 문장](https://github.com/moby/moby/pull/1)입니다.",
    f"[28.0]({MOBY}/blob/v29.7.2/a.go#L1)부터는 버립니다.",
    "| 28.2부터 | 까닭 |",
    "도커 문서(2026년 8월)에 있습니다.",
    "네 세대에서 모두 같습니다.",
]


@pytest.mark.parametrize("text", PROVEN)
def test_a_source_of_the_version_is_proof(text):
    assert place(text).findings() == []


@pytest.mark.parametrize("text", UNPROVEN)
def test_a_version_without_its_source_is_found(text):
    (finding,) = place(f"# A page {{#page}}\n\n{text}\n").findings()
    assert finding.startswith("x.md:3: ") and ("link" in finding or "run" in finding)


def test_fences_comments_and_front_matter_claim_nothing():
    text = "---\ndescription: since 28.0\n---\n\n<!-- since 28.0 -->\n\n`since 28.0` is code.\n"
    text += "\n```bash\n# since 28.0\ntrue\n```\n"
    assert place(text).findings() == []


def test_a_finding_names_file_line_version_and_what_would_prove_it():
    (finding,) = place("A page.\n\nSince 28.2 it is random.\n").findings()
    assert finding == (
        "x.md:3: 28.2: link its release note, pull request or a line of its source, "
        "or run a step on both sides in this section: 'Since 28.2 it is random.'"
    )


def test_a_link_to_another_place_is_proof_if_that_place_has_it():
    text = "Since 28.2 it is random ([more](y.md#there))."
    proven = f"# A {{#a}}\n\n## B {{#there}}\n\n[Since 28.2]({MOBY}/pull/1).\n"
    assert place(text, y=proven).findings() == []
    assert len(place(text, y=proven.replace("#there", "#other")).findings()) == 1
    assert len(place(text, y=proven.replace(MOBY, "y.md")).findings()) == 1


VERSIONS = {"29.7": "29.7.2", "28.5": "28.5.2", "26.1": "26.1.5", "20.10": "20.10.24"}


def ran(*steps: dict[str, str]) -> Recordings:
    """Of each step, what the engines printed; an engine without one did not run it."""
    return Recordings("x", {
        engine: Recording({"version": version, "parts": {}}, [
            Result("true", output=step[engine]) if engine in step else Result("true", skipped="needs another engine")
            for step in steps
        ]) for engine, version in VERSIONS.items()
    })  # fmt: skip


def all_but(**others: str) -> dict[str, str]:
    return dict.fromkeys(VERSIONS, "a") | {name.strip("_").replace("_", "."): text for name, text in others.items()}


STEP = "\n\n```bash\ntrue\n```\n"


@pytest.mark.parametrize(
    "text", ["Since 29 it is so.", "Up to 28 it was not.", "29부터 그렇습니다.", "28까지는 아니었습니다."]
)
def test_runs_on_both_sides_prove_where_something_turns(text):
    assert place(text + STEP, ran(all_but(_29_7="b"))).findings() == []
    assert len(place(text + STEP, ran(all_but())).findings()) == 1, "nothing differs"
    assert len(place(text + STEP, ran(all_but(_26_1="b", _20_10="b"))).findings()) == 1, "it turns elsewhere"


@pytest.mark.parametrize("text", ["On 28.5 it is so.", "26.1에서는 그렇습니다."])
def test_a_run_on_an_engine_proves_what_is_said_of_it(text):
    assert place(text + STEP, ran(all_but(_28_5="b", _26_1="b"))).findings() == []
    assert len(place(text + STEP, ran(all_but())).findings()) == 1, "the others do the same"


def test_runs_prove_what_stands_in_their_section():
    differing = ran(all_but(_29_7="b"))
    assert place(f"Since 29 it is so.\n\n## A part of it {{#a}}{STEP}", differing).findings() == []
    assert len(place(f"## One {{#a}}\n\nSince 29 it is so.\n\n## Two {{#b}}{STEP}", differing).findings()) == 1


def test_what_a_step_changed_proves_what_is_said_of_it():
    recordings = ran(all_but())
    recordings.engines["29.7"].results[0].changes = ["+ rule DOCKER-INTERNAL -j DROP"]
    assert place("Since 29 there is `DOCKER-INTERNAL`." + STEP, recordings).findings() == []
    assert len(place("Since 29 there is `DOCKER-USER`." + STEP, recordings).findings()) == 1


def test_steps_of_one_side_are_proof_together_only():
    new, old = {"29.7": "a"}, {"28.5": "b", "26.1": "b", "20.10": "b"}
    assert place("Since 29 it is so." + STEP + STEP, ran(new, old)).findings() == []
    assert len(place("Since 29 it is so." + STEP, ran(new)).findings()) == 1


@pytest.mark.parametrize("text", ["Since 29.6 it is so.", "Since 25 it is so.", "27부터 그렇습니다."])
def test_runs_tell_nothing_of_releases_that_did_not_run(text):
    assert len(place(text + STEP, ran(all_but(_29_7="b", _26_1="c", _20_10="d"))).findings()) == 1


def test_every_engine_has_to_have_run():
    assert place("It is so in all four generations." + STEP, ran(all_but())).findings() == []
    assert len(place("It is so in all four generations." + STEP, ran({"29.7": "a"})).findings()) == 1
