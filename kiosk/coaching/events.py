"""What can happen while somebody exercises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from kiosk.rules.exercise import FormWarning
from kiosk.rules.exercise_file import Phase
from kiosk.stance import Side

GestureKind: TypeAlias = Literal["toggle", "next"]
"""What a hand gesture asks for: stop or start, or the next exercise."""


@dataclass(frozen=True, slots=True)
class RepEvent:
    """A repetition ended; `number` is the count with it, a partial one leaves the count as it was.

    From `begin_s` to `t_s` the counting measure was away from `start`; `lowest` and `highest` hold each measure's
    extremes in that time and are never changed. `onset_s` is when the movement set out; `out_s` and `back_s` are from
    there to its far end and from that to rest, foreseen: a full repetition's TempoEvent brings the final times.
    Where left and right are counted apart, `side` says which this was and `number` counts that side.
    """

    t_s: float
    begin_s: float
    onset_s: float
    number: int
    partial: bool
    out_s: float
    back_s: float
    lowest: Mapping[str, float]
    highest: Mapping[str, float]
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class TempoEvent:
    """A full repetition has come to rest, or the next one has set out: its times, which were foreseen in its RepEvent.

    `number` and `side` are those of the RepEvent. It lasted from `begin_s` to `t_s`, which is `out_s` and `back_s`
    together; `pause_s` at the far end is shared between the two (see `kiosk.coaching.rhythm`).
    """

    t_s: float
    begin_s: float
    number: int
    out_s: float
    back_s: float
    pause_s: float
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class HoldEvent:
    """A posture was kept from `begin_s` to `t_s`, of which `held_s` counted."""

    t_s: float
    begin_s: float
    held_s: float


@dataclass(frozen=True, slots=True)
class TimedEvent:
    """A timed test of `timed_s` seconds is over, with `reps` repetitions in it."""

    t_s: float
    timed_s: float
    reps: int


@dataclass(frozen=True, slots=True)
class WarningEvent:
    """A warning rose (`on`) or fell; `rep` is the repetition it belongs to, None between repetitions.

    `phase` is where in the movement it rose, None for one about a whole repetition and where none are counted. `side`
    is set where left and right are counted apart. `speak` is set on the one cue that is to be given now. One about a
    whole repetition has the `numbers` it was judged by, such as "rep.min(knee)".
    """

    t_s: float
    warning: FormWarning
    on: bool
    rep: int | None
    phase: Phase | None = None
    side: Side | None = None
    speak: bool = False
    numbers: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Best:
    """The farthest that a set went: the extreme of the counting measure in degrees, over its full repetitions."""

    measure: str
    value: float


@dataclass(frozen=True, slots=True)
class SetEvent:
    """A set is done: the `number`th of `sets`, which is None where no number is planned or more were done than planned.

    `out_s` and `back_s` are means over the full repetitions, `evenness` the coefficient of variation of their times, of
    many the latest ones' (see `kiosk.coaching.tempo`). `held_s` is the time of all holds of the set, None where
    repetitions are counted.
    """

    t_s: float
    number: int
    sets: int | None
    reps: int
    partials: int
    held_s: float | None
    out_s: float | None
    back_s: float | None
    evenness: float | None
    best: Best | None


@dataclass(frozen=True, slots=True)
class GestureEvent:
    """A hand was held above the head for long enough."""

    t_s: float
    kind: GestureKind


Event: TypeAlias = RepEvent | TempoEvent | HoldEvent | TimedEvent | WarningEvent | SetEvent | GestureEvent
