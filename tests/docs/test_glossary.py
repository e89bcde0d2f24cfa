"""Where a page first uses a term that needs an explanation, the term leads to one: in the glossary or in a lesson."""

from __future__ import annotations

import re

import pytest

from macros.page.reader import parse
from macros.site import library
from tests.tools.prose import CODE, COMMENT, HEADING, blanked, fences, without

DOCS = library.ROOT / "docs"
# Anchor in the glossary -> how the term is written.
TERMS = {
    "ko": {
        "user-defined-bridge-network": r"사용자 정의 (?:브리지 )?네트워크|사용자 정의 브리지",
        "network-namespace": r"네트워크 네임스페이스",
        "mount-namespace": r"마운트 네임스페이스",
        "nat": r"(?<![A-Za-z])NAT(?![A-Za-z])",
        "dnat": r"(?<![A-Za-z])DNAT(?![A-Za-z])",
        "chain": r"체인",
        "ipam": r"(?<![A-Za-z])IPAM(?![A-Za-z])",
        "endpoint": r"엔드포인트",
        "conntrack": r"연결 추적|(?<![A-Za-z])conntrack(?![A-Za-z])",
        "inode": r"아이노드",
    },
    "en": {
        "user-defined-bridge-network": r"\b[Uu]ser-defined (?:bridges?(?: networks?)?|networks?)\b",
        "network-namespace": r"\b[Nn]etwork namespaces?\b",
        "mount-namespace": r"\b[Mm]ount namespaces?\b",
        "nat": r"\bNAT\b",
        "dnat": r"\bDNAT\b",
        "chain": r"\b[Cc]hains?\b",
        "ipam": r"\bIPAM\b",
        "endpoint": r"\b[Ee]ndpoints?\b",
        "conntrack": r"\bconntrack\b|\b[Cc]onnection tracking\b",
        "inode": r"\b[Ii]nodes?\b",
    },
}
PAGES = [(lang, path) for lang in TERMS for path in sorted((DOCS / lang).glob("**/*.md")) if path.stem != "glossary"]
LINK = re.compile(r"(?<!!)\[(?:[^\[\]\n]|\[[^\]\n]*\])*\]\([^)\s]+\)")
ADDRESS = re.compile(r"\]\([^)\s]*\)(?:\{[^}\n]*\})?")


def firsts(text: str, lang: str) -> dict[str, tuple[int, int, bool]]:
    """Of each term on a page, where it first stands in the text that a reader reads, and whether it leads anywhere.

    Front matter, headings, code, comments and fences are no such text.
    """
    page = parse(text, "")
    read = blanked(text, [(0, page.body), *fences(page)])
    for pattern in (COMMENT, HEADING, CODE):
        read = without(pattern, read)
    links = [match.span() for match in LINK.finditer(text)]
    read, found = without(ADDRESS, read), {}
    for anchor, pattern in TERMS[lang].items():
        if match := re.search(pattern, read):
            linked = any(start <= match.start() < end for start, end in links)
            found[anchor] = (*match.span(), linked)
    return found


def test_a_term_in_code_is_none_and_one_in_a_link_leads_on():
    text = "# DNAT {#d}\n\nSee `DNAT` and [the chain](x.md). A chain, NAT.\n"
    assert {anchor: (text[start:end], linked) for anchor, (start, end, linked) in firsts(text, "en").items()} == {
        "chain": ("chain", True), "nat": ("NAT", False)}  # fmt: skip


@pytest.mark.parametrize(("lang", "path"), PAGES, ids=lambda one: one if isinstance(one, str) else one.stem)
def test_the_first_use_of_a_term_leads_to_its_explanation(lang, path):
    text = path.read_text(encoding="utf-8")
    wrong = [f"{path.relative_to(library.ROOT)}:{text.count(chr(10), 0, start) + 1}: {text[start:end]!r} is no link; "
             f"its term is glossary.md#{anchor}"
             for anchor, (start, end, linked) in firsts(text, lang).items() if not linked]  # fmt: skip
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("lang", TERMS)
def test_the_glossary_has_these_terms(lang):
    text = (DOCS / lang / "glossary.md").read_text(encoding="utf-8")
    assert {*TERMS[lang]} <= {*re.findall(r"\{#([\w-]+)\} \|", text)}
