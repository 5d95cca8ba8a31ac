"""Writing the last minute's poses to a file, where the box's owner has allowed it."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from aiohttp import web

from kiosk.recent import Moment
from kiosk.recording import write_recording
from kiosk.web.access import require_staff
from kiosk.web.answers import refusal
from kiosk.words import Phrase

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recordings:
    """Where recordings are written, what of, and whether they may be (`history.record_poses`)."""

    folder: Path
    allowed: bool
    recent: Callable[[], tuple[Moment, ...]]


RECORDINGS: Final = web.AppKey("recordings", Recordings)


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return (web.post("/api/recording", _write),)


async def _write(request: web.Request) -> web.Response:
    require_staff(request)
    recordings = request.app[RECORDINGS]
    if not recordings.allowed:
        hint = "set history: {record_poses: true} in kiosk.yaml and restart, with the consent of those who exercise"
        raise refusal(web.HTTPConflict, "recording poses is switched off", hint)
    moments = recordings.recent()
    if not any(pose for _, pose in moments):
        raise refusal(web.HTTPConflict, Phrase("refused_unseen"), Phrase("refused_exercise"))
    try:
        path = await asyncio.to_thread(_written, recordings.folder, moments)
    except OSError as error:
        log.warning("no recording was written: %s", error)
        hint = f"free some space, or make {recordings.folder} writable"
        raise refusal(web.HTTPConflict, f"the recording can't be written: {error.strerror}", hint) from None
    seconds = round(moments[-1][0] - moments[0][0], 1)
    return web.json_response({"file": str(path), "seconds": seconds, "frames": len(moments)})


def _written(folder: Path, moments: tuple[Moment, ...]) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{datetime.now():%Y%m%d-%H%M%S-%f}.poses.jsonl.gz"
    part = path.with_name(f"{path.name.removesuffix('.gz')}.part.gz")
    try:
        write_recording(part, moments)
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return path
