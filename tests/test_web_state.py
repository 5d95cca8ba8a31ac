"""What the page is told, as JSON."""

import pytest

from kiosk.coaching.events import Best, Event, GestureEvent, RepEvent, SetEvent, TempoEvent
from kiosk.coaching.gestures import Gesture
from kiosk.coaching.workout import Progress
from kiosk.rules.compiler import load_exercise
from kiosk.web.state import event_json, gesture_json, workout_json
from tests.conftest import ROOT

DONE = SetEvent(
    t_s=81.23456,
    number=1,
    sets=3,
    reps=10,
    partials=1,
    held_s=None,
    out_s=1.904,
    back_s=1.2,
    evenness=0.12345,
    best=Best("knee", 84.04),
)
DONE_JSON = {
    "set": 1, "sets": 3, "reps": 10, "partials": 1, "held_s": None,
    "out_s": 1.9, "back_s": 1.2, "evenness": 0.123, "best": {"measure": "knee", "value": 84.0},
}  # fmt: skip


def test_the_workout() -> None:
    before = Progress(starts_in_s=2.4444, sets=3)
    assert workout_json(before) == {
        "running": True, "starts_in_s": 2.44, "set": 1, "sets": 3, "reps": 0, "partials": 0, "summary": None,
    }  # fmt: skip
    after = Progress(running=False, number=4, reps=2, summary=DONE)
    assert workout_json(after) == {
        "running": False, "starts_in_s": None, "set": 4, "sets": None, "reps": 2, "partials": 0, "summary": DONE_JSON,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (DONE, ("set", DONE_JSON)),
        (GestureEvent(2.0001, "next"), ("gesture", {"t_s": 2.0, "kind": "next"})),
        (
            RepEvent(3.0, 1.0, 1.0, 4, partial=False, out_s=0.5, back_s=1.5, lowest={}, highest={"bend": 170.0}),
            (
                "rep",
                {
                    "number": 4, "t_s": 3.0, "out_s": 0.5, "back_s": 1.5, "out_pace": "fast", "back_pace": "good",
                    "partial": False, "side": None,
                },
            ),
        ),
        (
            TempoEvent(3.4, 0.9, 4, out_s=1.004, back_s=3.5, pause_s=0.25, side="left"),
            (
                "tempo",
                {
                    "number": 4, "t_s": 3.4, "out_s": 1.0, "back_s": 3.5, "out_pace": "good", "back_pace": "slow",
                    "pause_s": 0.25, "side": "left",
                },
            ),
        ),
    ],
)  # fmt: skip
def test_what_happened(event: Event, expected: object) -> None:
    tempo = load_exercise(ROOT / "config" / "exercises" / "squat.yaml").tempo
    assert event_json(event, tempo) == expected


def test_the_hand_that_is_up() -> None:
    assert gesture_json(None) is None
    assert gesture_json(Gesture("toggle", 1 / 3)) == {"kind": "toggle", "share": 0.33}
