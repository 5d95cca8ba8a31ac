"""What is happening now: the live picture, the state, the events, and whether the kiosk is healthy."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Final

from aiohttp import web

from kiosk.coaching.coach import Snapshot
from kiosk.coaching.events import GestureEvent, WarningEvent
from kiosk.coaching.workout import Progress
from kiosk.flow import FrameSource, Update
from kiosk.health.guardian import Guardian
from kiosk.health.pacer import Pacer
from kiosk.health.restarts import Restarts
from kiosk.history.keeper import Keeper
from kiosk.rules.exercise import Exercise
from kiosk.sound.voice import Voice
from kiosk.stream import Broadcast, Delays, Latest, Still, Viewers, send_events, send_pictures
from kiosk.web.state import event_json, gesture_json, snapshot_json, visit_json, workout_json
from kiosk.web.tally import Tally
from kiosk.words import Language, Phrase

VERSION: Final = version("pose-kiosk")
PICTURE_WAIT_S: Final = 5.0
"""How long a snapshot waits for the first picture; the camera and the pose engine start in less."""


@dataclass
class Live:
    """What the pipeline last said, and everybody who is to hear of it. Used in the event loop only.

    `choose_next` is called when somebody asks for the next exercise with their hands.
    """

    exercise: Exercise
    language: Language
    camera: FrameSource
    viewers: Viewers
    voice: Voice
    keeper: Keeper
    restarts: Restarts
    pacer: Pacer
    gestures: bool = True
    lan: bool = False
    choose_next: Callable[[], None] | None = None
    pictures: Latest[Still] = field(default_factory=Latest)
    delays: Delays = field(default_factory=Delays)
    broadcast: Broadcast = field(default_factory=Broadcast)
    update: Update | None = None
    tally: Tally = field(default_factory=Tally)
    problems: list[str] = field(default_factory=list)

    def take(self, update: Update) -> None:
        """Take what a frame brought and tell everybody."""
        before, self.update = self.update, update
        self.tally.take(update)
        kept = iter(self.keeper.take(update))
        for event in update.events:
            name, data = event_json(event, update.exercise.tempo)
            if isinstance(event, WarningEvent):
                data["kept"] = next(kept, None) if event.on else None
            self.broadcast.event(name, data | self.voice.audio_json(event))
            self.voice.give(event)
        if before is not None and before.exercise.name != update.exercise.name:
            self.broadcast.event("exercise", self.exercise_json())
        if before is None or before.no_video != update.no_video:
            self.broadcast.event("camera", self.camera_json())
        self.broadcast.state(self.state_json)
        for event in update.events:
            if self.choose_next and isinstance(event, GestureEvent) and event.kind == "next":
                self.choose_next()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Count a viewer while it watches; the last picture goes with the last viewer, for it is not the next one's."""
        try:
            with self.viewers.one_more():
                yield
        finally:
            if not self.viewers.count:
                self.pictures.forget()

    def take_picture(self, still: Still) -> None:
        """Show everybody who watches what was drawn; it may come when they have just left."""
        if self.viewers.count:
            self.pictures.publish(still)

    def tell_problems(self, problems: Sequence[str]) -> None:
        """Take what is wrong with the configuration and tell everybody."""
        self.problems = list(problems)
        self.broadcast.event("config", {"problems": self.problems})
        self.broadcast.state(self.state_json)

    def tell_state(self) -> None:
        """Tell everybody what was changed without the pipeline."""
        self.broadcast.state(self.state_json)

    def status(self) -> str:
        """Return how it goes in one line for staff, such as `squat · 14 fps · 1 viewer`; from any thread."""
        update, viewers = self.update, self.viewers.count
        if update is None:
            going = "starting"
        elif update.no_video:
            going = f"no live video: {update.no_video.say('en')}"
        else:
            going = f"{update.fps:.0f} fps"
        exercise = update.exercise if update else self.exercise
        return f"{exercise.name} · {going} · {viewers} viewer{'' if viewers == 1 else 's'}"

    def exercise_json(self) -> dict[str, Any]:
        """Return which exercise is judged."""
        exercise = self.update.exercise if self.update else self.exercise
        return {"name": exercise.name, "title": exercise.title.to_json()}

    def camera_json(self) -> dict[str, Any]:
        """Return the camera's state."""
        update = self.update
        reason = Phrase("camera_opening", self.camera.address) if update is None else update.no_video
        return {
            "live": reason is None,
            "demo": self.camera.is_demo,
            "address": self.camera.address,
            "reason": reason.to_json() if reason else None,
            "width_px": update.width_px if update else None,
            "height_px": update.height_px if update else None,
        }

    def state_json(self) -> dict[str, Any]:
        """Return everything that the page shows."""
        update, notices = self.update, (self.keeper.notice, self.restarts.notice(), *self.pacer.notices())
        exercise = update.exercise if update else self.exercise
        return {
            "version": VERSION,
            "language": self.language,
            "lan": self.lan,
            "exercise": self.exercise_json(),
            "camera": self.camera_json(),
            **snapshot_json(exercise, update.snapshot if update else Snapshot()),
            "workout": workout_json(update.progress if update else Progress(sets=exercise.sets.number)),
            "gesture": gesture_json(update.gesture if update else None),
            "gestures": self.gestures and exercise.gestures,
            "voice": self.voice.to_json(),
            "visit": visit_json(self.keeper.visiting()),
            "notices": [notice.to_json() for notice in notices if notice],
            "fps": round(update.fps, 1) if update else 0.0,
            "pace": self.pacer.to_json(),
            "viewers": self.viewers.count,
            "problems": self.problems,
        }


