"""From drawn pictures through MediaPipe to the count: what the athlete did is what the coach saw, at any frame rate."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.athlete import Athlete
from kiosk.camera import Frame
from kiosk.coach import Coach, RepEvent, WarningEvent
from kiosk.pose.mediapipe import MediaPipeEngine
from kiosk.pose.tracks import Tracks
from kiosk.rules import load_exercise
from tests.conftest import ROOT


@pytest.mark.parametrize("fps", [10, 15, 30])
def test_ten_clean_squats_are_ten_and_nothing_is_warned_of(model_bundle: Path, fps: int) -> None:
    athlete = Athlete("squat", reps=10)
    drawn = athlete.repetitions(1000)
    coach = Coach(load_exercise(ROOT / "config" / "exercises" / "squat.yaml"))
    counted: list[float] = []
    warned: list[str] = []

    def judge() -> None:
        engine, tracks = MediaPipeEngine(model_bundle), Tracks()
        for number in range(round((drawn[-1].end_s + 1) * fps)):
            t_s = number / fps
            pose = tracks.follow(t_s, engine.detect(Frame(athlete.draw(t_s, 640, 480), t_s, number)))
            for event in coach.step(t_s, pose):
                match event:
                    case RepEvent(partial=False):
                        counted.append(event.t_s)
                    case WarningEvent(on=True):
                        warned.append(event.warning.id)
        engine.close()

    with ThreadPoolExecutor(1) as sealed:
        sealed.submit(judge).result()
    assert len(counted) == 10
    assert warned == []
    assert coach.partials == 0
    for repetition, t_s in zip(drawn, counted, strict=True):
        assert repetition.bottom_s < t_s < repetition.end_s + 0.5
