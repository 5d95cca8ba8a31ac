"""What is kept of somebody who exercises: tables of what they do, and the entries of it."""

from dataclasses import replace

import pytest

from kiosk.coaching.events import HoldEvent, SetEvent, WarningEvent
from kiosk.coaching.measured import AFTER_S, BEFORE_S, STEP_S
from kiosk.coaching.workout import AWAY_S, LEFT_S
from kiosk.history.entries import (
    HoldDone,
    PersonNamed,
    RepetitionDone,
    RepetitionTimed,
    SetBegan,
    SetEnded,
    TimedTestDone,
    VisitBegan,
    VisitEnded,
    WarningRaised,
    WarningSeries,
)
from kiosk.history.visits import IDLE_S
from kiosk.rules.compiler import load_exercise, parse_exercise
from tests import mannequin
from tests.conftest import ROOT
from tests.exercises import exercise
from tests.journals import Kept, named
from tests.poses import bends, figure, squats, times
from tests.test_lane import APART, legs

BALANCE = load_exercise(ROOT / "config" / "exercises" / "single_leg_balance.yaml")


def after(kept: Kept, entry: object) -> int:
    return kept.entries.index(entry)  # type: ignore[arg-type]


@pytest.mark.parametrize("fps", [10, 15, 30])
def test_each_repetition_is_kept_at_once_and_its_final_tempo_after_it(fps: float) -> None:
    kept = Kept(exercise())
    kept.squat(3, fps=fps)
    visit, set_ = kept.all(VisitBegan)[0], kept.all(SetBegan)[0]
    assert kept.entries[:2] == [visit, set_]
    assert (set_.visit, set_.exercise, set_.number, set_.rules) == (visit.id, "squat", 1, exercise().version)
    done, timed = kept.all(RepetitionDone), kept.all(RepetitionTimed)
    assert [(rep.set, rep.number, rep.partial, rep.side) for rep in done] == [
        (set_.id, n, False, None) for n in (1, 2, 3)
    ]
    assert [final.repetition for final in timed] == [rep.id for rep in done]
    for number, (rep, final) in enumerate(zip(done, timed, strict=True)):
        begin_s = 1 + 3.5 * number
        for found in (rep, final):
            assert (found.begin_s, found.end_s) == pytest.approx((begin_s, begin_s + 2.5), abs=0.15)
            assert (found.out_s, found.back_s) == pytest.approx((1.4, 1.1), abs=0.15)
            assert found.begin_s + found.out_s + found.back_s == pytest.approx(found.end_s)
        bend = rep.measures["bend"]
        assert (bend.start, bend.lowest, bend.highest) == pytest.approx((175, 85, 175), abs=3)
        assert rep.measures.keys() == {measure.name for measure in exercise().measures}
    assert visit.t_s == set_.t_s == done[0].begin_s


def test_partial_ones_are_kept_beside_the_count() -> None:
    kept = Kept(exercise())
    kept.squat(1)
    kept.squat(1, lowest=130)
    kept.squat(1)
    assert [(rep.number, rep.partial) for rep in kept.all(RepetitionDone)] == [(1, False), (1, True), (2, False)]
    assert len(kept.all(RepetitionTimed)) == 2


def test_numbers_begin_with_each_set_and_sets_end_with_what_was_done_last() -> None:
    kept = Kept(exercise(("tempo:\n", "sets: {number: 3, reps: 2}\n\ntempo:\n")))
    kept.squat(3)
    kept.stand(10)
    kept.squat(1)
    sets, ends = kept.all(SetBegan), kept.all(SetEnded)
    assert [set_.number for set_ in sets] == [1, 2, 3]
    assert len(kept.all(VisitBegan)) == 1
    done = kept.all(RepetitionDone)
    assert [(rep.set, rep.number) for rep in done] == [
        (sets[0].id, 1), (sets[0].id, 2), (sets[1].id, 1), (sets[2].id, 1),
    ]  # fmt: skip
    assert [end.set for end in ends] == [sets[0].id, sets[1].id]
    assert [end.t_s for end in ends] == [done[1].end_s, done[2].end_s], "not with the pause after it"


