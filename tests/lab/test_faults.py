"""What breaks while a page runs: one error with its line and the next step, nothing left, and the next run works."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

import docker.errors
import pytest
from sybil import Document

from macros.lab.errors import EngineError
from macros.lab.host import Lab
from macros.lab.inventory import leftovers
from macros.lab.outer import outer_engine
from macros.lab.shell import Ran
from macros.record import recording as recordings
from macros.site import library
from tests.tools import bench_site
from tests.tools.pages import PageRun

pytestmark = pytest.mark.engine

# What ends within it, in seconds, was ended, also on a busy machine: all that hangs here hangs for longer. How soon
# after its limit a step ends is measured by `make bench`.
ENDED = 15


@pytest.fixture
def page(lab):
    """Run a page of this text as `make test` does; returns for each step (message, seconds)."""
    runs = []

    def runner(text):
        run = PageRun(Document(text, "page.md"))
        runs.append(run)
        assert not run.page.problems
        said = []
        for step in run.steps:
            began = time.monotonic()
            try:
                said.append((run.check(step, lab, False), time.monotonic() - began))
            except pytest.skip.Exception as skipped:
                said.append((f"skipped: {skipped}", 0.0))
        if not run.broken:
            run.session.close()
        return said

    yield runner
    for run in runs:
        if run.session:
            run.session.close()


def processes(lab):
    """The processes of a lab that are not its engine's own."""
    listed = lab.run("ps", "-eo", "args", "--no-headers")[1].splitlines()
    return [line for line in listed if not line.startswith(("docker-init", "dockerd", "containerd", "ps -eo"))]


def one_error(said, place, what, cause=""):
    """The second step failed with this, and the third was not run."""
    messages = [message for message, _ in said]
    assert messages[0] is None and messages[1] is not None, messages
    lines = messages[1].splitlines()
    assert lines[0].startswith(f"{place}: {what}") and cause in messages[1], messages[1]
    assert lines[-1] == "  next: make test PAGE=page.md" and len(messages[1]) < 5000, messages[1]
    assert messages[2] == f"skipped: not run because of line {place.rpartition(':')[2]}"


def the_next_page_runs(page, lab):
    """In the same lab, and it finds nothing of the last one."""
    fresh = '[ -z "$(docker ps -aq)$(ls -A ~)$(mount | grep /mnt)" ]\ndocker run --rm busybox:1.37 true'
    assert [message for message, _ in page(f"```bash\n{fresh}\n```\n")] == [None]
    assert leftovers(lab) == []


RAN = "```bash\ntrue\n```\n"
# (code, whose first line is line 6 of the page; line of the error, or several that are right; what it says; what its
# cause names)
FAULTS = {
    "hangs": ("true\nsleep 1000", 7, "did not end within 1 s", "timeout="),
    "hangs in a function": ("f() {\n  sleep 1000\n}\nf", 9, "did not end within 1 s", "timeout="),
    "waits for its container": (
        "true\ndocker run \\\n  busybox:1.37 sleep 1000", 7, "did not end within 3 s", "timeout=",
    ),
    "detaches what it starts": ("setsid env -i sleep 4321 &\nsleep 4322", 7, "did not end within 1 s", "timeout="),
    "multiplies": ("bomb() { bomb | bomb & }\nbomb\nsleep 1000", 8, "did not end within 1 s", "timeout="),
    "floods": ("true\nyes | head -c 50000000", 7, "printed more than 1 MiB", "cut it with"),
    # Its shell is at the loop's head, or in its body.
    "floods line by line": (
        "for i in $(seq 999999); do\n  echo $i\ndone", (6, 7), "printed more than 1 MiB", "cut it with",
    ),
    "floods its error output": ("yes >&2", 6, "printed more than 1 MiB", "cut it with"),
    "asks for input": ("true\nread -r answer", 7, "exit code 1 instead of 0", ""),
    "asks its terminal": ("true\nread -r answer </dev/tty", 7, "exit code 1 instead of 0", "no terminal"),
    "exits": ("true\nexit 3\ntrue", 7, "ended its shell", "in parentheses"),
    "ends at its first failure": ("set -e\ntrue\nfalse\ntrue", 8, "ended its shell", "set -e"),
    "kills its shell": ("true\nkill -9 $$\ntrue", 7, "ended its shell", "in parentheses"),
    "replaces its shell": ("true\nexec false\ntrue", 7, "ended its shell", "exec"),
    "is no bash": ("true\necho 'a\ntrue", 7, "exit code 2 instead of 0", ""),
    "fills a disk": (
        "mount -t tmpfs -o size=1m x /mnt\nhead -c 2M /dev/zero >/mnt/a", 7, "exit code 1 instead of 0", "is full",
    ),
    "writes without end": (
        "true\n(ulimit -f 1; head -c 9000 /dev/zero >a)", 7, "exit code 153 instead of 0", "at most 4 GiB",
    ),
    "leaves a process and fails": ("setsid env -i sleep 4321 &\nfalse", 7, "exit code 1 instead of 0", ""),
}  # fmt: skip


