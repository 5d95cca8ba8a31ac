"""Less before the box slows itself or when it is too slow, all again afterwards; what is counted stays the same."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.coaching.events import RepEvent, WarningEvent
from kiosk.demo.athlete import Athlete
from kiosk.flow import Update
from kiosk.health import heat as heat_module
from kiosk.health import pacer as pacer_module
from kiosk.health.heat import Heat
from kiosk.health.load import LATE_S, Work
from kiosk.health.pace import COOL_C, DOWN_S, HOT_C, LEAST_FPS, UP_S, Pace, Steps
from kiosk.health.pacer import Pacer
from kiosk.rules.compiler import load_exercise
from kiosk.words import Phrase
from tests.conftest import ROOT
from tests.drawn_camera import HEIGHT_PX, WIDTH_PX, DrawnCamera, run_chain
from tests.test_heat import program, zone
from tests.waiting import until

LOOK_S = 5.0
COOL, WARM, HOT = (Heat(80 - reserve_c, reserve_c) for reserve_c in (COOL_C, COOL_C - 1, HOT_C))


def work(fps: float, frame_s: float = 0.01, model: str = "full", models: tuple[str, ...] = ("full",)) -> Work:
    """What a worker does that by default keeps up with a model that has no smaller one."""
    return Work(fps, frame_s if fps else None, model, models)


FINE = work(30.0)


def over(steps: Steps, begin_s: float, heats: list[Heat], done: Work = FINE) -> list[Pace]:
    """The pace at each look, one each LOOK_S."""
    return [steps.look(begin_s + number * LOOK_S, done, heat) for number, heat in enumerate(heats)]


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
        pace = steps.look(number * LOOK_S, work(30.0), HOT if hot else COOL)
        changes += pace != before
        before, hot = pace, pace.level == 0
    assert changes <= 3600 / UP_S * 2


def test_a_box_that_slows_itself_or_has_weak_power_steps_down_without_a_thermometer() -> None:
    steps = Steps(30.0)
    assert steps.look(0, work(30.0), Heat(slowed=True)) == Pace(1, 20.0, "slowed")
    assert steps.look(1, work(30.0), Heat(slowed=False)).level == 1
    assert steps.look(UP_S + 1, work(30.0), Heat(slowed=False)) == Pace(0, 30.0)


def test_a_box_that_ceases_to_tell_does_not_stay_slow() -> None:
    steps = Steps(30.0)
    assert steps.look(0, work(30.0), HOT).level == 1
    assert steps.look(UP_S, work(30.0), Heat()).level == 0


@pytest.mark.parametrize(
    ("achieved", "expected"), [(12.0, [8.0]), (18.0, [12.0, 9.0, 8.0]), (8.0, []), (0.0, [20, 15, 10])]
)
def test_steps_are_of_what_the_box_achieves_and_never_below_the_least(achieved: float, expected: list[float]) -> None:
    steps = Steps(30.0)
    over(steps, 0, [COOL] * 5, work(achieved))
    lower = list(dict.fromkeys(pace.fps for pace in over(steps, 1000, [HOT] * 30, work(achieved)) if pace.level))
    assert lower == expected
    assert min([LEAST_FPS, *lower]) == LEAST_FPS


def test_looks_at_an_empty_room_say_nothing_of_what_the_box_achieves() -> None:
    steps = Steps(30.0)
    nobody = Work(2.5, None, "full", ("full",))
    assert over(steps, 0, [COOL, COOL, HOT], nobody)[-1] == Pace(1, 20.0, "hot")


# -- with a smaller model on the disk

BOTH = ("full", "lite")
QUICK, LATE = work(30.0, models=BOTH), work(10.0, 0.1, models=BOTH)
LATE_LOOKS = int(LATE_S / LOOK_S) + 1


def test_the_smaller_model_is_the_last_step_for_heat_and_the_first_that_is_taken_back() -> None:
    steps = Steps(30.0)
    down = over(steps, 0, [HOT] * 40, QUICK)
    rates = [Pace(1, 20.0, "hot"), Pace(2, 15.0, "hot"), Pace(3, 10.0, "hot")]
    assert list(dict.fromkeys(down)) == [*rates, Pace(4, 10.0, "hot", "lite")]
    up = over(steps, 1000, [COOL] * 100, work(10.0, model="lite", models=BOTH))
    assert list(dict.fromkeys(up)) == [*reversed(rates), Pace(0, 30.0)]


def test_a_box_whose_rate_is_at_its_least_already_takes_the_smaller_model_for_heat_at_once() -> None:
    steps = Steps(30.0)
    slow = work(8.0, 0.05, models=BOTH)
    over(steps, 0, [WARM] * 5, slow)
    assert over(steps, 1000, [HOT] * 10, slow)[-1] == Pace(1, 30.0, "hot", "lite")


def test_a_cool_box_that_is_late_takes_the_smaller_model_and_heat_is_a_step_on_top() -> None:
    steps = Steps(30.0)
    assert over(steps, 0, [COOL] * LATE_LOOKS, LATE)[-1] == Pace(1, 30.0, "busy", "lite")
    smaller = work(16.0, 0.06, model="lite", models=BOTH)
    hot = over(steps, 100, [COOL] * 12 + [HOT] * 30, smaller)
    assert [pace for pace in dict.fromkeys(hot) if pace.why == "hot"] == [
        Pace(2, 10.7, "hot", "lite"),
        Pace(3, 8.0, "hot", "lite"),
    ], "the model that is small already is no step for heat"
    assert list(dict.fromkeys(over(steps, 1000, [COOL] * 60, smaller)))[-1] == Pace(1, 30.0, "busy", "lite")


def test_a_hot_box_that_is_late_gets_fewer_frames_first() -> None:
    steps = Steps(30.0)
    hot = over(steps, 0, [COOL, *[HOT] * 20], LATE)
    assert list(dict.fromkeys(hot)) == [Pace(0, 30.0), Pace(1, 8.0, "hot"), Pace(2, 8.0, "hot", "lite")]


def test_without_a_smaller_model_a_late_box_has_no_step() -> None:
    assert set(over(Steps(30.0), 0, [COOL] * 100, work(10.0, 0.1))) == {Pace(0, 30.0)}


@pytest.mark.parametrize("heat", [COOL, HOT])
def test_a_smaller_model_that_does_not_start_is_no_step_any_more(heat: Heat) -> None:
    steps = Steps(30.0)
    assert over(steps, 0, [heat] * 40, LATE)[-1].smaller == "lite"
    left = over(steps, 1000, [heat] * 40, work(10.0, 0.1))
    assert {pace.smaller for pace in left} == {None}
    assert left[-1].level == (0 if heat is COOL else len({8.0, 30.0}) - 1)


# -- on a machine


@pytest.fixture
def hot_box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A machine whose temperature a test sets; it is looked at often, and steps follow quickly."""
    monkeypatch.setattr(heat_module, "ROOT", tmp_path)
    monkeypatch.setattr(pacer_module, "LOOK_S", 0.02)
    monkeypatch.setattr("kiosk.health.pace.DOWN_S", 0.1)
    monkeypatch.setattr("kiosk.health.pace.UP_S", 0.2)
    monkeypatch.setattr(heat_module, "ASK_S", 20.0)
    zone(tmp_path, 0, "cpu-thermal", "50000")
    program(tmp_path, "echo throttled=0x1")
    temp = tmp_path / "sys/class/thermal/thermal_zone0/temp"

    def set_c(temperature_c: float) -> None:
        new = temp.with_name("new")
        new.write_text(f"{temperature_c * 1000:.0f}\n")
        new.replace(temp)

    return set_c


