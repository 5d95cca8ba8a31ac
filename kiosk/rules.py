"""An exercise file -> a compiled `Exercise`: measures to compute, thresholds to count by, conditions to warn of.

Whatever a file says that can't be meant is a `Problem` with its place; all of a file's problems are found together.
"""

import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.angles import VISIBILITY
from kiosk.conditions import FUNCTIONS, REP_FUNCTIONS, REP_NUMBERS, Condition, ConditionError, parse_condition
from kiosk.exercise_file import (
    ExampleEntry,
    ExerciseFile,
    Level,
    MeasureEntry,
    Phase,
    TempoEntry,
    Texts,
    ViewChoice,
    WarningEntry,
)
from kiosk.landmarks import LANDMARKS, SIDELESS
from kiosk.measures import (
    Measure,
    PointRef,
    SideChoice,
    angle_measure,
    offset_measure,
    tilt_measure,
    unit_length,
)
from kiosk.yamlfile import Document, FileError, Loc, Problem, did_you_mean, parse_document, read_document

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED: Final = frozenset({*keyword.kwlist, "none", "true", "false", "rep", *FUNCTIONS})
"""Python's words cannot be names in a condition, because Python's parser reads it."""
_THRESHOLD: Final = re.compile(r"\s*([<>])\s*(-?\d+(?:\.\d+)?)\s*")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A line that a measure crosses: `> 160` or `< 110`."""

    above: bool
    value: float

    def met(self, number: float) -> bool:
        """Whether `number` lies beyond the line."""
        return number > self.value if self.above else number < self.value


@dataclass(frozen=True, slots=True)
class Repetitions:
    """How repetitions are counted: `start` and `end` are the two ends of the movement of `measure`."""

    measure: str
    start: Threshold
    end: Threshold
    min_s: float
    max_s: float


@dataclass(frozen=True, slots=True)
class FormWarning:
    """A fault to watch for; with `at_rep` it is judged once, when a repetition ends."""

    id: str
    when: Condition
    clear: Condition | None
    at_rep: bool
    for_s: float
    repeat_s: float
    during: frozenset[Phase]
    view: ViewChoice
    level: Level
    points: tuple[PointRef, ...]
    say: Texts


@dataclass(frozen=True, slots=True)
class Exercise:
    """A compiled exercise file."""

    name: str
    title: Texts
    view: ViewChoice
    see: tuple[PointRef, ...]
    height: tuple[float, float] | None
    measures: tuple[Measure, ...]
    reps: Repetitions
    warnings: tuple[FormWarning, ...]
    tempo: TempoEntry | None


def load_exercise(path: Path) -> Exercise:
    """Return the exercise in a file; FileError with every mistake."""
    return compile_exercise(read_document(path), path.stem)


def parse_exercise(text: str, name: str, file: str) -> Exercise:
    """Return the exercise in `text`, which is to be saved as `file`; FileError with every mistake."""
    return compile_exercise(parse_document(text, file), name)


def compile_exercise(document: Document, name: str) -> Exercise:
    """Return the exercise that `document` describes and whose file is called `name`; FileError with every mistake."""
    return _Compiler(document, document.validated(ExerciseFile)).exercise(name)


class _Compiler:
    def __init__(self, document: Document, file: ExerciseFile) -> None:
        self.document = document
        self.file = file
        self.problems: list[Problem] = []

    def exercise(self, name: str) -> Exercise:
        file = self.file
        if file.name != name:
            self.wrong(("name",), f"the name is '{file.name}' but the file is called '{name}': make them the same")
        measures = tuple(m for key, entry in file.measures.items() if (m := self.measure(key, entry)))
        reps = self.repetitions()
        warnings = tuple(w for i, entry in enumerate(file.warnings) if (w := self.warning(i, entry)))
        self.unique_ids()
        see = [self.point(("setup", "see", i), name, file.side) for i, name in enumerate(file.setup.see)]
        if not self.problems:
            self.check_examples(warnings)
        if self.problems or reps is None:
            raise FileError(self.problems)
        return Exercise(
            name=name,
            title=file.title,
            view=file.view,
            see=tuple(ref for ref in see if ref),
            height=file.setup.height,
            measures=measures,
            reps=reps,
            warnings=warnings,
            tempo=file.tempo,
        )

    def wrong(self, loc: Loc, message: str, *, at_key: bool = False, offset: int = 0) -> None:
        self.problems.append(self.document.problem(loc, message, at_key=at_key, offset=offset))

    def measure(self, name: str, entry: MeasureEntry) -> Measure | None:
        loc: Loc = ("measures", name)
        if name in _RESERVED:
            self.wrong(loc, f"'{name}' has a meaning of its own in conditions: choose another name", at_key=True)
        elif not _NAME.fullmatch(name):
            self.wrong(loc, f"'{name}' can't be a measure's name: use small letters, digits and _", at_key=True)
        forms = [form for form in ("angle", "tilt", "offset") if getattr(entry, form) is not None]
        if len(forms) != 1:
            self.wrong(loc, "a measure has exactly one of angle, tilt, offset")
            return None
        return {"angle": self.angle, "tilt": self.tilt, "offset": self.offset}[forms[0]](name, entry, loc)

    def angle(self, name: str, entry: MeasureEntry, loc: Loc) -> Measure | None:
        self.only(entry, loc, "angle", ())
        points = self.points((*loc, "angle"), entry.angle or (), 3, entry)
        if points is None:
            return None
        label = points[1] if entry.space == "image" else None
        return Measure(name, "deg", tuple(points), angle_measure(points, entry.space), label)

    def tilt(self, name: str, entry: MeasureEntry, loc: Loc) -> Measure | None:
        self.only(entry, loc, "tilt", ("from",))
        points = self.points((*loc, "tilt"), entry.tilt or (), 2, entry)
        if entry.reference is None:
            self.wrong(loc, "tilt needs `from: horizontal` or `from: vertical`")
        if points is None or entry.reference is None:
            return None
        label = points[1] if entry.space == "image" else None
        return Measure(name, "deg", tuple(points), tilt_measure(points, entry.space, entry.reference), label)

    def offset(self, name: str, entry: MeasureEntry, loc: Loc) -> Measure | None:
        self.only(entry, loc, "offset", ("along", "unit"))
        points = self.points((*loc, "offset"), entry.offset or (), 2, entry)
        if entry.along is None:
            self.wrong(loc, "offset needs `along: facing`, `up` or `right`")
        if entry.unit is None:
            self.wrong(loc, "offset needs a `unit`: torso, shin, thigh, shoulder_width, or metre in space: world")
        elif entry.unit == "metre" and entry.space == "image":
            self.wrong((*loc, "unit"), "metres are known only in `space: world`: add that, or measure in torso or shin")
        if points is None or entry.along is None or entry.unit is None:
            return None
        side = entry.side or self.file.side
        value = offset_measure(points, entry.space, entry.along, unit_length(entry.unit, entry.space, side))
        return Measure(name, entry.unit, tuple(points), value)

    def only(self, entry: MeasureEntry, loc: Loc, form: str, wanted: Iterable[str]) -> None:
        """Complain of keys that mean nothing beside this form."""
        given = {"from": entry.reference, "along": entry.along, "unit": entry.unit}
        for key, value in given.items():
            if value is not None and key not in wanted:
                self.wrong((*loc, key), f"'{key}' means nothing beside {form}: remove it", at_key=True)

    def points(self, loc: Loc, names: tuple[str, ...], count: int, entry: MeasureEntry) -> list[PointRef] | None:
        side = entry.side or self.file.side
        refs = [self.point((*loc, i), name, side, entry.min_visibility) for i, name in enumerate(names)]
        if len(names) != count:
            self.wrong(loc, f"expected {count} points, not {len(names)}")
            return None
        known = [ref for ref in refs if ref]
        if len(known) == count and len(set(known)) < count:
            self.wrong(loc, "the same point twice: name different ones")
        return known if len(known) == count else None

    def point(self, loc: Loc, name: str, side: SideChoice, min_visibility: float = VISIBILITY) -> PointRef | None:
        try:
            return PointRef.named(name, side, min_visibility)
        except KeyError:
            self.wrong(loc, f"unknown point '{name}'{_closest_point(name)}")
            return None

    def repetitions(self) -> Repetitions | None:
        reps = self.file.reps
        if reps.measure not in self.file.measures:
            message = f"unknown measure '{reps.measure}'{did_you_mean(reps.measure, self.file.measures)}"
            self.wrong(("reps", "measure"), message)
        start, end = self.threshold("start", reps.start), self.threshold("end", reps.end)
        if reps.max_s <= reps.min_s:
            self.wrong(("reps", "max_s"), f"max_s must be larger than min_s ({reps.min_s:g})")
        if start is None or end is None:
            return None
        if start.above == end.above or (start.value <= end.value if start.above else start.value >= end.value):
            wanted = '"> 160" and "< 110"'
            self.wrong(("reps", "end"), f"start and end overlap: a repetition lies between two lines, such as {wanted}")
        return Repetitions(reps.measure, start, end, reps.min_s, reps.max_s)

    def threshold(self, key: str, text: str) -> Threshold | None:
        match = _THRESHOLD.fullmatch(text)
        if match is None:
            self.wrong(("reps", key), f'\'{text}\' is not a threshold: write "> 160" or "< 110"')
            return None
        return Threshold(match[1] == ">", float(match[2]))

    def warning(self, number: int, entry: WarningEntry) -> FormWarning | None:
        loc: Loc = ("warnings", number)
        at_rep = entry.at == "rep"
        when = self.condition((*loc, "when"), entry.when, at_rep=at_rep)
        clear = self.condition((*loc, "clear"), entry.clear, at_rep=at_rep) if entry.clear else None
        if at_rep:
            for key in ("clear", "during", "for_s"):
                if key in entry.model_fields_set:
                    self.wrong((*loc, key), f"'{key}' means nothing beside `at: rep`: remove it", at_key=True)
        points = [self.point((*loc, "point", i), name, self.file.side) for i, name in enumerate(entry.point)]
        if when is None:
            return None
        return FormWarning(
            id=entry.id,
            when=when,
            clear=clear,
            at_rep=at_rep,
            for_s=entry.for_s,
            repeat_s=entry.repeat_s,
            during=frozenset(entry.during),
            view=entry.view,
            level=entry.level,
            points=tuple(ref for ref in points if ref),
            say=entry.say,
        )

    def condition(self, loc: Loc, text: str, *, at_rep: bool) -> Condition | None:
        try:
            return parse_condition(text, self.file.measures, at_rep=at_rep)
        except ConditionError as error:
            self.wrong(loc, str(error), offset=error.offset)
            return None

    def unique_ids(self) -> None:
        seen: set[str] = set()
        for number, entry in enumerate(self.file.warnings):
            if entry.id in seen:
                self.wrong(("warnings", number, "id"), f"the id '{entry.id}' is used twice: rename one")
            seen.add(entry.id)

    def check_examples(self, warnings: tuple[FormWarning, ...]) -> None:
        for number, example in enumerate(self.file.examples):
            loc: Loc = ("examples", number)
            if not self.check_example_names(loc, example, warnings):
                continue
            raised = [warning.id for warning in warnings if warning.when.judge(example.given)]
            if set(raised) != set(example.expect):
                said = f"expects {_listed(example.expect)}, but these numbers raise {_listed(raised)}"
                self.wrong((*loc, "expect"), f"this example {said}")

    def check_example_names(self, loc: Loc, example: ExampleEntry, warnings: tuple[FormWarning, ...]) -> bool:
        """Complain of names that the file does not have; return whether it has them all."""
        before = len(self.problems)
        measures = self.file.measures
        known = {*measures, *(f"rep.{number}" for number in REP_NUMBERS)}
        known |= {f"rep.{function}({measure})" for function in REP_FUNCTIONS for measure in measures}
        for name in example.given:
            if name not in known:
                self.wrong(
                    (*loc, "given", name),
                    f"unknown measure '{name}'{did_you_mean(name, known if name.startswith('rep.') else measures)}",
                    at_key=True,
                )
        ids = [warning.id for warning in warnings]
        for i, expected in enumerate(example.expect):
            if expected not in ids:
                self.wrong((*loc, "expect", i), f"unknown warning '{expected}'{did_you_mean(expected, ids)}")
        return len(self.problems) == before


def _closest_point(name: str) -> str:
    hint = did_you_mean(name, [*SIDELESS, *LANDMARKS])
    return hint if "did you mean" in hint else ": the points are MediaPipe's, such as hip, knee or left_wrist"


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(ids) or "nothing"
