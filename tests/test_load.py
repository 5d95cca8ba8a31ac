"""The smaller model for a worker that cannot keep up, the larger one again where it clearly would."""

from collections.abc import Iterator
from itertools import count

import pytest

from kiosk.health.load import (
    BUSY,
    CLEARLY,
    ENOUGH_FPS,
    LATE_S,
    MOST_RATIO,
    MOST_WAIT_S,
    RATIO,
    UP_S,
    WRONG_S,
    Load,
    Work,
)

BOTH = ("full", "lite")
LOOK_S = 5.0
LATE = 1.1 / ENOUGH_FPS
"""What a frame takes where the larger model is a little too slow."""


class Box:
    """A box on which a frame takes so many seconds with each model; `for_s` says whether the smaller one is used."""

    def __init__(self, full_s: float, lite_s: float, camera_fps: float = 30.0, target_fps: float = 30.0) -> None:
        self.frame_s = {"full": full_s, "lite": lite_s}
        self.camera_fps = camera_fps
        self.load = Load(target_fps)
        self.is_smaller = False
        self._looks_s: Iterator[float] = count(100.0, LOOK_S)
        self.look(somebody=False)

    def look(self, *, somebody: bool = True) -> bool:
        model = BOTH[self.is_smaller]
        frame_s = self.frame_s[model]
        done = Work(min(1 / frame_s, self.camera_fps), frame_s if somebody else None, model, BOTH)
        self.is_smaller = self.load.look(next(self._looks_s), done)
        return self.is_smaller

    def for_s(self, seconds: float, *, somebody: bool = True) -> set[bool]:
        """What each look says for so long."""
        return {self.look(somebody=somebody) for _ in range(round(seconds / LOOK_S))}

    def changes_after_s(self, most_s: float = 20_000.0) -> float | None:
        """How long it takes to the next change, None where there is none."""
        before = self.is_smaller
        return next((n * LOOK_S for n in range(1, round(most_s / LOOK_S)) if self.look() != before), None)


def test_a_worker_that_is_late_for_some_time_gets_the_smaller_model() -> None:
    assert Box(LATE, LATE / 2).changes_after_s() == LATE_S


@pytest.mark.parametrize(
    "box",
    [
        Box(0.9 / ENOUGH_FPS, 0.01),
        Box(LATE, 0.01, camera_fps=BUSY * 0.9 / LATE),
        Box(LATE, 0.01, target_fps=ENOUGH_FPS / 1.2),
    ],
    ids=["below the camera's rate but fast enough", "it waits for its camera", "fewer are wanted"],
)
def test_a_worker_that_does_what_is_needed_keeps_its_model(box: Box) -> None:
    assert box.changes_after_s() is None


def test_a_moment_of_other_work_is_no_reason() -> None:
    box = Box(LATE, 0.01)
    for _ in range(20):
        box.frame_s["full"] = LATE
        assert box.for_s(LATE_S - LOOK_S) == {False}
        box.frame_s["full"] = 0.01
        assert box.for_s(LOOK_S) == {False}


def test_an_empty_room_neither_proves_nor_resets_anything() -> None:
    box = Box(LATE, LATE / 2)
    assert box.for_s(LATE_S - LOOK_S) == {False}
    assert box.for_s(10 * LATE_S, somebody=False) == {False}
    assert box.look()


def test_the_larger_model_is_not_taken_back_where_it_would_be_enough_by_a_little_only() -> None:
    box = Box(LATE, LATE / RATIO)
    box.for_s(2 * LATE_S)
    assert box.is_smaller
    box.frame_s["lite"] = 1 / (ENOUGH_FPS * RATIO * (1 + CLEARLY) / 2)
    assert box.changes_after_s() is None


def test_the_larger_model_is_taken_back_where_it_would_clearly_be_enough_for_long() -> None:
    box = Box(LATE, LATE / RATIO)
    box.for_s(LATE_S + UP_S)
    assert box.is_smaller
    quick_s = 0.9 / (ENOUGH_FPS * RATIO * CLEARLY)
    box.frame_s["lite"] = quick_s
    assert box.for_s(UP_S - LOOK_S) == {True}
    box.frame_s["lite"] = LATE  # one look that says the contrary
    box.look()
    box.frame_s |= {"lite": quick_s, "full": quick_s * RATIO}
    assert box.changes_after_s() == UP_S
    assert box.changes_after_s() is None


def test_the_ratio_is_that_of_this_box() -> None:
    """Its larger model takes twice as long, so what would be enough by the default is not."""
    box = Box(LATE, LATE / 2)
    box.for_s(2 * LATE_S)
    assert box.is_smaller
    box.frame_s["lite"] = 0.99 / (ENOUGH_FPS * RATIO * CLEARLY)
    assert box.changes_after_s() is None


def test_a_box_that_had_other_work_while_one_model_was_measured_is_not_stuck() -> None:
    box = Box(100 * LATE, 0.9 / (ENOUGH_FPS * MOST_RATIO * CLEARLY))
    box.for_s(LATE_S)
    assert box.is_smaller
    assert box.changes_after_s() == UP_S


def test_each_take_back_that_turns_out_wrong_is_waited_for_twice_as_long() -> None:
    box = Box(LATE, 0.01)  # by the bounds of the ratio the larger would be enough, but it never is
    waits_s = []
    for _ in range(8):
        assert box.changes_after_s() == LATE_S
        waits_s.append(box.changes_after_s())
    assert waits_s == [min(UP_S * 2**n, MOST_WAIT_S) for n in range(8)]
    box.frame_s["full"] = 0.01
    assert box.for_s(WRONG_S) == {False}
    box.frame_s["full"] = LATE
    assert box.changes_after_s() == LATE_S
    assert box.changes_after_s() == UP_S, "the last one was right for long"


def test_what_the_worker_still_did_with_the_model_before_proves_nothing() -> None:
    load, looks_s = Load(30.0), count(0.0, LOOK_S)
    done = Work(1 / LATE, LATE, "full", BOTH)
    while not load.look(next(looks_s), done):
        pass
    quick = Work(30.0, 0.001, "full", BOTH)
    assert {load.look(next(looks_s), quick) for _ in range(100)} == {True}, "it has not changed yet"
