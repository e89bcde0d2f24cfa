"""One word for one thing, one register on a page: what the Korean and the English pages do not say."""

from __future__ import annotations

import functools
import re

import pytest

from macros.page.reader import parse
from macros.page.steps import FRONT_MATTER
from macros.site import library
from macros.words import catalog
from tests.tools.prose import CODE, COMMENT, blanked, fences, without

DOCS = library.ROOT / "docs"
KOREAN_FILES = [library.ROOT / "README.ko.md", library.ROOT / ".github/CONTRIBUTING.ko.md"]
ENGLISH_FILES = [library.ROOT / "README.md", library.ROOT / ".github/CONTRIBUTING.md"]
PAGES = {lang: sorted((DOCS / lang).glob("**/*.md")) for lang in ("ko", "en")}

# What is not written, and what is instead. These hold everywhere on a page, comments in fences included.
KOREAN = {
    r"브릿지": "브리지",
    r"디렉토리": "디렉터리",
    r"(?<![가-힣])(?:파워|배시|배쉬)?쉘(?!터|프|링|비|리)": "셸",
    r"(?<![가-힣])라벨": "레이블",
    r"포트 ?포워딩": "포트 게시",
    r"퍼블리시|퍼블리쉬": "게시",
    r"콘테이너": "컨테이너",
    r"(?:도커|컨테이너)라이[즈징]": "컨테이너로 만들다",
    r"메세지": "메시지",
    r"어플리케이션": "애플리케이션",
    r"릴리즈": "릴리스",
    r"네트웍": "네트워크",
    r"게이트 웨이": "게이트웨이",
    r"엔드 포인트|끝점": "엔드포인트",
    r"네임 스페이스": "네임스페이스",
    r"사용자 지정 브리지|커스텀 브리지": "사용자 정의 브리지",
    r"디폴트": "기본",
    r"명명된 볼륨|네임드 볼륨": "이름 있는 볼륨",
    r"(?:레포|리포|레파)지토리": "리포지터리",
    r"매스커레이딩|마스쿼레이딩": "마스커레이딩",
    r"프락시": "프록시",
    r"화일": "파일",
    r"데이타": "데이터",
    # What no engineer says, though each is Korean: a program listens, packets reach, a kernel refuses.
    r"(?<![가-힣])(?:듣[고는던지기거더습]|들을 때|들으[면며려니])": "수신 대기하다(listen), 효과가 있다",
    r"닿": "접속하다, 도달하다, 통신하다, 접근하다",
    r"(?<![가-힣])(?:나른|나르|나릅|날랐)": "전달하다, 처리하다",
    r"(?<![가-힣])(?:외[우워운울웁]|외웠)": "기억해 두다, 캐시하다",
    r"까닭": "이유, 원인",
    r"(?<![가-힣])견[주준줄줍줘줬]": "비교하다",
    r"거절": "거부",
    r"허락": "허용",
    r"(?<![가-힣])따위": "등",
    r"셈 치|[은는] 셈입니다": "가정하다, 마찬가지이다",
    r"[가-힣](?:으로|로|도) (?:칩니다|치[고지며므])": "간주하다",
    r"(?<![가-힣])그냥": "따로 …하지 않으면",
    r"계수기": "카운터",
    r"(?<![가-힣])주인(?!공)": "소유자(파일), 사용하는 컨테이너(볼륨)",
    r"(?<![가-힣])(?:부탁|이야기)": "요청하다, 통신하다, 설명",
    r"[을를] (?:부르|부릅|부른|불렀|불러(?![오온옵왔]))": "접속하다, 호출하다, 요청하다",
    r"[가-힣\d]로 말[하합]": "쓰다, 요청하다",
    r"정적 (?:IP|주소)|고정 주소": "고정 IP",
    # Things are not spoken to: 에, not 에게.
    r"(?:엔진|드라이버|커널|데몬|서버|호스트|컨테이너|네임스페이스|클라이언트|프로그램|프로세스|스위치|도커)"
    r"(?:에게|한테)": "…에, …에서",
    # Whether the version counts, a reader cannot know.
    r"(?<=[\d)]) ?이전(?=[의에은까 ]|$)": "…보다 오래된, … 미만, … 전",
    r"때에[는도]": "때는, 때도",
    # 0 is read as 영: docker0이, docker0은, docker0을, docker0과, docker0으로.
    r"(?:docker|eth|lan|vpn)0[`*]*(?:가|는|를|와|나|로|라는|라고)(?![가-힣])": "docker0이, 은, 을, 과, 으로",
    r"정리하기 \{#clean-up\}": "실습 환경 지우기 {#clean-up}",
    # Of addresses only 0.0.0.0, which a program is told, is code: the others stand as they are.
    r"`(?!0\.0\.0\.0`)\d{1,3}(?:\.\d{1,3}){3}(?:/\d+)?`": "the address without backquotes",
}
ENGLISH = {
    r"\bport[- ]forwarding\b": "port publishing",
    r"\b(?:dockeri[sz]|containeri[sz])(?:e[sd]?|ing|ation)\b": "put into a container",
    r"\buser defined (?:bridge|network)": "user-defined",
    r"\b(?:sub-net|sub-network)s?\b": "subnet",
    r"\bname[- ]space": "namespace",
    r"\b(?:black|white)list": "blocked, allowed",
    r"\b(?:(?:seamless|effortless|blazing)(?:ly)?|powerful|simply)\b": "nothing: it sells",
    r"\b(?:leverag|utili[sz])(?:e[sd]?|ing)\b": "use",
    # Words that nobody searches for, and the plain ones.
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"\banew\b": "again, recreate",
    r"\b(?:brings?|brought|bringing) about\b": "cause, reproduce",
    r"\bwait(?:s|ed|ing)? at\b": "listen on",
    r"(?<!terms )(?<!ease )\bof (?:no |any |some )?use\b": "useful, does not help",
    r"\bshall\b": "has to, should",
    r"\bfor want of\b": "because there is no",
    r"\b(?:can(?:not)?|could(?: not)?|to) be had\b": "is or is not available",
    r"\bplays? (?:an?|the|another) (?!role\b|part\b)": "simulates, stands in for",
    r"\bthe outside\b(?! world\b| of\b)": "other machines, outside the host",
    r"\b(?:without a word|in silence|says? nothing)\b": "silently",
    r"\ball the same\b": "still",
    r"\bby way of\b": "through",
    r"\bno more than an?\b": "only",
    r"\bthe very\b": "the same, exactly",
    r"\b(?:some|no)body\b": "a program, a user, nothing",
    r"(?<!reaches )\bwhom\b": "which",
    r"\b(?:is|are|was|were) settled\b": "is fixed",
    r"\btakes? (?:a|no) (?:restart|rule)\b": "requires",
    r"\bplug(?:s|ged|ging)? (?:(?:a|an|it|one|them) )?(?:\w+ )?into\b": "connect, attach",
    r"\b(?:hands?|handed|handing) (?:over|on)\b": "redirect, forward",
    r"\b(?:old|older|earlier) material\b": "older tutorials",
    r"\bhost names?\b": "hostname",
    r"\bfor ever\b": "forever",
    r"\b(?-i:Internet)\b(?! Assigned)": "internet",
    # One spelling: that of the United States, as in Docker's documentation.
    r"\b(?:neighbour|behaviour|colour|favour|cent(?:re|red)\b|licence|catalogue|artefact|grey\b)": "the US spelling",
    r"\b(?:recogni|organi|summari|initiali|optimi|customi|synchroni|normali)s(?:e[sd]?|ing|ation)\b": "-ize",
    r"\b(?:misspelt|learnt|whilst|amongst)\b": "misspelled, learned, while, among",
    r"\b(?:half-way|look-ups?|start-up)\b": "one word",
}

