"""Whoever is in front of the camera: judged by the coach, followed through sets. Pure, no clock of its own."""

from kiosk.coach import Coach, Event, Snapshot
from kiosk.gestures import Gesture
from kiosk.landmarks import Pose
from kiosk.rules import Exercise
from kiosk.workout import Progress, Workout


class Practice:
    """Takes each frame's pose in order of capture time; tells what happened and what there is to show."""

    def __init__(self, exercise: Exercise) -> None:
        self._coach = Coach(exercise)
        self._workout = Workout(exercise)
        self.snapshot = Snapshot()
        """What the coach shows after the last step."""

    @property
    def exercise(self) -> Exercise:
        """What is judged."""
        return self._coach.exercise

    @property
    def gesture(self) -> Gesture | None:
        """The hand that is being held up."""
        return None

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
        return events

    def progress(self) -> Progress:
        """Return where the visitor is in the workout after the last step."""
        return self._workout.progress()
