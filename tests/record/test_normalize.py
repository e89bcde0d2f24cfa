"""What counts as the same output."""

from __future__ import annotations

import pytest

from macros.record.normalize import Bindings

A, B, C = "a1" * 32, "b2" * 32, "c3" * 32


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (A, B),
        ("Up 2 seconds   x", "Up About a minute   x"),
        ("veth0123456@if2  UP", "veth6543210@if61 UP"),
        ("172.18.0.2 of 172.18.0.0/16", "172.20.0.2 of 172.20.0.0/16"),
        ("first\n...\nlast", "first\na\nb\nlast"),
        ("id ... end", "id whatever end"),
        (f'{{"Containers": {{"{A}": {{"Name": "y"}}, "{B}": {{"Name": "x"}}}}}}',
         f'{{"Containers": {{"{B}": {{"Name": "y"}}, "{C}": {{"Name": "x"}}}}}}'),
    ],
)  # fmt: skip
def test_honest_runs_are_the_same(expected, actual):
    assert Bindings().same(expected, actual) == ""


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("172.17.0.2", "172.17.0.3"),
        ("172.18.0.2", "172.18.0.3"),
        ("name a", "name b"),
        (A, A[:12]),
        ("first\n...\nlast", "first\nb"),
        ("a\n...\nb\n...\na", "a\nx\na"),
        ('{"a": 1}', '{"a": "1"}'),
        ('{"a": 1}', '{"a": 1, "b": 2}'),
        ("Up 2 seconds", "Exited (1) 2 seconds ago"),
    ],
)
def test_a_change_is_seen(expected, actual):
    assert Bindings().same(expected, actual)


def test_an_id_comes_back_as_the_same_id():
    page = Bindings()
    assert not page.same(A, B)
    assert not page.same(A[:12], B[:12])
    assert page.same(A[:12], C[:12])
    assert page.same(C, B)


def test_ids_are_bound_across_a_wildcard():
    page = Bindings()
    assert not page.same(f"{A}\n...\nend", f"{B}\nx\nend")
    assert page.same(A, C)


def test_the_mac_address_docker_makes_of_an_ip_is_no_volatile_value_and_one_by_chance_is():
    for literal in ("02:42:ac:11:00:02", "02:42:c0:a8:30:02", "02:42:0a:42:00:14"):
        assert Bindings().same(literal, literal[:-1] + "9")
    for chance in ("02:42:ac:9b:00:02", "02:42:c0:11:22:33", "02:42:5f:11:00:02"):
        assert not Bindings().same(chance, "02:42:77:88:99:aa")


def test_a_line_that_the_cli_prints_by_chance_is_no_difference_and_any_other_line_is():
    line = 'time="2026-11-24T17:13:28Z" level=error msg="error waiting for container: context canceled"'
    assert not Bindings().same("one\ntwo", f"one\n{line}\ntwo") and not Bindings().same(f"one\n{line}", "one")
    assert Bindings().same("one\ntwo", f"one\n{line.replace('canceled', 'lost')}\ntwo")
