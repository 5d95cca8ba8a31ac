"""The `measures` of an exercise file -> compiled measures, each after those it is computed from."""

import keyword
import re
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from kiosk.angles import VISIBILITY
from kiosk.landmarks import LANDMARKS, SIDELESS
from kiosk.rules.conditions import FUNCTIONS, ConditionError, Formula, parse_formula
from kiosk.rules.exercise_file import FORMS, ExerciseFile, MeasureEntry
from kiosk.rules.measures import (
    BodyValue,
    ChangeOf,
    Measure,
    PointRef,
    RateOf,
    SideChoice,
    TravelOf,
    angle_measure,
    distance_measure,
    offset_measure,
    tilt_measure,
    unit_length,
)
from kiosk.yamlfile import Loc, did_you_mean

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED: Final = frozenset({*keyword.kwlist, "none", "true", "false", "rep", *FUNCTIONS})
"""Python's words cannot be names in a condition, because Python's parser reads it."""

_BESIDE: Final = {
    "angle": {"space", "side", "min_visibility"},
    "tilt": {"space", "side", "min_visibility", "from"},
    "distance": {"space", "side", "min_visibility", "unit"},
    "offset": {"space", "side", "min_visibility", "unit", "along"},
    "travel": {"side", "min_visibility"},
}
"""The keys that mean something beside each form that reads points; the other forms stand alone."""


class Complain(Protocol):
    """Notes a mistake at a place in the file."""

    def __call__(self, loc: Loc, message: str, *, at_key: bool = False, offset: int = 0) -> None: ...  # noqa: D102


