"""Refusals in the language of whoever is refused."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from aiohttp import web

from kiosk.web.answers import refusal, translated
from kiosk.words import Phrase
from tests.editor_site import serving


@contextmanager
def refusing(refused: web.HTTPException) -> Iterator[http.client.HTTPConnection]:
    """A site that answers everything with this refusal."""

    async def refuse(_: web.Request) -> web.Response:
        raise refused

    app = web.Application(middlewares=[translated])
    app.router.add_get("/", refuse)
    with serving(app) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        yield connection
        connection.close()


@pytest.mark.parametrize(
    ("language", "error"),
    [
        (None, "there is no such warning"),
        ("en-GB,en;q=0.9", "there is no such warning"),
        ("de, fr;q=0.5", "there is no such warning"),
        ("zh-Hans", "没有这条警告"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "没有这条警告"),
    ],
)
def test_a_phrase_comes_in_the_language_that_is_asked_for(language: str | None, error: str) -> None:
    with refusing(refusal(web.HTTPNotFound, Phrase("refused_warning"), "send an id", id=7)) as connection:
        connection.request("GET", "/", headers={"Accept-Language": language} if language else {})
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Content-Type"]) == (404, "application/json; charset=utf-8")
        assert json.load(answer) == {"error": error, "hint": "send an id", "id": 7}


def test_a_refusal_of_any_kind_keeps_its_status_and_its_headers() -> None:
    busy = refusal(web.HTTPTooManyRequests, Phrase("refused_busy"), Phrase("refused_wait", "5"))
    busy.headers["Retry-After"] = "5"
    large = refusal(partial(web.HTTPRequestEntityTooLarge, 0, 0), Phrase("refused_too_long"), Phrase("refused_shorter"))
    for refused, status, after, error in ((busy, 429, "5", "设备正忙"), (large, 413, None, "处理时间过长")):
        with refusing(refused) as connection:
            connection.request("GET", "/", headers={"Accept-Language": "zh"})
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Retry-After"]) == (status, after)
            assert json.load(answer)["error"] == error
