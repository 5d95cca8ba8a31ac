"""The page as an app on a phone: its manifest, the notice of an unreachable box, and the code that leads to it."""

import io
from collections.abc import Iterable
from typing import Final

from aiohttp import hdrs, web

from kiosk.web.access import lan_address
from kiosk.web.pages import STATIC

MANIFEST: Final = {
    "id": "/",
    "name": "Pose kiosk",
    "short_name": "Kiosk",
    "description": "Counts exercises and warns of risky movement",
    "start_url": "/",
    "scope": "/",
    "display": "standalone",
    "background_color": "#0f1216",
    "theme_color": "#0f1216",
    "icons": [
        {"src": "/static/icon.svg", "type": "image/svg+xml", "sizes": "any", "purpose": "any"},
        {"src": "/static/icon-maskable.svg", "type": "image/svg+xml", "sizes": "any", "purpose": "maskable"},
    ],
}


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return (
        web.get("/manifest.webmanifest", _manifest),
        web.get("/sw.js", _worker),
        web.get("/qr.svg", _code),
    )


async def _manifest(_: web.Request) -> web.Response:
    return web.json_response(MANIFEST, content_type="application/manifest+json")


async def _worker(_: web.Request) -> web.FileResponse:
    # At the root, because a service worker answers only for what lies beside or below it.
    return web.FileResponse(STATIC / "sw.js", headers={hdrs.CACHE_CONTROL: "no-cache"})


async def _code(request: web.Request) -> web.Response:
    address = lan_address(request)
    if address is None:
        raise web.HTTPNotFound(text="there is no LAN access: phones can't reach this box\n")
    import segno  # noqa: PLC0415 - only where there is a LAN to lead to

    code = io.BytesIO()
    # Light as well as dark is drawn: a code on a dark page is read by few phones.
    drawn = segno.make(address, error="m", micro=False)
    drawn.save(code, kind="svg", border=3, dark="#000", light="#fff", omitsize=True)
    return web.Response(body=code.getvalue(), content_type="image/svg+xml")
