"""The numbers of a report against numbers worked out by hand, by plain Python, and the drawn athlete's truth."""

from datetime import date
from pathlib import Path
from statistics import fmean, stdev

import pytest

from kiosk.history.file import NAME
from kiosk.history.made_up import make_year
from kiosk.history.past import Selection
from kiosk.history.training import Training
from kiosk.report.data import nothing, read_report
from kiosk.report.rules import Rules
from tests.histories import ToldClock, run
from tests.training_stories import MONDAY, Done, Rep, Warned, drawn, report_on, rules, store_days, store_visit


def squat(lowest: float, out_s: float = 2.0, back_s: float = 1.0, *, partial: bool = False) -> Rep:
    return Rep(out_s, back_s, partial=partial, measures={"bend": (150, lowest, 165)})


def raised(left: float, right: float) -> Rep:
    measures: dict[str, tuple[float | None, float | None, float | None]] = {
        "left_arm": (20, 20, left),
        "right_arm": (20, 20, right),
        "arms": (20, 20, max(left, right)),
    }
    return Rep(1.0, 1.0, measures=measures)


def test_counts(tmp_path: Path) -> None:
    days = [[Done(reps=[squat(90), squat(100), squat(130, partial=True)]), Done("plank", holds_s=[20, 30])], [Done()]]
    report = report_on(tmp_path, days)
    assert (report.visits, report.days, report.sets, report.repetitions, report.partials) == (2, 2, 3, 2, 1)
    assert (report.first, report.last, report.step) == (date(2026, 3, 2), date(2026, 3, 3), "day")
    assert [(one.rules.name, one.sets, one.visits) for one in report.exercises] == [("squat", 2, 2), ("plank", 1, 1)]
    assert report.held_s == 50
    holds = report.exercises[1].holds
    assert holds is not None
    assert (holds.count, holds.total_s, holds.longest_s, holds.target_s, holds.reached) == (2, 50, 30, 60, 0)
    assert [(part.day.day, part.sets, part.repetitions, part.held_s) for part in report.parts] == [
        (2, 2, 2, 50),
        (3, 1, 0, 0),
    ]


def test_reach_is_of_whole_repetitions_against_the_target(tmp_path: Path) -> None:
    reps = [squat(80), squat(90), squat(100), squat(125, partial=True)]
    reach = report_on(tmp_path, [[Done(reps=reps)]]).exercises[0].reach
    assert reach is not None
    assert (reach.measure, reach.unit, reach.falls, reach.repetitions) == ("bend", "deg", True, 3)
    assert (reach.mean, reach.best, reach.target) == (90, 80, 110)
    assert (reach.least, reach.most) == (99, 81)  # between the 5th and 95th of a hundred, interpolated
    assert reach.extent == 75  # from 165 to 90
    assert reach.change is None  # of one day


def test_the_trend_is_farther_when_it_is_positive(tmp_path: Path) -> None:
    days = [[Done(reps=[squat(100 - 2 * day)] * 3)] for day in range(5)]
    reach = report_on(tmp_path, days).exercises[0].reach
    assert reach is not None
    assert reach.change == pytest.approx(8)


def test_where_lengths_count_the_angle_that_changes_most_shows_the_range(tmp_path: Path) -> None:
    measures: dict[str, tuple[float | None, float | None, float | None]] = {
        "forearm": (-0.17, -0.3, 0.4),
        "elbow": (160, 50, 165),
        "trunk": (2, 1, 5),
    }
    exercise = report_on(tmp_path, [[Done("biceps_curl", [Rep(measures=measures)])]]).exercises[0]
    assert exercise.reach is not None
    assert (exercise.reach.measure, exercise.reach.mean, exercise.reach.target) == ("elbow", 50, None)
    assert [angle.measure for angle in exercise.angles] == ["elbow", "trunk"]
    lengths = report_on(
        tmp_path / "other", [[Done("jumping_jack", [Rep(measures={"hands": (-0.5, -0.6, 0.7)})])]]
    ).exercises[0]
    assert lengths.reach is not None
    assert (lengths.reach.measure, lengths.reach.unit) == ("hands", "torso")
    assert lengths.reach.mean == pytest.approx(0.7)
    assert lengths.reach.target == 0.1


