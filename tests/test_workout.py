"""Sets, countdown and summary: tables of what a visitor does and what is shown of it."""

from dataclasses import replace
from typing import Any

import pytest

from kiosk.coaching.coach import Event, HoldEvent, RepEvent, Snapshot, TimedEvent
from kiosk.coaching.events import Best, SetEvent, TempoEvent
from kiosk.coaching.tempo import LATEST
from kiosk.coaching.workout import AWAY_S, COUNTDOWN_S, LEFT_S, SUMMARY_S, Workout
from kiosk.rules.compiler import load_exercise, parse_exercise
from kiosk.rules.exercise import Exercise
from tests.conftest import ROOT
from tests.exercises import SQUAT, exercise
from tests.test_rules import mistakes

STANDING = Snapshot(person=True, ready=True, resting=True, phase="start")
DOWN = replace(STANDING, resting=False, phase="end")
UNREADY = replace(STANDING, ready=False)
AWAY = Snapshot()


def sets(text: str, *, base: Exercise | None = None) -> Exercise:
    """The squat with this line of `sets`, or a shipped exercise with it."""
    entry = parse_exercise(f"{SQUAT}\nsets: {text}\n", "squat", "squat.yaml").sets
    return replace(base or exercise(), sets=entry)


PLANK = load_exercise(ROOT / "config" / "exercises" / "plank.yaml")


class Visit:
    """A workout whose visitor does what a test says, seen `fps` times a second."""

    def __init__(self, wanted: Exercise | None = None, fps: float = 15) -> None:
        self.workout = Workout(wanted or exercise())
        self.done: list[SetEvent] = []
        self.t_s = 0.0
        self._fps = fps

    def step(self, snapshot: Snapshot, *events: Event) -> None:
        self.t_s += 1 / self._fps
        self.done += self.workout.step(self.t_s, snapshot, events)

    def stay(self, seconds: float, snapshot: Snapshot = STANDING) -> None:
        until_s = self.t_s + seconds
        while self.t_s < until_s - 1e-9:
            self.step(snapshot)

    def rep(self, seconds: float = 2.0, *, partial: bool = False, lowest: float = 85.0, out_s: float = 1.2) -> None:
        begin_s = self.t_s
        self.stay(seconds, DOWN)
        end_s = self.t_s
        self.step(STANDING, repetition(begin_s, end_s, partial=partial, lowest=lowest, out_s=out_s))

    def hold(self, seconds: float) -> None:
        begin_s = self.t_s
        while self.t_s - begin_s < seconds:
            self.step(replace(STANDING, phase=None, resting=False, hold_s=self.t_s - begin_s))
        self.step(replace(STANDING, phase=None), HoldEvent(self.t_s, begin_s, seconds))

    @property
    def shown(self) -> Any:
        return self.workout.progress()


def repetition(
    begin_s: float, t_s: float, *, partial: bool = False, lowest: float = 85.0, out_s: float = 1.2
) -> RepEvent:
    return RepEvent(
        t_s=t_s,
        begin_s=begin_s,
        onset_s=begin_s,
        number=1,
        partial=partial,
        out_s=out_s,
        back_s=t_s - begin_s - out_s,
        lowest={"bend": lowest},
        highest={"bend": 174.0},
    )


def test_the_countdown_runs_from_when_the_person_is_placed_well() -> None:
    visit = Visit()
    visit.stay(5, AWAY)
    assert visit.shown.starts_in_s is None
    visit.stay(5, UNREADY)
    assert visit.shown.starts_in_s is None
    visit.step(STANDING)
    assert visit.shown.starts_in_s == COUNTDOWN_S
    visit.stay(1)
    assert visit.shown.starts_in_s == pytest.approx(COUNTDOWN_S - 1)
    visit.stay(2.2)
    assert visit.shown.starts_in_s is None
    visit.stay(20)
    assert visit.shown.starts_in_s is None, "it counts once"


@pytest.mark.parametrize(
    ("snapshot", "event"),
    [(DOWN, None), (STANDING, repetition(0.0, 2.0, partial=True)), (STANDING, HoldEvent(6.0, 2.0, 4.0))],
)
def test_the_first_movement_ends_the_countdown_and_is_counted(snapshot: Snapshot, event: Event | None) -> None:
    visit = Visit()
    visit.stay(1)
    assert visit.shown.starts_in_s is not None
    visit.step(snapshot, *([event] if event else []))
    assert visit.shown.starts_in_s is None
    visit.stay(0.2, snapshot)
    visit.stay(1)
    assert visit.shown.starts_in_s is None


def test_who_walks_in_moving_still_gets_a_countdown() -> None:
    visit = Visit()
    visit.stay(1, replace(UNREADY, resting=False, phase="out"))
    visit.stay(0.5, replace(DOWN, phase="out"))
    assert visit.shown.starts_in_s is None
    visit.step(STANDING)
    assert visit.shown.starts_in_s == COUNTDOWN_S


