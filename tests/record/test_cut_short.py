"""Outputs that a page cuts short with `...`: what they leave out is free, and all else counts."""

from __future__ import annotations

import json

import pytest

from macros.record.bindings import Bindings
from macros.record.contrast import compared

A, B, C, D = (letter * 64 for letter in "abcd")
NETWORK = {
    "Name": "mynet", "Id": A, "Created": "2026-01-01T00:00:00Z", "Scope": "local", "Driver": "bridge",
    "IPAM": {"Driver": "default", "Config": [{"Subnet": "172.18.0.0/16"}, {"Subnet": "fd00::/64"}]},
    "Containers": {C: {"Name": "two", "MacAddress": "", "IPv4Address": "172.18.0.3/16"},
                   D: {"Name": "one", "MacAddress": "", "IPv4Address": "172.18.0.2/16"}},
    "Labels": {},
}  # fmt: skip
PRINTED = json.dumps([NETWORK], indent=4)

CUT = [
    '[\n    {\n        "Name": "mynet",\n...\n        "Scope": "local",\n        "Driver": "bridge",\n...\n]',
    '[\n    {\n        "Name": "mynet",\n        ...\n    }\n]',
    '[\n {\n ...\n "Driver": "bridge",\n ...\n "Labels": {}\n }\n]',
    '[{"Name": "mynet", "IPAM": {...}, "Containers": {...}, ...}]',
    '[\n    {\n        "Name": "mynet",\n        "IPAM": {\n            "Driver": "default",\n...',
    '[\n {\n "Id": "1234567890...",\n "Created": "...",\n ...\n }\n]',
    '[{ ..., "IPAM": {"Config": [..., {"Subnet": "fd00::/64"}], ...}, ...}]',
    '[{ ..., "IPAM": {"Config": [{"Subnet": "172.20.0.0/16"}, ...], ...}, ...}]',
    f'[{{ ..., "Containers": {{"{A}": {{"Name": "one", ...}}, "{B}": {{"Name": "two", ...}}}}, ...}}]',
    f'[{{ ..., "Containers": {{"{A}": {{ ..., "IPv4Address": "172.20.0.2/16"}}, ...}}, ...}}]',
    "[...]", "[\n...\n]", "...",
]  # fmt: skip


@pytest.mark.parametrize("expected", CUT)
def test_json_that_is_cut_short_is_the_same(expected):
    assert Bindings().same(expected, PRINTED) == ""
    assert Bindings().same(expected, json.dumps([NETWORK])) == ""


@pytest.mark.parametrize(
    "expected",
    [
        CUT[0].replace("bridge", "bridgf"),
        CUT[0].replace("Scope", "Scopes"),
        CUT[2].replace('"Labels": {}', '"Labels": {"a": "b"}'),
        '[\n    {\n        "Name": "mynet",\n        "Driver": "bridge"\n    }\n]',
        '[{"Name": "two", ...}]',  # there is such a name, of a container
        '[{ ..., "IPAM": {"Config": [..., {"Subnet": "172.18.0.0/16"}], ...}, ...}]',
        '[{ ..., "IPAM": {"Config": [{"Subnet": "fd00::/64"}, ...], ...}, ...}]',
        f'[{{ ..., "Containers": {{"{A}": {{"Name": "one", ..., "IPv4Address": "172.20.0.3/16"}}, ...}}, ...}}]',
        f'[{{ ..., "Containers": {{"{A}": {{"Name": "one", ...}}}}, ...}}]',
        '[{ ..., "Name": "mynet", "Name": "other"}]',
    ],
)  # fmt: skip
def test_what_cut_json_shows_has_to_be_there(expected):
    assert Bindings().same(expected, PRINTED)


def test_cut_json_binds_its_ids():
    page = Bindings()
    both = f'{{"{A}": {{"Name": "one", ...}}, "{B}": {{"Name": "two", ...}}}}'
    assert not page.same(f'[{{ ..., "Containers": {both}, ...}}]', PRINTED)
    assert page.same(A[:12], C[:12]) and not page.same(A[:12], D[:12])
    assert page.same(f'[{{ ..., "Containers": {{"{B}": {{"Name": "one", ...}}, ...}}, ...}}]', PRINTED)


def test_an_id_cut_short_is_the_beginning_of_one():
    page = Bindings()
    assert not page.same("Id 17e324f45964...", f"Id {A}")
    assert page.same("17e324f45964", B[:12]) and not page.same("17e324f45964", A[:12])
    assert page.same("Digest 12345678...", "Digest none") and not Bindings().same("1234567...", "123456789 bytes")


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("first\n...\nlast", "first\na\nb\nlast"),
        ("first\n...\nlast", "first\nlast"),
        ("first\n    ...\n", "first\na"),
        ("...\nlast", "a\nb\nlast"),
        ("id ... end", "id whatever end"),
        ("a ... c\n...\nx", "a b c\nd\ne\nx"),
        ("a\n...\nb\n...\nb\n...\nc", "a\n1\nb\n2\nb\n3\nc"),
        ("waiting...", "waiting..."),
        (f"{A[:12]}\n...\n{B[:12]}", f"{B[:12]}\n{C[:12]}\n{A[:12]}"),
    ],
)
def test_lines_may_be_left_out(expected, actual):
    assert Bindings().same(expected, actual) == ""


@pytest.mark.parametrize(
    ("expected", "actual", "why"),
    [
        ("first\n...\nlast", "first\nb", "not found after the wildcard: 'last'"),
        ("a\n...\nb\n...\na", "a\nx\na", "not found after the wildcard: 'b'"),
        ("a ... c", "a b\nc", "the text differs"),
        ("a\n...\nc", "a\nb\nc\nd", "not found after the wildcard: 'c'"),
        ("a\n...\nbc", "a\nabc", "not found after the wildcard: 'bc'"),
        ("...\nid <id>\n...", f"id {A}", "not found after the wildcard: 'id <id>'"),
    ],
)
def test_what_stands_between_has_to_be_there(expected, actual, why):
    assert Bindings().same(expected, actual) == why


def test_an_id_behind_a_wildcard_is_found_wherever_it_is():
    page, listed = Bindings(), "\n".join(f"{number:012x} x" for number in range(0xA0, 0xC0))
    assert not page.same("17e324f45964", f"{0xB0:012x}")
    assert not page.same("...\n17e324f45964 x\n...", listed)
    assert page.same("...\n17e324f45964 x\n7092879f2cc8 y\n...",
                     listed) == "not found after the wildcard: '17e324f45964 x'"
    assert page.same("...\n17e324f45964 x\n...", listed.replace(f"{0xB0:012x}", f"{0xD0:012x}")).startswith("short-id ")


def test_many_places_are_not_tried_without_end():
    lines = "\n".join(f"{number:012x}" for number in range(200))
    wanted = "\n...\n".join(f"{number:012x}" for number in range(0x900, 0x908))
    assert Bindings().same(f"...\n{wanted}\nx\n...", lines)


def test_a_difference_of_a_cut_output_leaves_out_what_the_page_does():
    expected = "a\n...\nbcdef ghi\n...\nz"
    assert compared(expected, "a\n1\n2\nbcdef ghj\n3\nz", Bindings(), wildcards=True).splitlines() == [
        "  a", "- bcdef ghi", "+ bcdef ghj", "?         ^", "  z",
    ]  # fmt: skip
