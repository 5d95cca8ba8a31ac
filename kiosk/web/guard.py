"""What stands before every route: who may ask, and what a browser may do with the answer."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def host_check(hosts: frozenset[str]) -> Middleware:
    """Refuse requests made under another name than ours: a foreign page whose name was pointed at this box."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if (request.url.host or "") not in hosts:
            raise web.HTTPMisdirectedRequest(text="this box is not known under that name\n")
        return await handler(request)

    return check


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers to an answer."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path == "/" or request.path.startswith("/static/") or request.path == "/words.json":
        # Asked again each time, so that an update shows; the files are small and unchanged ones cost no body.
        response.headers.setdefault(hdrs.CACHE_CONTROL, "no-cache")
