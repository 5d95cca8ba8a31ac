"""From the numbers of an exercise to its charts, in a language."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from kiosk.report import charts
from kiosk.report.charts import Across, Line, Said, Scale, Target
from kiosk.report.contents import ExerciseReport, Part, Reach, Report, Way, per_100
from kiosk.report.html import chart
from kiosk.report.period import Step
from kiosk.report.wording import duration_text, part_text, percent_text, say, seconds_text, shortened, unit_text
from kiosk.words import Language

FEWEST_IN_SET: Final = 3
"""Repetitions from which the course of a set is drawn."""

MOST_KINDS: Final = 5
"""Kinds of warnings whose moments are drawn."""

_WHOLE: Final = Scale("{:.0f}".format, 1.0)


def report_panels(report: Report, language: Language) -> str:
    """Return the charts of all exercises together, nothing where one number says it."""
    if len(report.parts) < 2:
        return ""
    panels = _Panels(0, report.parts, report.step, language)
    held = any(part.held_s for part in report.parts)
    return "".join([panels.repetitions(), *([panels.holds(None)] if held else [])])


def exercise_panels(exercise: ExerciseReport, number: int, step: Step, language: Language) -> str:
    """Return the charts of the `number`th exercise: what changed from day to day, then what happens within a set."""
    panels = _Panels(number, exercise.parts, step, language)
    drawn: list[str] = []
    if len(exercise.parts) > 1:
        drawn += panels.by_step(exercise)
    if exercise.tempo and len(exercise.tempo.course) >= FEWEST_IN_SET:
        drawn += panels.in_set(exercise)
    return "".join(drawn)


def moment_panel(exercise: ExerciseReport, number: int, language: Language) -> str:
    """Return where in the repetition the most frequent warnings rose, nothing where none has such a moment."""
    kinds = [kind for kind in exercise.warnings if any(kind.moments)][:MOST_KINDS]
    if not kinds:
        return ""
    title = say("report_moments", language)
    rows = [(kind.say[language], kind.moments) for kind in kinds]
    ends = [say(key, language) for key in ("report_moment_begin", "report_moment_end", "report_moment_over")]
    told = "; ".join(f"{name}: {', '.join(map(str, moments))}" for name, moments in rows)
    said = Said(f"chart-{number}-moments", title, f"{' – '.join(ends)}. {told}")
    short = [(shortened(name, charts.ROW_COLUMNS), moments) for name, moments in rows]
    return chart(title, charts.moment_chart(said, short, (ends[0], ends[1], ends[2])))


class _Panels:
    """Draws the charts over the same parts."""

    def __init__(self, number: int, parts: Sequence[Part], step: Step, language: Language) -> None:
        self._number, self._parts, self._step, self._language = number, parts, step, language
        places = range(len(parts)) if step == "set" else [part.day.toordinal() for part in parts]
        self._across = Across(places, [part_text(part, step, language, short=True) for part in parts])

    def by_step(self, exercise: ExerciseReport) -> Iterator[str]:
        """What changes from step to step."""
        parts, rules = self._parts, exercise.rules
        if exercise.repetitions or exercise.partials:
            yield self.repetitions()
        if exercise.holds:
            yield self.holds(exercise.holds.target_s if self._step == "set" else None)
        if reach := exercise.reach:
            spread = [None if one.least is None or one.most is None else (one.least, one.most) for one in parts]
            yield self._reach("report_reach", reach, Line([part.reach for part in parts], spread))
        if exercise.tempo:
            yield self._way("report_out", [part.out_s for part in parts], exercise.tempo.out)
            yield self._way("report_back", [part.back_s for part in parts], exercise.tempo.back)
            evenness = [part.evenness for part in parts]
            if sum(value is not None for value in evenness) > 1:
                goal = () if rules.evenness is None else (rules.evenness,)
                yield self._lines("report_evenness", [Line(evenness)], Scale(percent_text, 0.01), goal)
        if exercise.warnings and exercise.repetitions:
            rates = [per_100(part.warnings, part.repetitions + part.partials) for part in parts]
            yield self._lines("report_warnings_per_100", [Line(rates)], _WHOLE)

    def in_set(self, exercise: ExerciseReport) -> Iterator[str]:
        """What changes from repetition to repetition of a set."""
        tempo, reach = exercise.tempo, exercise.reach
        if tempo is None:
            return
        across = Across(range(len(tempo.course)), [str(one.number) for one in tempo.course])
        lines = [
            Line([one.out_s for one in tempo.course], label=say("report_way_out", self._language)),
            Line([one.back_s for one in tempo.course], label=say("report_way_back", self._language)),
        ]
        yield self._lines("report_set_times", lines, Scale("{:.1f}".format, 0.1), across=across)
        if reach:
            yield self._reach("report_set_reach", reach, Line([one.reach for one in tempo.course]), across)

    def repetitions(self) -> str:
        """Whole repetitions, and the partial ones on top."""
        whole, partials = [part.repetitions for part in self._parts], [part.partials for part in self._parts]
        said = self._said("report_chart_reps", [f"{one.repetitions} + {one.partials}" for one in self._parts])
        return chart(said.title, charts.bar_chart(said, self._across, (whole, partials), None, _WHOLE))

    def holds(self, target_s: float | None) -> str:
        """Time held."""
        write = partial(duration_text, language=self._language)
        values = [part.held_s for part in self._parts]
        target = (
            None if target_s is None else Target((target_s,), say("report_target", self._language, write(target_s)))
        )
        said = self._said("report_held", [write(value) for value in values], target)
        bars = (values, [0.0] * len(values))
        return chart(said.title, charts.bar_chart(said, self._across, bars, target, Scale(write, 1.0)))

    def _way(self, key: str, values: Sequence[float | None], way: Way) -> str:
        scale = Scale(partial(seconds_text, language=self._language), 0.1)
        return self._lines(key, [Line(values)], scale, way.target_s or ())

    def _reach(self, key: str, reach: Reach, line: Line, across: Across | None = None) -> str:
        goal = () if reach.target is None else (reach.target,)
        scale = Scale("{:.0f}°".format, 1.0) if reach.unit == "deg" else Scale("{:.2f}".format, 0.01)
        unit = "" if reach.unit == "deg" else f" ({unit_text(reach.unit, self._language)})"
        return self._lines(key, [line], scale, goal, across=across, unit=unit)

    def _lines(
        self,
        key: str,
        lines: Sequence[Line],
        scale: Scale,
        goal: Sequence[float] = (),
        *,
        across: Across | None = None,
        unit: str = "",
    ) -> str:
        across = across or self._across
        target = None
        if goal:
            between = "–".join([*(f"{value:g}" for value in goal[:-1]), scale.write(goal[-1])])
            target = Target(goal, say("report_target", self._language, between))
        told = [
            "; ".join(f"{label} {scale.write(value)}".strip() for label, value in labelled if value is not None)
            for labelled in zip(*([(line.label, value) for value in line.values] for line in lines), strict=True)
        ]
        said = self._said(key, told, target, across)
        return chart(said.title + unit, charts.line_chart(said, across, lines, target, scale))

    def _said(self, key: str, told: Sequence[str], target: Target | None = None, across: Across | None = None) -> Said:
        """What a screen reader says: every value with its label."""
        labels = (across or self._across).labels
        pairs = [f"{label}: {value or '–'}" for label, value in zip(labels, told, strict=True)]
        name = f"chart-{self._number}-{key.removeprefix('report_').replace('_', '-')}"
        return Said(name, say(key, self._language), "; ".join([*pairs, *([target.label] if target else [])]))
