"""What the history costs: a year of training on the disk, reading it, and storing one more repetition."""

import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from kiosk.config import default_config, exercises_folder
from kiosk.history.entries import Extent, Id, RepetitionDone, RepetitionTimed, SetBegan, VisitBegan
from kiosk.history.file import NAME
from kiosk.history.made_up import EXERCISES, make_year
from kiosk.history.past import Selection
from kiosk.history.totals import columns, days
from kiosk.history.training import Training
from kiosk.history.writer import History
from kiosk.lookup import Wish, report
from kiosk.report.rules import Rules
from kiosk.rules.library import Library

YEAR_REPS: Final = 200_000
WRITES: Final = 200
FRAME_MS: Final = 1000 / 30
"""The time from one frame to the next at 30 frames a second."""

REP_MS: Final = 2000.0
"""A quick repetition, of which there is one at a time."""


def bench_history(folder: Path, repetitions: int = YEAR_REPS, writes: int = WRITES) -> dict[str, Any]:
    """Measure on the disk of `folder`, where the history is, with a made-up year.

    Returns `{"repetitions", "size_mb", "make_s", "days_s", "columns_s", "report_s", "report_one_s", "write_ms",
    "writer_ms", "stored_ms", "slowest_ms", "frame_share", "load_share"}`: how long it takes to read the totals of every
    day and exercise, and all repetitions of one exercise; to make the report of everything, and of one exercise, where
    one has been made before; of one more repetition and its final times, the time on the event loop, the processor
    time of the writer's thread, and how long until it is on the disk (median and slowest). `frame_share` is the event
    loop's time as a share of a frame's, `load_share` both together as a share of a quick repetition's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="bench-") as name:
        beside = Path(name)
        made, make_s = _timed(lambda: make_year(beside, repetitions))
        size_mb = sum(part.stat().st_size for part in beside.iterdir()) / 1e6
        with Training(beside / NAME) as training:
            _, days_s = _timed(lambda: days(training, Selection()))
            _, columns_s = _timed(lambda: columns(training, Selection(exercise="squat")))
        report_s, report_one_s = _reports(beside)
        write_ms, writer_ms, stored_ms = _writes(beside, writes)
    return {
        "repetitions": made,
        "size_mb": round(size_mb, 1),
        "make_s": round(make_s, 2),
        "days_s": round(days_s, 3),
        "columns_s": round(columns_s, 3),
        "report_s": round(report_s, 3),
        "report_one_s": round(report_one_s, 3),
        "write_ms": round(median(write_ms), 4),
        "writer_ms": round(writer_ms, 4),
        "stored_ms": round(median(stored_ms), 1),
        "slowest_ms": round(max(stored_ms), 1),
        "frame_share": round(median(write_ms) / FRAME_MS, 6),
        "load_share": round((median(write_ms) + writer_ms) / REP_MS, 6),
    }


def history_table(result: dict[str, Any]) -> str:
    """Return what `bench_history` measured, for people."""
    return "\n".join((
        f"a year of {result['repetitions']} repetitions: {result['size_mb']:.1f} MB, made in {result['make_s']:.1f} s",
        f"totals of every day and exercise {result['days_s']:.3f} s, all of one exercise {result['columns_s']:.3f} s",
        f"a report of the whole year {result['report_s']:.2f} s, of one exercise {result['report_one_s']:.2f} s",
        f"one more repetition: {result['write_ms']:.4f} ms on the event loop, {result['frame_share']:.2%} of a frame",
        f"with {result['writer_ms']:.3f} ms of the writer's thread, {result['load_share']:.3%} of a repetition of 2 s",
        f"on the disk after {result['stored_ms']:.0f} ms, {result['slowest_ms']:.0f} ms at the most",
    ))  # fmt: skip


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begun_s = perf_counter()
    result = work()
    return result, perf_counter() - begun_s


def _reports(folder: Path) -> tuple[float, float]:
    """How long the whole year's report takes, and that of one exercise."""
    library = Library(exercises_folder(default_config()))
    library.refresh()
    rules = {name: Rules.of(exercise) for name, exercise in library.exercises.items()}
    wish = Wish("html", "en", date(2026, 1, 1), folder / "matplotlib")
    wanted = (Selection(exercise="plank"), Selection(), Selection(exercise="squat"))  # the first loads what draws
    seconds = [_timed(partial(report, folder / NAME, one, rules, wish))[1] for one in wanted]
    return seconds[1], seconds[2]


def _writes(folder: Path, count: int) -> tuple[list[float], float, list[float]]:
    """Store repetitions one by one, each when the one before is on the disk."""
    history = History(folder, keep_days=3650, failed=_raise)
    history.start()
    visit, set_ = history.new_id(), history.new_id()
    history.write(VisitBegan(visit, time.monotonic()))
    history.write(SetBegan(set_, visit, time.monotonic(), "squat", 1, "0123456789abcdef"))
    _wait(history, 2)
    write_ms: list[float] = []
    stored_ms: list[float] = []
    others_s = time.process_time() - time.thread_time()
    for number in range(1, count + 1):
        entry = _repetition(history.new_id(), set_, number)
        timed = RepetitionTimed(entry.id, set_, entry.begin_s, entry.end_s, entry.out_s, entry.back_s)
        begun_s = perf_counter()
        history.write(entry)
        history.write(timed)
        write_ms.append((perf_counter() - begun_s) * 1000)
        _wait(history, 2 + 2 * number)
        stored_ms.append((perf_counter() - begun_s) * 1000)
    writer_s = time.process_time() - time.thread_time() - others_s
    history.close(5.0)
    return write_ms, writer_s / count * 1000, stored_ms


def _repetition(id_: Id, set_: Id, number: int) -> RepetitionDone:
    now_s = time.monotonic()
    return RepetitionDone(
        id=id_,
        set=set_,
        number=number,
        partial=False,
        side=None,
        begin_s=now_s - 3,
        end_s=now_s,
        out_s=1.5,
        back_s=1.5,
        measures={name: Extent(170.0, 60.0, 175.0) for name in EXERCISES["squat"]},
    )


def _wait(history: History, written: int) -> None:
    while history.written < written:
        time.sleep(0.0005)


def _raise(error: BaseException) -> None:
    raise error
