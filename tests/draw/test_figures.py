"""Every picture in both languages: well-formed, told in words, inside its frame, and of no fixed colour."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from macros.draw import figures, svg, wire
from macros.draw.topology import Container, Endpoint, Host, Network, PublishedPort, Topology, to_dict
from macros.words import LANGUAGES

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
HOST = Host("docker-host", "ens33", "10.213.0.10/24")
EVIL = '<script>x</script>]]-->{{ y }} \u202e\u0007\ud800&"한글'
LONG = "a-very-long-name-that-does-not-end-before-the-edge-of-a-telephone-1"


def net(
    name: str, number: int, driver: str = "bridge", device: str | None = "br-…", internal: bool = False
) -> Network:
    gateways = () if internal else (f"10.{number}.0.1",)
    return Network(name, driver, (f"10.{number}.0.0/24",), gateways, device, internal)


def end(network: str, number: int, last: int, interface: str = "eth0") -> Endpoint:
    return Endpoint(network, interface, f"10.{number}.0.{last}/24", None)


def one(
    name: str,
    *endpoints: Endpoint,
    ports: tuple[PublishedPort, ...] = (),
    mode: str = "",
    state: str = "running",
) -> Container:
    return Container(name, state, mode, endpoints, ports)


A, B = net("bridge", 1, device="docker0"), net("new-bridge", 2)
WEB = PublishedPort("0.0.0.0", 8080, 80, "tcp")
LOCAL = PublishedPort("127.0.0.1", 8081, 80, "tcp")
WIDE = PublishedPort("fd00:1234:5678:9abc:def0:1234:5678:9abc", 65535, 65535, "sctp")
DUAL = Network("front", "bridge", ("10.3.0.0/24", "fd00:88::/64"), ("10.3.0.1", "fd00:88::1"), "br-…", False)
TOPOLOGIES = {
    "nothing": Topology(Host("docker-host", None, None), (), ()),
    "ports": Topology(
        HOST,
        (A,),
        (
            one("hello1", end("bridge", 1, 2), ports=(WEB, WIDE)),
            one("hello2", end("bridge", 1, 3), ports=(LOCAL,)),
        ),
    ),
    "two": Topology(
        HOST,
        (A, B),
        (
            one("hello", end("bridge", 1, 2), end("new-bridge", 2, 2, "eth1")),
            one("web", end("new-bridge", 2, 3)),
        ),
    ),
    "modes": Topology(
        HOST,
        (A, Network("host", "host", (), (), None, False), net("lan", 4, "macvlan", "ens33")),
        (
            one("bare", mode="host"),
            one("cam", end("lan", 4, 2)),
            one("cut", mode="none"),
            one("guest", mode="container:web"),
            one("off", Endpoint("bridge", None, None, None), state="exited"),
            one("web", end("bridge", 1, 2), end("elsewhere", 9, 2, "eth1")),
        ),
    ),
    "bare card": Topology(
        Host("docker-host", "lan0", None),
        (net("vlan", 4, "macvlan", "lan0.50"), Network("host", "host", (), (), None, False)),
        (one("bare", mode="host"), one("cam", end("vlan", 4, 2))),
    ),
    "empty": Topology(HOST, (A, net("inner", 5, internal=True)), (one("hello", end("bridge", 1, 2)),)),
    "eight": Topology(
        HOST,
        (A, B, DUAL),
        tuple(
            one(
                f"c{index}",
                end("bridge", 1, index),
                Endpoint("front", "eth1", f"10.3.0.{index}/24", "fd00:88::2/64"),
            )
            for index in range(2, 10)
        ),
    ),
    "many": Topology(
        HOST,
        tuple(net(f"net-{index}", index) for index in range(30)),
        (
            one(
                "all",
                *(end(f"net-{index}", index, 2, f"eth{index}") for index in range(30)),
                ports=(WEB, LOCAL),
            ),
        ),
    ),
    "evil": Topology(
        Host(EVIL, "enp0s31f6", "10.0.0.2/24"),
        (net(EVIL, 6), net(LONG, 7)),
        (one(LONG, end(EVIL, 6, 2), ports=(WIDE,), state=EVIL), one("guest", mode=f"container:{LONG}")),
    ),
}
HOSTS = {
    "two-hosts": wire.Hosts(
        (
            Topology(HOST, (net("shared", 4, "overlay", None),), (one("api", end("shared", 4, 2)),)),
            Topology(Host("worker", "ens33", "10.213.0.11/24"), (A, net("shared", 4, "overlay", None)),
                     (one("client", end("shared", 4, 3)),)),
        ),
        (wire.Tunnel("shared", 4097), wire.Tunnel(LONG, 4098)),
    ),
    "evil-hosts": wire.Hosts((TOPOLOGIES["evil"], TOPOLOGIES["evil"]), (wire.Tunnel(EVIL, 1),)),
}
PICTURES = [(name, lang) for name in [*TOPOLOGIES, *HOSTS, *figures.figure_names()] for lang in LANGUAGES]
every_picture = pytest.mark.parametrize(("name", "lang"), PICTURES)


def picture(name: str, lang: str) -> str:
    if name in TOPOLOGIES:
        return figures.topology_svg(TOPOLOGIES[name], lang, "fig-1")
    if name in HOSTS:
        return figures.hosts_svg(HOSTS[name], lang, "fig-1")
    return figures.figure_svg(name, lang, "fig-1")


class Span(NamedTuple):
    left: float
    right: float
    baseline: float
    size: float
    content: str


def spans(root: ET.Element, right: float = 0, down: float = 0) -> Iterator[Span]:
    """Where every text of a picture is, as wide as the measuring function takes it for; groups may be moved."""
    for element in root:
        if element.tag == SVG + "g":
            moved = re.fullmatch(r"translate\((\S+) (\S+)\)", element.get("transform", ""))
            assert moved, "a group that is not moved has no use"
            yield from spans(element, right + float(moved[1]), down + float(moved[2]))
        if element.tag != SVG + "text":
            continue
        x, y = float(element.get("x", "")) + right, float(element.get("y", "")) + down
        for part in element.findall(SVG + "tspan") or [element]:
            content = (part.text or "") + "".join(child.tail or "" for child in part)
            size, mono = float(part.get("font-size", "")), "code" in part.get("font-family", "")
            width = svg.text_width(content, size, mono, part.get("font-weight") == "600")
            x += float(part.get("dx", 0))
            left = x - {"start": 0.0, "middle": width / 2, "end": width}[element.get("text-anchor", "start")]
            yield Span(left, left + width, y, size, content)
            x += width


@every_picture
def test_picture_is_xml_named_and_told_in_its_language(name: str, lang: str) -> None:
    text = picture(name, lang)
    root = ET.fromstring(text)
    assert root.tag == SVG + "svg" and root.get("role") == "img"
    title, desc = root.find(SVG + "title"), root.find(SVG + "desc")
    assert title is not None and desc is not None and title.text and desc.text
    assert (root.get("aria-labelledby"), root.get("aria-describedby")) == (title.get("id"), desc.get("id"))
    assert [element.get("id") for element in root.iter() if element.get("id")] == [
        "fig-1-title",
        "fig-1-desc",
    ]
    assert desc.text.endswith("다." if lang == "ko" else ".")
    if not name.startswith("evil"):
        assert bool(re.search("[가-힣]", text)) == (lang == "ko")
    assert not re.search(r"foreignObject|<image|<script|<style|\n\s*\n|[{}\[\]]", text)


@every_picture
def test_texts_are_large_enough_inside_the_picture_and_apart(name: str, lang: str) -> None:
    root = ET.fromstring(picture(name, lang))
    width, height = map(float, root.get("viewBox", "").split()[2:])
    assert width <= 400 or name == "many"
    found = list(spans(root))
    for span in found:
        assert span.size >= 12
        assert span.left >= 8 and span.right <= width - 8, span
        assert span.size <= span.baseline <= height - 8, span
    for index, span in enumerate(found):
        for other in found[index + 1 :]:
            apart = abs(span.baseline - other.baseline) >= max(span.size, other.size)
            assert apart or span.right <= other.left or other.right <= span.left, (span, other)


@every_picture
def test_colours_come_from_variables_which_the_stylesheet_sets(name: str, lang: str) -> None:
    known = set(
        re.findall(r"(--fig-[\w-]+):", (ROOT / "docs/assets/figures.css").read_text(encoding="utf-8"))
    )
    for element in ET.fromstring(picture(name, lang)).iter():
        assert element.get("style") is None and element.get("class") is None
        for key in ("fill", "stroke", "color"):
            value = element.get(key, "none")
            variable = re.fullmatch(r"var\((--fig-[\w-]+), .+\)", value)
            assert value == "none" or (variable and variable[1] in known), value


def test_what_the_engine_prints_stays_text() -> None:
    for lang in LANGUAGES:
        text = picture("evil", lang)
        for forbidden in ("<script", "]]", "-->", "{{", "\u202e", "\u0007", "\ud800"):
            assert forbidden not in text
        words = "".join(ET.fromstring(text).itertext())
        assert '<script>x</script>]]-->{{ y }} &"한글' in words and LONG in words
    assert svg.clean(" a\t\nb\u200f\ufffe ") == "a b"


def test_a_tunnel_begins_at_the_nics_and_is_told() -> None:
    """The overlay's line starts at each host's NIC, where its frames leave; the wire joins the NICs."""
    root = ET.fromstring(picture("two-hosts", "en"))
    starts = [re.match(r"M(\S+) (\S+)L", path.get("d", "")) for path in root.iter(SVG + "path")
              if path.get("stroke-width") == "5"]  # fmt: skip
    assert sorted(float(start[2]) for start in starts if start)[:2] == [38, 38]
    words = "".join(root.itertext())
    assert "VXLAN 4097 · UDP 4789" in words and "between the hosts docker-host, worker" in words
    assert wire.from_dict(wire.to_dict(HOSTS["two-hosts"])) == HOSTS["two-hosts"]
    with pytest.raises(ValueError, match=r"hosts\.tunnels\[0\]\.vni: expected int"):
        wire.from_dict({"hosts": [], "tunnels": [{"network": "shared", "vni": "x"}]})


def test_equal_topologies_give_equal_text_in_every_process() -> None:
    program = (
        "import json, sys; from macros.draw import figures, topology; sys.stdout.buffer.write("
        "figures.topology_svg(topology.from_dict(json.load(sys.stdin)), 'ko', 'fig-1').encode())"
    )
    for name in ("ports", "modes"):
        made = {
            subprocess.run(
                [sys.executable, "-c", program],
                input=json.dumps(to_dict(TOPOLOGIES[name])).encode(),
                check=True,
                capture_output=True,
                cwd=ROOT,
                env={"PYTHONHASHSEED": seed},
            ).stdout.decode()
            for seed in ("1", "2")
        }
        assert made == {picture(name, "ko")}


def test_topology_shows_stations_ports_and_ways() -> None:
    def drawn(name: str) -> list[str]:
        return [span.content for span in spans(ET.fromstring(picture(name, "en")))]

    two = drawn("two")
    assert two.count("A") == 2 and two.count("B") == 3  # a header and a station for every endpoint
    assert two.index("10.1.0.2/24") < two.index("10.2.0.2/24") < two.index("10.2.0.3/24")
    ports = drawn("ports")
    assert {"0.0.0.0:8080 → 80/tcp", "127.0.0.1:8081 → 80/tcp", "lo", "NAPT"} <= set(ports)
    assert any(re.fullmatch(r"\[fd00.*….*9abc\]:65535 → 65535/sctp", text) for text in ports)
    assert "NAPT" not in drawn("two")
    modes = drawn("modes")
    assert modes.count("10.213.0.10/24") == 2 and "shares the network of web" in modes and "exited" in modes
    assert modes.index("guest") == modes.index("shares the network of web") - 1 > modes.index("web")
    assert "elsewhere" in modes and "no container attached" in drawn("empty")


def test_published_ports_end_in_arrowheads_at_their_chips() -> None:
    root = ET.fromstring(picture("ports", "en"))
    heads = [path for path in root.iter(SVG + "path") if path.get("fill", "").startswith("var(--fig-port")]
    ends = [
        float(rect.get("x", "")) + float(rect.get("width", ""))
        for rect in root.iter(SVG + "rect")
        if rect.get("stroke", "").startswith("var(--fig-port")
    ]
    tips = [float(re.match(r"M([\d.]+) ", path.get("d", ""))[1]) for path in heads]  # type: ignore[index]
    assert len(heads) == len(ends) == 3
    assert all(abs(tip - edge) <= 1.5 for tip, edge in zip(tips, ends, strict=True))


def test_description_tells_every_part() -> None:
    desc = ET.fromstring(picture("ports", "en")).findtext(SVG + "desc") or ""
    for fact in (
        "ens33 of the host docker-host has the address 10.213.0.10/24",
        "device docker0",
        "10.1.0.0/24",
        "gateway 10.1.0.1",
        "hello1 is attached to the network bridge with the interface eth0",
        "Port 8080 of every host address is forwarded to port 80/tcp of the container hello1",
        "Port 8081 of the host address 127.0.0.1",
    ):
        assert fact in desc
    modes = ET.fromstring(picture("modes", "ko")).findtext(SVG + "desc") or ""
    assert "컨테이너 bare에서는 호스트의 네트워크를 그대로 사용합니다." in modes
    assert "컨테이너 cut에는 연결된 네트워크가 없습니다." in modes


def test_the_figures_drawn_by_hand_are_these() -> None:
    assert figures.figure_names() == [
        "api-db",
        "container-layer",
        "host-container",
        "lan-wan",
        "napt",
        "network-drivers",
        "switch",
    ]


def test_wrong_names_are_told() -> None:
    with pytest.raises(
        ValueError, match="no figure 'topology'; there are api-db, container-layer, .*, switch"
    ):
        figures.figure_svg("topology", "ko", "x")
    with pytest.raises(ValueError, match="no language 'de'; there are ko, en"):
        figures.topology_svg(TOPOLOGIES["two"], "de", "x")
    with pytest.raises(ValueError, match="'1 x' is no id"):
        figures.figure_svg("napt", "ko", "1 x")


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("scheme", "pages"), [("default", ["#ffffff"]), ("slate", ["#141a20", "#1e2129"]), ("print", ["#ffffff"])]
)
def test_contrast(scheme: str, pages: list[str]) -> None:
    style = (ROOT / "docs/assets/figures.css").read_text(encoding="utf-8")
    style, _, printed = style.partition("@media print")
    rule = (
        printed if scheme == "print" else style.split(f'[data-md-color-scheme="{scheme}"]')[1].split("}")[0]
    )
    colours = dict(re.findall(r"--fig-([\w-]+): (#\w+);", rule))
    assert len([name for name in colours if name.startswith("rail-")]) == len(svg.RAILS) == len(svg.DASHES)
    for ground in [*pages, colours["ground"], colours["surface"]]:
        for name, colour in colours.items():
            if name not in ("ground", "surface"):
                assert contrast(colour, ground) >= (4.5 if name in ("text", "muted") else 3), (name, ground)
