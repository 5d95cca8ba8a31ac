"""Timing a posture: seconds while it is true, lapses within the grace, the same at any frame rate."""

import pytest

from kiosk.coaching.holds import Held, HoldTimer
from kiosk.rules.conditions import parse_condition
from kiosk.rules.exercise import Hold

RULES = Hold(parse_condition("hip > 160", ["hip"]), target_s=30, grace_s=1.0)
Span = tuple[float, bool | None]


def held(spans: list[Span], fps: float) -> list[Held]:
    """The holds in spans of (seconds, verdict), ended at the end."""
    timer, found, t_s = HoldTimer(RULES), [], 0.0
    verdicts = [verdict for seconds, verdict in spans for _ in range(round(seconds * fps))]
    for number, verdict in enumerate(verdicts):
        t_s = number / fps
        if ended := timer.step(t_s, verdict):
            found.append(ended)
    if ended := timer.end():
        found.append(ended)
    return found


@pytest.mark.parametrize("fps", [10, 30])
@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        ([(5, True)], [5]),
        ([(2, False), (5, True), (3, False)], [5]),
        ([(5, True), (0.6, False), (5, True)], [10]),
        ([(5, True), (0.6, None), (5, True)], [10]),
        ([(5, True), (2, False), (4, True)], [5, 4]),
        ([(5, True), (2, None), (4, True)], [5, 4]),
        ([(0.5, True), (3, False)], []),
        ([(3, None)], []),
    ],
)
def test_time_counts_while_it_is_true(fps: float, spans: list[Span], seconds: list[float]) -> None:
    assert [hold.held_s for hold in held(spans, fps)] == pytest.approx(seconds, abs=0.25)


def test_a_hold_knows_when_it_was() -> None:
    (hold,) = held([(2, False), (5, True), (3, False)], 10)
    assert (hold.begin_s, hold.end_s) == pytest.approx((2.0, 6.9))


def test_the_time_shown_grows_while_holding_and_stands_in_a_lapse() -> None:
    timer = HoldTimer(RULES)
    timer.step(0.0, True)
    timer.step(1.0, True)
    assert (timer.held_s, timer.holding) == (1.0, True)
    timer.step(1.5, False)
    assert (timer.held_s, timer.holding) == (1.0, False)
    timer.step(1.8, True)
    timer.step(2.8, True)
    assert timer.held_s == pytest.approx(2.0)