LIVE: Final = web.AppKey("live", Live)
GUARDIAN: Final = web.AppKey("guardian", Guardian)


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return (
        web.get("/stream.mjpg", _stream),
        web.get("/snapshot.jpg", _snapshot),
        web.get("/events", _events),
        web.get("/api/state", _state),
        web.get("/healthz", _health),
    )


async def _stream(request: web.Request) -> web.StreamResponse:
    live = request.app[LIVE]
    with live.watched():
        return await send_pictures(request, live.pictures, live.delays)


async def _snapshot(request: web.Request) -> web.Response:
    live = request.app[LIVE]
    with live.watched():
        # The last picture may be old: only one that is drawn from now on will do.
        still = await _newer(live.pictures)
    if still is None:
        raise web.HTTPServiceUnavailable(text="there is no picture yet\n")
    return web.Response(body=still.jpeg, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


async def _newer(pictures: Latest[Still]) -> Still | None:
    before = pictures.number
    number, still = await pictures.after(before, PICTURE_WAIT_S)
    return still if number > before else None


async def _events(request: web.Request) -> web.StreamResponse:
    return await send_events(request, request.app[LIVE].broadcast)


async def _state(request: web.Request) -> web.Response:
    return web.json_response(request.app[LIVE].state_json(), headers={"Cache-Control": "no-store"})


def why_not_well(live: Live, guardian: Guardian) -> str | None:
    """Return why the kiosk is not well, None if it is; from any thread.

    It is not before its pose engine is there and has let a first update through, be that one of a missing camera: an
    upgrade must not pass for well whose engine is about to fail.
    """
    trouble = guardian.trouble()
    if trouble is None and live.update is None:
        return "the kiosk is starting: its pose engine is not there yet"
    return trouble.text if trouble else None


async def _health(request: web.Request) -> web.Response:
    live = request.app[LIVE]
    update, reason = live.update, why_not_well(live, request.app[GUARDIAN])
    health = {
        "ok": reason is None,
        "reason": reason,
        "live": update is not None and update.no_video is None,
        "frame_age_s": round(time.monotonic() - update.t_s, 3) if update and update.no_video is None else None,
        "fps": round(update.fps, 1) if update else 0.0,
    }
    return web.json_response(health, status=503 if reason else 200, headers={"Cache-Control": "no-store"})
