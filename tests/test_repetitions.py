"""Counting against curves whose repetitions are known, at any frame rate."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.coaching.repetitions import Repetition, RepetitionCounter
from tests.exercises import reps
from tests.poses import Curve, bends, squats, times

FRAME_RATES = [10, 15, 30]


def counter(*changes: tuple[str, str]) -> RepetitionCounter:
    return RepetitionCounter(reps(*changes))


def counted(curve: Curve, duration_s: float, fps: float = 30, *changes: tuple[str, str]) -> list[Repetition]:
    following = counter(*changes)
    steps = (following.step(t_s, {"bend": curve(t_s)}) for t_s in times(duration_s, fps))
    return [ended for ended in steps if ended]


@pytest.mark.parametrize("fps", FRAME_RATES)
@pytest.mark.parametrize("count", [0, 1, 10])
def test_repetitions_are_counted(count: int, fps: int) -> None:
    ended = counted(squats(count), 1 + 3.5 * count, fps)
    assert len(ended) == count
    assert not any(repetition.partial for repetition in ended)


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_times_are_those_of_the_movement_not_of_the_frames(fps: int) -> None:
    # down from 175 at 1 s to 85 at 3 s, back at 4 s; both legs cross 160 on a known part of the cosine
    (ended,) = counted(bends((1, 175), (3, 85), (4, 175)), 6, fps)
    share = 0.26772  # of a leg's time, at which (1 - cos(pi x)) / 2 is 15 / 90
    assert ended.begin_s == pytest.approx(1 + 2 * share, abs=0.02)
    assert ended.end_s == pytest.approx(4 - share, abs=0.02)
    assert ended.out_s == pytest.approx(2 - 2 * share, abs=0.1)
    assert ended.back_s == pytest.approx(1 - share, abs=0.1)
    assert ended.out_s + ended.back_s == pytest.approx(ended.end_s - ended.begin_s)


def test_phases_in_their_order() -> None:
    curve, following = squats(1), counter()
    phases: list[tuple[str | None, float]] = []
    for t_s in times(4.5, 30):
        following.step(t_s, {"bend": curve(t_s)})
        if not phases or phases[-1][0] != following.phase:
            phases.append((following.phase, following.phase_since_s))
    assert [phase for phase, _ in phases] == ["start", "out", "end", "back", "start"]
    begun = [since for _, since in phases]
    assert begun == sorted(begun)
    assert 1 < begun[1] < begun[2] < 2.4 < begun[3] < begun[4] < 3.5


def test_nothing_is_known_until_start_was_reached_once() -> None:
    following = counter()
    assert following.phase is None
    half = bends((0, 100), (1, 85), (2, 155))
    for t_s in times(2, 30):
        assert following.step(t_s, {"bend": half(t_s)}) is None
    assert following.phase is None, "somebody who was down already has not begun a repetition"
    following.step(2.1, {"bend": 165})
    assert following.phase == "start"


@pytest.mark.parametrize(
    ("waver", "phases"),
    [
        # around start and around end, within and without the two lines
        ([175, 161, 162, 161, 175], {"start"}),
        ([175, 155, 150, 155, 150], {"start", "out"}),
        ([175, 140, 112, 115, 111], {"start", "out"}),
        ([175, 140, 109, 111, 109, 111], {"start", "out", "end", "back"}),
    ],
)
def test_the_two_lines_are_the_hysteresis(waver: list[float], phases: set[str]) -> None:
    following, seen = counter(), set()
    for n, value in enumerate(waver):
        assert following.step(n * 0.3, {"bend": value}) is None
        seen.add(following.phase)
    assert seen == phases


def test_bouncing_at_the_bottom_is_one_repetition() -> None:
    bounce = bends((0.5, 175), (1.5, 85), (2, 125), (2.5, 85), (3, 140), (3.5, 90), (4.5, 175))
    assert [ended.partial for ended in counted(bounce, 6)] == [False]


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_turning_round_before_end_is_a_partial(fps: int) -> None:
    half_way = bends((1, 175), (2, 120), (3, 175), (4, 85), (5.5, 175))
    assert [ended.partial for ended in counted(half_way, 7, fps)] == [True, False]


@pytest.mark.parametrize(("lowest", "partials"), [(152, 0), (140, 1), (112, 1), (108, 0)])
def test_unrest_is_no_partial(lowest: float, partials: int) -> None:
    ended = counted(bends((1, 175), (2, lowest), (3, 175)), 4)
    assert sum(repetition.partial for repetition in ended) == partials
    assert len(ended) - partials == (lowest < 110)


@pytest.mark.parametrize("fps", FRAME_RATES)
@pytest.mark.parametrize(
    ("min_s", "max_s", "count"),
    [("0.8", "10", 1), ("1.6", "10", 1), ("2.2", "10", 0), ("0.8", "2.2", 1), ("0.8", "1.6", 0)],
)
def test_too_quick_is_noise_and_too_slow_is_a_pause(min_s: str, max_s: str, count: int, fps: int) -> None:
    # 175 -> 85 -> 175 in 2.6 s is out of start for 1.9 s
    curve = bends((1, 175), (2.3, 85), (3.6, 175))
    changes = (("min_s: 0.8", f"min_s: {min_s}"), ("max_s: 10", f"max_s: {max_s}"))
    assert len(counted(curve, 5, fps, *changes)) == count


def test_after_a_pause_the_next_repetition_counts() -> None:
    curve = bends((1, 175), (2, 85), (14, 85), (15, 175), (16, 175), (17.2, 85), (18.5, 175))
    (ended,) = counted(curve, 20)
    assert ended.begin_s > 16


def test_a_movement_that_goes_up() -> None:
    curl = bends((1, 60), (2, 170), (3, 60), (4, 170), (5, 60))
    changes = (('start: "> 160"', 'start: "< 110"'), ('end: "< 110"', 'end: "> 160"'))
    ended = counted(curl, 6, 30, *changes)
    assert [repetition.partial for repetition in ended] == [False, False]
    assert ended[0].highest["bend"] == pytest.approx(170, abs=1)
    assert ended[0].out_s == pytest.approx(ended[0].back_s, abs=0.1)


def test_extremes_are_those_of_the_repetition_alone() -> None:
    following, ended = counter(), []
    curve = squats(2, lowest=85)
    for t_s in times(8, 30):
        second = t_s > 4.2
        numbers = {"bend": curve(t_s), "trunk": (70.0 if second else 50.0) + t_s / 100, "hidden": None}
        ended.append(following.step(t_s, numbers))
    first, second_rep = (repetition for repetition in ended if repetition)
    assert first.numbers()["rep.min(bend)"] == pytest.approx(85, abs=1)
    assert first.numbers()["rep.max(bend)"] == pytest.approx(160, abs=6)
    assert first.numbers()["rep.max(trunk)"] < 51
    assert second_rep.numbers()["rep.min(trunk)"] > 69
    assert second_rep.numbers()["rep.range(trunk)"] == pytest.approx(0.02, abs=0.01)
    assert "rep.min(hidden)" not in first.numbers()
    assert first.numbers()["rep.s"] == pytest.approx(first.end_s - first.begin_s)
    assert first.numbers()["rep.out_s"] == first.out_s
    assert first.numbers()["rep.back_s"] == first.back_s


@pytest.mark.parametrize("fps", FRAME_RATES)
@pytest.mark.parametrize(("hidden_s", "count"), [(0.3, 1), (0.8, 1), (1.4, 0)])
def test_a_moment_unseen_is_bridged_and_a_long_one_ends_the_repetition(hidden_s: float, count: int, fps: int) -> None:
    curve, following = squats(1), counter()
    ended = []
    for t_s in times(6, fps):
        unseen = 1.9 <= t_s < 1.9 + hidden_s
        ended.append(following.step(t_s, {"bend": None if unseen else curve(t_s)}))
    assert sum(repetition is not None for repetition in ended) == count


def test_a_measure_that_is_missing_counts_nothing() -> None:
    following = counter()
    assert not any(following.step(t_s, {"knee": squats(1)(t_s)}) for t_s in times(4, 30))
    assert following.phase is None


def test_reset_forgets_the_repetition_under_way() -> None:
    curve, following = squats(1), counter()
    ended = []
    for t_s in times(5, 30):
        if 2.0 < t_s < 2.05:
            following.reset()
            assert following.phase is None
        ended.append(following.step(t_s, {"bend": curve(t_s)}))
    assert not any(ended)


SQUAT = st.tuples(
    st.sampled_from([70.0, 85.0, 100.0, 124.0, 135.0, 154.0]),  # well away from where counting would change: 110, 145
    st.floats(0.8, 2.5),
    st.floats(0.8, 2.5),
    st.floats(0.4, 1.5),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SQUAT, min_size=1, max_size=6), st.floats(0, 1))
def test_counts_do_not_depend_on_the_frame_rate(session: list[tuple[float, float, float, float]], phase: float) -> None:
    turns, now_s = [(0.0, 175.0)], 0.0
    for lowest, out_s, back_s, rest_s in session:
        turns += [(now_s + rest_s, 175.0), (now_s + rest_s + out_s, lowest)]
        now_s += rest_s + out_s + back_s
        turns.append((now_s, 175.0))
    curve = bends(*turns)
    expected = [lowest > 110 for lowest, *_ in session if lowest < 145]
    for fps in FRAME_RATES:
        following = counter()
        steps = [following.step(t_s, {"bend": curve(t_s)}) for t_s in times(now_s + 1, fps, phase)]
        assert [ended.partial for ended in steps if ended] == expected, f"at {fps} frames a second"
