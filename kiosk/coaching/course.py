"""A look back at one repetition: when the body set out, reached the far end, left it, and came to rest. Pure.

How far was the posture, the joints' places in the picture, from the posture at rest and from that at the far end? A
movement is taken to begin where its first well visible part says it did, had it the course of least jerk that human
movements from rest to rest have (Flash and Hogan 1985): from the times at which it passed a low and a high share of its
way follows the time of its onset; and backwards in time, of its end. That needs no threshold close to the noise, where
onsets are found late, and at another time at each frame rate.

All joints tell, not the counting measure alone: rising from a chair begins in the trunk, before the knee moves
(Schenkman et al. 1990), and an angle or height hardly changes where a straight limb begins to bend.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kiosk.angles import VISIBILITY

Numbers: TypeAlias = NDArray[np.float64]
Moments: TypeAlias = NDArray[np.int64]

FROM_REST: Final = (0.04, 0.1)
"""Low shares of the way at which a movement from rest is timed. Each gives an onset; the one that assumes less of what
was not seen is taken: a movement in two parts, or at an even speed, has not quite the course of least jerk. Chosen on
the drawn athlete through MediaPipe, which holds back the first and last twentieth of a movement as if it were noise."""

FROM_TURN: Final = 0.12
"""The same at the far end, where people are less still."""

MOST_NOISY: Final = 0.2
NOISES: Final = 2.0
"""A low share is at least this many times the unrest at rest, up to MOST_NOISY."""

HIGH: Final = 4.0
LEAST_HIGH: Final = 1.5
"""A high share, in low ones, and how much it is at least where the movement has not come further yet."""

PREPARING: Final = 0.6
"""Other joints may lead and trail the counting measure by this share of its way. Setting out earlier is another
movement, such as putting the feet in place."""

MOVING: Final = 0.3
"""A joint takes part if its way is at least this share of the longest one's."""

AT_FAR_END: Final = 0.05
"""The far end is where the counting measure is within this share of its way from its farthest value."""

QUIET: Final = 0.1
"""Of moments whose speeds differ by less than this share of the way in a second, none is quieter."""

AROUND_S: Final = 0.1
"""How much before and after a moment its posture is averaged."""

BEFORE_S: Final = 1.0
"""Rest is looked for this long, and as long as the way out takes, before the counting measure crosses its line."""

_TINY: Final = 1e-6

_TIME: Final = np.linspace(0, 1, 201)
_WAY: Final = _TIME**3 * (10 - 15 * _TIME + 6 * _TIME**2)
"""The course of least jerk: the share of the way at each share of the time."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When a repetition set out, reached the far end, left it, and was back: capture times, in this order.

    The pause at the far end is shared between the way out and the way back, so that these add up to the whole and the
    turn is right also where nobody could say when a slow turn becomes a pause.
    """

    onset_s: float
    turn_begin_s: float
    turn_end_s: float
    end_s: float

    @property
    def out_s(self) -> float:
        """How long the way out took, with half of the pause."""
        return (self.turn_begin_s + self.turn_end_s) / 2 - self.onset_s

    @property
    def back_s(self) -> float:
        """How long the way back took, with half of the pause."""
        return self.end_s - (self.turn_begin_s + self.turn_end_s) / 2

    @property
    def pause_s(self) -> float:
        """How long the pause at the far end was."""
        return self.turn_end_s - self.turn_begin_s


@dataclass(frozen=True, slots=True)
class _Found:
    """What could be read of a repetition's times; None what could not."""

    onset_s: float | None
    turn_begin_s: float | None
    turn_end_s: float | None
    end_s: float | None


