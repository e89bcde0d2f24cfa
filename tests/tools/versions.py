"""No version without proof: where a page names a version or a date, and what backs it.

A version is backed by a link to its source, in the same sentence, cell or row: release notes, a pull request or issue,
a line of the source at a tag of that release or, where something turns ("since 29", "up to 28"), of the generation
before. Or by runs of steps in its section that differ:
- what is said of an engine that ran ("on 28.5") by its run, and one on another engine;
- where something turns by runs on both sides, if no other generation lies between them. So 20.10 and 26.1 do not prove
  "since 25", nor 28.5 and 29.7 "since 29.3": these take a link.
A link to another place of the site counts if that place has such a run, or names the version beside such a link. A
heading, and a table's head, is backed by what stands below it. A date takes a link to what says so.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from macros.page.options import version_numbers
from macros.page.steps import Page, Step
from macros.record.recording import Recordings
from macros.record.result import Result
from tests.tools.prose import CODE, COMMENT, blanked, fences, headings, section, without

LINK = re.compile(r"\]\((?P<to>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)")
ANCHOR = re.compile(r"\{#[\w-]+\}")
TITLE = re.compile(r"\s*(?:\?{3}\+?|!!!|===)\s")  # of an admonition or a tab: what is in it stands on its own lines
ALONE = re.compile(r"\s*[#|]")  # headings and rows, which go on on no other line
ITEM = re.compile(r"\s*(?:>\s*)*(?:[-*+]|\d+[.)])\s")
HEAD_RULE = re.compile(r"[\s|:-]+")
SENTENCE = re.compile(r"(?<=[.!?])[\"”*_)]*\s+(?=\S)")
# A cell with nothing but versions says of which engines its row or column is.
LABEL = re.compile(r"[\d., ]+")

NUMBER = re.compile(r"(?<![\w.:/-])v?(?P<number>\d+(?:\.\d+){0,2})(?![\w%:/]*[A-Za-z%:/]|\d|\.\d|-\d)")
GENERATION = re.compile(r"2[3-9]|30")
RELEASE = re.compile(r"(?:1[7-9]|20|2[3-9]|3\d)\.\d{1,2}(?:\.\d+)?")
API = re.compile(r"1\.[2-5]\d")
COMPOSE = re.compile(r"2\.[1-4]\d(?:\.\d+)?")
DESKTOP = re.compile(r"4\.\d\d(?:\.\d+)?")
YEAR = re.compile(r"20[1-3]\d")
PRODUCT = re.compile(
    r"(?:(?P<name>Compose|containerd|runc|Desktop|Traefik|nftables|API)[^\d.|]{0,14}"
    r"|(?P<kernel>Linux|kernel|커널|리눅스)(?:의| of)?) ?v?$", re.IGNORECASE,
)  # fmt: skip
# A whole number is a generation of the engine behind these words, or before these.
BEHIND = re.compile(
    r"\b(?:since|before|until|till|from|to|on|of|than|as|with|in|for|by|but|and|or|if|engines?|CLIs?|Docker|versions?)"
    r"[ ,(\[*]+$|(?:^|[.,:;|]\s*)\**\[?$", re.IGNORECASE,
)  # fmt: skip
UNIT = re.compile(
    r"\s*(?:bits?|bytes?|seconds?|minutes?|hours?|days?|years?|networks?|containers?|subnets?|addresses|ports?|lines?"
    r"|files?|pages|commands|times|characters|others?|of|were|did|heard|%|[MG]i?B|January|February|March|April|May|June"
    r"|July|August|September|October|November|December)\b", re.IGNORECASE,
)  # fmt: skip
CLOSED = r"[\])*]*(?:\([^)]*\))?"
PARTICLE = re.compile(
    CLOSED + r"(?:부터|까지|에서|에는|에도|에|의|은|는|이|가|를|과|와|로|으로|도|처럼|보다|이상|이하|인|[,)\].]|$"
    r"| 이?전| 이[상하후]| 엔진)"
)
ENGINE = re.compile(r"(?:엔진|Engine|CLI|도커|Docker) \[?$")
EVERY = re.compile(
    r"\b(?:in|on|with) all four\b|\ball (?:four )?(?:engines|generations|versions)\b|\bfrom 20\.10 to 29\b"
    r"|\b(?:every|any) (?:engine|version|generation)\b|모든 (?:버전|엔진|세대)|어느 (?:버전|엔진)에서나"
    r"|네 (?:세대|버전|엔진)(?:에|에서|가)? (?:모두|다)|20\.10부터 29까지", re.IGNORECASE,
)  # fmt: skip
NAME = r"(?:Docker |Engine |CLI |engines? |versions? |API |v)*"
LAST = re.compile(rf"(?:\b(?:up to|until|till)|\d\]? to)[ (\[*]+{NAME}$", re.IGNORECASE)
LAST_KO = re.compile(CLOSED + r"(?:까지| ?이하)")
TURN = re.compile(rf"\b(?:since|before|from|than|below|came with|changed in)[ (\[*]+{NAME}$", re.IGNORECASE)
TURN_KO = re.compile(CLOSED + r"(?:부터|보다| ?이?전| ?이후| ?이상)")

# What is no claim, and why.
NO_CLAIM = {
    "2021": "the year of the notes that the site began with, and of other material of that time: nothing changed then",
}

NOTES = re.compile(r"docs\.docker\.com/engine/release-notes/(?P<number>\d+(?:\.\d+)?)")
TAGGED = re.compile(r"github\.com/[\w.-]+/[\w.-]+/(?:blob|tree|releases/tag)/(?:docker-)?v?(?P<number>\d+\.\d+[\w.-]*)")
THREAD = re.compile(
    r"github\.com/[\w.-]+/[\w.-]+/(?:(?:pull|issues|discussions)/\d|commit/[0-9a-f]{7}|security/advisories/GHSA)"
)
DOCUMENTED = {
    "engine": re.compile(r"docker/cli/blob/v[\d.]+/docs/deprecated\.md"),  # its table has the releases
    "API": re.compile(r"docs\.docker\.com/reference/api/engine/version-history|/CHANGELOG\.md|/version-history\.md"),
    "Desktop": re.compile(r"docs\.docker\.com/"),
    "Linux": re.compile(r"man7\.org|git\.kernel\.org|github\.com/torvalds/linux"),
}


@dataclass(frozen=True)
class Named:
    """A version as a unit names it.

    of: "engine" (its CLI as well), "API", "date", "every" or a product; turns: whether the words say that something is
    otherwise from it on, or, if last, after it.
    """

    of: str
    words: str
    numbers: tuple[int, ...] = ()
    turns: bool = False
    last: bool = False

    @property
    def first(self) -> tuple[int, ...]:
        """The first version for which it is otherwise."""
        return (*self.numbers[:-1], self.numbers[-1] + 1) if self.last else self.numbers

    @property
    def whole(self) -> bool:
        """Whether a generation is named, not a release of one."""
        return len(self.numbers) == 1 or self.numbers[1:] == (0,)

    def same(self, other: Named) -> bool:
        if self.of != other.of or not self.numbers:
            return self.words == other.words
        return self.numbers == other.numbers or self.first == other.first


@dataclass(frozen=True)
class Unit:
    """A sentence, heading, cell or item. links: those in it, for a cell also its row's; code: its words in code; head:
    whether it stands over what backs it."""

    line: int
    start: int
    text: str
    links: tuple[str, ...]
    code: tuple[str, ...]
    head: bool = False

    @property
    def named(self) -> list[Named]:
        return list(dict.fromkeys(named(self.text)))


def named(text: str) -> Iterator[Named]:
    """The versions and dates in a text without code and addresses."""
    if every := EVERY.search(text):
        yield Named("every", every[0])
        text = EVERY.sub("", text)
    korean = bool(re.search(r"[가-힣]", text))
    for match in NUMBER.finditer(text):
        number, before, after = match["number"], text[: match.start()], text[match.end() :]
        product = PRODUCT.search(before)
        of = _of(number, product)
        if not of and "." in number and ENGINE.search(before):  # Docker 1.9
            of = "engine"
        if not of and GENERATION.fullmatch(number) and text.strip() != number:
            beside = product and " " not in product[0][:-1]
            fits = PARTICLE.match(after) if korean else BEHIND.search(before) and not UNIT.match(after)
            of = "engine" if ENGINE.search(before) or (fits and not beside) else ""
        if not of and product and match[0] != number:  # Compose v5
            of = product["name"]
        last = bool(LAST_KO.match(after) if korean else LAST.search(before))
        turns = last or bool(TURN_KO.match(after) if korean else TURN.search(before))
        if of == "date":
            if number not in NO_CLAIM and not re.search(r"(?:CVE|RFC)[- ]$", before):
                yield Named("date", number)
        elif of:
            words = number if of == "engine" else f"{of} {number}"
            yield Named(of, words, tuple(int(part) for part in number.split(".")), turns, last)


def _of(number: str, product: re.Match[str] | None) -> str:
    """What a number is a version of that says so by its form, or with the name before it."""
    if "." in number and product and product[0][:3].upper() != "API" and not RELEASE.fullmatch(number):
        return product["name"] or "Linux"
    forms = {"date": YEAR, "API": API, "engine": RELEASE, "Compose": COMPOSE, "Desktop": DESKTOP}
    return next((of for of, form in forms.items() if form.fullmatch(number)), "")


def units(page: Page) -> list[Unit]:
    """What a page says, in pieces that each stand for themselves; fences, comments and the front matter are none."""
    text = without(COMMENT, blanked(page.text, [(0, page.body), *fences(page)], " "), " ")
    found: list[Unit] = []
    block, start, at = "", 0, 0
    lines = text.split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        alone = TITLE.match(line) or ALONE.match(line)
        if block.strip() and line.strip() and not alone and not ITEM.match(line):
            block += "\n" + line
        else:
            found += _pieces(page, block, start)
            block, start = line, at
        if alone:
            head = "|" not in line or ("-" in following and HEAD_RULE.fullmatch(following))
            found += _pieces(page, block, start, bool(head))
            block = ""
        at += len(line) + 1
    return found + _pieces(page, block, start)


def _pieces(page: Page, block: str, at: int, head: bool = False) -> list[Unit]:
    row = block.lstrip().startswith("|")
    bare = CODE.sub(lambda match: "\0" * len(match[0]), block)
    bare = ANCHOR.sub(lambda match: "\0" * len(match[0]), bare)
    shown = LINK.sub(lambda match: "]" + "\0" * (len(match[0]) - 1), bare)
    ends = [match.end() for match in (re.finditer(r"\|", bare) if row else SENTENCE.finditer(shown))]
    found = []
    for start, end in itertools.pairwise([0, *ends, len(block)]):
        words = shown[start:end].replace("\0", "").strip(" |\n")
        links = tuple(match["to"] for match in LINK.finditer(bare if row else bare[start:end]))
        code = tuple(word for match in CODE.finditer(block[start:end]) for word in match["code"].split())
        if words:
            found.append(Unit(page.line(at + start), at + start, words, links, code, head))
    return found


@dataclass
class Place:
    """A page, what was recorded of it, and where its links find others: by the path, as it is written there."""

    page: Page
    recordings: Recordings | None
    other: Callable[[str], Place | None] = field(default=lambda path: None)

    @cached_property
    def units(self) -> list[Unit]:
        return units(self.page)

    @cached_property
    def headings(self) -> list[tuple[int, int, str]]:
        return headings(self.page)

    def section(self, offset: int) -> range:
        """The section around an offset: from its heading to the next that is not below it."""
        above = [index for index, (start, _, _) in enumerate(self.headings) if start <= offset]
        if not above:
            return range(len(self.page.text))
        return section(self.headings, above[-1], self.page)

    def findings(self) -> list[str]:
        """Each version without proof, as `file:line: version: what would prove it: sentence`."""
        return [f"{self.page.path}:{unit.line}: {one.words}: {wanted(one)}: {unit.text!r}"
                for unit in self.units for one in unit.named if not self.proven(one, unit)]  # fmt: skip

    def proven(self, one: Named, unit: Unit) -> bool:
        where = self.section(unit.start)
        if any(is_source(link, one) for link in unit.links) or self.ran(one, where, unit):
            return True
        if LABEL.fullmatch(unit.text):
            return self.ran_on(one)
        if unit.head:
            return any(self.proven(one, other) for other in self.units if other.start in where and not other.head)
        return any(self.proven_at(one, link, unit) for link in unit.links if "://" not in link)

    def proven_at(self, one: Named, link: str, unit: Unit) -> bool:
        """Whether the place that a link leads to proves it."""
        path, _, anchor = link.partition("#")
        place = self.other(path) if path else self
        start = place and next((at for at, _, name in place.headings if name == anchor), None if anchor else 0)
        if place is None or start is None:
            return False
        where = place.section(start)
        there = [other for other in place.units if other.start in where and any(map(one.same, other.named))]
        return place.ran(one, where, unit) or any(
            place.ran_on(one) if LABEL.fullmatch(other.text) else any(is_source(to, one) for to in other.links)
            for other in there
        )

    def ran_on(self, one: Named) -> bool:
        """Whether the page was recorded on that engine."""
        return any(_begins(version, one.numbers) for version in self.versions("engine").values())

    def versions(self, of: str) -> dict[str, tuple[int, ...]]:
        """Of each recording, the version of the engine or another part; without those that do not say."""
        found = self.recordings.engines.items() if self.recordings else ()
        engines = {name: recording.engine for name, recording in found}
        known = {name: engine["version"] if of == "engine" else engine.get("parts", {}).get(of, "")
                 for name, engine in engines.items()}  # fmt: skip
        return {name: version_numbers(version) for name, version in known.items() if version}

    def ran(self, one: Named, where: range, unit: Unit) -> bool:
        """Whether steps of a section prove it."""
        if not self.recordings or one.of == "date":
            return False
        indexes = [index for index, step in enumerate(self.page.recorded) if step.start in where and step.runs]
        if one.of == "every":
            results = (self.recordings.of_step(index).values() for index in indexes)
            return any(not any(result.skipped for result in step) for step in results)
        if one.of == "API" and any(self._tells(index, one.words.removeprefix("API ")) for index in indexes):
            return True
        if any(self._differ(older, newer, indexes, unit) for older, newer in sides(one, self.versions(one.of))):
            return True
        hosts = {self.page.engines.get(self.page.host_of(self.page.recorded[index]), "") for index in indexes}
        hosts = {engine or next(iter(self.recordings.engines)) for engine in hosts}
        return bool(self.page.engines) and any(sides(one, {engine: version_numbers(engine) for engine in hosts}))

    def _tells(self, index: int, version: str) -> bool:
        """Whether a step asks with a version of the API, or prints it."""
        texts = (result.text() for result in self.recordings.of_step(index).values())
        said = "\n".join([self.page.recorded[index].source, *texts])
        return bool(re.search(rf"(?<![\d.]){re.escape(version)}(?!\.?\d)", said))

    def _differ(self, older: str, newer: str, indexes: list[int], unit: Unit) -> bool:
        """Whether a step differs; those that only one of the two runs are halves of one that both do."""
        alone: set[str] = set()
        for index in indexes:
            step, results = self.page.recorded[index], self.recordings.of_step(index)
            ran = {name: results[name] for name in (older, newer) if not results[name].skipped}
            if len(ran) < 2:
                alone |= set(ran)
            elif _told_apart(step) or _unlike(ran[older], ran[newer], unit):
                return True
        return alone == {older, newer}


def _told_apart(step: Step) -> bool:
    """Whether a hidden check says by itself what older and newer engines have to do."""
    return step.hidden and bool(re.search(r"-(?:ge|gt|lt|le) +\d\d", step.source))


def _unlike(mine: Result, theirs: Result, unit: Unit) -> bool:
    """Whether two results differ: in what they printed, or in a line of what they changed with a word of the unit's."""
    lines = set(mine.changes) ^ set(theirs.changes)
    changed = any(len(word) > 3 and word in line for line in lines for word in unit.code)
    return changed or (mine.status, mine.texts()) != (theirs.status, theirs.texts())


