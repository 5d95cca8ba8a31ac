"""Editing the rules: reading, checking, trying and saving exercise files, and going back to earlier versions."""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, ParamSpec, TypeVar

from aiohttp import ETag, hdrs, web

from kiosk.aside import Aside, AsideBusyError, AsideDiedError
from kiosk.learning.trial import mistakes, try_rules
from kiosk.mistakes import did_you_mean
from kiosk.recent import Moment
from kiosk.rules.editing import NEW_NAME, ChangedError, ExerciseFiles, GoneError, StorageError, Text
from kiosk.web.access import require_staff
from kiosk.web.answers import BODY_S, refusal
from kiosk.web.pages import STATIC
from kiosk.words import Phrase
from kiosk.yamlfile import MAX_BYTES, FileError, Problem, decoded

P = ParamSpec("P")
T = TypeVar("T")

MOST_CHECKED_BYTES: Final = 40_000
"""The longest text that is checked or tried without the PIN: the largest exercise has a tenth of it, and a text of this
size that is made to be slow takes a second of a core."""

_TYPES: Final = ("text/yaml", "application/yaml", "application/x-yaml", "text/plain")
_PATH: Final = "/api/exercises/{name}"


@dataclass(frozen=True, slots=True)
class Editor:
    """What the routes work with: the files, the moments to try rules on, and where that is done."""

    files: ExerciseFiles
    recent: Callable[[], Sequence[Moment]]
    aside: Aside


EDITOR: Final = web.AppKey("editor", Editor)


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return (
        web.get("/editor", _page),
        web.get(f"{_PATH}/yaml", _read),
        web.put(f"{_PATH}/yaml", _save),
        web.post(f"{_PATH}/check", _check),
        web.post(f"{_PATH}/try", _try),
        web.get(f"{_PATH}/versions", _versions),
        web.get(f"{_PATH}/versions/{{number:[0-9]{{1,9}}}}", _version),
    )


async def _page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "editor.html", headers={hdrs.CACHE_CONTROL: "no-cache"})


async def _read(request: web.Request) -> web.Response:
    name = await known(request)
    return _text(request, await there(request, name))


async def _save(request: web.Request) -> web.Response:
    """Replace a file whose text the sender has seen (`If-Match`), or make a new one (`If-None-Match: *`)."""
    require_staff(request)
    data = await _body(request, MAX_BYTES)
    seen = _seen(request)
    name = _new_name(request) if seen is None else await known(request)
    if problems := await _mistakes(request, data, name):
        raise _wrong(problems)
    try:
        saved = await stored(request.app[EDITOR].files.save, name, data, seen)
    except GoneError:
        raise _no_such(name, ()) from None
    except ChangedError as error:
        raise _changed(name, error, new=seen is None) from None
    return web.json_response({"name": name, "etag": saved.etag}, headers={hdrs.ETAG: f'"{saved.etag}"'})


async def _check(request: web.Request) -> web.Response:
    name = await known(request, or_new=True)
    problems = await _mistakes(request, await _body(request, MOST_CHECKED_BYTES), name)
    return web.json_response(_listed(problems))


async def _try(request: web.Request) -> web.Response:
    """Judge the last minute by the saved rules and by those that are sent."""
    name = await known(request, or_new=True)
    data = await _body(request, MOST_CHECKED_BYTES)
    moments = request.app[EDITOR].recent()
    if not any(pose for _, pose in moments):
        raise refusal(web.HTTPConflict, Phrase("refused_unseen"), Phrase("refused_exercise"))
    now = await stored(request.app[EDITOR].files.read, name)
    saved = now.data.decode("utf-8-sig", "replace") if now else None
    try:
        edited = decoded(data, f"{name}.yaml")
        trial = await beside(request, try_rules, moments, name, saved, edited)
    except FileError as error:
        raise _wrong(error.problems) from None
    return web.json_response(
        {
            "seconds": round(trial.seconds, 1),
            "seen_s": round(trial.seen_s, 1),
            "saved": trial.saved.to_json() if trial.saved else None,
            "edited": trial.edited.to_json(),
        }
    )


async def _versions(request: web.Request) -> web.Response:
    versions = await stored(request.app[EDITOR].files.versions, await known(request))
    listed = [
        {
            "number": version.number,
            "what": version.what,
            "saved_at": datetime.fromtimestamp(version.saved_s, UTC).isoformat(timespec="seconds"),
        }
        for version in versions
    ]
    return web.json_response({"versions": listed}, headers={hdrs.CACHE_CONTROL: "no-store"})


async def _version(request: web.Request) -> web.Response:
    name, number = await known(request), int(request.match_info["number"])
    text = await stored(request.app[EDITOR].files.version, name, number)
    if text is None:
        raise refusal(web.HTTPNotFound, f"version {number} of {name} is not kept", "the last ten are")
    return _text(request, text)


