"""What tests of the report's site share: its routes and its page on a real socket, without a camera."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from aiohttp import web

from kiosk.aside import Aside
from kiosk.history.file import NAME
from kiosk.pins import PinFile
from kiosk.programme import Programme
from kiosk.rules.library import Library
from kiosk.web import access, exercises, pages, report
from kiosk.web.guard import add_headers, guards
from tests.conftest import ROOT
from tests.editor_site import PIN, Site, serving


async def _state(_: web.Request) -> web.Response:
    return web.json_response({"language": "en"})


@contextlib.contextmanager
def report_site(state: Path) -> Iterator[Site]:
    """Serve the report of the history in `state`."""
    pins = PinFile(state)
    pins.set("staff", PIN)
    library = Library(ROOT / "config" / "exercises")
    library.refresh()
    app = web.Application(middlewares=guards())
    app.on_response_prepare.append(add_headers)
    aside = Aside(4)

    async def run(_: web.Application) -> AsyncIterator[None]:
        yield
        await aside.close()

    app[access.ACCESS] = access.Access(pins)
    app[report.REPORTS] = report.Reports(state / NAME, aside, state / "matplotlib")
    app[exercises.PROGRAMME] = Programme(library, library.exercises["squat"], use=lambda _: None, tell=lambda _: None)
    for subject in (report, access, exercises, pages):
        app.add_routes(subject.routes())
    app.router.add_get("/api/state", _state)
    app.cleanup_ctx.append(run)
    with serving(app) as port:
        yield Site(port, library.folder, state, [])
