"""Hands above the head: what is a gesture, for how long, and what never is one."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from kiosk.capture.camera import Frame
from kiosk.coaching.events import GestureEvent, GestureKind
from kiosk.coaching.gestures import HELD_S, SHOWN_S, Gestures, hands_of
from kiosk.coaching.practice import Practice
from kiosk.demo import skeleton
from kiosk.demo.athlete import Athlete
from kiosk.demo.moves import Move
from kiosk.demo.room import FRONT
from kiosk.landmarks import INDEX, Pose
from kiosk.pose.mediapipe import MediaPipeEngine
from kiosk.pose.tracks import Tracks
from kiosk.recording import read_recording
from kiosk.rules.compiler import load_exercise
from tests import mannequin
from tests.conftest import ROOT
from tests.mannequin import SHIPPED, STANDING
from tests.poses import times

FOLDER = ROOT / "config" / "exercises"
RECORDINGS = sorted((Path(__file__).parents[2] / "shared" / "recordings").glob("*.poses.jsonl.gz"))

UP = replace(STANDING, arm=88, forearm=90)
BENT_UP = replace(STANDING, arm=45, forearm=95)
SITTING = SHIPPED["sit_to_stand"][1]
LYING = SHIPPED["glute_bridge"][1]


def body(
    left: mannequin.Posture, right: mannequin.Posture | None = None, view: str = "front", t_s: float = 0.0
) -> Pose:
    """A mannequin whose right arm may do something else than the rest."""
    pose = mannequin.pose(left, t_s, view=view)
    if right is None:
        return pose
    other, points = mannequin.pose(right, t_s, view=view), np.array(pose.points)
    rows = [INDEX[f"right_{joint}"] for joint in ("elbow", "wrist", "pinky", "index", "thumb")]
    points[rows] = other.points[rows]
    return replace(pose, points=points)


def unseen(pose: Pose, *names: str) -> Pose:
    points = np.array(pose.points)
    points[[INDEX[name] for name in names], 3] = 0.2
    return replace(pose, points=points)


def moved(pose: Pose, name: str, up_m: float) -> Pose:
    """The pose with one point so far above (below 0) the head."""
    points = np.array(pose.points)
    points[INDEX[name], 1] = points[INDEX["nose"], 1] - up_m * 220.0
    return replace(pose, points=points)


DOWN, ONE, BOTH = body(STANDING), body(UP, STANDING), body(UP)
HALFWAY = body(replace(STANDING, arm=10, forearm=80))

TABLE = {
    "hanging": (DOWN, "down"),
    "left up": (ONE, "toggle"),
    "right up": (body(STANDING, UP), "toggle"),
    "up with a bent elbow": (body(BENT_UP, STANDING), "toggle"),
    "both up": (BOTH, "next"),
    "both up, from the side": (body(UP, view="side"), "next"),
    "near arm up, from the side": (body(STANDING, UP, "side"), "toggle"),
    "sitting": (body(replace(SITTING, arm=88, forearm=90), replace(SITTING, forearm=280), "side"), "toggle"),
    "one up, the other at the face": (body(UP, replace(STANDING, arm=300, forearm=85)), None),
    "hands at the shoulders, as before a press": (body(SHIPPED["overhead_press"][1]), "down"),
    "arms level": (body(SHIPPED["lateral_raise"][2]), "down"),
    "arms level in front": (body(SHIPPED["front_raise"][2], view="side"), "down"),
    "scratching the crown": (moved(ONE, "left_wrist", 0.12), "down"),
    "hand up over a low elbow": (moved(DOWN, "left_wrist", 0.4), None),
    "lying, arms over the head": (body(replace(LYING, arm=180, forearm=180), view="side"), None),
    "push-up": (body(SHIPPED["push_up"][1], view="side"), None),
    "bent over, arms overhead": (body(replace(UP, trunk=40, arm=40, forearm=40), view="side"), None),
    "hand hidden": (unseen(ONE, "left_wrist"), None),
    "the other hand hidden, hanging": (unseen(ONE, "right_wrist"), "toggle"),
    "the other hand hidden, guessed up": (unseen(BOTH, "right_wrist"), None),
    "face hidden": (unseen(ONE, "nose", "left_eye", "right_eye", "left_ear", "right_ear"), None),
    "hand above the picture": (moved(ONE, "left_wrist", 1.0), "toggle"),
    "elbow above the picture too": (moved(moved(ONE, "left_wrist", 1.0), "left_elbow", 1.0), None),
}


@pytest.mark.parametrize("name", TABLE)
def test_what_hands_ask_for(name: str) -> None:
    pose, expected = TABLE[name]
    assert hands_of(pose, were_up=False) == expected


def test_a_hand_that_is_up_may_sink_a_little() -> None:
    sunk = moved(ONE, "left_wrist", 0.15)
    assert hands_of(sunk, were_up=True) == "toggle"
    assert hands_of(sunk, were_up=False) == "down"


Scene = tuple[float, Pose | None, bool]


def scenes(*spans: tuple[float, Pose | None], fps: float = 15, resting: bool = True) -> Iterator[Scene]:
    """Each pose for so many seconds."""
    begins = np.cumsum([0.0, *(seconds for seconds, _ in spans)])
    for t_s in times(float(begins[-1]), fps):
        yield t_s, next(pose for (_, end), (_, pose) in zip(pairwise(begins), spans, strict=True) if t_s < end), resting


def fired(frames: Iterable[Scene]) -> list[tuple[float, GestureKind]]:
    gestures = Gestures()
    found = [(t_s, gestures.step(t_s, pose, resting=resting)) for t_s, pose, resting in frames]
    return [(t_s, kind) for t_s, kind in found if kind]


@pytest.mark.parametrize("fps", [6, 10, 15, 30])
@pytest.mark.parametrize(("pose", "kind"), [(ONE, "toggle"), (BOTH, "next")])
def test_a_gesture_counts_after_the_same_time_at_any_frame_rate(fps: float, pose: Pose, kind: GestureKind) -> None:
    ((t_s, found),) = fired(scenes((2, DOWN), (4, pose), (2, DOWN), fps=fps))
    assert found == kind
    assert t_s == pytest.approx(2 + HELD_S + 0.1, abs=0.2)


@pytest.mark.parametrize(
    ("spans", "kinds"),
    [
        ([(1, DOWN), (1.3, ONE), (1, DOWN)], []),
        ([(1, DOWN), (1.0, ONE), (0.4, DOWN), (1.0, ONE), (1, DOWN)], []),
        ([(1, DOWN), (1.0, ONE), (0.15, None), (1.0, ONE), (1, DOWN)], ["toggle"]),
        ([(1, DOWN), (1.0, ONE), (0.15, unseen(BOTH, "right_wrist")), (1.0, ONE), (1, DOWN)], ["toggle"]),
        ([(1, DOWN), (1.0, ONE), (0.5, None), (1.0, ONE), (1, DOWN)], []),
        ([(1, DOWN), (0.4, ONE), (2.0, BOTH), (0.4, ONE), (1, DOWN)], ["next"]),
        ([(1, DOWN), (1.2, ONE), (1.2, BOTH), (1.2, ONE), (1, DOWN)], []),
        ([(1, DOWN), (9.0, ONE), (1, DOWN)], ["toggle"]),
        ([(1, DOWN), (2.0, BOTH), (3.0, ONE), (1, DOWN)], ["next"]),
        ([(1, DOWN), (2.0, ONE), (3.0, None), (3.0, ONE), (1, DOWN)], ["toggle"]),
        ([(1, DOWN), (2.0, ONE), (0.5, DOWN), (2.0, ONE), (1, DOWN)], ["toggle", "toggle"]),
        ([(3, ONE)], ["toggle"]),
    ],
)
@pytest.mark.parametrize("fps", [10, 30])
def test_hands_must_stay_up_and_come_down_again(
    spans: list[tuple[float, Pose | None]], kinds: list[GestureKind], fps: float
) -> None:
    assert [kind for _, kind in fired(scenes(*spans, fps=fps))] == kinds


def test_a_gap_without_frames_is_not_held_through() -> None:
    frames = list(scenes((1, DOWN), (5, ONE), fps=10))
    assert fired([scene for scene in frames if not 1.9 < scene[0] < 3.0 and scene[0] < 4.2]) == []
    assert fired([scene for scene in frames if not 1.9 < scene[0] < 2.2]) != []


def test_the_ring_fills_and_a_passing_hand_shows_none() -> None:
    gestures = Gestures()
    shares = []
    for t_s, pose, _ in scenes((1, DOWN), (3, BOTH), (1, DOWN), fps=30):
        gestures.step(t_s, pose, resting=True)
        if gestures.shown:
            assert gestures.shown.kind == "next"
            shares.append(gestures.shown.share)
        elif 1 + SHOWN_S + 0.2 < t_s < 1 + HELD_S - 0.1:
            pytest.fail(f"no ring at {t_s}")
    assert shares == sorted(shares)
    assert SHOWN_S / HELD_S <= shares[0] < 0.3
    assert 0.85 < shares[-1] <= 1.0
    for t_s, pose, _ in scenes((1, DOWN), (0.3, ONE), (1, DOWN), fps=30):
        gestures.step(100 + t_s, pose, resting=True)
        assert gestures.shown is None


def test_both_hands_ask_for_nothing_while_somebody_exercises() -> None:
    assert fired(scenes((1, DOWN), (4, BOTH), (1, DOWN), resting=False)) == []


def test_one_hand_may_go_up_by_a_movement_that_began_at_rest() -> None:
    def curl(rested_until_s: float) -> Iterator[Scene]:
        for t_s, pose, _ in scenes((2, DOWN), (3, ONE), (1, DOWN)):
            yield t_s, pose, t_s < rested_until_s

    assert [kind for _, kind in fired(curl(1.4))] == ["toggle"]
    assert fired(curl(0.8)) == []


def in_practice(name: str, poses: Iterable[tuple[float, Pose | None]], *, running: bool = True) -> list[GestureEvent]:
    """The gestures that somebody made who does this exercise, or while it is stopped."""
    practice = Practice(load_exercise(FOLDER / f"{name}.yaml"))
    practice.run(running=running)
    events = [event for t_s, pose in poses for event in practice.step(t_s, pose)]
    return [event for event in events if isinstance(event, GestureEvent)]


@pytest.mark.parametrize("name", sorted(SHIPPED))
@pytest.mark.parametrize("running", [True, False])
def test_no_shipped_exercise_is_a_gesture_however_long_its_end_is_held(name: str, running: bool) -> None:
    for view in ("side", "front"):
        film = mannequin.film(name, view, 10, reps=2, stay_s=4.0)
        assert in_practice(name, ((pose.t_s, pose) for pose in film), running=running) == []


@pytest.mark.parametrize("name", ["overhead_press", "jumping_jack", "front_raise"])
def test_where_hands_over_the_head_are_the_exercise_they_never_ask(name: str) -> None:
    assert in_practice(name, ((t_s, pose) for t_s, pose, _ in scenes((1, DOWN), (4, BOTH), (1, DOWN), (4, ONE)))) == []


@pytest.mark.parametrize("name", sorted(set(SHIPPED) - {"overhead_press", "jumping_jack", "front_raise"}))
def test_everywhere_else_a_hand_stops_and_both_hands_go_on_when_stopped(name: str) -> None:
    asked = scenes((1.5, DOWN), (0.3, HALFWAY), (2, ONE), (1, DOWN), (3, BOTH), (1, DOWN), (2, ONE), (1, DOWN))
    found = [event.kind for event in in_practice(name, ((t_s, pose) for t_s, pose, _ in asked))]
    assert found == ["toggle", "next", "toggle"]


@pytest.mark.skipif(not RECORDINGS, reason="the recordings of real people are not on this machine")
def test_real_people_who_exercise_walk_and_jump_make_no_gesture() -> None:
    for path in RECORDINGS:
        for nth in (1, 3):
            tracks, gestures = Tracks(), Gestures()
            for number, recorded in enumerate(read_recording(path)):
                if number % nth == 0:
                    pose = tracks.follow(recorded.t_s, recorded.pose)
                    assert gestures.step(recorded.t_s, pose, resting=True) is None, (path.name, recorded.t_s)


Arms = skeleton.Facing
HANGING = Arms(right_arm_deg=8, left_arm_deg=8, elbow_deg=4)


def raised(arms: skeleton.Facing) -> Callable[[str, float, float], skeleton.Joints]:
    return lambda _, out, __: skeleton.facing(arms if out else HANGING)


def test_drawn_arms_seen_by_mediapipe(model_bundle: Path) -> None:
    drawn = {
        Arms(right_arm_deg=172, left_arm_deg=8, elbow_deg=6): "toggle",
        Arms(right_arm_deg=8, left_arm_deg=165, elbow_deg=15): "toggle",
        Arms(right_arm_deg=170, left_arm_deg=170, elbow_deg=8): "next",
        Arms(right_arm_deg=128, left_arm_deg=128, elbow_deg=8): None,  # a lateral raise that goes too high
        Arms(right_arm_deg=120, left_arm_deg=120, elbow_deg=-100): None,  # hands upon the head
    }

    def seen() -> list[GestureKind | None]:
        engine, found = MediaPipeEngine(model_bundle), []
        for begin_s, arms in enumerate(drawn):
            athlete = Athlete()
            athlete._move = Move(raised(arms), (), FRONT)
            kinds = [kind for _, kind in fired(watched(engine, athlete, 100.0 * begin_s))]
            found.append(kinds[0] if kinds else None)
        engine.close()
        return found

    with ThreadPoolExecutor(1) as sealed:
        assert sealed.submit(seen).result() == list(drawn.values())


def watched(engine: MediaPipeEngine, athlete: Athlete, begin_s: float) -> Iterator[Scene]:
    tracks = Tracks()
    for t_s in times(3.5, 10):
        frame = Frame(athlete.draw(t_s, 640, 480), begin_s + t_s, round((begin_s + t_s) * 1000))
        yield frame.t_s, tracks.follow(frame.t_s, engine.detect(frame)), True