@pytest.mark.parametrize(("code", "line", "what", "cause"), FAULTS.values(), ids=FAULTS)
def test_step_that(page, lab, code, line, what, cause):
    limit = float(what.split()[-2]) if what.startswith("did not end") else 20.0
    said = page(f"{RAN}<!-- step: timeout={limit:g} -->\n```bash\n{code}\n```\n{RAN}")
    lines = line if isinstance(line, tuple) else (line,)
    places = [f"page.md:{one}" for one in lines]
    one_error(said, next((one for one in places if said[1][0].startswith(f"{one}: ")), places[0]), what, cause)
    assert said[1][1] < limit + ENDED
    # A container is its engine's, and goes with the next reset; all else ends with the page.
    assert "docker run" in code or processes(lab) == []
    assert [message for message, _ in page(RAN)] == [None]
    assert processes(lab) == []


def test_console_command_that_hangs_has_its_own_line(page, lab):
    said = page(f"{RAN}<!-- step: timeout=1 -->\n```console\n$ echo a\na\n$ sleep 1000\n$ echo b\nb\n```\n{RAN}")
    one_error(said, "page.md:8", "did not end within 1 s")
    assert processes(lab) == []


# Each of these is odd and harmless: the next step of the same page runs, in the same shell.
HARMLESS = {
    "bytes that are no UTF-8": (r"printf '\377\376 \000 \355\240\200'", "\\xff\\xfe \0 \\xed\\xa0\\x80"),
    "a process in the background": ("sleep 1000 & echo started", "started\n"),
    "the session's own markers": (
        "printf '\\001%s 0\\n' 0123456789abcdef0123456789abcdef; echo '__step __failed __line' 9\\>\\&-",
        "\x010123456789abcdef0123456789abcdef 0\n__step __failed __line 9>&-\n",
    ),
    "functions named as what the session uses": ("eval() { :; }; printf() { :; }; echo a", "a\n"),
    "another separator": ("IFS=0123456789; echo a", "a\n"),
    "a redirected shell": ("exec 3>&1 >log; echo lost; exec >&3 3>&-; cat log", "lost\n"),
    "a shell that stays redirected": ("exec >log; echo lost", ""),
    "no input": ("cat; read -r answer || echo none", "none\n"),
    "a last line without an end": ("printf a", "a"),
    "a here-document": ("cat <<'END'\n$x `y`\nEND", "$x `y`\n"),
    "a trace": ("set -x; true; { set +x; } 2>/dev/null", "+ true\n"),
}


@pytest.mark.parametrize(("code", "output"), HARMLESS.values(), ids=HARMLESS)
def test_shell_outlives(lab, code, output):
    shell = lab.shell()
    try:
        assert shell.run("kept=1", 5) == Ran(0, "")
        assert shell.run(code, 5) == Ran(0, output)
        assert shell.run("[ \"$kept\" = 1 ]", 5) == Ran(0, "")
    finally:
        shell.close()
    assert processes(lab) == []