def test_who_begins_at_once_gets_none() -> None:
    visit = Visit()
    visit.rep()
    visit.stay(3)
    assert visit.shown.starts_in_s is None
    assert visit.shown.reps == 1


def test_a_lost_place_begins_the_countdown_again() -> None:
    visit = Visit()
    visit.stay(2)
    visit.stay(0.5, UNREADY)
    assert visit.shown.starts_in_s is None
    visit.step(STANDING)
    assert visit.shown.starts_in_s == COUNTDOWN_S


def test_losing_sight_for_a_moment_in_a_set_brings_no_countdown() -> None:
    visit = Visit()
    visit.rep()
    visit.stay(1, UNREADY)
    visit.stay(1)
    assert visit.shown.starts_in_s is None


def test_the_final_tempo_of_a_repetition_replaces_what_was_foreseen() -> None:
    visit = Visit(sets("{pause_s: 6}"))
    for number in (1, 2, 3):
        visit.stay(2, DOWN)
        visit.step(STANDING, replace(repetition(visit.t_s - 2, visit.t_s), number=number))
        visit.step(STANDING, TempoEvent(visit.t_s, visit.t_s - 2, number, out_s=number, back_s=2.0, pause_s=0.1))
        visit.step(STANDING, TempoEvent(visit.t_s, visit.t_s - 2, number, 9.0, 9.0, 0.1, side="left"))
    visit.stay(6)
    (done,) = visit.done
    assert (done.out_s, done.back_s) == (2.0, 2.0)
    assert done.evenness == pytest.approx(1 / 4), "of 3, 4 and 5 s"


def test_a_set_without_end_keeps_its_count_its_best_and_the_tempo_of_its_latest_repetitions() -> None:
    visit = Visit()
    for number in range(1, LATEST + 21):
        slow = number <= 20
        done = repetition(visit.t_s, visit.t_s + 3, lowest=70.0 if number == 1 else 85.0, out_s=2.5 if slow else 1.0)
        visit.step(STANDING, replace(done, number=number))
        visit.step(STANDING, TempoEvent(visit.t_s, visit.t_s - 3, number, 2.5 if slow else 1.5, 1.0, 0.1))
    assert visit.shown.reps == LATEST + 20
    visit.workout.run(running=False)
    visit.step(UNREADY)
    (whole,) = visit.done
    assert (whole.reps, whole.best) == (LATEST + 20, Best("bend", 70.0))
    assert (whole.out_s, whole.back_s, whole.evenness) == (1.5, 1.0, 0.0)


@pytest.mark.parametrize("fps", [10, 30])
def test_a_set_is_done_when_nothing_moved_for_the_pause(fps: float) -> None:
    visit = Visit(sets("{number: 3, pause_s: 6}"), fps)
    for seconds, lowest, out_s in ((2.0, 90.0, 1.0), (2.4, 80.0, 1.2), (1.6, 84.0, 0.8)):
        visit.rep(seconds, lowest=lowest, out_s=out_s)
        visit.stay(0.5)
    visit.rep(partial=True, lowest=60.0)
    assert (visit.shown.number, visit.shown.sets, visit.shown.reps, visit.shown.partials) == (1, 3, 3, 1)
    visit.stay(5.7)
    assert visit.done == []
    visit.stay(0.4)
    (done,) = visit.done
    assert (done.number, done.sets, done.reps, done.partials, done.held_s) == (1, 3, 3, 1, None)
    assert done.out_s == pytest.approx(1.0)
    assert done.back_s == pytest.approx(1.0, abs=0.1)
    assert done.evenness == pytest.approx(0.2, abs=0.03)
    assert done.best == Best("bend", 80.0), "a partial repetition is not the best one"
    assert (visit.shown.number, visit.shown.reps, visit.shown.partials) == (2, 0, 0)
    assert visit.shown.summary is done


def test_a_slow_repetition_is_no_pause() -> None:
    visit = Visit(sets("{pause_s: 2}"))
    visit.rep()
    visit.rep(7.0)
    assert visit.done == []
    assert visit.shown.reps == 2


def test_a_set_is_done_at_its_number_of_repetitions() -> None:
    visit = Visit(sets("{reps: 2}"))
    visit.rep()
    visit.rep(partial=True)
    assert visit.done == []
    visit.rep()
    assert [done.reps for done in visit.done] == [2]
    visit.rep()
    assert (visit.shown.number, visit.shown.reps) == (2, 1)


def test_a_set_made_shorter_than_what_was_done_ends_with_the_next_repetition() -> None:
    visit = Visit(sets("{reps: 5}"))
    for _ in range(3):
        visit.rep()
    visit.workout.follow(sets("{reps: 2}"))
    visit.rep()
    assert [done.reps for done in visit.done] == [4]
    assert (visit.shown.number, visit.shown.reps) == (2, 0)


