"""MkDocs and pytest, forked where all that they import is imported: that is half of what a small run takes.

Nothing of a project is in the process that forks: what lies in its macros/ and tests/ is imported anew by each run. The
languages of a site are built one after the other, since a second process would import everything again; that this gives
what `python -m mkdocs` gives is held by tests/site/test_beside.py.
"""

from __future__ import annotations

import atexit
import functools
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from macros.site import library

# The project's own are not named whole: imports.py would take what is forgotten for what everybody depends on.
# What is imported beforehand; what this project's own modules among these are is forgotten, what they need is not.
MKDOCS = (
    *(f"macros.site.{name}" for name in ("hook", "wiring")), "mkdocs.__main__", "mkdocs.commands.build",
    "mkdocs_macros.plugin", "material.plugins.search.plugin", "material.plugins.offline.plugin", "material.templates",
    "pymdownx.details",
    "pymdownx.highlight", "pymdownx.inlinehilite", "pymdownx.slugs", "pymdownx.superfences", "pymdownx.tabbed",
    "pygments.formatters.html", "pygments.lexers.shell", "pygments.lexers.data",
    *(f"markdown.extensions.{name}" for name in
      ("admonition", "attr_list", "def_list", "footnotes", "md_in_html", "tables", "toc")),
)  # fmt: skip
# Not the plugins that pytest finds itself, of which it rewrites the assertions.
PYTEST = ("pytest", *(f"tests.tools.{name}" for name in ("pages", "proving")), "docker", "execnet", "unittest.mock")
# The first line that it is told: which program, the folder of this project, and the modules; then a line for each run.
FORKING = """
import importlib, json, os, signal, sys, tempfile, traceback
program, root, *modules = json.loads(sys.stdin.readline())
sys.path.insert(0, root)
for name in modules:
    importlib.import_module(name)
sys.path.remove(root)
for name in [name for name in sys.modules if name.partition(".")[0] in ("macros", "tests")]:
    del sys.modules[name]
if program == "mkdocs":
    import jinja2, mkdocs.commands.build
    # Each run's own code puts itself in the place of this.
    mkdocs.commands.build._populate_page = mkdocs.commands.build._populate_page.of
    folder = tempfile.TemporaryDirectory()
    templates = jinja2.FileSystemBytecodeCache(folder.name)

def run(given):
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(given["said"], os.O_WRONLY), 1)
    os.dup2(1, 2)
    signal.alarm(given["seconds"])
    os.chdir(given["project"])
    os.environ.clear()
    os.environ.update(given["environment"])
    tempfile.tempdir = None
    sys.path.insert(0, given["project"])
    sys.argv = [program, *given["arguments"]]
    if program == "mkdocs":
        from macros.site import beside, compiled
        beside.start = lambda config: None
        compiled._compiled = templates
        from mkdocs.__main__ import cli as main
    else:
        from pytest import main
    sys.exit(main())

for line in sys.stdin:
    child = os.fork()
    if not child:
        code = 1
        try:
            run(json.loads(line))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


_one_at_a_time = threading.Lock()


@functools.cache
def _forking(program: str, modules: Sequence[str]) -> subprocess.Popen[str]:
    """The process that forks, started with the first run of this one, with whose end it ends."""
    process = subprocess.Popen([sys.executable, "-P", "-c", FORKING], text=True, cwd=sys.prefix, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)  # fmt: skip
    print(json.dumps([program, str(library.ROOT), *modules]), file=process.stdin, flush=True)
    atexit.register(process.wait)
    atexit.register(process.stdin.close)
    return process


def forked(
    modules: Sequence[str], project: Path, arguments: Sequence[str], environment: Mapping[str, str], seconds: int
) -> tuple[int, str]:
    """Run MKDOCS or PYTEST in a project, with these arguments. Returns its exit code, that of a signal below 0, and all
    that it said."""
    program = "mkdocs" if modules is MKDOCS else "pytest"
    # Who notes what is read (noting.py) is told as of a program that is started there.
    sys.audit("subprocess.Popen", program, [program, *arguments], str(project), dict(environment))
    process = _forking(program, modules)
    with tempfile.NamedTemporaryFile() as said:
        given = {"project": str(project), "arguments": list(arguments), "environment": dict(environment),
                 "said": said.name, "seconds": seconds}  # fmt: skip
        with _one_at_a_time:
            print(json.dumps(given), file=process.stdin, flush=True)
            answer = process.stdout.readline()
        assert answer, "the process that forks has ended"
        return int(answer), Path(said.name).read_text("utf-8", errors="replace")
