"""The box's voice: its sound files for phones, and muting it."""

from collections.abc import Iterable
from typing import Final

from aiohttp import hdrs, web

from kiosk.sound.voice import Voice
from kiosk.web.answers import read_json, refusal

VOICE: Final = web.AppKey("voice", Voice)
_EXAMPLE: Final = '{"muted": true}'
_FOR_EVER: Final = "public, max-age=31536000, immutable"


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return (web.get("/voice/{name:tick|partial|[0-9a-f]+}.wav", _file), web.post("/api/voice", _mute))


async def _file(request: web.Request) -> web.FileResponse:
    name = request.match_info["name"]
    path = request.app[VOICE].file(name)
    if path is None:
        raise refusal(web.HTTPNotFound, "there is no such sound", "take the address from a warning's event")
    # A sentence's name is made of all that makes its sound; the ticks change with the volume.
    caching = "no-cache" if name in ("tick", "partial") else _FOR_EVER
    return web.FileResponse(path, headers={hdrs.CACHE_CONTROL: caching, hdrs.CONTENT_TYPE: "audio/wav"})


async def _mute(request: web.Request) -> web.Response:
    voice = request.app[VOICE]
    muted = (await read_json(request, _EXAMPLE)).get("muted")
    if not isinstance(muted, bool):
        raise refusal(web.HTTPBadRequest, "muted must be true or false", f"send {_EXAMPLE}")
    if not voice.enabled:
        raise refusal(
            web.HTTPConflict, "the voice is switched off", "set voice: enabled: true in kiosk.yaml and restart"
        )
    await voice.mute(muted)
    return web.json_response({"muted": muted})
