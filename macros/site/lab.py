"""The lab that readers get: its build context as one file beside the pages, with the pages' commands in it."""

from __future__ import annotations

import gzip
import io
import re
import shlex
import tarfile
from pathlib import Path, PurePosixPath

import yaml

from macros.lab.images.engines import ENGINES, HERE
from macros.lab.needs import NEEDS
from macros.lab.network import FIRST_ADDRESS
from macros.lab.wait import FUNCTIONS
from macros.page.script import ENGINE_IS, IN_PYTHON, commands, condition
from macros.page.steps import Page, Step
from macros.site import library, notes
from macros.words import words

CONTEXT = HERE / "lab"
# Before each step of a page, and before each line of its waits: no page may have these characters.
SEPARATOR, WAITS = "\x1e", "\x1f"
# What readers call the image, and Compose their hosts.
BUILT = "docker-lab"
BUILD = f"docker build -t {BUILT}"
RUN = "docker run --rm -it --privileged {image}"
# A lab with a name, for a second terminal.
NAMED = "lab-one"
ENTER = f"docker exec -it {NAMED} lab"
UP, SHELL = "docker compose up -d", "docker compose exec {host} lab"
# The commands that commands_of knows.
WHICH = ("start", "named", "older", "own")
COMPOSE = """\
# The Docker hosts of this page, on one network:
#   {up}
# A shell on each, in terminals of their own:
{shells}# They end, and nothing of them is left:
#   docker compose down --volumes
# Where another network has 10.213.0.0/24, set LAB_NETWORK to 10.213.1 or the like first.
"""
NETWORK = "${LAB_NETWORK:-10.213.0}"


def reader(lang: str) -> dict[str, bytes]:
    """What a reader's lab has beside the tests': path below its folder `reader` -> content, in one language."""
    files = {"words": "".join(f"lab_{key}={shlex.quote(text)}\n" for key, text in words("lab", lang).items())}
    files |= {"functions": FUNCTIONS + IN_PYTHON, "engine": ENGINE_IS}
    files |= {f"pages/{name}": text for name, page in _pages(lang).items() if (text := stepwise(page, lang))}
    return {name: text.encode() for name, text in files.items()}


def _pages(lang: str) -> dict[str, Page]:
    """The pages of a language by their names, "network/bridge"."""
    docs = library.ROOT / "docs" / lang
    names = {path.relative_to(docs).with_suffix("").as_posix(): path for path in sorted(docs.rglob("*.md"))}
    return {name: library.page_at(path) for name, path in names.items()}


def stepwise(page: Page, lang: str) -> str:
    """A page's commands as reader/page.sh reads them; "" for a page without any."""
    steps, waits = [], {}
    for host, step, code in commands(page, words("script", lang)):
        met = condition(step, NEEDS)
        if step.kind == "wait":
            only = f"{met} && " if met else ""
            waits[host] = waits.get(host, "") + "".join(WAITS + only + line for line in code.splitlines(keepends=True))
            continue
        head = "\n".join([host or "-", met, ", ".join(_where(step, lang))])
        steps.append(f"{SEPARATOR}{head}\n{waits.pop(host, '')}{code}")
    return "".join([page.title["words"] if page.title else page.path, "\n", *steps]) if steps else ""


def _where(step: Step, lang: str) -> list[str]:
    """On which hosts alone a step is run, in words."""
    texts = words("where", lang)
    return notes.where(step, lang) + [texts["needs"].format(need=need) for need in notes.needs(step, lang)]


def context(lang: str) -> bytes:
    """What `docker build` makes a reader's lab of, as a gzipped tar archive; the same sources make the same bytes."""
    files = {path.relative_to(CONTEXT).as_posix(): path.read_bytes() for path in CONTEXT.rglob("*") if path.is_file()}
    programs = {name for name in files if (CONTEXT / name).stat().st_mode & 0o100}
    files |= {f"reader/{name}": content for name, content in reader(lang).items()}
    # Folders as well: those that an archive does not have are made for everybody to write to.
    folders = {parent.as_posix() for name in files for parent in PurePosixPath(name).parents} - {"."}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in sorted(folders | set(files)):
            entry, content = tarfile.TarInfo(name), files.get(name, b"")
            entry.size, entry.mode = len(content), 0o755 if name in folders | programs else 0o644
            entry.type = tarfile.DIRTYPE if name in folders else tarfile.REGTYPE
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


def publish(site: Path, lang: str, repository: str) -> None:
    """Write the context into a language's site, and beside each page of several hosts the file that starts them."""
    (site / "lab.tar.gz").write_bytes(context(lang))
    for name, page in _pages(lang).items():
        if page.hosts:
            folder = site / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "compose.yaml").write_text(compose(page, image(repository, lang), lang), encoding="utf-8")


def image(repository: str, lang: str) -> str:
    """What readers call the image: its name in GitHub's registry, where .github/workflows/lab.yml pushes it, or the one
    that they give it when they build it. repository: address of the project, "" where it is not known."""
    known = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?", repository)
    return f"ghcr.io/{known[1].lower()}-lab:{lang}" if known else BUILT


def commands_of(which: str, address: str, repository: str, lang: str) -> str:
    """The commands that get a reader's lab. Raises ValueError for an unknown one.

    which: "start" gets and opens it, "named" opens it for two terminals, "older" gets one with the oldest engine, "own"
    builds it without the engine's way to the site; address: of a language's site, "" where it is read from a folder.
    """
    known, (engine, suite) = image(repository, lang), list(ENGINES.items())[-1]
    if which not in WHICH:
        raise ValueError(f"lab_commands({which!r}): there are {', '.join(WHICH)}")
    if which == "named":
        return f"{RUN.format(image=f'--name {NAMED} {known}')}\n{ENTER}"
    if which == "own":
        build = f"curl -fsSL {address}lab.tar.gz | {BUILD} -" if address else f"{BUILD} - <lab.tar.gz"
        return f"{build}\n{RUN.format(image=BUILT)}"
    if known != BUILT:
        return RUN.format(image=known if which == "start" else of_engine(known, engine, lang))
    more = "" if which == "start" else f":{engine} --build-arg ENGINE={engine} --build-arg SUITE={suite}"
    source = f"{address}lab.tar.gz" if address else "- <lab.tar.gz"
    return f"{BUILD}{more} {source}\n{RUN.format(image=BUILT + more.partition(' ')[0])}"


def of_engine(image: str, engine: str, lang: str) -> str:
    """What readers call the image with another engine than the newest."""
    return image.replace(f":{lang}", f":{engine}-{lang}") if image != BUILT else f"{image}:{engine}"


def compose(page: Page, image: str, lang: str) -> str:
    """The file with which Compose starts the hosts of a page, at the addresses that they have in the tests."""
    hosts, named = page.hosts, {host: of_engine(image, engine, lang) for host, engine in page.engines.items()}
    services = {
        host: {
            "image": named.get(host, image), **({"pull_policy": "never"} if image == BUILT else {}), "hostname": host,
            "privileged": True, "command": "dockerd", "networks": {"lab": {"ipv4_address": f"{NETWORK}.{number}"}},
        }
        for number, host in enumerate(hosts, FIRST_ADDRESS)
    }  # fmt: skip
    network = {"ipam": {"config": [{"subnet": f"{NETWORK}.0/24", "gateway": f"{NETWORK}.1"}]}}
    head = COMPOSE.format(up=UP, shells="".join(f"#   {SHELL.format(host=host)}\n" for host in hosts))
    described = {"name": BUILT, "services": services, "networks": {"lab": network}}
    return head + yaml.safe_dump(described, sort_keys=False)
