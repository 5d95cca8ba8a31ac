"""Fewer frames before the box slows itself, all of them when it has cooled; and what is counted stays the same."""

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.coaching.events import RepEvent, WarningEvent
from kiosk.demo.athlete import Athlete
from kiosk.health import heat as heat_module
from kiosk.health import pacer as pacer_module
from kiosk.health.heat import Heat
from kiosk.health.pace import COOL_C, DOWN_S, HOT_C, LEAST_FPS, UP_S, Pace, Steps
from kiosk.health.pacer import Pacer
from kiosk.pipeline import Update
from kiosk.rules.compiler import load_exercise
from tests.conftest import ROOT
from tests.drawn_camera import HEIGHT_PX, WIDTH_PX, DrawnCamera, run_chain
from tests.test_heat import program, zone

LOOK_S = 5.0
COOL, WARM, HOT = (Heat(80 - reserve_c, reserve_c) for reserve_c in (COOL_C, COOL_C - 1, HOT_C))


def over(steps: Steps, begin_s: float, heats: list[Heat], fps: float = 30.0) -> list[Pace]:
    """The pace at each look, one each LOOK_S."""
    return [steps.look(begin_s + number * LOOK_S, fps, heat) for number, heat in enumerate(heats)]


def test_it_steps_down_while_it_is_hot_and_up_again_when_it_has_been_cool_for_long() -> None:
    steps = Steps(30.0)
    assert over(steps, 0, [COOL, WARM] * 10) == [Pace(0, 30.0)] * 20
    down = over(steps, 1000, [HOT] * 30)
    assert list(dict.fromkeys(down)) == [Pace(1, 20.0, "hot"), Pace(2, 15.0, "hot"), Pace(3, 10.0, "hot")]
    assert down.index(Pace(2, 15.0, "hot")) == DOWN_S / LOOK_S
    assert set(over(steps, 2000, [WARM] * 100)) == {Pace(3, 10.0, "hot")}, "warm is neither"
    up = over(steps, 3000, [COOL] * 100)
    assert list(dict.fromkeys(up)) == [Pace(2, 15.0, "hot"), Pace(1, 20.0, "hot"), Pace(0, 30.0)]
    assert up.index(Pace(1, 20.0, "hot")) == UP_S / LOOK_S


def test_a_box_at_the_limit_does_not_swing_fast() -> None:
    steps = Steps(30.0)
    hot = False
    changes, before = 0, Pace(0, 30.0)
    for number in range(720):  # an hour in which each step changes the heat at once
        pace = steps.look(number * LOOK_S, 30.0, HOT if hot else COOL)
        changes += pace != before
        before, hot = pace, pace.level == 0
    assert changes <= 3600 / UP_S * 2


def test_a_box_that_slows_itself_or_has_weak_power_steps_down_without_a_thermometer() -> None:
    steps = Steps(30.0)
    assert steps.look(0, 30.0, Heat(slowed=True)) == Pace(1, 20.0, "slowed")
    assert steps.look(1, 30.0, Heat(slowed=False)).level == 1
    assert steps.look(UP_S + 1, 30.0, Heat(slowed=False)) == Pace(0, 30.0)


def test_a_box_that_ceases_to_tell_does_not_stay_slow() -> None:
    steps = Steps(30.0)
    assert steps.look(0, 30.0, HOT).level == 1
    assert steps.look(UP_S, 30.0, Heat()).level == 0


@pytest.mark.parametrize(
    ("achieved", "expected"), [(12.0, [8.0]), (18.0, [12.0, 9.0, 8.0]), (8.0, []), (0.0, [20, 15, 10])]
)
def test_steps_are_of_what_the_box_achieves_and_never_below_the_least(achieved: float, expected: list[float]) -> None:
    steps = Steps(30.0)
    over(steps, 0, [COOL] * 5, achieved)
    lower = list(dict.fromkeys(pace.fps for pace in over(steps, 1000, [HOT] * 30, achieved) if pace.level))
    assert lower == expected
    assert min([LEAST_FPS, *lower]) == LEAST_FPS


# -- on a machine


