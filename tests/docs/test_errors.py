"""docs/_errors.yml has every error that the pages show, and each of its messages was run or is read in a source.

An error is a line that begins as an error of Docker does, and what a command printed that did not end with 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

import pytest

from macros.page.reader import parse
from macros.record import messages
from macros.record.messages import SOURCE, Message
from macros.record.printed import Place, Said, printed, said
from macros.record.recording import Recording, Recordings
from macros.record.result import Result
from macros.site import library
from macros.site.errors import indexed
from macros.words import LANGUAGES
from tests.docs import test_terms
from tests.tools.versions import named

DOCS = library.ROOT / "docs"
ENTRIES = library.entries()
MESSAGES = [message for entry in ENTRIES for message in entry.messages]

ERROR = re.compile(r"(?:docker: )?Error(?: response from daemon)?: |docker: ")
# What looks like an error and has no entry, with the reason.
NO_ERROR = {
    r"Error: failed to start containers: \S+": "the line above it is the error",
    r"failed to start containers: \S+": "the line above it is the error",
    r"See '.*--help'\.|Run '.*--help' for more information": "it stands below the error",
    r"exit status \d+": "it stands below the error",
    r"null": "what `jq --exit-status` prints of a field that is not there is its answer",
    r"\S+: (?:OK|FAILED)": "what `sha256sum --check` prints is its answer",
    r"another server is running": "the program that the page itself writes says so",
}


@cache
def outputs() -> list[Said]:
    names = (str(path.relative_to(DOCS / "ko")) for path in sorted((DOCS / "ko").rglob("*.md")))
    return list(said(library.recorded("ko", names)))


def uncovered(one: Said, known: Iterable[Message]) -> Iterator[str]:
    """The errors that a command printed and no message has. Of an error on two lines the first ends with a colon, and
    the second says what is wrong."""
    known = list(known)
    lines = [line for line in one.lines if not any(re.fullmatch(pattern, line) for pattern in NO_ERROR)]
    for number, line in enumerate(lines):
        telling = lines[number + 1] if line.endswith(":") and number + 1 < len(lines) else line
        if ERROR.match(line) and not any(message.in_line(telling) for message in known):
            yield telling
    text = [line for line in lines if line.strip()]
    if one.status and text and not any(message.in_line(line) for line in text for message in known):
        yield "\n".join(text)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_an_entry_leads_to_a_section_and_says_why_and_what_to_do(entry):
    place, (name, _, anchor) = f"docs/_errors.yml:{entry.line}", entry.at.partition("#")
    assert entry.messages, f"{place}: no message"
    for lang in LANGUAGES:
        path = DOCS / lang / f"{name}.md"
        there = path.is_file() and library.page_at(path).heading(anchor)
        assert there, f"{place}: no section {entry.at} in docs/{lang}"
        for text in (entry.cause[lang], entry.fix[lang]):
            assert test_terms.findings(text, place, lang) == []
            assert not list(named(text)), f"{place}: a version is told by the links of the messages: {text}"


def test_each_message_is_printed_by_a_page_or_read_in_a_source():
    found = printed(MESSAGES, outputs())
    wrong = [f"docs/_errors.yml:{message.line}: no page shows it, and it has no source: {message.text}"
             for message in MESSAGES if not found[message] and not message.source]  # fmt: skip
    assert not wrong, "\n".join(wrong)


def test_each_error_that_a_page_shows_has_an_entry():
    wrong = {error: f"{one.place.page}#{one.place.anchor} on {one.engine}: {error}"
             for one in outputs() for error in uncovered(one, MESSAGES)}  # fmt: skip
    assert not wrong, "docs/_errors.yml has no message for\n" + "\n".join(wrong.values())


def test_wordings_stand_once():
    texts = [message.text for message in MESSAGES]
    assert [text for text in texts if texts.count(text) > 1] == []


KNOWN = (Message("port PORT of NAME is taken", "engine", "", 1), Message("it is full", "cli", "", 2))
HERE = Place("x.md", "step-1")


@pytest.mark.parametrize(
    ("status", "lines", "found"),
    [
        (0, ["Error response from daemon: port 80 of lab-web is taken."], []),
        (0, ["Error response from daemon: it is empty"], ["Error response from daemon: it is empty"]),
        (0, ["it is empty"], []),
        (1, ["it is empty", ""], ["it is empty"]),
        (1, ["it is full", "it is empty"], []),
        (1, [""], []),
        (0, ["docker: Error response from daemon: it is full:", "it is empty"], ["it is empty"]),
        (0, ["docker: Error response from daemon: all of this:", "it is full"], []),
        (1, ["Error response from daemon: it is full", "Error: failed to start containers: lab-web"], []),
        (0, ["Error response from daemon: it is fully so"], ["Error response from daemon: it is fully so"]),
    ],
)
def test_an_error_without_an_entry_is_found(status, lines, found):
    assert list(uncovered(Said(HERE, "29.7", status, tuple(lines)), KNOWN)) == found


def test_engines_come_from_the_steps_that_printed_a_message():
    there = Place("x.md", "step-2")
    lines = [
        Said(Place("mixed.md", "step-1"), "", 1, ("port 80 of a is taken", "it is full")),
        Said(HERE, "29.7", 1, ("port 80 of a is taken",)),
        Said(there, "29.7", 1, ("port 81 of b is taken",)),
        Said(there, "28.5", 1, ("x: port 81 of b is taken.",)),
        Said(HERE, "20.10", 1, ("port 1 of a is taken",)),
    ]
    port, full = KNOWN
    assert printed(KNOWN, lines) == {
        port: [(HERE, ["29.7", "20.10"]), (there, ["28.5"])],
        full: [(Place("mixed.md", "step-1"), [""])],
    }


def test_what_a_page_with_several_engines_prints_is_of_none():
    page = parse("---\nhosts: [docker-host, old-host=20.10]\n---\n\n# A {#a}\n\n```bash\ntrue\n```\n", "x.md")
    known = Recordings("x", {"29.7": Recording({}, [Result("true", output="a")])})
    assert list(said([("x.md", page, known)])) == [Said(HERE, "", 0, ("a",))]


def test_what_a_page_hides_is_no_place():
    hidden = "<!-- invisible-code-block: bash\ntrue\n-->"
    page = parse(f"# A {{#a}}\n\n```bash\ntrue\n```\n\n{hidden}\n\n```bash\nls\n```\n", "x.md")
    results = [Result("true", output="a"), Result("true", output="b"), Result("ls", parts=[(0, ""), (1, "c\nd")])]
    known = Recordings("x", {"29.7": Recording({}, results)})
    assert list(said([("x.md", page, known)])) == [
        Said(HERE, "29.7", 0, ("a",)), Said(Place("x.md", "step-2"), "29.7", 1, ("c", "d")),
    ]  # fmt: skip


ENTRY = """\
ports:
  - id: taken
    title: is taken
    at: network/publishing#conflict
    cause: {ko: 있습니다., en: It is.}
    fix: {ko: 멈추세요., en: Stop it.}
    messages:
      - {from: engine, text: port PORT is taken}
