"""What a run of a page, or of a module of tests, depends on: of each input a name and a digest of it.

These, never the time of a file, decide whether what passed once has to be run again (changed_since.py). Where it is not
known who reads a file, everybody does.
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
import os
import platform
import re
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass

from macros.lab.images.folder import folder
from macros.page.reader import parse
from macros.page.steps import Page, Step
from tests.tools.imports import Imports
from tests.tools.tree import Tree, digest, matching

# Name of an input, or path of a file -> digest.
Inputs = dict[str, str]

DOCS, PAGES = "docs/", "docs/ko/"
RUNNER = "tests/tools/pages.py"
AS_OTHERS = "tests/tools/readers.py"
IMAGE = "macros/lab/images/lab/"
SOURCES = f"{IMAGE}engine/sources"
REQUIREMENTS = ("requirements*.txt", "tests/requirements*.txt")
# How every test is run, and what decides whether it is: what an older choice recorded is not taken for granted.
EVERY_TEST = (
    "tests/pytest.ini", "*conftest.py",
    *(f"tests/tools/{name}.py" for name in ("imports", "inputs", "noting", "pages", "proving", "summary", "tree")),
)  # fmt: skip
# Keys of a page's front matter that only the site reads; any other may change how the page is run.
FOR_READERS = ("asked", "covers", "description", "hide", "moved", "search", "title", "try")
# The files that somebody is known to read: a page, a module of macros or tests, one of READS, or nobody who is tested.
KNOWN = ("docs/*", "macros/*", "tests/*", "mkdocs*.yml", "README*.md", ".github/*", ".ci/*", "Makefile", "LICENSE",
         ".gitignore", *REQUIREMENTS)  # fmt: skip
# What the tests of a folder read beside the code that they import; of a folder that is not here, all there is.
SITE = ("docs/*", "macros/*", "mkdocs*.yml")
READS = {
    "tests/docs": ("docs/*", "macros/words.yml", "mkdocs*.yml", "README*.md", ".github/*", "tests/docs/*"),
    "tests/draw": ("docs/assets/*", "docs/_recordings/*", "tests/draw/*"),
    "tests/lab": (*SITE, "tests/lab/*", "tests/tools/*"),
    "tests/page": ("docs/*", "tests/page/*"),
    "tests/project": ("*",),
    "tests/record": ("docs/ko/*", "docs/_recordings/*", "tests/record/*"),
    "tests/site": (*SITE, "Makefile", "tests/site/*", "tests/draw/packets/*", "tests/tools/*"),
}
# Words by one of which a module gets at files that lie elsewhere; without any, it has what it imports and nothing else.
REACH = frozenset(("ROOT", "PROJECT", "__file__", "library", "cwd", "getcwd", "chdir"))
# Modules that read less than others of their folder. Those that break a copy of the project look at one page of it;
# that the others can be built is what tests/site/test_site.py is for.
ONE_PAGE = ("docs/*/network/none.md", "docs/_recordings/network/none.json", "docs/_errors.yml", "docs/assets/*",
            "macros/*", "mkdocs*.yml", "tests/tools/*")  # fmt: skip
OWN_PAGES = ("docs/assets/*", "macros/*", "mkdocs*.yml", "Makefile", "tests/site/*", "tests/tools/*")
READ_LESS: dict[str, tuple[str, ...]] = {
    "tests/lab/test_faults.py": ONE_PAGE,
    "tests/lab/test_lab.py": (),
    "tests/page/test_fences.py": ("mkdocs*.yml",),
    "tests/page/test_properties.py": ("mkdocs*.yml",),
    "tests/project/test_engines.py": (),
    "tests/project/test_pages.py": (*ONE_PAGE, "tests/*"),
    "tests/project/test_rooms.py": ("macros/*", "tests/importlinter.ini"),
    "tests/project/test_workflows.py": (".github/*", "tests/tools/*"),
    "tests/record/test_messages.py": ("docs/_recordings/*",),
    "tests/record/test_normalize_properties.py": ("mkdocs*.yml",),
    "tests/record/test_one_character.py": ("docs/_recordings/*",),
    "tests/record/test_python.py": (),
    "tests/record/test_terminal.py": ("mkdocs*.yml",),
    "tests/site/test_compiled.py": (),
    "tests/site/test_hearing.py": (),
    "tests/site/test_library.py": (),
    "tests/site/test_packet_page.py": ("tests/draw/packets/*",),
    "tests/site/test_published_properties.py": ("mkdocs*.yml",),
    "tests/site/test_serve.py": OWN_PAGES,
    "tests/site/test_steps.py": OWN_PAGES,
    "tests/site/test_top.py": (),
    "tests/site/test_words.py": ("macros/*",),
}
# Runs two pages and interrupts them, on the newest engine.
INTERRUPT = "tests/lab/test_interrupt.sh"
INTERRUPTED = ("docs/ko/network/none.md", "docs/ko/network/host.md")


@dataclass(frozen=True)
class How:
    """Where and how something is run. engine: a generation, "newest", or "" for tests on no engine; way: as whom (AS);
    delay, images: those of make test; machine: what of it is an input."""

    engine: str
    way: str = ""
    delay: str = ""
    images: str = ""
    machine: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """ "28.5", "28.5 as reader": what is recorded one way says nothing of another."""
        words = [self.engine, f"as {self.way}" * bool(self.way), f"{self.delay} s late" * bool(self.delay),
                 f"{self.images} images" * bool(self.images)]  # fmt: skip
        return " ".join(filter(None, words))


def how(engine: str) -> How:
    """How this environment runs something on an engine. Raises FolderError where ENGINE_DIR is none."""
    installed = sorted({f"{one.metadata['Name']} {one.version}".lower() for one in importlib.metadata.distributions()})
    machine = {
        "the installed versions": digest(*installed),
        "Python or the kernel": digest(platform.python_version(), platform.release(), platform.machine()),
    }
    if own := folder():
        machine["the programs of ENGINE_DIR"] = own.digest()
    delay, images = os.environ.get("DELAY", ""), os.environ.get("IMAGES", "")
    return How(engine, os.environ.get("AS", ""), "" if delay == "0" else delay, "" if images == "built" else images,
               tuple(machine.items()))  # fmt: skip


class Units:
    """What can be run of a tree, each a unit: the pages of docs/ko, the modules of tests, and test_interrupt.sh."""

    def __init__(self, tree: Tree, imports: Imports | None = None) -> None:
        self.tree, self.imports = tree, imports or Imports(tree)
        self._digests: dict[str, str] = {}
        self._matched: dict[tuple[str, ...], set[str]] = {}

    def names(self) -> list[str]:
        """Their paths: pages without a step are none."""
        tests = [path for path in self.tree if is_test(path)]
        pages = [path for path in self.tree if is_page(path) and said(self.tree[path])]
        return [*sorted(tests), *sorted(pages)]

    def inputs(self, name: str, how: How) -> Inputs:
        """All that a run of this unit depends on. Raises KeyError where the tree has it not."""
        if is_page(name):
            found = self._of_page(name, how)
        elif name == INTERRUPT:
            found = self._files([INTERRUPT])
            for page in INTERRUPTED:
                if page in self.tree:
                    found |= {what if what in self.tree else f"of {page}, {what}": made
                              for what, made in self._of_page(page, how).items()}  # fmt: skip
        else:
            found = self._of_tests(name)
        unknown = set(self.tree) - self._matching(KNOWN)
        return found | self._files(unknown | self._matching(REQUIREMENTS)) | dict(how.machine)

    def _of_page(self, name: str, how: How) -> Inputs:
        code = self.imports.closure([RUNNER], () if how.way else (AS_OTHERS,)) | self._matching(EVERY_TEST)
        image = {path for path in self.tree if path.startswith(IMAGE)}
        return (said(self.tree[name]) | {"its recording": self._recording(name, how)}
                | {"the lab's image": self._together(image - {SOURCES}),
                   "the sources of the engines": self._together(image & {SOURCES})}
                | self._files(code - image))  # fmt: skip

    def read_only(self, name: str) -> set[str]:
        """Of the inputs of a module of tests the files that it is not made of: not each of its tests reads them all."""
        code, read = self._parts(name)
        return read - code - self._matching(REQUIREMENTS)

    def with_imported(self, reads: Collection[str]) -> set[str]:
        """What was read, and of modules what they import: those that were imported before were not read again."""
        imported = self.imports.closure(one for one in reads if one.endswith(".py"))
        return {one for one in imported if not one.startswith(DOCS)}.union(reads)

    def _of_tests(self, name: str) -> Inputs:
        code, read = self._parts(name)
        return self._files(code | read)

    def _parts(self, name: str) -> tuple[set[str], set[str]]:
        """What a module of tests is made of, and what it may read."""
        code = self.imports.closure([name]) | self._matching(EVERY_TEST)
        if self.imports.takes(name, "lab"):
            code |= self.imports.closure([RUNNER], (AS_OTHERS,))
        folder = name.rpartition("/")[0]
        reads = READ_LESS.get(name, READS.get(folder, ("*",)))
        if folder in READS and not self._reaches(name):
            reads = ()
        # A page that some module names is read by whoever opens it.
        named = {path for path in code if path.startswith(DOCS)}
        return code - named, named | (self._matching(reads) if reads else set())

    def _reaches(self, name: str) -> bool:
        """Whether it, or something of tests that it imports, says where files lie that are none of its own."""
        runner = self.imports.closure([RUNNER])
        mine = [path for path in self.imports.closure([name]) - runner
                if path.startswith("tests/") and path.endswith(".py")]  # fmt: skip
        return any(self.imports.says(path, REACH) or self.imports.names_folder(path) for path in mine)

    def _recording(self, name: str, how: How) -> str:
        """Of a page's recording what its run is held against: that of its engine; as others run it, the whole."""
        path = f"docs/_recordings/{name.removeprefix(PAGES).removesuffix('.md')}.json"
        data = self.tree.get(path)
        if data is None:
            return "none"
        try:
            raw = json.loads(data)
            mine = [[{k: v for k, v in result.items() if k != "engines"} for result in step["results"]
                     if how.engine in result["engines"]] for step in raw["steps"]]  # fmt: skip
            keys, told = [step["key"] for step in raw["steps"]], raw["engines"].get(how.engine)
        except (ValueError, KeyError, TypeError, AttributeError):
            return digest(data)  # it is none, and the run says so
        whole = how.way or how.engine not in raw["engines"]
        return digest(data) if whole else digest(json.dumps([raw["format"], raw["page"], told, keys, mine]))

    def _matching(self, patterns: tuple[str, ...]) -> set[str]:
        if patterns not in self._matched:
            self._matched[patterns] = matching(self.tree, patterns)
        return self._matched[patterns]

    def _files(self, paths: Iterable[str]) -> Inputs:
        return {path: self._digest(path) for path in paths}

    def _together(self, paths: Iterable[str]) -> str:
        return digest(*(f"{path} {self._digest(path)}" for path in sorted(paths)))

    def _digest(self, path: str) -> str:
        if path not in self._digests:
            self._digests[path] = digest(self.tree[path])
        return self._digests[path]


