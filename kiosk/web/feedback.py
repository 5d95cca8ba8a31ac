"""Which warnings were right: those of the last while, or those of a report, and what staff say of them."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from aiohttp import web

from kiosk.dates import local
from kiosk.history.entries import Verdict
from kiosk.history.file import HistoryError
from kiosk.history.keeper import RecentWarning
from kiosk.history.past import PastWarning, Selection
from kiosk.history.training import Training
from kiosk.history.visits import LONGEST_S
from kiosk.rules.exercise import Exercise
from kiosk.rules.exercise_file import Level
from kiosk.web.access import require_staff
from kiosk.web.answers import read_json, refusal
from kiosk.web.exercises import PROGRAMME
from kiosk.web.history import HISTORY, id_of, unreadable
from kiosk.web.live import LIVE
from kiosk.web.report import selection
from kiosk.words import Phrase

T = TypeVar("T")

MINUTES: Final = 10.0
MOST_MINUTES: Final = 24 * 60.0

MOST: Final = 100
"""Warnings on one page."""

UNSTORED_S: Final = 10.0
"""A warning may be so old before the history must have it, unless it can't be written to."""

STORED_S: Final = 2.0
"""How long somebody who marks a warning waits for the disk."""

_EXAMPLE: Final = '{"warning": "…-12", "verdict": "false_alarm"}'


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return web.get("/api/warnings", _warnings), web.post("/api/feedback", _judge)


async def _warnings(request: web.Request) -> web.Response:
    """The newest warnings of the last `minutes`, or of the selection of a report: `{"warnings": [...], "more"}`."""
    require_staff(request)
    exercises = request.app[PROGRAMME].library.exercises
    if "minutes" in request.query or not request.query:
        minutes = _minutes(request.query.get("minutes"))
        unstored = _unstored(request, minutes * 60)
        since_s = time.time() - minutes * 60
        wanted = Selection(first=local(since_s - LONGEST_S).date() - timedelta(days=1))
    else:
        unstored, since_s, wanted = [], 0.0, await selection(request)
    stored = await _read(request, lambda training: training.newest_warnings(wanted, MOST + 1, since_s)) or []
    known = {past.id for past in stored}
    found = [
        _json(recent, recent.exercise.name, recent.exercise, recent.warning.id, recent.warning.level)
        for recent in unstored
        if recent.id not in known
    ]
    found += [
        _json(past, past.exercise, exercises.get(past.exercise), past.rule.warning, past.rule.level) for past in stored
    ]
    body = {"warnings": found[:MOST], "more": len(found) > MOST}
    return web.json_response(body, headers={"Cache-Control": "no-store"})


async def _judge(request: web.Request) -> web.Response:
    require_staff(request)
    asked = await read_json(request, _EXAMPLE)
    warning, verdict = id_of(asked.get("warning")), asked.get("verdict", "")
    if warning is None or not (verdict is None or verdict in get_args(Verdict)):
        raise refusal(
            web.HTTPBadRequest,
            "'warning' is an id, 'verdict' is right, false_alarm or null",
            f"send {_EXAMPLE}, with an id from GET /api/warnings",
        )
    keeper = request.app[LIVE].keeper
    known = any(recent.id == warning for recent in _unstored(request, MOST_MINUTES * 60))
    if not known and not await _read(request, lambda training: training.has_warning(warning)):
        raise refusal(web.HTTPNotFound, Phrase("refused_warning"), Phrase("refused_forgotten"))
    keeper.judge(warning, verdict)
    until_s = time.monotonic() + STORED_S
    while keeper.waiting and time.monotonic() < until_s:
        await asyncio.sleep(0.02)
    return web.json_response({"warning": warning, "verdict": verdict})


def _unstored(request: web.Request, within_s: float) -> list[RecentWarning]:
    """Warnings that the history may not have yet."""
    keeper = request.app[LIVE].keeper
    if not keeper.waiting:
        return []
    return keeper.warnings(within_s if keeper.notice else min(UNSTORED_S, within_s))


async def _read(request: web.Request, question: Callable[[Training], T]) -> T | None:
    """Return what the history answers, None while there is none."""
    try:
        return await asyncio.to_thread(_ask, request.app[HISTORY], question)
    except (HistoryError, sqlite3.Error) as error:
        raise refusal(web.HTTPConflict, unreadable(request.app[HISTORY], error), Phrase("refused_soon")) from error


def _ask(path: Path, question: Callable[[Training], T]) -> T | None:
    if not path.exists():
        return None
    with Training(path) as training:
        return question(training)


def _minutes(text: str | None) -> float:
    try:
        minutes = MINUTES if text is None else float(text)
    except ValueError:
        minutes = -1.0
    if not 0 < minutes <= MOST_MINUTES:
        raise refusal(web.HTTPBadRequest, "'minutes' is no number of minutes", "ask as in /api/warnings?minutes=10")
    return minutes


def _json(
    one: RecentWarning | PastWarning, name: str, exercise: Exercise | None, rule: str, level: Level
) -> dict[str, Any]:
    """A warning in today's words; its exercise, or the rule, may be gone."""
    rules = exercise.warnings if exercise else ()
    return {
        "id": one.id,
        "exercise": name,
        "title": exercise.title.to_json() if exercise else _plain(name),
        "warning": rule,
        "say": next((known.say.to_json() for known in rules if known.id == rule), _plain(rule)),
        "level": level,
        "at": local(one.at_s).isoformat(timespec="seconds"),
        "rep": one.rep,
        "verdict": one.verdict,
    }


def _plain(name: str) -> dict[str, str]:
    return {"en": name, "zh": name}
