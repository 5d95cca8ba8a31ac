"""Entries are stored as they are handed over, once, and come back the same."""

import math
import struct
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.history.entries import (
    Feedback,
    Id,
    RepetitionDone,
    RepetitionTimed,
    SetBegan,
    SetEnded,
    VisitBegan,
    VisitEnded,
    WarningRaised,
    WarningSeries,
)
from kiosk.history.file import NAME
from kiosk.history.past import Selection
from kiosk.history.rows import compressed, decompressed, packed, unpacked
from kiosk.history.training import Training
from tests.histories import RULE, ToldClock, everything, repetition, run

NOON = datetime(2026, 3, 2, 12)
ALL = Selection()


def test_every_kind_of_entry_comes_back(tmp_path: Path) -> None:
    clock = ToldClock(NOON, monotonic_s=100)
    with run(tmp_path, clock) as running:
        running.write(*everything(running.new_id, t_s=50))
    began_s = NOON.timestamp() - 50
    with Training(tmp_path / NAME) as training:
        [visit], [set_] = training.visits(ALL), training.sets(ALL)
        assert (visit.person, visit.began_s, visit.ended_s) == ("Anna", began_s, began_s + 12)
        assert (set_.visit, set_.exercise, set_.number, set_.rules) == (visit, "squat", 1, "c0ffee")
        assert (set_.began_s, set_.ended_s) == (began_s + 1, began_s + 11)
        [rep] = training.repetitions(ALL)
        sent = repetition(rep.id, set_.id, 1, 55)
        assert (rep.set, rep.number, rep.partial, rep.side) == (set_.id, 1, False, None)
        assert (rep.began_s, rep.ended_s, rep.out_s, rep.back_s) == (began_s + 2, began_s + 5, sent.out_s, sent.back_s)
        assert rep.measures == sent.measures
        [hold], [test] = training.holds(ALL), training.tests(ALL)
        assert (hold.set, hold.began_s, hold.ended_s, hold.held_s) == (set_.id, began_s + 6, began_s + 8, 1.5)
        assert (test.set, test.ended_s, test.timed_s, test.reps) == (set_.id, began_s + 9, 30, 12)
        [warning] = training.warnings(ALL, series=True)
        assert (warning.set, warning.exercise, warning.at_s, warning.rule) == (set_.id, "squat", began_s + 10, RULE)
        assert (warning.side, warning.rep, warning.phase, warning.share) == ("left", 2, "out", 0.75)
        values = {"knee": (100.5, 95.25, None), "trunk": (1.0, 2.0, 3.5)}
        assert warning.series == WarningSeries(warning.id, -0.5, 0.25, values)
        assert [one.series for one in training.warnings(ALL)] == [None]


