"""`mkdocs serve` is for writing: whatever is wrong is shown, and stops nothing. Only the last test needs Docker."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from macros.page.reader import parse
from macros.record import recording
from macros.record.recording import Recording, Recordings
from macros.record.result import Result
from macros.site import library
from macros.words import words
from tests.tools import new
from tests.tools.building import CONFIGURATIONS, LANGUAGES, mkdocs, small
from tests.tools.served import free_address

ROOT = library.ROOT
SITES = LANGUAGES
OTHER = {"ko": "en", "en": "ko"}
# No test depends on being fast; how long a busy machine may take for one build.
SECONDS = 120
NO_ENGINE = "tcp://127.0.0.1:1"

TEXTS = ("c", "d", "e", "f", "g")
TITLES = {
    "ko": {"index": "처음 페이지", "a": "명령 하나", "b": "그림 하나"} | {name: f"글 {name}" for name in TEXTS},
    "en": {"index": "The first page", "a": "One command", "b": "One figure"} | {name: f"Text {name}" for name in TEXTS},
}
PAGES = {
    "index": "\n".join(f"[{name}]({name}.md)" for name in TEXTS),
    "a": "```bash\ndocker network ls\n```",
    "b": '<!--[[ figure("switch") ]]-->',
} | dict.fromkeys(TEXTS, "[a](a.md#a) ![card](../assets/card.en.png)")


def page(lang: str, name: str) -> str:
    """A page whose text begins in line 7."""
    return f"---\ndescription: about {name}\n---\n\n# {TITLES[lang][name]} {{#{name}}}\n\n{PAGES[name]}\n"


# `mkdocs serve` that looks for edits ten times a second instead of twice: most of the time of these tests was that.
SERVE = """
from functools import partialmethod
from mkdocs.__main__ import cli
from mkdocs.livereload import LiveReloadServer
LiveReloadServer.__init__ = partialmethod(LiveReloadServer.__init__, polling_interval=0.1)
cli(prog_name="mkdocs")
"""


def _hearing_signals() -> None:
    for one in (signal.SIGINT, signal.SIGHUP):
        signal.signal(one, signal.SIG_DFL)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of eight small pages in each language, with this one's macros, theme and configuration."""
    texts = {lang: {name: page(lang, name) for name in TITLES[lang]} for lang in SITES}
    root = small(tmp_path_factory.mktemp("serve") / "project", texts)
    steps = parse(page("ko", "a"), "docs/ko/a.md").recorded
    engine = {"version": "28.5.2", "date": "2026-01-02", "images": {}}
    known = Recording(engine, [Result(step.key, output="NETWORK ID   NAME\n0123456789ab   bridge") for step in steps])
    recording.save(root, Recordings("a", {"28.5": known}))
    return root


class Server:
    """`mkdocs serve` of a project: its pages and its terminal."""

    def __init__(self, project: Path, docker: str = NO_ENGINE) -> None:
        self.project, self.temporary = project, project.parent / "tmp"
        self.temporary.mkdir(exist_ok=True)
        self.address = free_address()
        settings = {"DOCKER_HOST": docker, "SITE_URL": "https://site.invalid/guide/", "TMPDIR": str(self.temporary)}
        unset = {"LAB", "ENGINE", "OFFLINE", "REPO_URL"} | ({"DOCKER_HOST"} if not docker else set())
        environment = {name: value for name, value in (os.environ | settings).items() if name not in unset}
        self.log = project.parent / "serve.log"
        with self.log.open("w") as output:
            command = [sys.executable, "-c", SERVE, "serve", "--dev-addr", self.address]
            # As from a terminal: what starts the tests in the background ignores SIGINT, and hands that on.
            self.process = subprocess.Popen(
                command, cwd=project, env=environment, stdout=output, stderr=output, preexec_fn=_hearing_signals)

    def get(self, path: str) -> str:
        """What is at an address, the error page too; "" where nothing answers, or not within the time of a build."""
        try:
            with urlopen(f"http://{self.address}/guide/{path}", timeout=SECONDS) as answer:
                return answer.read().decode()
        except HTTPError as error:
            return error.read().decode()
        except (URLError, TimeoutError, ConnectionError):
            return ""

    def has(self, path: str, text: str) -> bool:
        return text in self.get(path)

    def lacks(self, path: str, text: str) -> bool:
        return text not in self.get(path)

    def boxes(self, path: str) -> str:
        """What the boxes of a page say is wrong."""
        found = re.findall(r'<div class="output trouble" role.*?</div>', self.get(path), re.DOTALL)
        return html.unescape(re.sub("<[^>]+>", "", "\n".join(found)))

    def shows(self, path: str, text: str) -> bool:
        return text in self.boxes(path)

    def hides(self, path: str, text: str) -> bool:
        return text not in self.boxes(path)

    def said(self, since: int = 0) -> str:
        """What the terminal has, without the language before a message."""
        return self.log.read_text("utf-8", errors="replace")[since:].replace("[en] ", "")

    def says(self, since: int, text: str) -> bool:
        return text in self.said(since)

    def wait(self, what: str, condition: Callable[..., bool], *arguments: Any) -> None:
        deadline = time.monotonic() + SECONDS
        while not condition(*arguments):
            place = f"{what}: {condition.__name__}{arguments}"
            assert self.process.poll() is None, f"{place}: the server ended\n{self.said()[-4000:]}"
            assert time.monotonic() < deadline, f"{place}: not within {SECONDS} s\n{self.said()[-4000:]}"
            time.sleep(0.05)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(SECONDS)


