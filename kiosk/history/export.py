"""The history as a file for people: CSV for spreadsheets, JSON for programs. Its columns are in `COLUMNS`."""

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Generic, TextIO, TypeAlias, TypeVar

from kiosk.dates import local
from kiosk.history.past import PastHold, PastRepetition, PastTest, PastWarning, Selection, TrainingSet, Visit
from kiosk.history.training import Training

Part: TypeAlias = PastRepetition | PastHold | PastTest | PastWarning
OnePart = TypeVar("OnePart", PastRepetition, PastHold, PastTest, PastWarning)

COLUMNS: Final = {
    "date": "day on which the visit began, YYYY-MM-DD, in the box's time zone",
    "time": "when it ended, or the warning rose: ISO 8601 with the offset from UTC",
    "visit": "which visit; the same text in each of its lines",
    "person": "nickname or number that the person picked for the visit, empty if none",
    "exercise": "name of the exercise file",
    "rules": "hash of the exercise file as the set began",
    "set": "which set of the exercise in the visit, from 1",
    "kind": "repetition, partial (it turned round early), hold, test (a timed one) or warning",
    "number": "the repetition's number in its set; the repetition in which a warning rose",
    "side": "left or right where they are counted apart",
    "duration_s": "seconds from begin to end; of a test, its length",
    "out_s": "seconds to the farthest point",
    "back_s": "seconds from there",
    "held_s": "seconds of a hold that counted",
    "reps": "repetitions in a timed test",
    "warning": "id of the warning in the exercise file",
    "level": "info, caution or danger",
    "phase": "start, out, end or back: where in the repetition the warning rose",
    "share": "how much of the way out the repetition had gone then, 0 to 1",
    "verdict": "right or false_alarm, empty where nobody judged the warning",
}
"""The columns of a CSV file. After them, MEASURE.start, .lowest and .highest for every measure, in its own unit."""

_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")
"""A cell that begins so is run by spreadsheets as a formula; the wide ones by those set to Chinese or Japanese."""


def export(path: Path, out: Path, wanted: Selection) -> int:
    """Write the training that is `wanted` to `out`, whose name ends in .csv or .json; return how many sets that were.

    The file appears when it is whole. Raises HistoryError where there is no history, `sqlite3.Error` where it can't be
    read and OSError where the file can't be written.
    """
    csv_wanted = out.suffix.lower() == ".csv"
    beside = out.with_name(f"{out.name}.part")
    with Training(path) as training:
        try:
            # With a byte order mark, as Excel takes a CSV file without one for one in the country's old code page.
            with beside.open("w", encoding="utf-8-sig" if csv_wanted else "utf-8", newline="") as file:
                count = (write_csv if csv_wanted else write_json)(file, training, wanted)
            beside.replace(out)
        finally:
            beside.unlink(missing_ok=True)
    return count


@dataclass(frozen=True, slots=True)
class _Whole:
    """A set with all that belongs to it."""

    set: TrainingSet
    repetitions: list[PastRepetition]
    holds: list[PastHold]
    tests: list[PastTest]
    warnings: list[PastWarning]

    def parts(self) -> list[Part]:
        """Everything in the set, in order of time."""
        return sorted([*self.repetitions, *self.holds, *self.tests, *self.warnings], key=_when_s)


class _Following(Generic[OnePart]):
    """Parts that come in the order of their sets, dealt out to one set after the other."""

    def __init__(self, parts: Iterator[OnePart]) -> None:
        self._parts: Iterator[OnePart] = parts
        self._next: OnePart | None = next(parts, None)

    def of(self, whole: TrainingSet) -> list[OnePart]:
        taken: list[OnePart] = []
        while self._next is not None and self._next.set == whole.id:
            taken.append(self._next)
            self._next = next(self._parts, None)
        return taken


def _sets(training: Training, wanted: Selection, *, series: bool) -> Iterator[_Whole]:
    repetitions, holds = _Following(training.repetitions(wanted)), _Following(training.holds(wanted))
    tests, warnings = _Following(training.tests(wanted)), _Following(training.warnings(wanted, series=series))
    for found in training.sets(wanted):
        yield _Whole(found, repetitions.of(found), holds.of(found), tests.of(found), warnings.of(found))


def _when_s(part: Part) -> float:
    return part.at_s if isinstance(part, PastWarning) else part.ended_s


def _time(wall_s: float | None) -> str | None:
    return None if wall_s is None else local(wall_s).isoformat(timespec="milliseconds")


