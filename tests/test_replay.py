"""Replaying: recordings of real people give the repetitions that were counted by eye, at any frame rate."""

import json
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.coaching.coach import Event, RepEvent, WarningEvent
from kiosk.recording import Recorder
from kiosk.replay import Moment, VideoOut, is_recording, recorded_moments, replay
from kiosk.rules.compiler import load_exercise
from kiosk.summary import Summary
from tests.exercises import exercise
from tests.poses import bends, figure, squats, times

SHARED = Path(__file__).parents[2] / "shared" / "recordings"
SQUAT = Path(__file__).parents[1] / "config" / "exercises" / "squat.yaml"

needs_recordings = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no pose recordings in {SHARED}")

REAL = {
    "squat_side_diag_et": 3,
    "squat_front_goblet_nv": 5,
    "squat_front_lowres_qp": 4,
    "squat_barbell_dark_walkout_ys": 1,
}
"""Recording -> squats counted by eye."""


def at_frame_rate(moments: Iterable[Moment], fps: float) -> list[Moment]:
    """The moments that a slower machine would have seen."""
    kept: list[Moment] = []
    for moment in moments:
        if not kept or moment.t_s >= kept[0].t_s + len(kept) / fps - 1e-6:
            kept.append(moment)
    return kept


@needs_recordings
@pytest.mark.parametrize("fps", [30, 15, 10])
@pytest.mark.parametrize(("name", "count"), REAL.items())
def test_squats_of_real_people_are_counted(name: str, count: int, fps: int) -> None:
    moments = at_frame_rate(recorded_moments(SHARED / f"{name}.poses.jsonl.gz"), fps)
    summary = replay(moments, load_exercise(SQUAT), lambda _: None)
    assert summary.reps == count
    assert len(summary.rep_times_s) == count
    if "walkout" not in name:  # stepping back with the bar bends the knees, too
        assert summary.partials == 0


@needs_recordings
@pytest.mark.parametrize("name", REAL)
def test_what_is_warned_of_in_real_squats_does_not_depend_on_the_frame_rate(name: str) -> None:
    path = SHARED / f"{name}.poses.jsonl.gz"
    whole, half = (
        replay(at_frame_rate(recorded_moments(path), fps), load_exercise(SQUAT), lambda _: None) for fps in (30, 15)
    )
    assert whole.warnings == half.warnings
    assert whole.rep_times_s == pytest.approx(half.rep_times_s, abs=0.15)


def moments(duration_s: float = 9.0, fps: float = 30) -> list[Moment]:
    """Two squats, the second one deep and past the toe; nobody in the last two seconds."""
    knee = bends((1, 175), (2.2, 95), (3.2, 175), (4, 175), (5.2, 75), (6.2, 175))
    toe = bends((4, -0.3), (5.2, 0.15), (6.2, -0.3))
    shape = [(t_s, figure(t_s, knee=knee(t_s), past_toe=toe(t_s))) for t_s in times(duration_s, fps)]
    return [Moment(t_s, pose if t_s < duration_s - 2 else None, None) for t_s, pose in shape]


def test_the_summary_says_what_was_told() -> None:
    told: list[Event] = []
    summary = replay(moments(), exercise(), told.append)
    counted = [event for event in told if isinstance(event, RepEvent)]
    assert [event.number for event in counted] == [1, 2]
    assert [(e.warning.id, e.on) for e in told if isinstance(e, WarningEvent)] == [
        ("knee_load", True),
        ("knee_load", False),
    ]
    assert summary.fps > 0
    as_json = summary.to_json()
    assert as_json == {
        "frames": 270,
        "poses": 210,
        "reps": 2,
        "partials": 0,
        "holds_s": [],
        "warnings": {"knee_load": 1},
        "rep_times_s": [round(event.t_s, 3) for event in counted],
        "fps": as_json["fps"],
    }
    json.dumps(as_json)


def test_partials_are_summed_apart() -> None:
    knee = bends((1, 175), (2, 120), (3, 175), (4, 85), (5.5, 175))
    seen = [Moment(t_s, figure(t_s, knee=knee(t_s)), None) for t_s in times(7, 30)]
    summary = replay(seen, exercise(), lambda _: None)
    assert (summary.reps, summary.partials) == (1, 1)


def test_nothing_to_replay() -> None:
    summary = replay([], exercise(), lambda _: None)
    assert summary.to_json() == Summary().to_json()


def test_each_moment_is_shown_as_it_was_judged() -> None:
    shown: list[tuple[float, int]] = []
    replay(moments(), exercise(), lambda _: None, lambda moment, snapshot: shown.append((moment.t_s, snapshot.reps)))
    assert [t_s for t_s, _ in shown] == times(9, 30)
    assert [reps for _, reps in shown] == sorted(reps for _, reps in shown)
    assert shown[-1][1] == 2


def test_what_a_kiosk_recorded_is_judged_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "two.poses.jsonl.gz"
    recorder = Recorder(path)
    for moment in moments():
        recorder.write(moment.t_s + 5000, moment.pose, 640, 480, 30)
    recorder.close()
    assert is_recording(path)
    live = replay(moments(), exercise(), lambda _: None)
    again = replay(recorded_moments(path), exercise(), lambda _: None)
    assert (again.frames, again.poses, again.reps, again.warnings) == (live.frames, live.poses, 2, live.warnings)
    begun_s = moments()[0].t_s
    assert again.rep_times_s == pytest.approx([t_s - begun_s for t_s in live.rep_times_s], abs=0.01)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("a.poses.jsonl", True), ("a.poses.jsonl.gz", True), ("a.jsonl", False), ("a.mp4", False), ("poses", False)],
)
def test_a_recording_is_known_by_its_name(name: str, is_one: bool) -> None:
    assert is_recording(Path(name)) is is_one


def test_poses_without_pictures_are_drawn_into_a_video(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    out = VideoOut(path, 10)
    replay(moments(9, 10), exercise(), lambda _: None, out.write)
    out.close()
    video = cv2.VideoCapture(str(path))
    assert (video.get(cv2.CAP_PROP_FRAME_WIDTH), video.get(cv2.CAP_PROP_FRAME_HEIGHT)) == (640, 480)
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 70, "what shows nobody has no size, so it is left out"
    read, picture = video.read()
    video.release()
    assert read
    assert np.ptp(picture) > 100, "there is a skeleton on it"


def test_a_video_that_cannot_be_written(tmp_path: Path) -> None:
    out = VideoOut(tmp_path / "none" / "out.mp4", 10)
    with pytest.raises(OSError, match="can't be written as an MP4 file"):
        replay(moments(4, 10), exercise(), lambda _: None, out.write)


def test_squats_are_counted_alike_by_the_shipped_exercise_at_any_frame_rate() -> None:
    knee = squats(10, lowest=88)
    for fps in (10, 15, 30):
        seen = [Moment(t_s, figure(t_s, knee=knee(t_s), trunk=75), None) for t_s in times(37, fps)]
        assert replay(seen, load_exercise(SQUAT), lambda _: None).reps == 10
