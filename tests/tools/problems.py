"""The problems that a page answers: each a section with a short answer, and the run or the sources that prove it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from macros.page.steps import Page, Step, without_comments
from macros.record.recording import Recordings
from tests.tools.prose import headings, section

# In the order in which a short answer has them, each at the beginning of a paragraph.
LABELS = {
    "ko": {"check": "**확인**", "fix": "**해결**", "keep": "**유지**", "applies": "**적용 대상**"},
    "en": {"check": "**Check**", "fix": "**Fix**", "keep": "**Keep it**", "applies": "**Applies to**"},
}
# Of a problem that nothing here can run: why, and what says so instead, with the month in which it was read.
UNRUN = {"ko": "**여기서 실행하지 않은 이유**", "en": "**Not run here**"}
OTHER = ("setup", "in-short", "check-yourself", "clean-up")
DATED, LINK = re.compile(r"\b20\d\d-\d\d\b"), re.compile(r"\]\((https://[^)\s]+)\)")


@dataclass(frozen=True)
class Problem:
    """A section of a page. text: all of it. first: its first line on the page. steps: of it, in their order."""

    anchor: str
    first: int
    text: str
    steps: tuple[Step, ...]

    @property
    def runs(self) -> bool:
        return any(step.runs and not step.hidden for step in self.steps)


def problems(page: Page) -> list[Problem]:
    """The problems of a page, in their order."""
    found, made = headings(page), []
    for index, (start, level, anchor) in enumerate(found):
        if level == 2 and anchor not in OTHER:
            span = section(found, index, page)
            steps = tuple(step for step in page.steps if step.start in span)
            made.append(Problem(anchor, page.line(start), page.text[span.start : span.stop], steps))
    return made


def findings(page: Page, lang: str, recordings: Recordings | None) -> list[str]:
    """What keeps the problems of a page from an answer that holds, each as `file:line: ...`."""
    return [f"{page.path}:{problem.first + line}: #{problem.anchor}: {message}" for problem in problems(page)
            for line, message in _shape(problem, lang) + _proof(page, problem, lang, recordings)]  # fmt: skip


def _shape(problem: Problem, lang: str) -> list[tuple[int, str]]:
    """What is missing of the short answer, each with its line in the section."""
    lines, at, found = problem.text.split("\n"), 1, []
    cause = next((line for line in lines[1:] if line.strip()), "")
    if not cause or re.match(r"[`<|*#!?-]", cause):
        found.append((1, f"expected the cause in a sentence, found {cause!r}"))
    for label in LABELS[lang].values():
        place = next((number for number, line in enumerate(lines) if number >= at and line.startswith(label)), 0)
        if not place:
            found.append((0, f"expected {label} after line {problem.first + at - 1}, found none"))
        at = place or at
    for role in ("check", "fix"):
        if not any(step.answer and step.answer.role == role for step in problem.steps):
            found.append((0, f"expected a command before which stands <!-- answer: {role} ... -->, found none"))
    return found


def _proof(page: Page, problem: Problem, lang: str, recordings: Recordings | None) -> list[tuple[int, str]]:
    """Where the check and the fix are not run, or the check tells no difference."""
    if not problem.runs:
        paragraph = next((text for text in problem.text.split("\n\n") if text.startswith(UNRUN[lang])), "")
        if not (LINK.search(paragraph) and DATED.search(paragraph)):
            return [(0, f"nothing of it is run: expected {UNRUN[lang]} with a month (2026-11) and a link to a source")]
        return []
    fixes = {place for step in _answers(problem, "fix") for place in _places(problem, step)}
    if not fixes and _answers(problem, "fix"):
        return [(0, "no step runs the fix filled in as its comment says")]
    found = []
    for step in _answers(problem, "check"):
        line, places = step.line - problem.first, _places(problem, step)
        before = [place for place in places if any(place < fix for fix in fixes)]
        after = [place for place in places if any(place > fix for fix in fixes)]
        if not before or not after:
            missing = "before" if not before else "after"
            found.append((line, f"no step runs this check, filled in as its comment says, {missing} the fix"))
        elif recordings:
            told = [(_told(page, problem, recordings, one), _told(page, problem, recordings, other))
                    for one in before for other in after]  # fmt: skip
            both = [(engine, one[engine] == other[engine]) for one, other in told for engine in one if engine in other]
            same, unlike = ({engine for engine, alike in both if alike is wanted} for wanted in (True, False))
            if not unlike or same - unlike:
                found.append((line, f"this check tells no difference on {', '.join(sorted(same - unlike)) or 'any'}"))
    return found


def _answers(problem: Problem, role: str) -> list[Step]:
    return [step for step in problem.steps if step.answer and step.answer.role == role]


def _lines(source: str) -> list[str]:
    return [line.strip() for line in without_comments(source).splitlines() if line.strip()]


def _places(problem: Problem, answer: Step) -> list[tuple[int, int]]:
    """Where the steps of the section run an answer: the number of the step, and of its line without comments."""
    wanted, found = _lines(answer.answer.filled(answer.source)), []
    for number, step in enumerate(problem.steps):
        if not step.runs or step.hidden:
            continue
        there = _lines(step.source)
        found += [(number, line) for line in range(len(there)) if there[line : line + len(wanted)] == wanted]
    return found


def _told(page: Page, problem: Problem, recordings: Recordings, place: tuple[int, int]) -> dict[str, str]:
    """Engine -> what the command at this place printed and how it ended, of those that ran it."""
    number, line = place
    index = next(at for at, step in enumerate(page.recorded) if step is problem.steps[number])
    told = {}
    for engine, result in recordings.of_step(index).items():
        if result.skipped:
            continue
        if not result.lines:
            told[engine] = f"{result.exit}\n{result.output}"
            continue
        at = 0
        for part, count in zip(result.parts, result.lines, strict=True):
            at += count
            if line < at:
                told[engine] = f"{part[0]}\n{part[1]}"
                break
    return told
