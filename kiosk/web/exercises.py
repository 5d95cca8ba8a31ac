"""The exercises there are, and choosing one."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from kiosk.programme import Programme
from kiosk.yamlfile import did_you_mean

PROGRAMME: Final = web.AppKey("programme", Programme)
MAX_BODY_BYTES: Final = 4096


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return (web.get("/api/exercises", _list), web.post("/api/exercise", _choose))


async def _list(request: web.Request) -> web.Response:
    programme = request.app[PROGRAMME]
    return web.json_response(
        {
            "exercises": [
                {"name": name, "title": exercise.title.to_json()}
                for name, exercise in programme.library.exercises.items()
            ],
            "chosen": programme.exercise.name,
            "wrong": sorted({Path(problem.file).stem for problem in programme.library.problems}),
            "problems": programme.problems(),
        }
    )


async def _choose(request: web.Request) -> web.Response:
    programme = request.app[PROGRAMME]
    name = _name_in(await _json(request))
    try:
        programme.choose(name)
    except KeyError:
        hint = did_you_mean(name, programme.library.exercises).removeprefix(" - ")
        return _wrong(404, f"no such exercise: '{name}'", hint)
    return web.json_response({"name": name})


async def _json(request: web.Request) -> object:
    # A foreign page can send a form or plain text from a visitor's browser without asking first, but not JSON.
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text='send JSON, such as {"name": "squat"}\n')
    try:
        return json.loads(await request.content.read(MAX_BODY_BYTES))
    except (ValueError, RecursionError):
        return None


def _name_in(body: object) -> str:
    name: Any = body.get("name") if isinstance(body, dict) else None
    if not isinstance(name, str):
        raise web.HTTPBadRequest(text='name an exercise, as in {"name": "squat"}\n')
    return name


def _wrong(status: int, error: str, hint: str) -> web.Response:
    return web.json_response({"error": error, "hint": hint}, status=status)
