"""Handing live values to viewers: one newest value for all, and a write loop for each viewer that holds up no other.

A value is encoded once, whoever watches. A viewer gets the newest value when its connection has room again; what came
meanwhile is skipped. A viewer that takes nothing for `WRITE_TIMEOUT_S` is dropped. All of it runs in the event loop.
"""

import asyncio
import contextlib
import json
import math
import socket
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from typing import Any, Final, Generic, TypeVar

from aiohttp import hdrs, web

T = TypeVar("T")

SEND_BUFFER_BYTES: Final = 64 * 1024
"""About two pictures. Left to itself the kernel buffers megabytes for a slow viewer, who then sees old pictures
(measured: 13 s old after 20 s, and growing)."""

WRITE_TIMEOUT_S: Final = 5.0
REPEAT_S: Final = 1.0
"""Chromium shows a part of the stream when the next one begins, so the last picture of a pause is sent again."""

DELAYS: Final = 600
"""Pictures whose delay is remembered: some twenty seconds of one viewer's."""

MAX_QUEUED_EVENTS: Final = 64
STATE_INTERVAL_S: Final = 0.1

_BOUNDARY: Final = "frame"


class Still:
    """One picture as viewers get it.

    `jpeg` is the picture, `part` the same as a part of the stream, put together once for all viewers; `t_s` is when it
    was captured, in monotonic seconds, None for one that no camera has seen.
    """

    __slots__ = ("jpeg", "part", "t_s")

    def __init__(self, jpeg: bytes, t_s: float | None) -> None:
        head = f"--{_BOUNDARY}\r\n{hdrs.CONTENT_TYPE}: image/jpeg\r\n{hdrs.CONTENT_LENGTH}: {len(jpeg)}\r\n\r\n"
        self.jpeg, self.t_s = jpeg, t_s
        self.part = b"".join((head.encode(), jpeg, b"\r\n"))


class Delays:
    """How old pictures were when they had been written to a viewer's socket: the last `DELAYS` of them."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=DELAYS)

    def note(self, still: Still) -> None:
        """A picture has just been written to a viewer's socket."""
        if still.t_s is not None:
            self._seconds.append(time.monotonic() - still.t_s)

    def quantile_s(self, share: float) -> float | None:
        """Return the delay that this share of the pictures kept to, None where none was sent."""
        return sorted(self._seconds)[math.ceil(share * len(self._seconds)) - 1] if self._seconds else None


class Latest(Generic[T]):
    """The newest value and its number; `after` waits for one that is newer."""

    def __init__(self) -> None:
        self.number = 0
        self.value: T | None = None
        self._changed = asyncio.Event()

    def publish(self, value: T) -> None:
        """Make `value` the newest."""
        self.number += 1
        self.value = value
        self._changed.set()
        self._changed = asyncio.Event()

    def forget(self) -> None:
        """Keep the newest value no longer; who waits goes on to wait for one that is newer."""
        self.value = None

    async def after(self, number: int, timeout_s: float) -> tuple[int, T | None]:
        """Return the newest value as soon as its number is beyond `number`, or whatever is kept after `timeout_s`."""
        if self.number <= number:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._changed.wait()
        return self.number, self.value


class Viewers:
    """How many connections want live pictures: without any, nobody draws and encodes."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.count = 0

    @contextlib.contextmanager
    def one_more(self) -> Iterator[None]:
        """Count a viewer while it watches; HTTPServiceUnavailable if there is no room."""
        if self.count >= self.most:
            raise web.HTTPServiceUnavailable(text=f"{self.most} viewers are watching already\n")
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1


async def send_pictures(request: web.Request, pictures: Latest[Still], delays: Delays) -> web.StreamResponse:
    """Answer with JPEG pictures as a multipart stream until the viewer leaves or stops reading."""
    # What is kept already may be old, and shows whoever was there then.
    parts = _parts(pictures, delays, sent=pictures.number)
    return await _send(request, f"multipart/x-mixed-replace; boundary={_BOUNDARY}", parts)


async def send_events(request: web.Request, broadcast: "Broadcast") -> web.StreamResponse:
    """Answer with server-sent events until the viewer leaves or stops reading."""
    return await _send(request, "text/event-stream", broadcast.listen())


class _Listener:
    """One viewer's events that are still to be sent."""

    def __init__(self) -> None:
        self.queue: deque[bytes] = deque()


class Broadcast:
    """Events for all viewers: `state` is only ever the newest one, the others come each and in order."""

    def __init__(self) -> None:
        self._state: Latest[Callable[[], Mapping[str, Any]]] = Latest()
        self._listeners: set[_Listener] = set()

    def state(self, value: Callable[[], Mapping[str, Any]]) -> None:
        """Set the state; listeners get it at most each STATE_INTERVAL_S, and only then `value` is asked for it."""
        self._state.publish(value)

    def event(self, name: str, value: Mapping[str, Any]) -> None:
        """Send an event to everybody who is listening now."""
        data = encoded_event(name, value)
        for listener in self._listeners:
            listener.queue.append(data)
        if self._state.value is not None:
            self._state.publish(self._state.value)

    async def listen(self) -> AsyncGenerator[bytes, None]:
        """Yield the state at once and everything that follows; ends for a listener who is too far behind."""
        listener = _Listener()
        self._listeners.add(listener)
        try:
            number, sent_s = 0, 0.0
            clock = asyncio.get_running_loop().time
            while len(listener.queue) <= MAX_QUEUED_EVENTS:
                number, state = await self._state.after(number, REPEAT_S)
                while listener.queue:
                    yield listener.queue.popleft()
                if state is not None and clock() - sent_s >= STATE_INTERVAL_S:
                    sent_s = clock()
                    yield encoded_event("state", state())
        finally:
            self._listeners.discard(listener)


def encoded_event(name: str, value: Mapping[str, Any]) -> bytes:
    """Return one server-sent event."""
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


async def _send(request: web.Request, content_type: str, parts: AsyncGenerator[bytes, None]) -> web.StreamResponse:
    response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: content_type, hdrs.CACHE_CONTROL: "no-store"})
    connection = request.transport.get_extra_info("socket") if request.transport else None
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    await response.prepare(request)
    try:
        async with contextlib.aclosing(parts):
            async for part in parts:
                async with asyncio.timeout(WRITE_TIMEOUT_S):
                    await response.write(part)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
    except ConnectionError:
        pass  # the viewer has left
    return response


async def _parts(pictures: Latest[Still], delays: Delays, sent: int) -> AsyncGenerator[bytes, None]:
    while True:
        number, still = await pictures.after(sent, REPEAT_S)
        if still is not None:
            yield still.part
            # Whoever iterates asks for more once this part is written.
            if number > sent:
                delays.note(still)
        sent = number
