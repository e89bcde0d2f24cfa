"""The site's part of `make bench`: building it, editing it, its growth, the weight of its pages, Lighthouse.

"Plain" is MkDocs with Material and the same Markdown extensions, without macros, hook and recordings, one build for
each language.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from macros.site import library
from macros.site.searching import WORKER
from tests.tools.asking import AMONG_THREE, FIRST, SETS, ask, measured, questions
from tests.tools.browser import BROWSERS, KINDS, PHONE, chromium, opened
from tests.tools.building import LANGUAGES, copied
from tests.tools.served import free_address

ENVIRONMENT = os.environ | {"LAB": "recorded", "NO_MKDOCS_2_WARNING": "1"}
EDITS = 5
TIMES = 10
# What the ratios have to be at most: a build, an edit, and the memory of two languages at once beside in turn.
BUILD, EDIT, MEMORY = 0.65, 0.5, 1.6
# MkDocs, where no language is begun before the first one is done.
IN_TURN = "from macros.site import beside; beside.start = lambda config: None; from mkdocs.__main__ import cli; cli()"
LIVE = ("index.md", "network/bridge.md", "network/none.md", "network/index.md", "volume/index.md", "volume/volumes.md")
PLAIN = """site_name: plain
docs_dir: {docs}
theme: {{name: material, language: {lang}{font}}}
markdown_extensions:
  - admonition
  - attr_list
  - md_in_html
  - tables
  - toc: {{permalink: true}}
  - pymdownx.details
  - pymdownx.highlight
  - pymdownx.inlinehilite
  - pymdownx.superfences
"""
# Pages whose first load is weighed, and the most of it beside Material's defaults.
WEIGHED, WEIGHT = ("network/bridge/", "glossary/", "network/packet/", "errors/"), 0.40
# What Lighthouse looks at: a page of each kind, the two mental models, and the index of errors.
LOOKED_AT = (*(kind for kind in KINDS if kind != "404.html"), "network/packet/", "volume/where/", "errors/")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
# With a browser as a reader has, where there is one.
AS_READERS = (*BROWSERS[1:], BROWSERS[0])


def mkdocs(project: Path, *arguments: str, **settings: str) -> None:
    """Run MkDocs; CalledProcessError with its last words where it fails."""
    command = [sys.executable, "-m", "mkdocs", *arguments]
    done = subprocess.run(command, cwd=project, env=ENVIRONMENT | settings, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr[-2000:], file=sys.stderr)
        done.check_returncode()


def plain_config(folder: Path, docs: Path, lang: str, fonts: bool = False) -> Path:
    """A plain site's configuration."""
    path = folder / f"plain.{lang}.yml"
    path.write_text(PLAIN.format(docs=docs, lang=lang, font="" if fonts else ", font: false"), encoding="utf-8")
    return path


def ours(project: Path, folder: Path, **settings: str) -> None:
    """Both languages, from the recordings unless LAB says "live"."""
    mkdocs(project, "build", "--no-strict", "-d", str(folder / "ours"), **settings)


def first(project: Path, folder: Path) -> None:
    """Both languages, as after a clone: nothing is left of earlier builds."""
    shutil.rmtree(project / ".cache", ignore_errors=True)
    ours(project, folder)


def after_edit(project: Path, folder: Path) -> None:
    """Both languages, after a sentence was added to a page in one of them."""
    page = project / "docs/ko/network/bridge.md"
    page.write_text(f"{page.read_text(encoding='utf-8')}\nSentence.\n", encoding="utf-8")
    ours(project, folder)


def in_turn(project: Path, folder: Path) -> None:
    """Both languages, one after the other, as after a clone."""
    shutil.rmtree(project / ".cache", ignore_errors=True)
    command = [sys.executable, "-c", IN_TURN, "build", "--no-strict", "-d", str(folder / "ours")]
    subprocess.run(command, cwd=project, env=ENVIRONMENT, capture_output=True, check=True)