def test_who_leaves_in_the_middle_has_ended_the_set_and_then_the_visit() -> None:
    kept = Kept(exercise())
    kept.squat(2)
    left_s = kept.t_s
    kept.journal.visits.name("Anna", kept.t_s)
    kept.leave(LEFT_S + 1.2)
    assert len(kept.all(SetEnded)) == 1
    assert kept.all(VisitEnded) == []
    kept.leave(AWAY_S)
    [ended] = kept.all(VisitEnded)
    assert ended.t_s == pytest.approx(left_s + 1, abs=0.1), "until then they may have been hidden"
    kept.squat(1)
    first, second = kept.all(VisitBegan)
    assert (kept.all(SetBegan)[1].visit, kept.all(SetBegan)[1].number) == (second.id, 1)
    assert kept.all(RepetitionDone)[-1].number == 1
    assert kept.all(PersonNamed) == [], "the name was handed over when it was picked, and is forgotten"
    assert first.id != second.id


@pytest.mark.parametrize("track", [1, 2], ids=["the same", "taken for somebody else"])
def test_who_is_lost_for_a_moment_goes_on_with_the_set(track: int) -> None:
    kept = Kept(exercise())
    kept.squat(2)
    kept.leave(LEFT_S)
    curve, begin_s = squats(1), kept.t_s
    kept.watch((begin_s + t_s, figure(begin_s + t_s, knee=curve(t_s), track=track)) for t_s in times(5, 15))
    assert not any(isinstance(event, SetEvent) for event in kept.events)
    [set_] = kept.all(SetBegan)
    assert [(rep.set, rep.number) for rep in kept.all(RepetitionDone)] == [(set_.id, n) for n in (1, 2, 3)]
    kept.leave(LEFT_S + 1.2)
    [done] = [event for event in kept.events if isinstance(event, SetEvent)]
    assert (done.reps, [end.set for end in kept.all(SetEnded)]) == (3, [set_.id])


def test_warnings_alone_are_kept_as_one_set_of_whoever_is_lost_for_a_moment() -> None:
    kept = Kept(exercise())
    deep(kept, 3.2)
    kept.leave(LEFT_S)
    assert kept.all(RepetitionDone) == []
    deep(kept)
    assert (len(kept.all(WarningRaised)), len(kept.all(SetBegan)), len(kept.all(SetEnded))) == (2, 1, 0)


def test_another_exercise_ends_the_set_and_the_visit_goes_on() -> None:
    kept = Kept(exercise())
    kept.squat(2)
    kept.exercise = named(exercise(), "box_squat")
    kept.squat(1)
    assert [set_.exercise for set_ in kept.all(SetBegan)] == ["squat", "box_squat"]
    assert [set_.number for set_ in kept.all(SetBegan)] == [1, 1]
    assert [rep.number for rep in kept.all(RepetitionDone)] == [1, 2, 1]
    assert after(kept, kept.all(SetEnded)[0]) < after(kept, kept.all(SetBegan)[1])
    assert len(kept.all(VisitBegan)) == 1


def test_an_edited_exercise_goes_on_with_the_set_and_its_warnings_carry_the_new_rules() -> None:
    kept = Kept(exercise())
    kept.squat(1, lowest=105)
    kept.exercise = exercise(("rep.min(bend) > 100", "rep.min(bend) > 102"))
    kept.squat(1, lowest=105)
    [set_], [before, now] = kept.all(SetBegan), kept.all(WarningRaised)
    assert [rep.number for rep in kept.all(RepetitionDone)] == [1, 2]
    assert (before.set, before.rep, now.set, now.rep) == (set_.id, 1, set_.id, 2)
    assert (set_.rules, before.rule.rules) == (exercise().version, exercise().version)
    assert now.rule.rules == kept.exercise.version != exercise().version
    assert (before.rule.when, now.rule.when) == ("rep.min(bend) > 100", "rep.min(bend) > 102")


