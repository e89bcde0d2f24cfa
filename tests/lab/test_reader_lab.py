"""The lab as its readers get it: from the served site and by make lab, on a terminal, and nothing is left of it."""

from __future__ import annotations

import contextlib
import functools
import html
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import threading
import time
import urllib.request

import docker
import pytest
import yaml

from macros.lab.images import ENGINES
from macros.lab.images.base import base_image
from macros.lab.images.engines import SAMPLES_SUITE
from macros.lab.images.sources import NotHadError, reach
from macros.lab.owner import LABEL, OWNER, owner, sweep
from macros.page.reader import parse, read
from macros.record import recording as recordings
from macros.record.bindings import Bindings
from macros.site import lab as published
from macros.site import library
from macros.words import words
from tests.tools.copies import copied_code
from tests.tools.lab import Refused, found
from tests.tools.noting import BUILT, note, stands_for, unseen
from tests.tools.served import served
from tests.tools.terminal import Terminal

PROMPT = "root@docker-host:~# "
ASKS = "[q] quit "
# What --privileged gives and a machine without CAP_SYS_RESOURCE cannot: there a lab runs with what it needs of it.
NEEDED = ["--cap-add=ALL", "--cap-drop=SYS_RESOURCE", "--security-opt=seccomp=unconfined",
          "--security-opt=apparmor=unconfined", "--security-opt=systempaths=unconfined"]  # fmt: skip
LABELS = [f"--label={LABEL}=host", f"--label={OWNER}={owner()}"]
MAKE_LAB = [sys.executable, "tests/tools/lab.py"]
# The pages that these tests give to make lab.
PAGES = ("network/bridge", "volume/moving")


def said(*command: str, **more) -> str:
    """What a command that succeeds prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    assert done.returncode == 0, f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}"
    return done.stdout


def there(pid: int | None = None) -> list[str]:
    """The labs' containers and networks that one process made, this one unless another is given."""
    client = docker.from_env()
    mine = f"/{pid or os.getpid()}/"
    things = [(c.name, c.labels) for c in client.containers.list(all=True, ignore_removed=True)]
    things += [(n.name, n.attrs["Labels"] or {}) for n in client.networks.list()]
    return [name for name, labels in things if mine in labels.get(OWNER, "")]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """What make lab needs of this project, so that no other page is read here."""
    project = tmp_path_factory.mktemp("project")
    copied_code(project, "macros", "tests/tools")
    for lang in ("ko", "en"):
        for page in PAGES:
            (project / f"docs/{lang}/{page}.md").parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library.ROOT / f"docs/{lang}/{page}.md", project / f"docs/{lang}/{page}.md")
    return project


@pytest.fixture(scope="module")
def address(site, tmp_path_factory):
    """The address of a served site, which it knows of itself. Apart from that it is the whole site: who reads a file
    of it has read that one's."""
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--no-strict", "-d", str(folder)]
    with served(folder) as address:
        environment = os.environ | {"LAB": "recorded", "NO_MKDOCS_2_WARNING": "1", "SITE_URL": address}
        with unseen():
            said(*build, cwd=library.ROOT, env=environment)
        stands_for(folder, BUILT)
        yield address.removesuffix("/")


def fences(url: str) -> list[str]:
    """The commands in the boxes of a served page, in their order, as a reader copies them."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        page = answer.read().decode()
    boxes = re.findall(r'class="language-bash highlight">.*?<code>(.*?)</code>', page, re.DOTALL)
    return [html.unescape(re.sub("<.*?>", "", box)).strip() for box in boxes]


@functools.cache
def two_commands(address: str) -> tuple[str, str]:
    """The two commands of the page that tells how to set up a lab."""
    build, opens = fences(f"{address}/en/lab/")[0].splitlines()
    return build, opens


def as_here(command: str, image: str, **more: list[str]) -> list[str]:
    """A reader's command, its image called as here and with options that this machine needs in the place of words."""
    words = [image if word == "docker-lab" else word for word in shlex.split(command)]
    return [option for word in words for option in more.get(word.strip("-"), [word])]


@functools.cache
def newest():
    """The newest generation that readers can build on this machine: of the sources, ENGINE_DIR is none of theirs."""
    for engine in ENGINES:
        with contextlib.suppress(NotHadError):
            reach(engine)
            return engine
    raise AssertionError("no generation can be had")


