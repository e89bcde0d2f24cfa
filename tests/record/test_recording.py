"""Recordings of several engines: what is kept, what is shared, and what a change leaves alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from macros.record import recording as recordings
from macros.record.bindings import Bindings
from macros.record.recording import Recording, RecordingError, Recordings
from macros.record.result import Result
from macros.record.run import as_in_first_lab
from macros.record.typed import Typed

A, B, C = "a1" * 32, "b2" * 32, "c3" * 32


def run(version, *steps):
    engine = {"version": version, "date": "2026-01-01", "images": {}}
    return Recording(engine, [Result(key, 0, output) for key, output in steps])


def outputs(recording):
    return [result.output for result in recording.results]


def test_what_is_equal_after_normalizing_keeps_its_old_text():
    known = Recordings("x", {"28.5": run("28.5.2", ("create", A), ("show", f"{A[:12]} old"))})
    changed, dropped = known.put("28.5", run("28.5.2", ("create", B), ("show", f"{B[:12]} new")))
    assert (changed, dropped) == (["show"], [])
    assert outputs(known.newest) == [A, f"{A[:12]} new"]


def test_what_was_recorded_before_commands_were_known_apart_is_compared_as_one_and_goes():
    key, before = "create\n\nlist", Result("create\n\nlist", 0, f"{A}\n{A[:12]} up")
    after = Result(key, parts=[(0, B), (0, ""), (0, f"{B[:12]} up")], lines=[1, 1, 1])
    assert before.unlike(after, Bindings()) == "" == after.unlike(before, Bindings())
    assert before.unlike(replace(after, parts=[(0, B), (0, ""), (0, f"{A[:12]} up")]), Bindings())
    known = Recordings("x", {"28.5": Recording({"version": "28.5.2", "date": "d"}, [before])})
    assert known.put("28.5", Recording({"version": "28.5.2", "date": "e"}, [after]))[0] == [key]
    assert known.newest.results[0].parts == [(0, A), (0, ""), (0, f"{A[:12]} up")]


def with_changes(version, identity, *changes):
    return Recording({"version": version, "date": "2026-01-01", "images": {}},
                     [Result("create", output=identity, changes=list(changes))])  # fmt: skip


def test_engines_share_each_group_of_changes_in_which_they_are_alike():
    known = Recordings("x", {})
    for version, identity, rule in (("28.5", A, "-j DROP"), ("26.1", B, "-j ACCEPT")):
        link, rule = f"+ link br-{identity[:12]} type bridge", f"+ rule iptables -o br-{identity[:12]} {rule}"
        known.put(version, with_changes(version, identity, link, rule))
    known.share()
    newest, older = (recording.results[0] for recording in known.engines.values())
    assert older.output == newest.output == A
    assert older.changes == [newest.changes[0], f"+ rule iptables -o br-{A[:12]} -j ACCEPT"]


def test_older_engines_share_what_they_have_in_common_without_the_newest():
    known = Recordings("x", {})
    for version, identity, path in (("29.7", A, "rootfs"), ("28.5", B, "overlay2"), ("26.1", C, "overlay2")):
        mount = f"+ mount /{path}/{identity[:12]} type overlay"
        known.put(version, with_changes(version, f"made on {path}\n{identity}", mount))
    known.share()
    newest, older, oldest = (recording.results[0] for recording in known.engines.values())
    assert older == oldest != newest


def test_a_group_of_which_the_newest_engine_has_nothing_stays_the_older_one_s():
    known = Recordings("x", {"28.5": with_changes("28.5", A), "26.1": with_changes("26.1", B, "+ volume x local")})
    known.share()
    assert [recording.results[0].changes for recording in known.engines.values()] == [[], ["+ volume x local"]]


def test_changes_of_a_step_are_compared_with_their_values():
    one = Result("create", output=A, changes=[f"+ link br-{A[:12]} type bridge"])
    assert not one.unlike(Result("create", output=B, changes=[f"+ link br-{B[:12]} type bridge"]), Bindings())
    for changes in ([f"+ link br-{C[:12]} type bridge"], [], [f"- link br-{B[:12]} type bridge"]):
        bindings = Bindings()
        why = one.unlike(Result("create", output=B, changes=changes), bindings)
        assert why.startswith("it changed something else on the host: ") and bindings.made == 0


def test_what_starts_side_by_side_comes_in_any_order():
    def side_by_side(first, second, *order):
        lines = [f"+ mount /a/{first[:12]} type overlay", f"+ mount /a/{second[:12]} type overlay",
                 f"+ process shim -id {second[:12]}", f"+ process shim -id {first[:12]}"]  # fmt: skip
        return Result("up", changes=[lines[at] for at in order])

    one = side_by_side(A, B, 0, 1, 2, 3)
    for order in ((0, 1, 2, 3), (0, 1, 3, 2), (1, 0, 3, 2)):
        assert not one.unlike(side_by_side(B, C, *order), Bindings())
    assert one.unlike(side_by_side(B, C, 0, 1, 2), Bindings()), "a line less"


def test_cables_that_nothing_tells_apart_are_the_same_ones_when_they_go():
    known = Recordings("x", {})
    runs = {"28.5": ("A", "veth1111111", "veth2222222"), "26.1": ("B", "veth3333333", "veth4444444")}
    for version, (rule, *cables) in runs.items():
        came = [f"+ link {cable} type veth" for cable in cables] + [f"+ rule {rule}"]
        gone = [f"- link {cable} type veth" for cable in reversed(cables)] + [f"- rule {rule}"]
        known.put(version, Recording({"version": version, "date": "d", "images": {}},
                                     [Result("up", changes=came), Result("down", changes=gone)]))  # fmt: skip
    known.share()
    newest, older = known.engines.values()
    for recording in (newest, older):
        came, gone = (sorted(one.changes[:2]) for one in recording.results)
        assert [line[1:] for line in came] == [line[1:] for line in gone]
    assert older.results[0].changes[:2] == newest.results[0].changes[:2]


def test_bridges_whose_addresses_tell_them_apart_come_in_any_order():
    def bridges(first, second, *order):
        one, two = (f"br-{identity[:12]}" for identity in (first, second))
        lines = [f"+ link {one} type bridge", f"+ link {two} type bridge",
                 f"+ address 10.1.0.1/24 dev {one}", f"+ address 10.2.0.1/24 dev {two}"]  # fmt: skip
        return Result("up", changes=[lines[at] for at in order])

    one, bindings = bridges(A, B, 0, 1, 2, 3), Bindings()
    assert not one.unlike(bridges(B, C, 1, 0, 2, 3), bindings)
    assert not bindings.same(A[:12], B[:12]) and bindings.same(A[:12], C[:12]), "told apart by the addresses"
    crossed = bridges(B, C, 0, 1, 2, 3)
    crossed.changes[2:] = [line.replace("10.1", "10.9").replace("10.2", "10.1") for line in crossed.changes[2:]]
    assert one.unlike(crossed, Bindings())


def test_engines_share_what_is_alike_where_the_output_of_a_step_is_not():
    known = Recordings("x", {})
    for version, identity, said in (("29.7", A, "WARNING\n"), ("28.5", B, "")):
        steps = [Result("create", output=said + identity, changes=[f"+ process shim -id {identity[:12]}"]),
                 Result("list", output=f"{identity[:12]} up"), Result("inspect", output=identity)]  # fmt: skip
        known.put(version, Recording({"version": version, "date": "d", "images": {}}, steps))
    known.share()
    newest, older = known.engines.values()
    assert [one.output for one in older.results] == [A, f"{A[:12]} up", A]
    assert older.results[0].changes == newest.results[0].changes


def test_a_name_that_docker_makes_up_is_a_value_of_the_moment_in_changes_too():
    one, other = (Result("x", changes=[f"+ container {name} httpd:2.4 running"]) for name in ("shy_bell", "sad_cray"))
    assert not one.unlike(other, Bindings())


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_kept_goes_together_with_what_is_new(order):
    old = run("28.5.2", *[("create x", A), ("list", f"{A[:12]} up"), ("other", "a")][::order])
    new = run("28.5.2", *[("create lab-x", B), ("list", f"{B[:12]} up"), ("other", "a")][::order])
    known = Recordings("x", {"28.5": old})
    known.put("28.5", new)
    assert outputs(known.newest) == [B, f"{B[:12]} up", "a"][::order]


def test_addresses_are_those_of_the_first_lab():
    came = run("28.5.2", ("ip", "inet 10.213.7.10/24"), ("ping", "10.213.1.9 of 10.213.7.11"))
    found = as_in_first_lab(came, Typed(["ip route add 10.213.1.0/24 dev lab-br0"]))
    assert outputs(found) == ["inet 10.213.0.10/24", "10.213.1.9 of 10.213.0.11"]


def test_run_that_changes_nothing_changes_not_even_its_date():
    first = run("28.5.2", ("create", A))
    known = Recordings("x", {"28.5": first})
    assert known.put("28.5", run("28.5.2", ("create", B))) == ([], [])
    assert known.newest is first
    other = run("28.5.2", ("create", B))
    other.engine["parts"] = {"containerd": "2.1.9, Debian sid containerd 2.1.9+ds1-5"}
    assert known.put("28.5", other) == ([], [])
    assert known.newest.engine == other.engine and outputs(known.newest) == [A], "what it ran on is told as it was"


def test_older_engine_shares_text_and_takes_over_ids(tmp_path):
    known = Recordings("x", {})
    known.put("26.1", run("26.1.5", ("show", f"old {B}"), ("create", B), ("list", f"{B[:12]} up")))
    known.put("28.5", run("28.5.2", ("show", f"new {A}"), ("create", A), ("list", f"{A[:12]} up")))
    recordings.save(tmp_path, known)
    read = recordings.load(tmp_path, "x")
    assert list(read.engines) == ["28.5", "26.1"]
    assert outputs(read.engines["26.1"]) == [f"old {A}", A, f"{A[:12]} up"]
    before = recordings.path_of(tmp_path, "x").read_text()
    recordings.save(tmp_path, read)
    assert recordings.path_of(tmp_path, "x").read_text() == before
    assert before.count('"engines": [') == 4  # two for the step that differs, one for each of the others


def test_new_steps_drop_engines_that_have_not_run_them():
    known = Recordings("x", {"28.5": run("28.5.2", ("a", "1")), "26.1": run("26.1.5", ("a", "1"))})
    changed, dropped = known.put("28.5", run("28.5.2", ("a", "1"), ("b", "2")))
    assert (changed, dropped) == (["b"], ["26.1"])


OTHER_PAGE = '{"format": 2, "page": "y", "engines": {}, "steps": []}'


@pytest.mark.parametrize("text", ["", "{}", '{"format": 1}', "[1]", OTHER_PAGE])
def test_what_is_no_recording_says_so(tmp_path, text):
    path = recordings.path_of(tmp_path, "x")
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(RecordingError, match="make record PAGE=docs/ko/x.md"):
        recordings.load(tmp_path, "x")
