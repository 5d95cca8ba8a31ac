"""What stands before every route: who may ask, under which name, and what a browser may do with the answer."""

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote

from aiohttp import hdrs, web
from aiohttp.http import HttpProcessingError
from aiohttp.typedefs import Middleware

from kiosk.config import as_ip, is_loopback
from kiosk.turns import Turns
from kiosk.web.access import ACCESS, Access
from kiosk.web.answers import refusal, translated
from kiosk.web.caller import asked_host, is_own_screen, is_secure, network

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

FOR_STRANGERS: Final = frozenset(
    (
        "/pin",
        "/pin/words.json",
        "/api/pin",
        "/static/pin.css",
        "/static/pin.js",
        "/static/staff.css",
        "/static/words.js",
        "/static/icon.svg",
    )
)
"""The PIN page and what it is made of; it holds nothing about the room."""

ASKED_HZ: Final = 100.0
ASKED_AT_ONCE: Final = 200
"""Requests a second from one network, and at once after a pause: a page is made of thirty."""

MOST_CLIENTS: Final = 1000
"""Networks that are remembered; more are forgotten all at once."""

LONGEST_NAME_BYTES: Final = 255
"""Of a file, on every file system of Linux."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The photo page lets a phone take a picture; nothing else of the visitor's device is wanted.
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), display-capture=(), usb=(), payment=()",
}


class _OwnMistakes(logging.Filter):
    """Lets through what is wrong with the kiosk; requests that can't be read are answered with 400, and that is all.

    aiohttp would write a traceback for each, and strangers may send as many as they like.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


_LOG: Final = logging.getLogger("kiosk.web.server")
_LOG.addFilter(_OwnMistakes())

RUNNER: Final[dict[str, Any]] = {
    "access_log": None,
    "auto_decompress": False,
    "keepalive_timeout": 15.0,
    "logger": _LOG,
}
"""How the server is to be run. No route takes a packed body; aiohttp would write a traceback into the log for each one
that can't be unpacked, and strangers may send those."""


def guards() -> list[Middleware]:
    """Return what every request passes, in order."""
    return [_in_turn(), _own_name, _own_pages, _viewers_only, _readable, _nameable, translated]


def _in_turn() -> Middleware:
    """Let those who ask too fast wait, each network for itself: a flood then costs the picture next to nothing."""
    clients: dict[str, Turns] = {}

    @web.middleware
    async def in_turn(request: web.Request, handler: Handler) -> web.StreamResponse:
        who = network(request)
        if len(clients) >= MOST_CLIENTS and who not in clients:
            clients.clear()
        wait_s = clients.setdefault(who, Turns(ASKED_HZ, ASKED_AT_ONCE)).wait_s(time.monotonic())
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        return await handler(request)

    return in_turn


@web.middleware
async def _own_name(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests made under another name than ours: a foreign page whose name was pointed at this box."""
    if not _is_own_name(asked_host(request), request):
        hint = "use its address, or add the name to web.names in kiosk.yaml"
        raise refusal(web.HTTPMisdirectedRequest, "this box is not known under that name", hint)
    return await handler(request)


def _is_own_name(host: str, request: web.Request) -> bool:
    access = request.app[ACCESS]
    if is_loopback(host):
        return True
    if not access.lan:
        return False
    name = socket.gethostname().lower()
    if host in (name, f"{name}.local", *access.names):
        return True
    here = request.transport.get_extra_info("sockname") if request.transport else None
    try:
        return here is not None and as_ip(host) == as_ip(here[0])
    except ValueError:
        return False


@web.middleware
async def _own_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a foreign page in a visitor's browser asks for; programs send neither of these headers."""
    if _is_foreign(request):
        raise refusal(web.HTTPForbidden, "another site's page asked for this", "open the kiosk's own page")
    return await handler(request)


def _is_foreign(request: web.Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site", "none")
    if request.method in (hdrs.METH_GET, hdrs.METH_HEAD):
        # A link to the kiosk may stand anywhere; its pictures and data belong on its own pages.
        return site in ("cross-site", "same-site") and request.headers.get("Sec-Fetch-Mode") != "navigate"
    origin = request.headers.get(hdrs.ORIGIN)
    own = f"http{'s' if is_secure(request) else ''}://{request.headers.get(hdrs.HOST, '')}"
    return site not in ("same-origin", "none") or (origin is not None and origin.lower() != own.lower())


@web.middleware
async def _viewers_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Show strangers the PIN page and nothing else."""
    access = request.app[ACCESS]
    if request.rel_url.raw_path in FOR_STRANGERS or is_own_screen(request):
        return await handler(request)
    if not access.may_view(request):
        raise _turned_away(request, access)
    with access.watched(request):
        return await handler(request)


def _turned_away(request: web.Request, access: Access) -> web.HTTPException:
    if request.method in (hdrs.METH_GET, hdrs.METH_HEAD) and "text/html" in request.headers.get(hdrs.ACCEPT, ""):
        return web.HTTPSeeOther(f"/pin?next={quote(request.rel_url.raw_path_qs)}")
    hint = "sign in on the page /pin" if access.pin("viewing") else access.how_to_set("viewing")
    return refusal(web.HTTPUnauthorized, "this is for viewers", hint, pin="viewing")


@web.middleware
async def _readable(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a body that is packed, or not as its headers say; the server unpacks none (see `RUNNER`)."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise refusal(web.HTTPUnsupportedMediaType, "a packed body is not read here", "send it without compression")
    try:
        return await handler(request)
    except web.RequestPayloadError:
        raise refusal(web.HTTPBadRequest, "the request's body can't be read", "send it without compression") from None


@web.middleware
async def _nameable(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a name that no file can have, which the file system would refuse with an error of its own."""
    if any(len(part.encode(errors="replace")) > LONGEST_NAME_BYTES for part in request.path.split("/")):
        raise web.HTTPNotFound
    return await handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers to an answer."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if is_secure(request) or is_loopback(asked_host(request)):  # elsewhere browsers ignore it and say so each time
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    path = request.path
    parts = path in ("/", "/pin", "/pin/words.json", "/words.json") or path.startswith("/static/")
    # Parts of a page are asked for again each time, so that an update shows; unchanged ones cost no body. All else is
    # about people, and no browser keeps it.
    response.headers.setdefault(
        hdrs.CACHE_CONTROL, "no-cache" if parts and response.status in (200, 206, 304) else "no-store"
    )
