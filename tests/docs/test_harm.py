"""What a page's commands may not do to the host of somebody who pastes them: each rule with what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from macros.page.reader import parse
from macros.page.steps import Page, Step
from macros.site import library

PAGES = sorted((library.ROOT / "docs").glob("*/**/*.md"))

NAME = r"(?P<name>[^\s'\"|;&<>()]+)"
# What gives a thing of the host a name -> what the thing is. The last word of `create` commands is theirs.
GIVEN = {
    rf"\bdocker (?:container )?(?:run|create)\b[^|;&\n]*?\s--name[= ]{NAME}": "container",
    rf"\bdocker (?:network|volume) create\b[^|;&\n]*?\s{NAME}[ \t]*(?=$|[|;&>)])": "network or volume",
    rf"\bdocker (?:image )?(?:build|tag)\b[^|;&\n]*?\s(?:-t|--tag)[= ]{NAME}": "image",
    rf"\bdocker (?:image )?tag [^\s]+ {NAME}": "image",
    rf"\s-v {NAME}:/": "volume",
    rf"\bip (?:-n \S+ )?link add (?:link \S+ )?(?:name |dev )?{NAME}": "link",
    rf"\bip netns add {NAME}": "network namespace",
    rf"\b(?:useradd|groupadd)\b[^|;&\n]*\s{NAME}[ \t]*(?=$|[|;&>)])": "user or group",
    rf"(?m)\Aname: {NAME}": "Compose project",
}
PREFIX = re.compile(r"(?:lab-|docker-docs|\$|\{|/|\.)")

HARMS = {
    r"\bdocker (?:system|container|image|volume|network|builder) prune\b(?![^|;\n]*--filter[= ][\"']?label[!]?=)":
        "deletes what is the reader's: --filter label=lab, a label that the page set",
    r"\bdocker (?:ps|volume ls|network ls|images|container ls|image ls)\b[^\n|;]*(?:-q|--quiet|-aq)\b(?![^\n|;]*label=)[^\n;]*\|\s*xargs[^\n]*\b(?:rm|stop|kill)\b":
        "takes all there is: name what the page made, one by one",
    r"(?<![\w./])rm (?:-\w+ )*[^\n|;&]*(?<!\\)[*?](?=[^\n]*)": "a glob in rm takes what is the reader's: name the files, or remove the page's own folder",
    r"\biptables\b[^|;\n]* -(?:D|R) \S+ \d": "a rule by number may be the reader's: delete it by what it says",
    r"\bip6?tables\b[^|;\n]* -(?:F|Z|X)\b": "empties what is the reader's: delete the page's rules by what they say",
    r"\bip6?tables\b[^|;\n]* -P (?:INPUT|FORWARD|OUTPUT)\b": "flips the host's policy: rules of the page's own, or a namespace that plays the host",
    r"\bip link set (?:dev )?(?:ens\d+|\"?\$nic\"?) (?:down|mtu|name)": "takes a real card away, maybe the reader's only one: use a veth pair lab-...",
    r"\b(?:useradd|adduser)\b[^|;\n]*(?:-u|--uid)[= ]1\d{3}\b": "a common id: take one from 20000 on",
    r">\s*/etc/(?!hosts\.lab)|\b(?:cp|mv|tee|sed -i\S*)\b[^|;\n]*\s/etc/": "changes the host's /etc: use a second engine, or a namespace",
    r"\bsystemctl (?:restart|stop) docker": "stops all that runs on the reader's host: use a second engine",
}  # fmt: skip


def joined(source: str) -> str:
    """Bash with its continued lines in one, so that a rule sees a whole command."""
    return re.sub(r"\\\n\s*", " ", source)


def inside(source: str) -> str:
    """What is run on the host: not what containers and namespaces run, whose words stand in quotes."""
    return re.sub(r"\b(?:docker (?:compose )?(?:exec|run)|ip netns exec|nsenter)\b[^\n|;]*?(?:sh|bash) -c (['\"]).*?\1", "", source, flags=re.DOTALL)


def harms(page: Page) -> Iterator[str]:
    """Each thing that a page may not do, as path:line: what, and what to write instead."""
    for step in page.steps:
        if step.kind not in ("bash", "console", "file"):
            continue
        text = inside(joined(step.source))
        for pattern, kind in GIVEN.items():
            for match in re.finditer(pattern, text, re.MULTILINE):
                if not PREFIX.match(match["name"]):
                    yield f"{page.path}:{step.line}: the {kind} {match['name']!r} may be one that the reader has: call it lab-{match['name']}"
        for pattern, instead in HARMS.items():
            for match in re.finditer(pattern, text, re.MULTILINE):
                yield f"{page.path}:{step.line}: {match[0].strip()!r}: {instead}"
    if any(writes(step) for step in page.steps) and not own_folder(page):
        yield f"{page.path}: it writes files: begin with `mkdir ~/lab-NAME && cd ~/lab-NAME`, end with `cd ~ && rm -r ~/lab-NAME`"


def writes(step: Step) -> bool:
    """Whether a step writes files into the folder it is in."""
    text = inside(joined(step.source))
    return step.kind == "file" or (step.kind == "bash" and re.search(r"(?<![<>&\d=])>{1,2}\s*(?![&/\s])[\w.$\"]", text) is not None)


def own_folder(page: Page) -> bool:
    steps = [step for step in page.steps if step.kind in ("bash", "console") and not step.hidden]
    made = re.match(r"\s*mkdir (~/lab-[\w-]+) && cd \1\n", steps[0].source) if steps else None
    return bool(made) and re.search(rf"cd ~ && rm -r {re.escape(made[1])}\s*\Z", steps[-1].source) is not None


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(library.ROOT / "docs")))
def test_pasting_a_page_harms_nobody(path):
    found = list(harms(library.page_at(path)))
    assert found == [], "\n".join(found)
