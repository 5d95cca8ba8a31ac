"""Which date a moment had, however wrong the box's clock was. Pure.

Monotonic seconds give order and durations, but begin anew with every start of the machine, and a small box has no
battery for its clock: it starts in 1970, or where it was when the power went. So each start of the machine (a boot) is
kept with the difference between clock and monotonic time, its offset, and dates are worked out on reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

JUMP_S: Final = 2.0
"""A smaller difference is the time between two looks, or a correction that nobody sees in a report."""

DAY_S: Final = 86400.0

LEAP_S: Final = 7 * DAY_S
"""How much time a clock that the network does not set may claim has passed, from one day to the next."""


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """Wall-clock time minus monotonic time, in seconds; `synchronised` if the network has set the clock."""

    offset_s: float
    synchronised: bool


@dataclass(frozen=True, slots=True)
class Boot:
    """One start of the machine: what its clock said, and from when to when somebody trained, in monotonic seconds."""

    clock: ClockOffset
    begin_s: float
    end_s: float


def corrected(before: ClockOffset, now: ClockOffset) -> ClockOffset:
    """Return the offset to go by when a boot's clock, known as `before`, now says `now`.

    A clock that the network sets is right. One that it does not is followed forward only: a clock that is found behind
    has stood still while the box was off, so it is the later time that somebody has set.
    """
    if abs(now.offset_s - before.offset_s) < JUMP_S:
        return before if before.synchronised or not now.synchronised else now
    if now.synchronised:
        return now
    return now if not before.synchronised and now.offset_s > before.offset_s else before


def settled(boots: Sequence[Boot]) -> list[float]:
    """Return the offset of each boot, in the order in which they happened, such that their dates never overlap.

    A boot whose clock was behind the boot before it begins where that one ended. One whose clock was ahead of a later,
    synchronised boot is moved back, so that it ends where that one begins.
    """
    begins_s = [boot.clock.offset_s + boot.begin_s for boot in boots]
    latest_s = float("inf")
    for number in reversed(range(len(boots))):
        boot = boots[number]
        if not boot.clock.synchronised:
            latest_s -= boot.end_s - boot.begin_s
            begins_s[number] = min(begins_s[number], latest_s)
        else:
            latest_s = min(latest_s, begins_s[number])
    ended_s = float("-inf")
    for number, boot in enumerate(boots):
        begins_s[number] = max(begins_s[number], ended_s)
        ended_s = begins_s[number] + boot.end_s - boot.begin_s
    return [begin_s - boot.begin_s for begin_s, boot in zip(begins_s, boots, strict=True)]


def believed_s(now_s: float, before_s: float | None, *, synchronised: bool, another_day: bool) -> float:
    """Return the date, in wall-clock seconds, by which training is old enough to delete; `before_s` is the last such.

    A clock that somebody sets wrong by fifty years must not delete a year of training: unless the network sets the
    clock, this date moves on by at most LEAP_S on `another_day`, which leaves weeks to find the mistake.
    """
    if synchronised or before_s is None:
        return now_s
    return min(now_s, before_s + LEAP_S if another_day else before_s)


def local(wall_s: float) -> datetime:
    """Return a moment in the box's time zone, with the offset from UTC that was in force there then."""
    return datetime.fromtimestamp(wall_s).astimezone()
