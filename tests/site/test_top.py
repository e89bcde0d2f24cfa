"""The top of a page: how to get the lab for it, and what it needs, from what the page is."""

from __future__ import annotations

import pytest

from macros.page.reader import parse
from macros.site import top
from macros.site.composer import Composer

ONE = "# Title {#t}\n\nText.\n\n```bash\ndocker ps | jq .\ncurl x\n```\n"
SEVERAL = "---\nhosts: [docker-host, worker]\n---\n# Title\n\n```bash\ndocker compose up\n```\n"
PROJECT = "https://github.com/Some/docs"


def at(name):
    return f"/{name}"


def test_one_host_is_opened_by_docker_run():
    opens, command, needs = top.sentences(parse(ONE, "x.md"), "network/x.md", "en", "", at)
    assert opens.startswith("Once you have [set up a lab](/lab.md)") and "`page network/x`" in opens
    assert command == "docker run --rm -it --privileged docker-lab"
    assert needs.endswith("you need root, Docker Engine, `curl`, `jq`.")


def test_a_page_with_python_needs_two_terminals_and_so_a_name():
    page = parse("# T\n\n```python\nprint()\n```\n", "x.md")
    opens, command, _ = top.sentences(page, "x.md", "en", "", at)
    assert opens.endswith("opens a shell in it for Python.")
    assert command.splitlines() == [
        "docker run --rm -it --privileged --name lab-one docker-lab", "docker exec -it lab-one lab",
    ]  # fmt: skip


def test_several_hosts_are_started_by_compose():
    opens, command, needs = top.sentences(parse(SEVERAL, "x.md"), "network/x.md", "ko", "", at)
    assert "[compose.yaml](/network/x/compose.yaml)" in opens and "[실습 환경](/lab.md)" in opens
    assert "`docker compose exec docker-host lab`, `docker compose exec worker lab`" in opens
    assert (command, needs[-30:]) == ("docker compose up -d", "root 권한, Docker Engine, Docker Compose."[-30:])


def test_an_image_that_is_published_has_to_be_built_by_nobody():
    opens, command, _ = top.sentences(parse(ONE, "x.md"), "x.md", "ko", PROJECT, at)
    assert command == "docker run --rm -it --privileged ghcr.io/some/docs-lab:ko" and "만들어 두었으면" not in opens
    opens, command, _ = top.sentences(parse(SEVERAL, "x.md"), "x.md", "en", PROJECT, at)
    assert command == "docker compose up -d" and opens.startswith("In the folder with")


@pytest.mark.parametrize(
    ("text", "name", "offered"),
    [
        (ONE, "network/x.md", True),
        (ONE, "lab.md", False),
        ("# Words\n\n```json\n{}\n```\n", "x.md", False),
        ('# T\n\n<!-- skip: next "needs a terminal" -->\n```bash\ndocker attach x\n```\n', "x.md", False),
        ("# T\n\n<!-- invisible-code-block: bash\ntrue\n-->\n", "x.md", False),
        ("```python\nprint()\n```\n", "x.md", True),
    ],
)
def test_pages_with_commands_have_one(text, name, offered):
    assert top.offers(parse(text, name), name) is offered


@pytest.mark.parametrize(
    ("text", "before"),
    [
        (ONE, "# Title {#t}"),
        (SEVERAL, "# Title"),
        ("```bash\n# a comment\ntrue\n```\n\n# Title\n", "\n# Title"),
        ("---\ndescription: d\n---\nText.\n\n```bash\ntrue\n```\n", "---\n"),
    ],
)
def test_it_stands_under_the_title(text, before):
    page = parse(text, "x.md")
    assert page.text[: top.title_end(page)].endswith(before)
    composer = Composer(page, None, "en")
    body = composer.body("<div>the top</div>")
    number = composer.blocks.index("<div>the top</div>")
    assert f"\n```recorded\n{number}\n```\n" in body and composer.searched[number] == ""


def test_html_is_that_of_the_markdown_and_nothing_else():
    shown = top.shown("See [a & b](x/compose.yaml) and [c](../lab/): `d <e>`", "run", "f")
    assert '<p>See <a href="x/compose.yaml" download>a &amp; b</a> and <a href="../lab/">c</a>' in shown
    assert "<code>d &lt;e&gt;</code></p>" in shown and shown.count("<pre>") == 1