@contextmanager
def serving(project: Path, docker: str = NO_ENGINE) -> Iterator[Server]:
    server = Server(project, docker)
    try:
        server.wait("the start", server.has, "", "<title>")
        server.wait("the other language", server.lacks, "en/", words("trouble", "en")["building"])
        yield server
    finally:
        server.process.kill()
        server.process.wait()


Content = str | bytes | None | Callable[[str], str]


@dataclass
class Edit:
    """files: path -> what it becomes (None: it goes; a function of what it is); shown: page -> what its box says, and
    the terminal; said: what the terminal says; served: page -> text that it has."""

    name: str
    files: dict[str, Content]
    shown: dict[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    served: dict[str, str] = field(default_factory=dict)

    def make(self, project: Path) -> None:
        self.before = {}
        for name, content in self.files.items():
            path = project / name
            self.before[path] = path.read_bytes() if path.exists() else None
            if callable(content):
                content = content(path.read_text("utf-8"))
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def undo(self) -> None:
        for path, content in self.before.items():
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content)

    def seen(self, server: Server, since: int = 0) -> None:
        """Wait until what is wrong is shown and said, and until what is right is served."""
        for path, text in self.shown.items():
            server.wait(self.name, server.shows, path, text)
        for text in (*self.shown.values(), *self.said):
            server.wait(self.name, server.says, since, text)
        for path, text in self.served.items():
            server.wait(self.name, server.has, path, text)
        for lang, folder in SITES.items():
            assert TITLES[lang]["b"] in server.get(f"{folder}b/"), f"{self.name}: another page is not served"

    def gone(self, server: Server) -> None:
        """Wait until what was wrong is shown no more."""
        for path, text in self.shown.items():
            server.wait(f"{self.name}, mended", server.hides, path, text)

    def unserved(self, server: Server) -> None:
        """Wait until what was right with it is served no more."""
        for path, text in self.served.items():
            server.wait(f"{self.name}, undone", server.lacks, path, text)

    def removed(self, server: Server) -> None:
        """Undo it, and wait until what was right with it is gone too."""
        self.undo()
        self.unserved(server)


def added(text: str) -> Callable[[str], str]:
    return lambda before: before + text


def replaced(old: str, new: str) -> Callable[[str], str]:
    def edited(before: str) -> str:
        assert old in before, f"there is no {old!r} to be replaced"
        return before.replace(old, new, 1)

    return edited


