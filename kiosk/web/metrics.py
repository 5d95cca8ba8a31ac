"""`/metrics`: how the kiosk goes, for Prometheus. Every figure is read when it is asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from kiosk.health.guardian import Guardian
from kiosk.history.writer import History
from kiosk.pipeline import Pipeline
from kiosk.web.live import Live

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, eq=False)
class Sources:
    """Whom to ask."""

    live: Live
    guardian: Guardian
    history: History
    pipeline: Pipeline


METRICS: Final = web.AppKey("metrics", Sources)


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return (web.get("/metrics", _metrics),)


async def _metrics(request: web.Request) -> web.Response:
    from kiosk.web.figures import Figures  # noqa: PLC0415 - with Prometheus' library, which few boxes need

    ask = request.app[METRICS]
    figures = Figures(live=ask.live, guardian=ask.guardian, history=ask.history, pipeline=ask.pipeline)
    return web.Response(body=figures.exposition(), headers={"Content-Type": CONTENT_TYPE})