def test_stopping_ends_the_set_and_starting_begins_another() -> None:
    kept = Kept(exercise())
    kept.squat(2)
    kept.practice.run(running=False)
    kept.squat(1)
    kept.practice.run(running=True)
    kept.squat(1)
    sets = kept.all(SetBegan)
    assert [set_.number for set_ in sets] == [1, 2]
    assert [(rep.set, rep.number) for rep in kept.all(RepetitionDone)] == [
        (sets[0].id, 1),
        (sets[0].id, 2),
        (sets[1].id, 1),
    ]
    assert len(kept.all(VisitBegan)) == 1


def deep(kept: Kept, seconds: float = 9.0, fps: float = 15) -> None:
    """One squat that goes too deep, with the knees before the toes: 80 degrees from 2.4 to 4.4 s."""
    knee = bends((0.0, 175.0), (1.0, 175.0), (2.4, 80.0), (4.4, 80.0), (5.5, 175.0))
    begin_s = kept.t_s
    kept.watch((begin_s + t_s, figure(begin_s + t_s, knee=knee(t_s), past_toe=0.1)) for t_s in times(seconds, fps))


@pytest.mark.parametrize("fps", [10, 15, 30])
def test_a_warning_is_kept_with_its_rule_its_place_in_the_repetition_and_the_measures_around_it(fps: float) -> None:
    kept = Kept(exercise())
    deep(kept, fps=fps)
    [raised], [series], [set_] = kept.all(WarningRaised), kept.all(WarningSeries), kept.all(SetBegan)
    [event] = [event for event in kept.events if isinstance(event, WarningEvent) and event.on]
    assert (raised.set, raised.t_s, raised.rep, raised.side) == (set_.id, event.t_s, 1, None)
    rule = raised.rule
    assert (rule.warning, rule.level, rule.for_s, rule.clear) == ("knee_load", "danger", 0.2, None)
    assert (rule.when, rule.rules) == ("knee < 90 and knee_past_toe > 0", exercise().version)
    assert raised.phase == "end"
    assert raised.share == 1.0
    assert (series.warning, series.from_s, series.step_s) == (raised.id, -BEFORE_S, STEP_S)
    knee = series.values["knee"]
    assert len(knee) == 31
    assert series.values.keys() == {measure.name for measure in exercise().measures}
    curve = bends((0.0, 175.0), (1.0, 175.0), (2.4, 80.0), (4.4, 80.0), (5.5, 175.0))
    for place, value in enumerate(knee):
        assert value == pytest.approx(curve(raised.t_s - BEFORE_S + place * STEP_S), abs=3)
    # What raised it is in what was kept: a rule can be tried on it.
    threshold = [value is not None and value < 90 for value in knee]
    assert all(threshold[19:21])
    assert not any(threshold[:17])


def test_a_warning_on_the_way_has_its_share_of_it() -> None:
    kept = Kept(exercise())
    begin_s = kept.t_s
    knee = bends((0.0, 175.0), (1.0, 175.0), (5.0, 85.0), (6.0, 175.0))
    kept.watch(
        (begin_s + t_s, figure(t_s, knee=knee(t_s), trunk=50.0 if 2.6 < t_s < 4 else 88.0)) for t_s in times(9, 15)
    )
    [raised] = kept.all(WarningRaised)
    assert (raised.rule.warning, raised.rule.clear, raised.phase, raised.rep) == ("lumbar_load", "trunk > 65", "out", 1)
    drawn = (160 - knee(raised.t_s)) / (160 - 110)
    assert raised.share == pytest.approx(drawn, abs=0.05)
    assert 0.1 < drawn < 0.9


