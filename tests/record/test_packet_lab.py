"""Ways of packets in a real lab: what is traced, what a changed rule does to it, and how a failure reads."""

from __future__ import annotations

import pytest

from macros.draw.figures import described, packet_svg
from macros.draw.packet import from_dict
from macros.lab import needs
from macros.lab.errors import LabError
from macros.lab.trace import ABLE, captured
from macros.page.reader import parse
from macros.record.bindings import Bindings
from macros.record.failed import StepFailed
from macros.record.session import Session

HOST = """```bash
ip netns add lab-outside
ip link add lab-to-outside type veth peer name to-host netns lab-outside
ip addr add 203.0.113.1/24 dev lab-to-outside
ip link set lab-to-outside up
ip -n lab-outside addr add 203.0.113.7/24 dev to-host
ip -n lab-outside link set to-host up
docker run -d --init --name lab-web -p 8080:80 busybox:1.37 httpd -f -h /etc
```
<!-- wait: http://127.0.0.1:8080/hostname -->
"""
CALL = '<!--[[ packet("curl -s --max-time 1 http://203.0.113.1:8080/hostname", "lab-outside") ]]-->\n'
DROP = "iptables -{} DOCKER-USER -i lab-to-outside -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP"


@pytest.fixture
def run(lab):
    """Run a page of this text after HOST; returns the results of its macro calls."""
    lab.reset()
    sessions = []

    def runner(text):
        page = parse(HOST + text, "page.md")
        assert not page.problems
        sessions.append(Session(page, lab))
        results = [sessions[-1].run(step) for step in page.steps]
        return [result for step, result in zip(page.steps, results, strict=True) if step.kind == "probe"]

    yield runner
    for session in sessions:
        session.close()


def test_a_drop_in_docker_user_changes_picture_and_sentences_and_is_not_what_was_recorded(run):
    open_, again, closed = run(
        f"{CALL}\n{CALL}\n```bash\n{DROP.format('I')}\n```\n<!-- step: exit=28 -->\n{CALL}"
        f"```bash\n{DROP.format('D')}\ndocker rm -f lab-web\n```\n"
    )
    assert open_.unlike(again, Bindings()) == ""
    assert open_.unlike(closed, Bindings()) and "DOCKER-USER" in open_.beside(closed, Bindings())
    for lang, dropped in (("ko", "여기서 버려짐"), ("en", "dropped here")):
        pictures = [packet_svg(from_dict(result.data), lang, "way") for result in (open_, closed)]
        assert [dropped in picture for picture in pictures] == [False, True]
        told = [described("packet", result.data, lang) for result in (open_, closed)]
        assert ["-A DOCKER-USER -i lab-to-outside" in text for text in told] == [False, True]


def test_a_page_whose_rule_was_turned_round_names_the_call_that_it_fails_at(run):
    with pytest.raises(StepFailed) as failure:
        run(f"```bash\n{DROP.format('I')}\n```\n{CALL}")
    told = str(failure.value)
    assert told.startswith(f"page.md:{HOST.count(chr(10)) + 4}: packet(") and "exit code 28 instead of 0" in told


FAILURES = {
    'packet("true")': "it sent no packet that begins a connection through this host: exit code 0",
    'packet("echo seen; exit 3")': "exit code 3\nseen",
    'packet("curl a", "lab-no")': "there is no network namespace and no container lab-no",
    'packet("curl a", "", "lab-no")': "there is no network namespace lab-no",
    'packet("wget http://127.0.0.1", "lab-idle")': "the container lab-idle does not run",
    'packet("wget http://127.0.0.1", "lab-same")': "the container lab-same is in the host's network: name none",
    'packet("wget http://127.0.0.1", "lab-empty")': "lab-empty has no address to send from",
    'packet("touch /root/made; curl -s http://127.0.0.1:8080/hostname")': "a command of packet() may only look",
}


def test_what_cannot_be_drawn_is_an_error_at_its_line(lab, run):
    containers = """```bash
docker create --name lab-idle busybox:1.37 true
docker run -d --init --name lab-same --network host busybox:1.37 sleep 99
docker run -d --init --name lab-empty --network none busybox:1.37 sleep 99
```
"""
    run(containers)
    page = parse("".join(f"<!--[[ {call} ]]-->\n\n" for call in FAILURES), "page.md")
    session = Session(page, lab)
    for step, (call, why) in zip(page.steps, FAILURES.items(), strict=True):
        with pytest.raises(StepFailed) as failure:
            session.run(step)
        told = str(failure.value)
        assert told.startswith(f"page.md:{step.line}: "), call
        assert all(line in told for line in why.split("\n")), told
    session.close()


def test_the_host_is_as_it_was_and_nothing_is_left_running(lab, run):
    run("")
    before, state = lab.looked(), lab.read("bash", "-c", "nft list tables; ls /dev/shm; pgrep -c nft || true")
    assert captured(lab, "curl -s http://127.0.0.1:8080/hostname")["exit"] == "0"
    with pytest.raises(LabError, match="no container lab-no"):
        captured(lab, "true", "lab-no")
    late = captured(lab, "sleep 9; curl -s http://127.0.0.1:8080/hostname", seconds=0.5)
    assert (late["exit"], late["trace"]) == ("124", "")
    assert lab.read("bash", "-c", "nft list tables; ls /dev/shm; pgrep -c nft || true") == state
    assert lab.looked() == before


def test_of_a_command_that_pings_first_the_connection_is_drawn(run):
    command = "sh -c 'ping -c 1 -W 1 203.0.113.7 >/dev/null; wget -qO- -T 1 http://203.0.113.1:8080/hostname'"
    (result,) = run(f'```bash\ndocker run -d --init --name lab-app busybox:1.37 sleep 99\n```\n'
                    f'<!--[[ packet("{command}", "lab-app") ]]-->\n')  # fmt: skip
    assert result.data["packets"][0]["destination"] == "203.0.113.1:8080"
    assert result.data["packets"][0]["protocol"] == "tcp"


def test_a_kernel_that_cannot_trace_is_a_reason_to_skip(lab, run, monkeypatch):
    assert lab.run("bash", "-c", ABLE)[0] == 0
    monkeypatch.setitem(needs.NEEDS, "trace", f"! {{ {ABLE}; }}")
    monkeypatch.setattr(lab, "offers", {})
    (result,) = run(CALL)
    assert result.skipped == "needs trace, which this engine or kernel has not" and result.data is None
