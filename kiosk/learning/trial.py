"""Rules tried before they are saved: what an edited exercise makes of the last minute, beside the saved one."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kiosk.coaching.coach import Coach
from kiosk.recent import Moment
from kiosk.rules.compiler import parse_exercise
from kiosk.rules.exercise import Exercise
from kiosk.summary import Summary
from kiosk.yamlfile import FileError, Problem


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an exercise counted, timed and warned of; `warnings` names each of its warnings, also those with none."""

    reps: int
    partials: int
    holds_s: tuple[float, ...]
    warnings: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return the outcome for the editor's page."""
        return {
            "reps": self.reps,
            "partials": self.partials,
            "holds_s": list(self.holds_s),
            "warnings": self.warnings,
        }


@dataclass(frozen=True, slots=True)
class Trial:
    """Two outcomes of the same moments; `saved` is None where the saved file is wrong or there is none yet.

    `seconds` is how long the moments last, `seen_s` how much of that somebody was seen.
    """

    seconds: float
    seen_s: float
    saved: Outcome | None
    edited: Outcome


def mistakes(text: str, name: str) -> tuple[Problem, ...]:
    """Return every mistake of the exercise `name` written as `text`, in the text's order."""
    try:
        parse_exercise(text, name, f"{name}.yaml")
    except FileError as error:
        return error.problems
    return ()


def try_rules(moments: Sequence[Moment], name: str, saved: str | None, edited: str) -> Trial:
    """Judge the moments by both texts of the exercise `name`; FileError if the edited one has mistakes."""
    exercise, before = parse_exercise(edited, name, f"{name}.yaml"), None
    if saved is not None:
        with contextlib.suppress(FileError):
            before = parse_exercise(saved, name, f"{name}.yaml")
    seconds = moments[-1][0] - moments[0][0] if moments else 0.0
    poses = sum(pose is not None for _, pose in moments)
    return Trial(
        seconds=seconds,
        seen_s=seconds * poses / max(1, len(moments)),
        saved=_outcome(moments, before) if before else None,
        edited=_outcome(moments, exercise),
    )


def _outcome(moments: Sequence[Moment], exercise: Exercise) -> Outcome:
    coach, summary = Coach(exercise), Summary()
    for t_s, pose in moments:
        for event in coach.step(t_s, pose):
            summary.take(event)
    for event in coach.finish():
        summary.take(event)
    warnings = {warning.id: summary.warnings[warning.id] for warning in exercise.warnings}
    return Outcome(summary.reps, summary.partials, tuple(summary.holds_s), warnings)