def test_the_pipeline_staff_and_the_log_are_told_of_each_step_once(
    hot_box: Callable[[float], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    gone: list[Pace] = []
    pacer = Pacer(30.0, "full")
    pacer.start(lambda: QUICK, gone.append)
    until(lambda: pacer.heat.temperature_c == 50)
    assert [notice.key for notice in pacer.notices()] == ["power_weak"]
    hot_box(77)
    until(lambda: pacer.pace.level == 4)
    assert [notice.say("en") for notice in pacer.notices()][1:] == [
        "The box is hot: 10 frames a second until it has cooled",
        "The smaller pose model lite stands in, a little less exact",
    ]
    told = json.loads(json.dumps(pacer.to_json()))
    assert (told["level"], told["fps"], told["target_fps"], told["why"]) == (4, 10.0, 30.0, "hot")
    assert (told["temperature_c"], told["weak"]) == (77.0, True)
    hot_box(60)
    until(lambda: len(gone) == 9)
    pacer.stop()
    assert [pace.fps for pace in gone] == [30.0, 20.0, 15.0, 10.0, 10.0, 10.0, 15.0, 20.0, 30.0]
    assert [pace.smaller for pace in gone] == [None] * 4 + ["lite"] + [None] * 4
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1 + 8
    assert said[1] == "hot at 77 °C: at most 20 frames a second are judged"
    assert said[4] == "hot at 77 °C: at most 10 frames a second are judged, with the model lite"
    assert said[5] == "cooler at 60 °C: at most 10 frames a second are judged, with the model full"
    assert said[-1] == "cooler at 60 °C: at most 30 frames a second are judged"


def test_a_box_that_cannot_keep_up_says_which_model_it_uses(
    hot_box: Callable[[float], None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hot_box(50)
    monkeypatch.setattr("kiosk.health.load.LATE_S", 0.1)
    monkeypatch.setattr("kiosk.health.load.UP_S", 0.1)
    pacer, done = Pacer(30.0, "full"), [LATE]
    gone: list[Pace] = []
    pacer.start(lambda: done[-1], gone.append)
    until(lambda: pacer.pace.smaller == "lite")
    assert pacer.to_json()["model"] == "full", "not before it is in use"
    done.append(work(30.0, 0.02, model="lite", models=BOTH))
    until(lambda: pacer.model == "lite")
    assert [notice.key for notice in pacer.notices()][1:] == ["pace_busy", "pace_model"]
    assert pacer.to_json()["why"] == "busy"
    until(lambda: len(gone) == 3)
    pacer.stop()
    assert [pace.smaller for pace in gone] == [None, "lite", None]
    assert [record.getMessage() for record in caplog.records][1:] == [
        "too slow at 100 ms a frame: at most 30 frames a second are judged, with the model lite",
        "quick enough at 20 ms a frame: at most 30 frames a second are judged, with the model full",
    ]


def test_of_a_model_that_did_not_start_the_pacer_does_not_tell_again(
    hot_box: Callable[[float], None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hot_box(50)
    monkeypatch.setattr("kiosk.health.load.LATE_S", 0.1)
    pacer, done = Pacer(30.0, "full"), [LATE]
    gone: list[Pace] = []
    pacer.start(lambda: done[-1], gone.append)
    until(lambda: [pace.smaller for pace in gone] == [None, "lite"])
    said = len(caplog.records)
    done.append(work(10.0, 0.1))
    until(lambda: len(gone) == 3)
    pacer.stop()
    assert gone[-1] == Pace(0, 30.0)
    assert pacer.notices() == [Phrase("power_weak")]
    assert len(caplog.records) == said


def test_without_a_target_all_frames_are_told_as_none() -> None:
    told = Pacer(float("inf"), "heavy").to_json()
    assert (told["fps"], told["target_fps"], told["model"]) == (None, None, "heavy")


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
        pipeline.pace(Pace(0, pace))
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