# 한다체 is 다 after anything but a syllable that ends in ㅂ and 니 (합니다, 입니다, 습니다); see polite().
STATEMENT = re.compile(r"(?P<before>[가-힣]{0,2})다(?=[.!?]|$)")
# ~음, ~됨; and, where a full stop says that it is a sentence, ~함 and ~임, which many nouns end in too.
NOUN_ENDING = re.compile(
    r"(?:[있없같않많좋었았였했됐겠]음|[가-힣]+됨)(?=[.!]|$)|(?:[가-힣]+함|(?<![책타레게모방위쓰직])임)(?=[.!])"
)
OTHER_ENDING = re.compile(r"(?:[해돼와봐줘어아여워려예에]요|[가-힣]죠|십시오)(?=[.!?]|$)")
# Emphasis between a word and its bracket is none of the reader's business: **게이트웨이**(gateway).
BOTH_NAMES = re.compile(r"[가-힣][*_]{0,3}\((?P<english>[A-Za-z][A-Za-z0-9 /·-]*)\)")

TABLE = re.compile(r"(?m)^[ \t]*\|.*$")
# A cell of a table is not a sentence: 남음, 지워짐, 접속됨, and no full stop, but the one of an abbreviation (No.).
CELL = {"ko": re.compile(r"니다|세요|\.(?=[ \t]*\|)"), "en": re.compile(r"(?<=\w{3})\.(?=[ \t]*\|)")}
QUOTED = re.compile(r"“[^”\n]*”|「[^」\n]*」|\"[^\"\n]*\"|'[^'\n]*'")