# How a lab goes while a page runs -> what the page's error says of it.
ENDS = {
    "engine killed": (lambda lab: lab.run("bash", "-c", "kill -9 $(pidof dockerd)"), "its engine ended with exit code"),
    "container removed": (lambda lab: lab.container.remove(force=True, v=True), "its container was removed"),
    "container stopped": (lambda lab: lab.container.kill(), "its engine ended with exit code"),
}
RUNNING = {
    "bash": "```bash\ntrue\nsleep 20\n```\n",
    "console": "```console\n$ true\n$ sleep 20\n```\n",
}


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("kind", RUNNING)
def test_lab_goes_while_a_step_runs(page, lab, how, kind):
    end, says = ENDS[how]
    lab.reset()
    first = lab.container.id
    ended = []

    def end_it():
        said = ""
        while "sleep 20" not in said:
            time.sleep(0.1)
            with contextlib.suppress(AttributeError, docker.errors.APIError):  # it is being made anew
                said = lab.run("ps", "-eo", "args")[1]
        ended.append(time.monotonic())
        with contextlib.suppress(docker.errors.APIError):  # what kills an engine may end with it
            end(lab)

    thread = threading.Thread(target=end_it)
    thread.start()
    said = page(RAN + RUNNING[kind] + RAN)
    thread.join()
    one_error(said, "page.md:6", f"the lab docker-host is gone: {says}")
    assert time.monotonic() - ended[0] < ENDED
    the_next_page_runs(page, lab)
    assert lab.container.id != first


@pytest.mark.parametrize(
    "step",
    [
        "```bash\ntrue\n```\n",
        '```text title="a"\nb\n```\n',
        '<!--[[ network_inspect("bridge") ]]-->\n',
        "```python\nimport docker\ndocker.from_env().ping()\n```\n",
        "<!-- step: needs=ipvs -->\n```bash\ntrue\n```\n",
    ],
    ids=["bash", "file", "probe", "python", "needs"],
)
def test_lab_is_gone_before_a_step(page, lab, step):
    run = PageRun(Document(RAN + step + RAN, "page.md"))
    assert run.check(run.steps[0], lab, False) is None
    lab.container.remove(force=True, v=True)
    line = 4 if step.startswith(("<!--[[", "```python", "```text")) else 5
    said = [(None, 0.0), (run.check(run.steps[1], lab, False), 0.0), (f"skipped: not run because of line {line}", 0.0)]
    one_error(said, f"page.md:{line}", "the lab docker-host is gone: its container was removed")
    the_next_page_runs(page, lab)


def test_engine_that_stands_still_is_replaced(page, lab, monkeypatch):
    monkeypatch.setattr("macros.lab.health.ANSWER_SECONDS", 1)
    stop = "kill -STOP $(pidof dockerd)\ndocker ps"
    said = page(f"{RAN}<!-- step: timeout=1 -->\n```bash\n{stop}\n```\n{RAN}")
    one_error(said, "page.md:7", "the lab docker-host is gone: its engine does not answer within 1 s")
    the_next_page_runs(page, lab)


def test_what_a_page_changes_on_its_host_is_gone_for_the_next(page, lab):
    changed = (
        "mkdir -p /mnt/a && mount -t tmpfs x /mnt/a && touch /mnt/a/b /tmp/c /etc/d\nip link add br9 type bridge\n"
        "iptables -A FORWARD -j DROP\nsysctl -qw net.ipv4.ip_forward=0\nhostname other\nip netns add red"
    )
    before = lab.run("bash", "-c", f"exec 2>&1; {SEEN}")
    assert [message for message, _ in page(f"```bash\n{changed}\n```\n")] == [None]
    assert lab.run("bash", "-c", f"exec 2>&1; {SEEN}") != before
    the_next_page_runs(page, lab)
    assert lab.run("bash", "-c", f"exec 2>&1; {SEEN}") == before


