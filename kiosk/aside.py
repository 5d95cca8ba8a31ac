"""Heavy work beside the live picture: one process of low priority, started when it is needed, ended when it is not.

In a thread such work would hold the interpreter and slow the pose worker, and a native decoder that dies on a hostile
picture would take the kiosk with it.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

NICENESS: Final = 10
IDLE_S: Final = 60.0
"""After this long without work the process ends and gives its memory back."""


class AsideBusyError(Exception):
    """As much work waits as may wait."""


class AsideDiedError(Exception):
    """The process ended under the work: out of memory, or a fault in native code."""


class Aside:
    """Runs functions one after the other in a process of its own; at most `most` may run or wait."""

    def __init__(self, most: int, idle_s: float = IDLE_S) -> None:
        self._most = most
        self._idle_s = idle_s
        self._waiting = 0
        self._pool: ProcessPoolExecutor | None = None
        self._idle: asyncio.TimerHandle | None = None

    @property
    def full(self) -> bool:
        """Whether one more would be refused now."""
        return self._waiting >= self._most

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `function` returns; it and its arguments cross by pickle.

        AsideBusyError if too much waits, AsideDiedError if the process ended; what the function raises is raised here.
        """
        if self.full:
            raise AsideBusyError
        self._waiting += 1
        if self._idle:
            self._idle.cancel()
        pool = self._pool = self._pool or _started()
        try:
            return await asyncio.wrap_future(pool.submit(function, *args, **kwargs))
        except BrokenProcessPool as error:
            if self._pool is pool:
                self._pool = None
            raise AsideDiedError from error
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._rest)

    async def close(self) -> None:
        """End the process, and with it the work that runs."""
        if self._idle:
            self._idle.cancel()
        pool, self._pool = self._pool, None
        if pool is not None:
            _end(pool)

    def _rest(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False)


def _started() -> ProcessPoolExecutor:
    # Forking a process that has threads and native libraries copies locks that nobody will ever release.
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_settle)


def _settle() -> None:
    os.nice(NICENESS)
    # Ctrl-C in a terminal reaches the whole group; the kiosk ends this process itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_kiosk, daemon=True).start()


def _end_with_kiosk() -> None:
    """A kiosk that was killed can't end this process, so it watches for that itself."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(0)


def _end(pool: ProcessPoolExecutor) -> None:
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()
