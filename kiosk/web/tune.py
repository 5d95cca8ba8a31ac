"""Learning from marked alarms: which warnings were right, and better numbers for the rules."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any, Final, NoReturn

from aiohttp import hdrs, web

from kiosk.history.entries import Id
from kiosk.history.file import HistoryError
from kiosk.learning.lessons import accepted, lessons, traces
from kiosk.rules.editing import ChangedError, GoneError
from kiosk.rules.retouch import Retouched, RetouchError, taken_back
from kiosk.web.access import require_staff
from kiosk.web.answers import read_json, refusal
from kiosk.web.editor import EDITOR, beside, known, stored, there
from kiosk.web.history import HISTORY, unreadable
from kiosk.web.pages import STATIC
from kiosk.words import Phrase
from kiosk.yamlfile import FileError

_PATH: Final = "/api/exercises/{name}/tune"
_ID: Final = re.compile(r"[\w-]{1,40}-[0-9]{1,9}", re.ASCII)
_EXAMPLE: Final = '{"rule": "knee_load", "number": "86"} or {"rule": "knee_load", "take_back": true}'


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return (
        web.get("/review", _page),
        web.get("/api/warnings/{id}", _warning),
        web.get(_PATH, _lessons),
        web.post(_PATH, _change),
    )


async def _page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "review.html", headers={hdrs.CACHE_CONTROL: "no-cache"})


async def _warning(request: web.Request) -> web.Response:
    """Answer with how what the rule compares went around one warning."""
    require_staff(request)
    warning = request.match_info["id"]
    found = None
    if _ID.fullmatch(warning):
        try:
            found = await asyncio.to_thread(traces, request.app[HISTORY], Id(warning))
        except HistoryError as error:
            _unreadable(request, error)
    if found is None:
        raise refusal(web.HTTPNotFound, Phrase("refused_warning"), Phrase("refused_warning_soon"))
    return _fresh({"traces": [asdict(trace) for trace in found]})


async def _lessons(request: web.Request) -> web.Response:
    require_staff(request)
    name = await known(request)
    text = await there(request, name)
    try:
        found = await beside(request, lessons, request.app[HISTORY], text.data, name, _today())
    except FileError as error:
        _mistaken(error)
    except HistoryError as error:
        _unreadable(request, error)
    return _fresh({"rules": [lesson.to_json() for lesson in found]})


async def _change(request: web.Request) -> web.Response:
    """Put a suggested number into the file, or the one of before; the answer names the text that stands there now."""
    require_staff(request)
    name = await known(request)
    asked = await read_json(request, _EXAMPLE)
    text = await there(request, name)
    new = await _changed(request, name, text.data, asked)
    try:
        saved = await stored(request.app[EDITOR].files.save, name, new.data, frozenset({text.etag}))
    except (ChangedError, GoneError):
        raise refusal(web.HTTPConflict, Phrase("refused_saved"), Phrase("refused_look")) from None
    return web.json_response(
        {"name": name, "etag": saved.etag, "line": {"number": new.line, "before": new.before, "after": new.after}}
    )


async def _changed(request: web.Request, name: str, data: bytes, asked: dict[str, Any]) -> Retouched:
    rule, number, back = asked.get("rule"), asked.get("number"), asked.get("take_back", False)
    if not isinstance(rule, str) or (back is not True and not isinstance(number, str)):
        hint = f"send {_EXAMPLE}, with the number that was suggested"
        raise refusal(web.HTTPBadRequest, "it is not said which rule is to be changed, and to what", hint)
    try:
        if back:
            return await beside(request, taken_back, data, name, rule)
        history = request.app[HISTORY]
        return await beside(request, accepted, history, data, name, rule=rule, today=_today(), number=number)
    except RetouchError as error:
        raise refusal(web.HTTPConflict, Phrase("refused_number", str(error)), Phrase("refused_kept")) from None
    except FileError as error:
        _mistaken(error)
    except HistoryError as error:
        _unreadable(request, error)


def _mistaken(error: FileError) -> NoReturn:
    raise refusal(web.HTTPConflict, Phrase("refused_mistakes"), str(error.problems[0])) from None


def _unreadable(request: web.Request, error: HistoryError) -> NoReturn:
    raise refusal(web.HTTPConflict, unreadable(request.app[HISTORY], error), Phrase("refused_soon")) from None


def _fresh(answer: dict[str, Any]) -> web.Response:
    return web.json_response(answer, headers={hdrs.CACHE_CONTROL: "no-store"})


def _today() -> date:
    return datetime.now(UTC).astimezone().date()
