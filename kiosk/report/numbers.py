"""From what was stored to the numbers of a report. Pure; `kiosk.report.contents` says what each number is."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from kiosk.history.past import PastHold, PastTest, PastWarning, RepetitionColumns, TrainingSet
from kiosk.report.contents import (
    MOMENTS,
    ExerciseReport,
    Holds,
    Part,
    PastVisit,
    Report,
    TimedTests,
    WarningKind,
    per_100,
)
from kiosk.report.period import Step, step_day, step_of
from kiosk.report.reach import angles_of, farthest_values, leading_measure, nine_in_ten, reach_of, symmetry_of
from kiosk.report.rhythm import tempo_of
from kiosk.report.rules import Rules
from kiosk.report.sheet import Numbers, Places, Sheet, grouped, known_mean, sheets

_QUARTERS = (MOMENTS - 1) // 2


def report_of(
    columns: RepetitionColumns,
    warnings: Sequence[PastWarning],
    holds: Sequence[PastHold],
    tests: Sequence[PastTest],
    rules: Mapping[str, Rules],
    *,
    person: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> Report:
    """Return the report of this training; `person`, `first` and `last` are what was asked for.

    An exercise that is not in `rules` has lost its file.
    """
    every = sheets(columns, warnings, holds, tests)
    days = sorted({day for sheet in every.values() for day in sheet.days})
    first, last = first or (days[0] if days else last), last or (days[-1] if days else first)
    step = step_of(first, last, len(columns.sets)) if first and last else "day"
    exercises = tuple(
        _exercise(rules.get(name) or Rules(name, {"en": name, "zh": name}), sheet, step, known=name in rules)
        for name, sheet in every.items()
    )
    return Report(
        person=_as_typed(columns.sets, person),
        first=first,
        last=last,
        step=step,
        visits=len({one.visit.id for one in columns.sets}),
        days=len(days),
        sets=len(columns.sets),
        repetitions=sum(one.repetitions for one in exercises),
        partials=sum(one.partials for one in exercises),
        held_s=sum(one.holds.total_s for one in exercises if one.holds),
        parts=_together(exercises),
        exercises=exercises,
    )


def _as_typed(sets: Sequence[TrainingSet], person: str | None) -> str | None:
    """The name as it was typed last."""
    return sets[-1].visit.person or person if sets and person is not None else person


def _exercise(rules: Rules, sheet: Sheet, step: Step, *, known: bool) -> ExerciseReport:
    led = leading_measure(rules, sheet)
    farthest = farthest_values(sheet, led[0], falls=led[1]) if led else None
    falls = led is not None and led[1]
    parting = _Parting(sheet, farthest, falls=falls)
    visits = int(sheet.visits[-1]) + 1
    return ExerciseReport(
        rules=rules,
        known=known,
        visits=visits,
        sets=len(sheet.sets),
        repetitions=len(sheet.whole),
        partials=int(sheet.partial.sum()),
        reach=reach_of(rules, sheet),
        angles=angles_of(rules, sheet),
        tempo=tempo_of(rules, sheet, farthest, falls=falls),
        symmetry=symmetry_of(rules, sheet),
        warnings=_warnings(rules, sheet),
        holds=_holds(rules, sheet),
        tests=_tests(sheet),
        parts=tuple(parting.part(places, step) for places in grouped(_step_keys(sheet, step))),
        last=parting.visit(visits - 1),
        best=parting.visit(_best(sheet)) if visits > 1 else None,
    )


def _step_keys(sheet: Sheet, step: Step) -> Places:
    """To which step each set belongs, as a number that grows with time."""
    if step == "set":
        return np.arange(len(sheet.sets))
    return np.array([step_day(day, step).toordinal() for day in sheet.days], np.int64)


def _best(sheet: Sheet) -> int:
    """The number of the best visit, see `ExerciseReport`."""
    whole, held_s, warnings = (
        np.bincount(sheet.visits, of_set) for of_set in (sheet.whole_of_set, sheet.held_s_of_set, sheet.warnings_of_set)
    )
    return int(np.lexsort((np.arange(len(whole)), -warnings, held_s, whole))[-1])


class _Parting:
    """Makes parts of an exercise's training."""

    def __init__(self, sheet: Sheet, farthest: Numbers | None, *, falls: bool) -> None:
        self._sheet = sheet
        self._farthest = farthest
        self._falls = falls
        self._borders = np.searchsorted(sheet.set_of, np.arange(len(sheet.sets) + 1))

    def visit(self, number: int) -> PastVisit:
        """Return a visit by its number."""
        sets = np.flatnonzero(self._sheet.visits == number)
        return PastVisit(self._sheet.sets[sets[0]].visit.person, self.part(sets, "day"))

    def part(self, sets: Places, step: Step) -> Part:
        """Return what these sets were together."""
        sheet = self._sheet
        begins, ends = self._borders[sets], self._borders[sets + 1]
        repetitions = np.concatenate([np.arange(begin, end) for begin, end in zip(begins, ends, strict=True)])
        whole = repetitions[~sheet.partial[repetitions]]
        far = np.array([]) if self._farthest is None else self._farthest[whole]
        far = far[np.isfinite(far)]
        least, most = nine_in_ten(far, falls=self._falls) if len(far) else (None, None)
        return Part(
            day=step_day(sheet.days[sets[0]], step),
            began_s=sheet.sets[sets[0]].began_s,
            sets=len(sets),
            repetitions=len(whole),
            partials=len(repetitions) - len(whole),
            reach=known_mean(far),
            least=least,
            most=most,
            out_s=known_mean(sheet.out_s[whole]),
            back_s=known_mean(sheet.back_s[whole]),
            evenness=known_mean(sheet.unevenness_of_set[sets]),
            warnings=int(sheet.warnings_of_set[sets].sum()),
            held_s=float(sheet.held_s_of_set[sets].sum()),
        )


