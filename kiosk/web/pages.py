"""The page and what it is made of."""

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Final

from aiohttp import web

from kiosk.words import words

STATIC: Final = Path(str(files("kiosk.web"))) / "static"


def routes() -> Iterable[web.AbstractRouteDef]:
    """Return this subject's routes."""
    return (web.get("/", _index), web.get("/words.json", _words), web.static("/static", STATIC))


async def _index(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "index.html")


async def _words(_: web.Request) -> web.Response:
    return web.json_response(words())