FENCE = "\n```bash{}\necho x\n```\n"
# What is wrong at the end of a text, in its line 9: name, text, what is said of it.
WRONG = [
    ("a fence that is not closed", "\n```bash\necho x\n", "this fence is not closed"),
    ("a fence that is not understood", FENCE.format(" title=x"), "what follows the language is not understood"),
    ("a new command", FENCE.format(""), "no recording; run: make record PAGE=docs/ko/"),
    ("an unknown option", "\n<!-- step: nowhere=1 -->" + FENCE.format(""), "unknown step option"),
    ("an option without a fence", "\n<!-- step: exit=1 -->\n\ntext\n", "this step comment stands before no fence"),
    ("a broken link", "\n[x](nowhere.md)\n", "Doc file '{name}.md' contains a link 'nowhere.md'"),
    ("a broken anchor", "\n[x](a.md#nowhere)\n", "Doc file '{name}.md' contains a link 'a.md#nowhere'"),
    ("a missing picture", "\n![x](../assets/no.svg)\n", "Doc file '{name}.md' contains a link '../assets/no.svg'"),
    ("an unknown macro", "\n<!--[[ nowhere() ]]-->\n", "UndefinedError: 'nowhere' is undefined"),
    ("a macro that fails", '\n<!--[[ figure("nowhere") ]]-->\n', "ValueError: no figure 'nowhere'"),
    ("a call that is no expression", "\n<!--[[ 1 + ]]-->\n", "unexpected 'end of print statement'"),
    ("a call that is not closed", "\n<!--[[ figure(\n", "a macro call is not closed"),
    ("a block that is not closed", "\n<!--[% if true %]-->\n", "Unexpected end of template"),
    ("a control character", "\n\x1b[31m\n", "control character U+001B"),
]


def edits_of(lang: str) -> list[Edit]:
    """Edits of each kind after which a page of one language is wrong; each says in which line."""
    docs, folder, config = f"docs/{lang}", SITES[lang], CONFIGURATIONS[lang]
    texts = cycle(TEXTS)
    edits = []
    for (kind, text, message), name in zip(WRONG, texts, strict=False):
        said = f"{docs}/{name}.md:9: {message.format(name=name)}"
        edits.append(Edit(kind, {f"{docs}/{name}.md": added(text)}, {f"{folder}{name}/": said}))
    a, c, d, e, f = (f"{docs}/{name}.md" for name in "acdef")
    return [
        *edits,
        Edit("a changed command", {a: replaced("network ls", "network ls -q")},
             {f"{folder}a/": f"{a}:7: the step 'docker network ls -q' is not the one that was recorded"}),
        Edit("a page that is not UTF-8", {c: page(lang, "c").encode() + b"\n\xff\n"},
             {f"{folder}c/": f"{c}:9: byte 0xff is not UTF-8"}),
        Edit("front matter that is not YAML", {d: replaced("about", "[about")},
             {f"{folder}d/": f"{d}:3: the front matter is not YAML"}),
        Edit("front matter that no theme understands", {e: replaced("---\n\n", "template: nowhere.html\n---\n\n")},
             {f"{folder}e/": f"{e}:1: TemplateNotFound: 'nowhere.html' not found"}),
        Edit("an empty page", {f: ""}, served={f"{folder}f/": f"<title>{TITLES[lang]['f']}"}),
        Edit("a mark that no output has", {a: replaced("```bash", "<!-- step: mark=nowhere -->\n```bash")},
             {f"{folder}a/": f"{a}:8: mark=nowhere: no line of the output has it"}),
        Edit("a page without a twin", {f"{docs}/z.md": "# Z\n\nA page.\n"},
             {f"{folder}z/": f"{docs}/z.md:1: missing translation: docs/{OTHER[lang]}/z.md"},
             (f"{config}:", "  - z.md")),
        Edit("a page that the navigation has not", {config: lambda text: re.sub(r".*: d\.md\n", "", text, count=1)},
             {f"{folder}d/": '"nav" configuration:\n  - d.md'}),
        Edit("a page that is gone", {c: None},
             {folder: f"{docs}/index.md:7: Doc file 'index.md' contains a link 'c.md'",
              f"{folder}b/": "A reference to 'c.md' is included in the",
              f"{SITES[OTHER[lang]]}c/": f"docs/{OTHER[lang]}/c.md:1: missing translation: {c}"}),
    ]  # fmt: skip


def shared_edits() -> list[Edit]:
    """Edits that touch both languages."""
    both = [f"{folder}a/" for folder in SITES.values()]
    damaged, file = "docs/_recordings/a.json:1: not a recording of a", "docs/_recordings/a.json"
    return [
        Edit("a damaged recording", {file: "{"}, dict.fromkeys(both, damaged)),
        Edit("a recording of no engine", {file: '{"format": 2, "page": "a", "engines": []}'},
             dict.fromkeys(both, damaged)),
        Edit("a recording that lacks a part", {file: replaced("version", "v")},
             dict.fromkeys(both, "KeyError: 'version'")),
        Edit("no recording", {file: None},
             {f"{SITES[lang]}a/": f"docs/{lang}/a.md:7: no recording; run: make record PAGE=docs/ko/a.md"
              for lang in SITES}),
        Edit("a missing stylesheet", {"docs/assets/output.css": None},
             dict.fromkeys(SITES.values(), "there is no file docs/assets/output.css")),
        Edit("an unknown key of the configuration", {"mkdocs.yml": added("\nnowhere: 1\n")},
             said=("Unrecognised configuration name: nowhere",)),
    ]  # fmt: skip


