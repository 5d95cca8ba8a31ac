"""An exercise file -> a compiled `Exercise`: measures to compute, thresholds to count by, conditions to warn of.

Whatever a file says that can't be meant is a `Problem` with its place; all of a file's problems are found together.
"""

import copyreg
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from kiosk.rules.conditions import (
    REP_FUNCTIONS,
    REP_NUMBERS,
    Condition,
    ConditionError,
    parse_condition,
)
from kiosk.rules.exercise import Exercise, FormWarning, Hold, Repetitions, Threshold
from kiosk.rules.exercise_file import (
    ExampleEntry,
    ExerciseFile,
    TuneEntry,
    WarningEntry,
)
from kiosk.rules.limits import Bounds, BoundsError, bounds, limits
from kiosk.rules.measure_rules import MeasureCompiler
from kiosk.rules.possible import Range, can_hold, can_hold_together
from kiosk.yamlfile import Document, FileError, Loc, Problem, did_you_mean, parse_document, read_document

_THRESHOLD: Final = re.compile(r"\s*([<>])\s*(-?\d+(?:\.\d+)?)\s*")
_RANGES: Final[dict[str, Range]] = {"angle": (0, 180), "tilt": (0, 90), "distance": (0, float("inf"))}
"""The values that a measure of each form can take."""


def _as_text(exercise: Exercise) -> tuple[Callable[[str, str, str], Exercise], tuple[str, str, str]]:
    return parse_exercise, (exercise.text, exercise.name, f"{exercise.name}.yaml")


