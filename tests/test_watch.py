"""One warning over time: when it rises and falls, what unknown does to it, and how often it is spoken."""

from collections.abc import Callable

import pytest

from kiosk.coaching.watch import SHOWN_S, UNKNOWN_S, Watch
from tests.exercises import exercise
from tests.poses import times

FRAME_RATES = [10, 15, 30]


def watch(for_s: float = 0.5, repeat_s: float = 5.0) -> Watch:
    rules = exercise(("for_s: 0.2", f"for_s: {for_s}\n    repeat_s: {repeat_s}"))
    return Watch(rules.warnings[0])


def changes(
    watched: Watch,
    verdict: Callable[[float], bool | None],
    duration_s: float,
    fps: float = 30,
    clear: Callable[[float], bool | None] | None = None,
) -> list[float]:
    """When the warning changed; it falls where `clear` says so, or else as soon as `verdict` is false."""

    def cleared(t_s: float) -> bool | None:
        found = verdict(t_s)
        return None if found is None else not found

    clearing = clear or cleared
    return [t_s for t_s in times(duration_s, fps) if watched.step(t_s, verdict(t_s), clearing(t_s))]


def during(*spans: tuple[float, float]) -> Callable[[float], bool]:
    return lambda t_s: any(begin <= t_s < end for begin, end in spans)


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_it_rises_and_falls_after_having_held(fps: int) -> None:
    watched = watch(for_s=0.5)
    rose, fell = changes(watched, during((1, 3)), 5, fps)
    assert rose == pytest.approx(1.5, abs=1.5 / fps)
    assert fell == pytest.approx(3.5, abs=1.5 / fps)
    assert not watched.raised


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_what_does_not_last_raises_nothing(fps: int) -> None:
    moments = during(*((n, n + 0.3) for n in range(10)))
    assert changes(watch(for_s=0.5), moments, 10, fps) == []


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_a_short_break_does_not_end_it(fps: int) -> None:
    broken = during((1, 2.5), (2.8, 4))
    assert len(changes(watch(for_s=0.5), broken, 6, fps)) == 2


def test_without_for_s_it_rises_and_falls_at_once() -> None:
    watched = watch(for_s=0)
    assert watched.step(1.0, True, False)
    assert watched.raised
    assert watched.step(1.1, False, True)
    assert not watched.raised


def test_between_when_and_clear_it_stays_as_it_is() -> None:
    watched = watch(for_s=0.2)
    trunk = {0: 70, 1: 62, 2: 58, 3: 62, 4: 62, 5: 70, 6: 62}

    def slope(t_s: float) -> float:
        return trunk[int(t_s)]

    rose, fell = changes(watched, lambda t: slope(t) < 60, 7, 30, clear=lambda t: slope(t) > 65)
    assert rose == pytest.approx(2.2, abs=0.05)
    assert fell == pytest.approx(5.2, abs=0.05)


def test_unknown_raises_nothing_and_clears_nothing() -> None:
    watched = watch(for_s=0.5)
    assert changes(watched, lambda _: None, 10) == []
    assert not watched.raised
    assert watched.step(10.0, True, False) is False
    assert watched.step(10.6, True, False) is True
    for t_s in times(20, 10):
        assert not watched.step(11 + t_s, None, None)
    assert watched.raised


@pytest.mark.parametrize("fps", FRAME_RATES)
def test_unknown_adds_nothing_to_the_time_held(fps: int) -> None:
    watched = watch(for_s=0.5)

    def flickering(t_s: float) -> bool | None:
        # 0.3 s true, 0.8 s unknown, then true again: 0.2 s more are needed
        return None if 1.3 <= t_s < 2.1 else t_s >= 1

    (rose,) = changes(watched, flickering, 4, fps)
    assert rose == pytest.approx(2.3, abs=2.5 / fps)


def test_held_time_does_not_outlive_a_long_unknown() -> None:
    watched = watch(for_s=0.5)
    gap_s = UNKNOWN_S + 0.5
    (rose,) = changes(watched, lambda t: None if 1.4 <= t < 1.4 + gap_s else t >= 1, 6)
    assert rose == pytest.approx(1.4 + gap_s + 0.5, abs=0.1)


def test_lowered_it_begins_anew() -> None:
    watched = watch(for_s=0.5)
    assert not watched.lower()
    watched.step(0.0, True, False)
    watched.step(0.4, True, False)
    assert not watched.lower()
    assert not watched.step(0.6, True, False), "what was held before it was lowered is forgotten"
    assert watched.step(1.2, True, False)
    assert watched.lower()
    assert not watched.raised
    assert not watched.lower()


def test_about_a_repetition_it_stays_for_a_while() -> None:
    watched = Watch(exercise().warnings[2])
    assert not watched.at_rep(1.0, False)
    assert not watched.at_rep(1.0, None)
    assert not watched.fade(1.0)
    assert watched.at_rep(2.0, True)
    assert watched.raised
    assert not watched.fade(2.0 + SHOWN_S - 0.1)
    assert watched.fade(2.0 + SHOWN_S)
    assert not watched.raised


def test_it_is_spoken_at_most_once_each_repeat_s() -> None:
    watched = watch(repeat_s=5)
    assert [watched.to_be_spoken(t_s) for t_s in (1, 2, 5.9, 6, 7, 12)] == [True, False, False, True, False, True]
