"""Photo analysis: a picture comes in; its points, angles, faults and an annotated copy go out. Nothing meets a disk."""

import asyncio
import hashlib
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import BodyPartReader, MultipartReader, hdrs, web
from aiohttp.http_exceptions import BadHttpMessage

from kiosk.analysis import analyse
from kiosk.aside import Aside, AsideBusyError, AsideDiedError
from kiosk.config import EngineName
from kiosk.photo import MAX_BYTES, PhotoError
from kiosk.pose.engine import EngineError
from kiosk.rules.exercise import Exercise
from kiosk.web.answers import asked_language, while_there
from kiosk.web.exercises import PROGRAMME
from kiosk.web.pages import STATIC
from kiosk.words import LANGUAGES, Language, Phrase

log = logging.getLogger(__name__)

MOST: Final = 4
"""Pictures that may be under way at once, from their first byte to the answer; one is analysed at a time."""

UPLOAD_S: Final = 30.0
"""How long a picture may take to arrive: 15 MB at 4 Mbit/s, a weak Wi-Fi. Who sends slower gives the place up."""

RETRY_S: Final = 2
"""What a picture takes on a slow box, so when to come again where all places are taken."""

MOST_ANSWERS: Final = 8
MOST_ANSWER_BYTES: Final = 16_000_000
CHUNK_BYTES: Final = 1 << 16
MOST_FORM_BYTES: Final = MAX_BYTES + CHUNK_BYTES
MOST_TEXT_BYTES: Final = 200
_TEXTS: Final = ("exercise", "language")


class Answers:
    """The newest answers, in memory only: at most MOST_ANSWERS of together MOST_ANSWER_BYTES."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[bytes, str], bytes] = OrderedDict()

    def get(self, key: tuple[bytes, str]) -> bytes | None:
        """Return the answer, which is the newest now."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: tuple[bytes, str], answer: bytes) -> None:
        """Keep an answer in the place of the oldest ones."""
        self._kept[key] = answer
        while len(self._kept) > MOST_ANSWERS or sum(map(len, self._kept.values())) > MOST_ANSWER_BYTES:
            self._kept.popitem(last=False)


class Photos:
    """What photo analysis works with. `upload_s` is how long a picture may take to arrive."""

    def __init__(
        self, aside: Aside, engine: EngineName, bundle: Path, language: Language, upload_s: float = UPLOAD_S
    ) -> None:
        self.aside, self.engine, self.bundle = aside, engine, bundle
        self.language, self.upload_s = language, upload_s
        self.answers = Answers()
        self._taken = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places; PhotoError 429 where none is left."""
        if self._taken >= MOST:
            raise _busy()
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1


PHOTOS: Final = web.AppKey("photos", Photos)


@dataclass(slots=True)
class Upload:
    """What has come of a form so far."""

    parts: dict[str, bytearray] = field(default_factory=dict)
    bytes: int = 0

    def text(self, name: str) -> str:
        """Return a field's text, empty if it was not sent."""
        return self.parts.get(name, b"").decode("utf-8", errors="replace").strip()


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return (web.get("/photo", _page), web.post("/detect", _detect))


async def _page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "photo.html", headers={hdrs.CACHE_CONTROL: "no-cache"})


async def _detect(request: web.Request) -> web.Response:
    photos, upload = request.app[PHOTOS], Upload()
    try:
        with photos.place():
            await _receive(request, upload, photos.upload_s)
            answer, kept = await _answer(request, photos, upload)
    except PhotoError as error:
        return _refused(error, asked_language(request, photos.language, upload.text("language")))
    except ConnectionError:
        return web.Response(status=400)  # to nobody: the client has left
    # RFC 9211: an answer that was computed for an earlier request says so.
    status = {"Cache-Status": "photo; hit" if kept else "photo; fwd=miss; stored"}
    return web.Response(body=answer, content_type="application/json", headers=status)


