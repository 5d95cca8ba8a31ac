"""What the history teaches about an exercise's rules: how often each was a false alarm, and which number to change."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from kiosk.history.entries import Id, WarningSeries
from kiosk.history.file import HistoryError
from kiosk.history.past import PastWarning, Selection
from kiosk.history.training import Training
from kiosk.learning.tuning import Blocked, Case, Suggestion, advise, case_of_series, rises
from kiosk.rules.compiler import parse_exercise
from kiosk.rules.conditions import ConditionError, parse_condition
from kiosk.rules.exercise import FormWarning
from kiosk.rules.exercise_file import Level
from kiosk.rules.limits import Limit, limits
from kiosk.rules.retouch import Change, Note, Retouched, RetouchError, notes, retouched
from kiosk.words import Language
from kiosk.yamlfile import FileError, decoded

BLOCKED: Final[dict[Blocked, str]] = {
    "needs_bounds": "is a danger rule: write into the file how far it may be tuned, as `tune: {min: ..., max: ...}`",
    "bounds": "may not be tuned that far: the bounds of `tune` in the file forbid it",
    "examples": "can't be tuned: one of the file's examples expects the warning nevertheless; change it first",
    "by_hand": "is written in a way that can't be changed by itself: change it by hand",
}


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is known of one rule as it stands.

    `alarms` are those in the history, less the judged ones that it would no longer raise; `right` and `false` are the
    judged ones among them. On `unexplained` ones of these nothing can be tried: their numbers are missing, or don't
    show why the warning rose. `line` is the number of the line that the suggestion changes, and what it holds before
    and after; `note` tells of an earlier change.
    """

    id: str
    level: Level
    say: dict[Language, str]
    when: str
    alarms: int
    right: int
    false: int
    unexplained: int
    suggestion: Suggestion | None = None
    blocked: Blocked | None = None
    line: tuple[int, str, str] | None = None
    note: Note | None = None

    @property
    def false_share(self) -> float | None:
        """The share of the judged alarms that were false, None where none was judged."""
        judged = self.right + self.false
        return self.false / judged if judged else None

    def to_json(self) -> dict[str, Any]:
        """Return the lesson for pages and programs."""
        line = self.line and {"number": self.line[0], "before": self.line[1], "after": self.line[2]}
        return asdict(self) | {"false_share": self.false_share, "line": line}


@dataclass(frozen=True, slots=True)
class Trace:
    """How what a rule compares with the number `limit` went around a warning; true of the rule `above` it, or below.

    `values` are of `from_s` relative to the warning and every `step_s` from there. Where a whole repetition was judged,
    they are of the measure, and `number` is what was compared.
    """

    of: str
    limit: float
    above: bool
    number: float | None
    from_s: float
    step_s: float
    values: tuple[float | None, ...]


def lessons(history: Path, data: bytes, name: str, today: date) -> tuple[Lesson, ...]:
    """Return what is known of each rule of the exercise file `data`, in the file's order; `today` dates suggestions.

    FileError if the file has mistakes, HistoryError if the history can't be read; without one, nothing is known.
    """
    rules = parse_exercise(decoded(data, f"{name}.yaml"), name, f"{name}.yaml").warnings
    known = {rule.id: _Known() for rule in rules}
    if history.exists():
        try:
            _read(history, name, {rule.id: rule for rule in rules}, known)
        except sqlite3.Error as error:
            raise HistoryError(f"the training history {history} can't be read: {error}") from error
    done = notes(data, name)
    found = (replace(_lesson(rule, known[rule.id]), note=done.get(rule.id)) for rule in rules)
    return tuple(_previewed(lesson, data, name, today) for lesson in found)


def accepted(history: Path, data: bytes, name: str, *, rule: str, today: date, number: str | None = None) -> Retouched:
    """Return the file with the suggestion for a rule put into it; `number` is what was shown to whoever accepts it.

    RetouchError if there is no such suggestion, or no longer; else as for `lessons`.
    """
    lesson = next((lesson for lesson in lessons(history, data, name, today) if lesson.id == rule), None)
    if lesson is None:
        raise RetouchError(f"there is no warning '{rule}' in {name}.yaml")
    suggestion = lesson.suggestion
    if suggestion is None:
        raise RetouchError(f"there is nothing to accept for '{rule}': no number would remove most of its false alarms")
    if lesson.blocked:
        raise RetouchError(f"'{rule}' {BLOCKED[lesson.blocked]}")
    if number not in (None, suggestion.number):
        raise RetouchError(f"the suggestion for '{rule}' is {suggestion.number} by now: look at it again")
    return retouched(data, name, _change(lesson, suggestion, today))


