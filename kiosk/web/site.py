"""The site: every subject's routes, behind the guards."""

from typing import Final

from aiohttp import web

from kiosk.web import (
    access,
    editor,
    exercises,
    feedback,
    history,
    live,
    metrics,
    pages,
    phone,
    photo,
    recording,
    report,
    tune,
    voice,
    workout,
)
from kiosk.web.guard import add_headers, guards

SUBJECTS: Final = (
    live,
    metrics,
    access,
    exercises,
    workout,
    voice,
    pages,
    phone,
    photo,
    editor,
    history,
    feedback,
    recording,
    report,
    tune,
)
"""The modules whose routes make the site."""


def make_site(doors: access.Access, state: live.Live) -> web.Application:
    """Return the site, with who may enter it and what it shows; what the other subjects need is added by the caller."""
    site = web.Application(middlewares=guards())
    site[access.ACCESS] = doors
    site[live.LIVE] = state
    site[voice.VOICE] = state.voice
    for subject in SUBJECTS:
        site.add_routes(subject.routes())
    site.on_response_prepare.append(add_headers)
    return site
