"""Somebody in front of the camera: what is counted and shown while the workout runs, is stopped, and goes on."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from kiosk.coaching.coach import Coach, Event, HoldEvent, RepEvent, TimedEvent, WarningEvent
from kiosk.coaching.events import GestureEvent, SetEvent, TempoEvent
from kiosk.coaching.practice import Practice
from kiosk.coaching.readiness import UNSEEN_S
from kiosk.landmarks import INDEX, Pose
from kiosk.rules.compiler import load_exercise, parse_exercise
from tests import mannequin
from tests.conftest import ROOT
from tests.exercises import SQUAT, exercise
from tests.poses import bends, figure, squats, times
from tests.test_gestures import BOTH, DOWN, ONE

Frames = list[tuple[float, Pose]]
BALANCE = load_exercise(ROOT / "config" / "exercises" / "single_leg_balance.yaml")


def squatting(count: int, fps: float = 15, begin_s: float = 0.0) -> Frames:
    """`count` squats, 3.5 s each from 1 s after `begin_s` on, and 2 s more."""
    curve = squats(count)
    return [(begin_s + t_s, figure(begin_s + t_s, knee=curve(t_s))) for t_s in times(count * 3.5 + 3, fps)]


def still(begin_s: float, seconds: float, fps: float = 15, track: int = 1) -> Frames:
    return [(begin_s + t_s, figure(begin_s + t_s, track=track)) for t_s in times(seconds, fps)]


def practised(practice: Practice, frames: Iterable[tuple[float, Pose | None]]) -> list[Event]:
    return [event for t_s, pose in frames for event in practice.step(t_s, pose)]


def repetitions(events: list[Event]) -> int:
    return sum(isinstance(event, RepEvent) and not event.partial for event in events)


@pytest.mark.parametrize("fps", [10, 30])
def test_it_counts_just_what_the_coach_counts(fps: float) -> None:
    frames = squatting(3, fps)
    coach = Coach(exercise())
    alone = [event for t_s, pose in frames for event in coach.step(t_s, pose)]
    practice = Practice(exercise())
    assert practised(practice, frames) == alone
    assert (practice.progress().reps, practice.snapshot.reps) == (3, 3)


def test_the_countdown_holds_up_nothing() -> None:
    practice = Practice(exercise())
    events, shown = [], []
    for t_s, pose in squatting(1):
        events += practice.step(t_s, pose)
        shown.append((t_s, practice.progress().starts_in_s))
    assert repetitions(events) == 1
    begins = [t_s for t_s, left_s in shown if left_s is not None]
    assert begins[0] == pytest.approx(0.35, abs=0.1)
    assert begins[-1] < 1.6, "the descent began at 1 s"


def test_stopping_in_the_middle_drops_the_repetition_and_lowers_warnings() -> None:
    practice = Practice(exercise())
    bent = bends((0.0, 175.0), (1.0, 175.0), (2.4, 80.0), (6.0, 80.0), (7.0, 175.0))
    frames = [(t_s, figure(t_s, knee=bent(t_s), past_toe=0.1)) for t_s in times(9, 15)]
    down = practised(practice, [frame for frame in frames if frame[0] < 4])
    assert [event.on for event in down if isinstance(event, WarningEvent)] == [True]
    practice.run(running=False)
    up = practised(practice, [frame for frame in frames if frame[0] >= 4])
    assert [type(event) for event in up] == [WarningEvent]
    shown = practice.snapshot
    assert (shown.reps, shown.partials, shown.warnings, shown.faulty, shown.labels) == (0, 0, (), (), ())
    assert (shown.person, shown.guidance, shown.phase) == (True, None, None)
    assert practice.progress().running is False


def test_nothing_counts_while_stopped_and_everything_after_starting() -> None:
    practice = Practice(exercise())
    practice.run(running=False)
    assert practised(practice, squatting(2)) == []
    practice.run(running=True)
    assert repetitions(practised(practice, squatting(2, begin_s=20))) == 2


def test_stopping_ends_the_set_with_what_was_done() -> None:
    practice = Practice(exercise())
    practised(practice, squatting(2))
    practice.run(running=False)
    events = practised(practice, still(10, 1))
    assert [(event.number, event.reps) for event in events if isinstance(event, SetEvent)] == [(1, 2)]
    assert practice.progress().number == 2


def test_stopping_ends_a_hold_and_counts_its_time() -> None:
    practice = Practice(BALANCE)
    frames = [(p.t_s, p) for p in mannequin.film("single_leg_balance", "front", 15, reps=1, stay_s=20)]
    practised(practice, [frame for frame in frames if frame[0] < 15])
    assert practice.snapshot.hold_s is not None
    assert practice.snapshot.hold_s > 5
    practice.run(running=False)
    events = practised(practice, [frame for frame in frames if frame[0] >= 15])
    assert [type(event) for event in events] == [HoldEvent, SetEvent]


def test_a_set_ends_with_the_one_who_leaves_and_the_next_visitor_begins_with_the_first() -> None:
    practice = Practice(exercise())
    practised(practice, squatting(2))
    left = practised(practice, [(10 + n / 10, None) for n in range(150)])
    assert [event.reps for event in left if isinstance(event, SetEvent)] == [2]
    other = [(t_s, replace(pose, track=2)) for t_s, pose in squatting(1, begin_s=30)]
    practised(practice, other)
    assert (practice.progress().number, practice.progress().reps, practice.snapshot.reps) == (1, 1, 3)


def test_an_edited_exercise_keeps_the_set_even_where_nobody_is_seen_just_then() -> None:
    practice = Practice(exercise())
    practised(practice, squatting(2))
    practice.follow(exercise(("max_s: 10", "max_s: 9")))
    events = practised(practice, [(10.0, None), *squatting(1, begin_s=10.1)])
    assert [type(event) for event in events] == [RepEvent, TempoEvent]
    assert (practice.progress().number, practice.progress().reps) == (1, 3)


@pytest.mark.parametrize("changed", [("name:", "# saved\nname:"), ("target_s: 30", "target_s: 15")])
def test_a_hold_goes_on_by_the_edited_rules(changed: tuple[str, str]) -> None:
    assert changed[0] in BALANCE.text
    edited = parse_exercise(BALANCE.text.replace(*changed, 1), BALANCE.name, "single_leg_balance.yaml")
    frames = [(p.t_s, p) for p in mannequin.film(BALANCE.name, "front", 15, reps=1, stay_s=20)]
    unedited, practice = Practice(BALANCE), Practice(BALANCE)
    (whole,) = [event for event in practised(unedited, frames) if isinstance(event, HoldEvent)]
    practised(practice, [frame for frame in frames if frame[0] < 8])
    practice.follow(edited)
    events = practised(practice, [frame for frame in frames if frame[0] >= 8])
    (hold,) = [event for event in events if isinstance(event, HoldEvent)]
    assert (hold.begin_s, hold.t_s) == (whole.begin_s, whole.t_s)
    assert hold.held_s == pytest.approx(whole.held_s, abs=0.25), "speeds are not known at once"
    ends = [event.held_s for event in events if isinstance(event, SetEvent)]
    assert ends == ([hold.held_s] if edited.hold and edited.hold.target_s == 15 else [])


@pytest.mark.parametrize("at_s", [1.8, 4.0, 5.5], ids=["in the first repetition", "between two", "in the second"])
def test_a_timed_test_goes_on_by_the_edited_rules(at_s: float) -> None:
    timed = ("  max_s: 10", "  max_s: 10\n  timed_s: 9")
    unedited, practice = Practice(exercise(timed)), Practice(exercise(timed))
    whole = practised(unedited, squatting(4))
    events = practised(practice, [frame for frame in squatting(4) if frame[0] < at_s])
    practice.follow(exercise(timed, ("tempo:\n", "# saved\ntempo:\n")))
    events += practised(practice, [frame for frame in squatting(4) if frame[0] >= at_s])
    for kind in (RepEvent, TempoEvent, TimedEvent, SetEvent):
        assert [event for event in events if isinstance(event, kind)] == [
            event for event in whole if isinstance(event, kind)
        ]


def test_another_exercise_begins_anew() -> None:
    practice = Practice(exercise())
    practised(practice, squatting(2))
    practice.follow(load_exercise(ROOT / "config" / "exercises" / "sit_up.yaml"))
    practised(practice, still(10, 0.2))
    assert (practice.exercise.name, practice.progress().number, practice.progress().reps) == ("sit_up", 1, 0)
    assert practice.snapshot.person


def test_each_set_has_a_timed_test_of_its_own() -> None:
    practice = Practice(exercise(("  max_s: 10", "  max_s: 10\n  timed_s: 9")))
    events = practised(practice, squatting(5))
    events += practised(practice, squatting(5, begin_s=30))
    over = [event.reps for event in events if isinstance(event, TimedEvent)]
    assert len(over) >= 2
    assert set(over) <= {2, 3}
    assert [event.reps for event in events if isinstance(event, SetEvent)][: len(over)] == over


def test_stopping_ends_a_timed_test_in_which_nothing_was_done_yet() -> None:
    practice = Practice(exercise(("  max_s: 10", "  max_s: 10\n  timed_s: 30")))
    practised(practice, [frame for frame in squatting(1) if frame[0] < 2])
    assert practice.snapshot.timed_left_s is not None
    practice.run(running=False)
    practised(practice, still(2, 1))
    assert practice.snapshot.timed_left_s is None
    practice.run(running=True)
    assert practised(practice, still(40, 3)) == []


def test_who_rises_and_leaves_leaves_no_clock_running_for_the_next() -> None:
    practice = Practice(exercise(("  max_s: 10", "  max_s: 10\n  timed_s: 12")))
    practised(practice, [frame for frame in squatting(1) if frame[0] < 2])
    assert practice.snapshot.timed_left_s is not None
    practised(practice, [(2 + n / 10, None) for n in range(30)])
    events = practised(practice, still(5, 15, track=2))
    assert practice.snapshot.timed_left_s is None
    events += practised(practice, [(t_s, replace(pose, track=2)) for t_s, pose in squatting(4, begin_s=20)])
    assert [event.reps for event in events if isinstance(event, TimedEvent)] == [4]


@pytest.mark.parametrize("fps", [10, 30])
def test_time_in_which_somebody_can_not_be_judged_is_not_held(fps: float) -> None:
    text = BALANCE.text.replace("see: [shoulder, hip, knee, ankle]", "see: [shoulder, hip, knee, ankle, nose]")
    assert text != BALANCE.text
    practice = Practice(parse_exercise(text, BALANCE.name, "single_leg_balance.yaml"))
    events: list[Event] = []
    for pose in mannequin.film(BALANCE.name, "front", fps, reps=1, stay_s=30):
        if 8 <= pose.t_s < 18:
            pose.points[INDEX["nose"], 3] = 0.1
        events += practice.step(pose.t_s, pose)
        if 12 <= pose.t_s < 18:
            assert (practice.snapshot.hold_s, practice.snapshot.guidance is None) == (0.0, False)
    before, after = [event for event in events if isinstance(event, HoldEvent)]
    assert 8 <= before.t_s <= 8 + UNSEEN_S + 0.2
    assert after.begin_s >= 18
    assert before.held_s + after.held_s < 23


def test_the_evenness_is_that_of_the_set() -> None:
    practice = Practice(exercise())
    practised(practice, squatting(3))
    assert practice.snapshot.unevenness is not None
    practised(practice, still(13, 12))
    assert practice.snapshot.unevenness is None


def held(begin_s: float, *spans: tuple[float, Pose]) -> Frames:
    frames: Frames = []
    for seconds, pose in spans:
        frames += [(begin_s + t_s, replace(pose, t_s=begin_s + t_s, track=1)) for t_s in times(seconds, 10)]
        begin_s += seconds
    return frames


def test_a_hand_stops_and_starts_and_both_are_told_of() -> None:
    practice = Practice(exercise())
    events = practised(practice, held(0, (1, DOWN), (2, ONE), (1, DOWN)))
    assert [event.kind for event in events if isinstance(event, GestureEvent)] == ["toggle"]
    assert practice.progress().running is False
    practised(practice, held(4, (1, ONE)))
    assert practice.gesture is not None
    assert practice.gesture.kind == "toggle"
    events = practised(practice, held(5, (1, ONE), (1, DOWN), (2, BOTH)))
    assert [event.kind for event in events if isinstance(event, GestureEvent)] == ["toggle", "next"]
    assert practice.progress().running is True


@pytest.mark.parametrize("how", ["off", "by the file"])
def test_gestures_can_be_turned_off(how: str) -> None:
    wanted = exercise() if how == "off" else exercise(("side: near\n", "side: near\ngestures: false\n"))
    assert "gestures" not in SQUAT
    practice = Practice(wanted, gestures=how != "off")
    assert practised(practice, held(0, (1, DOWN), (1, ONE))) == []
    assert practice.gesture is None
    assert practised(practice, held(2, (2, ONE))) == []
    assert practice.progress().running


def test_somebody_else_in_the_picture_asks_for_nothing() -> None:
    practice = Practice(exercise())
    mine, theirs = held(0, (4, DOWN)), held(0, (4, ONE))
    both = [(t_s, replace(theirs[n][1], track=2) if n % 2 else pose) for n, (t_s, pose) in enumerate(mine)]
    events = practised(practice, both)
    assert not any(isinstance(event, GestureEvent) for event in events)