def memory(project: Path, folder: Path) -> None:
    """What all processes of a first build have in memory at most, together, where Linux tells it."""
    told = []
    for start in (["-m", "mkdocs"], ["-c", IN_TURN]):
        command = [sys.executable, *start, "build", "--no-strict", "-d", str(folder / "ours")]
        shutil.rmtree(project / ".cache", ignore_errors=True)
        process = subprocess.Popen(command, cwd=project, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            with contextlib.suppress(OSError):
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                mine = Path(f"/proc/{process.pid}/cmdline").read_text()
                # Before it becomes another program a new process is this one, whose memory would be counted twice.
                others = [pid for pid in children if Path(f"/proc/{pid}/cmdline").read_text() != mine]
                shares = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in (process.pid, *others)]
                peak = max(peak, sum(int(share.split("\nPss:")[1].split()[0]) for share in shares))
            time.sleep(0.05)
        told.append(peak / 1000)
    if all(told):
        print(f"| memory of a build / of one language after the other | {told[0] / told[1]:.2f} | | goal {MEMORY:.2f}; "
              f"{told[0]:.0f} and {told[1]:.0f} MB |", flush=True)  # fmt: skip


def plain(project: Path, folder: Path) -> None:
    """Both languages, plain."""
    for lang in LANGUAGES:
        config = plain_config(folder, project / "docs" / lang, lang)
        mkdocs(project, "build", "-f", str(config), "-d", str(folder / "plain" / lang))


def only(project: Path, pages: tuple[str, ...]) -> None:
    """Leave these pages of the project alone."""
    unlisted(project)
    for path in [*project.glob("docs/ko/**/*.md"), *project.glob("docs/en/**/*.md")]:
        if path.relative_to(project / "docs").as_posix().partition("/")[2] not in pages:
            path.unlink()


def live() -> None:
    """A build that runs its pages, each once for both languages, against two plain builds and a build from recordings.

    Once each: it takes what the pages' own commands take.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = copied(folder / "project")
        only(project, LIVE)
        took = {}
        for side, build in (("plain", plain), ("recorded", ours), ("live", partial(ours, LAB="live"))):
            began = time.perf_counter()
            build(project, folder)
            took[side] = time.perf_counter() - began
        print(f"| build that runs {len(LIVE)} pages / two plain builds | {took['live'] / took['plain']:.1f} | | from "
              f"recordings {took['recorded'] / took['plain']:.2f} |", flush=True)  # fmt: skip


def unlisted(project: Path) -> None:
    """Take the navigation out of the project: it is then all pages that there are."""
    for name in ("mkdocs.yml", "mkdocs.en.yml"):
        lines = (project / name).read_text(encoding="utf-8").splitlines(keepends=True)
        start = next(number for number, line in enumerate(lines) if line.startswith("nav:"))
        after = range(start + 1, len(lines))
        end = next(number for number in after if lines[number].strip() and lines[number][0] != " ")
        (project / name).write_text("".join(lines[:start] + lines[end:]), encoding="utf-8")


def grown(project: Path) -> None:
    """Make it ten times as many pages: each page of a chapter ten times over, with its recording."""
    unlisted(project)
    for root in (project / "docs/ko", project / "docs/en", project / "docs/_recordings"):
        originals = [path for path in root.rglob("*") if path.is_file()]
        for number in range(1, TIMES):
            for path in originals:
                copy = root / f"copy{number}" / path.relative_to(root)
                copy.parent.mkdir(parents=True, exist_ok=True)
                text = path.read_text(encoding="utf-8")
                if path.suffix == ".json":
                    found = json.loads(text)
                    text = json.dumps(found | {"page": f"copy{number}/{found['page']}"})
                copy.write_text(text, encoding="utf-8")


def growth() -> None:
    """How much longer ten times the pages take, ours against plain."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = copied(folder / "project")
        took: dict[tuple[str, int], float] = {}
        for times in (1, TIMES):
            if times > 1:
                grown(project)
            for side in (first, plain):
                began = time.perf_counter()
                side(project, folder)
                took[side.__name__, times] = time.perf_counter() - began
        mine, its = (took[side, TIMES] / took[side, 1] for side in ("first", "plain"))
        print(f"| time for {TIMES} times the pages / for the pages, first build | {mine:.1f} | | plain {its:.1f} |")
        at = took["first", TIMES] / took["plain", TIMES]
        print(f"| first build from recordings / two plain builds, {TIMES} times the pages | {at:.2f} | | "
              f"goal {BUILD:.2f} |", flush=True)  # fmt: skip