def traces(history: Path, warning: Id) -> tuple[Trace, ...] | None:
    """Return how a warning came about; None if there is no such warning, HistoryError if the history can't be read."""
    try:
        with Training(history) as training:
            past = training.warning(warning)
    except sqlite3.Error as error:
        raise HistoryError(f"the training history {history} can't be read: {error}") from error
    return None if past is None else tuple(_traces(past))


@dataclass(slots=True)
class _Known:
    """What the history holds of one rule: unjudged alarms, verdicts on others, and of those what can be tried on."""

    unjudged: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    cases: list[Case] = field(default_factory=list)


def _read(history: Path, name: str, rules: dict[str, FormWarning], known: dict[str, _Known]) -> None:
    with Training(history) as training:
        for past in training.warnings(Selection(exercise=name)):
            if past.rule.warning in known:
                known[past.rule.warning].unjudged += past.verdict is None
        for past in training.warnings(Selection(exercise=name), series=True, judged=True):
            if past.rule.warning in known:
                _take(past, rules[past.rule.warning], known[past.rule.warning])


def _take(past: PastWarning, rule: FormWarning, known: _Known) -> None:
    right = past.verdict == "right"
    case = past.series and case_of_series(rule, past.rule, past.series, right=right)
    if case and not rises(rule, case):
        return
    known.verdicts["right" if right else "false"] += 1
    if case:
        known.cases.append(case)


def _lesson(rule: FormWarning, known: _Known) -> Lesson:
    advice = advise(rule, known.cases)
    judged = known.verdicts.total()
    return Lesson(
        id=rule.id,
        level=rule.level,
        say=rule.say.to_json(),
        when=rule.when.text,
        alarms=known.unjudged + judged,
        right=known.verdicts["right"],
        false=known.verdicts["false"],
        unexplained=judged - len(known.cases),
        suggestion=advice.suggestion,
        blocked=advice.blocked,
    )


def _previewed(lesson: Lesson, data: bytes, name: str, today: date) -> Lesson:
    """The lesson with the line that its suggestion would change."""
    if lesson.suggestion is None or lesson.blocked:
        return lesson
    try:
        new = retouched(data, name, _change(lesson, lesson.suggestion, today))
    except (RetouchError, FileError):
        return replace(lesson, blocked="by_hand")
    return replace(lesson, line=(new.line, new.before, new.after))


def _change(lesson: Lesson, suggestion: Suggestion, today: date) -> Change:
    why = f"removes {suggestion.removes} of {suggestion.false} false alarms"
    return Change(lesson.id, suggestion.limit, suggestion.number, today, why)


def _traces(past: PastWarning) -> Iterator[Trace]:
    series, at_rep = past.series, "rep." in past.rule.when
    if series is None:
        return
    with suppress(ConditionError):  # a measure that was not kept
        condition = parse_condition(past.rule.when, series.values, at_rep=at_rep)
        for limit in limits(condition, at_rep=at_rep):
            yield _trace(limit, series, at_rep=at_rep)


def _trace(limit: Limit, series: WarningSeries, *, at_rep: bool) -> Trace:
    moments = [dict(zip(series.values, numbers, strict=True)) for numbers in zip(*series.values.values(), strict=True)]
    number = limit.of.value(moments[0]) if at_rep and moments else None
    values = tuple(limit.of.value(numbers) for numbers in moments)
    if at_rep:
        measures = [series.values[name] for name in limit.of.names]
        values = measures[0] if len(measures) == 1 else ()
    return Trace(
        of=" ".join(limit.of.text.split()),
        limit=limit.value,
        above=limit.narrows > 0,
        number=number,
        from_s=series.from_s,
        step_s=series.step_s,
        values=values,
    )
