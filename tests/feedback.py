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
    folder: Path,
    rule: RuleInForce,
    judged: Iterable[tuple[float, Verdict | None]],
    exercise: str = "squat",
    wall: datetime = datetime(2026, 11, 20, 12),
) -> list[Id]:
    """Store alarms, each with the value that its measure went down to and what somebody said; return their ids."""
    clock = ToldClock(wall, f"boot at {wall}")
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
    """What stores marks where no kiosk runs: a history that nobody else writes to."""

    waiting = 0

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def judge(self, warning: Id, verdict: Verdict | None) -> None:
        """Store what somebody said."""
        with run(self._folder, ToldClock(datetime(2026, 11, 20, 13), "later"), token="marks") as running:
            running.write(Feedback(warning, verdict))
