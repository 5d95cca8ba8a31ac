"""What can happen while somebody exercises."""

from dataclasses import dataclass
from typing import TypeAlias

from kiosk.rules import FormWarning
from kiosk.stance import Side


@dataclass(frozen=True, slots=True)
class RepEvent:
    """A repetition ended; `number` is the count with it, a partial one leaves the count as it was.

    Where left and right are counted apart, `side` says which this was and `number` counts that side.
    """

    t_s: float
    number: int
    partial: bool
    out_s: float
    back_s: float
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class HoldEvent:
    """A hold ended after `held_s` counted seconds."""

    t_s: float
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

    `speak` is set on the one cue that is to be given now.
    """

    t_s: float
    warning: FormWarning
    on: bool
    rep: int | None
    speak: bool = False


Event: TypeAlias = RepEvent | HoldEvent | TimedEvent | WarningEvent