def test_tempo(tmp_path: Path) -> None:
    times = [(0.5, 1.0), (2.0, 0.5), (2.0, 1.0), (5.0, 2.0)]
    sets = [Done(reps=[squat(90, out_s, back_s) for out_s, back_s in times]), Done(reps=[squat(90)] * 3)]
    tempo = report_on(tmp_path, [sets]).exercises[0].tempo
    assert tempo is not None
    assert tempo.out.mean_s == pytest.approx((9.5 + 6) / 7)
    assert (tempo.out.target_s, tempo.out.fast, tempo.out.slow) == ((1.0, 4.0), 1, 1)
    assert (tempo.back.target_s, tempo.back.fast, tempo.back.slow) == ((0.7, 3.0), 1, 0)
    seconds = [out_s + back_s for out_s, back_s in times]
    assert tempo.evenness == pytest.approx((stdev(seconds) / fmean(seconds) + 0) / 2)
    assert (tempo.evenness_target, tempo.sets, tempo.even) == (0.25, 2, 1)
    assert (tempo.long_sets, tempo.slower, tempo.shorter) == (0, None, None)


def test_fatigue_is_the_last_third_of_long_sets_against_the_first(tmp_path: Path) -> None:
    tired = [
        squat(80, 1.0, 1.0),
        squat(82, 1.0, 1.0),
        squat(0),
        squat(0),
        squat(0),
        squat(90, 1.5, 1),
        squat(92, 1.5, 1),
    ]
    other = [squat(90, 1.0, 1.0)] * 6
    tempo = report_on(tmp_path, [[Done(reps=tired), Done(reps=other), Done(reps=other[:5])]]).exercises[0].tempo
    assert tempo is not None
    assert tempo.long_sets == 2
    assert tempo.slower == pytest.approx(0.25 / 2)
    assert tempo.shorter == pytest.approx(10 / 2)
    assert [one.repetitions for one in tempo.course] == [3, 3, 3, 3, 3, 2, 1]
    assert tempo.course[5].out_s == pytest.approx(1.25)


def test_symmetry_of_sides_that_move_together(tmp_path: Path) -> None:
    symmetry = report_on(tmp_path, [[Done("lateral_raise", [raised(100, 80), raised(100, 90)])]]).exercises[0].symmetry
    assert symmetry is not None
    assert (symmetry.measure, symmetry.apart) == ("arm", False)
    assert (symmetry.left.extent, symmetry.right.extent) == (80, 65)
    assert symmetry.share == pytest.approx(65 / 80)


def test_symmetry_of_sides_that_take_turns(tmp_path: Path) -> None:
    reps = [raised(100, 30), raised(25, 90), raised(110, 30), raised(20, 90)]
    symmetry = report_on(tmp_path, [[Done("lateral_raise", reps)]]).exercises[0].symmetry
    assert symmetry is not None
    assert (symmetry.left.repetitions, symmetry.right.repetitions) == (2, 2)
    assert (symmetry.left.extent, symmetry.right.extent) == (85, 70)


def test_symmetry_of_sides_that_are_counted_apart(tmp_path: Path) -> None:
    reps = [
        Rep(1.0, 1.0, side="left", measures={"bend": (150, 90, 150)}),
        Rep(1.0, 2.0, side="right", measures={"bend": (150, 100, 150)}),
        Rep(1.0, 2.0, side="right", measures={"bend": (150, 110, 150)}),
    ]
    symmetry = report_on(tmp_path, [[Done(reps=reps)]]).exercises[0].symmetry
    assert symmetry is not None
    assert symmetry.apart
    assert (symmetry.left.repetitions, symmetry.left.extent, symmetry.left.seconds) == (1, 60, 2)
    assert (symmetry.right.repetitions, symmetry.right.extent, symmetry.right.seconds) == (2, 45, 3)
    assert symmetry.share == pytest.approx(0.75)