@pytest.fixture
def hot_box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A machine whose temperature a test sets; it is looked at often, and steps follow quickly."""
    monkeypatch.setattr(heat_module, "ROOT", tmp_path)
    monkeypatch.setattr(pacer_module, "LOOK_S", 0.02)
    monkeypatch.setattr("kiosk.health.pace.DOWN_S", 0.1)
    monkeypatch.setattr("kiosk.health.pace.UP_S", 0.2)
    zone(tmp_path, 0, "cpu-thermal", "50000")
    program(tmp_path, "echo throttled=0x1")
    temp = tmp_path / "sys/class/thermal/thermal_zone0/temp"

    def set_c(temperature_c: float) -> None:
        new = temp.with_name("new")
        new.write_text(f"{temperature_c * 1000:.0f}\n")
        new.replace(temp)

    return set_c


def until(true: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def test_the_pipeline_staff_and_the_log_are_told_of_each_step_once(
    hot_box: Callable[[float], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    gone: list[float] = []
    pacer = Pacer(30.0)
    pacer.start(lambda: 30.0, gone.append)
    until(lambda: pacer.heat.temperature_c == 50)
    assert [notice.key for notice in pacer.notices()] == ["power_weak"]
    hot_box(77)
    until(lambda: pacer.pace.level == 3)
    assert [notice.say("en") for notice in pacer.notices()][
        1
    ] == "The box is hot: 10 frames a second until it has cooled"
    told = json.loads(json.dumps(pacer.to_json()))
    assert (told["level"], told["fps"], told["target_fps"], told["why"]) == (3, 10.0, 30.0, "hot")
    assert (told["temperature_c"], told["weak"]) == (77.0, True)
    hot_box(60)
    until(lambda: pacer.pace.level == 0)
    pacer.stop()
    assert gone == [30.0, 20.0, 15.0, 10.0, 15.0, 20.0, 30.0]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1 + 6
    assert said[1] == "hot at 77 °C: at most 20 frames a second are judged"
    assert said[-1] == "cooler at 60 °C: at most 30 frames a second are judged"


def test_without_a_target_all_frames_are_told_as_none() -> None:
    told = Pacer(float("inf")).to_json()
    assert (told["fps"], told["target_fps"]) == (None, None)


# -- what is counted


def test_a_change_of_pace_in_the_middle_of_training_changes_no_count_and_no_warning(model_bundle: Path) -> None:
    athlete = Athlete("squat", "mix", reps=8)
    drawn = athlete.repetitions(1000.0)
    camera = DrawnCamera(lambda t_s: athlete.draw(t_s, WIDTH_PX, HEIGHT_PX), drawn[-1].end_s + 3, 30)
    counted: list[float] = []
    warned: list[tuple[str, float]] = []
    rates: dict[float, float] = {}

    def take(update: Update) -> None:
        counted.extend(event.t_s for event in update.events if isinstance(event, RepEvent))
        warned.extend((e.warning.id, e.t_s) for e in update.events if isinstance(e, WarningEvent) and e.on)
        pace = next(fps for until_s, fps in paces if update.t_s < until_s)
        pipeline.pace(pace)
        rates[pace] = update.fps

    paces = [(drawn[1].bottom_s, 30.0), (drawn[3].bottom_s, 20.0), (drawn[5].bottom_s, 10.0), (1e9, 8.0)]
    rule = load_exercise(ROOT / "config" / "exercises" / "squat.yaml")
    pipeline, failed = run_chain(camera, rule, model_bundle, take)
    assert camera.over.wait(100)
    pipeline.stop(5)
    assert failed == []
    assert len(counted) == len(drawn)
    cues = {"none": set(), "deep": {"knee_load"}, "lean": {"lumbar_load"}, "shallow": {"shallow"}}
    for one, t_s in zip(drawn, counted, strict=True):
        assert one.bottom_s < t_s < one.end_s + 0.5
        said = {cue for cue, at_s in warned if one.start_s - 0.5 <= at_s <= one.end_s + 0.5}
        assert said == cues[one.fault]
    assert [rates[fps] for _, fps in paces[:3]] == pytest.approx([30, 20, 10], rel=0.15)
