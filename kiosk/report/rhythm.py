"""Tempo: the times of the way out and back, how even sets are, and what fatigue does within a set. Pure."""

from typing import Final

import numpy as np

from kiosk.report.contents import InSet, Tempo, Way
from kiosk.report.rules import Rules
from kiosk.report.sheet import Numbers, Places, Sheet, known_mean
from kiosk.rules.exercise_file import Range

LONG_SET: Final = 6
"""Whole repetitions from which a set has a first and a last third of at least two each."""

COURSE_SHARE: Final = 1 / 3
"""The course of a set is shown as far as this share of the sets went: one set that was longer tells nothing of most."""


def tempo_of(rules: Rules, sheet: Sheet, farthest: Numbers | None, *, falls: bool) -> Tempo | None:
    """Return the rhythm, None without a whole repetition; `farthest` is each repetition's farthest value."""
    whole = sheet.whole
    if not len(whole):
        return None
    judged = sheet.unevenness_of_set[np.isfinite(sheet.unevenness_of_set)]
    slower, shorter, long_sets = _fatigue(sheet, farthest, falls=falls)
    return Tempo(
        out=_way(sheet.out_s[whole], rules.out_s),
        back=_way(sheet.back_s[whole], rules.back_s),
        evenness=known_mean(judged),
        evenness_target=rules.evenness,
        sets=len(judged),
        even=int((judged <= rules.evenness).sum()) if rules.evenness is not None else 0,
        long_sets=long_sets,
        slower=slower,
        shorter=shorter,
        course=_course(sheet, farthest),
    )


def _way(seconds: Numbers, target_s: Range | None) -> Way:
    least_s, most_s = target_s or (-np.inf, np.inf)
    return Way(
        mean_s=float(seconds.mean()),
        target_s=target_s,
        fast=int((seconds < least_s).sum()),
        slow=int((seconds > most_s).sum()),
    )


def _numbers_in_set(sheet: Sheet) -> Places:
    """Of each whole repetition, the how-manieth of its set it is, from 0."""
    before = np.concatenate(([0], np.cumsum(sheet.whole_of_set)[:-1]))
    return np.arange(len(sheet.whole)) - before[sheet.set_of[sheet.whole]]


def _fatigue(sheet: Sheet, farthest: Numbers | None, *, falls: bool) -> tuple[float | None, float | None, int]:
    """The mean over the long sets of what their last third differs from their first, and how many such sets there are.

    The times by share, the reach in its unit.
    """
    count = sheet.whole_of_set
    third = count // 3
    long = count >= LONG_SET
    if not long.any():
        return None, None, 0
    of, number = sheet.set_of[sheet.whole], _numbers_in_set(sheet)
    first, last = number < third[of], number >= (count - third)[of]

    def thirds(values: Numbers) -> tuple[Numbers, Numbers]:
        means = []
        for part in (first, last):
            known = part & np.isfinite(values) & long[of]
            sums = np.bincount(of[known], values[known], len(count))
            with np.errstate(invalid="ignore"):  # of a short set: none by none
                means.append(sums / np.bincount(of[known], minlength=len(count)))
        return means[0], means[1]

    early_s, late_s = thirds(sheet.seconds[sheet.whole])
    slower = known_mean(late_s / np.where(early_s > 0, early_s, np.nan) - 1)
    if farthest is None:
        return slower, None, int(long.sum())
    early, late = thirds(farthest[sheet.whole])
    return slower, known_mean((late - early) * (1 if falls else -1)), int(long.sum())


def _course(sheet: Sheet, farthest: Numbers | None) -> tuple[InSet, ...]:
    number, sets = _numbers_in_set(sheet), int((sheet.whole_of_set > 0).sum())
    steps = []
    for place in range(int(number.max()) + 1):
        chosen = sheet.whole[number == place]
        if len(chosen) < COURSE_SHARE * sets:
            break
        steps.append(
            InSet(
                number=place + 1,
                repetitions=len(chosen),
                out_s=float(sheet.out_s[chosen].mean()),
                back_s=float(sheet.back_s[chosen].mean()),
                reach=None if farthest is None else known_mean(farthest[chosen]),
            )
        )
    return tuple(steps)
