"""What a page's commands need of their host: found in bash as it is typed, and in the lab that readers get."""

from __future__ import annotations

import re
import subprocess

import pytest

from macros.lab.images.engines import HERE
from macros.page import tools
from macros.page.reader import parse
from macros.site import library

PAGES = sorted((library.ROOT / "docs" / "ko").glob("**/*.md"))
# What every Debian host has: commands of packages that are essential or required.
EVERYWHERE = """
awk base64 basename cat chgrp chmod chown cmp comm cp cut date dd df diff dirname du echo env expand false find findmnt
fold getent grep groupadd groupdel gzip head hostname id install ldd ln losetup ls mkdir mkfifo mknod mktemp mount
mountpoint mv nice nl nohup nproc od paste printenv printf readlink realpath rm rmdir sed seq setpriv setsid sha256sum
sleep sort stat stdbuf su tac tail tar tee test timeout touch tr true truncate umount uname uniq useradd userdel wc who
xargs yes
"""
BUILTINS = """
. : [ [[ (( break builtin cd command compgen continue declare eval exec exit export fg bg jobs history kill let local
mapfile popd pushd pwd read readarray readonly return set shift shopt source trap type ulimit umask unset wait done fi
esac
"""
UNFINISHED = ["'", '"', "$(", "`", "((", "a <<END", "case x in", "${", '"$(', "\\", "$'", "<(", ")"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("docker ps", "docker"),
        ("  ip -4 addr show docker0 | grep inet", "ip"),
        ("echo docker curl jq", ""),
        ("# curl it\nls # with jq", ""),
        ("a=1 b='x y' curl -s http://127.0.0.1", "curl"),
        ("id=$(docker inspect web | jq -r .[0].Id)", "docker jq"),
        ('echo "at $(ip route | head -1) and $((1 + 2))"', "ip"),
        ("echo '$(ip route)'", ""),
        ("echo `ss -ltn`", "ss"),
        ("diff <(bridge link) <(cat x)", "bridge"),
        ("if ! ping -c 1 web; then nft list ruleset; fi", "nft ping"),
        ("for tool in curl jq; do tcpdump -n & done", "tcpdump"),
        ("until curl -s x; do sleep 1; done", "curl"),
        ("docker exec web ip addr", "docker"),
        ("docker run --rm busybox:1.37 sh -c 'nc -l & ip addr'", "docker"),
        ("docker compose up -d; docker -H unix:///x compose ps", "docker|docker compose"),
        ("docker compose exec web curl x", "docker|docker compose"),
        ("docker ps -q | xargs -r docker inspect | jq .", "docker jq"),
        ("ip netns exec lab-a timeout 3 tcpdump -ni eth0", "ip tcpdump"),
        ("nsenter -t $pid -n ss -ltn", "ss nsenter"),
        ("nsenter --target 1 --mount --net curl x", "nsenter"),
        ("nsenter -a -t 1 curl x", "nsenter"),
        ("sudo -u nobody /usr/sbin/iptables -S", "iptables"),
        ("bash -c 'conntrack -L; echo curl'", "conntrack"),
        ("cat <<'END' | jq .\ncurl\nEND\nwget x", "wget jq"),
        ("cat >curl 2>&1 <jq; ethtool -k eth0 &>ip", "ethtool"),
        ("sysctl net.ipv4.ip_forward >/dev/null && (arping x || ps)", "arping sysctl ps"),
        ("f() { pgrep x; }\nf", "pgrep"),
        ("serve='curl -s x; jq .'\ndocker run web sh -c \"$serve\"", "docker"),
        ('in="nsenter -t 1 -n"\n$in ip addr', "ip nsenter"),
        ("docker ps \\\n  --format '{{.ID}}' # ip", "docker"),
        ("command -v jq", ""),
        ("case $x in ip) echo a ;; *) socat - y ;; esac", "socat"),
        ("grep -c \"it's\" <<<\"curl\"; trap 'ip link del lab-a' EXIT", "ip"),
        ("echo ${x:-ip} $'\\'' \\; curl \\| jq", ""),
    ],
)
def test_tools_of_the_host_are_found(source, found):
    expected = found.split("|") if "|" in found else found.split()
    assert tools.ordered(tools.used(source)) == expected


@pytest.mark.parametrize("source", UNFINISHED)
def test_unfinished_bash_ends(source):
    assert list(tools.used(source)) == [] and list(tools.used(f"jq . {source}")) == ["jq"]


def test_tools_of_a_page_are_those_of_its_steps():
    page = parse(
        "<!-- wait: http://127.0.0.1:80 in web -->\n```bash\ndocker ps\n```\n"
        '<!-- skip: next "needs a terminal" -->\n```bash\nnc -l\n```\n'
        "<!-- invisible-code-block: bash\njq .\n-->\n"
        "```console\n$ ss -ltn\ncurl\n```\n```python\nimport docker\n```\n",
        "x.md",
    )
    assert page.problems == []
    assert tools.needed(page) == ["docker", "ss", "python3", "python3-docker"]
    assert tools.ordered(tools.of(page.steps[0])) == ["ip", "curl", "nsenter", "unshare"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_command_of_the_pages_is_known(path):
    """One that is new here is either on every host or in PACKAGES, so that no page forgets to name what it needs."""
    sources = [step.typed for step in library.page_at(path).steps
               if step.kind in ("bash", "console") and not step.hidden and not step.skip]  # fmt: skip
    defined = set(re.findall(r"(?m)(?:^|[;{] *)([\w-]+) ?\(\)", "\n".join(sources)))
    defined |= set(re.findall(r"(?<![\w/])\./([\w.-]+)", "\n".join(sources)))  # what it put into its own folder
    names = {name for source in sources for name in tools.names(source)}
    known = defined.union(EVERYWHERE.split(), BUILTINS.split(), tools.PACKAGES, tools.BEFORE, tools.NO_COMMAND,
                          tools.SHELLS)  # fmt: skip
    unknown = {name for name in names - known if re.fullmatch(r"[a-z][\w.-]*", name)}
    assert not unknown, (
        f"{path.name}: {', '.join(sorted(unknown))}: add it to PACKAGES of macros/page/tools.py, or to EVERYWHERE here"
    )


def test_the_lab_has_what_the_pages_need():
    """Each tool is of a package that the lab's image installs, or of one that its base has."""
    installed = re.search(r"all=\((.*?)\)", (HERE / "lab/engine/install").read_text(encoding="utf-8"))[1].split()
    # libcap2-bin comes with iproute2 and iputils-ping, openssl with ca-certificates, which depend on them.
    depended = {"libcap2-bin", "openssl"}
    present = {*installed, *depended, "docker.io", "docker-cli", "util-linux", "python3", "docker-compose"}
    # Pages run these steps where the host has them: needs=, engine>=.
    for path in PAGES:
        for step in library.page_at(path).steps:
            if step.kind in ("bash", "console", "python", "wait") and not (step.options.needs or step.options.engine):
                lacking = {tool for tool in tools.of(step) if tools.PACKAGES[tool] not in present}
                assert step.hidden or not lacking, f"{path.name}:{step.line}: the lab has no {', '.join(lacking)}"


def test_each_tool_can_be_looked_for():
    for tool in tools.PACKAGES:
        looked = subprocess.run(["bash", "-n", "-c", tools.check(tool)], capture_output=True, text=True, check=False)
        assert looked.returncode == 0, looked.stderr
