"""Tempo against hand-worked numbers."""

import pytest

from kiosk.coaching.tempo import LATEST, RepetitionTimes, pace, unevenness


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.9, "fast"), (1.0, "good"), (2.5, "good"), (4.0, "good"), (4.1, "slow")]
)
def test_a_way_is_quick_good_or_slow(seconds: float, said: str) -> None:
    assert pace(seconds, (1.0, 4.0)) == said


def test_without_a_target_nothing_is_said() -> None:
    assert pace(1.0, None) is None


@pytest.mark.parametrize(
    ("times_s", "expected"), [([3, 3, 3], 0.0), ([2, 3, 4], 1 / 3), ([2, 4, 2, 4], 0.3849), ([3, 3], None), ([], None)]
)
def test_unevenness_is_the_coefficient_of_variation(times_s: list[float], expected: float | None) -> None:
    assert unevenness(times_s) == (None if expected is None else pytest.approx(expected, abs=1e-4))


def test_a_set_without_end_is_as_even_as_its_latest_repetitions() -> None:
    times = RepetitionTimes()
    for seconds in (1.0, 5.0, 2.0):
        times.add(seconds)
    assert times.unevenness == pytest.approx(unevenness([1.0, 5.0, 2.0]))
    times.correct(3.0)
    assert times.unevenness == pytest.approx(unevenness([1.0, 5.0, 3.0]))
    for _ in range(LATEST):
        times.add(3.0)
    assert times.unevenness == 0.0


def test_the_final_time_of_a_repetition_of_the_set_before_is_not_the_new_ones() -> None:
    times = RepetitionTimes()
    times.correct(9.0)
    for _ in range(3):
        times.add(3.0)
    assert times.unevenness == 0.0
