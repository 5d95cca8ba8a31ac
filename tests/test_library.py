"""The shipped exercises: every file is complete, counts a mannequin, and counts and judges real people as they were
counted by hand."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from kiosk.coaching.coach import Coach, HoldEvent, RepEvent, WarningEvent
from kiosk.landmarks import INDEX, LANDMARKS, Pose
from kiosk.pose.tracks import Tracks
from kiosk.recording import read_recording
from kiosk.rules.compiler import load_exercise
from kiosk.rules.exercise import Exercise
from tests import mannequin
from tests.conftest import ROOT

FOLDER = ROOT / "config" / "exercises"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
WANTED = {
    "squat", "split_squat", "side_lunge", "push_up", "plank", "glute_bridge", "hip_hinge", "biceps_curl",
    "overhead_press", "lateral_raise", "front_raise", "sit_to_stand", "heel_raise", "seated_knee_extension",
    "single_leg_balance", "jumping_jack", "sit_up",
}  # fmt: skip

SHARED = Path(__file__).parents[2] / "shared"
needs_footage = pytest.mark.skipif(
    not (SHARED / "clips" / "manifest.yaml").exists(), reason="the hand-counted recordings are not on this machine"
)
Frames = list[tuple[float, Pose | None]]


@functools.cache
def exercise(name: str) -> Exercise:
    return load_exercise(FOLDER / f"{name}.yaml")


@dataclass
class Found:
    """What a coach found."""

    reps: int = 0
    holds_s: list[float] = field(default_factory=list)
    warnings: list[tuple[str, float]] = field(default_factory=list)
    """Each warning that rose, and when."""

    def ids(self) -> set[str]:
        return {name for name, _ in self.warnings}


def judge(name: str, frames: Frames) -> Found:
    coach, tracks, found = Coach(exercise(name)), Tracks(), Found()
    events = [event for t_s, pose in frames for event in coach.step(t_s, tracks.follow(t_s, pose))]
    for event in (*events, *coach.finish()):
        match event:
            case RepEvent(partial=False):
                found.reps += 1
            case HoldEvent():
                found.holds_s.append(event.held_s)
            case WarningEvent(on=True):
                found.warnings.append((event.warning.id, event.t_s))
    return found


# -- the files


def test_the_library_is_whole() -> None:
    assert set(NAMES) == WANTED


@pytest.mark.parametrize("name", NAMES)
def test_every_text_is_in_both_languages_and_short_enough_for_the_wall(name: str) -> None:
    """Cues are read from three metres and spoken: the danger is over before a long sentence is."""
    rules = exercise(name)
    for text in (rules.title, *(warning.say for warning in rules.warnings)):
        assert text.en
        assert text.zh
        assert text.en != text.zh
    for warning in rules.warnings:
        assert len(warning.say.en.split()) <= 11
        assert len(warning.say.zh) <= 14


@pytest.mark.parametrize("name", NAMES)
def test_every_file_warns_of_at_least_two_faults_and_shows_each_in_an_example(name: str) -> None:
    entry: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    ids = {warning["id"] for warning in entry["warnings"]}
    shown = [set(example["expect"]) for example in entry["examples"]]
    assert len(ids) >= 2
    assert set().union(*shown) == ids
    for warning in ids:
        assert any(warning not in expected for expected in shown)


@pytest.mark.parametrize("name", NAMES)
def test_no_word_about_a_rounded_back(name: str) -> None:
    """MediaPipe has no point between hips and shoulders: nothing may be said about the spine's shape."""
    for warning in exercise(name).warnings:
        assert not {"round", "rounded", "spine"} & set(warning.say.en.lower().split())


# -- a mannequin that does each of them


def mannequin_frames(name: str, view: str, fps: float) -> Frames:
    out_s, stay_s = 0.5 if name == "jumping_jack" else 1.4, 6.0 if exercise(name).hold else 0.1
    return [(pose.t_s, pose) for pose in mannequin.film(name, view, fps, out_s=out_s, stay_s=stay_s)]


MANNEQUIN = [
    (name, view)
    for name, (seen, _, _) in mannequin.SHIPPED.items()
    for view in (("side", "front") if seen == "any" else (seen,))
]


@pytest.mark.parametrize("fps", [10, 30])
@pytest.mark.parametrize(("name", "view"), MANNEQUIN)
def test_clean_repetitions_of_a_mannequin_count_without_a_warning(name: str, view: str, fps: float) -> None:
    found = judge(name, mannequin_frames(name, view, fps))
    assert found.warnings == []
    if exercise(name).hold:
        # Getting into the posture and out of it takes 1.4 s each, in which the foot is up or the knees nearly straight.
        assert [5.5 < held_s < 7.7 for held_s in found.holds_s] == [True] * 3
    else:
        assert found.reps == 3


def test_the_mannequin_does_every_shipped_exercise() -> None:
    assert set(mannequin.SHIPPED) == set(NAMES)


ALIKE = {
    frozenset(pair) for pair in (("squat", "sit_to_stand"), ("overhead_press", "front_raise"), ("squat", "split_squat"))
}
"""Movements that one is a part of the other, so that either may count."""


@pytest.mark.parametrize(("name", "view"), MANNEQUIN)
def test_one_exercise_is_not_taken_for_another(name: str, view: str) -> None:
    frames = mannequin_frames(name, view, 10)
    mistaken = {other: judge(other, frames).reps for other in NAMES if other != name}
    assert {other for other, reps in mistaken.items() if reps and frozenset((name, other)) not in ALIKE} == set()


# -- real people