def test_warnings(tmp_path: Path) -> None:
    warned = [
        Warned("knee_load", "out", 0.1),
        Warned("knee_load", "out", 0.99),
        Warned("knee_load", "end", 1.0),
        Warned("knee_load", "back", 1.2),
        Warned("knee_load", "back", 0.0),
        Warned("shallow", None, None, "info"),
        Warned("of_old_rules", "start", None),
    ]
    exercise = report_on(tmp_path, [[Done(reps=[squat(90)] * 8 + [squat(130, partial=True)] * 2, warnings=warned)]])
    kinds = exercise.exercises[0].warnings
    assert [(kind.id, kind.level, kind.count, kind.per_100, kind.elsewhere) for kind in kinds] == [
        ("knee_load", "danger", 5, 50, 0),
        ("of_old_rules", "danger", 1, 10, 1),
        ("shallow", "info", 1, 10, 1),
    ]
    assert kinds[0].moments == (1, 0, 0, 1, 1, 1, 0, 0, 1)
    assert kinds[0].say["zh"] == "膝盖压力过大，请控制下蹲深度"
    assert kinds[1].say == {"en": "of_old_rules", "zh": "of_old_rules"}
    assert exercise.exercises[0].warnings_per_100 == 70


def test_best_and_last_visit(tmp_path: Path) -> None:
    few, many = [squat(90)] * 3, [squat(100)] * 5
    days = [[Done(reps=many, warnings=[Warned()])], [Done(reps=many)], [Done(reps=few)]]
    exercise = report_on(tmp_path, days).exercises[0]
    assert exercise.best is not None
    assert (exercise.best.part.day.day, exercise.last.part.day.day) == (3, 4)
    assert (exercise.best.part.reach, exercise.last.part.reach) == (100, 90)
    assert report_on(tmp_path / "one", days[:1]).exercises[0].best is None


def test_timed_tests(tmp_path: Path) -> None:
    tests = report_on(tmp_path, [[Done("sit_to_stand", tests=[11])], [Done("sit_to_stand", tests=[14, 12])]])
    (found,) = tests.exercises[0].tests
    assert (found.timed_s, found.count, found.best, found.last) == (30, 3, 14, 12)


def test_one_persons_report(tmp_path: Path) -> None:
    with run(tmp_path, ToldClock(MONDAY)) as running:
        store_visit(running, [Done(reps=[squat(90)])], "ＡＮＮＡ")
        store_visit(running, [Done(reps=[squat(80)])], "Anna")
        store_visit(running, [Done(reps=[squat(70)])], "Ben")
    report = read_report(tmp_path / NAME, Selection(person="anna"), rules())
    assert (report.person, report.repetitions) == ("Anna", 2)
    missing = read_report(tmp_path / NAME, Selection(person="Carl"), rules())
    assert (missing.person, missing.repetitions, missing.exercises) == ("Carl", 0, ())


def test_one_repetition(tmp_path: Path) -> None:
    report = report_on(tmp_path, [[Done(reps=[squat(90)])]])
    exercise = report.exercises[0]
    assert (report.step, exercise.repetitions, len(exercise.parts), exercise.best) == ("set", 1, 1, None)
    assert exercise.tempo is not None
    assert (exercise.tempo.evenness, exercise.tempo.slower) == (None, None)


def test_partial_repetitions_alone(tmp_path: Path) -> None:
    exercise = report_on(tmp_path, [[Done(reps=[squat(130, partial=True)], warnings=[Warned()])]]).exercises[0]
    assert (exercise.repetitions, exercise.partials, exercise.reach, exercise.tempo) == (0, 1, None, None)
    assert exercise.warnings[0].per_100 == 100


def test_an_exercise_without_its_file(tmp_path: Path) -> None:
    exercise = report_on(tmp_path, [[Done("gone", [squat(90)] * 3, warnings=[Warned("old")])]]).exercises[0]
    assert not exercise.known
    assert exercise.rules == Rules("gone", {"en": "gone", "zh": "gone"})
    assert (exercise.repetitions, exercise.reach, exercise.angles, exercise.symmetry) == (3, None, (), None)
    assert exercise.tempo is not None
    assert exercise.tempo.out.target_s is None


