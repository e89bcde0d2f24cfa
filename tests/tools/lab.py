"""make lab: a shell on a fresh Docker host, or on each host that a page names; leaving it removes all.

usage: lab.py [PAGE] ; PAGE is network/overlay, docs/ko/network/overlay.md or the path of any other page.
ENGINE         generation of Docker Engine (the newest)
LC_ALL, LANG   the language that the lab speaks where PAGE does not tell: ko..., else English
"""

from __future__ import annotations

import contextlib
import difflib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from macros.lab import images  # noqa: E402
from macros.lab.host import HOST, Lab  # noqa: E402
from macros.site import library  # noqa: E402
from macros.site.lab import reader, stepwise  # noqa: E402

DOCS = ROOT / "docs"
FOLDER = "/usr/local/share/lab/reader"


class Refused(ValueError):
    """There is no lab of what was asked for; the message says what to do."""


def language() -> str:
    """The language of this terminal, as far as the pages have it."""
    return "ko" if (os.environ.get("LC_ALL") or os.environ.get("LANG") or "").startswith("ko") else "en"


def found(name: str, lang: str) -> tuple[Path, str]:
    """The page's file and its language. Raises Refused."""
    path = Path(name).resolve()
    for code in ("ko", "en"):
        if path.is_file() and path.is_relative_to(DOCS / code):
            return path, code
    if path.is_file():
        return path, lang
    plain = name.removesuffix(".md").removeprefix("docs/ko/").removeprefix("docs/en/")
    lang = "en" if name.startswith("docs/en/") else "ko" if name.startswith("docs/ko/") else lang
    for beside in (f"{plain}.md", f"{plain}/index.md"):
        if (DOCS / lang / beside).is_file():
            return DOCS / lang / beside, lang
    known = [page.relative_to(DOCS / lang).with_suffix("").as_posix() for page in (DOCS / lang).rglob("*.md")]
    near = difflib.get_close_matches(plain, known, n=3, cutoff=0.4) or ["network/bridge"]
    raise Refused(f"PAGE={name}: there is no such page\n  next: make lab PAGE={near[0]}, or the path of a page")


def command() -> list[str]:
    """The docker command, on the engine that the lab runs on. Raises Refused."""
    if not shutil.which("docker"):
        raise Refused(
            "the shell on a lab is opened by the command docker, which is not here\n"
            "  next: install it (on Debian and Ubuntu docker.io, from Debian 13 on docker-cli), then make lab"
        )
    # A context of the command may lead to another engine than the SDK's.
    return ["docker"] if "DOCKER_HOST" in os.environ else ["docker", "--host", "unix:///var/run/docker.sock"]


def shells(docker: list[str], hosts: dict[str, str]) -> int:
    """A shell on each host (name -> container) until all are left; returns the exit code of what was read without a
    terminal, else 0: that of the last command typed is no error of this one."""
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    opening = {name: [*docker, "exec", "-it", container, "lab", "leave"] for name, container in hosts.items()}
    if len(hosts) == 1:
        (one,) = opening.values()
        if not terminal:
            return subprocess.call([*docker, "exec", "-i", *one[-3:]])
        subprocess.call(one)
        return 0
    if terminal and shutil.which("tmux"):
        panes(list(opening.values()))
        return 0
    for name, words in opening.items():
        print(f"  a shell on {name}:  {' '.join(words[:-1])}")
    print("Type each in a terminal of its own. The hosts stay until Enter is pressed here.", flush=True)
    sys.stdin.readline()
    return 0


def panes(commands: list[list[str]]) -> None:
    """Each command in a pane of a tmux that serves this lab alone, with the user's own keys."""
    socket = f"docker-docs-lab-{os.getpid()}"
    words = ["tmux", "-L", socket, "new-session", *commands[0]]
    for one in commands[1:]:
        words += [";", "split-window", "-v", *one]
    hint = " exit in each, or the prefix and d: the hosts end "
    words += [";", "select-layout", "even-vertical", ";", "select-pane", "-t", ":.{top}",
              ";", "set-option", "status-right-length", "60", ";", "set-option", "status-right", hint]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if name != "TMUX"}
    try:
        subprocess.call(words, env=environment)
    finally:
        subprocess.call(["tmux", "-L", socket, "kill-server"], stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def kept_terminal():
    """Whatever ends the shell, the terminal is afterwards as it was."""
    if not sys.stdin.isatty():
        yield
        return
    import termios

    was = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):  # the terminal itself is gone
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, was)


def ended(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def main(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ended)
    lab = None
    try:
        docker = command()
        engine = os.environ.get("ENGINE", "")
        if engine:
            images.engine_name(engine)  # before anything is started
        path, lang = found(name, language()) if name else (None, language())
        page = library.page_at(path) if path else None
        print(f"starting Docker Engine {engine} ..." if engine else "starting the newest Docker Engine ...", flush=True)
        lab = Lab.start(engine)
        files = reader(lang)
        if page and not path.is_relative_to(DOCS):
            files[f"pages/{path.stem}"] = stepwise(page).encode()
        hosts = {}
        for host in (page and page.hosts) or [HOST]:
            one = lab.host(host, page.engines if page else {})
            one.put(FOLDER, files)
            hosts[host] = one.container.name
        with kept_terminal():
            return shells(docker, hosts)
    except (Refused, RuntimeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if lab:
            lab.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