def unbuildable_edits() -> list[Edit]:
    """Edits after which MkDocs can build nothing of one language, or of any."""
    broken = "\nextra_templates: [\n"
    return [
        Edit("no YAML in mkdocs.yml", {"mkdocs.yml": added(broken)}, said=("mkdocs.yml:",)),
        Edit("no YAML in mkdocs.en.yml", {"mkdocs.en.yml": added(broken)}, said=("mkdocs.en.yml:",)),
        Edit("a configuration that is gone", {"mkdocs.en.yml": None}, said=("mkdocs.en.yml' does not exist",)),
        Edit("a theme of the wrong kind", {"mkdocs.yml": added("\ntheme: 5\n")}, said=("Config value 'theme'",)),
        Edit("a macro that Python cannot read", {"macros/site/composer.py": added("\nx = (\n")},
             said=("macros/site/composer.py:", "SyntaxError")),
        Edit("a macro that does not import", {"macros/__init__.py": added("\nimport nowhere\n")},
             said=("macros/__init__.py:", "No module named 'nowhere'")),
        Edit("a macro that fails on each page",
             {"macros/site/repairs.py": replaced("    html, titles", "    nowhere; html, titles")},
             said=("macros/site/repairs.py:", "NameError: name 'nowhere' is not defined")),
        Edit("a template that is none", {"macros/site/theme/main.html": added("\n{% if %}\n")},
             said=("macros/site/theme/main.html:",)),
        Edit("words that are no YAML", {"macros/words.yml": added("\n  x: [\n")}, said=("macros/words.yml:",)),
    ]  # fmt: skip


def sentence(lang: str) -> Edit:
    """An edit with which nothing is wrong."""
    text = f"Written in {lang} at {time.monotonic_ns()}."
    return Edit("a sentence", {f"docs/{lang}/g.md": added(f"\n{text}\n")}, served={f"{SITES[lang]}g/": text})


def mended(server: Server) -> None:
    """Wait until no page has a box."""
    for folder in SITES.values():
        for name in ("", *(f"{name}/" for name in PAGES if name != "index")):
            server.wait("all is mended", lambda path: server.boxes(path) == "", folder + name)


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[Server]:
    """One server for all edits. Ended by SIGTERM, it leaves nothing behind."""
    with serving(project) as running:
        yield running
        assert running.end(signal.SIGTERM) == 0
    assert list(running.temporary.iterdir()) == []


Sampled = Callable[[list[Edit], list[Edit], str], list[Edit]]


def test_after_each_edit_the_page_shows_what_is_wrong_and_the_others_are_served(
    server: Server, sampled: Sampled
) -> None:
    last: Edit | None = None
    edits = edits_of("ko")
    edits = sampled(edits, edits[::4], "live reload: {few} of {all} edits of Korean pages, each alone")
    for edit in [*edits, sentence("ko"), sentence("en")]:
        since = len(server.log.read_text("utf-8"))
        if last:
            last.undo()
        edit.make(server.project)
        edit.seen(server, since)
        if last:
            last.gone(server)
        last = edit
    last.removed(server)
    mended(server)


def test_five_edits_in_a_row_are_all_shown_and_all_mended(server: Server) -> None:
    edits, labels = edits_of("en"), [words("trouble", "en")[kind] for kind in ("page", "site")]
    for row in (edits[at : at + 5] for at in range(0, len(edits), 5)):
        since = len(server.log.read_text("utf-8"))
        for edit in row:
            edit.make(server.project)
        for edit in row:
            edit.seen(server, since)
            for path in edit.shown:
                assert not path.startswith("en/") or any(label in server.boxes(path) for label in labels), edit.name
        for edit in reversed(row):
            edit.undo()
        for edit in row:
            edit.gone(server)
    mended(server)


def test_what_both_languages_share_is_shown_in_both(server: Server, sampled: Sampled) -> None:
    edits = shared_edits()
    for edit in sampled(edits, edits[::3], "live reload: {few} of {all} edits of what both languages share"):
        since = len(server.log.read_text("utf-8"))
        edit.make(server.project)
        edit.seen(server, since)
        edit.undo()
        edit.gone(server)
    mended(server)


