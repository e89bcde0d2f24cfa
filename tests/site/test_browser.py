"""The built site in a real browser: what a reader does, in both languages, on a desktop and on a phone."""

from __future__ import annotations

import contextlib
import re
from itertools import product
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from macros.site import library
from macros.site.lab import BUILT, RUN
from tests.tools.browser import DESKTOP, KINDS, PHONE, clipped
from tests.tools.building import LANGUAGES, built, small

# What a reader types, and how the address of the first result has to begin ("" where several pages are right).
QUERIES = {
    "ko": {
        "볼륨": "volume/", "네트워크를": "network/", "브리지": "network/bridge", "브리지를": "network/bridge",
        "docker0": "network/", "docker0의": "network/", "veth": "network/", "VXLAN": "network/overlay",
        "오버레이": "network/overlay", "오버레이로": "network/overlay", "네트워크 명령어": "network/commands",
        "루프백": "", "사설 주소": "basics/", "IPv6 주소": "network/ipv6", "바인드 마운트": "volume/bind-mounts",
        "바인드 마운트를": "volume/bind-mounts", "아이노드": "volume/", "익명 볼륨": "volume/",
        "nocopy": "volume/",
        "prune": "", "호스트 네트워크": "network/host", "none": "network/none", "게이트웨이": "network/",
        "DNAT": "network/host-container", "MASQUERADE": "network/", "userland proxy": "", "엔진마다 다른": "engines",
        "용어": "glossary", "2021년": "changes", "docker attach": "", "스웜": "network/overlay", "격리": "",
        "ifconfig": "", "network inspect": "", "macvlan": "network/macvlan", "서브넷": "network/addressing",
        "고정 IP": "network/addressing", "MTU": "network/mtu", "IPv6": "network/ipv6", "별칭": "network/dns",
        "host.docker.internal": "", "포트 게시": "network/publishing", "방화벽": "network/firewall",
        "DOCKER-USER": "network/firewall", "compose 볼륨": "volume/compose", "백업하는": "volume/backup",
        "권한": "volume/permissions", "Permission denied": "volume/permissions",
        "하위 경로": "volume/mount-options",
    },
    "en": {
        "volume": "volume/", "volumes": "volume/", "network": "network/", "bridge": "network/bridge",
        "bridges": "network/bridge", "docker0": "network/", "veth": "network/", "vxlan": "network/overlay",
        "overlay": "network/overlay", "swarm": "network/overlay", "network commands": "network/commands",
        "loopback": "", "private addresses": "basics/", "ipv6": "", "bind mount": "volume/bind-mounts",
        "bind mounts": "volume/bind-mounts", "inode": "volume/bind-mounts", "anonymous volume": "volume/",
        "nocopy": "volume/", "prune": "", "host network": "network/host", "none": "network/none",
        "gateway": "network/", "DNAT": "network/host-container", "masquerade": "network/",
        "userland proxy": "", "differs between engines": "engines", "glossary": "glossary", "2021": "changes",
        "docker attach": "", "isolated": "", "ifconfig": "", "network inspect": "", "macvlan": "network/macvlan",
        "subnet": "network/addressing", "static address": "network/addressing", "MTU": "network/mtu",
        "host.docker.internal": "", "publishing ports": "network/publishing", "firewall": "network/firewall",
        "container can't reach host": "", "backup": "volume/backup", "permission denied": "volume/permissions",
        "subpath": "volume/mount-options", "address pools": "network/pools", "vpn": "network/pools",
    },
}  # fmt: skip


def results(tab: Page, query: str) -> list[str]:
    """Addresses of what the search box shows for a query, best first."""
    box = tab.locator("[data-md-component=search-query]")
    links = tab.locator(".md-search-result__link")

    def ask(text: str) -> None:
        box.fill(text)
        box.press("End")  # the theme listens for keys; fill() sends none

    # In a folder the index comes whole, with its script.
    if tab.url.startswith("file:") or tab.evaluate("window.hasIndex"):
        box.focus()
    else:
        with tab.expect_event("requestfinished", lambda request: "/search/rest." in request.url):
            box.focus()
        tab.evaluate("window.hasIndex = true")
    ask("")
    # What the query before this one found is gone. This looks at each frame, where `expect` would sleep meanwhile.
    tab.wait_for_function("!document.querySelector('.md-search-result__link')")
    ask(query)
    with contextlib.suppress(TimeoutError):  # nothing found is for the caller to say
        links.first.wait_for(timeout=10_000)
    return links.evaluate_all("links => links.slice(0, 5).map(link => link.getAttribute('href'))")


