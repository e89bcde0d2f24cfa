"""The site shell, without Docker: two languages from one build, no other hosts, strictness that holds."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import ClassVar
from urllib.parse import unquote, urljoin, urlsplit

import markdown
import pytest

from macros.site import library
from macros.site.history import last_changes
from tests.tools.building import LANGUAGES, SETTINGS, SITE_URL, built, mkdocs, small

PROJECT = library.ROOT
ENVIRONMENT = os.environ | SETTINGS
INNER = "network/bridge/"
#: A page from which nothing moved.
PLAIN = SimpleNamespace(meta={}, present_anchor_ids=set(), file=SimpleNamespace(src_uri="plain.md"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of a few pages, the same in both languages, to break."""
    names = ("index", "network/bridge", "network/host", "network/none")
    links = "".join(f"[{name}]({name}.md)\n" for name in names[1:])
    texts = {name: f"---\ndescription: d\n---\n\n# Page {name} {{#top}}\n\n" for name in names}
    texts["index"] += links
    return small(tmp_path / "project", dict.fromkeys(LANGUAGES, texts))


class Elements(HTMLParser):
    """The tags of a page with their attributes, as ``(tag, {name: value})``; what is alike is there once."""

    known: ClassVar[dict[tuple, tuple[str, dict[str, str]]]] = {}

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = (tag, {name: value or "" for name, value in attrs})
        self.found.append(self.known.setdefault((tag, *attrs), made))


@cache
def tags(page: Path) -> list[tuple[str, dict[str, str]]]:
    """Return the tags of a page, which nobody writes again, with their attributes."""
    return Elements(page.read_text("utf-8")).found


def elements(page: Path, tag: str, **attributes: str) -> list[dict[str, str]]:
    """Return the attributes of a page's elements that have this tag and these attributes."""
    return [have for name, have in tags(page) if name == tag and attributes.items() <= have.items()]


def pages(site: Path, lang: str) -> set[str]:
    """Return the addresses of a language's pages below its root, as `network/bridge/`."""
    root = site / LANGUAGES[lang]
    found = {page.parent.relative_to(root).as_posix() + "/" for page in root.rglob("index.html")}
    return {"" if page == "./" else page for page in found if lang == "en" or not page.startswith("en/")}


def served(site: Path, url: str) -> Path:
    """Return the file that a host would send for an address of the site."""
    assert url.startswith(SITE_URL), url
    path = site / unquote(urlsplit(url.removeprefix(SITE_URL)).path)
    return path / "index.html" if url.endswith("/") else path


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_build_makes_every_page_in_each_language(site: Path, lang: str) -> None:
    sources = {path.relative_to(PROJECT / "docs" / lang) for path in (PROJECT / "docs" / lang).rglob("*.md")}
    expected = {(path.parent / path.stem).as_posix() + "/" for path in sources}
    assert pages(site, lang) == {re.sub(r"(^|(?<=/))index/$", "", page) for page in expected}
    for page in pages(site, lang):
        (html,) = elements(site / LANGUAGES[lang] / page / "index.html", "html")
        assert html["lang"] == lang, page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_error_page_speaks_all_languages(site: Path, lang: str) -> None:
    page = site / LANGUAGES[lang] / "404.html"
    assert elements(page, "html")[0]["lang"] == lang
    text = page.read_text("utf-8")
    assert "페이지를 찾을 수 없습니다" in text
    assert "Page not found" in text
    homes = {served(site, urljoin(SITE_URL, link["href"])) for link in elements(page, "a")}
    assert {site / "index.html", site / "en" / "index.html"} <= homes


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_page_names_its_address_in_all_languages(site: Path, lang: str) -> None:
    for page in pages(site, lang):
        links = elements(site / LANGUAGES[lang] / page / "index.html", "link")
        alternates = {link["hreflang"]: link["href"] for link in links if "hreflang" in link}
        assert alternates == {
            "ko": SITE_URL + page,
            "en": SITE_URL + "en/" + page,
            "x-default": SITE_URL + page,
        }
        assert [link["href"] for link in links if link["rel"] == "canonical"] == [alternates[lang]]


@pytest.mark.parametrize(("lang", "other"), [("ko", "en"), ("en", "ko")])
def test_the_language_switch_stays_on_the_page(site: Path, lang: str, other: str) -> None:
    for page in pages(site, lang):
        here = LANGUAGES[lang] + page
        (switch,) = elements(site / here / "index.html", "a", hreflang=other)
        assert urljoin(SITE_URL + here, switch["href"]) == SITE_URL + LANGUAGES[other] + page
        assert served(site, urljoin(SITE_URL + here, switch["href"])).is_file()