def test_whatever_is_stored_is_found_without_a_search(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        connection = running.store._connection
        said: list[str] = []
        connection.set_trace_callback(said.append)
        entries = everything(running.new_id)
        rep = next(entry for entry in entries if isinstance(entry, RepetitionDone))
        warning = next(entry for entry in entries if isinstance(entry, WarningRaised))
        timed = RepetitionTimed(rep.id, rep.set, 1.0, 2.0, 0.5, 0.5)
        assert running.write(*entries, timed, Feedback(warning.id, "right")) == 0
        connection.set_trace_callback(None)
        changes = [text for text in said if text.startswith(("INSERT", "UPDATE")) and " boots " not in text]
        assert len(changes) > len(entries)
        plans = {text: connection.execute(f"EXPLAIN QUERY PLAN {text}").fetchall() for text in changes}
        assert [text for text, plan in plans.items() if any("SCAN" in step[-1] for step in plan)] == []


def test_all_that_is_read_is_of_one_moment(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        running.visit(reps=2)
        with Training(tmp_path / NAME) as training:
            [set_] = training.sets(ALL)
            running.visit(reps=3, exercise="lunge")
            assert {rep.set for rep in training.repetitions(ALL)} == {set_.id}
        with Training(tmp_path / NAME) as training:
            assert len(list(training.repetitions(ALL))) == 5


def test_the_final_times_of_a_repetition_replace_those_foreseen_and_nothing_else(tmp_path: Path) -> None:
    clock = ToldClock(NOON, monotonic_s=100)
    with run(tmp_path, clock) as running:
        running.visit(reps=2)
        with Training(tmp_path / NAME) as training:
            first, second = training.repetitions(ALL)
        assert running.write(RepetitionTimed(second.id, second.set, 104.0, 107.5, 2.25, 1.25)) == 0
        # Of one that is not there, as after `kiosk forget`, there is nothing to be said.
        assert running.write(RepetitionTimed(running.new_id(), second.set, 1.0, 2.0, 0.5, 0.5)) == 0
        assert running.write(RepetitionTimed(second.id, running.new_id(), 1.0, 2.0, 0.5, 0.5)) == 0
        with Training(tmp_path / NAME) as training:
            began_s = NOON.timestamp() + 4
            assert list(training.repetitions(ALL)) == [
                first,
                replace(second, began_s=began_s, ended_s=began_s + 3.5, out_s=2.25, back_s=1.25),
            ]


def test_storing_an_entry_again_changes_nothing(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        entries = everything(running.new_id)
        running.write(*entries[:8])
        assert running.write(*entries) == 0
        assert running.write(*entries[3:]) == 0
    with Training(tmp_path / NAME) as training:
        assert [len(list(kind(ALL))) for kind in (training.visits, training.sets, training.repetitions)] == [1, 1, 1]
        assert [len(list(kind(ALL))) for kind in (training.holds, training.tests, training.warnings)] == [1, 1, 1]


def test_ids_give_the_order_of_runs_and_entries(tmp_path: Path) -> None:
    clock = ToldClock(NOON)
    for token in ("zebra", "ape", "mouse"):
        with run(tmp_path, clock, token) as running:
            running.visit(), running.visit()
    with Training(tmp_path / NAME) as training:
        tokens = [visit.id.split("-")[0] for visit in training.visits(ALL)]
        assert tokens == ["zebra", "zebra", "ape", "ape", "mouse", "mouse"]


@pytest.mark.parametrize("packed", [b"", b"no zlib", compressed(b"12345678")[:-1], compressed(b"1234567")])
def test_damaged_measures_around_a_warning_are_none(tmp_path: Path, packed: bytes) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        running.write(*everything(running.new_id))
        running.store._connection.execute("UPDATE warning_series SET packed = ?", (packed,))
    with Training(tmp_path / NAME) as training:
        [warning] = training.warnings(ALL, series=True)
        assert warning.series is None
        assert training.warning(warning.id) == warning


def test_feedback_can_be_changed_and_taken_back_also_after_a_restart(tmp_path: Path) -> None:
    clock = ToldClock(NOON)
    with run(tmp_path, clock, "first") as running:
        entries = everything(running.new_id)
        running.write(*entries)
    [warning] = (entry.id for entry in entries if isinstance(entry, WarningRaised))
    with run(tmp_path, clock, "second") as running:
        for verdict in ("right", "false_alarm", None):
            running.write(Feedback(warning, verdict))
            with Training(tmp_path / NAME) as training:
                assert [past.verdict for past in training.warnings(ALL)] == [verdict]
        assert running.write(Feedback(Id("third-1"), "right"), Feedback(Id("second-99"), "right")) == 0


@pytest.mark.parametrize("wrong", [math.nan, 1e300])
def test_what_is_no_number_is_dropped_and_the_rest_stored(tmp_path: Path, wrong: float) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        visit, set_ = running.new_id(), running.new_id()
        running.write(VisitBegan(visit, 1), SetBegan(set_, visit, 1, "squat", 1, ""))
        fine = [repetition(running.new_id(), set_, number) for number in (1, 2, 3)]
        extent = replace(fine[0].measures["knee"], lowest=wrong)
        spoilt = replace(fine[1], out_s=wrong) if math.isnan(wrong) else replace(fine[1], measures={"knee": extent})
        assert running.write(fine[0], spoilt, fine[2]) == 1
    with Training(tmp_path / NAME) as training:
        assert [rep.number for rep in training.repetitions(ALL)] == [1, 3]


def test_series_of_different_lengths_are_dropped(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(NOON)) as running:
        entries = everything(running.new_id)
        running.write(*(entry for entry in entries if not isinstance(entry, WarningSeries)))
        [series] = (entry for entry in entries if isinstance(entry, WarningSeries))
        assert running.write(replace(series, values={"knee": (1.0,), "hip": (1.0, 2.0)})) == 1


def test_what_a_kill_left_open_ends_with_the_last_that_is_known(tmp_path: Path) -> None:
    clock = ToldClock(NOON, monotonic_s=100)
    with run(tmp_path, clock, "killed") as running:
        entries = everything(running.new_id, t_s=50)
        running.write(*(entry for entry in entries if not isinstance(entry, SetEnded | VisitEnded)))
        running.write(VisitBegan(running.new_id(), 70))
    with run(tmp_path, clock, "next"), Training(tmp_path / NAME) as training:
        began_s = NOON.timestamp() - 50
        assert [visit.ended_s for visit in training.visits(ALL)] == [began_s + 10, began_s + 20]
        assert [set_.ended_s for set_ in training.sets(ALL)] == [began_s + 10]


floats = st.one_of(st.none(), st.floats(width=32, allow_nan=False))


@given(st.lists(floats))
def test_numbers_come_back_from_a_few_bytes(values: list[float | None]) -> None:
    data = packed(values)
    assert len(data) == 4 * len(values)
    assert list(unpacked(data)) == values
    assert decompressed(compressed(data)) == data


def test_a_moving_measure_shrinks() -> None:
    data = packed(90 + 40 * math.sin(n / 8) for n in range(31 * 8))
    assert len(compressed(data)) < 0.85 * len(data)
    assert struct.unpack("<f", data[:4]) == (90.0,)