# An exercise crosses to another process as its text: what was compiled of it are functions, which can't.
copyreg.pickle(Exercise, _as_text)


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
        compiler = MeasureCompiler(file, self.wrong)
        measures = compiler.measures()
        reps, hold = self.repetitions(), self.hold()
        if (file.reps is None) == (file.hold is None):
            self.wrong((), "an exercise has either `reps` to count or a `hold` to time")
        warnings = tuple(w for i, entry in enumerate(file.warnings) if (w := self.warning(i, entry, compiler)))
        self.unique_ids()
        see = [compiler.point(("setup", "see", i), point, file.side) for i, point in enumerate(file.setup.see)]
        if file.tempo and file.hold:
            self.wrong(("tempo",), "'tempo' means nothing beside `hold`: remove it", at_key=True)
        if file.sets.reps is not None and file.hold:
            self.wrong(("sets", "reps"), "'reps' means nothing in a hold: its target_s ends a set", at_key=True)
        if not self.problems:
            self.check_possible(reps, hold, warnings)
            self.check_examples(warnings)
        if self.problems:
            raise FileError(self.problems)
        return Exercise(
            name=name,
            title=file.title,
            view=file.view,
            see=tuple(ref for ref in see if ref),
            height=file.setup.height,
            measures=measures,
            reps=reps,
            hold=hold,
            warnings=warnings,
            tempo=file.tempo,
            sets=file.sets,
            gestures=file.gestures,
            text=self.document.text,
        )

    def wrong(self, loc: Loc, message: str, *, at_key: bool = False, offset: int = 0) -> None:
        self.problems.append(self.document.problem(loc, message, at_key=at_key, offset=offset))

    def repetitions(self) -> Repetitions | None:
        reps = self.file.reps
        if reps is None:
            return None
        if reps.measure not in self.file.measures:
            message = f"unknown measure '{reps.measure}'{did_you_mean(reps.measure, self.file.measures)}"
            self.wrong(("reps", "measure"), message)
        start, end = self.threshold("start", reps.start), self.threshold("end", reps.end)
        require = self.condition(("reps", "require"), reps.require, at_rep=True) if reps.require is not None else None
        if reps.max_s <= reps.min_s:
            self.wrong(("reps", "max_s"), f"max_s must be larger than min_s ({reps.min_s:g})")
        if reps.each and self.file.side != "near":
            self.wrong(("reps", "each"), "each: true takes both sides in turn: remove `side` above", at_key=True)
        if start is None or end is None:
            return None
        if start.above == end.above or (start.value <= end.value if start.above else start.value >= end.value):
            wanted = '"> 160" and "< 110"'
            self.wrong(("reps", "end"), f"start and end overlap: a repetition lies between two lines, such as {wanted}")
        return Repetitions(reps.measure, start, end, reps.min_s, reps.max_s, require, reps.each, reps.timed_s)

    def hold(self) -> Hold | None:
        hold = self.file.hold
        if hold is None:
            return None
        condition = self.condition(("hold", "while"), hold.condition, at_rep=False)
        return Hold(condition, hold.target_s, hold.grace_s) if condition else None

    def threshold(self, key: str, text: str) -> Threshold | None:
        match = _THRESHOLD.fullmatch(text)
        if match is None:
            self.wrong(("reps", key), f'\'{text}\' is not a threshold: write "> 160" or "< 110"')
            return None
        return Threshold(match[1] == ">", float(match[2]))

    def warning(self, number: int, entry: WarningEntry, compiler: MeasureCompiler) -> FormWarning | None:
        loc: Loc = ("warnings", number)
        at_rep = entry.at == "rep"
        when = self.condition((*loc, "when"), entry.when, at_rep=at_rep)
        clear = self.condition((*loc, "clear"), entry.clear, at_rep=at_rep) if entry.clear else None
        if at_rep:
            for key in ("clear", "during", "for_s"):
                if key in entry.model_fields_set:
                    self.wrong((*loc, key), f"'{key}' means nothing beside `at: rep`: remove it", at_key=True)
        if self.file.hold:
            for key in ("at", "during"):
                if key in entry.model_fields_set:
                    self.wrong((*loc, key), f"'{key}' means nothing in a hold, which has no repetitions", at_key=True)
        points = [compiler.point((*loc, "point", i), name, self.file.side) for i, name in enumerate(entry.point)]
        if when is None:
            return None
        return FormWarning(
            id=entry.id,
            order=number,
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
            tune=self.bounds((*loc, "tune"), entry.tune, when, at_rep=at_rep) if entry.tune else None,
            examples=tuple(example.given for example in self.file.examples if entry.id in example.expect),
        )

    def bounds(self, loc: Loc, entry: TuneEntry, when: Condition, *, at_rep: bool) -> Bounds | None:
        try:
            return bounds(limits(when, at_rep=at_rep), entry.measure, entry.least, entry.most)
        except BoundsError as error:
            self.wrong((*loc, error.key) if error.key else loc, str(error), at_key=not error.key)
            return None

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

    def check_possible(self, reps: Repetitions | None, hold: Hold | None, warnings: tuple[FormWarning, ...]) -> None:
        """Complain of what can never happen, and of warnings that would rise and fall at once."""
        ranges = self.ranges()
        if reps:
            self.check_threshold("start", reps.start, ranges.get(reps.measure))
            self.check_threshold("end", reps.end, ranges.get(reps.measure))
            if reps.require and not can_hold(reps.require, ranges):
                self.wrong(("reps", "require"), "this can never be true, so no repetition would count")
        if hold and not can_hold(hold.condition, ranges):
            self.wrong(("hold", "while"), "this can never be true, so no time would count")
        for warning in warnings:
            loc: Loc = ("warnings", warning.order)
            if not can_hold(warning.when, ranges):
                self.wrong((*loc, "when"), "this can never be true, so the warning can never rise")
            elif warning.clear and not can_hold(warning.clear, ranges):
                self.wrong((*loc, "clear"), "this can never be true, so the warning would never end")
            elif warning.clear and can_hold_together(warning.when, warning.clear, ranges):
                self.wrong((*loc, "clear"), "when and clear can be true at once: leave a gap between their thresholds")

    def check_threshold(self, key: str, threshold: Threshold, known: Range | None) -> None:
        if known and not (threshold.value < known[1] if threshold.above else threshold.value > known[0]):
            low, high = known
            self.wrong(("reps", key), f"can never be reached: this measure lies between {low:g} and {high:g}")

    def ranges(self) -> dict[str, Range]:
        """The values that each measure, and each number of a repetition, can take."""
        ranges: dict[str, Range] = {f"rep.{name}": (0, float("inf")) for name in REP_NUMBERS}
        for name, entry in self.file.measures.items():
            known = next((_RANGES[form] for form in _RANGES if getattr(entry, form) is not None), None)
            if known:
                ranges |= {name: known, f"rep.min({name})": known, f"rep.max({name})": known}
                ranges[f"rep.range({name})"] = (0, known[1] - known[0])
        return ranges

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


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(ids) or "nothing"
