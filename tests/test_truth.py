"""From the drawn picture to the report: what the athlete did is what the report says, through every part between."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from statistics import fmean

import pytest

from kiosk.demo.athlete import Athlete, Repetition
from kiosk.flow import Update
from kiosk.history.file import NAME
from kiosk.history.keeper import Keeper
from kiosk.history.past import Selection
from kiosk.history.writer import History
from kiosk.report.contents import ExerciseReport
from kiosk.report.data import read_report
from kiosk.rules.compiler import load_exercise
from tests.conftest import ROOT
from tests.drawn_camera import HEIGHT_PX, WIDTH_PX, DrawnCamera, run_chain
from tests.histories import ToldClock
from tests.training_stories import rules

FPS = 15
LONGEST_S = 100


def trained(
    folder: Path, bundle: Path, exercise: str, fault: str, reps: int
) -> tuple[list[Repetition], ExerciseReport]:
    """Let the athlete train before the whole chain; return what was drawn and what the report says."""
    athlete = Athlete(exercise, fault, reps=reps)
    drawn = list(athlete.repetitions(1000.0))
    camera = DrawnCamera(lambda t_s: athlete.draw(t_s, WIDTH_PX, HEIGHT_PX), drawn[-1].end_s + 3, FPS)
    rule = load_exercise(ROOT / "config" / "exercises" / f"{exercise}.yaml")
    clock = ToldClock(datetime(2026, 3, 2, 12), monotonic_s=0.0)
    history = History(folder, keep_days=365, failed=print, clock=clock)
    keeper = Keeper(history, rule, clock, lambda: True)

    def keep(update: Update) -> None:
        if update.no_video is None:
            clock.pass_s(update.t_s - clock.now_s())
            keeper.take(update)

    history.start()
    pipeline, failed = run_chain(camera, rule, bundle, keep)
    assert camera.over.wait(LONGEST_S)
    pipeline.stop(5)
    keeper.finish()
    history.close(10)
    assert failed == []
    [report] = read_report(folder / NAME, Selection(), rules()).exercises
    return drawn, report


def moments(one: Repetition) -> Iterator[float]:
    """The moments from a repetition's start to its end."""
    return (one.start_s + (one.end_s - one.start_s) * part / 100 for part in range(101))


@pytest.mark.parametrize(("exercise", "angle"), [("squat", "knee"), ("biceps_curl", "elbow")])
def test_the_report_says_what_was_drawn(exercise: str, angle: str, tmp_path: Path, model_bundle: Path) -> None:
    drawn, report = trained(tmp_path, model_bundle, exercise, "mix", 8)
    assert (report.repetitions, report.partials) == (len(drawn), 0), "the shallow and the weak ones count, with a word"
    athlete = Athlete(exercise, "mix", reps=8)
    curves = [[deg(athlete, t_s, angle) for t_s in moments(one)] for one in drawn]
    said = next(one for one in report.angles if one.measure == angle)
    assert said.lowest == pytest.approx(fmean(min(curve) for curve in curves), abs=5)
    assert said.extent == pytest.approx(fmean(max(curve) - min(curve) for curve in curves), abs=5)
    assert report.tempo is not None
    assert report.tempo.out.mean_s == pytest.approx(fmean(one.bottom_s - one.start_s for one in drawn), abs=0.1)
    assert report.tempo.back.mean_s == pytest.approx(fmean(one.end_s - one.bottom_s for one in drawn), abs=0.1)
    assert len(report.tempo.course) == len(drawn)
    for one, shown in zip(drawn, report.tempo.course, strict=True):
        assert shown.out_s == pytest.approx(one.bottom_s - one.start_s, abs=0.1)
        assert shown.back_s == pytest.approx(one.end_s - one.bottom_s, abs=0.1)


def deg(athlete: Athlete, t_s: float, angle: str) -> float:
    return athlete.truth(t_s, WIDTH_PX, HEIGHT_PX).angles_deg[angle]