@pytest.mark.parametrize("how", ["leaves", "stops"])
def test_a_set_is_done_when_the_person_leaves_or_stops(how: str) -> None:
    visit = Visit()
    visit.rep()
    if how == "stops":
        visit.workout.run(running=False)
    visit.stay(*(LEFT_S + 0.1, AWAY) if how == "leaves" else (0.1, UNREADY))
    assert [done.reps for done in visit.done] == [1]
    assert visit.shown.running is (how == "leaves")


@pytest.mark.parametrize("fps", [2.5, 15])
def test_who_is_lost_for_a_moment_goes_on_with_the_set_without_a_countdown(fps: float) -> None:
    visit = Visit(fps=fps)
    visit.rep()
    visit.rep(partial=True)
    for _ in range(2):
        visit.stay(LEFT_S - 0.5, AWAY)
        visit.stay(1)
        assert visit.shown.starts_in_s is None
        assert (visit.shown.number, visit.shown.reps, visit.shown.partials) == (1, 1, 1)
    visit.rep()
    assert visit.shown.reps == 2
    visit.stay(LEFT_S + 0.5, AWAY)
    assert [(done.reps, done.partials) for done in visit.done] == [(2, 1)]
    visit.step(STANDING)
    assert visit.shown.starts_in_s == COUNTDOWN_S


def test_half_repetitions_alone_are_no_set() -> None:
    visit = Visit(sets("{pause_s: 4}"))
    visit.rep(partial=True)
    assert visit.shown.partials == 1
    visit.stay(5)
    assert visit.done == []
    assert (visit.shown.number, visit.shown.partials) == (1, 0)


def test_after_the_planned_sets_the_numbers_go_on_without_a_plan() -> None:
    visit = Visit(sets("{number: 2, reps: 1}"))
    for _ in range(3):
        visit.rep()
        visit.stay(SUMMARY_S + 1)
    assert [(done.number, done.sets) for done in visit.done] == [(1, 2), (2, 2), (3, None)]
    assert (visit.shown.number, visit.shown.sets) == (4, None)


def test_a_summary_stands_for_a_while() -> None:
    visit = Visit(sets("{reps: 1}"))
    visit.rep()
    visit.stay(SUMMARY_S - 0.2)
    assert visit.shown.summary is not None
    visit.stay(0.4)
    assert visit.shown.summary is None


def test_a_summary_goes_when_the_next_set_is_under_way_but_not_when_somebody_stirs() -> None:
    visit = Visit(sets("{reps: 1}"))
    visit.rep()
    visit.stay(1)
    visit.stay(1, replace(DOWN, phase="out"))
    assert visit.shown.summary is not None
    visit.step(DOWN)
    assert visit.shown.summary is None


def test_a_hold_that_reached_its_target_is_a_set_when_it_ends() -> None:
    visit = Visit(PLANK)
    visit.hold(65)
    (done,) = visit.done
    assert (done.held_s, done.reps, done.best, done.out_s) == (65, 0, None, None)


def test_a_hold_may_be_taken_up_again_within_the_pause() -> None:
    visit = Visit(sets("{pause_s: 5}", base=PLANK))
    visit.hold(20)
    visit.stay(3)
    visit.hold(15)
    assert visit.done == []
    visit.stay(5.1)
    assert [done.held_s for done in visit.done] == [35]
    visit.hold(10)
    assert visit.shown.summary is None
    assert visit.shown.number == 2


def test_a_timed_test_is_a_set_and_its_last_repetition_is_not_the_next_ones() -> None:
    visit = Visit(sets("{pause_s: 5}"))
    testing = replace(STANDING, timed_left_s=12.0)
    visit.rep()
    visit.stay(7, testing)
    assert visit.done == [], "who rests in a timed test is still in it"
    begin_s = visit.t_s
    visit.stay(1, replace(DOWN, timed_left_s=1.0))
    visit.step(DOWN, TimedEvent(visit.t_s, 30, 2))
    assert [done.reps for done in visit.done] == [2], "one more than halfway counts"
    visit.stay(0.5, DOWN)
    visit.step(STANDING, repetition(begin_s, visit.t_s))
    assert (visit.shown.number, visit.shown.reps) == (2, 0)
    assert visit.shown.summary is not None


def test_nobody_managing_one_repetition_is_a_result_too() -> None:
    visit = Visit()
    visit.step(DOWN, TimedEvent(visit.t_s, 30, 0))
    assert [done.reps for done in visit.done] == [0]


