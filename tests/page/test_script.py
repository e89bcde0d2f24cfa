"""The downloadable script of a page is what the page shows, and bash can read it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time

import pytest

from macros.lab.needs import NEEDS
from macros.lab.wait import FUNCTIONS
from macros.page import script as scripts
from macros.page.names import given
from macros.page.reader import parse
from macros.site import library
from macros.words import words


def script(page, title, host=""):
    return scripts.script(page, title, host, functions=FUNCTIONS, needs=NEEDS, texts=words("script", "en"))


def run(text, folder, **programs):
    """Runs a script as root in a folder, with stand-ins for programs: name -> what they do in sh."""
    (folder / "bin").mkdir()
    for name, code in {"id": "echo 0", **programs}.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{code}\n")
        (folder / "bin" / name).chmod(0o755)
    return subprocess.run(["bash"], input=text, text=True, capture_output=True, cwd=folder, check=False,
                          env={"PATH": f"{folder}/bin:{os.environ['PATH']}"})  # fmt: skip


PAGES = sorted((library.ROOT / "docs" / "ko").glob("**/*.md"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_script_of_each_page_is_bash(path):
    page = library.page_at(path)
    text = script(page, "title")
    kinds = {step.kind for step in page.steps if not step.hidden}
    assert bool(text) == bool(kinds & {"bash", "console", "python", "file"})
    checked = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
    for step in page.steps:
        if step.kind == "bash" and not step.hidden and not step.skip:
            assert step.source.rstrip("\n") in text.replace(" || exit\n", "\n")


def test_script_runs_what_the_fences_say(tmp_path):
    page = parse(
        '```text title="a/b.txt"\nEND\n$x\n```\n```console\n$ cat a/b.txt\nEND\n$ echo two\ntwo\n```\n'
        "```python\n>>> print(3)\n3\n```\n"
        '<!-- skip: next "needs a terminal" -->\n```bash\nexit 1\n```\n'
        "<!-- invisible-code-block: bash\necho hidden\n-->\n",
        "x.md",
    )
    done = run(script(page, "t"), tmp_path)
    assert (done.returncode, done.stdout) == (0, "END\n$x\ntwo\n3\n")


def test_script_of_one_host_has_its_steps_alone():
    page = parse("---\nhosts: [one, two]\n---\n```bash\na\n```\n<!-- step: host=two -->\n```bash\nb\n```\n", "x.md")
    assert "\na\n" in script(page, "t", "one") and "\nb\n" not in script(page, "t", "one")
    assert "\nb\n" in script(page, "t", "two") and "\na\n" not in script(page, "t", "two")


def test_script_runs_a_step_where_its_page_does(tmp_path):
    """The stand-in for docker says which engine this is, and has no Compose."""
    steps = {"engine>=28.2": "a", "engine>=28.3": "b", "engine<28": "c", "engine==28": "d", "engine!=28.2": "e",
             "engine>=26 engine<28.3": "f", "engine>28": "g", "needs=compose": "h", "engine<=28": "i"}  # fmt: skip
    text = "".join(f"<!-- step: {options} -->\n```bash\necho {word}\n```\n" for options, word in steps.items())
    done = run(script(parse(text, "x.md"), "t"), tmp_path, docker="[ $1 = version ] && echo 28.2.2+dfsg1")
    assert done.stdout.split() == ["a", "d", "f", "i"], done


def test_script_waits_where_its_page_does():
    page = parse("<!-- wait:\nuntil test -e 'a b' timeout=7 -->\n```bash\nx\n```\n", "x.md")
    assert "\nwait_for 7 until 'test -e '\"'\"'a b'\"'\"'' ''\n" in script(page, "t")
    assert "wait_for()" in script(page, "t") and "engine_is" not in script(page, "t")
    assert script(parse("<!-- wait: tcp :80 -->\n", "x.md"), "t") == ""


NEEDY = """\
```bash
touch began
docker ps | jq . && curl x
```
<!-- step: engine>=29 -->
```bash
nft list ruleset
```
<!-- step: engine>=28 -->
```bash
ipset list
```
<!-- step: needs=compose -->
```bash
docker compose up
```
```python
import docker
```
"""


def needy(lang="en"):
    text = scripts.script(parse(NEEDY, "x.md"), "t", functions=FUNCTIONS, needs=NEEDS, texts=words("script", lang))
    # What this machine has of these is not there.
    return re.sub(r"command -v (jq|curl|nft|ipset)\b", "false", text)


def test_script_names_all_that_its_host_lacks_and_does_nothing(tmp_path):
    done = run(needy(), tmp_path, docker="[ $1 = version ] && echo 28.2", python3="false", id="echo 1000")
    assert (done.returncode, done.stdout) == (1, "") and not (tmp_path / "began").exists()
    assert done.stderr.splitlines() == [
        "Nothing was done. This host is missing:",
        "  root privileges: run it with sudo",
        "  ipset: in the Debian package ipset",  # and no nft, which only a newer engine's step uses
        "  curl: in the Debian package curl",
        "  jq: in the Debian package jq",
        "  python3-docker: in the Debian package python3-docker",
    ]


def test_script_says_that_no_engine_answers_in_the_language_of_its_page(tmp_path):
    done = run(needy("ko"), tmp_path, docker="echo no engine >&2; exit 1")
    assert done.returncode == 1 and not (tmp_path / "began").exists()
    said, lacks, *_ = done.stderr.splitlines()
    assert said == "아무것도 하지 않고 끝냈습니다. 이 호스트에 없는 것:" and lacks.startswith("  응답하는 도커 엔진")
    assert "  jq: 데비안 패키지 jq\n" in done.stderr and "no engine" not in done.stderr


def test_script_of_a_host_that_has_all_begins(tmp_path):
    done = run(script(parse("```bash\ntouch began\ndocker ps\n```\n", "x.md"), "t"), tmp_path, docker="echo $1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "ps\n", "") and (tmp_path / "began").exists()


NAMED = """\
```bash
mkdir -p ~/lab-x && cd ~/lab-x
touch began
docker run -d --name lab-web -v lab-data:/d lab-app:1
for n in 1 2; do docker network create lab-net$n; done
```
"""
HOLDS = {"ps": "lab-web", "volume": "lab-data", "network": "lab-net2", "images": "lab-app:1"}


@pytest.mark.parametrize("kind", HOLDS)
def test_script_names_what_is_there_under_its_names_and_does_nothing(tmp_path, kind):
    docker = f"case $1 in {kind}) echo lab-webs; echo other; echo {HOLDS[kind]} ;; esac"
    done = run(script(parse(NAMED, "x.md"), "t"), tmp_path, docker=docker)
    removes = {"ps": "rm -f -v", "images": "rmi"}.get(kind, f"{kind} rm")
    assert (done.returncode, done.stdout) == (1, "") and not list(tmp_path.rglob("began"))
    assert done.stderr.splitlines()[1:] == [f"  docker {removes} {HOLDS[kind]}"]


def test_script_leaves_a_folder_of_its_readers_alone(tmp_path):
    (tmp_path / "lab-x").mkdir()
    done = run(f"HOME={tmp_path}\n" + script(parse(NAMED, "x.md"), "t"), tmp_path, docker="true")
    assert (done.returncode, done.stderr.splitlines()[1:]) == (1, ["  rm -r --one-file-system ~/lab-x"])


def test_script_ends_where_it_cannot_go_to_its_folder(tmp_path):
    (tmp_path / "lab").write_text("a file")
    done = run(f"HOME={tmp_path}/lab\n" + script(parse(NAMED, "x.md"), "t"), tmp_path, docker="true")
    assert done.returncode == 1 and not (tmp_path / "began").exists()


def test_script_knows_what_compose_makes_of_the_name_of_a_project(tmp_path):
    text = '```yaml title="compose.yaml"\nname: lab-shop\n```\n```bash\ndocker compose up -d\n```\n'
    docker = 'case "$*" in *compose.project*) echo lab-shop; echo lab-shops ;; ps*) echo precious ;; esac'
    done = run(script(parse(text, "x.md"), "t"), tmp_path, docker=docker)
    assert done.stderr.splitlines()[1:] == ["  docker compose -p lab-shop down --remove-orphans"]


def test_script_names_what_it_uses_and_nothing_like_it(tmp_path):
    text = "for at in one two; do docker volume create lab-$at; done\ndocker volume rm lab-$1"
    page = parse(f"```bash\n{text}\n```\n", "x.md")
    assert given(page.steps) == ["lab-one", "lab-two"]
    done = run(script(page, "t"), tmp_path, docker="[ $1 != volume ] || printf '%s\n' lab-mine lab-two-old lab-two")
    assert done.stderr.splitlines()[1:] == ["  docker volume rm lab-two"]


def test_script_quotes_what_it_would_have_removed(tmp_path):
    (tmp_path / "lab-x:1; touch pwned").mkdir()
    done = run(f"HOME={tmp_path}\n" + script(parse(NAMED, "x.md"), "t"), tmp_path, docker="true")
    assert done.stderr.splitlines()[1:] == [r"  rm -r --one-file-system ~/lab-x:1\;\ touch\ pwned"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_script_has_unmounted_what_is_mounted_in_its_folder_before_it_is_removed(tmp_path):
    (tmp_path / "lab-x/disk").mkdir(parents=True)
    named = script(parse(NAMED, "x.md"), "t")
    text = f"mount -t tmpfs x {tmp_path}/lab-x/disk || exit 77\nHOME={tmp_path}\n{named}"
    done = subprocess.run(["unshare", "-m", "bash", "-c", f"PATH={tmp_path}/bin:$PATH; {text}"], check=False, text=True,
                          capture_output=True, cwd=tmp_path)  # fmt: skip
    if done.returncode == 77:
        pytest.skip("this machine lets nobody mount")
    assert [line for line in done.stderr.splitlines() if "lab-x" in line] == [
        f"  umount {tmp_path}/lab-x/disk", "  rm -r --one-file-system ~/lab-x"]  # fmt: skip


ENGINES = """\
<!-- step: engine>=29 -->
```bash
echo newer
export DOCKER_HOST=unix:///nowhere
```