async def _receive(request: web.Request, upload: Upload, limit_s: float) -> None:
    """Read the form into `upload`, no more of it than may be kept."""
    if request.content_type != "multipart/form-data" or hdrs.CONTENT_ENCODING in request.headers:
        raise _no_form(415)
    if (request.content_length or 0) > MOST_FORM_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(limit_s):
            async for part in await request.multipart():
                await _take(part, upload)
    except TimeoutError:
        raise PhotoError(408, Phrase("photo_late", f"{limit_s:.0f}"), Phrase("photo_late_hint")) from None
    except (ValueError, AssertionError, RuntimeError, EOFError, BadHttpMessage, web.RequestPayloadError):
        # aiohttp's parser has no error of its own for a body that is not the form that its header promises.
        raise _no_form(400) from None
    if "image" not in upload.parts:
        raise _no_form(400)


async def _take(part: MultipartReader | BodyPartReader | None, upload: Upload) -> None:
    if not isinstance(part, BodyPartReader) or part.name in upload.parts:
        raise _no_form(400)
    kept = bytearray()
    async for chunk in _chunks(part, upload):
        if part.name == "image":
            kept += chunk
            if len(kept) > MAX_BYTES:
                raise _too_large()
        elif part.name in _TEXTS and len(kept) < MOST_TEXT_BYTES:
            kept += chunk[:MOST_TEXT_BYTES]
    if part.name == "image" or part.name in _TEXTS:
        upload.parts[part.name] = kept


async def _chunks(part: BodyPartReader, upload: Upload) -> AsyncIterator[bytes]:
    while not part.at_eof():
        chunk = await part.read_chunk(CHUNK_BYTES)
        upload.bytes += len(chunk)
        if upload.bytes > MOST_FORM_BYTES:
            raise _too_large()
        yield chunk


async def _answer(request: web.Request, photos: Photos, upload: Upload) -> tuple[bytes, bool]:
    """Return the answer as JSON and whether it was known already."""
    exercise = _exercise(request, upload.text("exercise"))
    photo = bytes(upload.parts.pop("image"))
    digest = await asyncio.to_thread(lambda: hashlib.sha256(photo).digest())
    key = (digest, exercise.text if exercise else "")
    if (known := photos.answers.get(key)) is not None:
        return known, True
    try:
        answer = await while_there(request, photos.aside.run(analyse, photo, photos.engine, photos.bundle, exercise))
    except AsideBusyError:
        raise _busy() from None
    except (AsideDiedError, MemoryError):
        log.warning("a picture of %d bytes ended the process that analysed it", len(photo))
        raise PhotoError(422, Phrase("photo_failed"), Phrase("photo_failed_hint")) from None
    except EngineError as error:
        log.error("photo analysis: %s", error)  # noqa: TRY400 - a sentence for the person who reads the log
        raise PhotoError(409, Phrase("photo_no_engine"), Phrase("photo_no_engine_hint")) from None
    photos.answers.put(key, answer)
    return answer, False


def _exercise(request: web.Request, name: str) -> Exercise | None:
    exercises = request.app[PROGRAMME].library.exercises
    if name and name not in exercises:
        raise PhotoError(400, Phrase("photo_exercise", name), Phrase("photo_exercise_hint", ", ".join(exercises)))
    return exercises[name] if name else None


def _refused(error: PhotoError, language: Language) -> web.Response:
    """Answer with the refusal; `say` has it in every language, for a page that is switched."""
    say = {known: {"error": error.error.say(known), "hint": error.hint.say(known)} for known in LANGUAGES}
    headers = {hdrs.RETRY_AFTER: str(RETRY_S)} if error.status == 429 else {}
    text = json.dumps({**say[language], "say": say}, ensure_ascii=False)
    return web.json_response(text=text, status=error.status, headers=headers)


def _busy() -> PhotoError:
    return PhotoError(429, Phrase("photo_busy"), Phrase("photo_busy_hint", str(RETRY_S)))


def _too_large() -> PhotoError:
    return PhotoError(413, Phrase("photo_bytes", f"{MAX_BYTES // 1_000_000}"), Phrase("photo_bytes_hint"))


def _no_form(status: int) -> PhotoError:
    return PhotoError(status, Phrase("photo_no_form"), Phrase("photo_no_form_hint"))
