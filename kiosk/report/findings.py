"""What stands out in an exercise, in sentences for the person who exercised."""

from collections.abc import Iterator
from typing import Final

from kiosk.report.contents import ExerciseReport, Reach, Symmetry, Tempo, Way
from kiosk.report.wording import measure_text, percent_text, say, value_text
from kiosk.words import Language

SMALLEST_DEG: Final = 5.0
"""One camera is wrong by several degrees, so a smaller difference is none (a knee seen from the side: -2 +- 6)."""

SMALLEST_SHARE: Final = 0.05
"""A change of pace that people notice; the usual repetition varies by more."""

ALIKE: Final = 0.9
"""From this share on, sides count as alike: the limb symmetry index of 90 % by which people return to sport.

A convention, not clinical here.
"""

KEPT: Final = 0.8
"""Where fewer repetitions keep to the tempo, what is mostly wrong is said."""


def findings(exercise: ExerciseReport, language: Language) -> list[str]:
    """Return the sentences, the range of motion first."""
    said: list[str] = []
    if exercise.reach:
        said += _reach(exercise.reach, language)
    if exercise.tempo:
        said += _pace(exercise.tempo, exercise.repetitions, language)
        said += _fatigue(exercise.tempo, exercise.reach, language)
    if exercise.symmetry:
        said += _sides(exercise.symmetry, language)
    if exercise.warnings:
        said.append(say("report_find_warning", language, exercise.warnings[0].say[language]))
    return said


def _reach(reach: Reach, language: Language) -> Iterator[str]:
    if reach.change is None:
        return
    if reach.unit == "deg" and abs(reach.change) < SMALLEST_DEG:
        yield say("report_find_same_reach", language)
        return
    key = "report_find_farther" if reach.change > 0 else "report_find_less_far"
    yield say(key, language, value_text(abs(reach.change), reach.unit, language))


def _pace(tempo: Tempo, repetitions: int, language: Language) -> Iterator[str]:
    ways: list[tuple[Way, str, str]] = [
        (tempo.out, "report_find_out_fast", "report_find_out_slow"),
        (tempo.back, "report_find_back_fast", "report_find_back_slow"),
    ]
    judged = [way for way in ways if way[0].target_s]
    if not judged:
        return
    kept = 1 - sum(way.fast + way.slow for way, _, _ in judged) / (repetitions * len(judged))
    yield say("report_find_pace", language, percent_text(kept))
    if kept < KEPT:
        missed = [pair for way, fast, slow in judged for pair in ((way.fast, fast), (way.slow, slow))]
        count, key = max(missed)
        yield say(key, language, percent_text(count / repetitions))


def _fatigue(tempo: Tempo, reach: Reach | None, language: Language) -> Iterator[str]:
    if tempo.slower is None:
        return
    if abs(tempo.slower) < SMALLEST_SHARE:
        yield say("report_find_steady", language)
    else:
        key = "report_find_slower" if tempo.slower > 0 else "report_find_quicker"
        yield say(key, language, percent_text(abs(tempo.slower)))
    if reach and reach.unit == "deg" and tempo.shorter is not None and tempo.shorter >= SMALLEST_DEG:
        yield say("report_find_shorter", language, value_text(tempo.shorter, "deg", language))


def _sides(symmetry: Symmetry, language: Language) -> Iterator[str]:
    left, right = symmetry.left.extent, symmetry.right.extent
    if symmetry.share is None or left is None or right is None:
        return
    share, name = percent_text(symmetry.share), measure_text(symmetry.measure, language)
    if symmetry.share >= ALIKE:
        yield say("report_find_alike", language, f"{name}, {share}")
    else:
        yield say("report_find_right_less" if right < left else "report_find_left_less", language, f"{name}, {share}")