SEEN = "ls /mnt /tmp /etc/d; ls /sys/class/net; iptables -S FORWARD; hostname; sysctl net.ipv4.ip_forward"


def start_with(**environment):
    """What Lab.start says in another process and environment: (exit code, all it printed)."""
    code = (
        "import os, sys, docker, requests, macros.lab.host\nfrom macros.lab.errors import EngineError\n"
        "if user := os.environ.get('BE_USER'): os.setgroups([]); os.setgid(int(user)); os.setuid(int(user))\n"
        "try: macros.lab.host.Lab.start()\nexcept EngineError as error: sys.exit(str(error))"
    )
    given = os.environ | environment
    done = subprocess.run([sys.executable, "-c", code], cwd=library.ROOT, env=given, capture_output=True, text=True,
                          timeout=30, check=False)  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("tcp://127.0.0.1:1", "no Docker Engine answers at DOCKER_HOST=tcp://127.0.0.1:1: Connection refused"),
        ("unix:///nowhere", "no Docker Engine answers at DOCKER_HOST=unix:///nowhere: No such file or directory"),
        ("ftp://x", "no Docker Engine answers at DOCKER_HOST=ftp://x: "),
        ("tcp://no.such.host.invalid:1", "no Docker Engine answers at DOCKER_HOST=tcp://no.such.host.invalid:1: "),
    ],
)
def test_wrong_docker_host(host, says):
    status, said = start_with(DOCKER_HOST=host)
    lines = said.strip().splitlines()
    assert status == 1 and len(lines) == 2 and lines[0].startswith(says), said
    assert lines[1] == "  next: unset DOCKER_HOST, or correct it, and run again"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_no_rights_to_the_socket():
    status, said = start_with(BE_USER="65534", DOCKER_HOST="")
    assert status == 1 and said.startswith("no rights to use the Docker Engine at "), said
    assert "next: run as root, or join the group docker" in said and len(said.strip().splitlines()) == 2


