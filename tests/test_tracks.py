"""One body is one track, however fast it moves; another body is another one."""

import gzip
import json
import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from kiosk.landmarks import INDEX, Float, Pose
from kiosk.pose.tracks import Tracks

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"

# A standing person, metres from between the hips, y down: what the torso's four corners are made of.
SHOULDERS_M = {"left_shoulder": (0.18, -0.5, 0.0), "right_shoulder": (-0.18, -0.5, 0.0)}
HIPS_M = {"left_hip": (0.1, 0.0, 0.0), "right_hip": (-0.1, 0.0, 0.0)}


def body(t_s: float, x_m: float = 3.0, y_m: float = 1.0, *, px_per_m: float = 200.0, pitch_deg: float = 0.0) -> Pose:
    """Somebody whose hips are `x_m` right and `y_m` down in the picture, bent towards the camera by `pitch_deg`."""
    world = np.zeros((33, 3), np.float32)
    tilt = math.radians(pitch_deg)
    for name, (x, y, _) in (SHOULDERS_M | HIPS_M).items():
        world[INDEX[name]] = (x, y * math.cos(tilt), y * math.sin(tilt))
    points = np.ones((33, 4), np.float32)
    points[:, :3] = (world + np.array((x_m, y_m, 0), np.float32)) * px_per_m
    return Pose(t_s=t_s, points=points, world=world, width_px=1280, height_px=720)


def tracks_of(poses: list[tuple[float, Pose | None]]) -> list[int | None]:
    tracks = Tracks()
    return [followed.track if (followed := tracks.follow(t_s, pose)) else None for t_s, pose in poses]


def moving(fps: float, **path: list[float]) -> list[tuple[float, Pose | None]]:
    """A body whose named arguments of `body` take the given values frame by frame."""
    frames = zip(*path.values(), strict=True)
    return [(n / fps, body(n / fps, **dict(zip(path, values, strict=True)))) for n, values in enumerate(frames)]


def test_what_is_returned_is_the_pose_with_its_number() -> None:
    pose = body(7.0)
    followed = Tracks().follow(7.0, pose)
    assert followed is not None
    assert followed.track == 1
    assert followed.points is pose.points
    assert pose.track == 0
    assert Tracks().follow(7.0, None) is None


@pytest.mark.parametrize("fps", [10, 15, 30])
@pytest.mark.parametrize(
    ("x_speed_m_s", "height_m", "period_s"),
    [
        pytest.param(2.0, 0.0, 1.0, id="walking sideways"),
        pytest.param(0.0, 0.5, 1.0, id="a squat down and up in a second"),
        pytest.param(0.0, 0.3, 0.6, id="jumping jacks"),
        pytest.param(0.0, 0.25, 0.7, id="quick push-ups"),
    ],
)
def test_fast_movement_stays_one_track(fps: int, x_speed_m_s: float, height_m: float, period_s: float) -> None:
    times = [n / fps for n in range(2 * fps)]
    x_m = [1 + x_speed_m_s * t for t in times]
    y_m = [1 + height_m / 2 * math.sin(2 * math.pi * t / period_s) for t in times]
    assert set(tracks_of(moving(fps, x_m=x_m, y_m=y_m))) == {1}


def test_bending_towards_the_camera_and_walking_up_to_it_stay_one_track() -> None:
    pitches = [90 * math.sin(n / 3) for n in range(20)]  # the torso's length in the picture falls to nothing
    assert set(tracks_of(moving(10, pitch_deg=pitches))) == {1}
    distances_m = [3 - 2 * n / 10 for n in range(10)]
    # the person walks along the camera's axis, so only the size changes
    sizes = [600 / d for d in distances_m]
    assert set(tracks_of(moving(10, px_per_m=sizes, x_m=[640 / s for s in sizes], y_m=[360 / s for s in sizes]))) == {1}


@pytest.mark.parametrize("fps", [10, 30])
def test_a_skeleton_that_jumps_to_the_next_body_is_a_new_track(fps: int) -> None:
    beside = moving(fps, x_m=[3.0, 3.0, 3.7, 3.7])
    assert tracks_of(beside) == [1, 1, 2, 2]
    behind = moving(fps, px_per_m=[400.0, 400.0, 200.0, 200.0], x_m=[1.5, 1.5, 3.0, 3.0], y_m=[0.5, 0.5, 1.0, 1.0])
    assert tracks_of(behind) == [1, 1, 2, 2]


def test_a_wild_frame_and_somebody_passing_in_front_do_not_end_a_track() -> None:
    assert tracks_of(moving(10, x_m=[3.0, 3.0, 4.5, 3.0, 3.0])) == [1, 1, 2, 1, 1]


def test_a_limb_that_jumps_is_not_a_new_person() -> None:
    wild = body(0.1)
    points = wild.points.copy()
    points[INDEX["left_knee"] :, :2] += 400
    points[INDEX["left_hip"], 0] += 40  # 0.2 m
    glitch = Pose(0.1, points, wild.world, 1280, 720)
    assert tracks_of([(0.0, body(0.0)), (0.1, glitch), (0.2, body(0.2))]) == [1, 1, 1]


@pytest.mark.parametrize(
    ("gap_s", "x_m", "track"),
    [
        pytest.param(0.8, 3.0, 1, id="same place, soon"),
        pytest.param(0.8, 4.5, 2, id="elsewhere, soon"),
        pytest.param(1.2, 3.0, 2, id="same place, late"),
    ],
)
def test_a_person_seen_again(gap_s: float, x_m: float, track: int) -> None:
    gone: list[tuple[float, Pose | None]] = [(n / 10, None) for n in range(1, round(gap_s * 10))]
    assert tracks_of([(0.0, body(0.0)), *gone, (gap_s, body(gap_s, x_m=x_m))])[-1] == track


def test_a_recording_that_begins_again_is_another_track() -> None:
    assert tracks_of([(5.0, body(5.0)), (5.1, body(5.1)), (0.0, body(0.0))]) == [1, 1, 2]


def recorded(name: str, every: int) -> list[tuple[float, Pose | None]]:
    def array(rows: list[list[float]]) -> Float:
        return np.array(rows, np.float32)

    with gzip.open(RECORDINGS / f"{name}.poses.jsonl.gz", "rt") as lines:
        head = json.loads(next(lines))
        frames = [json.loads(line) for line in lines][::every]
    return [
        (
            f["t_s"],
            Pose(f["t_s"], array(f["points"]), array(f["world"]), head["width"], head["height"])
            if f["points"]
            else None,
        )
        for f in frames
    ]


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"no pose recordings in {RECORDINGS}")
@pytest.mark.parametrize("every", [1, 3])
def test_recorded_people(every: int) -> None:
    for name in (
        "squat_front_goblet_nv",
        "squat_barbell_dark_walkout_ys",
        "lunge_side_split_nv",
        "pushup_side_small_ta",
    ):
        assert set(tracks_of(recorded(name, every))) == {1}, name
    three = [track for track in tracks_of(recorded("multi_person_walk_jump_s2", every)) if track]
    assert [after for before, after in pairwise([0, *three]) if before != after] == [1, 2, 3]


def test_what_is_crumpled_is_no_body() -> None:
    """In an empty room MediaPipe's metres shrink; nobody's trunk is shorter than two hands."""
    whole = body(0.0)
    crumpled = replace(whole, world=whole.world * 0.4)
    assert tracks_of([(0.0, whole), (0.1, crumpled), (0.2, whole)]) == [1, None, 1]