@pytest.fixture(scope="module")
def image(lab, address):
    """The image that the site's address gives. Where no registry answers, its bases are those of the tests' lab; where
    no source of the newest engine does, it has the newest that can be had."""
    client = docker.from_env(timeout=600)
    suites = {"BASE": ENGINES[newest()], "SAMPLES": SAMPLES_SUITE}
    arguments = [f"--build-arg={name}={base_image(client, suite, print)}" for name, suite in suites.items()]
    arguments += [f"--build-arg=ENGINE={newest()}"]
    name = f"docker-docs/reader:{os.getpid()}"
    arguments += [f"--label={LABEL}=image", "--network=host"]
    build, _ = two_commands(address)
    assert build == f"docker build -t docker-lab {address}/en/lab.tar.gz"
    said(*as_here(build, name, build=["build", *arguments]))
    yield name
    client.images.remove(name, force=True)


@pytest.fixture(scope="module")
def rights(image):
    """The options with which a reader's lab can be run on this machine."""
    tried = subprocess.run(["docker", "run", "--rm", "--privileged", "--entrypoint", "true", image], check=False,
                           capture_output=True)  # fmt: skip
    return NEEDED if tried.returncode else ["--privileged"]


@pytest.fixture
def run(image, rights):
    """The beginning of a command that runs a reader's lab."""
    yield ["docker", "run", "--rm", *rights, *LABELS]
    for name in there():
        if not name.startswith("docker-docs-lab-"):  # those are the lab's of this worker
            subprocess.run(["docker", "rm", "-fv", name], capture_output=True, check=False)


def first_output(name):
    """What the first step of a page printed when it was recorded, as one text."""
    page = read(library.ROOT / f"docs/ko/{name}.md")
    index = next(number for number, step in enumerate(page.recorded) if not step.hidden and step.kind != "probe")
    return recordings.load(library.ROOT, name).engines[newest()].results[index].whole().output


def volumes():
    return {volume.name for volume in docker.from_env().volumes.list()}


@pytest.mark.engine
def test_shell_from_the_site_prints_what_the_pages_show_and_leaves_nothing(address, image, rights):
    name = f"docker-docs-reader-{os.getpid()}"
    _, opens = two_commands(address)
    assert opens == "docker run --rm -it --privileged docker-lab" == fences(f"{address}/en/network/bridge/")[0]
    with Terminal(*as_here(opens, image, privileged=[*rights, *LABELS, "--name", name])) as terminal:
        greeting = terminal.until(PROMPT)
        assert f"Docker Engine {newest()}." in greeting and "images httpd:2.4, busybox:1.37." in greeting, greeting
        assert words("lab", "en")["leave"] in greeting
        (own,) = [mount["Name"] for mount in docker.from_env().containers.get(name).attrs["Mounts"]]
        terminal.type("ip -4 -br addr; ip route | head -n 1; docker image ls -q | wc -l\n")
        host = terminal.until(PROMPT)
        assert re.search(r"\nens33@\S+ +UP +10\.213\.0\.10/24", host) and "\ndefault via 10.213.0.1 dev ens33" in host
        assert re.search(r"\ndocker0 +DOWN +172\.17\.0\.1/16", host) and host.endswith(f"\n2\n{PROMPT}"), host
        # Nothing but what a page shows is typed.
        terminal.type("docker network ls\n")
        typed = terminal.until(PROMPT).partition("\n")[2].removesuffix(PROMPT)
        assert Bindings().same(first_output("network/bridge"), typed, wildcards=False) == ""
        terminal.type("page\n")
        listed = terminal.until(PROMPT)
        assert re.search(r"\nnetwork/bridge +Bridge networks\n", listed) and "\nvolume/volumes " in listed
        for page in ("network/bridge", "network/none", "volume/volumes", "network/compose", "troubleshooting/versions"):
            terminal.type(f"page {page}\n")
            terminal.until(ASKS)
            terminal.type("\n")
            shown = terminal.until(f"--- {page} 2/").partition("\n")[2].removesuffix(f"--- {page} 2/")
            assert Bindings().same(first_output(page), shown.rstrip("\n"), wildcards=False) == "", page
            terminal.until(ASKS)
            terminal.type("q")
            terminal.until("# ")
            terminal.type("cd\n")  # some pages begin in a folder of their own
            terminal.until(PROMPT)
        # In a second terminal, and in the very host.
        assert said("docker", "exec", name, "docker", "ps", "-q").strip() and own in volumes()
        terminal.type("docker run -d --name lab-still busybox:1.37 sleep 1000 && docker pause lab-still\n")
        terminal.until("\nlab-still\n")
        terminal.type("exit\n")
        assert terminal.wait() == 0
    assert name not in there() and own not in volumes()


