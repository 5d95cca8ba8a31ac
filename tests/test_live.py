"""What is kept of the live picture: nothing, once nobody watches."""

import asyncio
from typing import Any

import pytest

from kiosk.stream import Still, Viewers
from kiosk.web.live import Live

UNUSED: Any = None


def watched_by(most: int) -> Live:
    return Live(UNUSED, "en", UNUSED, Viewers(most), UNUSED, UNUSED, UNUSED, UNUSED)


def test_the_last_viewer_takes_the_picture_along() -> None:
    async def act() -> None:
        live = watched_by(2)
        with live.watched():
            with live.watched():
                live.take_picture(Still(b"now", None))
            assert live.pictures.value is not None, "somebody still watches"
        assert live.pictures.value is None

    asyncio.run(act())


def test_a_viewer_who_breaks_off_takes_it_along_too() -> None:
    async def act() -> None:
        live = watched_by(1)
        with pytest.raises(ConnectionResetError), live.watched():
            live.take_picture(Still(b"now", None))
            raise ConnectionResetError
        assert live.pictures.value is None

    asyncio.run(act())


def test_a_picture_that_was_being_drawn_when_the_last_viewer_left_is_not_kept() -> None:
    async def act() -> None:
        live = watched_by(1)
        with live.watched():
            pass
        live.take_picture(Still(b"late", None))
        assert (live.pictures.number, live.pictures.value) == (0, None)

    asyncio.run(act())
