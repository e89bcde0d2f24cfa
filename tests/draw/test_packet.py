"""Ways of packets, from what labs captured of them (tests/tools/packets.py): the model, its picture, its sentences."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from macros.draw import packet_sentences, svg
from macros.draw.figures import described, packet_svg
from macros.draw.packet import Way, decisive, from_dict, to_dict
from macros.draw.packet_parts import broken
from macros.draw.packet_trace import from_capture
from macros.words import words

FOLDER = Path(__file__).parent / "packets"
CAPTURES = sorted(path.stem for path in FOLDER.glob("*.json"))
LANGUAGES = ("ko", "en")


def captured(name: str) -> dict[str, Any]:
    found = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return {key: "\n".join(text) if isinstance(text, list) else text for key, text in found.items()}


def way(name: str, **changed: str) -> Way:
    found = captured(name) | changed
    return from_capture(found, found["where"], found["host"])


def told(found: Way) -> list[str]:
    """The model in short: "HOOK chain: its decisive rules, or its policy" and what was rewritten, line by line."""
    lines = []
    for packet in found.packets:
        lines.append(f"{packet.sender or 'host'} {packet.source} -> {packet.destination} {packet.protocol}")
        for hook in packet.hooks:
            lines.append(f"{hook.name} {hook.entered}>{hook.left}")
            for chain in hook.chains:
                path = [chain.rules[number].chain for number in sorted(decisive(chain))]
                lines.append(f"  {chain.owner}: {' '.join([*path, *['policy'] * chain.policy, chain.verdict])}")
            lines += [f"  {key} {before} => {after}" for key, before, after in hook.rewritten]
        lines.append(f"{packet.end} {packet.receiver}".strip())
    return lines


# What each engine was seen to do; the rules themselves are held against the saves below.
EXPECTED = {
    "29.7-published": [
        "lab-outside 203.0.113.7 -> 203.0.113.1:8080 tcp",
        "prerouting lab-to-outside>",
        "  iptables -t raw: policy accept",
        "  iptables -t nat: PREROUTING DOCKER accept",
        "  to 203.0.113.1:8080 => 10.76.0.10:80",
        "forward lab-to-outside>lab-br-front",
        "  iptables -t filter: FORWARD DOCKER-FORWARD DOCKER-BRIDGE DOCKER accept",
        "postrouting lab-to-outside>lab-br-front",
        "  iptables -t nat: policy accept",
        "left lab-web",
    ],
    "20.10-published": [
        "lab-outside 203.0.113.7 -> 203.0.113.1:8080 tcp",
        "prerouting lab-to-outside>",
        "  iptables -t nat: PREROUTING DOCKER accept",
        "  to 203.0.113.1:8080 => 10.76.0.10:80",
        "forward lab-to-outside>lab-br-front",
        "  iptables -t filter: FORWARD DOCKER accept",
        "postrouting lab-to-outside>lab-br-front",
        "  iptables -t nat: policy accept",
        "left lab-web",
    ],
    "29.7-docker-user": [
        "lab-outside 203.0.113.7 -> 203.0.113.1:8080 tcp",
        "prerouting lab-to-outside>",
        "  iptables -t raw: policy accept",
        "  iptables -t nat: PREROUTING DOCKER accept",
        "  to 203.0.113.1:8080 => 10.76.0.10:80",
        "forward lab-to-outside>lab-br-front",
        "  iptables -t filter: FORWARD DOCKER-USER drop",
        "dropped lab-web",
    ],
    "29.7-proxy": [
        "host 127.0.0.1 -> 127.0.0.1:8080 tcp",
        "output >lo",
        "  iptables -t nat: policy accept",
        "postrouting >lo",
        "  iptables -t nat: policy accept",
        "prerouting lo>",
        "  iptables -t raw: policy accept",
        "input lo>",
        "local docker-proxy",
        "docker-proxy 10.76.0.1 -> 10.76.0.10:80 tcp",
        "output >lab-br-front",
        "  iptables -t nat: policy accept",
        "postrouting >lab-br-front",
        "  iptables -t nat: policy accept",
        "left lab-web",
    ],
    "29.7-out": [
        "lab-app 10.76.0.11 -> 203.0.113.7 icmp",
        "prerouting lab-br-front>",
        "  iptables -t raw: policy accept",
        "  iptables -t nat: policy accept",
        "forward lab-br-front>lab-to-outside",
        "  iptables -t filter: FORWARD DOCKER-FORWARD accept",
        "postrouting lab-br-front>lab-to-outside",
        "  iptables -t nat: POSTROUTING accept",
        "  from 10.76.0.11 => 203.0.113.1",
        "left lab-outside",
    ],
    "29.7-same-bridge": [
        "lab-app 10.76.0.11 -> 10.76.0.10:80 tcp",
        "prerouting lab-br-front>",
        "  iptables -t raw: policy accept",
        "  iptables -t nat: policy accept",
        "forward lab-br-front>lab-br-front",
        "  iptables -t filter: FORWARD DOCKER-FORWARD accept",
        "postrouting >lab-br-front",
        "  iptables -t nat: policy accept",
        "left lab-web",
    ],
    "29.7-bridge-alone": ["lab-app 10.78.0.11 -> 10.78.0.10:80 tcp", "bridged lab-web"],
    "29.7-other-bridge": [
        "lab-app 10.76.0.11 -> 10.77.0.10:80 tcp",
        "prerouting lab-br-front>",
        "  iptables -t raw: PREROUTING drop",
        "dropped lab-db",
    ],
    "20.10-other-bridge": [
        "lab-app 10.76.0.11 -> 10.77.0.10:80 tcp",
        "prerouting lab-br-front>",
        "  iptables -t nat: policy accept",
        "forward lab-br-front>lab-br-back",
        "  iptables -t filter: FORWARD DOCKER-ISOLATION-STAGE-1 DOCKER-ISOLATION-STAGE-2 drop",
        "dropped lab-db",
    ],
    "29.7-unpublished": [
        "lab-outside 203.0.113.7 -> 203.0.113.1:81 tcp",
        "prerouting lab-to-outside>",
        "  iptables -t raw: policy accept",
        "  iptables -t nat: policy accept",
        "input lab-to-outside>",
        "local",
    ],
    "29.7-ipv6": [
        "lab-outside 2001:db8:113::7 -> [2001:db8:113::1]:8086 tcp",
        "prerouting lab-to-outside>",
        "  ip6tables -t raw: policy accept",
        "  ip6tables -t nat: PREROUTING DOCKER accept",
        "  to [2001:db8:113::1]:8086 => [fd00:79::10]:80",
        "forward lab-to-outside>lab-br-six",
        "  ip6tables -t filter: FORWARD DOCKER-FORWARD DOCKER-BRIDGE DOCKER accept",
        "postrouting lab-to-outside>lab-br-six",
        "  ip6tables -t nat: policy accept",
        "left lab-six-web",
    ],
    "20.10-ipv6": [
        "lab-outside 2001:db8:113::7 -> [2001:db8:113::1]:8086 tcp",
        "prerouting lab-to-outside>",
        "input lab-to-outside>",
        "local docker-proxy",
        "docker-proxy fd00:79::1 -> [fd00:79::10]:80 tcp",
        "output >lab-br-six",
        "postrouting >lab-br-six",
        "left lab-six-web",
    ],
    "29.7-nftables": [
        "lab-client 198.51.100.2 -> 198.51.100.1:8080 tcp",
        "prerouting lan0>",
        "  nft ip docker-bridges: policy accept",
        "  nft ip docker-bridges: nat-PREROUTING nat-prerouting-and-output accept",
        "  to 198.51.100.1:8080 => 10.78.0.10:80",
        "forward lan0>lab-br-nft",
        "  nft ip docker-bridges: filter-FORWARD filter-forward-in__lab-br-nft accept",
        "postrouting lan0>lab-br-nft",
        "  nft ip docker-bridges: policy accept",
        "left lab-web",
    ],
}

EXPECTED["28.5-published"] = EXPECTED["29.7-published"]  # whose nft tells more of each packet, but no other way


def test_each_capture_is_expected_to_be_something() -> None:
    assert sorted(EXPECTED) == CAPTURES


@pytest.mark.parametrize("name", CAPTURES)
def test_the_way_is_what_the_kernel_told(name: str) -> None:
    assert told(way(name)) == EXPECTED[name]


@pytest.mark.parametrize("name", CAPTURES)
def test_rules_stand_as_who_lists_them_sees_them(name: str) -> None:
    source = captured(name)
    rules = [(chain.tool, rule.text) for packet in way(name).packets for hook in packet.hooks for chain in hook.chains
             for rule in chain.rules]  # fmt: skip
    listed = {tool: source[tool].splitlines() for tool in ("iptables", "ip6tables")}
    stateless = re.sub(r"counter packets \d+ bytes \d+", "counter", source["ruleset"])
    listed["nft"] = [line.strip().partition(" # handle")[0] for line in stateless.splitlines()]
    assert [rule for rule in rules if rule[1] not in listed[rule[0]]] == []
    assert rules or "bridge" in name or name in ("29.7-proxy", "20.10-ipv6")


@pytest.mark.parametrize("name", CAPTURES)
def test_nothing_of_the_tracer_and_of_the_moment_is_in_the_model(name: str) -> None:
    text = json.dumps(to_dict(way(name)))
    assert "lab-trace" in captured(name)["trace"]
    assert not re.search(r"lab-trace|nftrace|47474|handle|veth[0-9a-f]|packets \d", text)
    sport = re.search(r"sport (\d+)", captured(name)["trace"])
    assert not sport or sport[1] not in text


@pytest.mark.parametrize("name", CAPTURES)
def test_model_survives_json(name: str) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(way(name))))) == way(name)


@pytest.mark.parametrize("name", CAPTURES)
def test_a_packet_that_is_sent_again_is_drawn_once(name: str) -> None:
    trace = captured(name)["trace"]
    again = re.sub(r"(?m)^trace id (\w{7})", r"trace id \g<1>f", trace)
    assert way(name, trace=f"{trace}\n{again}") == way(name)


def test_what_somebody_else_sends_at_the_same_time_is_not_drawn() -> None:
    mine, theirs = captured("29.7-published")["trace"].splitlines(), captured("29.7-out")["trace"].splitlines()
    mixed = [line for pair in zip(mine, theirs, strict=False) for line in pair] + mine[len(theirs) :]
    assert way("29.7-published", trace="\n".join(mixed)) == way("29.7-published")


def test_a_name_that_is_asked_for_first_is_not_what_the_command_is_about() -> None:
    trace = captured("29.7-published")["trace"]
    question = trace.splitlines()[0].replace("tcp dport 8080", "udp dport 53").replace("tcp sport", "udp sport")
    question = re.sub(r"tcp flags.*", "udp length 40", question).replace("protocol tcp", "protocol udp")
    assert way("29.7-published", trace=f"{question}\n{trace}") == way("29.7-published")
    assert way("29.7-published", trace=question).packets[0].destination == "203.0.113.1:53"


def test_what_vanishes_between_two_hooks_was_dropped_by_no_rule() -> None:
    trace = captured("29.7-published")["trace"]
    found = way("29.7-published", trace=trace[: trace.index("trace id", trace.index("dnat to"))])
    assert [packet.end for packet in found.packets] == ["lost"]
    assert words("packet", "en")["say_lost"] in packet_sentences.desc(found, words("packet", "en"))


@pytest.mark.parametrize("trace", ["", "\n", "trace id 1 ip filter FORWARD rule accept # handle 1 (verdict accept)"])
def test_no_packet_is_an_error(trace: str) -> None:
    with pytest.raises(ValueError, match="it sent no packet that begins a connection through this host"):
        way("29.7-published", trace=trace)


@pytest.mark.parametrize("line", ["trace id 1 ip filter FORWARD unknown rule handle 7 (verdict drop)", "Killed",
                                  "trace id 1 ip filter FORWARD rule drop # handle 7"])  # fmt: skip
def test_a_line_that_says_nothing_known_is_never_left_out_in_silence(line: str) -> None:
    trace = captured("29.7-published")["trace"]
    with pytest.raises(ValueError, match="a line of the trace that says nothing known: " + re.escape(line)):
        way("29.7-published", trace=f"{trace}\n{line}")


@pytest.mark.parametrize("ruleset", ["", "table ip filter { # handle 1\n\tchain DOCKER { # handle 1\n"])
def test_without_the_rules_of_before_the_text_of_the_trace_stands(ruleset: str) -> None:
    found = way("29.7-docker-user", ruleset=ruleset, iptables="")
    texts = [rule.text for hook in found.packets[0].hooks for chain in hook.chains for rule in chain.rules]
    assert 'iifname "lab-to-outside" ' in texts[-1] and texts[-1].endswith("drop") and "packets" not in texts[-1]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", CAPTURES)
def test_the_picture_has_all_that_is_told_and_cuts_nothing_off(name: str, lang: str) -> None:
    found = way(name)
    drawing = ElementTree.fromstring(packet_svg(found, lang, "way"))
    width, height = map(float, drawing.attrib["viewBox"].split()[2:])
    assert width == svg.WIDTH
    shown = []
    for text in drawing.iter("{http://www.w3.org/2000/svg}text"):
        spans = list(text.iter("{http://www.w3.org/2000/svg}tspan")) or [text]
        content = " ".join(part for span in spans for part in span.itertext())
        shown.append(content)
        assert "…" not in content.replace("veth…", ""), content
        size = float(spans[0].attrib["font-size"])
        assert size >= 12 and 0 < float(text.attrib["y"]) < height
        wide = sum(svg.text_width("".join(span.itertext()), float(span.attrib["font-size"]),
                                  "mono" in span.get("font-family", "")) for span in spans)  # fmt: skip
        start = float(text.attrib["x"]) - (wide if text.get("text-anchor") == "end" else 0)
        assert start >= 0 and start + wide <= width, content
    whole = " ".join(shown)
    for packet in found.packets:
        assert packet.source in whole and packet.destination in whole
        assert packet.receiver in whole or packet.end == "dropped"
        for hook in packet.hooks:
            assert hook.name.upper() in whole
            for rule in (rule for chain in hook.chains for rule in chain.rules):
                assert rule.text in re.sub(r"\s+", " ", whole)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", CAPTURES)
def test_sentences_tell_what_the_picture_shows(name: str, lang: str) -> None:
    found = way(name)
    text = described("packet", to_dict(found), lang)
    assert "{" not in text.replace("@filter", "") and f"`{found.command}`" in text
    assert (f"(exit {found.exit})" in text) == bool(found.exit)
    assert [line[: line.index(".")] for line in text.splitlines()[4:]] == [
        str(number) for number in range(1, len(text.splitlines()) - 3)]  # fmt: skip
    for packet in found.packets:
        assert f"`{packet.source}`" in text and f"`{packet.destination}`" in text
        for hook in packet.hooks:
            assert hook.name.upper() in text and all(f"`{after}`" in text for _, _, after in hook.rewritten)
            for chain in hook.chains:
                assert chain.owner in text or decisive(chain)
                for number, rule in enumerate(chain.rules):
                    assert rule.text in text or (number not in decisive(chain) and (rule.to or rule.text) in text)


# Who decided, as told above, in short.
GIST = {
    "29.7-published": ("lab-outside → lab-to-outside → lab-br-front → lab-web",
                       "DOCKER of nat rewrites its destination to 10.76.0.10:80. DOCKER of filter accepts it."),
    "29.7-docker-user": ("lab-outside → lab-to-outside", "DOCKER of nat rewrites its destination to 10.76.0.10:80. "
                         "DOCKER-USER of filter drops it."),
    "29.7-proxy": ("docker-host → lo → docker-proxy → lab-br-front → lab-web",
                   "No rule decides. docker-proxy opens a new connection."),
    "29.7-out": ("lab-app → lab-br-front → lab-to-outside → lab-outside",
                 "DOCKER-FORWARD of filter accepts it. POSTROUTING of nat rewrites its source to 203.0.113.1."),
    "29.7-same-bridge": ("lab-app → lab-br-front → lab-web", "DOCKER-FORWARD of filter accepts it."),
    "29.7-bridge-alone": ("lab-app → lab-web",
                          "The bridge switched it from port to port, without routing or IP rules."),
    "29.7-other-bridge": ("lab-app → lab-br-front", "PREROUTING of raw drops it."),
    "20.10-other-bridge": ("lab-app → lab-br-front", "DOCKER-ISOLATION-STAGE-2 of filter drops it."),
    "29.7-unpublished": ("lab-outside → lab-to-outside → docker-host", "No rule decides. No program listens on this "
                         "port, and the kernel refuses the connection."),
    "29.7-ipv6": ("lab-outside → lab-to-outside → lab-br-six → lab-six-web",
                  "DOCKER of ip6tables -t nat rewrites its destination to [fd00:79::10]:80. "
                  "DOCKER of ip6tables -t filter accepts it."),
    "20.10-ipv6": ("lab-outside → lab-to-outside → docker-proxy → lab-br-six → lab-six-web",
                   "No rule decides. docker-proxy opens a new connection."),
    "29.7-nftables": ("lab-client → lan0 → lab-br-nft → lab-web",
                      "nat-prerouting-and-output of ip docker-bridges rewrites its destination to 10.78.0.10:80. "
                      "filter-forward-in__lab-br-nft of ip docker-bridges accepts it."),
}  # fmt: skip
GIST["20.10-published"] = GIST["28.5-published"] = GIST["29.7-published"]


@pytest.mark.parametrize("name", CAPTURES)
def test_the_gist_is_the_devices_and_who_decided(name: str) -> None:
    path, decided = packet_sentences.verdict(way(name), words("packet", "en"))
    assert (path, " ".join(decided)) == GIST[name]


def test_a_policy_that_drops_decides_and_what_is_lost_was_dropped_by_no_rule() -> None:
    whole = way("29.7-published")
    packet = whole.packets[0]
    before, forward, *_ = packet.hooks
    policy = replace(forward.chains[0], rules=(), policy=True, verdict="drop")
    hooks = (before, replace(forward, to_source="", to_destination="", chains=(policy,)))
    dropped = replace(whole, packets=(replace(packet, hooks=hooks, end="dropped"),))
    path, decided = packet_sentences.verdict(dropped, words("packet", "en"))
    assert path.endswith("lab-to-outside") and decided[1:] == ["The policy of FORWARD of filter drops it."]
    lost = replace(whole, packets=(replace(packet, hooks=(before,), end="lost"),))
    path, decided = packet_sentences.verdict(lost, words("packet", "en"))
    assert path.endswith("lab-to-outside") and decided[1:] == [words("packet", "en")["say_lost"]]


def test_languages_tell_the_same_packet_in_their_own_words() -> None:
    korean, english = (described("packet", to_dict(way("29.7-docker-user")), lang) for lang in LANGUAGES)
    assert sorted(re.findall("`[^`]*`", korean)) == sorted(re.findall("`[^`]*`", english))
    assert not re.search("[가-힣]", english) and re.search("[가-힣]", korean)


def test_a_drop_in_docker_user_changes_picture_and_sentences() -> None:
    for lang in LANGUAGES:
        before, after = way("29.7-published"), replace(way("29.7-docker-user"), command=way("29.7-published").command)
        assert packet_svg(before, lang, "way") != packet_svg(after, lang, "way")
        dropped = words("packet", lang)["dropped"]
        assert dropped in packet_svg(after, lang, "way") and dropped not in packet_svg(before, lang, "way")
        rule = "-A DOCKER-USER -i lab-to-outside -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP"
        assert [rule in described("packet", to_dict(one), lang) for one in (before, after)] == [False, True]


WORDS = ["-A", "!", "-i", "lab0", "--dport", "8080", "DOCKER", "x" * 70, "-j", "한국"]


@given(st.lists(st.sampled_from(WORDS), min_size=1), st.integers(40, 300), st.booleans())
def test_a_broken_rule_loses_nothing_and_fits(parts: list[str], limit: int, listed: bool) -> None:
    text = " ".join(["-A CHAIN"] * listed + parts)
    lines = broken(text, limit)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(svg.text_width(line, 12, mono=True) <= limit for line in lines)


def test_a_rule_of_iptables_is_broken_before_its_options() -> None:
    assert broken("-A DOCKER -d 10.76.0.10/32 ! -i lab-br-front -o lab-br-front -j ACCEPT", 250) == [
        "-A DOCKER -d 10.76.0.10/32", "! -i lab-br-front -o lab-br-front", "-j ACCEPT"]  # fmt: skip
