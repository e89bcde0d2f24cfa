"""The second language of a `mkdocs build`, in a process of its own beside the first.

The process is a fresh Python, which is the same on Linux and macOS, in a session of its own: Ctrl-C is for the first
process, with whose end, however it comes, its standard input ends and so does it. What it says is kept, and is said by
the first process after what that has to say.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import MkDocsException

from macros.site.languages import build_language, failed, of_other, others, speaking

ROOT = Path(__file__).resolve().parents[2]
START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from macros.site.beside import main; main()"
# Begins a line of what the process says that is a message of a log; others are of Python, or of who knows whom.
MARK = "\x1e"


_started: list[Beside] = []


def start(config: MkDocsConfig) -> None:
    """Begin with the other languages of a site of which `config` is the first; not where pages are run in this build,
    each once for all languages, in this process."""
    from macros.site import library  # not at the top: `mkdocs serve` reads it anew after an edit

    with suppress(ValueError):  # of LAB, which a page reports
        if library.mode() == "recorded":
            _started.extend(Beside(lang, of_other(config, lang)) for lang in others(config))


def go() -> None:
    """Let them write: their folders are in that of the first language, which that has emptied by now."""
    for one in _started:
        one.tell("go")


def finish(config: MkDocsConfig) -> None:
    """Wait for the other languages, or build them now. Raises Abort or SystemExit where one failed."""
    for one in _started:
        one.wait()
    for lang in [] if _started else others(config):
        build_language(config, lang)


def end() -> None:
    """Leave none running, however the first language's build ended."""
    for one in _started:
        one.kill()
    _started.clear()


class Beside:
    """A language that is being built. config: what mkdocs.config.load_config is given for it."""

    def __init__(self, lang: str, config: dict[str, Any]) -> None:
        self.lang = lang
        self.said = tempfile.TemporaryFile()  # noqa: SIM115 - for its life; a pipe would have to be emptied
        self.process = subprocess.Popen(
            [sys.executable, "-c", START], stdin=subprocess.PIPE, stdout=self.said, stderr=subprocess.STDOUT,
            start_new_session=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"})  # fmt: skip
        level = logging.getLogger("mkdocs").level
        self.tell(json.dumps({"lang": lang, "level": level, "config": config}))

    def wait(self) -> None:
        """Wait for its end, and say what it said. Raises Abort, or SystemExit with its exit code, where it failed."""
        code = self.process.wait()
        self.said.seek(0)
        for line in self.said.read().decode("utf-8", errors="replace").split("\n"):
            if not line.startswith(MARK):
                print(line, end="\n" if line else "", file=sys.stderr)
                continue
            told = json.loads(line.removeprefix(MARK))
            if "end" in told:
                raise failed(self.lang, told["end"])
            logger = logging.getLogger(told["name"])
            if logger.isEnabledFor(told["levelno"]):
                logger.handle(logging.makeLogRecord(told))
        if code:
            raise SystemExit(code)

    def kill(self) -> None:
        """End it, wherever it is; may be called after its end."""
        self.process.kill()
        self.process.wait()
        self.said.close()

    def tell(self, line: str) -> None:
        try:
            self.process.stdin.write(f"{line}\n".encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            return  # it has ended, and `wait` says how


class Telling(logging.Handler):
    """Writes messages for the first process."""

    def emit(self, record: logging.LogRecord) -> None:
        text = logging.Formatter().format(record)
        say(name=record.name, levelno=record.levelno, levelname=record.levelname, msg=text)


def say(**what: Any) -> None:
    print(MARK + json.dumps(what), flush=True)


def main() -> None:
    """What the process does, without what Python does at an end: that would wait for the thread that listens."""
    code = 1
    try:
        code = _build()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    finally:
        sys.stdout.flush()
        os._exit(code)


def _build() -> int:
    """Load the configuration, and build when the first process says so. Returns the exit code."""
    # Not sys.stdin, which `exit` closes, and would wait for who reads from it.
    told = os.fdopen(os.dup(0), "rb", buffering=0)
    given, go = json.loads(told.readline()), threading.Event()

    def listen() -> None:
        if told.readline():
            go.set()
            told.readline()
        os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    logger = logging.getLogger("mkdocs")
    logger.setLevel(given["level"])
    logger.propagate = False
    logger.addHandler(Telling())
    try:
        with speaking(given["lang"]):
            config = load_config(**given["config"])
            go.wait()
            build(config)
    except MkDocsException as error:
        say(end=error.message)
    except Exception as error:
        traceback.print_exc()
        say(end=f"{type(error).__name__}: {error}")
    return 0
