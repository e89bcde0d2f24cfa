"""How a packet's way stands on its page, and in the page as Markdown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from macros.draw.figures import described
from macros.draw.packet import to_dict
from macros.draw.packet_trace import from_capture
from macros.page.reader import parse
from macros.record.recording import Recording, Recordings, Result
from macros.site.composer import Composer
from macros.site.plain import markdown

PACKETS = Path(__file__).parents[1] / "draw" / "packets"
ENGINE = {"version": "1.2.3", "date": "d", "images": {}}


def seen(name: str) -> dict:
    found = json.loads((PACKETS / f"{name}.json").read_text(encoding="utf-8"))
    found = {key: "\n".join(text) if isinstance(text, list) else text for key, text in found.items()}
    return to_dict(from_capture(found, found["where"], found["host"]))


def published(**ways: dict) -> tuple[str, str]:
    """The HTML of a call on a page of these engines, and the page's Markdown. ways: e29_7={what was seen}, ..."""
    page = parse('# T\n\n<!--[[ packet("curl a", "lab-outside") ]]-->\n', "page.md")
    assert not page.problems
    known = {name[1:].replace("_", "."): Recording(ENGINE, [Result(page.steps[0].key, data=data)])
             for name, data in ways.items()}  # fmt: skip
    recordings = Recordings("page", known)
    composer = Composer(page, recordings, "en")
    composer.body()
    composer.probe(*page.steps[0].call)
    text = markdown(page, recordings, "en", lambda name, result: described(name, result.data, "en"), str)
    return composer.blocks[-1], text


def test_the_command_stands_above_the_picture_with_its_exit_code():
    html, text = published(e29_7=seen("29.7-docker-user"))
    before, _, picture = html.partition("<svg ")
    typed = "ip netns exec lab-outside curl -s --max-time 1 http://203.0.113.1:8080/hostname"
    assert " ".join(f"<span>{word}</span>" for word in typed.split()) in before and "exit 28" in before
    assert 'class="figure figure--way"' in before and picture.count("</svg>") == 1 and "Engine" not in html
    assert text.startswith(f"# T\n\nThe path of the packet that `{typed}` sends (exit 28)\n\n`lab-outside` → ")
    assert "DROP" not in before and "`DOCKER-USER` of `filter` drops it.\n\n1. lab-outside sends" in text
    assert "<svg" not in text and "packet(" not in text


def test_the_gist_is_seen_and_the_picture_is_in_a_fold_below():
    html, _ = published(e29_7=seen("29.7-docker-user"))
    gist, _, fold = html.partition("<details")
    assert "<code>lab-outside</code> → <code>lab-to-outside</code><br>" in gist
    assert "<code>DOCKER-USER</code> of <code>filter</code> drops it.</p>" in gist
    assert fold.startswith(' class="figure__fold"><summary>See it step by step</summary><svg ')
    assert "</svg></details></div>" in fold and " open" not in fold.partition(">")[0]


def test_engines_whose_ways_differ_have_tabs_with_ids_of_their_own():
    html, text = published(e29_7=seen("29.7-published"), e20_10=seen("20.10-published"))
    assert html.index("Engine 29.7") < html.index("Engine 20.10") < html.index("<svg ")
    names = [part.split('"')[0] for part in html.split('<title id="')[1:]]
    assert len(names) == len(set(names)) == 2
    heads = [line for line in text.splitlines() if line.startswith("The path of the packet")]
    assert [head[head.index("(") :] for head in heads] == ["(Docker Engine 29.7)", "(Docker Engine 20.10)"]


def test_what_a_command_says_is_text():
    data = seen("29.7-published") | {"command": "curl '<script>' {{ x }}"}
    data["packets"][0]["sender"] = "<script>"
    html, text = published(e29_7=data)
    assert "<script" not in html and "&lt;script&gt;" in html
    assert "`curl '<script>' {{ x }}`" in text


@pytest.mark.parametrize("change", [{"host": 7}, {"packets": [{}]}, {"id": 1}])
def test_a_recording_of_another_form_is_an_error(change):
    with pytest.raises(ValueError, match=r"^packet"):
        published(e29_7=seen("29.7-published") | change)
