"""Whoever is in front of the camera: judged, followed through sets, obeyed. Pure, no clock of its own."""

from kiosk.coaching.coach import Coach, Event, Measured, Snapshot
from kiosk.coaching.events import GestureEvent
from kiosk.coaching.gestures import Gesture, Gestures
from kiosk.coaching.workout import Progress, Workout
from kiosk.landmarks import Pose
from kiosk.rules.exercise import Exercise


class Practice:
    """Takes each frame's pose in order of capture time; tells what happened and what there is to show."""

    def __init__(self, exercise: Exercise, *, gestures: bool = True) -> None:
        self._coach = Coach(exercise)
        self._workout = Workout(exercise)
        self._gestures = Gestures() if gestures else None
        self.snapshot = Snapshot()
        """What the coach shows after the last step."""

    @property
    def exercise(self) -> Exercise:
        """What is judged."""
        return self._coach.exercise

    @property
    def measured(self) -> Measured:
        """What the last step measured of the person."""
        return self._coach.measured

    @property
    def gesture(self) -> Gesture | None:
        """The hand that is being held up."""
        return self._gestures.shown if self._gestures and self.exercise.gestures else None

    def follow(self, exercise: Exercise) -> None:
        """Judge by `exercise` from now on; an edited version of the same goes on with its sets."""
        if exercise is not self._coach.exercise:
            self._coach = self._coach.followed_by(exercise)
            self._workout.follow(exercise)

    def run(self, *, running: bool) -> None:
        """Stop or start: while stopped nothing is judged, counted or warned of."""
        self._workout.run(running=running)

    def step(self, t_s: float, pose: Pose | None) -> list[Event]:
        """Take one frame; return what happened with it."""
        events = self._coach.step(t_s, pose, judging=self._workout.running)
        self.snapshot = self._coach.snapshot()
        events += self._workout.step(t_s, self.snapshot, events)
        if self._workout.begins_anew:
            self._coach.begin_set()
        return events + self._obey(t_s, pose)

    def progress(self) -> Progress:
        """Return where the visitor is in the workout after the last step."""
        return self._workout.progress()

    def _obey(self, t_s: float, pose: Pose | None) -> list[Event]:
        """Stop or start as a hand asks; the next exercise is for others to choose."""
        if self._gestures is None or not self.exercise.gestures:
            return []
        followed = pose if pose is not None and pose.track == self._coach.track else None
        kind = self._gestures.step(t_s, followed, resting=self.snapshot.resting)
        if kind == "toggle":
            self.run(running=not self._workout.running)
        return [GestureEvent(t_s, kind)] if kind else []
