"""Questions and refusals as JSON: `{"error": what is wrong, "hint": what to do}`.

What people meet on the pages is a `Phrase` and comes in their language; what only a program does wrong is in English.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from aiohttp import hdrs, web

from kiosk.words import LANGUAGES, Language, Phrase

T = TypeVar("T")
E = TypeVar("E", bound=web.HTTPException)

BODY_S: Final = 10.0
"""How long a small body may take to arrive."""

_SAID: Final = web.ResponseKey("said", dict[Language, str])

LOOK_S: Final = 0.25
"""How often a waiting request is asked whether somebody still waits for it."""


def refusal(kind: Callable[..., E], error: str | Phrase, hint: str | Phrase, **more: object) -> E:
    """Return an exception that answers with this status and JSON; `translated` says its phrases in other languages."""
    said = {
        language: json.dumps({"error": _told(error, language), "hint": _told(hint, language), **more})
        for language in LANGUAGES
    }
    answer = kind(text=said["en"], content_type="application/json")
    answer[_SAID] = said
    return answer


def _told(text: str | Phrase, language: Language) -> str:
    return text.say(language) if isinstance(text, Phrase) else text


def asked_language(request: web.Request, preset: Language, first: str = "") -> Language:
    """Return the language asked for by `first`, else by the browser or the page, else `preset`."""
    wishes = (first, *request.headers.get(hdrs.ACCEPT_LANGUAGE, "").split(","))
    return next((known for wish in wishes for known in LANGUAGES if wish.strip().lower().startswith(known)), preset)


@web.middleware
async def translated(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer a refusal in the asker's language."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if said := answer.get(_SAID):
            answer.text = said[asked_language(request, "en")]
        raise


async def read_json(request: web.Request, example: str, most_bytes: int = 4096) -> dict[str, Any]:
    """Return the request's JSON object; `example` is shown to whoever sent something else.

    Refuses with 400, 408 (too slow), 413 or 415. A foreign page can send a form or plain text from a visitor's browser
    without asking first, but not JSON.
    """
    if request.content_type != "application/json":
        raise refusal(web.HTTPUnsupportedMediaType, "this is not JSON", f"send {example}")
    body = b""
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > most_bytes:
                    raise web.HTTPRequestEntityTooLarge(
                        most_bytes,
                        len(body),
                        text=json.dumps({"error": f"more than {most_bytes} bytes", "hint": f"send {example}"}),
                        content_type="application/json",
                    )
        value = json.loads(body)
    except TimeoutError:
        raise refusal(web.HTTPRequestTimeout, "the request took too long", f"send {example}") from None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise refusal(web.HTTPBadRequest, "this is not a JSON object", f"send {example}")
    return value


async def while_there(request: web.Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns; ConnectionResetError when the client has left, of which aiohttp tells no handler."""
    task = asyncio.create_task(work)
    try:
        while not (await asyncio.wait({task}, timeout=LOOK_S))[0]:
            if request.transport is None or request.transport.is_closing():
                raise ConnectionResetError("the client has left")
        return task.result()
    finally:
        task.cancel()
