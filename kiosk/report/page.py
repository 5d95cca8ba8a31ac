"""A report as HTML: an article for the kiosk's page, or a page of its own that needs nothing else."""

from datetime import date
from importlib.resources import files

from kiosk.report.contents import ExerciseReport, Report
from kiosk.report.findings import findings
from kiosk.report.html import figures, tag, text
from kiosk.report.panels import exercise_panels, moment_panel, report_panels
from kiosk.report.tables import (
    angles_table,
    course_table,
    moments_table,
    overview_table,
    parts_table,
    sides_table,
    visits_table,
    warnings_table,
)
from kiosk.report.wording import day_text, days_text, duration_text, percent_text, say, value_text
from kiosk.words import Language

_LANG = {"en": "en", "zh": "zh-Hans"}
_NOTES = ("report_note_reach", "report_note_even", "report_note_sides", "report_note_angles", "report_note_warnings")


def article(report: Report, language: Language, printed: date) -> str:
    """Return the report; `printed` is the day on which it is made."""
    content = [_head(report, language, printed)]
    if report.exercises:
        content.append(_summary(report, language))
        content += [_exercise(report, number, language) for number in range(len(report.exercises))]
        content += [_notes(language), _appendix(report, language)]
    else:
        content.append(text("p", say("report_nothing", language), class_="nothing"))
    content.append(text("footer", say("report_no_device", language)))
    kind = "report single" if len(report.exercises) == 1 else "report"
    return tag("article", *content, class_=kind, lang=_LANG[language])


def page(report: Report, language: Language, printed: date) -> str:
    """Return the report as a whole page, with its styles in it."""
    style = files("kiosk.web").joinpath("static", "report.css").read_text(encoding="utf-8")
    name = _who(report, language)
    head = tag(
        "head",
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        text("title", f"{say('report_title', language)} – {name}"),
        f"<style>\n{style}</style>",
    )
    body = tag("body", tag("main", article(report, language, printed)), class_="report-file")
    return f"<!doctype html>\n{tag('html', head, body, lang=_LANG[language])}\n"


def _head(report: Report, language: Language, printed: date) -> str:
    return tag(
        "header",
        text("p", say("report_title", language), class_="kind"),
        text("h1", _who(report, language)),
        text("p", days_text(report.first, report.last, language), class_="when"),
        text("p", say("report_printed", language, day_text(printed, language)), class_="printed"),
    )


def _who(report: Report, language: Language) -> str:
    return report.person or say("report_everybody", language)


def _summary(report: Report, language: Language) -> str:
    entries = [
        (say("report_days", language), str(report.days), ""),
        (say("report_visits", language), str(report.visits), ""),
        (say("report_sets", language), str(report.sets), ""),
        (say("report_reps", language), str(report.repetitions), _partials(report.partials, language)),
    ]
    if report.held_s:
        entries.append((say("report_held", language), duration_text(report.held_s, language), ""))
    if len(report.exercises) == 1:
        return tag("section", figures(entries), class_="summary")
    panels = tag("div", report_panels(report, language), class_="charts")
    return tag("section", figures(entries), panels, overview_table(report, language), class_="summary")


def _exercise(report: Report, number: int, language: Language) -> str:
    exercise = report.exercises[number]
    said = [text("li", sentence) for sentence in findings(exercise, language)]
    return tag(
        "section",
        text("h2", exercise.rules.title[language]),
        "" if exercise.known else text("p", say("report_no_file", language), class_="nothing"),
        figures(_figures(exercise, language)),
        tag("ul", *said, class_="findings") if said else "",
        tag("div", exercise_panels(exercise, number + 1, report.step, language), class_="charts"),
        visits_table(exercise, language, named=report.person is None),
        warnings_table(exercise, language),
        tag("div", moment_panel(exercise, number + 1, language), class_="charts"),
        sides_table(exercise, language),
        angles_table(exercise, language),
        class_="exercise",
    )


def _figures(exercise: ExerciseReport, language: Language) -> list[tuple[str, str, str]]:
    entries: list[tuple[str, str, str]] = []
    if exercise.repetitions or exercise.partials:
        partials = _partials(exercise.partials, language)
        entries.append((say("report_reps", language), str(exercise.repetitions), partials))
    if holds := exercise.holds:
        longest = say("report_longest", language, duration_text(holds.longest_s, language))
        entries.append((say("report_held", language), duration_text(holds.total_s, language), longest))
    for test in exercise.tests:
        last = say("report_last", language, test.last)
        entries.append((say("report_test", language, f"{test.timed_s:.0f}"), str(test.best), last))
    if reach := exercise.reach:
        best = say("report_best", language, value_text(reach.best, reach.unit, language))
        goal = "" if reach.target is None else value_text(reach.target, reach.unit, language)
        remark = f"{best} · {say('report_target', language, goal)}" if goal else best
        entries.append((say("report_reach", language), value_text(reach.mean, reach.unit, language), remark))
    if tempo := exercise.tempo:
        ways = f"{tempo.out.mean_s:.1f} · {tempo.back.mean_s:.1f}"
        entries.append((say("report_out_back", language), say("seconds", language, ways), ""))
        if tempo.evenness is not None:
            goal = "" if tempo.evenness_target is None else percent_text(tempo.evenness_target)
            remark = say("report_at_most", language, goal) if goal else ""
            entries.append((say("report_evenness", language), percent_text(tempo.evenness), remark))
    if exercise.symmetry and exercise.symmetry.share is not None:
        entries.append((say("report_symmetry", language), percent_text(exercise.symmetry.share), ""))
    if exercise.warnings_per_100 is not None:
        entries.append((say("report_warnings_per_100", language), f"{exercise.warnings_per_100:.0f}", ""))
    return entries


def _partials(partials: int, language: Language) -> str:
    return say("report_and_partials", language, partials) if partials else ""


def _appendix(report: Report, language: Language) -> str:
    """The numbers of all charts, apart from what is read first."""
    content = [
        tag(
            "div",
            text("h3", exercise.rules.title[language]),
            parts_table(exercise, report.step, language),
            course_table(exercise, language),
            moments_table(exercise, language),
        )
        for exercise in report.exercises
    ]
    return tag("section", text("h2", say("report_appendix", language)), *content, class_="appendix")


def _notes(language: Language) -> str:
    notes = [text("li", say(key, language)) for key in _NOTES]
    return tag("section", text("h2", say("report_notes", language)), tag("ul", *notes), class_="notes")
