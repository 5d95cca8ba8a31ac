"""Writing the last minute to a file: only where it is allowed, somebody was seen, and the disk takes it."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from kiosk.recent import Moment
from kiosk.recording import read_recording
from kiosk.web import access, recording
from tests.poses import figure

SEEN: tuple[Moment, ...] = tuple((10.0 + n / 10, figure(10.0 + n / 10) if n > 4 else None) for n in range(20))
EMPTY: tuple[Moment, ...] = tuple((n / 10, None) for n in range(20))


class Everybody:
    """Lets everybody do what is staff's; that nobody else may is tested with the whole kiosk."""

    def require_staff(self, _: web.Request) -> None:
        return


def asked(folder: Path, moments: tuple[Moment, ...], *, allowed: bool = True) -> tuple[int, dict[str, Any]]:
    async def ask() -> tuple[int, dict[str, Any]]:
        app = web.Application()
        app[access.ACCESS] = cast("access.Access", Everybody())
        app[recording.RECORDINGS] = recording.Recordings(folder, allowed, lambda: moments)
        app.add_routes(recording.routes())
        async with TestClient(TestServer(app)) as client, client.post("/api/recording") as answer:
            return answer.status, await answer.json()

    return asyncio.run(ask())


def test_what_was_seen_is_written_for_nobody_else_to_read(tmp_path: Path) -> None:
    status, answer = asked(tmp_path / "recordings", SEEN)
    [path] = (tmp_path / "recordings").iterdir()
    assert (status, answer) == (200, {"file": str(path), "seconds": 1.9, "frames": 20})
    assert path.parent.stat().st_mode & 0o077 == 0
    frames = list(read_recording(path))
    assert [frame.t_s for frame in frames] == pytest.approx([n / 10 for n in range(20)])
    assert [frame.pose is None for frame in frames] == [True] * 5 + [False] * 15


@pytest.mark.parametrize(
    ("moments", "allowed", "error"),
    [
        (SEEN, False, "recording poses is switched off"),
        (EMPTY, True, "nobody was seen in the last minute"),
        ((), True, "nobody was seen in the last minute"),
    ],
)
def test_otherwise_nothing_is_written(tmp_path: Path, moments: tuple[Moment, ...], allowed: bool, error: str) -> None:
    status, answer = asked(tmp_path / "recordings", moments, allowed=allowed)
    assert (status, answer["error"], bool(answer["hint"])) == (409, error, True)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "recordings").write_text("in the way")
    assert asked(tmp_path / "recordings", SEEN)[0] == 409

    def full(path: Path, _: object) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recording, "write_recording", full)
    status, answer = asked(tmp_path / "other", SEEN)
    assert (status, answer["error"]) == (409, "the recording can't be written: No space left on device")
    assert list((tmp_path / "other").iterdir()) == []