<!-- step: engine<29 -->
```bash
echo older
```

<!-- step: engine>=28.5 -->
```bash
echo both
```
"""


@pytest.mark.parametrize(
    ("version", "prints"),
    [("29.7.2", "newer both"), ("28.5.2+dfsg4", "older both"), ("26.1.5", "older"), ("30.0.0-dev", "newer both"),
     ("dev", "newer both")],
)  # fmt: skip
def test_a_step_asks_for_the_engine_of_the_host_whichever_docker_calls_by_then(tmp_path, version, prints):
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\n[ -z "$DOCKER_HOST" ] || exit 1\necho {version}\n')
    docker.chmod(0o755)
    text = script(parse(ENGINES, "x.md"), "t")
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", text], env=environment, capture_output=True, text=True, cwd=tmp_path,
                          check=False)  # fmt: skip
    assert done.stdout.split() == prints.split(), done.stderr
    steps = [step for step in parse(ENGINES, "x.md").steps if not step.options.unmet(version)]
    assert [step.source.split()[1] for step in steps] == prints.split(), "as in a lab"


def test_ctrl_c_ends_a_script_whatever_the_command_makes_of_it():
    waits = "bash -c 'trap \"exit 0\" INT; echo up; sleep 5 >/dev/null & wait'"
    text = script(parse(f"```bash\n{waits}\necho went on\n```\n", "x.md"), "t")
    # Tests that a shell has put into the background have SIGINT ignored, which no bash that they start could trap.
    running = subprocess.Popen(["env", "--default-signal=INT", "bash", "-c", text], stdout=subprocess.PIPE, text=True,
                               start_new_session=True)  # fmt: skip
    assert running.stdout.readline() == "up\n"
    time.sleep(0.5)  # until bash waits for it, as long before anybody's Ctrl-C
    os.killpg(running.pid, signal.SIGINT)
    assert running.stdout.read() == "" and running.wait(20) == 130
