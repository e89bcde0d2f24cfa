"""Macro calls on a page: those that look at the engine are steps of it."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from sybil import Region

from macros.page.options import Options
from macros.page.steps import Page, Problem, Step

# Macro calls that need a running engine. They are steps of the page, run where they stand.
PROBES = ("network_inspect", "volume_inspect", "container_inspect", "topology", "hosts_topology", "packet", "mounts")

# The others that macros/site/wiring.py defines.
MACROS = ("figure", "engine", "engine_differences", "errors", "lab_commands", "mutants")
MACRO = re.compile(r"<!--\[\[(?P<expression>(?:(?!<!--\[\[).)*?)\]\]-->", re.DOTALL)
INDENT = re.compile(r"[ \t>]*")
UNCLOSED_MACRO = re.compile(r"<!--\[\[(?!(?:(?!<!--\[\[).)*?\]\]-->)", re.DOTALL)


def probe(page: Page, region: Region, line: int, options: Options) -> Step | None:
    try:
        tree = ast.parse(region.parsed, mode="eval").body
    except (SyntaxError, ValueError):
        return None  # Not Python: Jinja's to judge.
    if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)):
        return None
    if tree.func.id not in PROBES:
        if tree.func.id not in MACROS:
            message = f"unknown macro {tree.func.id!r}; there are: {', '.join((*PROBES, *MACROS))}"
            page.problems.append(Problem(page.path, line, message))
        return None
    literal = all(isinstance(a, ast.Constant) and isinstance(a.value, str) for a in tree.args)
    if tree.keywords or not literal or not tree.args:
        message = f"{tree.func.id}() takes names in quotes, nothing else: it is run before the page is built"
        page.problems.append(Problem(page.path, line, message))
        return None
    call = (tree.func.id, *(argument.value for argument in tree.args))
    if call[0] == "mounts" and len(call) > 2:
        page.problems.append(Problem(page.path, line, "mounts() takes the name of one container"))
        return None
    if call[0] == "packet":
        if len(call) > 4 or not call[1].strip():
            message = ("packet() takes a command, then the namespace or container that runs it, "
                       "then the namespace whose rules it meets")  # fmt: skip
            page.problems.append(Problem(page.path, line, message))
            return None
        options = replace(options, needs=(*options.needs, "trace"))
    indent = _indent(page, region.start)
    return Step("probe", line, region.start, region.end, region.parsed, options=options, call=call, indent=indent)


def _indent(page: Page, offset: int) -> str:
    """What the line at an offset begins with."""
    return INDENT.match(page.text, page.text.rfind("\n", 0, offset) + 1)[0]


def figure_calls(page: Page) -> list[tuple[int, str]]:
    """The line and the indent of each call of figure(), in the order of the page."""
    fences = [*((step.start, step.end) for step in page.steps), *page.comments]
    return [(page.line(match.start()), _indent(page, match.start())) for match in MACRO.finditer(page.text, page.body)
            if match["expression"].strip().startswith("figure(")
            and not any(start <= match.start() < end for start, end in fences)]  # fmt: skip


def unclosed_macros(page: Page, regions: list[Region]) -> None:
    for match in UNCLOSED_MACRO.finditer(page.text, page.body):
        if not any(region.start <= match.start() < region.end for region in regions):
            message = "a macro call is not closed: ]]--> is missing"
            page.problems.append(Problem(page.path, page.line(match.start()), message))
