"""The coach over whole sessions of the stick figure: what is counted, what is warned of, and for whom."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.coaching.coach import GONE_S, Coach, Event, RepEvent, WarningEvent
from kiosk.landmarks import INDEX, Pose
from kiosk.words import Phrase
from tests.exercises import exercise
from tests.poses import Curve, bends, figure, hidden, squats, times

FRAME_RATES = [10, 15, 30]
PoseAt = Callable[[float], Pose | None]

STILL = bends((0, 175))
UPRIGHT = bends((0, 88))
HELD_BACK = bends((0, -0.3))


def body(
    knee: Curve, trunk: Curve = UPRIGHT, past_toe: Curve = HELD_BACK, *, turned_deg: float = 90.0, track: int = 1
) -> PoseAt:
    """Somebody whose knee, trunk and knee past the toe follow these curves."""

    def pose_at(t_s: float) -> Pose:
        return figure(t_s, knee=knee(t_s), trunk=trunk(t_s), past_toe=past_toe(t_s), turned_deg=turned_deg, track=track)

    return pose_at


def run(coach: Coach, pose_at: PoseAt, duration_s: float, fps: float = 30) -> list[Event]:
    return [event for t_s in times(duration_s, fps) for event in coach.step(t_s, pose_at(t_s))]


def reps(events: list[Event]) -> list[tuple[int, bool]]:
    return [(event.number, event.partial) for event in events if isinstance(event, RepEvent)]


def warned(events: list[Event]) -> list[tuple[str, int | None]]:
    """The warnings that rose, each with the repetition it belongs to."""
    return [(e.warning.id, e.rep) for e in events if isinstance(e, WarningEvent) and e.on]


def ended(events: list[Event]) -> list[str]:
    return [e.warning.id for e in events if isinstance(e, WarningEvent) and not e.on]


@pytest.mark.parametrize("fps", FRAME_RATES)
@pytest.mark.parametrize("turned_deg", [90, -90, 0, 30, 180])
def test_clean_squats_are_counted_from_any_side_and_warned_of_from_none(turned_deg: float, fps: int) -> None:
    coach = Coach(exercise())
    events = run(coach, body(squats(4, lowest=95), turned_deg=turned_deg), 16, fps)
    assert reps(events) == [(1, False), (2, False), (3, False), (4, False)]
    assert warned(events) == []
    assert (coach.reps, coach.partials) == (4, 0)


DEEP_SECOND = bends((1, 175), (2.4, 95), (3.5, 175), (4.5, 175), (5.9, 75), (7, 175), (8, 175), (9.4, 95), (10.5, 175))
TOE_SECOND = bends((4.5, -0.3), (5.9, 0.15), (7, -0.3))


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_a_deep_knee_past_the_toe_is_warned_of_in_its_repetition(fps: int) -> None:
    events = run(Coach(exercise()), body(DEEP_SECOND, past_toe=TOE_SECOND), 12, fps)
    assert reps(events) == [(1, False), (2, False), (3, False)]
    assert warned(events) == [("knee_load", 2)]
    assert ended(events) == ["knee_load"]


def test_deep_or_past_the_toe_alone_is_no_fault() -> None:
    assert warned(run(Coach(exercise()), body(DEEP_SECOND), 12)) == []
    assert warned(run(Coach(exercise()), body(squats(3, lowest=95), past_toe=TOE_SECOND), 12)) == []


def test_a_warning_for_the_side_stays_silent_seen_from_the_front_and_the_page_says_so() -> None:
    coach = Coach(exercise())
    lean = bends((1, 88), (2.4, 40), (3.5, 88))
    events = run(coach, body(DEEP_SECOND, lean, TOE_SECOND, turned_deg=0), 12)
    assert warned(events) == []
    assert coach.reps == 3
    assert coach.snapshot().guidance == Phrase("turn_to_check")


def test_a_warning_for_the_front_stays_silent_seen_from_the_side() -> None:
    from_the_front = exercise(("    view: side\n    when: trunk < 60", "    view: front\n    when: trunk < 60"))
    assert warned(run(Coach(from_the_front), body(squats(2, lowest=95), LEAN_FIRST), 9)) == []


LEAN_FIRST = bends((1, 88), (2.2, 50), (2.6, 50), (3.5, 88))


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_a_leaning_back_is_warned_of_in_its_repetition(fps: int) -> None:
    events = run(Coach(exercise()), body(squats(2, lowest=95), LEAN_FIRST), 9, fps)
    assert warned(events) == [("lumbar_load", 1)]
    assert ended(events) == ["lumbar_load"]


def test_during_limits_a_warning_to_its_phases() -> None:
    bow = bends((1, 88), (2, 40), (5, 40), (6, 88))
    assert warned(run(Coach(exercise()), body(STILL, bow), 7)) == []
    anytime = exercise(("    during: [out, end, back]\n", ""))
    assert warned(run(Coach(anytime), body(STILL, bow), 7)) == [("lumbar_load", None)]
    only_the_end = exercise(("during: [out, end, back]", "during: end"))
    early = bends((1.2, 88), (1.4, 45), (1.75, 45), (1.9, 88))
    slow = squats(1, lowest=85, out_s=2.5)
    assert warned(run(Coach(only_the_end), body(slow, early), 6)) == []
    assert warned(run(Coach(exercise()), body(slow, bends((1.6, 88), (1.8, 45), (2.6, 45), (2.8, 88))), 6)) != []


def test_a_repetition_is_judged_once_when_it_ends() -> None:
    coach = Coach(exercise())
    events = run(coach, body(bends((1, 175), (2.2, 95), (3.2, 175), (4, 175), (5, 106), (6, 175))), 10)
    assert reps(events) == [(1, False), (2, False)]
    assert warned(events) == [("shallow", 2)]
    assert ended(events) == ["shallow"], "it goes by itself after a while"
    rising = next(e for e in events if isinstance(e, WarningEvent))
    counted = [e for e in events if isinstance(e, RepEvent)]
    assert events.index(counted[1]) < events.index(rising)
    assert rising.t_s - counted[1].t_s < 0.1


def test_a_partial_is_reported_and_leaves_the_count() -> None:
    coach = Coach(exercise())
    events = run(coach, body(bends((1, 175), (2, 120), (3, 175), (4, 85), (5.5, 175))), 7)
    assert reps(events) == [(0, True), (1, False)]
    assert (coach.snapshot().reps, coach.snapshot().partials) == (1, 1)
    assert warned(events) == [], "a partial is not judged for depth"


def test_the_exercise_may_be_counted_from_the_side_only() -> None:
    from_the_side = exercise(("view: any", "view: side"))
    for turned_deg, count in ((90, 2), (0, 0)):
        coach = Coach(from_the_side)
        run(coach, body(squats(2, lowest=95), turned_deg=turned_deg), 9)
        assert coach.reps == count


def unseen(names: tuple[str, ...], pose_at: PoseAt, begin_s: float, end_s: float) -> PoseAt:
    """The same with these points hidden for a time, or the whole person where there are none."""

    def hiding(t_s: float) -> Pose | None:
        pose = pose_at(t_s)
        if pose is None or not begin_s <= t_s < end_s:
            return pose
        if not names:
            return None
        points = pose.points.copy()
        for name, visibility in hidden(*names).items():
            points[INDEX[name], 3] = visibility
        return Pose(t_s, points, pose.world, pose.width_px, pose.height_px, pose.track)

    return hiding


DEEP = bends((1, 175), (2.4, 75), (5, 75), (6, 175))
TOE = bends((1, -0.3), (2.4, 0.15), (5, 0.15), (6, -0.3))


def test_what_is_hidden_is_not_warned_of() -> None:
    toes_hidden = unseen(("foot_index",), body(DEEP, past_toe=TOE), 1.5, 7)
    assert (
        warned(run(Coach(exercise(("see: [shoulder, hip, knee, ankle, foot_index]", "see: hip"))), toes_hidden, 7))
        == []
    )


@pytest.mark.parametrize("names", [("knee",), ()])
def test_a_moment_unseen_clears_no_warning_and_ends_no_repetition(names: tuple[str, ...]) -> None:
    events = run(Coach(exercise()), unseen(names, body(DEEP, past_toe=TOE), 3.5, 4.2), 7)
    assert warned(events) == [("knee_load", 1)]
    assert reps(events) == [(1, False)]
    cleared = next(e.t_s for e in events if isinstance(e, WarningEvent) and not e.on)
    assert cleared > 5


@pytest.mark.parametrize("names", [("knee",), ()])
def test_a_moment_unseen_raises_no_warning(names: tuple[str, ...]) -> None:
    # 0.05 s of fault on each side of 0.9 s in which nothing is seen
    knee = bends((1, 175), (1.9, 120), (1.95, 75), (2.95, 75), (3, 120), (4, 175))
    toe = bends((1.9, -0.3), (1.95, 0.15), (2.95, 0.15), (3, -0.3))
    assert warned(run(Coach(exercise()), unseen(names, body(knee, past_toe=toe), 2.0, 2.9), 5)) == []
    assert warned(run(Coach(exercise()), body(knee, past_toe=toe), 5)) == [("knee_load", 1)]


def test_somebody_who_is_too_far_away_is_not_judged() -> None:
    coach = Coach(exercise())
    knee, toe = squats(2, lowest=75), bends((0, 0.15))

    def far(t_s: float) -> Pose:
        return figure(t_s, knee=knee(t_s), past_toe=toe(t_s), px_per_m=80)

    events = run(coach, far, 9)
    assert events == []
    assert coach.snapshot().guidance == Phrase("too_small")


def test_the_repetition_that_somebody_begins_with_at_once_counts() -> None:
    coach = Coach(exercise())
    run(coach, body(squats(1, lowest=95, rest_s=0.15)), 4)
    assert coach.reps == 1


def test_who_leaves_takes_the_warning_and_the_repetition_along_but_not_the_count() -> None:
    coach = Coach(exercise())
    knee = bends((1, 175), (2, 95), (3, 175), (4, 75), (8, 75), (9, 175), (10, 175), (11, 95), (12, 175))
    pose_at = unseen((), body(knee, past_toe=bends((3, -0.3), (4, 0.15), (8, 0.15), (9, -0.3))), 5, 7)
    seen = {}
    events: list[Event] = []
    for t_s in times(14, 30):
        events += coach.step(t_s, pose_at(t_s))
        seen[t_s] = coach.snapshot()
    assert warned(events)[0] == ("knee_load", 2)
    fell = next(e for e in events if isinstance(e, WarningEvent) and not e.on)
    assert fell.t_s == pytest.approx(5 + GONE_S, abs=0.1)
    assert all(snapshot.person == (not 5 + GONE_S < t_s < 7) for t_s, snapshot in seen.items())
    nobody = seen[max(t_s for t_s in seen if t_s < 7)]
    assert (nobody.phase, nobody.warnings, nobody.guidance, nobody.reps) == (None, (), Phrase("step_in"), 1)
    assert not any(nobody.numbers or {})
    assert reps(events) == [(1, False), (2, False)], "the one that was begun before leaving does not count"


def test_another_person_begins_a_repetition_of_their_own_and_the_count_goes_on() -> None:
    coach = Coach(exercise())
    # The first is down when the second, who is down as well, takes the place; only a whole squat of the second counts.
    knee = bends((1, 175), (2, 95), (3, 175), (4, 90), (7, 90), (8, 175), (9, 175), (10, 95), (11, 175))
    one, two = body(knee), body(knee, track=2)
    events = run(coach, lambda t: one(t) if t < 4.5 else two(t), 13)
    assert reps(events) == [(1, False), (2, False)]
    second = [e for e in events if isinstance(e, RepEvent)][1]
    assert second.t_s > 10


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_somebody_passing_in_front_changes_nothing(fps: int) -> None:
    knee = squats(3, lowest=95)
    one, passer = body(knee), body(STILL, track=2)
    events = run(Coach(exercise()), lambda t: passer(t) if 1.8 <= t < 2.4 else one(t), 12, fps)
    assert reps(events) == [(1, False), (2, False), (3, False)]
    assert warned(events) == []


def test_nobody_at_all() -> None:
    coach = Coach(exercise())
    assert run(coach, lambda _: None, 5) == []
    snapshot = coach.snapshot()
    assert (snapshot.person, snapshot.phase, snapshot.reps) == (False, None, 0)
    assert snapshot.guidance == Phrase("step_in")
    assert coach.finish() == []


def test_what_there_is_to_show() -> None:
    coach = Coach(exercise())
    run(coach, body(DEEP, bends((1, 88), (2.4, 50), (5, 50), (6, 88)), TOE), 3.5)
    snapshot = coach.snapshot()
    assert snapshot.person
    assert snapshot.phase == "end"
    assert 0 < snapshot.phase_s < 2
    assert [warning.id for warning in snapshot.warnings] == ["knee_load", "lumbar_load"], "the most urgent first"
    faulty = dict(snapshot.faulty)
    assert faulty == {
        INDEX["right_knee"]: "danger",
        INDEX["right_hip"]: "caution",
        INDEX["right_shoulder"]: "caution",
    }
    labels = dict(snapshot.labels)
    assert labels[(INDEX["right_knee"],)] == pytest.approx(75, abs=0.5)
    assert labels[(INDEX["right_shoulder"],)] == pytest.approx(50, abs=0.5)
    assert snapshot.numbers is not None
    assert snapshot.numbers["bend"] == pytest.approx(75, abs=0.5)
    assert snapshot.guidance is None


def test_a_joint_in_two_warnings_is_drawn_in_the_worse() -> None:
    both_at_the_knee = exercise(("point: [hip, shoulder]", "point: [hip, knee]"))
    coach = Coach(both_at_the_knee)
    run(coach, body(DEEP, bends((1, 88), (2.4, 50), (5, 50), (6, 88)), TOE), 3.5)
    assert len(coach.snapshot().warnings) == 2
    assert dict(coach.snapshot().faulty)[INDEX["right_knee"]] == "danger"


def test_one_cue_at_a_time_the_most_urgent_and_not_again_before_its_time() -> None:
    def four_times(rest: float, deep: float) -> Curve:
        shape = ((1, rest), (2, deep), (2.8, deep), (3.5, rest))
        return bends(*((3 * n + at_s, value) for n in range(4) for at_s, value in shape))

    knee, toe = four_times(175, 75), four_times(-0.3, 0.15)
    lean = bends((1, 88), (1.5, 50), (13, 50), (14, 88))
    events = run(Coach(exercise()), body(knee, lean, toe), 15)
    spoken = [(e.warning.id, e.t_s) for e in events if isinstance(e, WarningEvent) and e.speak]
    loads = [t_s for name, t_s in spoken if name == "knee_load"]
    assert len([1 for name, _ in warned(events) if name == "knee_load"]) == 4
    assert len(loads) == 2
    assert loads[1] - loads[0] >= 5
    assert all(e.on for e in events if isinstance(e, WarningEvent) and e.speak)


def session(
    squatted: list[tuple[float, float, float, bool, bool]],
) -> tuple[PoseAt, float, list[bool], list[tuple[str, int | None]]]:
    """Somebody's squats, how long they take, which are partial, and the warnings they deserve."""
    knee, toe, trunk = [(0.0, 175.0)], [(0.0, -0.3)], [(0.0, 88.0)]
    now_s, count = 1.0, 0
    partial: list[bool] = []
    deserved: list[tuple[str, int | None]] = []
    for lowest, out_s, back_s, past, leans in squatted:
        down_s, up_s = now_s + out_s, now_s + out_s + 0.8
        end_s = up_s + back_s
        knee += [(now_s, 175.0), (down_s, lowest), (up_s, lowest), (end_s, 175.0)]
        toe += [(now_s, -0.3), (down_s, 0.2 if past else -0.3), (up_s, 0.2 if past else -0.3), (end_s, -0.3)]
        trunk += [(now_s, 88.0), (down_s, 45.0 if leans else 75.0), (up_s, 45.0 if leans else 75.0), (end_s, 88.0)]
        partial.append(lowest > 110)
        if past and lowest < 90:
            deserved.append(("knee_load", count + 1))
        if leans:
            deserved.append(("lumbar_load", count + 1))
        count += lowest <= 110
        if 100 < lowest < 110:
            deserved.append(("shallow", count))
        now_s = end_s + 1.0
    return body(bends(*knee), bends(*trunk), bends(*toe)), now_s + 1, partial, deserved


SQUATTED = st.tuples(
    st.sampled_from([72.0, 96.0, 104.0, 125.0]),  # deep, right, shallow, partial: each well within its range
    st.floats(0.8, 2.0),
    st.floats(0.8, 2.0),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(SQUATTED, min_size=1, max_size=4))
def test_counts_and_warnings_are_those_of_the_movement_at_any_frame_rate(
    squatted: list[tuple[float, float, float, bool, bool]],
) -> None:
    pose_at, duration_s, partial, deserved = session(squatted)
    for fps in FRAME_RATES:
        events = run(Coach(exercise()), pose_at, duration_s, fps)
        assert [is_partial for _, is_partial in reps(events)] == partial, f"at {fps} frames a second"
        assert sorted(warned(events), key=str) == sorted(deserved, key=str), f"at {fps} frames a second"