def test_where_nothing_can_be_built_the_last_good_site_is_served(server: Server, sampled: Sampled) -> None:
    before = sentence("en")
    before.make(server.project)
    before.seen(server)
    edits = unbuildable_edits()
    edits = sampled(edits, edits[::3], "live reload: {few} of {all} edits after which nothing can be built")
    for edit, lang in zip(edits, cycle(SITES), strict=False):
        since = len(server.log.read_text("utf-8"))
        edit.make(server.project)
        edit.seen(server, since)
        assert all(server.boxes(folder) == "" for folder in SITES.values())
        after = sentence(lang)
        edit.undo()
        before.undo()
        after.make(server.project)
        after.seen(server)
        before.unserved(server)
        before = after
    before.removed(server)
    mended(server)


def listed(server: Server, folder: str) -> tuple[list[str], list[str], list[str]]:
    """The titles of the pages in a language's navigation, in its llms.txt and in its search index."""
    navigation = re.search(r'<nav class="md-nav md-nav--primary.*', server.get(folder), re.DOTALL)[0]
    links = re.findall(r'<span class="md-ellipsis">\s*(.*?)\s*</span>\s*</a>', navigation, re.DOTALL)
    index = re.findall(r"(?m)^- \[(.*?)\]\((.*?)\): about", server.get(f"{folder}llms.txt"))
    addresses = [f"{folder}{name}/index.md" if name != "index" else f"{folder}index.md" for name in PAGES]
    assert [address for _, address in index] == [f"http://{server.address}/guide/{address}" for address in addresses]
    found = json.loads(server.get(f"{folder}search/search_index.json"))["docs"]
    return list(dict.fromkeys(links)), [title for title, _ in index], [one["title"] for one in found]


def test_each_language_lists_its_own_pages_after_edits_of_the_other(server: Server) -> None:
    for edited in ("en", "ko", "en"):
        edit, since = sentence(edited), len(server.log.read_text("utf-8"))
        # A fence is not only prose: the whole language is built.
        edit.files = {name: lambda text, add=add: f"{add(text)}\n```json\n1\n```\n" for name, add in edit.files.items()}
        edit.make(server.project)
        edit.seen(server)
        built = server.said(since).count("[macros] - Config macros")
        assert built == 1, f"an edit in {edited} built {built} sites"
        for lang, folder in SITES.items():
            titles = list(TITLES[lang].values())
            links, llms, search = listed(server, folder)
            assert links == titles and llms == titles and sorted(search) == sorted(titles)
        edit.removed(server)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def served_as_built(server: Server, folder: Path) -> None:
    """Wait until what is served is, file for file, what a whole build makes of the sources."""
    settings = {"SITE_URL": f"http://{server.address}/guide/", "DOCKER_HOST": NO_ENGINE}
    done = mkdocs(server.project, "build", "--no-strict", "-d", str(folder), **settings)
    assert done.returncode == 0, done.stdout
    built, differing = files(folder), [""]

    def same() -> bool:
        sites = [*server.temporary.glob("mkdocs_languages_*/site_*")]
        served = files(max(sites, key=lambda path: path.stat().st_mtime_ns)) if sites else {}
        differing[:] = [name for name in built | served if built.get(name) != served.get(name)]
        return not differing

    try:
        server.wait("served as built", same)
    except AssertionError as error:
        raise AssertionError(f"{differing[:9]}") from error


def rendered_alone(server: Server, since: int) -> bool:
    return "Rendered " in server.said(since) and "[macros] - Config macros" not in server.said(since)