@pytest.fixture
def fake_engine():
    """An engine that says it is of another version: call it with the version and its API; it gives its address."""
    servers = []

    def start(version, api):
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps({"Version": version, "ApiVersion": api, "MinAPIVersion": "1.12"}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"tcp://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()


@pytest.mark.parametrize(("version", "api"), [("19.03.15", "1.40"), ("17.05.0", "1.29"), ("1.12.6", "1.24")])
def test_engine_that_is_too_old(fake_engine, monkeypatch, version, api):
    monkeypatch.setenv("DOCKER_HOST", fake_engine(version, api))
    with pytest.raises(EngineError) as failure:
        outer_engine()
    assert f"is too old: it is {version} (API {api}), a lab needs 20.10 or newer\n  next: update" in str(failure.value)


def test_something_else_listens_there(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(EngineError, match="no Docker Engine answers at DOCKER_HOST=.*\n  next: unset DOCKER_HOST"):
            outer_engine()


class Proxy:
    """Stands between a client and the machine's engine, and can go away as an engine that restarts does."""

    def __init__(self, path):
        self.path, self.open, self.up = path, [], True
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self.server.accept()[0]
            except OSError:
                return
            if not self.up:
                client.close()
                continue
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(self.path)
            self.open += [client, engine]
            for source, target in ((client, engine), (engine, client)):
                threading.Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def down(self):
        self.up = False
        for end in self.open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.mark.skipif("DOCKER_HOST" in os.environ, reason="the engine is not at its usual socket")
def test_outer_engine_restarts_while_a_step_runs(page, lab, monkeypatch):
    proxy = Proxy("/var/run/docker.sock")
    monkeypatch.setenv("DOCKER_HOST", proxy.address)
    mine = Lab.start(lab.engine)
    try:
        def restart():
            proxy.down()
            lab.outer.containers.get(mine.container.id).kill()  # as the machine's engine does with what it ran

        run = PageRun(Document(RAN + "```bash\ntrue\nsleep 20\n```\n" + RAN, "page.md"))
        assert run.check(run.steps[0], mine, False) is None
        timer = threading.Timer(0.5, restart)
        timer.start()
        began = time.monotonic()
        said = run.check(run.steps[1], mine, False)
        timer.join()
        assert said.startswith("page.md:6: the machine's Docker Engine does not answer any more: "), said
        assert said.endswith("\n  next: make test PAGE=page.md") and time.monotonic() - began < ENDED
        proxy.up = True
        again = PageRun(Document(RAN, "page.md"))
        assert again.check(again.steps[0], mine, False) is None
        again.session.close()
    finally:
        proxy.up = True
        mine.close()
        proxy.server.close()


def test_two_runs_a_build_and_a_serve_that_runs_a_page_at_once(tmp_path, monkeypatch):
    monkeypatch.delitem(bench_site.ENVIRONMENT, "LAB")  # an edited page is run
    project = bench_site.copied(tmp_path / "project")
    with bench_site.serving(project) as get:
        for lang in ("ko", "en"):
            page = project / "docs" / lang / "network/none.md"
            page.write_text(page.read_text(encoding="utf-8") + "\n```bash\necho $((6 * 7)) at once\n```\n", "utf-8")
        _at_once(tmp_path)
        deadline = time.monotonic() + 60
        while "42 at once" not in get("network/none/") or "42 at once" not in get("en/network/none/"):
            assert time.monotonic() < deadline, get("network/none/")
            time.sleep(0.2)


def _at_once(tmp_path):
    command = [sys.executable, "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir=.", "-p", "no:cacheprovider", "-q"]
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(tmp_path / "site")]
    given = os.environ | {"LAB": "recorded", "NO_MKDOCS_2_WARNING": "1"}
    at_once = [
        subprocess.Popen(one, cwd=library.ROOT, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for one in ([*command, "docs/ko/network/none.md"], [*command, "docs/ko/network/none.md"], build)
    ]
    for process in at_once:
        said = process.communicate(timeout=180)[0]
        assert process.returncode == 0, said


def damaged(tmp_path, monkeypatch, text):
    """What a page says of a recording that holds this text; no lab is asked for."""
    monkeypatch.setattr(library, "ROOT", tmp_path)
    path = recordings.path_of(tmp_path, "x")
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    run = PageRun(Document(RAN + RAN, "page.md"))
    run.name = "x"
    said = run.check(run.steps[0], None, False)
    with pytest.raises(pytest.skip.Exception, match="not run because of line 1"):
        run.check(run.steps[1], None, False)
    return said


def test_recording_that_was_cut_off(tmp_path, monkeypatch):
    whole = recordings.path_of(library.ROOT, "network/none").read_text(encoding="utf-8")
    half = whole[: len(whole) // 2]
    said = damaged(tmp_path, monkeypatch, half)
    line = half.count("\n") + 1
    assert said.startswith(f"docs/_recordings/x.json:{line}: not a recording of x: "), said
    assert said.endswith("\n  next: make record PAGE=docs/ko/x.md")


def test_recording_of_another_page(tmp_path, monkeypatch):
    whole = recordings.path_of(library.ROOT, "network/none").read_text(encoding="utf-8")
    said = damaged(tmp_path, monkeypatch, whole)
    assert said.startswith("docs/_recordings/x.json:1: not a recording of x: it is of format 2, page 'network/none'")


def test_no_room_for_a_recording_leaves_the_old_one(tmp_path):
    known = recordings.load(library.ROOT, "network/none")
    recordings.save(tmp_path, known)
    path = recordings.path_of(tmp_path, "network/none")
    before = path.read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limit[1]))
    try:
        with pytest.raises(recordings.RecordingError) as failure:
            recordings.save(tmp_path, known)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]
    says = "docs/_recordings/network/none.json: not written, the recording is as it was: "
    assert str(failure.value).startswith(says)
    assert "next: make room, then make record PAGE=docs/ko/network/none.md" in str(failure.value)