def test_each_page_is_there_as_markdown_with_its_outputs(site: Path) -> None:
    for lang, folder in LANGUAGES.items():
        listed = re.findall(r"^- \[.+?\]\((.+?)\): \S", (site / folder / "llms.txt").read_text("utf-8"), re.MULTILINE)
        for page in pages(site, lang):
            here = SITE_URL + folder + page
            (link,) = elements(served(site, here), "link", type="text/markdown")
            address = urljoin(here, link["href"])
            assert address in listed
            text = served(site, address).read_text("utf-8")
            source = r"<!--(\[\[| step:| invisible)|^#.*\{#|^<div"
            assert text.startswith("# ") and not re.search(source, text, re.MULTILINE)
            for other in re.findall(r"\]\((https://site.invalid[^)#]+)", text):
                assert served(site, other).is_file(), f"{page}: {other}"
        assert len(listed) == len(pages(site, lang))
    text = (site / "en/network/bridge/index.md").read_text("utf-8")
    assert "docker network ls\n```\n\nOutput:\n\n```text\nNETWORK ID" in text
    assert "The container lab-hello1 is attached to the network bridge" in text  # a drawing, told in sentences


def test_each_page_with_commands_tells_how_to_get_the_lab_for_it(site: Path) -> None:
    for lang, folder in LANGUAGES.items():
        for page in pages(site, lang):
            html = served(site, SITE_URL + folder + page).read_text("utf-8")
            text = (site / folder / page / "index.md").read_text("utf-8")
            boxes = re.findall(r'</h1>\s*<div class="lab">(.*?)</div>(.*?)</div>', html, re.DOTALL)
            own = page in ("lab/", "")  # these tell it in their text
            assert len(boxes) == html.count('class="lab"') == (not own and 'class="language-' in html), page
            links = re.findall('href="(.*?)"', "".join(boxes[0])) if boxes else []
            for link in links:
                assert served(site, urljoin(SITE_URL + folder + page, link)).is_file(), f"{page}: {link}"
            several = 'class="fence-host"' in html
            command = "docker compose up -d" if several else "docker run --rm -it --privileged docker-lab"
            if 'class="language-python' in html and not several:  # typed in a second terminal
                command = "docker run --rm -it --privileged --name lab-one docker-lab\ndocker exec -it lab-one lab"
            assert len(links) == (1 + several if boxes else 0)
            shown = re.sub("<.*?>", "", "".join(boxes[0])) if boxes else ""
            assert not boxes or (command in shown and f"```bash\n{command}\n```" in text.partition("## ")[0])
        assert f"]({SITE_URL}{folder}lab/" in (site / folder / "index.md").read_text("utf-8")
    text = (site / "en/lab/index.md").read_text("utf-8")
    build = f"docker build -t docker-lab {SITE_URL}en/lab.tar.gz\ndocker run --rm -it --privileged docker-lab\n"
    shown = re.sub("<.*?>", "", served(site, f"{SITE_URL}en/lab/").read_text("utf-8"))
    assert f"```bash\n{build}```" in text and build in shown


def test_each_column_of_a_table_has_a_name(site: Path) -> None:
    for page in site.rglob("index.html"):
        text = page.read_text("utf-8")
        assert not re.search(r"<th[^>]*>\s*</th>", text), page.relative_to(site)
        assert "<th" in text or "<table" not in text


def test_shared_links_have_a_picture(site: Path) -> None:
    for lang, folder in LANGUAGES.items():
        found = elements(site / folder / INNER / "index.html", "meta")
        metas = {meta["property"]: meta["content"] for meta in found if "property" in meta}
        assert metas["og:title"] and metas["og:description"] and metas["og:url"] == SITE_URL + folder + INNER
        picture = served(site, metas["og:image"]).read_bytes()
        assert picture[:8] == b"\x89PNG\r\n\x1a\n" and lang in metas["og:image"]
        size = int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])
        assert size == (1200, 630) == (int(metas["og:image:width"]), int(metas["og:image:height"]))


