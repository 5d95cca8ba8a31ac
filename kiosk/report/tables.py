"""The tables of an exercise's report, in a language."""

from typing import Final

from kiosk.report.contents import MOMENTS, ExerciseReport, OneSide, Part, PastVisit, Report, per_100
from kiosk.report.html import folded, table
from kiosk.report.period import Step
from kiosk.report.wording import (
    day_text,
    duration_text,
    measure_text,
    part_text,
    percent_text,
    say,
    seconds_text,
    time_text,
    value_text,
)
from kiosk.words import Language

NONE: Final = "–"


def overview_table(report: Report, language: Language) -> str:
    """Return a line for each exercise."""
    head = ["exercise", "report_visits", "report_sets", "report_reps", "report_partials", "report_warnings_per_100"]
    held = any(one.holds for one in report.exercises)
    rows = [
        [
            one.rules.title[language],
            str(one.visits),
            str(one.sets),
            str(one.repetitions),
            str(one.partials),
            _number(one.warnings_per_100),
            *([duration_text(one.holds.total_s, language) if one.holds else NONE] if held else []),
        ]
        for one in report.exercises
    ]
    words = [say(key, language) for key in [*head, *(["report_held"] if held else [])]]
    return table(say("report_overview", language), words, rows)


def warnings_table(exercise: ExerciseReport, language: Language) -> str:
    """Return each kind of warning with how often it rose and how it was judged."""
    if not exercise.warnings:
        return ""
    judged = any(kind.right or kind.false_alarms for kind in exercise.warnings)
    head = ["report_warning", "report_level", "report_count", "report_per_100"]
    head += ["report_right", "report_false"] if judged else []
    rows = [
        [
            kind.say[language],
            say(f"level_{kind.level}", language),
            str(kind.count),
            _number(kind.per_100),
            *([str(kind.right), str(kind.false_alarms)] if judged else []),
        ]
        for kind in exercise.warnings
    ]
    return table(say("report_warnings", language), [say(key, language) for key in head], rows)


def moments_table(exercise: ExerciseReport, language: Language) -> str:
    """Return the numbers of the chart of moments, and what it leaves out."""
    if not exercise.warnings:
        return ""
    quarters = (MOMENTS - 1) // 2
    shares = [f"{100 * number // quarters}–{100 * (number + 1) // quarters}%" for number in range(quarters)]
    out, back = say("report_way_out", language), say("report_way_back", language)
    head = [
        say("report_warning", language),
        *(f"{out} {share}" for share in shares),
        say("report_moment_end", language),
        *(f"{back} {share}" for share in reversed(shares)),
        say("report_elsewhere", language),
    ]
    rows = [[kind.say[language], *map(str, kind.moments), str(kind.elsewhere)] for kind in exercise.warnings]
    title = say("report_moments", language)
    return folded(say("report_numbers_of", language, title), table(title, head, rows, "small"))


def sides_table(exercise: ExerciseReport, language: Language) -> str:
    """Return left against right."""
    symmetry = exercise.symmetry
    if symmetry is None:
        return ""
    unit = exercise.rules.units[symmetry.measure if symmetry.apart else f"left_{symmetry.measure}"]

    def row(key: str, side: OneSide) -> list[str]:
        return [
            say(key, language),
            str(side.repetitions),
            NONE if side.extent is None else value_text(side.extent, unit, language),
            NONE if side.seconds is None else seconds_text(side.seconds, language),
        ]

    way = say("report_way_of", language, measure_text(symmetry.measure, language))
    head = ["", say("report_reps", language), way, say("report_time", language)]
    rows = [row("photo_left", symmetry.left), row("photo_right", symmetry.right)]
    return table(say("report_sides", language), head, rows)


def angles_table(exercise: ExerciseReport, language: Language) -> str:
    """Return the mean of every angle."""
    if not exercise.angles:
        return ""
    head = ["report_angle", "report_at_start", "report_lowest", "report_highest", "report_way"]
    rows = [
        [
            measure_text(one.measure, language),
            *(_degrees(value) for value in (one.start, one.lowest, one.highest, one.extent)),
        ]
        for one in exercise.angles
    ]
    return table(say("report_angles", language), [say(key, language) for key in head], rows)


