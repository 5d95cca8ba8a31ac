"""Range of motion: how far repetitions went against the target, every angle, and left against right. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kiosk.report.contents import Angle, OneSide, Reach, Symmetry
from kiosk.report.rules import Rules
from kiosk.report.sheet import HIGHEST, LOWEST, START, Numbers, Places, Sheet

LEAST_DEG: Final = 20.0
"""An angle that changes by less in a repetition does not show how far it went."""

FEWEST_DAYS: Final = 3
"""Days from which a trend can be told."""

ALTERNATING: Final = 2.0
LEADING_SHARE: Final = 0.2
"""Sides alternate where one moves this many times as far as the other, each of them in this share of repetitions."""

LEFT: Final = 1
RIGHT: Final = 2
"""The numbers of the sides in `kiosk.history.past.RepetitionColumns`."""


def reach_of(rules: Rules, sheet: Sheet) -> Reach | None:
    """Return how far whole repetitions went, by the angle that shows it best; see `leading_measure`."""
    led = leading_measure(rules, sheet)
    if led is None:
        return None
    measure, falls = led
    farthest = farthest_values(sheet, measure, falls=falls)[sheet.whole]
    known = farthest[np.isfinite(farthest)]
    least, most = nine_in_ten(known, falls=falls)
    return Reach(
        measure=measure,
        unit=rules.units[measure],
        falls=falls,
        repetitions=len(known),
        mean=float(known.mean()),
        best=float(known.min() if falls else known.max()),
        least=least,
        most=most,
        extent=_mean(_extents(sheet.measures[measure][sheet.whole])),
        target=rules.end.value if rules.end and measure == rules.measure else None,
        change=_change(sheet, farthest, falls=falls),
    )


def leading_measure(rules: Rules, sheet: Sheet) -> tuple[str, bool] | None:
    """Return the measure that shows how far whole repetitions went, and whether it falls on the way out.

    That is the one that counts if it is an angle; else the angle that changes most (people read no lengths in trunks);
    without such an angle again the one that counts.
    """
    counting = _counting(rules, sheet)
    if counting and rules.units[counting[0]] == "deg":
        return counting
    every = _angles(rules, sheet)
    angles = {name: values for name, values in every.items() if name == _without_side(name)} or every
    extents = {name: _mean(_extents(values)) for name, values in angles.items()}
    name = max(extents, key=lambda name: extents[name], default=None)
    if name is None or extents[name] < LEAST_DEG:
        return counting
    start, lowest, highest = (_mean(angles[name][:, column]) for column in (START, LOWEST, HIGHEST))
    return name, start - lowest > highest - start


def farthest_values(sheet: Sheet, measure: str, *, falls: bool) -> Numbers:
    """Return the farthest value of each repetition, not-a-number where unknown."""
    return sheet.measures[measure][:, LOWEST if falls else HIGHEST].astype(np.float64)


def nine_in_ten(known: Numbers, *, falls: bool) -> tuple[float, float]:
    """Return between which values nine in ten of them lie, the less far one first."""
    low, high = np.percentile(known, (5, 95)).tolist()
    return (high, low) if falls else (low, high)


def angles_of(rules: Rules, sheet: Sheet) -> tuple[Angle, ...]:
    """Return every angle of the exercise over the whole repetitions, the one that changes most first."""
    angles = []
    for name, values in _angles(rules, sheet).items():
        start = _mean(values[:, START])
        angles.append(
            Angle(
                measure=name,
                start=start if np.isfinite(start) else None,
                lowest=_mean(values[:, LOWEST]),
                highest=_mean(values[:, HIGHEST]),
                extent=_mean(_extents(values)),
            )
        )
    return tuple(sorted(angles, key=lambda angle: -angle.extent))


def symmetry_of(rules: Rules, sheet: Sheet) -> Symmetry | None:
    """Return left against right: counted apart, or by the angle of both sides that changes most."""
    sided = sheet.whole[sheet.side[sheet.whole] > 0]
    if len(sided):
        led = leading_measure(rules, sheet)
        if led is None:
            return None
        extents = _extents(sheet.measures[led[0]])
        left, right = (_one_side(sheet, sided[sheet.side[sided] == side], extents) for side in (LEFT, RIGHT))
        return Symmetry(led[0], apart=True, left=left, right=right, share=_share(left, right))
    angles = _angles(rules, sheet)
    pairs = {_without_side(name) for name in angles} - set(angles)
    pairs = {name for name in pairs if f"left_{name}" in angles and f"right_{name}" in angles}
    both = {name: tuple(_extents(sheet.measures[f"{side}_{name}"]) for side in ("left", "right")) for name in pairs}
    extents_of = {name: max(_mean(extents[sheet.whole]) for extents in pair) for name, pair in both.items()}
    name = max(sorted(pairs), key=lambda name: extents_of[name], default=None)
    if name is None or extents_of[name] < LEAST_DEG:
        return None
    of_left, of_right = _of_sides(both[name][0], both[name][1], sheet.whole)
    left, right = _one_side(sheet, of_left, both[name][0]), _one_side(sheet, of_right, both[name][1])
    return Symmetry(name, apart=False, left=left, right=right, share=_share(left, right))


def _counting(rules: Rules, sheet: Sheet) -> tuple[str, bool] | None:
    name = rules.measure
    if name is None or rules.start is None or name not in sheet.measures:
        return None
    falls = rules.start.above
    known = np.isfinite(farthest_values(sheet, name, falls=falls)[sheet.whole]).any()
    return (name, falls) if known else None


def _angles(rules: Rules, sheet: Sheet) -> dict[str, NDArray[np.float32]]:
    """The angles that are known of whole repetitions, as their rows."""
    of_whole = {name: sheet.measures[name][sheet.whole] for name in sheet.measures if rules.units.get(name) == "deg"}
    return {name: values for name, values in of_whole.items() if np.isfinite(values[:, LOWEST:]).all(axis=1).any()}


def _without_side(name: str) -> str:
    return name.removeprefix("left_").removeprefix("right_")


def _extents(values: NDArray[np.float32]) -> Numbers:
    """The way from the lowest to the highest value of each row, from where it began if that is farther."""
    with np.errstate(invalid="ignore"):
        return (np.fmax(values[:, HIGHEST], values[:, START]) - np.fmin(values[:, LOWEST], values[:, START])).astype(
            np.float64
        )


def _of_sides(left: Numbers, right: Numbers, whole: Places) -> tuple[Places, Places]:
    """Which repetitions to take of the left and of the right: where the sides alternate, those that each side led."""
    with np.errstate(invalid="ignore"):
        lefts = whole[left[whole] > ALTERNATING * right[whole]]
        rights = whole[right[whole] > ALTERNATING * left[whole]]
    if min(len(lefts), len(rights)) >= LEADING_SHARE * len(whole):
        return lefts, rights
    return whole, whole


def _one_side(sheet: Sheet, places: Places, extents: Numbers) -> OneSide:
    if not len(places):
        return OneSide(0, None, None)
    extent = _mean(extents[places])
    return OneSide(len(places), extent if np.isfinite(extent) else None, float(sheet.seconds[places].mean()))


def _share(left: OneSide, right: OneSide) -> float | None:
    if not left.extent or not right.extent:
        return None
    return min(left.extent, right.extent) / max(left.extent, right.extent)


def _change(sheet: Sheet, farthest: Numbers, *, falls: bool) -> float | None:
    """What a straight line through the days' means changes from the first day to the last; farther is positive."""
    ordinals = np.array([day.toordinal() for day in sheet.days], np.int64)[sheet.set_of[sheet.whole]]
    known = np.isfinite(farthest)
    days, numbers, counts = np.unique(ordinals[known], return_inverse=True, return_counts=True)
    if len(days) < FEWEST_DAYS:
        return None
    means = np.bincount(numbers, farthest[known]) / counts
    since = days - np.average(days, weights=counts)
    slope = np.average(since * means, weights=counts) / np.average(since**2, weights=counts)
    return float(slope * (days[-1] - days[0])) * (-1 if falls else 1)


def _mean(values: Numbers | NDArray[np.float32]) -> float:
    """The mean of what is known, not-a-number where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean(dtype=np.float64)) if len(known) else float("nan")
