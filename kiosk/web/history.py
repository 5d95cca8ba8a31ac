"""Who trains."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from aiohttp import web

from kiosk.history.entries import LONGEST_NAME, Id, tidy_name
from kiosk.history.file import HistoryError
from kiosk.history.visits import NobodyError
from kiosk.web.answers import read_json, refusal
from kiosk.web.live import LIVE
from kiosk.web.state import visit_json
from kiosk.words import Phrase

HISTORY: Final = web.AppKey("history", Path)
"""The file of the training history."""

_ID: Final = re.compile(r"[\w-]{1,40}-[0-9]{1,9}", re.ASCII)
_EXAMPLE: Final = '{"person": "Anna"}'


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return (web.post("/api/visit", _name),)


def id_of(value: object) -> Id | None:
    """Return what the history calls something, as a client says it; None if it is no such name."""
    return Id(value) if isinstance(value, str) and _ID.fullmatch(value) else None


async def _name(request: web.Request) -> web.Response:
    keeper = request.app[LIVE].keeper
    asked = await read_json(request, _EXAMPLE)
    person, visit = asked.get("person", ""), id_of(asked.get("visit"))
    if person is not None and not (isinstance(person, str) and _can_be_kept(person)):
        hint = f"send {_EXAMPLE}, or null to take it back; at most {LONGEST_NAME} characters are kept"
        raise refusal(web.HTTPBadRequest, "'person' is neither a name or number nor null", hint)
    if visit is None and asked.get("visit") is not None:
        raise refusal(web.HTTPBadRequest, "'visit' is no visit's id", "take it from the state, or leave it out")
    try:
        keeper.name(person, visit)
    except NobodyError:
        raise refusal(web.HTTPConflict, Phrase("refused_nobody"), Phrase("refused_step_in")) from None
    request.app[LIVE].tell_state()
    return web.json_response({"visit": visit_json(keeper.visiting())})


def _can_be_kept(name: str) -> bool:
    try:
        name.encode()  # half a character, as JSON can spell it, can't be stored
    except UnicodeEncodeError:
        return False
    return tidy_name(name) is not None


def unreadable(path: Path, error: Exception) -> Phrase:
    """Return why the history can't be read, for people."""
    if not path.exists():
        return Phrase("refused_no_history", str(path))
    return Phrase("refused_history" if isinstance(error, HistoryError) else "refused_unreadable", str(error))
