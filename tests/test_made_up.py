"""The made-up year has what a real one has, and is the same each time."""

import json
from datetime import date
from pathlib import Path

from kiosk.dates import local
from kiosk.history.export import export
from kiosk.history.file import NAME
from kiosk.history.made_up import EXERCISES, make_year
from kiosk.history.past import Selection
from kiosk.history.training import Training


def test_a_year_has_everything(tmp_path: Path) -> None:
    made = make_year(tmp_path, 3000)
    with Training(tmp_path / NAME) as training:
        reps = list(training.repetitions(Selection()))
        assert made == len(reps) == 3000
        began = [local(visit.began_s).date() for visit in training.visits(Selection())]
        assert began[0] in (date(2024, 12, 31), date(2025, 1, 1)), "by time zone"
        assert began[-1] > date(2025, 12, 20)
        assert {one.exercise for one in training.sets(Selection())} == {*EXERCISES, "plank"}
        assert list(training.holds(Selection()))
        warnings = list(training.warnings(Selection(), series=True))
        assert {warning.verdict for warning in warnings} == {None, "right", "false_alarm"}
        assert all(warning.series and len(warning.series.values["knee"]) == 31 for warning in warnings if
                   warning.exercise == "squat")  # fmt: skip
        assert None in {visit.person for visit in training.visits(Selection())}


def test_the_same_seed_makes_the_same_year(tmp_path: Path) -> None:
    for name in ("one", "two", "other"):
        make_year(tmp_path / name, 60, seed=7 if name == "other" else 1)
        export(tmp_path / name / NAME, tmp_path / f"{name}.json", Selection())
    one, two, other = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("one", "two", "other"))
    assert one == two
    assert one != other