# What people type instead of a page's own words, for the search alone.
ASKED = re.compile(r"(?m)(?<=^asked:\n)(?:  .*\n)+")


def findings(text: str, shown: str, lang: str) -> list[str]:
    """What is wrong with the page `text`, each as `file:line: what`, in the order of the lines."""
    text = without(ASKED, text)
    words, searched = (KOREAN, text) if lang == "ko" else (ENGLISH, prose(text))
    found = [
        (match.start(), f"{match[0]!r}: write {instead}")
        for pattern, instead in words.items()
        for match in re.finditer(pattern, searched, re.IGNORECASE)
    ]
    if lang == "ko":
        found += _registers(text) + _repeated_names(text)
    return [f"{shown}:{line_of(text, offset)}: {message}" for offset, message in sorted(found)]


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


@functools.cache
def prose(text: str) -> str:
    """The page with fences, comments and inline code blanked out: every character stays where it was."""
    return without(CODE, without(COMMENT, blanked(text, fences(parse(text, "")))))


def _registers(text: str) -> list[tuple[int, str]]:
    """Sentences of running text, headings and lists that do not end as 합니다체 does."""
    text = prose(text)
    for pattern in (TABLE, QUOTED):
        text = without(pattern, text)
    found = []
    for start, line, last, heading in _lines(text):
        for pattern in (STATEMENT, OTHER_ENDING) if heading else (STATEMENT, NOUN_ENDING, OTHER_ENDING):
            for match in pattern.finditer(line):
                # Where a line ends without a full stop, a sentence ends only with the paragraph.
                if (match.end() == len(line) and not last) or (pattern is STATEMENT and polite(match["before"])):
                    continue
                found.append((start + match.start(), f"a sentence ends in '{match[0]}': write 합니다체, or ~하세요"))
    return found


def polite(before: str) -> bool:
    """Whether `before` and 다 end a sentence in 합니다체: 합니 does, 아니 and 한 do not. 다 alone is an adverb."""
    final = (ord(before[0]) - ord("가")) % 28 if before else 0
    return not before or (before[1:] == "니" and final == 17)  # ㅂ


def _lines(text: str) -> list[tuple[int, str, bool, bool]]:
    """Each line without marks at its ends, with where it begins, if a paragraph ends with it, if it is a heading."""
    found, offset = [], 0
    lines = text.split("\n")
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        last = not following.strip(" \0") or bool(re.match(r"\s*(?:[-*+#>|:!]|\d+[.)]|</?\w)", following))
        heading = line.lstrip().startswith("#")
        bare = re.sub(r"\s*\{#[\w-]+\}\s*$", "", line).rstrip(" *_")
        found.append((offset, bare, last or heading, heading))
        offset += len(line) + 1
    return found


def _repeated_names(text: str) -> list[tuple[int, str]]:
    """한글(English) once a page: from the second time on the Korean word stands alone."""
    front = FRONT_MATTER.match(text)
    body = prose(text)
    seen: set[str] = set()
    found = []
    for match in BOTH_NAMES.finditer(body):
        if front and match.start() < front.end():
            continue
        english = match["english"].casefold()
        if english in seen:
            found.append((match.start(), f"({match['english']}) again: the English name stands once, at first use"))
        seen.add(english)
    return found