@pytest.mark.engine
def test_page_goes_on_from_a_step_skips_and_keeps_what_was_set(lab):
    steps = ["```bash\ncd /tmp\nhere=$PWD\n```", "```bash\nfalse || touch no\n```",
             "<!-- step: engine<9 needs=compose -->\n```bash\ntouch no\n```",
             "<!-- step: engine>=19 -->\n```bash\n(exit 3)\n```",
             "<!-- wait: until touch /tmp/waited -->\n```bash\necho $? $here\n```",
             "```python\nx = 40\n```", "```python\nprint(x + 2)\n```"]  # fmt: skip
    page = parse("\n".join(["# A page {#a}", *steps, ""]), "x.md")
    lab.reset()
    files = {name: content for name, content in published.reader("en").items() if not name.startswith("pages/")}
    files |= {"pages/x/index": b"An index\n\x1e-\n\n\ntrue\n", "pages/x/a": published.stepwise(page, "en").encode()}
    lab.put("/usr/local/share/lab/reader", files)
    try:
        with Terminal("docker", "exec", "-it", lab.container.name, "lab") as terminal:
            greeting = terminal.until(PROMPT)
            assert words("lab", "en")["leave"] not in greeting
            terminal.type("page x/a\n")
            assert "--- x/a 1/7\ncd /tmp\nhere=$PWD\n--- " in terminal.until(ASKS)
            terminal.type("\n")
            terminal.until(f"touch no\n--- {words('lab', 'en')['keys']} ")
            terminal.type("xs")
            skipped = "runs on Docker Engine older than 9, needs Docker Compose\n"
            shown = terminal.until("(exit 3)")
            assert f"--- x/a 3/7\nSkipped on this host: {skipped}\n--- x/a 4/7\n" in shown, shown
            terminal.until(ASKS)
            terminal.type("\n")
            terminal.until(ASKS)
            terminal.type("\n")
            assert "\n3 /tmp\n" in terminal.until(ASKS)
            terminal.type("\n")
            terminal.until(ASKS)
            terminal.type("\n")
            assert "\n42\nThis is the end" in terminal.until(":/tmp# ")
            for number in ("0", "8", "two"):
                terminal.type(f"page x/a {number}\n")
                terminal.until("x/a has steps 1 to 7: page x/a 3 starts at the third.\n")
            terminal.type("page x/../x/a\n")
            terminal.until("There is no page x/../x/a;")
            terminal.type("ls waited; page x/a.md/ 5\n")
            terminal.until("\nwaited\n")
            assert "--- x/a 5/7\necho $? $here\n" in terminal.until(ASKS)
            terminal.type("q")
            terminal.until(":/tmp# ")
            terminal.type("page x\n")
            assert "--- x/index 1/1\ntrue\n" in terminal.until(ASKS)
            terminal.type("q")
            terminal.until(":/tmp# ")
            terminal.type("ls no; page nowhere\n")
            assert "No such file" in terminal.until("There is no page nowhere")
            terminal.until(":/tmp# ")
            terminal.type("exit\n")
            terminal.wait()
    finally:
        lab.run("bash", "-c", "cd /usr/local/share/lab/reader; rm -r pages words functions engine")


