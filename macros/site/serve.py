"""What `mkdocs serve` remembers between builds, so that one language's edit rebuilds one language."""

from __future__ import annotations

import importlib
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG

from mkdocs.livereload import LiveReloadServer
from watchdog.events import FileSystemEvent, FileSystemEventHandler

log = logging.getLogger("mkdocs.plugins.site")

# So many seconds a request waits for a build, to get what was just saved. Then it gets what was served before: a build
# may run a page.
PATIENCE = 3

Stamp = frozenset[tuple[str, int, int]]


@dataclass
class Serve:
    """folder: of each language's last good build, "" under `mkdocs build`; site: what is served, links to those, and
    before: what was; url: its address; server: once it is up; begun: whether each language was tried once; built:
    language -> the state of its sources when it was built; kept: language -> what that build left for later ones; why:
    language -> why it could not be; code: the files of macros/ when they were imported."""

    folder: str = ""
    site: str = ""
    before: str = ""
    url: str = ""
    server: LiveReloadServer | None = None
    begun: bool = False
    built: dict[str, object] = field(default_factory=dict)
    kept: dict[str, object] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    code: Stamp = frozenset()


serve = Serve()


def ready() -> None:
    """Make ready for live reload, before MkDocs does anything."""
    serve.folder = tempfile.mkdtemp(prefix="mkdocs_languages_")
    sys.dont_write_bytecode = True  # a new __pycache__ file would count as an edit of macros/
    # With --quiet the terminal goes without warnings, and the pages have them.
    logger = logging.getLogger("mkdocs")
    if logger.level > logging.WARNING:
        for handler in logger.handlers:
            handler.setLevel(logger.level)
        logger.setLevel(logging.WARNING)
    for number in {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}:
        # Else only Ctrl-C removes the folders and the lab. Who has it ignored, by nohup, means that.
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def stamp(paths: list[Path]) -> Stamp:
    """Return name, time and size of every file: cheap, and equal only where nothing was saved in between."""
    found = set()
    for file in (file for path in paths for file in (path, *path.rglob("*"))):
        # An editor's files come and go meanwhile.
        with suppress(OSError):
            stat = file.stat()
            if S_ISREG(stat.st_mode) and "__pycache__" not in file.parts:
                found.add((str(file), stat.st_mtime_ns, stat.st_size))
    return frozenset(found)


def forget_edited(root: Path) -> None:
    """Forget the package macros after an edit, so that the macros plugin imports it anew."""
    before, serve.code = serve.code, stamp([root / "macros"])
    if before and before != serve.code:
        log.info("Loading macros/ again (an edit of what macros/site/hook.py imports at its top needs a restart)")
        for name in [name for name in sys.modules if name.split(".")[0] == "macros"]:
            del sys.modules[name]
        importlib.invalidate_caches()


class Configurations(FileSystemEventHandler):
    """Touches a file after each change of a mkdocs*.yml. A watch on one of these itself would end where an editor, or
    Git, puts a new file into its place."""

    def __init__(self, touched: Path) -> None:
        self.touched = touched

    def on_any_event(self, event: FileSystemEvent) -> None:
        names = {Path(os.fsdecode(path)).name for path in (event.src_path, event.dest_path) if path}
        if not event.is_directory and any(name.startswith("mkdocs") and name.endswith(".yml") for name in names):
            self.touched.touch()


def watch(server: LiveReloadServer, root: Path, build: Callable[[], None], rest: Callable[[], None]) -> None:
    """Let the server build after each change of a source, of any language; first the rest, once it answers."""

    def answer() -> None:
        # Requests wait while these differ. MkDocs has to let them, since it builds into the folder that it serves.
        with server._epoch_cond:
            server._wanted_epoch = server._visible_epoch
            server._epoch_cond.notify_all()

    def patiently() -> None:
        wanted, timer = server._wanted_epoch, threading.Timer(PATIENCE, answer)
        timer.start()
        try:
            build()
        finally:
            timer.cancel()
            timer.join()
            server._wanted_epoch = wanted

    def error_page(code: int) -> bytes | None:
        page = Path(serve.site, f"{code}.html")
        return page.read_bytes() if page.exists() else None

    wait = server._build_loop

    def begin() -> None:
        rest()
        wait()

    server._build_loop = begin
    serve.server, server.builder, server.error_handler = server, patiently, error_page
    touched = Path(serve.folder, "configuration")
    touched.touch()
    for path in (touched, root / "docs", root / "macros"):
        server.watch(str(path))
    server.observer.schedule(Configurations(touched), str(root), recursive=False)


def replace(lang: str, folder: str, part: Path) -> None:
    """Serve the files of `part` in the place of those that a language has, one after the other."""
    for file in (path for path in part.rglob("*") if path.is_file()):
        name, mine = file.relative_to(part), Path(serve.folder, "replaced")
        os.link(file, mine)
        for target, source in ((Path(serve.site, folder, name), mine), (Path(serve.folder, lang, name), file)):
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)


def publish(folders: dict[str, str]) -> None:
    """Serve the last good build of each language in its folder ("" or "en/"), or a page that says why there is none."""
    site = tempfile.mkdtemp(prefix="site_", dir=serve.folder) if serve.server else serve.site
    for lang, folder in folders.items():
        source, target = Path(serve.folder, lang), Path(site, folder)
        if source.exists():
            # Links, since a build begins with new files.
            shutil.copytree(source, target, copy_function=os.link, dirs_exist_ok=True)
        else:
            from macros.site.troubles import unbuilt

            target.mkdir(parents=True, exist_ok=True)
            for name in ("index.html", "404.html"):
                (target / name).write_text(unbuilt(serve.why.get(lang, ""), lang), encoding="utf-8")
    if serve.server:
        serve.server.root = site
        # Requests that came before are still answered from what was served then.
        shutil.rmtree(serve.before, ignore_errors=True)
        serve.before, serve.site = serve.site, site
