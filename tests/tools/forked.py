"""MkDocs in a process that is forked where all that it imports is imported: that is half of what a small build takes.

Nothing of a project is in the process that forks: what lies in macros/ is imported anew by each build. The languages of
a site are built one after the other, since a second process would import everything again; that this gives what
`python -m mkdocs` gives is held by tests/site/test_beside.py.
"""

from __future__ import annotations

import atexit
import functools
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from macros.site import library

# sys.argv[1] is the folder of this project: its macros say which packages a build needs.
FORKING = """
import json, os, signal, sys, tempfile, traceback
for name in ("macros", "macros.site.hook", "mkdocs.__main__", "mkdocs.commands.build", "mkdocs_macros.plugin",
             "material.plugins.search.plugin", "material.plugins.offline.plugin", "material.templates"):
    sys.path[:1] = [sys.argv[1]]
    __import__(name)
for name in [name for name in sys.modules if name.partition(".")[0] == "macros"]:
    del sys.modules[name]
sys.path[:] = [path for path in sys.path if path != sys.argv[1]]
import markdown.extensions, pymdownx, pymdownx.details, pymdownx.highlight, pymdownx.inlinehilite, pymdownx.slugs
import pymdownx.superfences, pymdownx.tabbed, pygments.formatters.html, pygments.lexers.shell, pygments.lexers.data
from markdown.extensions import admonition, attr_list, def_list, footnotes, md_in_html, tables, toc

def build(given):
    os.dup2(os.open(given["said"], os.O_WRONLY), 1)
    os.dup2(1, 2)
    signal.alarm(given["seconds"])
    os.chdir(given["project"])
    os.environ.clear()
    os.environ.update(given["environment"])
    tempfile.tempdir = None
    sys.path.insert(0, given["project"])
    sys.argv = ["mkdocs", *given["arguments"]]
    from macros.site import beside, compiled
    beside.start = lambda config: None
    compiled._compiled = templates
    mkdocs.__main__.cli()

import jinja2, mkdocs.__main__
folder = tempfile.TemporaryDirectory()
templates = jinja2.FileSystemBytecodeCache(folder.name)
for line in sys.stdin:
    child = os.fork()
    if not child:
        code = 1
        try:
            build(json.loads(line))
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


@functools.cache
def _forking() -> subprocess.Popen[str]:
    """The process that forks, started with the first build of this one, with whose end it ends."""
    process = subprocess.Popen([sys.executable, "-c", FORKING, str(library.ROOT)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True, cwd="/")  # fmt: skip
    atexit.register(process.wait)
    atexit.register(process.stdin.close)
    return process


def run(project: Path, arguments: Sequence[str], environment: Mapping[str, str], said: Path, seconds: int) -> int:
    """Run MkDocs in a project, and write what it says to a file. Returns its exit code, that of a signal below 0."""
    said.touch()
    given = {"project": str(project), "arguments": list(arguments), "environment": dict(environment),
             "said": str(said), "seconds": seconds}  # fmt: skip
    process = _forking()
    print(json.dumps(given), file=process.stdin, flush=True)
    answer = process.stdout.readline()
    assert answer, "the process that forks has ended"
    return int(answer)
