"""make new PAGE=network/x: a page in both languages that passes, in both navigations, ready to be changed.

usage: new.py NAME ; NAME is the page's path below docs/ko without .md, in small letters, digits and hyphens.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from macros.page.reader import parse

ROOT = Path(__file__).resolve().parents[2]
NAVIGATION = {"ko": "mkdocs.yml", "en": "mkdocs.en.yml"}
TITLES = {"ko": "새 페이지 {slug}", "en": "New page {slug}"}
PAGES = {
    "ko": """\
---
description: 이 페이지에서 무엇을 확인하는지 한 문장으로 적으세요.
---

# {title} {{#{slug}}}

이 페이지를 마치면 무엇을 할 수 있는지 적으세요.

## 첫 번째 명령 {{#first}}

아래 명령은 일회용 도커 호스트에서 그대로 실행되고, 출력은 `make record`가 채웁니다.

```bash
docker network create {name}
docker network inspect --format '{{{{.Driver}}}}' {name}
```

## 한눈에 정리 {{#in-short}}

- 이 페이지에서 남겨 둘 것을 [보여 준 곳](#first)과 함께 적으세요.
- 하려는 일마다 무엇을 입력하는지.
- 무엇이 결과를 정하는지.

## 실습 환경 지우기 {{#clean-up}}

```bash
docker network rm {name}
```
""",
    "en": """\
---
description: Describe in one sentence what this page shows.
---

# {title} {{#{slug}}}

Describe what a reader can do after this page.

## The first command {{#first}}

The commands below are run unchanged on a throwaway Docker host, and `make record` fills in their output.

```bash
docker network create {name}
docker network inspect --format '{{{{.Driver}}}}' {name}
```

## In short {{#in-short}}

- Summarize what a reader should remember, with [where it is shown](#first).
- The command for each task.
- The rule that decides.

## Clean up {{#clean-up}}

```bash
docker network rm {name}
```
""",
}
NEXT = {"ko": "다음", "en": "Next"}


class NewPageError(ValueError):
    """The page cannot be made; the message says why and what to write instead."""


def make(name: str, root: Path = ROOT) -> list[Path]:
    """Write both pages and both navigations; returns the files. Raises NewPageError, having written nothing."""
    name = name.removeprefix("docs/ko/").removeprefix("docs/en/").removesuffix(".md")
    if not re.fullmatch(r"(?:[a-z0-9][a-z0-9-]*/)?[a-z0-9][a-z0-9-]*", name):
        raise NewPageError(
            f"PAGE={name}: expected a name such as network/mtu: one folder at most, small letters, digits and hyphens"
        )
    slug = name.rpartition("/")[2]
    content: dict[Path, str] = {}
    for lang, file in NAVIGATION.items():
        page = root / "docs" / lang / f"{name}.md"
        if page.exists():
            raise NewPageError(f"{page.relative_to(root)}: there is such a page already; take another name or edit it")
        title = TITLES[lang].format(slug=slug)
        nav = listed((root / file).read_text(encoding="utf-8"), file, name, title)
        text = PAGES[lang].format(title=title, slug=slug, name=f"{slug}-net")
        content |= {page: text, root / file: nav} | chained(root / "docs" / lang, nav, name, text, lang)
    for path, text in content.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(content)


def listed(text: str, file: str, name: str, title: str) -> str:
    """The configuration with the page after the last one of its folder, or in a section of its own at the end."""
    begin = re.search(r"(?m)^nav:\n", text)
    if not begin:
        raise NewPageError(f"{file}: expected a line `nav:`, found none")
    end = re.compile(r"(?m)^(?=[^\s#-])").search(text, begin.end())
    nav = text[begin.end() : end.start() if end else len(text)]
    folder = name.rpartition("/")[0]
    entries = [match for match in re.finditer(r"(?m)^(?P<indent> *- ).*: (?P<page>\S+)\.md$", nav)]
    if name in [match["page"] for match in entries]:
        raise NewPageError(f"{file}: {name}.md is in the navigation already; take another name")
    beside = [match for match in entries if match["page"].rpartition("/")[0] == folder]
    if beside:
        at, added = beside[-1].end(), f"\n{beside[-1]['indent']}{title}: {name}.md"
    else:
        at, added = len(nav.rstrip()), f"\n  - {folder}:\n      - {title}: {name}.md"
    nav = nav[:at] + added + nav[at:]
    return text[: begin.end()] + nav + text[end.start() if end else len(text) :]


def chained(folder: Path, nav: str, name: str, text: str, lang: str) -> dict[Path, str]:
    """The new page and the one before it, each with a last line that leads to the page after it in the navigation."""
    order = [page for page in re.findall(r"(?m)^ *- .*: (\S+)\.md$", nav) if page != "index"]
    at = order.index(name)
    beside = [page for page in order[at - 1 : at + 2] if page != name]
    texts = {page: (folder / f"{page}.md").read_text(encoding="utf-8") for page in beside} | {name: text}
    found = {}
    for page, after in zip(order[at - 1 :], order[at : at + 2], strict=False):
        title = parse(texts[after], after).title["words"]
        address = os.path.relpath(f"{after}.md", os.path.dirname(page) or ".")
        kept = re.sub(rf"\n*^{NEXT[lang]}: .*\s*\Z", "\n", texts[page], flags=re.MULTILINE)
        found[folder / f"{page}.md"] = f"{kept}\n{NEXT[lang]}: [{title}]({address})\n"
    return found


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not arguments[0]:
        print("expected the name of the page; run: make new PAGE=network/x")
        return 2
    try:
        made = make(arguments[0])
    except NewPageError as error:
        print(error)
        return 1
    for path in made:
        print(f"wrote {path.relative_to(ROOT)}")
    korean = made[0].relative_to(ROOT)
    print(f"next: edit both pages and their titles in the navigation, then make record PAGE={korean}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