class MeasureCompiler:
    """Compiles the measures of one file; mistakes go to `wrong`."""

    def __init__(self, file: ExerciseFile, wrong: Complain) -> None:
        self._file = file
        self._wrong = wrong
        self._forms: dict[str, Callable[[str, MeasureEntry, Loc], Measure | None]] = {
            "angle": self._angle,
            "tilt": self._tilt,
            "distance": self._length,
            "offset": self._length,
            "rate": self._over_time,
            "change": self._over_time,
            "expr": self._formula,
            "travel": self._travel,
            "scale": self._scale,
        }

    def measures(self) -> tuple[Measure, ...]:
        """Return the measures that could be compiled, in an order in which they can be computed."""
        compiled = {name: m for name, entry in self._file.measures.items() if (m := self._measure(name, entry))}
        return tuple(self._with_units(self._ordered(compiled)))

    def point(self, loc: Loc, name: str, side: SideChoice, min_visibility: float = VISIBILITY) -> PointRef | None:
        """Return the point `name`, or None after complaining."""
        try:
            return PointRef.named(name, side, min_visibility)
        except KeyError:
            self._wrong(loc, f"unknown point '{name}'{_closest_point(name)}")
            return None

    def _measure(self, name: str, entry: MeasureEntry) -> Measure | None:
        loc: Loc = ("measures", name)
        if name in _RESERVED:
            self._wrong(loc, f"'{name}' has a meaning of its own in conditions: choose another name", at_key=True)
        elif not _NAME.fullmatch(name):
            self._wrong(loc, f"'{name}' can't be a measure's name: use small letters, digits and _", at_key=True)
        forms = [form for form in FORMS if getattr(entry, form) is not None]
        if len(forms) != 1:
            self._wrong(loc, f"a measure has exactly one of {', '.join(FORMS)}")
            return None
        self._check_keys(entry, loc, forms[0])
        return self._forms[forms[0]](name, entry, loc)

    def _check_keys(self, entry: MeasureEntry, loc: Loc, form: str) -> None:
        """Complain of keys that mean nothing beside this form."""
        for field in sorted(entry.model_fields_set):
            key = "from" if field == "reference" else field
            if key not in FORMS and key not in _BESIDE.get(form, ()):
                self._wrong((*loc, key), f"'{key}' means nothing beside {form}: remove it", at_key=True)

    def _angle(self, name: str, entry: MeasureEntry, loc: Loc) -> Measure | None:
        points = self._points((*loc, "angle"), entry.angle or (), 3, entry)
        if points is None:
            return None
        label = points[1] if entry.space == "image" else None
        return Measure(name, "deg", angle_measure(points, entry.space), tuple(points), label)

    def _tilt(self, name: str, entry: MeasureEntry, loc: Loc) -> Measure | None:
        points = self._points((*loc, "tilt"), entry.tilt or (), 2, entry)
        if entry.reference is None:
            self._wrong(loc, "tilt needs `from: horizontal` or `from: vertical`")
        if points is None or entry.reference is None:
            return None
        label = points[1] if entry.space == "image" else None
        return Measure(name, "deg", tilt_measure(points, entry.space, entry.reference), tuple(points), label)

    def _length(self, name: str, entry: MeasureEntry, loc: Loc) -> Measure | None:
        """`distance` and `offset`: lengths on this body."""
        form, names = ("distance", entry.distance) if entry.distance is not None else ("offset", entry.offset)
        points = self._points((*loc, form), names or (), 2, entry)
        if form == "offset" and entry.along is None:
            self._wrong(loc, "offset needs `along: facing`, `up` or `right`")
        scale = self._unit(entry, loc, form)
        if points is None or scale is None or entry.unit is None:
            return None
        if form == "distance":
            return Measure(name, entry.unit, distance_measure(points, entry.space, scale), tuple(points))
        if entry.along is None:
            return None
        return Measure(name, entry.unit, offset_measure(points, entry.space, entry.along, scale), tuple(points))

    def _unit(self, entry: MeasureEntry, loc: Loc, form: str) -> BodyValue | None:
        if entry.unit is None:
            wanted = "torso, shin, thigh, shoulder_width, or metre in space: world"
            self._wrong(loc, f"{form} needs a `unit`: {wanted}")
            return None
        if entry.unit == "metre" and entry.space == "image":
            message = "metres are known only in `space: world`: add that, or measure in torso or shin"
            self._wrong((*loc, "unit"), message)
        return unit_length(entry.unit, entry.space, entry.side or self._file.side)

    def _over_time(self, name: str, entry: MeasureEntry, loc: Loc) -> Measure | None:
        form, other = ("rate", entry.rate) if entry.rate is not None else ("change", entry.change)
        if other not in self._file.measures:
            hint = did_you_mean(other or "", set(self._file.measures) - {name})
            self._wrong((*loc, form), f"unknown measure '{other}'{hint}")
            return None
        source = RateOf(other) if form == "rate" else ChangeOf(other)
        return Measure(name, "", source)

    def _formula(self, name: str, entry: MeasureEntry, loc: Loc) -> Measure | None:
        try:
            formula = parse_formula(entry.expr or "", set(self._file.measures) - {name})
        except ConditionError as error:
            self._wrong((*loc, "expr"), str(error), offset=error.offset)
            return None
        return Measure(name, "", formula)

    def _travel(self, name: str, entry: MeasureEntry, loc: Loc) -> Measure | None:
        point = self.point((*loc, "travel"), entry.travel or "", entry.side or self._file.side, entry.min_visibility)
        return Measure(name, "metre", TravelOf(point), (point,)) if point else None

    def _scale(self, name: str, _: MeasureEntry, __: Loc) -> Measure:
        return Measure(name, "picture", lambda body: body.standing_share)

    def _points(self, loc: Loc, names: tuple[str, ...], count: int, entry: MeasureEntry) -> list[PointRef] | None:
        side = entry.side or self._file.side
        refs = [self.point((*loc, i), name, side, entry.min_visibility) for i, name in enumerate(names)]
        if len(names) != count:
            self._wrong(loc, f"expected {count} points, not {len(names)}")
            return None
        known = [ref for ref in refs if ref]
        if len(known) == count and len(set(known)) < count:
            self._wrong(loc, "the same point twice: name different ones")
        return known if len(known) == count else None

    def _ordered(self, compiled: dict[str, Measure]) -> Iterable[Measure]:
        """Each after those it needs; measures that need each other are a mistake."""
        done: dict[str, Measure] = {}
        waiting = dict(compiled)
        while ready := [m for m in waiting.values() if not needs(m) & waiting.keys()]:
            done |= {m.name: m for m in ready}
            waiting = {name: m for name, m in waiting.items() if name not in done}
        for name in waiting:
            circle = ", ".join(sorted(needs(waiting[name]) & waiting.keys()))
            self._wrong(("measures", name), f"'{name}' is computed from itself (by way of {circle})", at_key=True)
        return done.values()

    def _with_units(self, measures: Iterable[Measure]) -> Iterable[Measure]:
        """What is computed from measures of one unit has that unit."""
        units: dict[str, str] = {}
        for measure in measures:
            unit = measure.unit
            if not unit:
                # A measure that is wrong itself has no unit; it is complained of already.
                of = {units.get(name, "") for name in needs(measure)}
                unit = of.pop() if len(of) == 1 else ""
                unit += "/s" if isinstance(measure.source, RateOf) else ""
            units[measure.name] = unit
            yield Measure(measure.name, unit, measure.source, measure.points, measure.label)


def needs(measure: Measure) -> frozenset[str]:
    """Return the names of the measures that this one is computed from."""
    match measure.source:
        case Formula(names=names):
            return names
        case RateOf(measure=name) | ChangeOf(measure=name):
            return frozenset({name})
    return frozenset()


def _closest_point(name: str) -> str:
    hint = did_you_mean(name, [*SIDELESS, *LANDMARKS])
    return hint if "did you mean" in hint else ": the points are MediaPipe's, such as hip, knee or left_wrist"