def test_a_warning_about_a_whole_repetition_has_no_place_in_it() -> None:
    kept = Kept(exercise())
    kept.squat(1)
    kept.squat(1, lowest=105)
    [raised] = kept.all(WarningRaised)
    assert (raised.rule.warning, raised.rep, raised.phase, raised.share) == ("shallow", 2, None, None)
    assert after(kept, kept.all(RepetitionDone)[1]) < after(kept, raised)
    [series] = [series for series in kept.all(WarningSeries) if series.warning == raised.id]
    numbers = {name: values for name, values in series.values.items() if name.startswith("rep.")}
    of_measure = {"rep.min(bend)", "rep.max(bend)", "rep.range(bend)"}
    assert numbers.keys() == {"rep.s", "rep.out_s", "rep.back_s"} | of_measure, "of no measure that it does not judge"
    assert {len(values) for values in numbers.values()} == {len(series.values["bend"])}
    (lowest,) = set(numbers["rep.min(bend)"])
    assert lowest == pytest.approx(105, abs=1)


def test_the_measures_after_a_warning_are_waited_for_unless_the_program_ends() -> None:
    kept = Kept(exercise())
    deep(kept, 3.2)
    [raised] = kept.all(WarningRaised)
    assert kept.all(WarningSeries) == []
    kept.finish()
    [series] = kept.all(WarningSeries)
    known = [value is not None for value in series.values["knee"]]
    seen = 21 + int((kept.t_s - raised.t_s) / STEP_S)
    assert known == [True] * seen + [False] * (31 - seen)
    assert kept.t_s - raised.t_s < AFTER_S


def test_the_end_of_the_program_ends_what_is_under_way() -> None:
    kept = Kept(exercise())
    kept.squat(2)
    kept.finish()
    assert [type(entry) for entry in kept.entries[-2:]] == [SetEnded, VisitEnded]
    assert kept.all(SetEnded)[0].set == kept.all(SetBegan)[0].id
    assert kept.all(VisitEnded)[0].visit == kept.all(VisitBegan)[0].id
    kept.finish()
    assert len(kept.all(VisitEnded)) == 1


@pytest.mark.parametrize("how", ["by itself", "by the end of the program", "by another exercise", "by leaving"])
def test_a_hold_is_kept_however_it_ends(how: str) -> None:
    kept = Kept(BALANCE)
    film = [(pose.t_s, pose) for pose in mannequin.film("single_leg_balance", "front", 15, reps=1, stay_s=20)]
    kept.watch(frame for frame in film if how == "by itself" or frame[0] < 15)
    if how == "by another exercise":
        kept.exercise = exercise()
        kept.watch(frame for frame in film if frame[0] >= 15)
    elif how == "by leaving":
        kept.leave(3)
    elif how == "by the end of the program":
        kept.finish()
    [hold], [set_], [visit] = kept.all(HoldDone), kept.all(SetBegan), kept.all(VisitBegan)
    assert (hold.set, set_.exercise, set_.t_s, visit.t_s) == (set_.id, BALANCE.name, hold.begin_s, hold.begin_s)
    assert hold.held_s == pytest.approx(20 if how == "by itself" else 15 - hold.begin_s, abs=1.5)
    assert hold.end_s - hold.begin_s == pytest.approx(hold.held_s, abs=0.3)
    if how == "by itself":
        [event] = [event for event in kept.events if isinstance(event, HoldEvent)]
        assert (hold.begin_s, hold.end_s, hold.held_s) == (event.begin_s, event.t_s, event.held_s)


def test_a_hold_goes_on_when_its_exercise_is_edited_and_is_kept_once() -> None:
    kept = Kept(BALANCE)
    film = [(pose.t_s, pose) for pose in mannequin.film("single_leg_balance", "front", 15, reps=1, stay_s=20)]
    kept.watch(frame for frame in film if frame[0] < 8)
    kept.exercise = parse_exercise(f"{BALANCE.text}# saved\n", BALANCE.name, "single_leg_balance.yaml")
    kept.watch(frame for frame in film if frame[0] >= 8)
    [hold], [event] = kept.all(HoldDone), [event for event in kept.events if isinstance(event, HoldEvent)]
    assert (hold.begin_s, hold.end_s, hold.held_s) == (event.begin_s, event.t_s, event.held_s)
    assert hold.held_s == pytest.approx(20, abs=1.5)


