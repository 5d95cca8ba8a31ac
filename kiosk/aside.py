"""Heavy work beside the live picture: one process of low priority, started when it is needed, ended when it is not.

In a thread such work would hold the interpreter and slow the pose worker, and a native decoder that dies on a hostile
picture would take the kiosk with it.
"""

import asyncio
import contextlib
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from kiosk.rlimits import leave_no_core, lower_limit

P = ParamSpec("P")
T = TypeVar("T")

NICENESS: Final = 15
IDLE_S: Final = 60.0
"""After this long without work the process ends and gives its memory back."""

LIMIT_S: Final = 60.0
"""Work that takes longer hangs: a slow box starts the process, loads MediaPipe and reads its largest photo in 20."""

MOST_MEMORY_BYTES: Final = 1 << 30
"""Of the process' own data (RLIMIT_DATA); MediaPipe takes 410 MB of it, its largest photo 360 (measured)."""


class AsideBusyError(Exception):
    """As much work waits as may wait."""


class AsideDiedError(Exception):
    """The process ended under the work: out of memory or time, or a fault in native code."""


class Aside:
    """Runs functions one after the other in a process of its own; at most `most` may run or wait.

    Whatever ends the process ends the work that ran; what waited runs in a new one. Used in the event loop only.
    """

    def __init__(self, most: int, idle_s: float = IDLE_S, limit_s: float = LIMIT_S) -> None:
        self._most = most
        self._idle_s = idle_s
        self._limit_s = limit_s
        self._waiting = 0
        self._turn = asyncio.Lock()
        self._running: asyncio.Task[Any] | None = None
        self._pool: ProcessPoolExecutor | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def full(self) -> bool:
        """Whether one more would be refused now."""
        return self._waiting >= self._most

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `function` returns; it and its arguments cross by pickle.

        AsideBusyError if too much waits, AsideDiedError if the process ended; what the function raises is raised here.
        A caller who is cancelled gives up the place at once while waiting, else as soon as the work is done.
        """
        if self.full:
            raise AsideBusyError
        self._waiting += 1
        if self._idle:
            self._idle.cancel()
        turn = asyncio.create_task(self._in_turn(partial(function, *args, **kwargs)))
        turn.add_done_callback(self._leave)
        try:
            return await asyncio.shield(turn)
        except asyncio.CancelledError:
            if turn is not self._running:
                turn.cancel()
            raise

    async def close(self) -> None:
        """End the process, and with it the work that runs; nothing more is taken."""
        self._closed = True
        if self._idle:
            self._idle.cancel()
        self._end()

    async def _in_turn(self, work: Callable[[], T]) -> T:
        async with self._turn:
            if self._closed:
                raise AsideDiedError
            self._running = asyncio.current_task()
            try:
                async with asyncio.timeout(self._limit_s) as limit:
                    return await self._submitted(work)
            except BrokenProcessPool as error:
                self._pool = None
                raise AsideDiedError from error
            except TimeoutError as error:
                if not limit.expired():
                    raise
                self._end()
                raise AsideDiedError from error
            finally:
                self._running = None

    def _submitted(self, work: Callable[[], T]) -> asyncio.Future[T]:
        if self._pool is not None:
            with contextlib.suppress(BrokenProcessPool):  # it ended while it had nothing to do
                return asyncio.wrap_future(self._pool.submit(work))
        self._pool = _started()
        return asyncio.wrap_future(self._pool.submit(work))

    def _leave(self, turn: asyncio.Task[Any]) -> None:
        self._waiting -= 1
        if not turn.cancelled():
            turn.exception()  # the caller may have gone
        if not self._waiting and not self._closed:
            self._idle = turn.get_loop().call_later(self._idle_s, self._rest)

    def _rest(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False)

    def _end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        processes = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()


def _started() -> ProcessPoolExecutor:
    # Forking a process that has threads and native libraries copies locks that nobody will ever release.
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_settle)


def _settle() -> None:
    os.nice(NICENESS)
    lower_limit(resource.RLIMIT_DATA, MOST_MEMORY_BYTES)
    leave_no_core()
    # Where memory runs out, this process goes before the kiosk.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("900")
    # Ctrl-C in a terminal reaches the whole group; the kiosk ends this process itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_kiosk, daemon=True).start()


def _end_with_kiosk() -> None:
    """A kiosk that was killed can't end this process, so it watches for that itself."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(0)
