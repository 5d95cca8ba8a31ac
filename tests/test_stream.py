"""Pictures and events on real sockets: each picture once, the newest one, and how old it was when it was sent."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from kiosk.stream import DELAYS, Delays, Latest, Still, send_pictures

OLD_S = 0.25


@asynccontextmanager
async def watching(pictures: Latest[Still], delays: Delays) -> AsyncIterator[aiohttp.StreamReader]:
    """A viewer of pictures that are published meanwhile."""

    async def stream(request: web.Request) -> web.StreamResponse:
        return await send_pictures(request, pictures, delays)

    site = web.Application()
    site.router.add_get("/", stream)
    runner = web.AppRunner(site, shutdown_timeout=0.1)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    port = runner.addresses[0][1]
    try:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/") as answer:
            assert answer.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=frame"
            yield answer.content
    finally:
        await runner.cleanup()


async def part(content: aiohttp.StreamReader) -> bytes:
    """Read one part of the stream; return its picture."""
    assert await content.readline() == b"--frame\r\n"
    assert await content.readline() == b"Content-Type: image/jpeg\r\n"
    name, _, length = (await content.readline()).partition(b": ")
    assert name == b"Content-Length"
    assert await content.readline() == b"\r\n"
    jpeg = await content.readexactly(int(length))
    assert await content.readline() == b"\r\n"
    return jpeg


def test_each_picture_is_sent_once_and_its_age_is_noted() -> None:
    async def act() -> None:
        pictures, delays = Latest[Still](), Delays()
        begun_s = time.monotonic()
        async with watching(pictures, delays) as content:
            for number in range(3):
                pictures.publish(Still(b"jpeg %d" % number, time.monotonic() - OLD_S))
                assert await part(content) == b"jpeg %d" % number
            pictures.publish(Still(b"no video", None))
            assert await part(content) == b"no video", "what no camera saw is sent, and has no age"
            assert await asyncio.wait_for(part(content), 5) == b"no video", "the last one is repeated in a pause"
        assert len(delays._seconds) == 3
        for share in (0.5, 0.95):
            delay_s = delays.quantile_s(share)
            assert delay_s is not None and OLD_S <= delay_s <= OLD_S + time.monotonic() - begun_s

    asyncio.run(act())


def test_a_new_viewer_is_not_shown_what_was_before_it_came() -> None:
    async def act() -> None:
        pictures, delays = Latest[Still](), Delays()
        pictures.publish(Still(b"last night", time.monotonic() - 3600))
        async with watching(pictures, delays) as content:
            pictures.publish(Still(b"now", time.monotonic()))
            assert await part(content) == b"now"
            pictures.publish(Still(b"next", time.monotonic()))
            assert await part(content) == b"next"
            async with watching(pictures, delays) as another:
                assert await asyncio.wait_for(part(another), 5) == b"next", "in a pause it need not wait for a new one"
        assert delays.quantile_s(1.0) == pytest.approx(0, abs=0.2)

    asyncio.run(act())


def test_a_picture_that_is_forgotten_is_sent_to_nobody() -> None:
    async def act() -> None:
        pictures, delays = Latest[Still](), Delays()
        pictures.publish(Still(b"last night", time.monotonic() - 3600))
        pictures.forget()
        assert await pictures.after(0, 5) == (1, None)
        async with watching(pictures, delays) as content:
            pictures.publish(Still(b"now", time.monotonic()))
            assert await part(content) == b"now"

    asyncio.run(act())


def test_a_repeated_picture_does_not_count_as_an_old_one() -> None:
    async def act() -> None:
        pictures, delays = Latest[Still](), Delays()
        async with watching(pictures, delays) as content:
            pictures.publish(Still(b"jpeg", time.monotonic()))
            for _ in range(2):
                assert await asyncio.wait_for(part(content), 5) == b"jpeg"
        assert len(delays._seconds) == 1

    asyncio.run(act())


def test_quantiles() -> None:
    delays = Delays()
    assert delays.quantile_s(0.5) is None
    for age_s in range(DELAYS + 100):
        delays._seconds.append(age_s / 1000)
    assert delays.quantile_s(0.5) == pytest.approx((100 + DELAYS / 2 - 1) / 1000)
    assert delays.quantile_s(1.0) == pytest.approx((DELAYS + 99) / 1000)
