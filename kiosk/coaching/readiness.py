"""Is the person placed so that the exercise can be judged, and if not, what should they do?"""

from typing import Final

from kiosk.rules.exercise import Exercise
from kiosk.rules.measures import Body, PointRef, ViewChoice
from kiosk.words import Phrase

UNSEEN_S: Final = 1.0
"""A point may be hidden for this long before the page says so and judging stops."""

STEADY_S: Final = 0.3
"""Everything must have been right for this long before judging begins: people walk in through good places."""

LEEWAY: Final = 1.15
"""Once judged, a person is not sent to and fro over a hand's breadth: sizes may be beyond the limits by this factor."""

_PARTS: Final = (
    ("part_head", 0, 11), ("part_shoulders", 11, 13), ("part_arms", 13, 23), ("part_hips", 23, 25),
    ("part_knees", 25, 27), ("part_feet", 27, 33),
)  # fmt: skip

_SIZES: Final = ("too_small", "too_large")
_TURN: Final[dict[ViewChoice, str]] = {"side": "turn_sideways", "front": "face_camera"}
_TURN_TO_CHECK: Final[dict[ViewChoice, str]] = {"side": "turn_to_check", "front": "face_to_check"}


class Readiness:
    """Watches one person: `ready` while they can be judged, `guidance` while something is to be said to them."""

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        measured = {point for measure in exercise.measures for point in measure.points}
        self._watched = tuple(dict.fromkeys((*exercise.see, *sorted(measured, key=lambda ref: ref.left))))
        self._judged_views = {warning.view for warning in exercise.warnings if warning.view != "any"}
        self.reset()

    def reset(self) -> None:
        """Begin anew, as with another person."""
        self.ready = False
        self.guidance: Phrase | None = Phrase("step_in")
        self._good_since_s: float | None = None
        self._unseen_since_s: dict[PointRef, float] = {}

    def step(self, t_s: float, body: Body, *, resting: bool) -> None:
        """Take one body; `resting` is true between repetitions, where people can be asked to turn."""
        unseen = self._unseen(t_s, body)
        missing = next((ref for ref in reversed(self._exercise.see) if ref in unseen), None) if unseen else None
        placed = self._placement(body, resting=resting)
        if missing is not None or placed is not None:
            self._good_since_s = None
        if self.ready:
            size_fits = placed is None or placed.key not in _SIZES
            self.ready = size_fits and (missing is None or t_s - self._unseen_since_s[missing] <= UNSEEN_S)
        else:
            self.ready = missing is None and placed is None and self._steady(t_s)
        self.guidance = self._say(t_s, body, unseen, placed, resting=resting)

    def _unseen(self, t_s: float, body: Body) -> list[PointRef]:
        unseen = [ref for ref in self._watched if not body.sees(ref)]
        self._unseen_since_s = {ref: self._unseen_since_s.get(ref, t_s) for ref in unseen}
        return unseen

    def _steady(self, t_s: float) -> bool:
        if self._good_since_s is None:
            self._good_since_s = t_s
        return t_s - self._good_since_s >= STEADY_S

    def _placement(self, body: Body, *, resting: bool) -> Phrase | None:
        view = self._exercise.view
        if resting and body.in_view(view) is False:
            return Phrase(_TURN[view])
        if self._exercise.height is None:
            return None
        low, high = self._exercise.height
        leeway = LEEWAY if self.ready else 1.0
        if body.standing_share < low / leeway:
            return Phrase("too_small")
        return Phrase("too_large") if body.standing_share > high * leeway else None

    def _say(
        self, t_s: float, body: Body, unseen: list[PointRef], placed: Phrase | None, *, resting: bool
    ) -> Phrase | None:
        lasting = [ref for ref in unseen if t_s - self._unseen_since_s[ref] > UNSEEN_S]
        if lasting:
            ref = lasting[-1]
            key = "hidden" if body.has_inside(ref) else "step_back"
            return Phrase(key, part=_part_of(ref))
        if placed is not None:
            return placed
        for view in sorted(self._judged_views):
            if resting and body.in_view(view) is False:
                return Phrase(_TURN_TO_CHECK[view])
        return None


def _part_of(ref: PointRef) -> str:
    return next(word for word, first, end in _PARTS if first <= ref.left < end)
