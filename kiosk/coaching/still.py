"""What one picture says of a person: the angles of the joints, and an exercise's numbers and faults. Pure.

One picture knows no movement: nothing is said of speed, of repetitions or of how long something lasts.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from kiosk.angles import Point, midpoint, tilt_deg
from kiosk.coaching.coach import Snapshot, shown_measures
from kiosk.coaching.readiness import UNSEEN_S, Readiness
from kiosk.coaching.readings import Readings
from kiosk.landmarks import Pose
from kiosk.rules.exercise import Exercise, FormWarning
from kiosk.rules.exercise_file import Level
from kiosk.rules.measures import Body, PointRef, angle_measure
from kiosk.stance import Side, Stance
from kiosk.words import Phrase

CORNERS: Final = {
    "shoulder": ("hip", "shoulder", "elbow"),
    "elbow": ("shoulder", "elbow", "wrist"),
    "hip": ("shoulder", "hip", "knee"),
    "knee": ("hip", "knee", "ankle"),
    "ankle": ("knee", "ankle", "foot_index"),
}
"""The joints whose angles everybody asks for, and the points they lie between."""

SIDES: Final[tuple[Side, ...]] = ("left", "right")
_URGENCY: Final[tuple[Level, ...]] = ("danger", "caution", "info")


def joint_angles(pose: Pose) -> dict[str, float | None]:
    """Return the interior angles of both sides' joints ("left_knee"; 180 = straight) and "trunk" (90 = upright).

    In degrees, in the picture's plane; the shoulder's is 0 with the arm along the trunk. None where it isn't seen.
    """
    body = Body(pose, Stance.first(pose))
    angles: dict[str, float | None] = {}
    for side in SIDES:
        for joint, corner in CORNERS.items():
            points = [PointRef.named(f"{side}_{point}", "near") for point in corner]
            angles[f"{side}_{joint}"] = angle_measure(points, "image")(body)
    hips, shoulders = _middle(body, "hip"), _middle(body, "shoulder")
    angles["trunk"] = tilt_deg(hips, shoulders, "horizontal") if hips and shoulders else None
    return angles


def described(pose: Pose) -> Snapshot:
    """Return what there is to draw of a person who does no exercise in particular: angles at the joints that show."""
    stance, angles = Stance.first(pose), joint_angles(pose)
    # Seen from the side, the far joints' numbers would lie upon the near ones'.
    sides = (stance.near,) if stance.view == "side" else SIDES
    names = [f"{side}_{joint}" for side in sides for joint in CORNERS]
    refs = {name: PointRef.named(name, "near") for name in names}
    labels = tuple((ref.indices(stance), value) for name, ref in refs.items() if (value := angles[name]) is not None)
    return Snapshot(person=True, numbers=angles, labels=labels)


def judged(exercise: Exercise, pose: Pose) -> Snapshot:
    """Return what `exercise` says of one pose: its numbers, the faults that are seen, and what hinders judging.

    Warnings about a whole repetition are left out, and phases are ignored. What needs a view that this is not is not
    judged, which `guidance` says.
    """
    stance = Stance.first(pose)
    near = Body(pose, stance)
    numbers = _numbers(exercise, near)
    apart = exercise.reps is not None and exercise.reps.each
    bodies = [Body(pose, replace(stance, near=side)) for side in SIDES] if apart else [near]
    found = [(body, warning) for body in bodies for warning in _faults(exercise, body)]
    found.sort(key=lambda pair: (_URGENCY.index(pair[1].level), pair[1].order))
    labels = [(measure.label, numbers[measure.name]) for measure in shown_measures(exercise)]
    return Snapshot(
        person=True,
        numbers=numbers,
        warnings=tuple(dict.fromkeys(warning for _, warning in found)),
        guidance=_guidance(exercise, near),
        # The most urgent last, so that a joint of two warnings has its colour.
        faulty=tuple(
            (index, warning.level)
            for body, warning in reversed(found)
            for ref in warning.points
            for index in ref.indices(body.stance)
        ),
        labels=tuple((ref.indices(stance), value) for ref, value in labels if ref and value is not None),
    )


def _numbers(exercise: Exercise, body: Body) -> dict[str, float | None]:
    # Not at rest: how far somebody is from where they were standing can't be known.
    return Readings(exercise.measures).step(0.0, body, resting=False)


def _faults(exercise: Exercise, body: Body) -> Iterator[FormWarning]:
    if body.in_view(exercise.view) is False:
        return
    numbers = _numbers(exercise, body)
    for warning in exercise.warnings:
        if not warning.at_rep and body.in_view(warning.view) and warning.when.judge(numbers):
            yield warning


def _guidance(exercise: Exercise, body: Body) -> Phrase | None:
    """What would be said to a person who went on standing like this."""
    readiness = Readiness(exercise)
    for t_s in (0.0, 2 * UNSEEN_S):
        readiness.step(t_s, body, resting=True)
    return readiness.guidance


def _middle(body: Body, joint: str) -> Point | None:
    """The middle of both sides' joint, or the near one where the far one is hidden."""
    left, right = (body.at(PointRef.named(f"{side}_{joint}", "near"), "image") for side in SIDES)
    if left and right:
        return midpoint(left, right)
    return left if body.stance.near == "left" else right
