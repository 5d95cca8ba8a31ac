"""POST /detect over real sockets: bounded in bytes, time, places and memory, and honest about what it says."""

import asyncio
import contextlib
import gzip
import json
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer

from kiosk.analysis import analyse
from kiosk.aside import Aside
from kiosk.photo import MAX_BYTES
from kiosk.programme import Programme
from kiosk.rules.library import Library
from kiosk.web import photo
from kiosk.web.exercises import PROGRAMME
from kiosk.words import Language, words
from tests.photos import drawn, encoded, png
from tests.waiting import in_time

EXERCISES = Path(__file__).parents[1] / "config" / "exercises"
PHOTO = encoded(drawn(), quality=90)
Client = TestClient[web.Request, web.Application]


def kill_itself(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def refuse(*_: object) -> bytes:
    return analyse(b"", "auto", Path("/nowhere"), None)


def answer_without_looking(*_: object) -> bytes:
    return b'{"landmarks": []}'


class Counted(Aside):
    """Counts the work; while `gate` is closed it holds it up, and `instead` of the analysis it runs something else."""

    def __init__(self) -> None:
        super().__init__(8)
        self.count = 0
        self.at_work = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.instead: Callable[..., Any] | None = answer_without_looking

    async def run(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        self.count += 1
        self.at_work += 1
        try:
            await self.gate.wait()
            return await super().run(self.instead or function, *args, **kwargs)
        finally:
            self.at_work -= 1


class Site:
    """A kiosk that has nothing but photo analysis."""

    def __init__(self, client: Client, aside: Counted, library: Library) -> None:
        self.client, self.aside, self.library = client, aside, library

    async def detect(self, data: bytes = PHOTO, *, headers: Any = None, **fields: str) -> tuple[int, Any, Any]:
        """Send a form; return status, JSON and headers."""
        form = FormData()
        for name, value in fields.items():
            form.add_field(name, value)
        form.add_field("image", data, filename="p.jpg", content_type="image/jpeg")
        return await self.post(data=form, headers=headers)

    async def post(self, **request: Any) -> tuple[int, Any, Any]:
        async with self.client.post("/detect", **request) as answer:
            return answer.status, json.loads(await answer.text()), answer.headers

    async def connect(self, *headers: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Begin a form by hand and send a little of its picture."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.client.port)
        head = [
            "POST /detect HTTP/1.1",
            "Host: 127.0.0.1",
            "Content-Type: multipart/form-data; boundary=b",
            *(headers or ("Content-Length: 100000",)),
        ]
        body = '\r\n\r\n--b\r\nContent-Disposition: form-data; name="image"; filename="p"\r\n\r\n'
        writer.write("\r\n".join(head).encode() + (body.encode() + b"\xff\xd8\xff" if not headers else b"\r\n\r\n"))
        await writer.drain()
        return reader, writer


def run(test: Callable[[Site], Awaitable[None]], bundle: Path, folder: Path = EXERCISES, **limits: float) -> None:
    """Run a test against a site of its own."""

    @contextlib.asynccontextmanager
    async def site() -> AsyncIterator[Site]:
        library = Library(folder)
        library.refresh()
        programme = Programme(library, library.exercises["squat"], use=lambda _: None, tell=lambda _: None)
        aside, app = Counted(), web.Application()
        app[photo.PHOTOS] = photo.Photos(aside, "auto", bundle, "en", **limits)
        app[PROGRAMME] = programme
        app.add_routes(photo.routes())
        async with TestClient(TestServer(app, shutdown_timeout=0.1)) as client:
            yield Site(client, aside, library)
        await aside.close()

    async def whole() -> None:
        async with asyncio.timeout(100), site() as there:
            await test(there)

    asyncio.run(whole())


def test_a_photo_is_answered_and_the_same_one_again_from_memory(model_bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "exercises"
    shutil.copytree(EXERCISES, folder)

    async def test(site: Site) -> None:
        site.aside.instead = None
        status, answer, headers = await site.detect(exercise="squat")
        assert status == 200
        assert len(answer["landmarks"]) == 33
        assert [warning["id"] for warning in answer["warnings"]] == ["lumbar_load"]
        assert headers["Cache-Status"] == "photo; fwd=miss; stored"
        status, again, headers = await site.detect(exercise="squat")
        assert (status, again, site.aside.count) == (200, answer, 1)
        assert headers["Cache-Status"] == "photo; hit"
        for number, (data, exercise) in enumerate(((PHOTO, ""), (PHOTO, "plank"), (PHOTO + b"\0", "squat")), 2):
            status, _, headers = await site.detect(data, exercise=exercise)
            assert (status, site.aside.count) == (200, number)
            assert "miss" in headers["Cache-Status"]
        squat = folder / "squat.yaml"
        squat.write_text(squat.read_text(encoding="utf-8").replace("lift your chest", "chest up"), encoding="utf-8")
        site.library.refresh()
        _, judged_anew, _ = await site.detect(exercise="squat")
        assert judged_anew["warnings"][0]["say"]["en"] == "Your back is leaning too far: chest up"
        assert site.aside.count == 5

    run(test, model_bundle, folder)


def test_answers_are_kept_within_bounds() -> None:
    answers = photo.Answers()
    for number in range(photo.MOST_ANSWERS + 1):
        answers.put((b"%d" % number, ""), b"answer")
        answers.get((b"0", ""))
    assert answers.get((b"0", "")) == b"answer", "what is asked for stays"
    assert answers.get((b"1", "")) is None, "the oldest goes"
    answers.put((b"large", ""), b"x" * photo.MOST_ANSWER_BYTES)
    assert answers.get((b"0", "")) is None
    assert answers.get((b"large", "")) is not None
    answers.put((b"too large", ""), b"x" * (photo.MOST_ANSWER_BYTES + 1))
    assert answers.get((b"too large", "")) is None


def test_forty_at_once_are_answered_or_sent_away_and_nothing_meets_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_file(*_: object, **__: object) -> None:
        raise AssertionError("a picture would be on the disk")

    for name in ("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, no_file)

    async def test(site: Site) -> None:
        site.aside.gate.clear()
        first = [asyncio.create_task(site.detect(PHOTO + b"%d" % number * 2_000_000)) for number in range(photo.MOST)]
        await in_time(lambda: site.aside.at_work == photo.MOST)
        for status, answer, headers in await asyncio.gather(*(site.detect() for _ in range(36))):
            assert (status, headers["Retry-After"]) == (429, str(photo.RETRY_S))
            assert answer["hint"] == f"Try again in {photo.RETRY_S} s"
        site.aside.gate.set()
        assert {status for status, _, _ in await asyncio.gather(*first)} == {200}
        assert site.aside.count == photo.MOST
        assert (await site.detect())[0] == 200

    run(test, tmp_path)


def test_who_sends_slowly_loses_the_place(tmp_path: Path) -> None:
    async def test(site: Site) -> None:
        slow = [await site.connect() for _ in range(photo.MOST)]
        await until_busy(site)
        for reader, writer in slow:
            assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
            writer.close()
        assert (await site.detect())[0] == 200

    run(test, tmp_path, upload_s=0.5)


async def until_busy(site: Site) -> None:
    """Wait until all places are taken."""
    async with asyncio.timeout(20):
        while (await site.detect())[0] != 429:
            await asyncio.sleep(0.01)


def test_who_leaves_gives_up_the_place(tmp_path: Path) -> None:
    async def test(site: Site) -> None:
        sending = [await site.connect() for _ in range(photo.MOST)]
        await until_busy(site)
        for _, writer in sending:
            writer.transport.abort()
        site.aside.gate.clear()
        async with asyncio.timeout(20):
            waiting = []
            while site.aside.at_work < photo.MOST:
                waiting.append(asyncio.create_task(site.detect()))
                await asyncio.sleep(0.02)
        for task in waiting:
            task.cancel()
        await in_time(lambda: site.aside.at_work == 0)
        site.aside.gate.set()
        assert (await site.detect())[0] == 200

    run(test, tmp_path)


def test_too_large_is_said_before_it_is_read(model_bundle: Path) -> None:
    async def test(site: Site) -> None:
        reader, writer = await site.connect("Content-Length: 20000000")
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 "), "not a byte of the body was sent"
        writer.close()

        async def endless() -> AsyncIterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="image"\r\n\r\n'
            while True:
                yield b"\0" * 65536

        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        status, answer, _ = await site.post(data=endless(), headers=kind)
        assert (status, answer["error"]) == (413, "The picture is larger than 15 MB")
        site.aside.instead = None
        edge = b"GIF89a" + b"\0" * (MAX_BYTES - 6)
        assert (await site.detect(edge))[0] == 415, "as large as may be"
        assert (await site.detect(edge + b"\0"))[0] == 413
        assert (await site.detect(b"x", note="x" * 15_200_000))[0] == 413, "other fields count"

    run(test, model_bundle)


IMAGE = b'Content-Disposition: form-data; name="image"\r\n\r\n'


NO_FORMS = (
    ("application/json", b"{}", 415),
    ("image/jpeg", PHOTO, 415),
    ("application/x-www-form-urlencoded", b"image=x", 415),
    ("multipart/mixed; boundary=b", b"--b\r\n" + IMAGE + b"x\r\n--b--\r\n", 415),
    ("multipart/form-data", b"--b\r\n\r\nx\r\n--b--\r\n", 400),
    ("multipart/form-data; boundary=" + "b" * 90, b"x", 400),
    ("multipart/form-data; boundary=b", b"", 400),
    ("multipart/form-data; boundary=b", b"nothing of the kind", 400),
    ("multipart/form-data; boundary=b", b"--b--\r\n", 400),
    ("multipart/form-data; boundary=b", b"--b\r\n" + IMAGE + b"cut off", 400),
    ("multipart/form-data; boundary=b", b"--b\r\n" + b"X-A: b\r\n" * 500 + b"\r\nx\r\n--b--\r\n", 400),
    ("multipart/form-data; boundary=b", b"--b\r\n" + b"x" * 20000 + b"\r\n\r\nx\r\n--b--\r\n", 400),
    ("multipart/form-data; boundary=b", (b"--b\r\n" + IMAGE + b"x\r\n") * 2 + b"--b--\r\n", 400),
    (
        "multipart/form-data; boundary=b",
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n",
        400,
    ),
)


def test_what_is_no_form_with_a_picture_is_refused(tmp_path: Path) -> None:
    async def test(site: Site) -> None:
        for kind, body, expected in NO_FORMS:
            status, answer, _ = await site.post(data=body, headers={"Content-Type": kind})
            assert status == expected, (kind, body[:100])
            assert answer["error"] == "This is not a form with a picture"
            assert "image" in answer["hint"]
        assert site.aside.count == 0

    run(test, tmp_path)


def test_a_packed_body_and_an_unknown_exercise_are_refused(tmp_path: Path) -> None:
    async def test(site: Site) -> None:
        packed = gzip.compress(b"--b\r\n" + IMAGE + b"\0" * 40_000_000 + b"\r\n--b--\r\n")
        headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Encoding": "gzip"}
        assert (await site.post(data=packed, headers=headers))[0] == 415
        status, answer, _ = await site.detect(exercise="squad")
        assert (status, answer["error"]) == (400, "There is no exercise squad")
        assert "squat" in answer["hint"]
        assert site.aside.count == 0

    run(test, tmp_path)


def test_a_picture_that_ends_the_process_is_refused_and_the_next_one_answered(tmp_path: Path) -> None:
    async def test(site: Site) -> None:
        site.aside.instead = kill_itself
        status, answer, _ = await site.detect()
        assert (status, answer["error"]) == (422, "This picture could not be analysed")
        site.aside.instead = answer_without_looking
        status, _, headers = await site.detect()
        assert (status, headers["Cache-Status"]) == (200, "photo; fwd=miss; stored"), "a failure is not remembered"
        site.aside.instead = refuse  # a model that is not there
        status, answer, _ = await site.detect(b"another")
        assert (status, answer["error"]) == (409, "Photo analysis does not work on this box")

    run(test, tmp_path)


def test_a_refusal_is_said_in_the_language_asked_for(model_bundle: Path) -> None:
    async def test(site: Site) -> None:
        site.aside.instead = None
        cases: tuple[tuple[dict[str, str], dict[str, str], Language], ...] = (
            ({}, {}, "en"),
            ({}, {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}, "zh"),
            ({}, {"Accept-Language": "de, fr;q=0.5"}, "en"),
            ({"language": "zh"}, {"Accept-Language": "en"}, "zh"),
        )
        for fields, headers, language in cases:
            status, answer, _ = await site.detect(png(30_000, 30_000), headers=headers, **fields)
            assert status == 422
            assert answer["error"] == words()["photo_pixels"][language].format(detail="30000x30000")
            assert answer["say"]["zh"]["error"] == "像素过多：30000x30000"
            assert answer["hint"] == answer["say"][language]["hint"]

    run(test, model_bundle)