def is_page(name: str) -> bool:
    return name.startswith(PAGES) and name.endswith(".md")


def is_test(name: str) -> bool:
    file = name.rpartition("/")[2]
    return name == INTERRUPT or (name.startswith("tests/") and file.startswith("test_") and file.endswith(".py"))


@functools.cache
def said(data: bytes) -> Inputs:
    """What a page says that is run, part by part; its text is not, and so may change. {} of a page without a step."""
    try:
        page = parse(data.decode().replace("\r\n", "\n").replace("\r", "\n"), "")
    except UnicodeDecodeError:
        return {"its bytes": digest(data)}
    if not page.recorded and not page.problems:
        return {}
    steps = list(enumerate(page.recorded))
    parts = {
        "its commands": [(at, step.kind, step.source) for at, step in steps
                         if step.kind in ("bash", "console", "python") and not step.hidden],
        "its hidden checks": [(at, step.kind, step.source) for at, step in steps if step.hidden],
        "its files": [(at, step.title, step.source) for at, step in steps if step.kind == "file"],
        "its waits": [(at, step.source) for at, step in steps if step.kind == "wait"],
        "its macro calls": [(at, step.call) for at, step in steps if step.kind == "probe"],
        "options of its steps": [(at, _options(step)) for at, step in steps],
        "its front matter": _front_matter(page),
        "what is wrong with it": [problem.message for problem in page.problems],
    }  # fmt: skip
    return {what: digest(json.dumps(part, default=str)) for what, part in parts.items()}


def _options(step: Step) -> dict:
    """All that stands in the comments before a fence, but the words that only the site marks."""
    return {**asdict(step.options), "mark": (), "language": step.language, "skip": step.skip, "indent": step.indent}


def _front_matter(page: Page) -> list[str]:
    """The keys that may change how it is run, each with all that belongs to it."""
    keys = re.split(r"(?m)^(?=[^\s#-])", page.text[: page.body])
    return [key for key in keys if key.partition(":")[0].strip() not in FOR_READERS]