def test_what_is_served_after_an_edit_is_what_a_whole_build_gives(
    server: Server, tmp_path: Path, sampled: Sampled
) -> None:
    c, d, recorded = "docs/ko/c.md", "docs/ko/d.md", "docs/_recordings/a.json"
    table = "\n| a | b | c |\n|---|---|---|\n| **A**{#term} | B | C |\n"
    named = {"mkdocs.yml": replaced(f"- {TITLES['ko']['c']}: c.md", "- c.md")}  # by its heading
    glossary = Edit("a term in a table", {c: added(table), d: added("\n[x](c.md#term)\n")} | named,
                    served={"c/": 'id="term"'})  # fmt: skip
    glossary.make(server.project)
    server.wait(glossary.name, server.has, "d/", "#term")
    prose = [
        sentence("ko"), sentence("en"),
        Edit("two sentences", {c: added("\nOne.\n"), d: added("\nTwo.\n")}, served={"c/": "One.", "d/": "Two."}),
        Edit("a broken link", {d: added("\n[x](nowhere.md)\n")}, {"d/": f"{d}:11: Doc file 'd.md' contains a link"}),
        Edit("a broken anchor", {"docs/en/e.md": added("\n[x](a.md#nowhere)\n")},
             {"en/e/": "docs/en/e.md:9: Doc file 'e.md' contains a link 'a.md#nowhere'"}),
        Edit("what a term means", {c: replaced("| C |", "| New |")}, served={"search/rest.json": "New"}),
    ]  # fmt: skip
    more = [
        Edit("a title", {c: replaced("# 글 c", "# Renamed")}, served={"d/": "Renamed", "c/": "Renamed"}),
        Edit("a description", {d: replaced("about", "told of")}, served={"d/": "told of d", "llms.txt": "told of d"}),
        Edit("an added page", {f"docs/{lang}/z.md": "# Z\n\nA page.\n" for lang in SITES}
             | {name: lambda text: re.sub(r"(?m)^nav:$", "nav:\n  - Zed: z.md", text)
                for name in CONFIGURATIONS.values()}, served={"z/": "A page.", "en/c/": "Zed"}),
        Edit("a recording", {recorded: replaced("0123456789ab", "ba9876543210")},
             served={"a/": "ba9876543210", "en/a/": "ba9876543210"}),
        Edit("a heading that is gone", {"docs/ko/a.md": replaced(" {#a}", "")},
             {f"{name}/": f"docs/ko/{name}.md:7: Doc file '{name}.md' contains a link 'a.md#a'" for name in TEXTS}),
        Edit("an anchor that is gone", {c: replaced("{#term}", "")}, {"d/": f"{d}:9: Doc file 'd.md' contains a"}),
        Edit("a command", {"docs/ko/a.md": replaced("network ls", "volume ls")}, {"a/": "docs/ko/a.md:7: the step"}),
    ]  # fmt: skip
    edits, few = [*prose, *more], [prose[4], *more[::4]]
    edits = sampled(edits, few, "live reload: {few} of {all} edits, held against what a whole build gives")
    for number, edit in enumerate(edits):
        since = len(server.log.read_text("utf-8"))
        edit.make(server.project)
        edit.seen(server)
        served_as_built(server, tmp_path / f"{number}")
        assert rendered_alone(server, since) == (edit in prose), f"{edit.name}: {server.said(since)}"
        edit.undo()
        edit.gone(server)
        for path, text in edit.served.items():
            server.wait(f"{edit.name}, undone", server.lacks, path, text)
    served_as_built(server, tmp_path / "undone")
    glossary.removed(server)
    mended(server)


def test_requests_are_answered_while_a_build_runs(server: Server, tmp_path: Path) -> None:
    begun, go_on = tmp_path / "begun", tmp_path / "go-on"
    waits = f"""open({str(begun)!r}, "w").close()
    while not __import__('os').path.exists({str(go_on)!r}): __import__('time').sleep(0.05)"""
    code = {"macros/site/repairs.py": replaced("    html, titles", f"    {waits}\n    html, titles")}
    slow = Edit("a slow macro", code)
    edit = sentence("ko")
    slow.make(server.project)
    server.wait("a build is at the slow macro", begun.exists)
    edit.make(server.project)
    for lang, folder in SITES.items():
        assert TITLES[lang]["b"] in server.get(f"{folder}b/")
    ((path, text),) = edit.served.items()
    assert server.lacks(path, text)
    go_on.touch()
    server.wait("the build ends", server.has, path, text)
    slow.undo()
    edit.removed(server)