@dataclass(frozen=True)
class Clip:
    """One entry of the manifest: what was counted by hand."""

    id: str
    exercise: str
    fps: float
    fewest: int
    most: int
    negative: bool
    faults: tuple[Mapping[str, Any], ...]


def clips() -> list[Clip]:
    path = SHARED / "clips" / "manifest.yaml"
    if not path.exists():
        return []
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))["clips"]
    return [
        Clip(
            e["id"], e["exercise"], e["fps"], e["reps_min"], e["reps_max"], e.get("negative", False), tuple(e["faults"])
        )
        for e in entries
    ]


CLIPS = clips()
COUNTED = [pytest.param(clip, id=clip.id) for clip in CLIPS if not clip.negative]
NEGATIVE = [pytest.param(clip, id=clip.id) for clip in CLIPS if clip.negative]


@functools.cache
def recorded(clip: str) -> Frames:
    path = SHARED / "recordings" / f"{clip}.poses.jsonl.gz"
    return [(frame.t_s, frame.pose) for frame in read_recording(path)]


def thinned(clip: Clip) -> Iterator[Frames]:
    """The recording at ten frames a second, for each frame to begin with."""
    every = round(clip.fps / 10)
    yield from (recorded(clip.id)[first::every] for first in range(every))


_OTHER_SIDE = [INDEX[name.replace("left", "?").replace("right", "left").replace("?", "right")] for name in LANDMARKS]


def mirrored(pose: Pose) -> Pose:
    """The same movement done the other way round: left is right."""
    points, world = pose.points[_OTHER_SIDE].copy(), pose.world[_OTHER_SIDE].copy()
    points[:, 0] = pose.width_px - points[:, 0]
    world[:, 0] *= -1
    return replace(pose, points=points, world=world)


def smaller(pose: Pose) -> Pose:
    """The same in a larger picture: a camera further away, and not in its middle."""
    points = pose.points.copy()
    points[:, :2] += (40, 20)
    return replace(pose, points=points, width_px=pose.width_px + 60, height_px=pose.height_px + 30)


@needs_footage
@pytest.mark.parametrize("clip", COUNTED)
def test_real_people_are_counted_as_by_hand(clip: Clip) -> None:
    reps = judge(clip.exercise, recorded(clip.id)).reps
    assert clip.fewest <= reps <= clip.most


@needs_footage
@pytest.mark.parametrize("clip", COUNTED)
@pytest.mark.parametrize("changed", [mirrored, smaller])
def test_the_other_way_round_and_from_further_away_they_are_counted_alike(
    clip: Clip, changed: Callable[[Pose], Pose]
) -> None:
    reps = judge(clip.exercise, [(t_s, pose and changed(pose)) for t_s, pose in recorded(clip.id)]).reps
    assert clip.fewest <= reps <= clip.most


@needs_footage
@pytest.mark.parametrize("clip", COUNTED)
def test_ten_frames_a_second_give_the_same_counts_and_warnings(clip: Clip) -> None:
    whole = judge(clip.exercise, recorded(clip.id))
    for frames in thinned(clip):
        found = judge(clip.exercise, frames)
        assert found.reps == whole.reps
        assert found.ids() == whole.ids()


CUES = {
    "knees over toes": {"knee_load"},
    "incomplete contraction (weak peak)": {"weak_peak"},
    "upper arm swings forward/up (elbow leaves the body)": {"swinging"},
    "upper arm swings forward/up": {"swinging"},
    "leaning back": {"leaning_back"},
}
"""The manifest's faults and the warnings that cover them."""


@needs_footage
@pytest.mark.parametrize("clip", COUNTED)
def test_clear_faults_are_warned_of_in_their_time_and_nothing_else_is(clip: Clip) -> None:
    for frames in (recorded(clip.id), *thinned(clip)):
        left = judge(clip.exercise, frames).warnings
        for fault in clip.faults:
            if fault["confidence"] != "clear":
                continue
            mine = [(name, t_s) for name, t_s in left if fault["from_s"] <= t_s <= fault["to_s"]]
            assert CUES[fault["fault"]] & {name for name, _ in mine}, (fault, left)
            left = [warning for warning in left if warning not in mine or warning[0] not in CUES[fault["fault"]]]
        minutes = (recorded(clip.id)[-1][0] - recorded(clip.id)[0][0]) / 60
        assert len(left) <= minutes, left


@needs_footage
@pytest.mark.parametrize("clip", NEGATIVE)
@pytest.mark.parametrize("name", NAMES)
def test_people_who_do_not_exercise_do_no_repetition_of_anything(clip: Clip, name: str) -> None:
    for frames in (recorded(clip.id), *thinned(clip)):
        found = judge(name, frames)
        assert found.reps == 0
        assert max(found.holds_s, default=0.0) <= 2.0


OTHERS = {
    "squat_front_goblet_nv": {"sit_to_stand"},
    "squat_front_lowres_qp": {"sit_to_stand"},
    "squat_side_diag_et": {"sit_to_stand"},
    "pushup_side_lowres_qp": {"plank"},
    "pushup_side_small_ta": {"plank"},
}
"""What else a movement may be taken for: a squat gets up like from a chair, the top of a push-up is a plank."""


@needs_footage
@pytest.mark.parametrize("clip", [clip for clip in COUNTED if "barbell" not in str(clip.id)])
def test_real_people_are_not_counted_at_another_exercise_but_for_one(clip: Clip) -> None:
    frames = next(thinned(clip))
    for name in set(NAMES) - {clip.exercise} - OTHERS.get(clip.id, set()):
        assert judge(name, frames).reps <= 1, name
