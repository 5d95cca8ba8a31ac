"""What the history keeps of training: numbers only, and no name but the one that a person picks for a visit.

All times are monotonic seconds of capture. An `Id` names an entry for good, also to a page that learns of it before it
is stored; `kiosk.history.writer.History.new_id` makes them.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NewType, TypeAlias

from kiosk.rules.exercise_file import Level, Phase
from kiosk.stance import Side

Id = NewType("Id", str)
Verdict = Literal["right", "false_alarm"]

LONGEST_NAME: Final = 40

_JOINERS: Final = "\u200c\u200d"
"""What joins the parts of an emoji and of Persian or Indian letters: odd alone, needed between them."""

_LOOSE_JOINERS: Final = re.compile(rf"(?<!\S)[{_JOINERS}]+|[{_JOINERS}]+(?!\S)")
_WITHOUT_JOINERS: Final = str.maketrans("", "", _JOINERS)


@dataclass(frozen=True, slots=True)
class VisitBegan:
    """Somebody began to train; nobody knows who."""

    id: Id
    t_s: float


@dataclass(frozen=True, slots=True)
class PersonNamed:
    """The person picked a nickname or number for this visit, or with None took it back; see `tidy_name`."""

    visit: Id
    name: str | None


@dataclass(frozen=True, slots=True)
class VisitEnded:
    """The person has gone."""

    visit: Id
    t_s: float


@dataclass(frozen=True, slots=True)
class SetBegan:
    """The set `number` (from 1) of this exercise began; `rules` is the hash of the exercise file in force."""

    id: Id
    visit: Id
    t_s: float
    exercise: str
    number: int
    rules: str


@dataclass(frozen=True, slots=True)
class SetEnded:
    """The set is over."""

    set: Id
    t_s: float


@dataclass(frozen=True, slots=True)
class Extent:
    """One measure over a repetition, in the measure's own unit: where it began, its lowest and its highest value."""

    start: float | None
    lowest: float | None
    highest: float | None


@dataclass(frozen=True, slots=True)
class RepetitionDone:
    """A repetition, or with `partial` one that turned round early; `number` is the count with it.

    `number` counts within the set, each side for itself where `side` is set. It lasted from `begin_s`, when the body
    set out, to `end_s`, when it was back at rest: `out_s` to the farthest point and `back_s` from it, as foreseen when
    it was counted; a RepetitionTimed brings the final times of a full one.
    """

    id: Id
    set: Id
    number: int
    partial: bool
    side: Side | None
    begin_s: float
    end_s: float
    out_s: float
    back_s: float
    measures: Mapping[str, Extent]


@dataclass(frozen=True, slots=True)
class RepetitionTimed:
    """The final times of a repetition, which were foreseen when it was counted."""

    repetition: Id
    set: Id
    begin_s: float
    end_s: float
    out_s: float
    back_s: float


@dataclass(frozen=True, slots=True)
class HoldDone:
    """A posture kept from `begin_s` to `end_s`, of which `held_s` counted."""

    id: Id
    set: Id
    begin_s: float
    end_s: float
    held_s: float


@dataclass(frozen=True, slots=True)
class TimedTestDone:
    """A timed test of `timed_s` seconds ended at `t_s` with `reps` repetitions."""

    id: Id
    set: Id
    t_s: float
    timed_s: float
    reps: int


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """The rule that a warning came from, as it stood then; `rules` is the hash of its exercise file.

    `warning` is its id in that file. `when` and `clear` are the conditions' texts, with their thresholds.
    """

    rules: str
    warning: str
    level: Level
    when: str
    clear: str | None
    for_s: float


@dataclass(frozen=True, slots=True)
class WarningRaised:
    """A warning rose at `t_s`, in repetition `rep` of the set (None between repetitions).

    `phase` says on which part of the way, and `share` how far from `start` (0) to `end` (1) the counting measure was
    then; both are None for a warning about a whole repetition.
    """

    id: Id
    set: Id
    t_s: float
    rule: RuleInForce
    side: Side | None
    rep: int | None
    phase: Phase | None
    share: float | None


@dataclass(frozen=True, slots=True)
class WarningSeries:
    """The measures around a warning, equally spaced; it follows the warning, as its last values do.

    The first values are of `from_s` relative to the warning (such as -2.0), the next of `step_s` later and so on. All
    measures have as many; None where one was unknown. One about a whole repetition also has the numbers that it was
    judged by, such as "rep.min(knee)", each at all of its moments.
    """

    warning: Id
    from_s: float
    step_s: float
    values: Mapping[str, tuple[float | None, ...]]


@dataclass(frozen=True, slots=True)
class Feedback:
    """Somebody judged a warning, or with None took the judgement back; the last word stands."""

    warning: Id
    verdict: Verdict | None


Entry: TypeAlias = (
    VisitBegan
    | PersonNamed
    | VisitEnded
    | SetBegan
    | SetEnded
    | RepetitionDone
    | RepetitionTimed
    | HoldDone
    | TimedTestDone
    | WarningRaised
    | WarningSeries
    | Feedback
)


def tidy_name(text: str) -> str | None:
    """Return a nickname as it is kept: one line without odd spaces, at most LONGEST_NAME characters, None if empty."""
    kept = (letter in _JOINERS or unicodedata.category(letter)[0] not in "CZ" for letter in text)
    shown = "".join(letter if keep else " " for letter, keep in zip(text, kept, strict=True))
    tidy = " ".join(unicodedata.normalize("NFC", shown).split())[:LONGEST_NAME]
    return _LOOSE_JOINERS.sub("", tidy).strip() or None


def same_name(one: str, other: str) -> bool:
    """Whether two nicknames mean one person, however they are typed: large or small letters, full or half width."""
    return folded(tidy_name(one) or "") == folded(tidy_name(other) or "")


def folded(text: str) -> str:
    """Return a text in which letters are the same that mean the same: large and small, full and half width."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_WITHOUT_JOINERS)