def write_csv(file: TextIO, training: Training, wanted: Selection) -> int:
    """Write a line for each repetition, hold, timed test and warning; return how many sets that were."""
    lists = training.rows("DISTINCT measures", wanted, "repetitions", end="ORDER BY measures")
    measures = dict.fromkeys(name for (row,) in list(lists) for name in training.measure_list(row))
    names = [f"{name}.{end}" for name in measures for end in ("start", "lowest", "highest")]
    writer = csv.DictWriter(file, [*COLUMNS, *map(_safe, names)])
    writer.writeheader()
    count = 0
    for whole in _sets(training, wanted, series=False):
        count += 1
        shared = {
            "date": local(whole.set.visit.began_s).date().isoformat(),
            "visit": whole.set.visit.id,
            "person": _safe(whole.set.visit.person or ""),
            "exercise": _safe(whole.set.exercise),
            "rules": whole.set.rules,
            "set": whole.set.number,
        }
        writer.writerows(shared | {"time": _time(_when_s(part))} | _cells(part) for part in whole.parts())
    return count


def _safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cells(part: Part) -> dict[str, object]:
    match part:
        case PastRepetition():
            cells: dict[str, object] = {
                "kind": "partial" if part.partial else "repetition",
                "number": part.number,
                "side": part.side,
                "duration_s": round(part.ended_s - part.began_s, 3),
                "out_s": round(part.out_s, 3),
                "back_s": round(part.back_s, 3),
            }
            for name, extent in part.measures.items():
                for end in ("start", "lowest", "highest"):
                    cells[_safe(f"{name}.{end}")] = _rounded(getattr(extent, end))
            return cells
        case PastHold():
            lasted_s = round(part.ended_s - part.began_s, 3)
            return {"kind": "hold", "duration_s": lasted_s, "held_s": round(part.held_s, 3)}
        case PastTest():
            return {"kind": "test", "duration_s": part.timed_s, "reps": part.reps}
        case PastWarning():
            return {
                "kind": "warning",
                "number": part.rep,
                "side": part.side,
                "warning": _safe(part.rule.warning),
                "level": part.rule.level,
                "phase": part.phase,
                "share": _rounded(part.share),
                "verdict": part.verdict,
            }


def _rounded(number: float | None) -> float | None:
    return round(number, 4) if number is not None and math.isfinite(number) else None


def write_json(file: TextIO, training: Training, wanted: Selection) -> int:
    """Write `{"kind", "version", "visits": [...]}`, a line a visit; return how many sets that were."""
    file.write('{"kind": "training-history", "version": 1, "visits": [')
    count = 0
    for number, visit in enumerate(visits_json(training, wanted)):
        count += len(visit["sets"])
        file.write(("," if number else "") + "\n")
        # Not json.dump, which is ten times as slow.
        file.write(json.dumps(visit, ensure_ascii=False, allow_nan=False))
    file.write("\n]}\n")
    return count


def visits_json(training: Training, wanted: Selection) -> Iterator[dict[str, Any]]:
    """Yield each visit as a JSON file holds it: `{"id", "person", "began", "ended", "sets": [...]}`."""
    sets = _sets(training, wanted, series=True)
    whole = next(sets, None)
    for visit in training.visits(wanted):
        of_visit: list[dict[str, Any]] = []
        while whole is not None and whole.set.visit.id == visit.id:
            of_visit.append(_set_json(whole))
            whole = next(sets, None)
        yield _visit_json(visit) | {"sets": of_visit}


def _visit_json(visit: Visit) -> dict[str, Any]:
    return {"id": visit.id, "person": visit.person, "began": _time(visit.began_s), "ended": _time(visit.ended_s)}


def _set_json(whole: _Whole) -> dict[str, Any]:
    found = whole.set
    return {
        "id": found.id,
        "exercise": found.exercise,
        "number": found.number,
        "rules": found.rules,
        "began": _time(found.began_s),
        "ended": _time(found.ended_s),
        "repetitions": [_repetition_json(part) for part in whole.repetitions],
        "holds": [_timed(part, held_s=round(part.held_s, 3)) for part in whole.holds],
        "tests": [_timed(part, timed_s=part.timed_s, reps=part.reps) for part in whole.tests],
        "warnings": [_warning_json(part) for part in whole.warnings],
    }


def _timed(part: PastRepetition | PastHold | PastTest, **values: object) -> dict[str, Any]:
    began = {} if isinstance(part, PastTest) else {"began": _time(part.began_s)}
    return {"id": part.id, **began, "ended": _time(part.ended_s), **values}


def _repetition_json(part: PastRepetition) -> dict[str, Any]:
    measures = {
        name: {end: _rounded(getattr(extent, end)) for end in ("start", "lowest", "highest")}
        for name, extent in part.measures.items()
    }
    times = {"out_s": round(part.out_s, 3), "back_s": round(part.back_s, 3)}
    return _timed(part, number=part.number, partial=part.partial, side=part.side, **times, measures=measures)


def _warning_json(part: PastWarning) -> dict[str, Any]:
    series = part.series
    return {
        "id": part.id,
        "at": _time(part.at_s),
        "rule": asdict(part.rule),
        "side": part.side,
        "rep": part.rep,
        "phase": part.phase,
        "share": _rounded(part.share),
        "verdict": part.verdict,
        "series": series
        and {
            "from_s": series.from_s,
            "step_s": series.step_s,
            "values": {name: [_rounded(value) for value in values] for name, values in series.values.items()},
        },
    }