def test_at_the_start_nothing_wrong_stops_anything(project: Path, tmp_path: Path) -> None:
    broken = tmp_path / "project"
    shutil.copytree(project, broken)
    new.make("network/fresh", broken)
    fresh = Edit("a new page", {}, {
        f"{folder}network/fresh/": f"docs/{lang}/network/fresh.md:13: no recording; run: make record "
                                   "PAGE=docs/ko/network/fresh.md" for lang, folder in SITES.items()})  # fmt: skip
    row = [edit for lang in SITES for edit in edits_of(lang) if edit.name in ("a broken link", "a changed command")]
    english = Edit("no YAML in mkdocs.en.yml", {"mkdocs.en.yml": added("\nextra_templates: [\n")})
    for edit in (*row, english):
        edit.make(broken)
    with serving(broken) as server:
        assert words("trouble", "en")["unbuilt"] in server.get("en/") and "mkdocs.en.yml:" in server.get("en/")
        for path, text in [*row[0].shown.items(), *row[1].shown.items()]:
            server.wait("Korean", server.shows, path, text)
        english.undo()
        server.wait("English", server.has, "en/b/", TITLES["en"]["b"])
        for edit in (*row, fresh):
            edit.seen(server)


def test_the_first_language_is_served_while_the_other_is_built(project: Path, tmp_path: Path) -> None:
    copy, go_on = tmp_path / "project", tmp_path / "go-on"
    shutil.copytree(project, copy)
    waits = f"""while lang == 'en' and not __import__('os').path.exists({str(go_on)!r}):
        __import__('time').sleep(0.05)"""
    slow = {"macros/site/repairs.py": replaced("    html, titles", f"    {waits}\n    html, titles")}
    Edit("slow English", slow).make(copy)
    server = Server(copy)
    try:
        server.wait("Korean", server.has, "b/", TITLES["ko"]["b"])
        assert words("trouble", "en")["building"] in server.get("en/") and server.says(0, "pages of docs/ko")
        assert words("trouble", "en")["unbuilt"] not in server.get("en/")
        go_on.touch()
        server.wait("English", server.has, "en/b/", TITLES["en"]["b"])
        edit = sentence("en")
        edit.make(copy)
        edit.seen(server)
        assert server.end(signal.SIGTERM) == 0
    finally:
        server.process.kill()
        server.process.wait()
    assert list(server.temporary.iterdir()) == []


def test_a_port_that_is_taken_is_an_error_that_says_what_to_do(project: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        host, port = taken.getsockname()
        command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"{host}:{port}"]
        environment = os.environ | {"TMPDIR": str(tmp_path)}
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=SECONDS,
                              check=False)  # fmt: skip
    assert done.returncode == 1
    assert f"cannot serve at {host}:{port}: Address already in use" in done.stderr
    assert f"mkdocs serve --dev-addr {host}:{port + 1}" in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sample(3, "live reload: ended during a build by {few} of {all} signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_a_build_leaves_no_folder(project: Path, tmp_path: Path, number: int) -> None:
    copy = tmp_path / "project"
    shutil.copytree(project, copy)
    server = Server(copy)
    try:
        server.wait("the first build", lambda: any(server.temporary.glob("mkdocs_languages_*/*.part/*")))
        server.end(number)
    finally:
        server.process.kill()
    assert list(server.temporary.iterdir()) == []


def test_make_serve_is_mkdocs_serve() -> None:
    command = ["make", "--dry-run", "--no-print-directory", "--old-file=.venv/installed", "serve"]
    outer = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(command, cwd=ROOT, env=outer, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ".venv/bin/python -m mkdocs serve"


@pytest.mark.engine
def test_with_an_engine_a_changed_page_is_run(project: Path, tmp_path: Path) -> None:
    from macros.lab.outer import outer_engine
    from macros.lab.owner import LABEL, OWNER

    copy = tmp_path / "project"
    shutil.copytree(project, copy)

    def labs() -> list:
        found = outer_engine().containers.list(all=True, filters={"label": f"{LABEL}=host"}, ignore_removed=True)
        return [lab for lab in found if f"/{server.process.pid}/" in lab.labels[OWNER]]

    source = copy / "docs/ko/a.md"
    source.write_text(page("ko", "a").replace("docker network ls", "echo one two | tr a-z A-Z"), "utf-8")
    with serving(copy, os.environ.get("DOCKER_HOST", "")) as server:
        server.wait("the output", server.has, "a/", "ONE TWO")
        assert len(labs()) == 1 and server.boxes("a/") == ""
        source.write_text(page("ko", "a").replace("docker network ls", "false"), "utf-8")
        server.wait("the failure", server.shows, "a/", "docs/ko/a.md:8: exit code 1 instead of 0")
        assert TITLES["ko"]["b"] in server.get("b/") and TITLES["en"]["a"] in server.get("en/a/")
        assert server.end(signal.SIGTERM) == 0
        assert labs() == []
    assert list(server.temporary.iterdir()) == []
