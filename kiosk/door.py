"""The door of the site: how many may be in, how fast they may come, and who is shown out because they say nothing.

aiohttp takes every connection at once and waits without end for its first request, so a few hundred silent connections,
or a flood of short ones, would take the descriptors and the time that the picture needs. What can't be let in waits in
the kernel's queue, which costs nothing.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
import time
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from kiosk.config import WebSettings, is_loopback
from kiosk.turns import Turns

log = logging.getLogger(__name__)

BY_VIEWER: Final = 4
BESIDE: Final = 256
"""Connections in all: so many for each viewer that may watch (picture, events, what a page loads), and beside."""

MOST_BY_ADDRESS: Final = 64
"""Of one other machine: a browser opens six for each page. The box itself has no such limit, but for the one in all."""

KEPT_FREE: Final = 64
"""So many others must leave for the box's own screen."""

COME_HZ: Final = 100.0
COME_AT_ONCE: Final = 50
"""New connections a second, and at once after a pause."""

SILENT_S: Final = 15.0
"""A connection that asks for nothing for this long is ended; browsers open a new one when they need it."""

LOOPBACK: Final = "127.0.0.1"
HANDSHAKE_S: Final = 10.0
LOOK_S: Final = 1.0
BACKLOG: Final = 128

_REFUSAL: Final = (
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 21\r\n\r\ntoo many connections\n"
)


@dataclass
class _Guest:
    """A connection that was let in: from where, how much it had asked when it was last heard, and when that was."""

    address: str
    handler: Any  # aiohttp's RequestHandler
    asked: int
    heard_s: float

    def is_silent(self, now_s: float) -> bool:
        """Whether it has asked for nothing for too long. aiohttp says so nowhere but in these two attributes."""
        if self.handler._current_request is not None or self.handler._request_count != self.asked:
            self.asked, self.heard_s = self.handler._request_count, now_s
        return now_s - self.heard_s > SILENT_S


class Door(web.BaseSite):
    """Listens where `site` says for a runner, and for the box itself, and lets in no more than it can bear."""

    def __init__(self, runner: web.AppRunner, site: WebSettings, tls: ssl.SSLContext | None) -> None:
        super().__init__(runner, ssl_context=tls, backlog=BACKLOG)
        self._host, self._port = site.address, site.port
        self._most = BY_VIEWER * site.max_viewers + BESIDE
        self._guests: list[_Guest] = []
        self._by_address: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listeners: list[socket.socket] = []
        self._turns = Turns(COME_HZ, COME_AT_ONCE)

    @property
    def name(self) -> str:
        """Where it listens."""
        return f"{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen; OSError if that can't be done."""
        await super().start()
        loop = asyncio.get_running_loop()
        server = self._runner.server
        assert server is not None
        # Only to bind every address that the host has; connections are accepted here.
        self._server = bound = await loop.create_server(server, self._host, self._port, start_serving=False)
        self._listeners = [bound_to.dup() for bound_to in bound.sockets]
        if self._host != "0.0.0.0" and not is_loopback(self._host):
            # The box's own screen has no keyboard for a PIN, and its browser is let reach the loopback address alone.
            port = self._listeners[0].getsockname()[1]
            self._listeners.append(socket.create_server((LOOPBACK, port)))
        for listener in self._listeners:
            listener.setblocking(False)
            listener.listen(BACKLOG)
        for work in (*map(self._accept, self._listeners), self._look_round()):
            self._begin(work)

    async def stop(self) -> None:
        """Let nobody in any more; who is in stays."""
        for task in self._tasks:
            task.cancel()
        for listener in self._listeners:
            listener.close()
        await super().stop()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._turns.wait_s(time.monotonic()))
            try:
                connection, peer = await loop.sock_accept(listener)
            except OSError as error:  # the other side has gone again, or there is no descriptor left
                log.warning("a connection can't be taken: %s", error.strerror)
                await asyncio.sleep(LOOK_S)
                continue
            if not (admitted := self._admits(peer[0])):
                self._forget_gone()
                admitted = self._admits(peer[0])
            if admitted:
                self._by_address[peer[0]] += 1
                self._begin(self._welcome(connection, peer[0]))
            else:
                self._turn_away(connection)

    def _admits(self, address: str) -> bool:
        count = self._by_address.total()
        if is_loopback(address):
            return count < self._most
        return count < self._most - KEPT_FREE and self._by_address[address] < MOST_BY_ADDRESS

    def _turn_away(self, connection: socket.socket) -> None:
        with contextlib.closing(connection), contextlib.suppress(OSError):
            if self._ssl_context is None:
                connection.send(_REFUSAL)

    async def _welcome(self, connection: socket.socket, address: str) -> None:
        loop, server = asyncio.get_running_loop(), self._runner.server
        assert server is not None
        tls = self._ssl_context
        try:
            _, handler = await loop.connect_accepted_socket(
                server, connection, ssl=tls, ssl_handshake_timeout=HANDSHAKE_S if tls else None
            )
        except OSError:  # ssl.SSLError is one: whoever speaks no TLS here
            connection.close()
            self._by_address[address] -= 1
        else:
            self._guests.append(_Guest(address, handler, 0, time.monotonic()))

    async def _look_round(self) -> None:
        """Show the silent ones out."""
        while True:
            await asyncio.sleep(LOOK_S)
            now_s = time.monotonic()
            for guest in self._guests:
                if guest.handler.transport is not None and guest.is_silent(now_s):
                    guest.handler.transport.abort()
            self._forget_gone()

    def _forget_gone(self) -> None:
        gone = [guest for guest in self._guests if guest.handler.transport is None]
        self._guests = [guest for guest in self._guests if guest.handler.transport is not None]
        self._by_address.subtract(guest.address for guest in gone)
        self._by_address = +self._by_address
