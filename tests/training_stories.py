"""Training to report on: sets written down rep by rep, a patient's month, the drawn athlete's known repetitions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from kiosk.demo.athlete import Athlete, Repetition
from kiosk.history.entries import (
    Entry,
    Extent,
    HoldDone,
    PersonNamed,
    RepetitionDone,
    RuleInForce,
    SetBegan,
    SetEnded,
    TimedTestDone,
    VisitBegan,
    VisitEnded,
    WarningRaised,
)
from kiosk.history.file import NAME
from kiosk.history.past import Selection
from kiosk.report.contents import Report
from kiosk.report.data import read_report
from kiosk.report.rules import Rules
from kiosk.rules.exercise_file import Level, Phase
from kiosk.rules.library import Library
from kiosk.stance import Side
from tests.conftest import ROOT
from tests.histories import Run, ToldClock, run

MONDAY = datetime(2026, 3, 2, 10)
DAY_S = 86400.0


@dataclass
class Rep:
    """A repetition: its times, and of each measure the start, lowest and highest value."""

    out_s: float = 2.0
    back_s: float = 1.0
    partial: bool = False
    side: Side | None = None
    measures: dict[str, tuple[float | None, float | None, float | None]] = field(default_factory=dict)


@dataclass
class Warned:
    """A warning in a set."""

    id: str = "knee_load"
    phase: Phase | None = "out"
    share: float | None = 0.5
    level: Level = "danger"


@dataclass
class Done:
    """A set."""

    exercise: str = "squat"
    reps: Sequence[Rep] = ()
    holds_s: Sequence[float] = ()
    tests: Sequence[int] = ()
    warnings: Sequence[Warned] = ()


def store_visit(running: Run, sets: Sequence[Done], person: str | None = None) -> None:
    """Store a visit with these sets."""
    clock = running.clock
    visit = running.new_id()
    entries: list[Entry] = [VisitBegan(visit, clock.now_s()), PersonNamed(visit, person)]
    for number, done in enumerate(sets, 1):
        set_ = running.new_id()
        entries.append(SetBegan(set_, visit, clock.now_s(), done.exercise, number, "c0ffee"))
        count = 0
        for rep in done.reps:
            begin_s = clock.now_s()
            clock.pass_s(rep.out_s + rep.back_s)
            count += not rep.partial
            measures = {name: Extent(*values) for name, values in rep.measures.items()}
            times = (begin_s, clock.now_s(), rep.out_s, rep.back_s)
            entries.append(RepetitionDone(running.new_id(), set_, count, rep.partial, rep.side, *times, measures))
        for warned in done.warnings:
            rule = RuleInForce("c0ffee", warned.id, warned.level, "knee < 90", None, 0.2)
            entries.append(
                WarningRaised(
                    running.new_id(), set_, clock.now_s(), rule, None, count or None, warned.phase, warned.share
                )
            )
        for held_s in done.holds_s:
            clock.pass_s(held_s)
            entries.append(HoldDone(running.new_id(), set_, clock.now_s() - held_s, clock.now_s(), held_s))
        for reps in done.tests:
            clock.pass_s(30)
            entries.append(TimedTestDone(running.new_id(), set_, clock.now_s(), 30.0, reps))
        entries.append(SetEnded(set_, clock.now_s()))
    running.write(*entries, VisitEnded(visit, clock.now_s()))


def store_days(folder: Path, days: Sequence[Sequence[Done]], person: str | None = None) -> Path:
    """Store a visit a day from a Monday on; return the history."""
    clock = ToldClock(MONDAY)
    with run(folder, clock) as running:
        for sets in days:
            begun_s = clock.now_s()
            if sets:
                store_visit(running, sets, person)
            clock.pass_s(DAY_S - (clock.now_s() - begun_s))
    return folder / NAME


@cache
def rules() -> dict[str, Rules]:
    """The rules of the exercises that the kiosk comes with."""
    library = Library(ROOT / "config" / "exercises")
    library.refresh()
    return {name: Rules.of(exercise) for name, exercise in library.exercises.items()}


def report_on(folder: Path, days: Sequence[Sequence[Done]], wanted: Selection | None = None) -> Report:
    """Store the days and return the report on them."""
    return read_report(store_days(folder, days), wanted or Selection(), rules())


def drawn(fault: str, count: int) -> tuple[tuple[Repetition, ...], list[Rep]]:
    """The drawn athlete's squats, and what a coach that errs nowhere stores of each."""
    athlete = Athlete("squat", fault, reps=count)
    truth = athlete.repetitions(1000.0)
    reps = []
    for one in truth:
        times_s = [one.start_s + (one.end_s - one.start_s) * part / 200 for part in range(201)]
        knees = [athlete.truth(t_s, 640, 480).angles_deg["knee"] for t_s in times_s]
        reps.append(
            Rep(
                one.bottom_s - one.start_s,
                one.end_s - one.bottom_s,
                partial=one.fault == "shallow",
                measures={"bend": (knees[0], min(knees), max(knees))},
            )
        )
    return truth, reps


def patient_month() -> list[list[Done]]:
    """Four weeks in which somebody gets better: every second day squats, arms and planks."""
    days: list[list[Done]] = []
    for day in range(28):
        if day % 2:
            days.append([])
            continue
        squats = [
            Rep(1.7 + 0.03 * number, 1.2 + 0.04 * number, measures={"bend": (150, 105 - day / 2 + number, 168)})
            for number in range(10)
        ]
        raises = [
            Rep(
                1.0, 1.1, measures={"left_arm": (40, 38, 84), "right_arm": (38, 36, 70 + day / 4), "arms": (42, 38, 84)}
            )
            for _ in range(8)
        ]
        warned = [Warned("lumbar_load", "back", 0.8), Warned("shallow", None, None, "info")] if day < 14 else []
        days.append(
            [
                Done("squat", [*squats, Rep(1.0, 0.8, partial=True)], warnings=warned),
                Done("squat", squats),
                Done("lateral_raise", raises),
                Done("plank", holds_s=[30.0 + day]),
            ]
        )
    return days