class Look:
    """A look back at one repetition; all `int`s are moments, in the order of time."""

    def __init__(self, times: Numbers, values: Numbers, points: Numbers, begin_s: float, end_s: float) -> None:
        self._begin_s, self._end_s = begin_s, end_s
        self._times = times
        begin = max(0, int(np.searchsorted(times, begin_s)) - 1)
        self._end = min(len(times) - 1, int(np.searchsorted(times, end_s)))
        within = values[begin : self._end + 1]
        farthest = begin + int(np.argmax(within))
        before = min(begin, int(np.searchsorted(times, begin_s - BEFORE_S - (times[farthest] - begin_s))))
        nearly = values[farthest] - AT_FAR_END * (values[farthest] - values[before : begin + 1].min())
        at_end = begin + np.nonzero(within >= nearly)[0]
        self._far = (int(at_end[0]), int(at_end[-1]))
        self._value = _Course(times, values[:, None, None], (before, begin), self._far)
        seen = points[begin : self._end + 1, :, 3].mean(axis=0) >= VISIBILITY
        self._body = _Course(times, points[:, seen, :2], (before, begin), self._far) if seen.any() else self._value
        self.way = self._body.way

    def timing(self, before_s: float, rest_by_s: float | None) -> Timing:
        """Return the times, none before `before_s`; the body was at rest, or turned, by `rest_by_s`.

        Where that is None the repetition has just been counted, and its end is foreseen.
        """
        rest_by = None if rest_by_s is None else max(self._end, int(np.searchsorted(self._times, rest_by_s)) - 1)
        value, body = self._value.found(self._end, rest_by), self._body.found(self._end, rest_by)
        first_s, last_s = self._times[list(self._far)].tolist()
        earliest_s, latest_s = _either(value.onset_s, self._begin_s), _either(value.end_s, self._end_s)
        onset_s, end_s = _either(body.onset_s, earliest_s), _either(body.end_s, latest_s)
        turn_begin_s = _either(body.turn_begin_s, _either(value.turn_begin_s, first_s))
        turn_end_s = _either(body.turn_end_s, _either(value.turn_end_s, last_s))
        if turn_begin_s > turn_end_s:
            turn_begin_s = turn_end_s = (turn_begin_s + turn_end_s) / 2
        earliest_s -= PREPARING * (first_s - earliest_s)
        latest_s += PREPARING * (latest_s - last_s)
        before_s = max(before_s, float(self._times[0]))
        onset_s = max(min(max(onset_s, earliest_s), self._begin_s), before_s)
        end_s = max(min(end_s, latest_s, inf if rest_by_s is None else rest_by_s), self._end_s)
        begin_s = max(onset_s, self._begin_s)
        turn_begin_s, turn_end_s = (min(max(t_s, begin_s), self._end_s) for t_s in (turn_begin_s, turn_end_s))
        return Timing(onset_s, turn_begin_s, turn_end_s, end_s)