@pytest.mark.engine
def test_names_are_resolved_and_packets_go_both_ways(image, run):
    """On a network that is none of the labs': the host stands behind its container's card."""
    net = f"docker-docs-reader-{os.getpid()}"
    said("docker", "network", "create", *LABELS[1:], net)
    try:
        other = said(*run, "-d", "--network", net, "--name", f"{net}-other", "--entrypoint", "python3", image, "-m",
                     "http.server", "8000").strip()  # fmt: skip
        look = (
            f"curl -sf --retry 9 --retry-all-errors -o /dev/null http://{net}-other:8000 && echo out; "
            "docker run -d -p 80:80 httpd:2.4 >/dev/null; cat /etc/hosts; sleep infinity"
        )
        host = said(*run, "-d", "--network", net, "--name", f"{net}-host", image, "bash", "-c", look).strip()
        inside = f"import urllib.request as r; print(r.urlopen('http://{net}-host', timeout=5).read())"
        for _ in range(60):
            seen = subprocess.run(["docker", "exec", other, "python3", "-c", inside], capture_output=True, text=True,
                                  check=False)  # fmt: skip
            if "It works!" in seen.stdout:
                break
            threading.Event().wait(0.5)
        logs = said("docker", "logs", host)
        assert "It works!" in seen.stdout, f"{seen.stderr}\n{logs}"
        assert "out\n" in logs and "10.213.0.10\tdocker-host\n" in logs, logs
        began = time.monotonic()
        said("docker", "stop", "--time", "60", host)
        assert time.monotonic() - began < 30, "it heard the signal"
    finally:
        subprocess.run(["docker", "rm", "-fv", f"{net}-host", f"{net}-other"], capture_output=True, check=False)
        said("docker", "network", "rm", net)


