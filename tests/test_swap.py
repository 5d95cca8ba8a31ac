"""The model is changed between two frames while somebody exercises, and nothing that is counted is lost."""

import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import pytest

from kiosk import models
from kiosk.coaching.events import RepEvent
from kiosk.demo.athlete import Athlete
from kiosk.flow import Update
from kiosk.health.heartbeat import Heartbeat
from kiosk.health.load import Work
from kiosk.health.pace import Pace
from kiosk.pose.choice import engine_like
from kiosk.pose.swap import Engines
from kiosk.rules.compiler import load_exercise
from tests.conftest import ROOT
from tests.drawn_camera import HEIGHT_PX, WIDTH_PX, DrawnCamera, run_chain

FPS = 15
SMALL = Pace(1, 30.0, "busy", "lite")
LARGE = Pace(0, 30.0)


@pytest.fixture
def smaller(model_bundle: Path) -> Mapping[str, Path]:
    """The model `lite` where it was fetched, else the same one under its name."""
    return models.next_smaller("full", model_bundle.parent) or {"lite": model_bundle}


def squat(bundle: Path, smaller: Mapping[str, Path], paces: Mapping[int, Pace]) -> list[Work]:
    """Let the athlete squat and hold the count against what is drawn; each pace is set at the bottom of a repetition.

    Return what the worker had done by each frame, at last without video.
    """
    athlete = Athlete("squat", reps=5)
    drawn = list(athlete.repetitions(1000.0))
    camera = DrawnCamera(lambda t_s: athlete.draw(t_s, WIDTH_PX, HEIGHT_PX), drawn[-1].end_s + 3, FPS)
    due = {drawn[number].bottom_s: pace for number, pace in paces.items()}
    is_made = threading.Event()
    counted: list[float] = []
    done: list[Work] = []

    def take(update: Update) -> None:
        is_made.wait()
        counted.extend(event.t_s for event in update.events if isinstance(event, RepEvent))
        done.append(pipeline.work)
        for bottom_s in [bottom_s for bottom_s in due if update.t_s >= bottom_s]:
            pipeline.pace(due.pop(bottom_s))

    rule = load_exercise(ROOT / "config" / "exercises" / "squat.yaml")
    pipeline, failed = run_chain(camera, rule, bundle, take, smaller)
    is_made.set()
    assert camera.over.wait(100)
    pipeline.stop(5)
    assert failed == []
    assert len(counted) == len(drawn)
    for one, t_s in zip(drawn, counted, strict=True):
        assert one.bottom_s < t_s < one.end_s + 0.5
    return [*done, pipeline.work]


def test_a_change_of_the_model_in_the_middle_of_a_repetition_loses_none(
    model_bundle: Path, smaller: Mapping[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        done = squat(model_bundle, smaller, {1: SMALL, 3: LARGE})
    assert len(caplog.messages) == 1, "of the engine, not of each change: the pacer tells that"
    assert [model for model, _ in groupby(work.model for work in done)] == ["full", "lite", "full"]
    assert all(work.frame_s for work in done[FPS:-1]), "somebody is there"
    assert done[0] == done[-1] == Work(0.0, None, "full", ("full", "lite"))


def test_a_model_that_does_not_start_is_told_once_and_the_other_goes_on(
    model_bundle: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = tmp_path / "pose_lite.task"
    damaged.write_bytes(model_bundle.read_bytes()[:5000])
    with caplog.at_level(logging.WARNING):
        done = squat(model_bundle, {"lite": damaged}, {1: SMALL, 2: LARGE, 3: SMALL})
    assert {work.model for work in done} == {"full"}
    assert done[-1].models == ("full",)
    [line] = caplog.messages
    assert line.startswith("full stays until the kiosk starts anew, for lite fails: LiteRT does not start with")


def test_a_change_may_take_as_long_as_a_start(
    model_bundle: Path, smaller: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[Heartbeat] = []
    late: list[float | None] = []
    make = Heartbeat.__init__

    def made(beat: Heartbeat, *values: object) -> None:
        make(beat, *values)  # type: ignore[arg-type]
        beats.append(beat)

    def chosen(*values: object) -> object:
        late.extend(beat.overdue_s(time.monotonic() + 15, 0.0) for beat in beats if beat.part == "pose")
        return engine_like(*values)  # type: ignore[arg-type]

    monkeypatch.setattr(Heartbeat, "__init__", made)
    monkeypatch.setattr("kiosk.pose.swap.engine_like", chosen)
    squat(model_bundle, smaller, {1: SMALL})
    assert late == [None], "were it 15 s later"


def test_mediapipe_changes_its_model_too(model_bundle: Path, smaller: Mapping[str, Path]) -> None:
    engines = Engines("mediapipe", {"full": model_bundle, **smaller})
    assert engines.name == ""
    with ThreadPoolExecutor(1) as sealed:
        engine = sealed.submit(engines.open).result()
        engines.use("lite")
        assert engines.is_due()
        other = sealed.submit(engines.change, engine).result()
        assert other is not engine
        assert (engines.name, engines.model, engines.is_due()) == ("mediapipe", "lite", False)
        sealed.submit(other.close).result()