"""
LINK = "https://github.com/moby/moby/blob/docker-v29.7.2/daemon/a.go#L1"


def written(tmp_path, text):
    path = tmp_path / "_errors.yml"
    path.write_text(text, encoding="utf-8")
    return messages.entries(path, "x.yml")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("    at: network/publishing#conflict\n", "", "x.yml:2: taken: at: expected at, cause"),
        ("id: taken", "id: Is Taken", "x.yml:2: Is Taken: expected an id of lower case"),
        ("#conflict", "", "x.yml:2: taken: at: expected a section"),
        (", en: It is.", "", "x.yml:2: taken: cause: expected ko and en, found ko"),
        ("title: is taken", "title: is free", "x.yml:2: taken: title: expected a part of one of its messages"),
        ("from: engine", "from: nobody", "x.yml:8: from: expected one of engine, cli"),
        ("from: engine", "by: engine", "x.yml:8: expected a message with text, from"),
        ("is taken}", f"is taken, source: '{LINK.replace('docker-v29.7.2', 'master')}'}}", "x.yml:8: source: expected"),
        ("is taken}", f"is taken, source: '{LINK.removesuffix('#L1')}'}}", "x.yml:8: source: expected"),
        ("port PORT is taken", "[port, is taken]", "x.yml:8: text: expected one line"),
        ("    at: network", '    at: "network', "x.yml:9: found unexpected end"),
    ],
)  # fmt: skip
def test_bad_data_has_its_line(tmp_path, old, new, error):
    assert old in ENTRY
    with pytest.raises(ValueError, match=re.escape(error)):
        written(tmp_path, ENTRY.replace(old, new, 1))


def test_an_id_stands_once(tmp_path):
    with pytest.raises(ValueError, match=re.escape("x.yml:9: taken: the entry at line 2 has this id")):
        written(tmp_path, ENTRY + ENTRY.removeprefix("ports:\n"))


def index(tmp_path, text, places=()):
    found = written(tmp_path, text)
    known = {message: list(places) for entry in found for message in entry.messages}
    return indexed(found, known, "en", lambda name: parse("# A {#a}\n\n## The `-p` {#conflict}\n", name))


def test_the_page_tells_what_was_run_from_what_was_read(tmp_path):
    ran = index(tmp_path, ENTRY, [(HERE, ["29.7", "28.5"]), (Place("y.md", "step-a"), ["20.10"])])
    assert ran.startswith("## Containers and ports {#ports}\n\n### `is taken` {#taken}\n\n- `port PORT is taken`")
    assert "Engine · printed on Docker Engine [29.7, 28.5](x.md#step-1) · [20.10](y.md#step-a)" in ran
    assert "Stop it. See [The `-p`](network/publishing.md#conflict)." in ran
    read = index(tmp_path, ENTRY.replace("is taken}", f"is taken, source: '{LINK}'}}"))
    assert f"read in the source, not run: [moby/moby 29.7.2]({LINK})" in read


def test_the_page_says_what_its_data_lacks(tmp_path):
    with pytest.raises(ValueError, match=re.escape("docs/_errors.yml:8: no page shows this message")):
        index(tmp_path, ENTRY)
    error = "docs/_errors.yml:2: taken: no section network/publishing#nowhere in en"
    with pytest.raises(ValueError, match=re.escape(error)):
        index(tmp_path, ENTRY.replace("#conflict", "#nowhere"), [(HERE, ["29.7"])])


def test_sources_are_lines_at_tags():
    assert all(SOURCE.fullmatch(message.source) for message in MESSAGES if message.source)
