"""What the editor's tests share: its routes and its page, served on a real socket without a camera."""

import asyncio
import contextlib
import http.client
import json
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from aiohttp import web

from kiosk.aside import Aside
from kiosk.history.file import NAME
from kiosk.pins import PinFile
from kiosk.programme import Programme
from kiosk.recent import Moment
from kiosk.rules.editing import ExerciseFiles
from kiosk.rules.library import Library
from kiosk.rules.versions import Versions
from kiosk.web import access, editor, exercises, feedback, history, live, pages, report, tune
from kiosk.web.guard import add_headers, guards
from tests.conftest import ROOT
from tests.feedback import Marks

SQUAT = (ROOT / "config" / "exercises" / "squat.yaml").read_text(encoding="utf-8")
PIN = "7305"
YAML = {"Content-Type": "text/yaml"}
Answer = tuple[int, Any, http.client.HTTPMessage]


@dataclass
class Site:
    """The routes, served; `folder` holds the exercise files, `moments` are the last minute."""

    port: int
    folder: Path
    state: Path
    moments: list[Moment]

    def ask(self, method: str, path: str, body: str | bytes | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body.encode() if isinstance(body, str) else body
        connection.request(method, path, data, {**(YAML if body is not None else {}), **names})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, json.loads(text) if "json" in (answer.headers["Content-Type"] or "") else text, answer.msg

    def sign_in(self) -> dict[str, str]:
        status, _, headers = self.ask(
            "POST", "/api/pin", json.dumps({"pin": PIN, "role": "staff"}), Content_Type="application/json"
        )
        assert status == 200
        return {"Cookie": "; ".join(cookie.partition(";")[0] for cookie in headers.get_all("Set-Cookie", []))}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def etag(self, name: str = "squat") -> str:
        return str(self.ask("GET", f"/api/exercises/{name}/yaml")[2]["ETag"])

    def file(self, name: str = "squat") -> Path:
        return self.folder / f"{name}.yaml"


@contextlib.contextmanager
def serving(site: web.Application) -> Iterator[int]:
    """Serve an application from a thread of its own on a free port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> web.AppRunner:
        runner = web.AppRunner(site, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    runner = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield runner.addresses[0][1]
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _state(_: web.Request) -> web.Response:
    return web.json_response({"language": "en"})


@contextlib.contextmanager
def editor_site(root: Path) -> Iterator[Site]:
    """Serve the editor for a folder with the squat alone; the files are followed as in a running kiosk."""
    folder, state = root / "exercises", root / "state"
    folder.mkdir()
    (folder / "squat.yaml").write_text(SQUAT, encoding="utf-8")
    pins = PinFile(state)
    pins.set("staff", PIN)
    library = Library(folder)
    library.refresh()
    programme = Programme(library, library.exercises["squat"], use=lambda _: None, tell=lambda _: None)
    moments: list[Moment] = []
    app = web.Application(middlewares=guards())
    app.on_response_prepare.append(add_headers)
    aside = Aside(4)

    async def run(_: web.Application) -> AsyncIterator[None]:
        fresh = asyncio.create_task(programme.keep_fresh())
        yield
        fresh.cancel()
        await aside.close()

    app[access.ACCESS] = access.Access(pins)
    app[editor.EDITOR] = editor.Editor(ExerciseFiles(folder, Versions(state / "versions")), lambda: moments, aside)
    app[exercises.PROGRAMME] = programme
    app[live.LIVE] = cast("live.Live", SimpleNamespace(keeper=Marks(state)))
    app[history.HISTORY] = state / NAME
    app[report.REPORTS] = report.Reports(state / NAME, aside, state / "matplotlib")
    for subject in (editor, access, exercises, pages, history, feedback, report, tune):
        app.add_routes(subject.routes())
    app.router.add_get("/api/state", _state)
    app.cleanup_ctx.append(run)
    with serving(app) as port:
        yield Site(port, folder, state, moments)
