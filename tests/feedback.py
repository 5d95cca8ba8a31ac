"""What tests of tuning share: alarms in a history that somebody judged."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from kiosk.history.entries import (
    Entry,
    Feedback,
    Id,
    RuleInForce,
    SetBegan,
    Verdict,
    VisitBegan,
    WarningRaised,
    WarningSeries,
)
from kiosk.history.file import NAME
from kiosk.history.keeper import RecentWarning
from kiosk.history.past import Selection
from kiosk.history.training import Training
from kiosk.rules.exercise import Exercise
from tests.histories import ToldClock, run

KNEE = RuleInForce("c0ffee", "knee_load", "danger", "knee < 90 and knee_past_toe > 0", None, 0.2)
TRUNK = RuleInForce("c0ffee", "lumbar_load", "danger", "trunk < 50", "trunk > 57", 0.3)
SHALLOW = RuleInForce("c0ffee", "shallow", "info", "rep.min(bend) > 100", None, 0.3)
SHIPPED_RULES = (KNEE, TRUNK, SHALLOW)
"""The rules of the squat as it is shipped."""


def around(rule: RuleInForce, lowest: float) -> dict[str, tuple[float, ...]]:
    """The measures around an alarm: the one that the rule judges goes down to `lowest`, as the alarm came."""
    held = round(rule.for_s * 10)
    dip = (120.0,) * (20 - held) + (lowest,) * (held + 4) + (120.0,) * 7
    values = dict.fromkeys(("knee", "trunk", "bend"), (120.0,) * 31) | {"knee_past_toe": (0.1,) * 31}
    if rule is SHALLOW:
        return values | {"bend": dip, "rep.min(bend)": (lowest,) * 31}
    return values | {rule.when.partition(" ")[0]: dip}


def alarms_in(
    folder: Path, rule: RuleInForce, judged: Iterable[tuple[float, Verdict | None]], exercise: str = "squat"
) -> list[Id]:
    """Store alarms, each with the value that its measure went down to and what somebody said; return their ids."""
    clock = ToldClock(datetime(2026, 11, 20, 12))
    ids: list[Id] = []
    with run(folder, clock, token=f"{rule.warning}-{exercise}") as running:
        visit, set_ = running.new_id(), running.new_id()
        entries: list[Entry] = [VisitBegan(visit, 50.0), SetBegan(set_, visit, 51.0, exercise, 1, "c0ffee")]
        for number, (lowest, verdict) in enumerate(judged, start=1):
            ids.append(running.new_id())
            entries.append(WarningRaised(ids[-1], set_, 52.0 + number, rule, None, number, "out", 0.9))
            entries.append(WarningSeries(ids[-1], -2.0, 0.1, around(rule, lowest)))
            entries.append(Feedback(ids[-1], verdict))
        running.write(*entries)
    return ids


def usual(folder: Path) -> list[Id]:
    """Twelve right alarms of the knee and nine false ones, seven of which a smaller number would have spared."""
    false = [88.5, 89.0, 89.5, 88.0, 87.5, 87.0, 86.5, 84.5, 84.0]
    right = [85.0, 84.6, 83.0, 82.0, 81.0, 80.0, 79.0, 78.0, 76.0, 75.0, 74.0, 70.0]
    judged: list[tuple[float, Verdict | None]] = [(low, "false_alarm") for low in false]
    return alarms_in(folder, KNEE, [*judged, *((low, "right") for low in right), (77.0, None), (89.0, None)])


class Marks:
    """What a running kiosk knows of recent warnings, read from and written to a history that nobody else writes to."""

    def __init__(self, folder: Path, exercise: Exercise) -> None:
        self._folder = folder
        self._exercise = exercise

    def warnings(self, within_s: float) -> list[RecentWarning]:
        """Every warning of the exercise, the newest first."""
        rules = {rule.id: rule for rule in self._exercise.warnings}
        if not (self._folder / NAME).exists():
            return []
        with Training(self._folder / NAME) as training:
            return [
                RecentWarning(past.id, self._exercise, rules[past.rule.warning], past.at_s, past.rep, past.verdict)
                for past in training.warnings(Selection(exercise=self._exercise.name))
            ][::-1]

    def knows(self, warning: Id) -> bool:
        """Nothing is at hand: the history is asked."""
        return False

    def judge(self, warning: Id, verdict: Verdict | None) -> None:
        """Store what somebody said."""
        with run(self._folder, ToldClock(datetime(2026, 11, 20, 13)), token="marks") as running:
            running.write(Feedback(warning, verdict))
