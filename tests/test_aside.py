"""The process beside the kiosk: work in turn, bounded, and whatever happens to it, the next work is done."""

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from kiosk.aside import MOST_MEMORY_BYTES, NICENESS, Aside, AsideBusyError, AsideDiedError
from tests.waiting import in_time

ROOT = Path(__file__).parents[1]


def pid() -> int:
    return os.getpid()


def add(folder: Path, name: str) -> None:
    """Leave a trace of having run."""
    with (folder / "done").open("a") as file:
        file.write(name)


def wait_for(path: Path) -> None:
    path.with_suffix(".begun").touch()
    while not path.exists():
        time.sleep(0.01)


def die(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


def fail() -> None:
    raise TimeoutError("of the function's own")


def allocate(count: int) -> int:
    return len(bytearray(count))


def surroundings() -> tuple[int, int, tuple[int, int], tuple[int, int], str, object]:
    return (
        os.getpid(),
        os.nice(0),
        resource.getrlimit(resource.RLIMIT_DATA),
        resource.getrlimit(resource.RLIMIT_CORE),
        Path("/proc/self/oom_score_adj").read_text().strip(),
        signal.getsignal(signal.SIGINT),
    )


@contextlib.asynccontextmanager
async def aside(most: int = 4, **limits: float) -> AsyncIterator[Aside]:
    made = Aside(most, **limits)
    try:
        yield made
    finally:
        await made.close()


def alive(number: int) -> bool:
    with contextlib.suppress(OSError):
        return ") Z " not in Path(f"/proc/{number}/stat").read_text()
    return False


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await test()

    asyncio.run(whole())


def test_work_is_done_in_one_other_process_that_gives_way() -> None:
    async def test() -> None:
        async with aside() as beside:
            number, nice, data, core, oom, on_interrupt = await beside.run(surroundings)
            assert number != os.getpid()
            assert await beside.run(pid) == number
            assert nice == min(19, os.nice(0) + NICENESS)
            assert data == (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES)
            assert core == (1, 1), "a core file would keep the picture"
            assert oom == "900"
            assert on_interrupt is signal.SIG_IGN
            with pytest.raises(TimeoutError, match="of the function's own"):
                await beside.run(fail)
            with pytest.raises(MemoryError):
                await beside.run(allocate, MOST_MEMORY_BYTES)
            assert await beside.run(pid) == number
        await in_time(lambda: not alive(number))

    run(test)


def test_only_so_much_may_wait_and_it_runs_in_turn(tmp_path: Path) -> None:
    async def test() -> None:
        async with aside(most=3) as beside:
            running = asyncio.create_task(beside.run(wait_for, tmp_path / "go"))
            waiting = [asyncio.create_task(beside.run(add, tmp_path, name)) for name in "ab"]
            await asyncio.sleep(0)
            assert beside.full
            with pytest.raises(AsideBusyError):
                await beside.run(pid)
            waiting[0].cancel()
            await in_time(lambda: not beside.full)
            third = asyncio.create_task(beside.run(add, tmp_path, "c"))
            (tmp_path / "go").touch()
            await asyncio.gather(running, waiting[1], third)
            assert (tmp_path / "done").read_text() == "bc", "who gave up while waiting was served all the same"

    run(test)


def test_who_leaves_while_the_work_runs_keeps_the_place_until_it_is_done(tmp_path: Path) -> None:
    async def test() -> None:
        async with aside(most=1) as beside:
            running = asyncio.create_task(beside.run(wait_for, tmp_path / "go"))
            await in_time((tmp_path / "go.begun").exists)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert beside.full, "the process is still at work"
            (tmp_path / "go").touch()
            await in_time(lambda: not beside.full)
            await beside.run(pid)

    run(test)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_process_that_dies_takes_only_its_own_work_with_it(tmp_path: Path, number: signal.Signals) -> None:
    async def test() -> None:
        async with aside() as beside:
            before = asyncio.create_task(beside.run(pid))
            dying = asyncio.create_task(beside.run(die, number))
            waiting = asyncio.create_task(beside.run(pid))
            with pytest.raises(AsideDiedError):
                await dying
            assert await waiting != await before
            assert not list(tmp_path.glob("core*"))

    run(test)


def test_a_process_that_died_while_idle_costs_nobody_anything() -> None:
    async def test() -> None:
        async with aside() as beside:
            first = await beside.run(pid)
            os.kill(first, signal.SIGKILL)
            await in_time(lambda: not alive(first))
            await in_time(lambda: bool(beside._pool and beside._pool._broken))
            assert await beside.run(pid) != first

    run(test)


def test_work_that_hangs_is_ended(tmp_path: Path) -> None:
    async def test() -> None:
        async with aside() as beside:
            first = await beside.run(pid)
            patience_s, beside._limit_s = beside._limit_s, 0.3  # for the work alone: a process starts in its own time
            with pytest.raises(AsideDiedError):
                await beside.run(wait_for, tmp_path / "never")
            beside._limit_s = patience_s
            await in_time(lambda: not alive(first))
            assert await beside.run(pid) != first

    run(test)


def test_without_work_the_process_ends_and_comes_back() -> None:
    async def test() -> None:
        async with aside(idle_s=0.05) as beside:
            first = await beside.run(pid)
            await in_time(lambda: not alive(first))
            assert await beside.run(pid) != first

    run(test)


def test_closing_ends_what_runs_and_what_waits(tmp_path: Path) -> None:
    async def test() -> None:
        beside = Aside(4)
        number = await beside.run(pid)
        running = asyncio.create_task(beside.run(wait_for, tmp_path / "never"))
        waiting = asyncio.create_task(beside.run(pid))
        await in_time((tmp_path / "never.begun").exists)
        await beside.close()
        for task in (running, waiting):
            with pytest.raises(AsideDiedError):
                await task
        await in_time(lambda: not alive(number))

    run(test)


# Prints the number of the process beside it, then lies dead while that one is at work.
KILLED_KIOSK = """
import asyncio, os, sys, time
from kiosk.aside import Aside

async def main():
    beside = Aside(2)
    print(await beside.run(os.getpid), flush=True)
    await beside.run(time.sleep, 60)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_kiosk_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED_KIOSK)
    kiosk = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert kiosk.stdout is not None
    number = int(kiosk.stdout.readline())
    assert alive(number)
    kiosk.kill()
    kiosk.communicate()

    async def test() -> None:
        await in_time(lambda: not alive(number))

    run(test)