def test_an_exercise_edited_from_repetitions_to_a_hold_ends_the_set() -> None:
    kept = Kept(exercise())
    kept.squat(2)
    kept.exercise = named(BALANCE, exercise().name)
    kept.stand(1)
    assert [end.set for end in kept.all(SetEnded)] == [kept.all(SetBegan)[0].id]


def test_each_side_has_its_own_count_measures_and_warnings() -> None:
    kept = Kept(exercise(*APART, ("tempo:\n", "sets: {pause_s: 4}\n\ntempo:\n")))
    left, right = squats(2), squats(1, lowest=105)
    kept.watch(legs(left, right, 9))
    kept.stand(6)  # the set is over
    begin_s = kept.t_s
    kept.watch((begin_s + t_s, replace(pose, t_s=begin_s + t_s)) for t_s, pose in legs(left, right, 9))
    first, second = kept.all(SetBegan)
    done = kept.all(RepetitionDone)
    for set_ in (first, second):
        numbers = sorted((rep.side or "", rep.number) for rep in done if rep.set == set_.id)
        assert numbers == [("left", 1), ("left", 2), ("right", 1)]
    for rep in done:
        bend = rep.measures["bend"]
        assert (bend.start, bend.lowest) == pytest.approx((175, 85 if rep.side == "left" else 105), abs=4)
    raised, series = kept.all(WarningRaised), kept.all(WarningSeries)
    assert [(warning.rule.warning, warning.side, warning.rep) for warning in raised] == [("shallow", "right", 1)] * 2
    for warning, around in zip(raised, series, strict=True):
        t_s = warning.t_s - (begin_s if warning.set == second.id else 0)
        for place, value in enumerate(around.values["bend"]):
            assert value == pytest.approx(right(t_s - BEFORE_S + place * STEP_S), abs=3)


def test_the_repetition_under_way_when_time_is_over_belongs_to_the_test() -> None:
    kept = Kept(exercise(("  max_s: 10", "  max_s: 10\n  timed_s: 8")))
    kept.squat(4)
    first, second = kept.all(SetBegan)
    [test] = kept.all(TimedTestDone)
    assert (test.set, test.timed_s, test.reps) == (first.id, 8, 3)
    assert test.t_s - first.t_s == pytest.approx(8, abs=0.7)  # the body sets out before the measure does
    assert [(rep.set, rep.number) for rep in kept.all(RepetitionDone)] == [
        (first.id, 1), (first.id, 2), (first.id, 3), (second.id, 1),
    ]  # fmt: skip


def test_turning_round_halfway_and_pausing_is_a_set_of_its_own() -> None:
    kept = Kept(exercise())
    kept.squat(1, lowest=130)
    kept.stand(20)
    kept.squat(1)
    sets, [event] = kept.all(SetBegan), kept.all(SetEnded)
    assert [set_.number for set_ in sets] == [1, 1]
    assert event.set == sets[0].id
    assert not any(isinstance(event, SetEvent) for event in kept.events), "the workout shows no such set"


def test_who_only_sits_there_has_gone() -> None:
    kept = Kept(exercise())
    kept.squat(1)
    done_s = kept.t_s
    kept.stand(IDLE_S + 5, fps=5)
    [ended] = kept.all(VisitEnded)
    assert ended.t_s < done_s
    kept.squat(1)
    assert len(kept.all(VisitBegan)) == 2


def test_nothing_is_kept_of_who_does_nothing() -> None:
    kept = Kept(exercise())
    kept.stand(30)
    kept.leave(20)
    kept.finish()
    assert kept.entries == []


def test_ids_are_in_the_order_of_what_happened_and_never_repeat() -> None:
    kept = Kept(exercise())
    kept.squat(2, lowest=105)
    kept.leave(AWAY_S + 2)
    deep(kept)
    kept.finish()
    ids = [entry.id for entry in kept.entries if hasattr(entry, "id")]
    assert ids == [f"run-{number}" for number in range(1, len(ids) + 1)]
    assert replace(kept.all(RepetitionDone)[0]) in kept.entries