def visits_table(exercise: ExerciseReport, language: Language, *, named: bool) -> str:
    """Return the best visit beside the last one, with who it was where that is not known already."""
    best, last = exercise.best, exercise.last
    if best is None:
        return ""
    rows = [
        [say("report_day", language), _when(best, language, named=named), _when(last, language, named=named)],
        *([name, *pair] for name, *pair in _compared(exercise, best.part, last.part, language)),
    ]
    head = ["", say("report_best_visit", language), say("report_last_visit", language)]
    return table(say("report_visits_compared", language), head, rows, "pair")


def parts_table(exercise: ExerciseReport, step: Step, language: Language) -> str:
    """Return the numbers of the charts, a line a day or whatever the step is."""
    columns = _columns(exercise, language)
    rows = [[part_text(part, step, language), *_cells(exercise, part, language)] for part in exercise.parts]
    title = say(f"report_by_{step}", language)
    head = [say(f"report_step_{step}", language), *columns]
    return folded(say("report_numbers_of", language, title), table(title, head, rows, "small"))


def course_table(exercise: ExerciseReport, language: Language) -> str:
    """Return the numbers of the charts of a set."""
    tempo, reach = exercise.tempo, exercise.reach
    if tempo is None or len(tempo.course) < 2:
        return ""
    head = ["report_nth", "report_count", "report_out", "report_back", *(["report_reach"] if reach else [])]
    rows = []
    for one in tempo.course:
        far = [NONE if one.reach is None else value_text(one.reach, reach.unit, language)] if reach else []
        rows.append(
            [
                str(one.number),
                str(one.repetitions),
                seconds_text(one.out_s, language),
                seconds_text(one.back_s, language),
                *far,
            ]
        )
    title = say("report_within_set", language)
    return folded(
        say("report_numbers_of", language, title), table(title, [say(key, language) for key in head], rows, "small")
    )


def _columns(exercise: ExerciseReport, language: Language) -> list[str]:
    keys = ["report_sets"]
    if exercise.repetitions or exercise.partials:
        keys += ["report_reps", "report_partials"]
    if exercise.reach:
        keys += ["report_reach"]
    if exercise.tempo:
        keys += ["report_out", "report_back", "report_evenness"]
    if exercise.holds:
        keys += ["report_held"]
    return [say(key, language) for key in [*keys, "report_warnings"]]


def _cells(exercise: ExerciseReport, part: Part, language: Language) -> list[str]:
    cells = [str(part.sets)]
    if exercise.repetitions or exercise.partials:
        cells += [str(part.repetitions), str(part.partials)]
    if exercise.reach:
        cells += [NONE if part.reach is None else value_text(part.reach, exercise.reach.unit, language)]
    if exercise.tempo:
        cells += [NONE if value is None else seconds_text(value, language) for value in (part.out_s, part.back_s)]
        cells += [NONE if part.evenness is None else percent_text(part.evenness)]
    if exercise.holds:
        cells += [duration_text(part.held_s, language)]
    return [*cells, str(part.warnings)]


def _compared(exercise: ExerciseReport, best: Part, last: Part, language: Language) -> list[list[str]]:
    """The rows of two visits: what the table of parts has as columns, and the warnings by repetitions."""
    rows = [
        list(row)
        for row in zip(
            _columns(exercise, language),
            _cells(exercise, best, language),
            _cells(exercise, last, language),
            strict=True,
        )
    ]
    if exercise.repetitions:
        rates = [_number(per_100(part.warnings, part.repetitions + part.partials)) for part in (best, last)]
        rows[-1] = [say("report_warnings_per_100", language), *rates]
    return rows


def _when(visit: PastVisit, language: Language, *, named: bool) -> str:
    when = f"{day_text(visit.part.day, language)}, {time_text(visit.part.began_s)}"
    return f"{when}, {visit.person}" if named and visit.person else when


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.1f}"


def _degrees(value: float | None) -> str:
    return NONE if value is None else f"{value:.0f}°"
