"""Starting and stopping the workout."""

from collections.abc import Iterable
from typing import Final, Protocol

from aiohttp import web

from kiosk.web.answers import read_json, refusal

EXAMPLE: Final = '{"running": false}'


class Runs(Protocol):
    """Starts or stops the workout: `kiosk.pipeline.Pipeline.run`."""

    def __call__(self, *, running: bool) -> None:
        """Start or stop with the next frame."""
        ...


RUN: Final[web.AppKey[Runs]] = web.AppKey("run")


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return (web.post("/api/workout", _run),)


async def _run(request: web.Request) -> web.Response:
    running = (await read_json(request, EXAMPLE)).get("running")
    if not isinstance(running, bool):
        raise refusal(web.HTTPBadRequest, "'running' is neither true nor false", f"send {EXAMPLE}")
    request.app[RUN](running=running)
    return web.json_response({"running": running})