@contextlib.contextmanager
def serving(project: Path, *arguments: str) -> Iterator[Callable[[str], str]]:
    """A running `mkdocs serve`; yields a function that gets a page."""
    address = free_address()
    command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", address, *arguments]
    log = project.parent / f"serve-{address.rpartition(':')[2]}.log"
    with log.open("w") as file:
        server = subprocess.Popen(command, cwd=project, env=ENVIRONMENT, stdout=file, stderr=file)

    def get(page: str) -> str:
        if server.poll() is not None:
            raise RuntimeError(f"mkdocs serve ended with {server.returncode}:\n{log.read_text()[-2000:]}")
        try:
            with urlopen(f"http://{address}/{page}", timeout=20) as answer:
                return answer.read().decode()
        except (URLError, TimeoutError):
            return ""

    try:
        while "<html" not in get(""):
            time.sleep(0.1)
        yield get
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def edits() -> None:
    """From saving a sentence of a page to being served it, against plain MkDocs serving the same language; also with
    ten times the pages."""
    for times in (1, TIMES):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            project = copied(folder / "project")
            if times > 1:
                grown(project)
            ratios = sorted(_edited(folder, project, EDITS if times == 1 else 2))
            pages = "" if times == 1 else f", {times} times the pages"
            print(f"| sentence saved to page served / plain{pages} | {statistics.median(ratios):.2f} "
                  f"| {ratios[0]:.2f}-{ratios[-1]:.2f} | goal {EDIT:.2f}; one language each |", flush=True)  # fmt: skip


def _edited(folder: Path, project: Path, edits: int) -> list[float]:
    """The ratio of each edit, without the first."""
    page = project / "docs/ko/network/bridge.md"
    config = plain_config(folder, project / "docs/ko", "ko")
    ratios = []
    with serving(project) as mine, serving(project, "-f", str(config), "--livereload") as its:
        for number in range(edits + 1):
            took = []
            for get in (mine, its):
                other = its if get is mine else mine
                sentence = f"edit {number} {get is mine}"
                began = time.perf_counter()
                page.write_text(page.read_text(encoding="utf-8") + f"\n{sentence}\n", encoding="utf-8")
                while sentence not in get("network/bridge/"):
                    time.sleep(0.01)
                took.append(time.perf_counter() - began)
                while sentence not in other("network/bridge/"):  # both see each edit; only one is timed
                    time.sleep(0.05)
            ratios.append(took[0] / took[1])
    return ratios[1:]


class Zipped(SimpleHTTPRequestHandler):
    """A static host as there are many: it compresses text and keeps connections open."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Requests are no news."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        kind = self.guess_type(str(path))
        if not path.is_file() or not any(word in kind for word in ("text/", "javascript", "json", "svg")):
            super().do_GET()
            return
        body = gzip.compress(path.read_bytes())
        self.send_response(200)
        for name, value in (("Content-Type", f"{kind}; charset=utf-8"), ("Content-Encoding", "gzip"),
                            ("Content-Length", str(len(body))), ("Cache-Control", "max-age=600")):  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Zipped, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def weight(address: str, page: str) -> tuple[int, int, int]:
    """Requests, compressed bytes, and hosts other than the site's, of a first visit on a phone."""
    sizes: list[int] = []
    others: set[str] = set()
    with opened() as browser:
        tab = browser.new_page(viewport=PHONE)
        tab.on("request", lambda one: others.add(one.url.split("/")[2]) if not one.url.startswith(address) else None)
        tab.on("requestfinished", lambda one: sizes.append(one.sizes()["responseBodySize"]))
        tab.goto(address + page)
        tab.wait_for_load_state("networkidle")
    return len(sizes), sum(sizes), len(others - {""})


