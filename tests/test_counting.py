"""From drawn pictures through the engine to the count: the coach saw what the athlete did, at any frame rate."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import pytest

from kiosk.capture.frame import Frame
from kiosk.coaching.coach import Coach, HoldEvent, RepEvent, TempoEvent, WarningEvent
from kiosk.demo.athlete import Athlete, Repetition
from kiosk.pose.litert import LiteRTEngine
from kiosk.pose.tracks import Tracks
from kiosk.rules.compiler import load_exercise
from tests.conftest import ROOT


@pytest.mark.parametrize("fps", [10, 15, 30])
def test_ten_clean_squats_are_ten_and_nothing_is_warned_of(model_bundle: Path, fps: int) -> None:
    athlete = Athlete("squat", reps=10)
    drawn = athlete.repetitions(1000)
    coach = Coach(load_exercise(ROOT / "config" / "exercises" / "squat.yaml"))
    counted, warned, _, tempi = drawn_session(model_bundle, athlete, coach, until_s=drawn[-1].end_s + 1, fps=fps)
    assert len(counted) == 10
    assert warned == []
    assert coach.partials == 0
    for repetition, t_s in zip(drawn, counted, strict=True):
        assert repetition.bottom_s < t_s < repetition.end_s + 0.5
    assert_tempi_are_those_drawn(drawn, tempi)


CUES = {
    ("push_up", "sag"): "sagging", ("push_up", "pike"): "piking", ("push_up", "shallow"): "shallow",
    ("biceps_curl", "swing"): "swinging", ("biceps_curl", "lean"): "leaning_back", ("biceps_curl", "weak"): "weak_peak",
    ("lateral_raise", "too_high"): "too_high", ("lateral_raise", "uneven"): "uneven",
    ("lateral_raise", "bent"): "bent_arms",
    ("sit_to_stand", "lean"): "leaning", ("sit_to_stand", "incomplete"): "incomplete",
    ("plank", "sag"): "sagging", ("plank", "pike"): "piking",
}  # fmt: skip
"""What the shipped files say to each drawn fault."""


@pytest.mark.parametrize("name", ["push_up", "biceps_curl", "lateral_raise", "sit_to_stand", "plank"])
def test_each_drawn_exercise_is_counted_and_each_fault_warned_of_in_its_own_repetition(
    model_bundle: Path, name: str
) -> None:
    faults = {fault for exercise, fault in CUES if exercise == name}
    athlete = Athlete(name, "mix", reps=2 * len(faults))
    drawn = athlete.repetitions(1000) or athlete.holds(1000)
    coach = Coach(load_exercise(ROOT / "config" / "exercises" / f"{name}.yaml"))
    counted, warned, held, tempi = drawn_session(model_bundle, athlete, coach, until_s=drawn[-1].end_s + 3, fps=10)
    assert len(counted if athlete.repetitions(1000) else held) == len(drawn)
    if not athlete.holds(1000):
        # The drawn trunk tips before it rises, and not with the course of least jerk.
        mean_s = 0.12 if name == "sit_to_stand" else 0.1
        assert_tempi_are_those_drawn(athlete.repetitions(1000), tempi, mean_s)
    for hold, length_s in zip(athlete.holds(1000), held, strict=False):
        assert length_s == pytest.approx(hold.end_s - hold.start_s, abs=1)
    for one in drawn:
        # A fault of a whole repetition is known, and said, when the start has been reached again.
        said = {cue for cue, t_s in warned if one.start_s - 0.5 <= t_s <= one.end_s + 0.5}
        assert said == ({CUES[name, one.fault]} if one.fault != "none" else set())


def assert_tempi_are_those_drawn(drawn: Sequence[Repetition], tempi: Sequence[TempoEvent], mean_s: float = 0.1) -> None:
    """Each way out and back to 0.15 s, and those of a session on average to `mean_s`."""
    assert [tempo.number for tempo in tempi] == [repetition.number for repetition in drawn]
    out_s = [tempo.out_s - (one.bottom_s - one.start_s) for one, tempo in zip(drawn, tempi, strict=True)]
    back_s = [tempo.back_s - (one.end_s - one.bottom_s) for one, tempo in zip(drawn, tempi, strict=True)]
    assert max(map(abs, out_s + back_s)) < 0.15
    assert max(abs(fmean(out_s)), abs(fmean(back_s))) < mean_s


def drawn_session(
    bundle: Path, athlete: Athlete, coach: Coach, *, until_s: float, fps: int
) -> tuple[list[float], list[tuple[str, float]], list[float], list[TempoEvent]]:
    """The athlete drawn, seen by the engine and judged: when repetitions and warnings came, lengths of holds, tempi."""
    counted: list[float] = []
    warned: list[tuple[str, float]] = []
    held_s: list[float] = []
    tempi: list[TempoEvent] = []
    engine, tracks = LiteRTEngine(bundle), Tracks()
    for number in range(round(until_s * fps)):
        t_s = number / fps
        pose = tracks.follow(t_s, engine.detect(Frame(athlete.draw(t_s, 640, 480), t_s, number)))
        for event in coach.step(t_s, pose):
            match event:
                case RepEvent(partial=False):
                    counted.append(event.t_s)
                case HoldEvent():
                    held_s.append(event.held_s)
                case TempoEvent():
                    tempi.append(event)
                case WarningEvent(on=True):
                    warned.append((event.warning.id, event.t_s))
    engine.close()
    ended = coach.finish()
    held_s.extend(event.held_s for event in ended if isinstance(event, HoldEvent))
    tempi.extend(event for event in ended if isinstance(event, TempoEvent))
    return counted, warned, held_s, tempi