class _Course:
    """The course of one repetition in `places` (moments, joints, axes)."""

    def __init__(self, times: Numbers, places: Numbers, before: tuple[int, int], far: tuple[int, int]) -> None:
        self._times, self._places, self._far = times, places, far
        self._rest = self._quietest(*before, latest=True)
        ways = _length(places[before[1] : far[1] + 1] - self._posture(self._rest), axes=1).max(axis=0)
        self._places = places[:, ways >= MOVING * ways.max()]
        self._at_rest = self._posture(self._rest)
        quietest = self._quietest(*far)
        self._at_far = self._posture(quietest)
        self.way = float(_length(self._at_far - self._at_rest))
        there = far[0] + np.nonzero(self._share(slice(far[0], far[1] + 1), self._at_far, self._at_rest) < FROM_TURN)[0]
        self._turn = (int(there[0]), int(there[-1])) if len(there) else (quietest, quietest)

    def found(self, end: int, rest_by: int | None) -> "_Found":
        """Return the times as far as they can be read; the end is foreseen where it is not at rest by any moment."""
        out, turned = np.arange(self._rest, self._far[0] + 1), np.arange(self._turn[0], self._rest - 1, -1)
        onsets = self._departures(out, self._at_rest, self._at_far, FROM_REST)
        turn_begins = self._departures(turned, self._at_far, self._at_rest, (FROM_TURN,))
        last = end if rest_by is None else self._quietest(end, rest_by)
        at_last = self._at_rest if rest_by is None else self._posture(last)
        back, returned = np.arange(self._turn[1], last + 1), np.arange(last, self._far[1] - 1, -1)
        turn_ends = self._departures(back, self._at_far, at_last, (FROM_TURN,))
        if rest_by is None:
            ends = self._foreseen(end, turn_ends)
        else:
            ends = self._departures(returned, at_last, self._at_far, FROM_REST)
        return _Found(
            max(onsets, default=None), max(turn_begins, default=None), max(turn_ends, default=None),
            min(ends, default=None),
        )  # fmt: skip

    def _foreseen(self, now: int, turn_ends: list[float]) -> list[float]:
        """When a way back of the course of least jerk, of which so much is done by now, will be over."""
        left = float(self._share(slice(now, now + 1), self._at_rest, self._at_far)[0])
        done = float(np.interp(1 - left, _WAY, _TIME))
        now_s = float(self._times[now])
        return [turn_s + (now_s - turn_s) / done for turn_s in turn_ends if done > 0 and turn_s < now_s]

    def _departures(self, path: Moments, here: Numbers, there: Numbers, shares: Sequence[float]) -> list[float]:
        """When `here` was left on the way through the moments of `path`, each of the `shares`' answer."""
        times, away = self._times[path], self._share(path, here, there)
        noise = float(np.sqrt((away[np.abs(times - times[0]) <= AROUND_S + _TINY] ** 2).mean()))
        found = (_departure(times, away, min(max(share, NOISES * noise), MOST_NOISY)) for share in shares)
        return [departed_s for departed_s in found if departed_s is not None]

    def _share(self, moments: Moments | slice, here: Numbers, there: Numbers) -> Numbers:
        """How far from `here` each moment's posture is, as a share of the way from `here` to `there`."""
        way = float(_length(there - here))
        return _length(self._places[moments] - here) / way if way > 0 else np.zeros(len(self._times))[moments]

    def _quietest(self, first: int, last: int, *, latest: bool = False) -> int:
        """Return the moment around which the posture changes least: the `latest` of nearly equal ones."""
        times = self._times[first : last + 1]
        begins = np.searchsorted(times, times - AROUND_S - _TINY)
        ends = np.searchsorted(times, times + AROUND_S + _TINY) - 1
        elapsed_s = times[ends] - times[begins]
        changes = _length(self._places[first + ends] - self._places[first + begins])
        speeds = np.divide(changes, elapsed_s, out=np.full(len(times), np.inf), where=elapsed_s > 0)
        if not latest:
            return first + int(np.argmin(speeds))
        most = _length(self._places[self._far[0]] - self._places[last]) * QUIET
        return first + int(np.nonzero(speeds <= speeds.min() + most)[0][-1])

    def _posture(self, moment: int) -> Numbers:
        """The mean posture around a moment."""
        near = np.abs(self._times - self._times[moment]) <= AROUND_S + _TINY
        return np.asarray(self._places[near].mean(axis=0))


def _either(found_s: float | None, known_s: float) -> float:
    return known_s if found_s is None else found_s


def _departure(times: Numbers, away: Numbers, low: float) -> float | None:
    """When a movement of the course of least jerk began that came so far `away` at these `times`."""
    high = min(HIGH * low, float(away.max()))
    if high < LEAST_HIGH * low:
        return None
    far_off = int(np.nonzero(away >= high)[0][0])
    near = np.nonzero(away[:far_off] < low)[0]
    if not len(near):
        return None
    low_s, high_s = _crossed_s(times, away, int(near[-1]), low), _crossed_s(times, away, far_off - 1, high)
    low_time, high_time = np.interp((low, high), _WAY, _TIME)
    return float(low_s - (high_s - low_s) * low_time / (high_time - low_time))


def _crossed_s(times: Numbers, away: Numbers, before: int, share: float) -> float:
    part = (share - away[before]) / (away[before + 1] - away[before])
    return float(times[before] + part * (times[before + 1] - times[before]))


def _length(places: Numbers, axes: int = 2) -> Numbers:
    """The root of the sum of squares over the last axes: of all joints together, or of each."""
    return np.asarray(np.sqrt((places**2).sum(axis=tuple(range(-axes, 0)))))