def weights() -> None:
    """First load of a page: ours, with its outputs and drawings, against the text alone with Material's defaults."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours(library.ROOT, folder)
        config = plain_config(folder, library.ROOT / "docs/ko", "ko", fonts=True)
        mkdocs(library.ROOT, "build", "-f", str(config), "-d", str(folder / "default"))
        with served(folder / "ours") as mine, served(folder / "default") as its:
            for page in WEIGHED:
                (count, size, hosts), (count0, size0, hosts0) = weight(mine, page), weight(its, page)
                ratio = f"{size / size0:.2f} | | goal {WEIGHT:.2f}"
                print(f"| first load of {page}, bytes / Material's defaults | {ratio}; {count} requests, "
                      f"{size / 1000:.0f} kB, {hosts} other hosts; defaults {count0}, {size0 / 1000:.0f} kB, and what "
                      f"{hosts0} other hosts would send |", flush=True)  # fmt: skip


def search() -> None:
    """How often the search has a right section first, and among three, of both sets of questions; what it loads."""
    with tempfile.TemporaryDirectory() as name, opened() as browser:
        ours(library.ROOT, Path(name))
        folder = Path(name) / "ours"
        with served(folder) as address:
            for lang, below in LANGUAGES.items():
                tab = browser.new_page()
                tab.goto(address + below)
                for which in SETS:
                    asked = questions(lang, which)
                    told = measured(ask(tab, asked), asked)
                    print(f"| search, {lang}, questions {which}: right section first / all | "
                          f"{told.first / max(1, told.all):.2f} | goal {FIRST:.2f} | {told.first} of {told.all}; "
                          f"among three {told.three / max(1, told.all):.2f}, goal {AMONG_THREE:.2f} |",
                          flush=True)  # fmt: skip
                    print("\n".join(told.wrong), file=sys.stderr)
                index = folder / below / "search/search_index.json"
                files = (index, index.with_name("rest.json"), folder / below / WORKER)
                sizes = [len(gzip.compress(path.read_bytes(), 9)) / 1000 for path in files]
                print(f"| search, {lang}: index to begin with, kB compressed | {sizes[0]:.0f} | goal 60 | "
                      f"{sizes[1]:.0f} kB follow while a reader types; script {sizes[2]:.0f} kB |",
                      flush=True)  # fmt: skip


def lighthouse() -> None:
    """Lighthouse on each kind of page, phone and desktop, in both languages: the lowest of the four scores each."""
    tool = library.ROOT / ".venv/node/node_modules/.bin/lighthouse"
    if not tool.is_file():
        print("| Lighthouse | not installed: make bench | | |")
        return
    port = int(free_address().rpartition(":")[2])
    with tempfile.TemporaryDirectory() as name:
        mkdocs(library.ROOT, "build", "--no-strict", "-d", name, SITE_URL=f"http://127.0.0.1:{port}/")
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(Zipped, directory=name))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for kind in LOOKED_AT:
            for lang, form in (("ko", "phone"), ("ko", "desktop"), ("en", "phone"), ("en", "desktop")):
                print(f"measuring: Lighthouse, {lang} {kind or 'home'}, {form}", file=sys.stderr)
                command = [str(tool), f"http://127.0.0.1:{port}/{LANGUAGES[lang]}{kind}", "--output=json", "--quiet",
                           "--chrome-flags=--headless=new --no-sandbox", f"--only-categories={','.join(CATEGORIES)}",
                           *(["--preset=desktop"] if form == "desktop" else [])]  # fmt: skip
                done = subprocess.run(command, capture_output=True, text=True, check=False,
                                      env=os.environ | {"CHROME_PATH": chromium(AS_READERS)})  # fmt: skip
                if done.returncode:
                    print(f"| Lighthouse, {lang} {kind or 'home'}, {form} | failed | | {done.stderr[-200:]!r} |")
                    continue
                found = json.loads(done.stdout)
                scores = [round(found["categories"][one]["score"] * 100) for one in CATEGORIES]
                less = [audit["id"] for audit in found["audits"].values()
                        if audit.get("scoreDisplayMode") == "binary" and audit["score"] == 0]  # fmt: skip
                print(f"| Lighthouse, {lang} {kind or 'home'}, {form} | {min(scores)} | | "
                      f"{'/'.join(map(str, scores))} {' '.join(less)} |", flush=True)  # fmt: skip
        server.shutdown()