def _together(exercises: Sequence[ExerciseReport]) -> tuple[Part, ...]:
    """The parts of all exercises together, where the means of one exercise mean nothing."""
    of: dict[date, list[Part]] = {}
    for exercise in exercises:
        for part in exercise.parts:
            of.setdefault(part.day, []).append(part)
    return tuple(
        Part(
            day=day,
            began_s=min(part.began_s for part in parts),
            sets=sum(part.sets for part in parts),
            repetitions=sum(part.repetitions for part in parts),
            partials=sum(part.partials for part in parts),
            reach=None,
            least=None,
            most=None,
            out_s=None,
            back_s=None,
            evenness=None,
            warnings=sum(part.warnings for part in parts),
            held_s=sum(part.held_s for part in parts),
        )
        for day, parts in sorted(of.items())
    )


def _warnings(rules: Rules, sheet: Sheet) -> tuple[WarningKind, ...]:
    """Each kind of warning, the most frequent first."""
    kinds: dict[str, list[PastWarning]] = {}
    for warning in sheet.warnings:
        kinds.setdefault(warning.rule.warning, []).append(warning)
    made = []
    for id_, of_kind in kinds.items():
        places = [_moment(warning) for warning in of_kind]
        made.append(
            WarningKind(
                id=id_,
                level=of_kind[-1].rule.level,
                say=dict(rules.warnings.get(id_, {"en": id_, "zh": id_})),
                count=len(of_kind),
                per_100=per_100(len(of_kind), len(sheet.partial)),
                moments=tuple(places.count(moment) for moment in range(MOMENTS)),
                elsewhere=places.count(None),
                right=sum(warning.verdict == "right" for warning in of_kind),
                false_alarms=sum(warning.verdict == "false_alarm" for warning in of_kind),
            )
        )
    return tuple(sorted(made, key=lambda kind: (-kind.count, kind.id)))


def _moment(warning: PastWarning) -> int | None:
    """Where in the repetition a warning rose, see MOMENTS."""
    if warning.phase == "end":
        return _QUARTERS
    if warning.share is None or warning.phase not in ("out", "back"):
        return None
    quarter = min(max(int(warning.share * _QUARTERS), 0), _QUARTERS - 1)
    return quarter if warning.phase == "out" else MOMENTS - 1 - quarter


def _holds(rules: Rules, sheet: Sheet) -> Holds | None:
    if not sheet.holds:
        return None
    target_s = rules.hold_s
    return Holds(
        count=len(sheet.holds),
        total_s=sum(hold.held_s for hold in sheet.holds),
        longest_s=max(hold.held_s for hold in sheet.holds),
        target_s=target_s,
        reached=None if target_s is None else int((sheet.held_s_of_set >= target_s).sum()),
    )


def _tests(sheet: Sheet) -> tuple[TimedTests, ...]:
    of_length: dict[float, list[int]] = {}
    for test in sheet.tests:
        of_length.setdefault(test.timed_s, []).append(test.reps)
    return tuple(TimedTests(timed_s, len(reps), max(reps), reps[-1]) for timed_s, reps in sorted(of_length.items()))