def test_a_page_loads_only_styles_that_it_uses(site: Path) -> None:
    for page in site.rglob("index.html"):
        text = page.read_text("utf-8")
        head = text.partition("</head>")[0]
        assert ("--fig-text:" in head) == ('<div class="figure' in text), page
        assert (".output__text" in head) == ('class="output' in text), page
        (sheet,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', text)
        css = (page.parent / sheet).read_text("utf-8")
        assert ".md-header{" in css and "--site-line:" in css and ".output__text" not in css, page
        assert "data-md-color-switching" not in css, page
    assert "--fig-text:" not in (site / "glossary/index.html").read_text("utf-8")


def test_pages_say_when_they_were_last_changed(project: Path) -> None:
    def git(*arguments: str, date: str = "2026-01-01T00:00:00Z") -> None:
        command = ["git", "-C", str(project), "-c", "user.name=x", "-c", "user.email=x@x.invalid", *arguments]
        subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT | {"GIT_COMMITTER_DATE": date})

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "all", date="2020-02-03T00:00:00Z")
    (project / "docs/en/network/none.md").open("a").write("\nMore.\n")
    git("commit", "-q", "-a", "-m", "one")
    built(project, project / "site")
    for page in ("network/none/", "en/network/bridge/"):
        text = (project / "site" / page / "index.html").read_text("utf-8")
        assert "2020-02-03" in re.findall(r"md-source-file[^_].*?</aside", text, re.DOTALL)[0]
    assert "2020-02-03" not in (project / "site/en/network/none/index.html").read_text("utf-8")
    # The first commit of a shallow clone seems to have changed every file: no date is better than a wrong one.
    clone = project.parent / "clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", project.as_uri(), str(clone)], check=True)
    assert last_changes(clone, "docs") == {} and last_changes(project.parent, "docs") == {}
    assert last_changes(project, "docs")["docs/ko/network/none.md"] == "2020-02-03"


def test_the_sitemaps_list_each_page_with_its_twin(site: Path) -> None:
    for lang, folder in LANGUAGES.items():
        text = (site / folder / "sitemap.xml").read_text("utf-8")
        assert set(re.findall("<loc>(.*?)</loc>", text)) == {SITE_URL + folder + p for p in pages(site, lang)}
        assert f'hreflang="en" href="{SITE_URL}en/{INNER}"' in text
        assert f'hreflang="ko" href="{SITE_URL}{INNER}"' in text


def test_no_page_and_no_style_asks_another_host(site: Path) -> None:
    # What a browser fetches by itself, that is: an ordinary link may lead anywhere.
    fetching = {"link": "href", "use": "href", "image": "href", "object": "data", "form": "action"}
    own = {"canonical", "alternate", "prev", "next"}
    found: list[str] = []
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        for tag, have in tags(page):
            if tag == "link" and own & set(have.get("rel", "").split()):
                continue
            fetched = " ".join(
                have.get(name, "") for name in ("src", "srcset", "poster", fetching.get(tag, ""))
            )
            found += [f"{page.name}: {url}" for url in re.findall(r"(?:https?:)?//[^\s,]+", fetched)]
        found += [f"{page.name}: {url}" for url in re.findall(r"url\([\"']?((?:https?:)?//[^)]+)", text)]
    for style in site.rglob("*.css"):
        text = style.read_text("utf-8")
        found += [f"{style.name}: {url}" for url in re.findall(r"url\(\s*[\"']?((?:https?:)?//[^)]+)", text)]
        found += [f"{style.name}: {url}" for url in re.findall(r"@import[^;]+", text)]
    assert found == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_assets_are_in_each_site_and_every_page_finds_its_own(site: Path, lang: str) -> None:
    root = PROJECT / "docs" / "assets"
    for source in (path for path in root.rglob("[!.]*") if path.is_file() and path.suffix != ".css"):
        copy = site / LANGUAGES[lang] / "assets" / source.relative_to(root)
        assert copy.read_bytes() == source.read_bytes()
    for page in [*pages(site, lang), "404.html"]:
        here = LANGUAGES[lang] + page
        for link in elements(served(site, SITE_URL + here), "link", rel="stylesheet"):
            file = served(site, urljoin(SITE_URL + here, link["href"]))
            assert file.is_file(), f"{page}: {link['href']}"
            assert file.resolve().is_relative_to((site / "assets").resolve())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_search_finds_only_pages_of_its_language(site: Path, lang: str) -> None:
    root = site / LANGUAGES[lang]
    index = json.loads((root / "search" / "search_index.json").read_text("utf-8"))
    assert {doc["location"].split("#")[0] for doc in index["docs"]} == pages(site, lang)
    assert index["config"]["pipeline"] == []
    assert ("가-힣" in index["config"]["separator"]) == (lang == "ko")


def test_both_languages_have_one_stylesheet_at_one_address(site: Path) -> None:
    sheets = {served(site, urljoin(SITE_URL + folder + page, link["href"]))
              for lang, folder in LANGUAGES.items() for page in [*pages(site, lang), "404.html"]
              for link in elements(served(site, SITE_URL + folder + page), "link", rel="stylesheet")}  # fmt: skip
    assert {sheet.resolve() for sheet in sheets} == {*site.resolve().rglob("style.*.css")} and len(sheets) <= 2