def test_another_visitor_begins_with_the_first_set_and_running() -> None:
    visit = Visit()
    visit.rep()
    visit.workout.run(running=False)
    visit.stay(1, AWAY)
    assert visit.workout.begins_anew is False
    visit.stay(AWAY_S - 2, AWAY)
    assert (visit.shown.number, visit.shown.running) == (2, False)
    visit.stay(1.1, AWAY)
    assert (visit.shown.number, visit.shown.running, visit.shown.summary) == (1, True, None)
    visit.step(STANDING)
    assert visit.shown.starts_in_s == COUNTDOWN_S


def test_who_comes_back_soon_goes_on() -> None:
    visit = Visit()
    visit.rep()
    visit.stay(AWAY_S - 1, AWAY)
    visit.step(STANDING)
    assert (visit.shown.number, visit.shown.starts_in_s) == (2, COUNTDOWN_S)


def test_another_exercise_begins_anew_and_an_edited_one_goes_on() -> None:
    visit = Visit(sets("{number: 3}"))
    visit.rep()
    visit.workout.follow(sets("{number: 5}"))
    visit.rep()
    assert (visit.shown.number, visit.shown.sets, visit.shown.reps) == (1, 5, 2)
    visit.stay(11)
    assert visit.shown.number == 2
    visit.workout.follow(PLANK)
    visit.step(STANDING)
    assert (visit.shown.number, visit.shown.reps, visit.shown.summary) == (1, 0, None)
    assert visit.shown.starts_in_s == COUNTDOWN_S


def test_starting_counts_down() -> None:
    visit = Visit()
    visit.stay(5)
    visit.workout.run(running=False)
    visit.stay(3, UNREADY)
    assert (visit.shown.running, visit.shown.starts_in_s) == (False, None)
    visit.workout.run(running=True)
    visit.step(UNREADY)
    visit.step(STANDING)
    assert (visit.shown.running, visit.shown.starts_in_s) == (True, COUNTDOWN_S)
    visit.stay(1)
    visit.workout.run(running=True)
    assert visit.shown.starts_in_s == pytest.approx(COUNTDOWN_S - 1), "who runs already is not started again"


@pytest.mark.parametrize(
    ("name", "best"), [("squat", ("bend", 85.0)), ("biceps_curl", None), ("front_raise", ("arm", 95.0))]
)
def test_the_best_is_the_farthest_in_degrees_if_it_is_degrees_that_count(
    name: str, best: tuple[str, float] | None
) -> None:
    shipped = load_exercise(ROOT / "config" / "exercises" / f"{name}.yaml")
    assert shipped.reps is not None
    measure = shipped.reps.measure
    visit = Visit(sets("{reps: 2}", base=shipped))
    for low, high in ((85.0, 90.0), (88.0, 95.0)):
        moved = replace(repetition(visit.t_s, visit.t_s + 2), lowest={measure: low}, highest={measure: high})
        visit.step(STANDING, moved)
    assert visit.done[0].best == (Best(*best) if best else None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{number: 0}", "greater than or equal to 1"),
        ("{reps: 0}", "greater than or equal to 1"),
        ("{pause_s: 0}", "greater than or equal to 2"),
        ("{number: 2.5}", "whole number"),
        ("{set: 3}", "unknown key 'set' - there is number, pause_s, reps"),
    ],
)
def test_a_wrong_plan_is_explained(text: str, said: str) -> None:
    (mistake,) = mistakes(f"{SQUAT}\nsets: {text}\n")
    assert said in mistake


def test_a_number_of_repetitions_means_nothing_in_a_hold() -> None:
    text = f"{PLANK.text}\n".replace("sets: {number: 3", "sets: {reps: 3")
    (mistake,) = mistakes(text, "plank")
    assert "'reps' means nothing in a hold: its target_s ends a set" in mistake


def test_whoever_comes_after_a_while_is_another_visitor() -> None:
    visit = Visit()
    visit.stay(20, AWAY)
    assert visit.shown.visitor == 0
    visit.rep()
    visit.stay(AWAY_S - 1, AWAY)
    visit.stay(3)
    assert visit.shown.visitor == 0
    visit.stay(AWAY_S + 1, AWAY)
    assert visit.shown.visitor == 1
    visit.stay(60, AWAY)
    assert visit.shown.visitor == 1


def test_idle_is_who_is_away_or_stopped_or_rests_longer_than_a_pause() -> None:
    visit = Visit(sets("{pause_s: 6}"))
    visit.rep(partial=True)
    visit.stay(4)
    assert not visit.shown.idle
    visit.stay(3)
    assert visit.shown.idle
    visit.stay(0.2, DOWN)
    assert not visit.shown.idle
    visit.workout.run(running=False)
    visit.stay(0.2)
    assert visit.shown.idle
    visit.workout.run(running=True)
    visit.stay(0.2, DOWN)
    assert not visit.shown.idle
    visit.stay(LEFT_S - 0.1, AWAY)
    assert not visit.shown.idle
    visit.stay(0.2, AWAY)
    assert visit.shown.idle
