"""What a training report needs of an exercise file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.rules.exercise import Exercise, Threshold
from kiosk.rules.exercise_file import Range
from kiosk.words import Language

Texts = dict[Language, str]


@dataclass(frozen=True, slots=True)
class Rules:
    """Those of one exercise. `warnings` holds what each warning says."""

    name: str
    title: Texts
    units: Mapping[str, str] = field(default_factory=dict)
    measure: str | None = None
    start: Threshold | None = None
    end: Threshold | None = None
    out_s: Range | None = None
    back_s: Range | None = None
    evenness: float | None = None
    hold_s: float | None = None
    warnings: Mapping[str, Texts] = field(default_factory=dict)

    @classmethod
    def of(cls, exercise: Exercise) -> "Rules":
        """Return those of an exercise."""
        reps, tempo = exercise.reps, exercise.tempo
        return cls(
            name=exercise.name,
            title=exercise.title.to_json(),
            units={measure.name: measure.unit for measure in exercise.measures},
            measure=reps.measure if reps else None,
            start=reps.start if reps else None,
            end=reps.end if reps else None,
            out_s=tempo.out_s if tempo else None,
            back_s=tempo.back_s if tempo else None,
            evenness=tempo.evenness if tempo else None,
            hold_s=exercise.hold.target_s if exercise.hold else None,
            warnings={warning.id: warning.say.to_json() for warning in exercise.warnings},
        )