def test_measures_that_were_never_known(tmp_path: Path) -> None:
    reps = [
        Rep(measures={"bend": (None, None, None)}),
        Rep(measures={}),
        Rep(0.0, 0.0, measures={"trunk": (None, 50, None)}),
    ]
    exercise = report_on(tmp_path, [[Done(reps=reps * 3)]]).exercises[0]
    assert (exercise.repetitions, exercise.reach, exercise.angles) == (9, None, ())


def test_nothing() -> None:
    report = nothing(Selection(first=date(2026, 3, 2), person="Anna"))
    assert (report.person, report.first, report.last, report.exercises, report.parts) == (
        "Anna",
        date(2026, 3, 2),
        date(2026, 3, 2),
        (),
        (),
    )
    assert report.to_json()["first"] == "2026-03-02"


def test_a_history_equals_the_drawn_athletes_truth(tmp_path: Path) -> None:
    truth, reps = drawn("mix", 24)
    days = [[Done(reps=reps[begin : begin + 4]), Done(reps=reps[begin + 4 : begin + 8])] for begin in (0, 8, 16)]
    exercise = report_on(tmp_path, days).exercises[0]
    whole = [one for one in truth if one.fault != "shallow"]
    assert 0 < len(whole) < len(truth)
    assert (exercise.repetitions, exercise.partials) == (len(whole), len(truth) - len(whole))
    assert exercise.tempo is not None
    assert exercise.reach is not None
    assert exercise.tempo.out.mean_s == pytest.approx(fmean(one.bottom_s - one.start_s for one in whole), abs=0.1)
    assert exercise.tempo.back.mean_s == pytest.approx(fmean(one.end_s - one.bottom_s for one in whole), abs=0.1)
    # By kiosk.moves: the thigh and the shank of a whole squat make 87.5 degrees, of a deep one 67, of a leaning one 87.
    known = {"none": 180 - 18.5 - 74, "deep": 180 - 40 - 73, "lean": 180 - 17 - 76}
    assert exercise.reach.mean == pytest.approx(fmean(known[one.fault] for one in whole), abs=5)
    assert exercise.reach.best == pytest.approx(min(known.values()), abs=5)


def test_a_year_equals_plain_counting(tmp_path: Path) -> None:
    make_year(tmp_path, 3000)
    path, wanted = tmp_path / NAME, Selection(person="anna", exercise="squat")
    exercise = read_report(path, wanted, rules()).exercises[0]
    with Training(path) as training:
        reps, warnings = list(training.repetitions(wanted)), list(training.warnings(wanted))
    whole = [rep for rep in reps if not rep.partial]
    assert (exercise.repetitions, exercise.partials) == (len(whole), len(reps) - len(whole))
    assert exercise.tempo is not None
    assert exercise.tempo.out.mean_s == pytest.approx(fmean(rep.out_s for rep in whole))
    of_set: dict[str, list[float]] = {}
    for rep in whole:
        of_set.setdefault(rep.set, []).append(rep.out_s + rep.back_s)
    spread = [stdev(times) / fmean(times) for times in of_set.values() if len(times) >= 3]
    assert exercise.tempo.evenness == pytest.approx(fmean(spread))
    assert exercise.warnings[0].count == len(warnings)
    assert exercise.warnings[0].per_100 == pytest.approx(100 * len(warnings) / len(reps))
    assert sum(part.repetitions for part in exercise.parts) == len(whole)
    knee = next(angle for angle in exercise.angles if angle.measure == "knee")
    assert knee.lowest == pytest.approx(fmean(rep.measures["knee"].lowest or 0 for rep in whole), rel=1e-5)


def test_days_are_those_of_the_visits(tmp_path: Path) -> None:
    days = [[Done(reps=[squat(90)])] if day % 3 == 0 else [] for day in range(60)]
    path = store_days(tmp_path, days)
    report = read_report(path, Selection(date(2026, 3, 3), date(2026, 3, 31)), rules())
    assert (report.first, report.last) == (date(2026, 3, 3), date(2026, 3, 31))
    assert [part.day.day for part in report.parts] == [5, 8, 11, 14, 17, 20, 23, 26, 29]
    assert read_report(path, Selection(), rules()).step == "week"