async def known(request: web.Request, *, or_new: bool = False) -> str:
    """Return the name in the path, if there is such a file or, with `or_new`, could be; else 404."""
    name = request.match_info["name"]
    names = await stored(request.app[EDITOR].files.names)
    if name in names or (or_new and NEW_NAME.fullmatch(name)):
        return name
    raise _no_such(name, names)


def _new_name(request: web.Request) -> str:
    name = request.match_info["name"]
    if not NEW_NAME.fullmatch(name):
        hint = "use small letters a-z, digits and _, beginning with a letter, as in band_pull"
        raise refusal(web.HTTPBadRequest, "an exercise can't be called that", hint)
    return name


async def there(request: web.Request, name: str) -> Text:
    """Return what stands in the file; 404 if it has just gone."""
    text = await stored(request.app[EDITOR].files.read, name)
    if text is None:
        raise _no_such(name, ())
    return text


def _text(request: web.Request, text: Text) -> web.Response:
    headers = {hdrs.ETAG: f'"{text.etag}"', hdrs.CACHE_CONTROL: "no-cache"}
    if any(tag.value in (text.etag, "*") for tag in request.if_none_match or ()):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return web.Response(body=text.data, content_type="text/yaml", charset="utf-8", headers=headers)


def _seen(request: web.Request) -> frozenset[str] | None:
    """The marks of the texts that the sender has seen, or None for a new file."""
    tags: Sequence[ETag] = request.if_match or ()
    if tags:
        return frozenset(tag.value for tag in tags)
    if any(tag.value == "*" for tag in request.if_none_match or ()):
        return None
    hint = "send If-Match with the ETag that you read, or If-None-Match: * for a new exercise"
    raise refusal(web.HTTPPreconditionRequired, "it is not said which text this one replaces", hint)


async def _body(request: web.Request, most_bytes: int) -> bytes:
    if request.content_type not in _TYPES:
        raise refusal(web.HTTPUnsupportedMediaType, "this is not YAML", "send the file's text as text/yaml")
    body = b""
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > most_bytes:
                    raise _too_large(most_bytes)
    except TimeoutError:
        raise refusal(web.HTTPRequestTimeout, "the text took too long to arrive", "send it again") from None
    return body


def _too_large(most_bytes: int) -> web.HTTPRequestEntityTooLarge:
    refused = {"error": f"the text has more than {most_bytes} bytes", "hint": "an exercise has a few thousand"}
    return web.HTTPRequestEntityTooLarge(
        most_bytes, most_bytes + 1, text=json.dumps(refused), content_type="application/json"
    )


async def _mistakes(request: web.Request, data: bytes, name: str) -> Sequence[Problem]:
    try:
        text = decoded(data, f"{name}.yaml")
    except FileError as error:
        return error.problems
    return await beside(request, mistakes, text, name)


async def stored(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do what touches the disk in a thread; 409 where the disk can't."""
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except StorageError as error:
        raise refusal(web.HTTPConflict, Phrase("refused_file", error.error), error.hint) from None


async def beside(request: web.Request, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do what takes long where it does not slow the live picture."""
    try:
        return await request.app[EDITOR].aside.run(work, *args, **kwargs)
    except AsideBusyError:
        answer = refusal(web.HTTPTooManyRequests, Phrase("refused_busy"), Phrase("refused_soon"))
        answer.headers[hdrs.RETRY_AFTER] = "1"
        raise answer from None
    except AsideDiedError:
        raise refusal(web.HTTPConflict, Phrase("refused_broke_off"), Phrase("refused_again")) from None


def _listed(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [{"line": problem.line, "col": problem.column, "message": problem.message} for problem in problems]


def _wrong(problems: Iterable[Problem]) -> web.HTTPUnprocessableEntity:
    return web.HTTPUnprocessableEntity(text=json.dumps(_listed(problems)), content_type="application/json")


def _no_such(name: str, names: Iterable[str]) -> web.HTTPNotFound:
    hint = did_you_mean(name, names).removeprefix(" - ")
    return refusal(web.HTTPNotFound, f"no such exercise: '{name}'", hint or "it may just have been removed")


def _changed(name: str, changed: ChangedError, *, new: bool) -> web.HTTPPreconditionFailed:
    text = changed.now.data.decode("utf-8-sig", "replace")
    now = {"text": text, "etag": changed.now.etag, "changes": changed.changes}
    if new:
        return refusal(
            web.HTTPPreconditionFailed, f"there is an exercise '{name}' already", "choose another name", **now
        )
    return refusal(
        web.HTTPPreconditionFailed, "somebody else saved meanwhile", "look at their text and save on top of it", **now
    )