def test_scripts_that_pages_offer_are_there(site):
    offered = [(page, name) for page in site.rglob("*.html")
               for name in re.findall(r'href="([^"]*\.sh)" download', page.read_text(encoding="utf-8"))]  # fmt: skip
    assert len(offered) > 20
    missing = [f"{page}: {name}" for page, name in offered if not (page.parent / name).read_text().startswith("#!")]
    assert not missing


@pytest.mark.parametrize("lang", LANGUAGES)
def test_search_finds_the_page_in_the_language_being_read(tab, address, sampled, lang):
    tab.goto(address + LANGUAGES[lang])
    wrong = []
    every = [*QUERIES[lang]]
    for query in sampled(every, every[::3], f"search: {{few}} of the {{all}} words that are typed in {lang}"):
        wanted = QUERIES[lang][query]
        found = results(tab, query)
        places = [urljoin(tab.url, href).removeprefix(address) for href in found]
        paths, english = [path.removeprefix("en/") for path in places], [path.startswith("en/") for path in places]
        if not found or not paths[0].startswith(wanted) or any(is_en != (lang == "en") for is_en in english):
            wrong.append(f"{query!r}: wanted {wanted!r}, got {paths}")
    assert not wrong, "\n".join(wrong)


def test_the_search_index_is_loaded_when_a_reader_reaches_for_it(tab, address):
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{address}network/bridge/")
    tab.wait_for_load_state("networkidle")
    assert not [url for url in asked if "search_index" in url]
    assert results(tab, "docker0")
    assert len([url for url in asked if "search_index" in url]) == 1
    tab.goto(f"{address}en/network/bridge/?q=veth")  # an address that searches needs no hand
    tab.locator(".md-search-result__link").first.wait_for()


def test_titles_answer_until_the_rest_of_the_index_is_there(tab, address):
    held = []
    tab.route(re.compile(r"/search/rest\."), lambda route: held.append(route))
    tab.goto(f"{address}en/network/bridge/")
    box, links = tab.locator("[data-md-component=search-query]"), tab.locator(".md-search-result__link")
    box.focus()
    box.fill("docker0 bridge")
    box.press("End")
    links.first.wait_for()
    before = links.count()
    assert not tab.locator(".md-search-result article p mark").count()
    assert len(held) == 1
    held[0].continue_()
    tab.locator(".md-search-result article p mark").first.wait_for()  # nobody typed anything more
    assert links.count() > before


def test_language_switch_keeps_page_and_anchor(tab, address, sampled):
    kinds = [kind for kind in KINDS if kind != "404.html"]
    for kind in sampled(kinds, kinds[::2], "the language switch: {few} of {all} kinds of pages"):
        tab.goto(f"{address}{kind}")
        anchor = tab.evaluate("[...document.querySelectorAll('article h2[id]')].at(-1)?.id || ''")
        tab.goto(f"{address}{kind}#{anchor}")
        tab.get_by_role("link", name="English").first.click()
        expect(tab).to_have_url(f"{address}en/{kind}#{anchor}")
        expect(tab.locator("html")).to_have_attribute("lang", "en")
        tab.wait_for_load_state()
        tab.get_by_role("link", name="한국어").first.click()
        expect(tab).to_have_url(f"{address}{kind}#{anchor}")
        expect(tab.locator("html")).to_have_attribute("lang", "ko")


def test_commands_can_be_copied_and_outputs_cannot(tab, address):
    tab.goto(f"{address}network/none/")
    command = tab.locator(".step + .language-bash").first
    command.hover()
    first = clipped(tab, command.locator("button[data-md-type=copy]"))
    assert first.startswith("docker run --rm --network none busybox:1.37 ip addr")
    last = tab.locator("pre", has=tab.locator("button[data-md-type=copy]")).last
    assert clipped(tab, last.locator("button")) == last.locator("code").inner_text().strip() != first
    assert tab.locator(".highlight:not(.follows)").count() == tab.locator("button[data-md-type=copy]").count() > 1
    assert tab.locator(".output button").count() == 0 and tab.locator(".output").count() > 0
    assert clipped(tab, tab.locator(".lab button[data-md-type=copy]")) == RUN.format(image=BUILT)


def test_engine_tabs_switch_together(tab, address):
    tab.goto(f"{address}engines/")
    tab.locator(".engines label", has_text="Engine 20.10").first.click()
    shown = tab.evaluate(
        "[...document.querySelectorAll('.engines')].map(set => {"
        " const at = [...set.querySelectorAll(':scope > input')].findIndex(input => input.checked);"
        " return set.querySelectorAll('label')[at].textContent })"
    )
    assert shown.count("Engine 20.10") > len(shown) * 0.8
    tab.goto(f"{address}en/network/bridge/")  # what a reader chose holds on other pages
    blocks = tab.locator(".engines").first.locator(".engines__block")
    expect(blocks.last).to_be_visible()
    expect(blocks.first).to_be_hidden()