@pytest.mark.parametrize(
    ("lang", "path"),
    [(lang, path) for lang, paths in PAGES.items() for path in paths]
    + [("ko", path) for path in KOREAN_FILES]
    + [("en", path) for path in ENGLISH_FILES],
    ids=lambda value: value if isinstance(value, str) else str(value.relative_to(library.ROOT)),
)
def test_page_keeps_to_its_terms_and_its_register(lang, path):
    found = findings(path.read_text(encoding="utf-8"), str(path.relative_to(library.ROOT)), lang)
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("브릿지에 붙습니다.", ["x.md:1: '브릿지': write 브리지"]),
        ("# 제목\n\n쉘에서 배시쉘로", ["x.md:3: '쉘': write 셸", "x.md:3: '배시쉘': write 셸"]),
        ("포트 포워딩", ["x.md:1: '포트 포워딩': write 포트 게시"]),
        ("포트포워딩", ["x.md:1: '포트포워딩': write 포트 게시"]),
        ("```bash\n# 디렉토리를 봅니다\nls\n```", ["x.md:2: '디렉토리': write 디렉터리"]),
        ("라벨, 콘테이너", ["x.md:1: '라벨': write 레이블", "x.md:1: '콘테이너': write 컨테이너"]),
        ("쉘터와 미쉘, 슬라벨, 셸, 레이블은 맞는 말입니다.", []),
        ("80번을 듣는 서버", ["x.md:1: '듣는': write 수신 대기하다(listen), 효과가 있다"]),
        ("`docker0`가 엔진에게", ["x.md:1: 'docker0`가': write docker0이, 은, 을, 과, 으로",
                               "x.md:1: '엔진에게': write …에, …에서"]),
        ("[28.0](x) 이전의 엔진", ["x.md:1: ' 이전': write …보다 오래된, … 미만, … 전"]),
        ("`docker0`이 커널에 요청을 받아들이게 하고, 손님에게 만들 때와 거치는 길을 설명합니다. 이전 값, 외부.", []),
    ],
)
def test_forbidden_word_has_its_line(text, expected):
    assert findings(text, "x.md", "ko") == expected


def test_messages_keep_to_the_terms():
    text = (library.ROOT / "macros/words.yml").read_text(encoding="utf-8")
    assert [match[0] for pattern in KOREAN for match in re.finditer(pattern, text)] == []


@pytest.mark.parametrize(
    "ending",
    ["통신한다.", "주소이다.", "거부된다.", "있다.", "없다.", "아니다.", "무시했다.", "바뀌지 않는다", "쓸 수 있음",
     "삭제함.", "주소임.", "됩니다. 또 된다. 그렇습니다.", "해 봐요.", "써 주어요", "사용하십시오."],
)
def test_other_register_fails(ending):
    (finding,) = findings(f"맞습니다.\n\n- 컨테이너는 {ending}\n", "x.md", "ko")
    assert finding.startswith("x.md:3: ")


@pytest.mark.parametrize(
    "text",
    [
        "컨테이너입니다. 주소가 있습니다. 아닙니다! 하세요. 필요할까요?",
        "| 상태 | 뜻 |\n|---|---|\n| `Up` | 실행 중이다 |",
        "`없다.` 같은 코드와 “그렇게 한다.” 같은 인용은 그대로 둡니다.",
        "```bash\n# 확인한다.\ntrue\n```",
        "<!-- 설명이다. -->\n컨테이너의 이름. 그다음 프로그램.",
        "\"버린다\"라는 뜻이며, 예전보다\n빠르고 이보다 낫습니다.",
        "## 네트워크 없음 {#none}\n\n이 책임. 런타임. 움직임.",
    ],
)
def test_right_register_passes(text):
    assert findings(text, "x.md", "ko") == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("브리지(bridge)는 스위치입니다.\n\n이 브리지(bridge)에 붙습니다.", [3]),
        ("**게이트웨이**(gateway)\n게이트웨이(Gateway)", [2]),
        ("# 브리지(bridge) {#bridge}\n\n`브리지(bridge)`, 서브넷(subnet)", []),
        ("---\ndescription: 브리지(bridge)\n---\n\n브리지(bridge)", []),
    ],
)
def test_both_names_stand_together_once(text, lines):
    assert [int(finding.split(":")[1]) for finding in findings(text, "x.md", "ko")] == lines