@pytest.mark.engine
@pytest.mark.parametrize(
    ("options", "arguments", "status", "says"),
    [
        ([], [], 2, "lab: there is no terminal: docker run -it gives a shell"),
        (["--network", "host"], [], 1, "has the network of its machine"),
        ([], ["bash", "-c", "docker image ls -q | wc -l; exit 7"], 7, "2\n"),
    ],
)
def test_what_else_it_is_run_for(image, run, options, arguments, status, says):
    done = subprocess.run([*run, *options, image, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == status and says in done.stdout + done.stderr, done


@pytest.mark.engine
def test_without_its_rights_it_says_which_are_missing(image):
    done = subprocess.run(["docker", "run", "--rm", *LABELS, image], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "was it run with --privileged?" in done.stderr, done


@pytest.mark.engine
def test_what_is_read_is_run(image, run):
    note("docs/en/network/none.md")
    with unseen():  # the other pages' are made as well
        script = published.reader("en")["pages/network/none"].decode().partition("\n")[2]
    script = re.sub("\x1e.*\n", "", script)
    done = subprocess.run([*run, "-i", image], input=script, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.startswith(first_output("network/none").split("\n")[0]), done


@pytest.mark.engine
def test_compose_starts_the_hosts_of_a_page(address, image, rights, tmp_path):
    """With the Compose plugin of the image itself, which the machine may not have."""
    plugin = tmp_path / "config/cli-plugins/docker-compose"
    plugin.parent.mkdir(parents=True)
    holder = said("docker", "create", *LABELS, "--entrypoint", "true", image).strip()
    said("docker", "cp", f"{holder}:/usr/libexec/docker/cli-plugins/docker-compose", str(plugin))
    said("docker", "rm", "-v", holder)
    said("curl", "-sf", "-o", str(tmp_path / "compose.yaml"), f"{address}/en/network/overlay/compose.yaml")
    (told,) = [one for one in fences(f"{address}/en/lab/") if "docker compose exec" in one]
    up, shell = told.splitlines()
    assert up == fences(f"{address}/en/network/overlay/")[0] and shell == "docker compose exec docker-host lab"
    worker, down = shell.replace("docker-host", "worker"), "docker compose down --volumes"
    assert f"<code>{down}</code>" in said("curl", "-sf", f"{address}/en/lab/")
    here = {"image": image, "labels": dict(label.removeprefix("--label=").split("=", 1) for label in LABELS)}
    if rights is NEEDED:
        here |= {"privileged": False, "cap_add": ["ALL"], "cap_drop": ["SYS_RESOURCE"],
                 "security_opt": [one.partition("=")[2] for one in rights[2:]]}  # fmt: skip
    services = yaml.safe_load((tmp_path / "compose.yaml").read_text())["services"]
    (tmp_path / "here.yaml").write_text(yaml.safe_dump({"services": dict.fromkeys(services, here)}))
    network = f"10.213.{200 + os.getpid() % 50}"
    environment = os.environ | {"DOCKER_CONFIG": str(tmp_path / "config"), "LAB_NETWORK": network}
    here = {"compose": ["compose", "-p", f"docker-docs-reader-{os.getpid()}", "-f", "compose.yaml", "-f", "here.yaml"]}
    try:
        said(*as_here(up, image, **here), cwd=tmp_path, env=environment)
        with Terminal(*as_here(worker, image, **here), environment=environment, cwd=tmp_path) as terminal:
            terminal.until("root@worker:~# ")
            terminal.type("ping -c 1 -q docker-host; docker run --rm busybox:1.37 echo $((6 * 7)) here\n")
            assert "1 received" in terminal.until("42 here\n")
    finally:
        said(*as_here(down, image, **here), cwd=tmp_path, env=environment)
    assert not [name for name in there() if "reader" in name]


@pytest.mark.engine
@pytest.mark.parametrize("how", ["exit", "TERM", "KILL"])
def test_make_lab_is_gone_when_it_is_left(lab, project, how):
    with Terminal(*MAKE_LAB, cwd=project) as terminal:
        terminal.until(PROMPT)
        pid = terminal.process.pid
        assert len(there(pid)) == 2, "a container and its network"
        # What is paused is frozen, and on cgroup v1 no signal ends it.
        terminal.type("docker run -d --name lab-still busybox:1.37 sleep 1000 && docker pause lab-still\n")
        terminal.until("\nlab-still\n")
        if how == "exit":
            terminal.type("exit 3\n")
            assert terminal.wait() == 0, "what was typed last is no failure of make lab"
        else:
            said("kill", "-s", how, str(pid))
            terminal.wait()
    if how == "KILL":
        sweep(lab.outer)
    deadline = time.monotonic() + 30
    while there(pid) and time.monotonic() < deadline:
        time.sleep(0.2)  # another run's sweep may be at it
    assert there(pid) == []


@pytest.mark.engine
def test_make_lab_starts_the_hosts_of_a_page(lab, project, tmp_path):
    """Without tmux: it says what to type, and waits."""
    (tmp_path / "docker").symlink_to(shutil.which("docker"))
    environment = os.environ | {"PATH": str(tmp_path), "LANG": "C.UTF-8"}
    with Terminal(*MAKE_LAB, "docs/ko/volume/moving.md", environment=environment, cwd=project) as terminal:
        told = terminal.until("until Enter is pressed here.")
        opening = dict(re.findall(r"a shell on (\S+):  (docker .*)", told))
        assert list(opening) == ["docker-host", "new-host"], told
        with Terminal(*opening["new-host"].split()) as second:
            assert "도커 호스트입니다" in second.until("root@new-host:~# ")
            second.type("page volume/moving\n")
            second.until("docker-host에서 실행할 명령입니다")
            second.type("q")
            second.until("root@new-host:~# ")
            second.type("ping -c 1 -q docker-host\n")
            second.until("1 received")
        terminal.type("\n")
        assert terminal.wait() == 0
        assert there(terminal.process.pid) == []


@pytest.mark.parametrize(
    ("arguments", "changes", "says"),
    [
        (["network/bridgee"], {}, "PAGE=network/bridgee: there is no such page\n  next: make lab PAGE=network/bridge,"),
        ([], {"ENGINE": "19.03"}, "there is no engine '19.03'; there are 29.7, "),
        ([], {"PATH": "/nowhere"}, "the command docker, which is not here\n  next: install it"),
    ],
)
def test_make_lab_says_what_is_wrong(project, arguments, changes, says):
    done = subprocess.run([*MAKE_LAB, *arguments], cwd=project, env=os.environ | changes, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 1 and says in done.stderr and "Traceback" not in done.stderr, done


def test_a_page_is_found_by_name_and_by_path(tmp_path):
    docs = library.ROOT / "docs"
    assert found("network/overlay", "en") == (docs / "en/network/overlay.md", "en")
    assert found("network", "ko") == (docs / "ko/network/index.md", "ko")
    assert found("docs/en/network/overlay.md", "ko") == (docs / "en/network/overlay.md", "en")
    own = tmp_path / "own.md"
    own.write_text("# mine\n")
    assert found(str(own), "en") == (own, "en")
    with pytest.raises(Refused, match="next: make lab PAGE=volume/volumes"):
        found("volume/volumen", "ko")


def test_the_sites_archive_is_the_tests_context_and_the_pages_and_always_the_same():
    packed = published.context("ko")
    assert packed == published.context("ko")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = {member.name: member for member in archive}
        files = [path for path in published.CONTEXT.rglob("*") if path.is_file()]
        own = {path.relative_to(published.CONTEXT).as_posix(): path.read_bytes() for path in files}
        assert {name: archive.extractfile(name).read() for name in own} == own
        assert archive.extractfile("reader/pages/network/none").read().count(b"\x1e") > 3
    assert list(members) == sorted(members) and {member.mtime for member in members.values()} == {0}
    beside = {name for name, member in members.items() if member.isfile()} - set(own)
    assert "reader/words" in beside and all(name.startswith("reader/") for name in beside)
    assert {member.mode for member in members.values() if member.isdir()} == {0o755}


def of_hosts(names):
    """A page that runs on these hosts."""
    return parse(f"---\nhosts: [{names}]\n---\n\n# T\n", "x.md")


def test_compose_has_the_hosts_at_the_tests_addresses():
    text = published.compose(of_hosts("docker-host, worker"), published.image("", "en"), "en")
    described = yaml.safe_load(text)
    assert "#   docker compose exec worker lab\n" in text
    services = described["services"]
    assert {name: one["networks"]["lab"]["ipv4_address"][-2:] for name, one in services.items()} == {
        "docker-host": "10", "worker": "11"}  # fmt: skip
    assert services["worker"]["pull_policy"] == "never" and services["worker"]["hostname"] == "worker"
    known = published.image("https://github.com/Some/docs.git", "en")
    assert known == "ghcr.io/some/docs-lab:en"
    assert "pull_policy" not in yaml.safe_load(published.compose(of_hosts("a"), known, "en"))["services"]["a"]
    for name, called in (("", "docker-lab:20.10"), (known, "ghcr.io/some/docs-lab:20.10-en")):
        services = yaml.safe_load(published.compose(of_hosts("a, b=20.10"), name or "docker-lab", "en"))["services"]
        assert (services["a"]["image"], services["b"]["image"]) == (name or "docker-lab", called)


def test_commands_follow_from_where_the_site_and_its_project_are():
    site, project = "https://docs.invalid/guide/en/", "https://github.com/Some/docs"
    opens, older, own = (published.commands_of(which, site, "", "en") for which in ("start", "older", "own"))
    assert opens.splitlines() == [f"docker build -t docker-lab {site}lab.tar.gz",
                                  "docker run --rm -it --privileged docker-lab"]  # fmt: skip
    engine, suite = list(ENGINES.items())[-1]
    given = f"--build-arg ENGINE={engine} --build-arg SUITE={suite}"
    assert older.splitlines() == [f"docker build -t docker-lab:{engine} {given} {site}lab.tar.gz",
                                  f"docker run --rm -it --privileged docker-lab:{engine}"]  # fmt: skip
    assert own.splitlines() == [f"curl -fsSL {site}lab.tar.gz | docker build -t docker-lab -",
                                "docker run --rm -it --privileged docker-lab"]  # fmt: skip
    named = "docker run --rm -it --privileged --name lab-one {}\ndocker exec -it lab-one lab"
    assert published.commands_of("named", site, "", "en") == named.format("docker-lab")
    assert published.commands_of("named", site, project, "en") == named.format("ghcr.io/some/docs-lab:en")
    assert published.commands_of("start", "", "", "en").startswith("docker build -t docker-lab - <lab.tar.gz\n")
    run = "docker run --rm -it --privileged ghcr.io/some/docs-lab"
    assert published.commands_of("start", site, project, "en") == f"{run}:en"
    assert published.commands_of("older", site, project, "en") == f"{run}:{engine}-en"
    with pytest.raises(ValueError, match="there are start, named, older, own"):
        published.commands_of("newer", site, project, "en")


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_page_on_labs_names_what_there_is(lang):
    page = (library.ROOT / f"docs/{lang}/lab.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"(?m)^\| ([\d.]+) \| `(\w+)`", page)) == ENGINES
    several = {path.relative_to(library.ROOT / "docs" / lang).as_posix()
               for path in (library.ROOT / "docs" / lang).rglob("*.md") if library.page_at(path).hosts}  # fmt: skip
    linked = set(re.findall(r"\]\(([\w/-]+\.md)\)", page.rstrip().rpartition("\n")[0]))  # the last line is the way on
    assert several == linked, "pages of several hosts, and links to others"
    for image in ("httpd:2.4", "busybox:1.37"):
        assert f"`{image}`" in page


def test_every_word_is_used_in_the_lab():
    used = "".join(path.read_text(encoding="utf-8") for path in published.CONTEXT.rglob("*") if path.is_file())
    assert {key for key in words("lab", "ko") if not re.search(rf"\$\{{?lab_{key}\b", used)} == set()
