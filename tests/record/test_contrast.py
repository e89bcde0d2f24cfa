"""How two outputs that differ are shown: only what differs, and where in its line."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest

from macros.record.bindings import Bindings
from macros.record.contrast import compared
from macros.record.typed import Typed

A, B, C, D = (letter * 64 for letter in "abcd")


def shown(expected, actual, before=(), command="", wildcards=False):
    page = Bindings(Typed([command]))
    for pair in before:
        assert not page.same(*pair)
    assert page.same(expected, actual, wildcards, command)
    made, text = page.made, compared(expected, actual, page, wildcards, command)
    assert page.made == made
    return text


def same(text, expected):
    assert text == dedent(expected).strip("\n")


def inspected(*containers):
    found = {key: {"Name": name, "IPv4Address": address} for key, name, address in containers}
    return json.dumps([{"Name": "bridge", "Containers": found, "Labels": {}}], indent=4)


def test_one_character_of_one_value_in_a_long_json_whose_order_is_another():
    page = inspected((A, "one", "172.17.0.2/16"), (B, "two", "172.17.0.4/16"))
    came = inspected((C, "two", "172.17.0.3/16"), (D, "one", "172.17.0.2/16"))
    assert shown(page, came).splitlines() == [
        f'        "{B}": {{',
        '          "Name": "two",',
        '-         "IPv4Address": "172.17.0.4/16"',
        '+         "IPv4Address": "172.17.0.3/16"',
        "?                                  ^",
        "        }",
        "      },",
    ]


def test_one_character_of_an_id_beside_what_the_page_shows_for_it():
    page = "NETWORK ID          NAME\n6ed54d316335        host\n7092879f2cc8        none"
    came = "NETWORK ID     NAME\n0123456789ab   host\ncccccccccccc   none"
    same(shown(page, came, before=[("6ed54d316334", "0123456789ab")]), """
          NETWORK ID     NAME
        - 6ed54d316335        host
        + 6ed54d316334   host
        ?            ^
          7092879f2cc8   none
    """)


def test_value_in_the_place_of_another_of_the_same_output():
    same(shown(f"{A}\nx\n{A}", f"{B}\nx\n{C}"), f"""
          {A}
          x
        - {A}
        + {C}
    """)


def test_values_of_the_moment_are_not_marked():
    same(shown("Up 2 seconds   172.17.0.2/16 x", "Up About a minute   172.17.0.3/16 x"), """
        - Up 2 seconds   172.17.0.2/16 x
        + Up About a minute   172.17.0.3/16 x
        ?                              ^
    """)


def test_of_long_lines_only_what_is_around_the_difference():
    line = "before " * 30 + "{} " + "after " * 30
    same(shown(line.format("one"), line.format("two")), """
        - ...fore before before before before before one after after after after after after aft...
        + ...fore before before before before before two after after after after after after aft...
        ?                                            ^^^
    """)


@pytest.mark.parametrize(
    ("expected", "actual", "lines"),
    [
        ("\tx", "    x", ["- ␉x", "+ ····x", "? ^^^^"]),
        ("chain {\n  y", "chain {\n\ty", ["  chain {", "- ··y", "+ ␉y", "? ^^"]),
        ("a b", "a\u00a0b", ["- a·b", "+ a\\u00a0b", "?  ^^^^^^"]),
        ("a b c", "a bc", ["- a b·c", "+ a bc", "?    ^"]),
    ],
)
def test_blanks_that_differ_are_seen(expected, actual, lines):
    assert shown(expected, actual).splitlines() == lines


def test_marks_stand_under_wide_characters():
    assert shown("네트워크 이름 a 드라이버", "네트워크 이름 b 드라이버").splitlines()[-1] == "? " + " " * 14 + "^"


def test_lines_that_are_not_alike_are_not_marked():
    same(shown("a     bridge\nb\nsame", "a     macvlan\nsame"), """
        - a     bridge
        - b
        + a     macvlan
          same
    """)


def test_a_typed_value_that_is_another():
    same(shown("192.168.99.0/24", "192.168.10.0/24", command="docker network create --subnet 192.168.10.0/24 x"), """
        - 192.168.99.0/24
        + 192.168.10.0/24
        ?         ^^
    """)


def test_json_that_is_cut_short_is_shown_as_the_page_cuts_it():
    page = '[\n{\n"Name": "bridge",\n...\n"Labels": {"a": "b"}\n}\n]'
    same(shown(page, inspected((A, "one", "172.17.0.2/16")), wildcards=True), """
              "Name": "bridge",
              ...,
        -     "Labels": {
        -       "a": "b"
        -     }
        +     "Labels": {}
            }
          ]
    """)