def sides(one: Named, versions: dict[str, tuple[int, ...]]) -> Iterator[tuple[str, str]]:
    """The pairs of engines, older and newer, whose difference proves a version."""
    ordered = sorted((version, engine) for engine, version in versions.items())
    for (below, older), (above, newer) in itertools.combinations(ordered, 2):
        here = [_begins(version, one.numbers) for version in (below, above)]
        next_to = above[0] - below[0] == 1 or one.of != "engine"
        turns = below[: len(one.first)] < one.first <= above[: len(one.first)]
        if (one.turns and turns and next_to and one.whole) or (any(here) and not all(here) and not one.turns):
            yield older, newer


def is_source(link: str, one: Named) -> bool:
    """Whether an address is a source of what is told of a version."""
    if one.of == "every" or not re.match(r"https?://", link):
        return False
    if one.of == "date" or THREAD.search(link):
        return True
    if one.of in DOCUMENTED and DOCUMENTED[one.of].search(link):
        return True
    if notes := NOTES.search(link):
        generation = version_numbers(notes["number"])[:1]
        return one.of == "API" or (one.of == "engine" and generation in (one.numbers[:1], one.first[:1]))
    if not (tag := TAGGED.search(link)):
        return False
    version = version_numbers(tag["number"])
    before = one.turns and one.whole and version[0] in (one.first[0] - 1, 20 if one.first[0] == 23 else 0)
    return one.of in ("API", "Linux") or before or any(_begins(version, n) for n in (one.numbers, one.first))


def _begins(version: tuple[int, ...], numbers: tuple[int, ...]) -> bool:
    return version[: len(numbers)] == numbers


def wanted(one: Named) -> str:
    """What would prove it."""
    if one.of == "date":
        return "link what says so"
    if one.of == "every":
        return "run a step on every engine in this section"
    return "link its release note, pull request or a line of its source, or run a step on both sides in this section"
