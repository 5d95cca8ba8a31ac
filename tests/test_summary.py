"""What a stretch of exercising came to: each event is counted once, where it belongs."""

from kiosk.coaching.events import HoldEvent, RepEvent, WarningEvent
from kiosk.summary import Summary
from tests.exercises import exercise


def rep(t_s: float, *, partial: bool) -> RepEvent:
    return RepEvent(t_s, t_s - 2, t_s - 2, 1, partial=partial, out_s=1, back_s=1, lowest={}, highest={})


def test_repetitions_partials_holds_and_raised_warnings_are_counted_apart() -> None:
    warning = exercise().warnings[0]
    summary = Summary()
    for event in (
        rep(1.0, partial=False),
        rep(2.0, partial=True),
        rep(3.00049, partial=False),
        HoldEvent(14.0, 1.0, 12.345),
        WarningEvent(5.0, warning, on=True, rep=2),
        WarningEvent(6.0, warning, on=False, rep=2),
    ):
        summary.take(event)
    assert (summary.reps, summary.partials, summary.holds_s) == (2, 1, [12.35])
    assert summary.rep_times_s == [1.0, 3.0]
    assert summary.to_json()["warnings"] == {warning.id: 1}