def sentences_in_tables(text: str, lang: str) -> list[tuple[int, str]]:
    return [
        (line_of(text, row.start()), row[0])
        for row in TABLE.finditer(prose(text))
        for _ in CELL[lang].finditer(row[0])
    ]


@pytest.mark.parametrize(
    ("lang", "path"),
    [(lang, path) for lang, paths in PAGES.items() for path in paths],
    ids=lambda value: value if isinstance(value, str) else str(value.relative_to(library.ROOT)),
)
def test_tables_have_no_sentences(lang, path):
    assert not sentences_in_tables(path.read_text(encoding="utf-8"), lang)


@pytest.mark.parametrize(
    ("lang", "row", "count"),
    [
        ("ko", "| 멈춤 | 남습니다 | `합니다.` |", 1),
        ("ko", "| 멈춤 | 남음. 다시 만들면 지우세요. |", 2),
        ("ko", "| 멈춤 | 남음. 다시 만들면 지워짐 |", 0),
        ("en", "| stopped | It stays. | gone |", 1),
        ("en", "| No. | It stays. Until then it is gone |", 0),
    ],
)
def test_a_cell_of_a_table_is_not_a_sentence(lang, row, count):
    assert len(sentences_in_tables(row, lang)) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Port forwarding, then\ndockerize it.", 2),
        ("`port forwarding` in code, port publishing in prose.", 0),
        ("Mend it: make the network anew. `--force` is of no use here.", 3),
        ("Of these, use the first. The terms of use changed, and a proxy plays a role.", 0),
        ("A namespace plays the outside, and nobody waits at port 80.", 4),
        ("It amends the file and recommends a fix. The outside world, and the outside of a switch.", 0),
        ("The address cannot be had: it is settled at start, and takes a restart.", 3),
        ("The neighbour has a host name on the Internet, misspelt.", 4),
        ("IANA (Internet Assigned Numbers Authority), a neighbor and its hostname, misspelled. Who reaches whom?", 0),
        ("```bash\n# Mend it anew\ntrue\n```\n\n<!-- step: id=neighbour -->", 0),
    ],
)
def test_english_words(text, count):
    assert len(findings(text, "x.md", "en")) == count


def test_what_readers_see_beside_the_pages_keeps_to_the_english_words_too():
    texts = [(f"{section}.{key}", text["en"]) for section, keys in catalog().items() for key, text in keys.items()]
    assert not [found for name, text in texts for found in findings(text, name, "en")]


def tables(lang: str) -> list[list[list[str]]]:
    """The rows of each table of the glossary, without its head and without the anchors of its terms."""
    text = (DOCS / lang / "glossary.md").read_text(encoding="utf-8")
    found = re.findall(r"(?:^\|.*\n)+", re.sub(r"\*\*(.+?)\*\*\{#[\w-]+\}", r"\1", text), re.MULTILINE)
    return [[line.strip("| ").split(" | ") for line in table.splitlines()[2:]] for table in found]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_glossary_is_sorted_for_its_language_and_goes_both_ways(lang):
    terms, others = tables(lang)
    in_order = {"ko": sorted, "en": lambda rows: sorted(rows, key=lambda row: row[0].casefold())}
    assert terms == in_order[lang](terms)
    assert others == in_order["en" if lang == "ko" else "ko"](others)
    assert sorted([other, term] for term, other, _ in terms) == sorted(others)


def test_both_languages_have_the_same_glossary():
    assert sorted([ko, en] for ko, en, _ in tables("ko")[0]) == sorted([ko, en] for en, ko, _ in tables("en")[0])


def test_the_terms_of_both_glossaries_have_the_same_anchors():
    anchors = {lang: re.findall(r"\*\*\{#([\w-]+)\}", (DOCS / lang / "glossary.md").read_text(encoding="utf-8"))
               for lang in ("ko", "en")}  # fmt: skip
    assert len({*anchors["ko"]}) == len(anchors["ko"]) == len(tables("ko")[0])
    assert {*anchors["ko"]} == {*anchors["en"]}
