"""What the page is told, as JSON: where the visitor is, and what happened."""

from collections.abc import Mapping
from typing import Any

from kiosk.coaching.coach import (
    Event,
    HoldEvent,
    RepEvent,
    Snapshot,
    TempoEvent,
    TimedEvent,
    WarningEvent,
    shown_measures,
)
from kiosk.coaching.events import GestureEvent, SetEvent
from kiosk.coaching.gestures import Gesture
from kiosk.coaching.tempo import pace
from kiosk.coaching.workout import Progress
from kiosk.history.visits import Visiting
from kiosk.rules.exercise import Exercise
from kiosk.rules.exercise_file import TempoEntry


def snapshot_json(exercise: Exercise, snapshot: Snapshot) -> dict[str, Any]:
    """Return what the coach shows of the person."""
    tempo = exercise.tempo
    return {
        "person": snapshot.person,
        "reps": snapshot.reps,
        "partials": snapshot.partials,
        "phase": snapshot.phase,
        "phase_s": round(snapshot.phase_s, 2),
        "sides": {"left": snapshot.sides[0], "right": snapshot.sides[1]} if snapshot.sides else None,
        "hold": _hold_json(exercise, snapshot),
        "timed_left_s": _rounded(snapshot.timed_left_s, 1),
        "tempo": {"out_s": tempo.out_s, "back_s": tempo.back_s, "evenness": tempo.evenness} if tempo else None,
        "unevenness": _rounded(snapshot.unevenness, 3),
        "measures": _all_rounded(snapshot.numbers or {}),
        "shown": [measure.name for measure in shown_measures(exercise)],
        "units": {measure.name: measure.unit for measure in exercise.measures},
        "warnings": [
            {"id": warning.id, "level": warning.level, "say": warning.say.to_json()} for warning in snapshot.warnings
        ],
        "guidance": snapshot.guidance.to_json() if snapshot.guidance else None,
    }


def workout_json(progress: Progress) -> dict[str, Any]:
    """Return where the visitor is in the workout."""
    return {
        "running": progress.running,
        "starts_in_s": _rounded(progress.starts_in_s, 2),
        "set": progress.number,
        "sets": progress.sets,
        "reps": progress.reps,
        "partials": progress.partials,
        "summary": _set_json(progress.summary) if progress.summary else None,
    }


def visit_json(visiting: Visiting | None) -> dict[str, Any] | None:
    """Return who is there."""
    return None if visiting is None else {"id": visiting.id, "person": visiting.person}


def gesture_json(gesture: Gesture | None) -> dict[str, Any] | None:
    """Return the hand that is being held up."""
    return None if gesture is None else {"kind": gesture.kind, "share": round(gesture.share, 2)}


def event_json(event: Event, tempo: TempoEntry | None) -> tuple[str, dict[str, Any]]:
    """Return an event's name and its JSON; a repetition is judged against the exercise's tempo."""
    match event:
        case RepEvent() | TempoEvent():
            return _repetition_json(event, tempo)
        case HoldEvent():
            return "hold", {"t_s": round(event.t_s, 3), "held_s": round(event.held_s, 2)}
        case TimedEvent():
            return "timed", {"t_s": round(event.t_s, 3), "timed_s": event.timed_s, "reps": event.reps}
        case SetEvent():
            return "set", _set_json(event)
        case GestureEvent():
            return "gesture", {"t_s": round(event.t_s, 3), "kind": event.kind}
        case WarningEvent():
            return "warning", {
                "id": event.warning.id,
                "level": event.warning.level,
                "say": event.warning.say.to_json(),
                "on": event.on,
                "rep": event.rep,
                "speak": event.speak,
                "t_s": round(event.t_s, 3),
            }


def _repetition_json(event: RepEvent | TempoEvent, tempo: TempoEntry | None) -> tuple[str, dict[str, Any]]:
    ended = {"partial": event.partial} if isinstance(event, RepEvent) else {"pause_s": round(event.pause_s, 2)}
    return "rep" if isinstance(event, RepEvent) else "tempo", {
        "number": event.number,
        "t_s": round(event.t_s, 3),
        "out_s": round(event.out_s, 2),
        "back_s": round(event.back_s, 2),
        "out_pace": pace(event.out_s, tempo.out_s) if tempo else None,
        "back_pace": pace(event.back_s, tempo.back_s) if tempo else None,
        **ended,
        "side": event.side,
    }


def _set_json(done: SetEvent) -> dict[str, Any]:
    return {
        "set": done.number,
        "sets": done.sets,
        "reps": done.reps,
        "partials": done.partials,
        "held_s": _rounded(done.held_s, 1),
        "out_s": _rounded(done.out_s, 2),
        "back_s": _rounded(done.back_s, 2),
        "evenness": _rounded(done.evenness, 3),
        "best": {"measure": done.best.measure, "value": round(done.best.value, 1)} if done.best else None,
    }


def _hold_json(exercise: Exercise, snapshot: Snapshot) -> dict[str, float] | None:
    if exercise.hold is None:
        return None
    return {"held_s": round(snapshot.hold_s or 0.0, 1), "target_s": exercise.hold.target_s}


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)


def _all_rounded(numbers: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: _rounded(value, 2) for name, value in numbers.items()}
