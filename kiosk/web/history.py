"""Who trains, and which warnings of the last while were right."""

import asyncio
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, get_args

from aiohttp import web

from kiosk.dates import local
from kiosk.history.entries import LONGEST_NAME, Id, Verdict, tidy_name
from kiosk.history.file import HistoryError
from kiosk.history.keeper import RecentWarning
from kiosk.history.training import Training
from kiosk.history.visits import NobodyError
from kiosk.web.access import require_staff
from kiosk.web.answers import read_json, refusal
from kiosk.web.live import LIVE
from kiosk.web.state import visit_json
from kiosk.words import Phrase

HISTORY: Final = web.AppKey("history", Path)
"""The file of the training history."""

MINUTES: Final = 10.0
MOST_MINUTES: Final = 24 * 60.0

_ID: Final = re.compile(r"[\w-]{1,40}-[0-9]{1,9}", re.ASCII)
_VISIT_EXAMPLE: Final = '{"person": "Anna"}'
_FEEDBACK_EXAMPLE: Final = '{"warning": "…-12", "verdict": "false_alarm"}'


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return (
        web.post("/api/visit", _name),
        web.get("/api/warnings", _warnings),
        web.post("/api/feedback", _judge),
    )


async def _name(request: web.Request) -> web.Response:
    keeper = request.app[LIVE].keeper
    asked = await read_json(request, _VISIT_EXAMPLE)
    person, visit = asked.get("person", ""), _id(asked.get("visit"))
    if person is not None and not (isinstance(person, str) and _can_be_kept(person)):
        hint = f"send {_VISIT_EXAMPLE}, or null to take it back; at most {LONGEST_NAME} characters are kept"
        raise refusal(web.HTTPBadRequest, "'person' is neither a name or number nor null", hint)
    if visit is None and asked.get("visit") is not None:
        raise refusal(web.HTTPBadRequest, "'visit' is no visit's id", "take it from the state, or leave it out")
    try:
        keeper.name(person, visit)
    except NobodyError:
        raise refusal(web.HTTPConflict, Phrase("refused_nobody"), Phrase("refused_step_in")) from None
    request.app[LIVE].tell_state()
    return web.json_response({"visit": visit_json(keeper.visiting())})


async def _warnings(request: web.Request) -> web.Response:
    require_staff(request)
    minutes = _minutes(request.query.get("minutes"))
    recent = request.app[LIVE].keeper.warnings(minutes * 60)
    return web.json_response(
        {"warnings": [_warning_json(warning) for warning in recent]}, headers={"Cache-Control": "no-store"}
    )


async def _judge(request: web.Request) -> web.Response:
    require_staff(request)
    asked = await read_json(request, _FEEDBACK_EXAMPLE)
    warning, verdict = _id(asked.get("warning")), asked.get("verdict", "")
    if warning is None or not (verdict is None or verdict in get_args(Verdict)):
        raise refusal(
            web.HTTPBadRequest,
            "'warning' is an id, 'verdict' is right, false_alarm or null",
            f"send {_FEEDBACK_EXAMPLE}, with an id from GET /api/warnings",
        )
    keeper = request.app[LIVE].keeper
    if not keeper.knows(warning) and not await asyncio.to_thread(_is_kept, request.app[HISTORY], warning):
        raise refusal(web.HTTPNotFound, Phrase("refused_warning"), Phrase("refused_forgotten"))
    keeper.judge(warning, verdict)
    return web.json_response({"warning": warning, "verdict": verdict})


def _can_be_kept(name: str) -> bool:
    try:
        name.encode()  # half a character, as JSON can spell it, can't be stored
    except UnicodeEncodeError:
        return False
    return tidy_name(name) is not None


def _id(value: object) -> Id | None:
    return Id(value) if isinstance(value, str) and _ID.fullmatch(value) else None


def _is_kept(path: Path, warning: Id) -> bool:
    try:
        with Training(path) as training:
            return training.has_warning(warning)
    except (HistoryError, sqlite3.Error) as error:
        raise refusal(web.HTTPConflict, unreadable(path, error), Phrase("refused_soon")) from error


def unreadable(path: Path, error: Exception) -> Phrase:
    """Return why the history can't be read, for people."""
    if not path.exists():
        return Phrase("refused_no_history", str(path))
    return Phrase("refused_history" if isinstance(error, HistoryError) else "refused_unreadable", str(error))


def _minutes(text: str | None) -> float:
    try:
        minutes = MINUTES if text is None else float(text)
    except ValueError:
        minutes = -1.0
    if not 0 < minutes <= MOST_MINUTES:
        raise refusal(web.HTTPBadRequest, "'minutes' is no number of minutes", "ask as in /api/warnings?minutes=10")
    return minutes


def _warning_json(recent: RecentWarning) -> dict[str, Any]:
    return {
        "id": recent.id,
        "exercise": recent.exercise.name,
        "title": recent.exercise.title.to_json(),
        "warning": recent.warning.id,
        "say": recent.warning.say.to_json(),
        "level": recent.warning.level,
        "at": local(recent.at_s).isoformat(timespec="seconds"),
        "rep": recent.rep,
        "verdict": recent.verdict,
    }
