"""What a run says while it goes and at its end: each page with its steps and its time, then the sum of all."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Any

import pytest

# What the reports of a page's items carry from a worker to the process that prints: see `pytest_runtest_makereport`.
_reports: list[pytest.TestReport] = []
_seconds: dict[str, float] = defaultdict(float)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Any:
    """Note which page, engine and step a report is of; xdist sends `user_properties` on."""
    made = yield
    example = getattr(item, "example", None)
    if example is not None and call.when == "call":
        check = example.region.evaluator
        line = check.step.line if check.step else 0
        made.user_properties += [
            ("page", check.run.page.path), ("line", line), ("engine", check.engine),
            ("changed", line in check.run.changed),
        ]  # fmt: skip
    return made


class Summary:
    """Lives in the process that prints. One instance for a run."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        known = dict(report.user_properties)
        path = report.nodeid.partition("::")[0]
        _seconds[path] += report.duration
        if report.when != "call" or "page" not in known:
            return
        _reports.append(report)
        if known["line"] == 0:
            self._page(known["page"], path)

    def _page(self, page: str, path: str) -> None:
        """One line for a page that has come to its end."""
        steps = [report for report in _reports if dict(report.user_properties)["page"] == page]
        counted = Counter(report.outcome for report in steps if dict(report.user_properties)["line"])
        said = ", ".join(_parts(counted))
        printer = self.config.pluginmanager.get_plugin("terminalreporter")
        if printer and printer.verbosity >= 0:
            printer.ensure_newline()
            printer.write_line(f"{page}: {said} in {_seconds[path]:.1f} s")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if _reports:
            terminalreporter.write_sep("=", "pages")
            for line in summary([(report.outcome, dict(report.user_properties), _why(report)) for report in _reports]):
                terminalreporter.write_line(line)


def summary(reports: list[tuple[str, dict[str, Any], str]]) -> list[str]:
    """The lines at the end of a run. reports: (outcome, {"page", "line", "engine", "changed"}, why it was skipped)."""
    outcomes: dict[str, Counter] = {"pages": Counter(), "steps": Counter()}
    pages: dict[str, set[str]] = defaultdict(set)
    for outcome, known, _ in reports:
        pages[known["page"]].add(outcome)
        if known["line"]:
            outcomes["steps"][outcome] += 1
    for found in pages.values():
        outcomes["pages"]["failed" if "failed" in found else "passed"] += 1
    lines = [f"{what}: {_counted(counter)}" for what, counter in outcomes.items()]
    lines.append("engine: " + ", ".join(sorted({known["engine"] for _, known, _ in reports if known["engine"]})))
    reasons: dict[str, list[str]] = defaultdict(list)
    for outcome, known, why in reports:
        if outcome == "skipped":
            reasons[why].append(f"{known['page']}:{known['line']}" if known["line"] else known["page"])
    for why, places in sorted(reasons.items(), key=lambda item: -len(item[1])):
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        lines.append(f"skipped: {len(places)}, {why}: {', '.join(places[:3])}{more}")
    changed = [f"{known['page']}:{known['line']}" for _, known, _ in reports if known["changed"]]
    if changed:
        lines.append(f"changed output: {len(changed)}: {', '.join(changed)}")
        pages_changed = dict.fromkeys(place.rpartition(":")[0] for place in changed)
        lines += [f"next, if it is meant: make record PAGE={page}" for page in pages_changed]
    return lines


def _counted(counter: Counter) -> str:
    parts = _parts(counter)
    return f"{sum(counter.values())}" + (f" ({', '.join(parts)})" if len(parts) > 1 or counter["failed"] else "")


def _parts(counter: Counter) -> list[str]:
    return [f"{counter[outcome]} {outcome}" for outcome in ("passed", "failed", "skipped") if counter[outcome]]


def _why(report: pytest.TestReport) -> str:
    """Why a step was skipped, without its place."""
    if report.outcome != "skipped" or not isinstance(report.longrepr, tuple):
        return ""
    return re.sub(r"\ASkipped: (?:\S+?\.md:\d+: )?", "", report.longrepr[2])


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Summary(config), "pages-summary")
