"""Is the person placed so that the exercise can be judged, and if not, what should they do?"""

from typing import Final

import numpy as np

from kiosk.exercise_file import ViewChoice
from kiosk.landmarks import INDEX, Pose
from kiosk.measures import Body, PointRef
from kiosk.rules import Exercise
from kiosk.words import Phrase

UNSEEN_S: Final = 1.0
"""A point may be hidden for this long before the page says so and judging stops."""

STEADY_S: Final = 0.3
"""Everything must have been right for this long before judging begins: people walk in through good places."""

EYES_TO_HEELS: Final = 0.93
"""Share of a standing person's height between the landmarks of eyes and heels (eye height 0.936 of stature: Drillis and
Contini 1966); what is above the eyes has no landmark."""

_PARTS: Final = (
    ("part_head", 0, 11), ("part_shoulders", 11, 13), ("part_arms", 13, 23), ("part_hips", 23, 25),
    ("part_knees", 25, 27), ("part_feet", 27, 33),
)  # fmt: skip

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

    def step(self, t_s: float, body: Body, pose: Pose, *, resting: bool) -> None:
        """Take one pose; `resting` is true between repetitions, where people stand and can be measured."""
        unseen = self._unseen(t_s, body)
        missing = next((ref for ref in reversed(self._exercise.see) if ref in unseen), None)
        placed = self._placement(body, pose) if resting else None
        if self.ready:
            self.ready = missing is None or t_s - self._unseen_since_s[missing] <= UNSEEN_S
        else:
            self.ready = missing is None and placed is None and self._steady(t_s)
        if missing is not None or placed is not None:
            self._good_since_s = None
        self.guidance = self._say(t_s, body, unseen, placed, resting=resting)

    def in_view(self, view: ViewChoice, body: Body) -> bool | None:
        """Whether the person stands as `view` asks; None if that can't be told."""
        if view == "any":
            return True
        return None if body.stance.view is None else body.stance.view == view

    def _unseen(self, t_s: float, body: Body) -> list[PointRef]:
        unseen = [ref for ref in self._watched if not body.sees(ref)]
        self._unseen_since_s = {ref: self._unseen_since_s.get(ref, t_s) for ref in unseen}
        return unseen

    def _steady(self, t_s: float) -> bool:
        if self._good_since_s is None:
            self._good_since_s = t_s
        return t_s - self._good_since_s >= STEADY_S

    def _placement(self, body: Body, pose: Pose) -> Phrase | None:
        if self.in_view(self._exercise.view, body) is False:
            return Phrase(_TURN[self._exercise.view])
        # Once judged, a person is not sent to and fro over a hand's breadth.
        if self._exercise.height is None or self.ready:
            return None
        low, high = self._exercise.height
        height = height_share(pose)
        return Phrase("too_small") if height < low else Phrase("too_large") if height > high else None

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
            if resting and self.in_view(view, body) is False:
                return Phrase(_TURN_TO_CHECK[view])
        return None


def height_share(pose: Pose) -> float:
    """Return a standing person's height as a fraction of the picture's."""
    y_px = pose.points[:, 1]
    heels_px = float(np.max(y_px[[INDEX["left_heel"], INDEX["right_heel"]]]))
    eyes_px = float(np.min(y_px[[INDEX["left_eye"], INDEX["right_eye"]]]))
    return (heels_px - eyes_px) / EYES_TO_HEELS / pose.height_px


def _part_of(ref: PointRef) -> str:
    return next(word for word, first, end in _PARTS if first <= ref.left < end)
