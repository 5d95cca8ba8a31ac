"""What the tests of access share: a small site behind the real guards on real sockets, and who comes to it."""

import asyncio
import contextlib
import json
import ssl
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPMessage, HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web

from kiosk.config import WebSettings, is_loopback
from kiosk.listen import listen
from kiosk.pins import PinFile
from kiosk.web import access, pages, phone
from kiosk.web.caller import own_address
from kiosk.web.guard import RUNNER, add_headers, guards

STAFF, VIEWING = "2468", "1357"
HERE = "127.0.0.1"


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that it sets, by name."""
        pairs = (line.partition(";")[0].partition("=") for line in self.headers.get_all("Set-Cookie", []))
        return {name: value for name, _, value in pairs}


class Caller:
    """Somebody with a browser's cookie jar. `host` is the address they connect to, `headers` what they always send."""

    def __init__(self, port: int, host: str = HERE, tls: ssl.SSLContext | None = None, **headers: str) -> None:
        self.port, self.host = port, host
        self.cookies: dict[str, str] = {}
        self._tls = tls
        self.always = {name.replace("_", "-"): value for name, value in headers.items()}

    def ask(self, method: str, target: str, body: object = None, **headers: str | None) -> Answer:
        """Send a request; `body` goes as JSON unless it is bytes."""
        connection: HTTPConnection = HTTPConnection(self.host, self.port, timeout=20)
        if self._tls is not None:
            connection = HTTPSConnection(self.host, self.port, timeout=20, context=self._tls)
        sent = {name.replace("_", "-"): value for name, value in {**self.always, **headers}.items()}
        if self.cookies:
            sent.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        with contextlib.closing(connection):
            connection.request(method, target, data, {name: value for name, value in sent.items() if value is not None})
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        self.cookies |= answer.cookies
        return answer

    def get(self, target: str, **headers: str | None) -> Answer:
        return self.ask("GET", target, **headers)

    def sign_in(self, pin: str, role: str = "viewing") -> Answer:
        return self.ask("POST", "/api/pin", {"pin": pin, "role": role})


def stranger(port: int) -> Caller:
    """Somebody on the network: connects by the machine's own address there.

    A machine without a network is its own only caller; then it is somebody whom a proxy on the machine lets in, who is
    a stranger as well.
    """
    address = own_address()
    if address.endswith(".local") or is_loopback(address):
        return Caller(port, X_Forwarded_For="192.0.2.7")
    return Caller(port, address)


class Site:
    """The guards, the routes for signing in, the page, and `/secret` for viewers and `/work` for staff."""

    def __init__(self, state: Path, settings: WebSettings, tls: ssl.SSLContext | None = None) -> None:
        self.state, self.settings, self._tls = state, settings, tls
        self.pins = PinFile(state)
        self.port = 0
        self.announced: tuple[str, str | None] = ("", None)
        self.cut: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def start(self) -> None:
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application(middlewares=guards())
        self.doors = app[access.ACCESS] = access.Access(
            self.pins,
            lan=self.settings.lan,
            names=self.settings.known_as,
            viewers=self.state / "viewing-sessions.json",
        )
        app.add_routes([*access.routes(), *pages.routes(), *phone.routes()])
        app.add_routes([web.route("*", "/secret", _secret), web.get("/work", _work)])
        app.router.add_get("/endless", self._endless)
        app.router.add_get("/address", _address)
        app.on_response_prepare.append(add_headers)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, **RUNNER)
        await self._runner.setup()
        self._watch = asyncio.create_task(self.doors.keep_watch())
        self.announced = await listen(self._runner, self.settings, self._tls)
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        self._watch.cancel()
        await self._runner.cleanup()

    async def _endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"picture")
                await asyncio.sleep(0.02)
        finally:
            self.cut.append(request.path)


async def _secret(_: web.Request) -> web.Response:
    return web.json_response({"secret": "the room"})


async def _work(request: web.Request) -> web.Response:
    access.require_staff(request)
    return web.json_response({"done": True})


async def _address(request: web.Request) -> web.Response:
    return web.json_response({"address": access.lan_address(request)})


@contextlib.contextmanager
def served(state: Path, tls: ssl.SSLContext | None = None, **settings: Any) -> Iterator[Site]:
    """Serve a site on a free port."""
    site = Site(state, WebSettings(**{"port": 0, **settings}), tls)
    try:
        site.start()
        yield site
    finally:
        site.stop()
