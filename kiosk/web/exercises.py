"""The exercises there are, and choosing one."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from aiohttp import web

from kiosk.mistakes import did_you_mean
from kiosk.programme import Programme
from kiosk.web.answers import read_json, refusal

PROGRAMME: Final = web.AppKey("programme", Programme)
EXAMPLE: Final = '{"name": "squat"}'


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
    name = (await read_json(request, EXAMPLE)).get("name")
    if not isinstance(name, str):
        raise refusal(web.HTTPBadRequest, "no exercise is named", f"send {EXAMPLE}")
    try:
        programme.choose(name)
    except KeyError:
        hint = did_you_mean(name, programme.library.exercises).removeprefix(" - ")
        raise refusal(web.HTTPNotFound, f"no such exercise: '{name}'", hint) from None
    return web.json_response({"name": name})