def test_what_the_theme_gets_wrong_is_mended(site: Path) -> None:
    for page in site.rglob("*.html"):
        for tag, have in tags(page):
            assert have.get("role") != "dialog" or have.get("aria-label"), page
            assert have.get("tabindex") != "", page
            assert tag != "input" or have.get("type") != "checkbox" or "autocomplete" not in have, page


@pytest.fixture
def hook() -> Iterator[ModuleType]:
    """Return macros/site/hook.py, loaded from its path as MkDocs does it."""
    spec = importlib.util.spec_from_file_location("macros/site/hook.py", PROJECT / "macros" / "site" / "hook.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


ADMONITIONS = """\
!!! note

    text

??? warning

    text

!!! tip "Note"

    text

!!! question ""

    no title

```markdown
!!! note

<p class="admonition-title">Note</p>
```
"""


def test_default_titles_of_admonitions_are_korean_and_nothing_else_is_touched(hook: ModuleType) -> None:
    extensions = ["admonition", "pymdownx.details", "pymdownx.superfences"]
    html = markdown.markdown(ADMONITIONS, extensions=extensions)
    korean = hook.on_page_content(html, PLAIN, config=SimpleNamespace(extra={"lang": "ko"}))
    assert re.findall(r'<(?:p class="admonition-title"|summary)>(.*?)<', korean) == ["참고", "주의", "Note"]
    assert korean.replace("참고", "Note").replace("주의", "Warning") == html
    assert hook.on_page_content(html, PLAIN, config=SimpleNamespace(extra={"lang": "en"})) == html


def test_korean_cells_of_an_english_table_are_said_to_be_korean(hook: ModuleType) -> None:
    row = "<tr><td>veth 쌍</td><td>veth pair</td><td><code>a</code> b c</td></tr>"
    english = hook.on_page_content(row, PLAIN, config=SimpleNamespace(extra={"lang": "en"}))
    assert english == row.replace("<td>veth 쌍", '<td lang="ko">veth 쌍')
    assert hook.on_page_content(row, PLAIN, config=SimpleNamespace(extra={"lang": "ko"})) == row


def test_commands_in_a_table_break_at_spaces_and_no_other_code_does(hook: ModuleType) -> None:
    code = "<code>docker rm --force</code>"
    html = f"<p>{code}</p><table><tr><td>with {code}</td></tr></table><pre>{code}</pre>"
    done = hook.on_page_content(html, PLAIN, config=SimpleNamespace(extra={"lang": "ko"}))
    assert done == html.replace(f"with {code}", "with <code>docker <wbr>rm <wbr>--force</code>")


def without_twin(project: Path) -> None:
    (project / "docs/en/network/none.md").unlink()


def without_original(project: Path) -> None:
    (project / "docs/ko/network/none.md").unlink()


def broken_anchor(project: Path) -> None:
    with (project / "docs/en/network/none.md").open("a", encoding="utf-8") as page:
        page.write("\n[nowhere](host.md#no-such-heading)\n")


def without_style(project: Path) -> None:
    (project / "docs/assets/output.css").unlink()


def newer_theme(project: Path) -> None:
    module = project / "macros/site/stylesheet.py"
    module.write_text(module.read_text("utf-8").replace('"[data-md-color-switching] *,', '"[renamed] *,'), "utf-8")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without_twin, "missing translation: docs/en/network/none.md"),
        (without_original, "missing translation: docs/ko/network/none.md"),
        (broken_anchor, "[en] Doc file 'network/none.md' contains a link 'host.md#no-such-heading'"),
        (without_style, "there is no file docs/assets/output.css"),
        (newer_theme, "Material's stylesheets have no such rule any more"),
    ],
)
def test_a_broken_site_is_not_built(project: Path, damage: Callable[[Path], None], message: str) -> None:
    damage(project)
    run = mkdocs(project, "build")
    assert run.returncode == 1, run.stdout
    assert message in run.stdout


def test_quiet_is_refused_since_it_would_switch_strict_off(project: Path) -> None:
    run = mkdocs(project, "build", "--quiet")
    assert run.returncode == 1
    assert "silences strict mode" in run.stdout


def test_english_builds_on_its_own(project: Path) -> None:
    run = mkdocs(project, "build", "-f", "mkdocs.en.yml")
    assert run.returncode == 0, run.stdout
    (canonical,) = elements(project / "site/en" / INNER / "index.html", "link", rel="canonical")
    assert canonical["href"] == SITE_URL + "en/" + INNER