def test_theme_is_switched_and_kept(tab, address):
    tab.emulate_media(color_scheme="light")
    tab.goto(f"{address}network/bridge/")
    expect(tab.locator("body")).to_have_attribute("data-md-color-scheme", "default")
    tab.locator("label[for=__palette_1]:visible").click()
    expect(tab.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    for page in ("en/network/bridge/", "network/bridge/"):
        tab.goto(f"{address}{page}")
        expect(tab.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    tab.locator("label[for=__palette_0]:visible").click()
    expect(tab.locator("body")).to_have_attribute("data-md-color-scheme", "default")


def use_medium(tab: Page, medium: str) -> None:
    """Show the page as on this medium. A browser under load was seen to miss the first message about it."""
    for _ in range(5):
        tab.emulate_media(media="null")
        tab.emulate_media(media=medium)
        with contextlib.suppress(TimeoutError):
            tab.wait_for_function(f"matchMedia('{medium}').matches", timeout=2000)
            return
    pytest.fail(f"the browser does not show the page as on {medium}")


def test_on_paper_there_is_text_and_nothing_to_click(tab, address):
    tab.goto(f"{address}network/dns/")
    use_medium(tab, "print")
    for part in (".md-header", ".md-footer", ".md-sidebar", ".md-code__nav", ".step-link"):
        expect(tab.locator(part).first).to_be_hidden()
    tab.set_viewport_size({"width": 500, "height": 900})
    cut = "[...document.querySelectorAll('pre > .code')].filter(one => one.scrollWidth > one.clientWidth).length"
    assert tab.evaluate(cut) == 0, "the end of a long command is not on paper"
    use_medium(tab, "print")
    answer = tab.locator("details.question .highlight").first
    assert answer.bounding_box()["height"] > 20, "a folded solution is not on paper"
    assert len(tab.pdf()) > 20_000
    tab.goto(f"{address}network/several-networks/")
    use_medium(tab, "print")
    expect(tab.locator(".filename").first).to_be_visible()
    expect(tab.locator(".filename__save").first).to_be_hidden()


def test_everything_can_be_reached_by_keyboard(tab, address):
    def focused(what: str = "className") -> str:
        return tab.evaluate(f"document.activeElement.{what}")

    tab.goto(f"{address}en/network/bridge/")
    tab.keyboard.press("Tab")
    assert "md-skip" in focused()
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile("#bridge$"))
    tab.goto(f"{address}en/network/bridge/")  # a new anchor closes the search after a moment
    tab.keyboard.press("s")  # as every page of this theme has it
    expect(tab.locator("[data-md-component=search-query]")).to_be_focused()
    tab.keyboard.type("overlay", delay=20)
    tab.locator(".md-search-result__link").first.wait_for()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{address}en/network/overlay/**")
    tab.goto(f"{address}en/network/bridge/")
    # The page itself notes where the focus is: to ask for it after each key takes three times as long.
    tab.evaluate("""window.seen = [], addEventListener("focusin", ({target}) =>
        seen.push(`${target.tagName} ${target.className} ${target.id}`))""")
    kinds = ("A step-link", "BUTTON md-code__button", "PRE output__text", "INPUT focus-visible __engine")
    seen: list[str] = []
    for number in range(1, 121):
        tab.keyboard.press("Tab")
        if number % 20 == 0:
            seen = tab.evaluate("seen")
            if all(any(one.startswith(kind) for one in seen) for kind in kinds):
                break
    for kind in kinds:
        assert any(one.startswith(kind) for one in seen), f"{kind} is not among {seen}"
    # Chromium lets the keyboard scroll whatever scrolls; others need to be told.
    tab.wait_for_function("[...document.querySelectorAll('.output__text')].every(one => one.tabIndex === 0)")
    tab.locator("input[id^=__engine]").first.focus()
    tab.keyboard.press("ArrowRight")
    expect(tab.locator(".engines").first.locator(".engines__block").nth(1)).to_be_visible()


def test_on_a_phone_the_navigation_is_a_drawer(browser, address):
    context = browser.new_context(viewport=PHONE)
    tab = context.new_page()
    tab.goto(f"{address}en/network/bridge/")
    link = tab.locator(".md-sidebar--primary .md-nav__link", has_text="Publishing ports")
    assert link.bounding_box()["x"] < 0
    tab.locator(".md-header label[for=__drawer]").click()
    link.click()
    tab.wait_for_url(f"{address}en/network/publishing/")
    context.close()


def test_on_a_phone_a_way_of_a_packet_is_its_gist_and_a_picture_to_open(browser, address, sampled):
    told = "the way of a packet: on a phone in Korean, on a desktop in English"
    every = [*product(LANGUAGES.values(), ((PHONE, True), (DESKTOP, False)))]
    for folder, (size, closed) in sampled(every, [every[0], every[3]], told):
        context = browser.new_context(viewport=size, java_script_enabled=False)
        tab = context.new_page()
        tab.goto(f"{address}{folder}network/packet/#published")
        way = tab.locator(".figure--way").first
        expect(way.locator(".figure__gist")).to_contain_text("lab-outside → lab-to-outside → lab-br-front → lab-web")
        assert way.locator("svg").is_visible() != closed
        assert way.locator("summary").is_visible() == closed  # nothing that is seen is called closed
        if closed:
            way.locator("summary").click()
            expect(way.locator("svg")).to_be_visible()
        context.close()


def test_a_picture_that_is_folded_is_found_and_printed(browser, address):
    context = browser.new_context(viewport=PHONE)
    tab = context.new_page()
    tab.goto(f"{address}en/network/packet/")
    # As the browser's own search does: what is hidden only until it is found.
    hidden = "getComputedStyle(document.querySelector('.figure__fold'), '::details-content').contentVisibility"
    assert tab.evaluate(hidden) == "hidden"
    use_medium(tab, "print")
    assert tab.evaluate(hidden) == "visible"
    expect(tab.locator(".figure__fold > summary").first).to_be_hidden()
    context.close()


def test_a_step_can_be_linked_to_in_both_languages(tab, address):
    ids = []
    for folder in LANGUAGES.values():
        tab.goto(f"{address}{folder}network/dns/#step-no-alias")
        tab.wait_for_function("""() => {
            const top = document.getElementById('step-no-alias').getBoundingClientRect().top
            return 0 < top && top < 200
        }""")
        ids.append(tab.evaluate("[...document.querySelectorAll('.step')].map(step => step.id)"))
    assert ids[0] == ids[1] and len(set(ids[0])) == len(ids[0]) > 10


FOLDER = {name: f"---\ndescription: d\n---\n\n# Page {name} {{#top}}\n\nThe link docker0.\n"
          for name in ("index", "network/bridge", "network/commands")}  # fmt: skip


def test_the_site_works_from_a_folder(browser, tmp_path, sampled):
    told = "the site that is read from a folder: one of three pages, not this one"
    for which in sampled(("few pages", "all pages"), ("few pages",), told):
        project = library.ROOT
        if which == "few pages":
            project = small(tmp_path / "project", dict.fromkeys(LANGUAGES, FOLDER))
            (project / ".venv").symlink_to(library.ROOT / ".venv")  # what such a site needs of npm's is there
        works_from_a_folder(browser, built(project, tmp_path / which, OFFLINE="true").as_uri())


def works_from_a_folder(browser, root):
    context = browser.new_context()
    tab = context.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    for lang, other in (("ko", "English"), ("en", "한국어")):
        tab.goto(f"{root}/{LANGUAGES[lang]}network/bridge.html")
        tab.locator(".md-footer__link--next").click()
        tab.wait_for_url(re.compile(r"network/(?!bridge)[\w-]+\.html"))
        name = tab.url.rpartition("/")[2]
        found = results(tab, "docker0")
        assert found and all(link.startswith(("file:", ".")) for link in found), found
        tab.keyboard.press("Escape")
        tab.get_by_role("link", name=other).first.click()
        tab.wait_for_url(f"{root}/{LANGUAGES['en' if lang == 'ko' else 'ko']}network/{name}")
    context.close()
    assert all(url.startswith(("file:", "blob:", "data:")) for url in asked), asked


def test_page_reads_without_javascript(browser, address):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{address}engines/")
    label = tab.locator(".engines label", has_text="Engine 20.10").first
    label.click()
    expect(tab.locator(".engines").first.locator(".engines__block").last).to_be_visible()
    context.close()


def test_what_a_step_changed_is_one_line_that_opens_without_javascript(browser, address, sampled):
    for lang in sampled(LANGUAGES, ["en"], "what a step changed: in English"):
        context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 800})
        tab = context.new_page()
        tab.goto(f"{address}{LANGUAGES[lang]}network/bridge/")
        changes = tab.locator("details.changes").first
        cable = changes.locator("ins", has_text="type veth master docker0").first
        expect(cable).to_be_hidden()
        summary = changes.locator("> summary")
        assert summary.bounding_box()["height"] < 100, f"{lang}: three lines at most on a phone"
        summary.click()
        expect(cable).to_be_visible()
        context.close()
