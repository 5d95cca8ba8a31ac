"""What tests of the history share: a clock that is told the time, and training to store."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from kiosk.dates import ClockOffset
from kiosk.history.entries import (
    Entry,
    Extent,
    HoldDone,
    Id,
    PersonNamed,
    RepetitionDone,
    RuleInForce,
    SetBegan,
    SetEnded,
    TimedTestDone,
    VisitBegan,
    VisitEnded,
    WarningRaised,
    WarningSeries,
)
from kiosk.history.file import NAME
from kiosk.history.store import Store, Underway

RULE = RuleInForce("c0ffee", "knee_load", "danger", "knee < 90", "knee > 95", 0.2)


@dataclass
class ToldClock:
    """A clock that says what it is told; `wall` is in the box's time zone."""

    wall: datetime
    boot: str = "boot 1"
    monotonic_s: float = 100.0
    synchronised: bool = True

    def now_s(self) -> float:
        return self.monotonic_s

    def offset(self) -> ClockOffset:
        return ClockOffset(self.wall.timestamp() - self.monotonic_s, self.synchronised)

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self.monotonic_s += seconds
        self.wall = datetime.fromtimestamp(self.wall.timestamp() + seconds)

    def start_machine(self, wall: datetime, *, synchronised: bool) -> None:
        """The machine starts again, with its clock at `wall`."""
        self.boot = f"boot {int(self.boot.split()[1]) + 1}"
        self.monotonic_s, self.wall, self.synchronised = 5.0, wall, synchronised


class Run:
    """A run of the program that stores entries at once, without a thread."""

    def __init__(self, folder: Path, clock: ToldClock, token: str = "run", keep_days: int = 365) -> None:
        self.clock = clock
        self.underway = Underway()
        self._numbers = count(1)
        self._token = token
        self.store = Store.opened(folder / NAME, check=True, token=token, clock=clock, keep_days=keep_days)

    def new_id(self) -> Id:
        return Id(f"{self._token}-{next(self._numbers)}")

    def write(self, *entries: Entry) -> int:
        for entry in entries:
            self.underway.note(entry)
        return self.store.write(entries, self.underway)

    def visit(self, person: str | None = None, sets: int = 1, reps: int = 2, exercise: str = "squat") -> Id:
        """Store a whole visit, three seconds a repetition; return its id."""
        visit = self.new_id()
        entries: list[Entry] = [VisitBegan(visit, self.clock.now_s()), PersonNamed(visit, person)]
        for number in range(1, sets + 1):
            set_ = self.new_id()
            entries.append(SetBegan(set_, visit, self.clock.now_s(), exercise, number, "c0ffee"))
            for rep in range(1, reps + 1):
                self.clock.pass_s(3)
                entries.append(repetition(self.new_id(), set_, rep, self.clock.now_s()))
            entries.append(SetEnded(set_, self.clock.now_s()))
        self.write(*entries, VisitEnded(visit, self.clock.now_s()))
        return visit


@contextmanager
def run(folder: Path, clock: ToldClock, token: str = "run", keep_days: int = 365) -> Iterator[Run]:
    """A run of the program, ended afterwards."""
    running = Run(folder, clock, token, keep_days)
    try:
        yield running
    finally:
        running.store.close()


def repetition(id_: Id, set_: Id, number: int, end_s: float = 50.0) -> RepetitionDone:
    """A squat of three seconds."""
    return RepetitionDone(
        id=id_,
        set=set_,
        number=number,
        partial=False,
        side=None,
        begin_s=end_s - 3,
        end_s=end_s,
        out_s=1.75,
        back_s=1.25,
        measures={"knee": Extent(170.0, 62.5, 176.25), "小腿": Extent(None, -1.5, 12.0)},
    )


def everything(new_id: Callable[[], Id], t_s: float = 50.0) -> list[Entry]:
    """A visit with one entry of each kind."""
    visit, set_, warning = new_id(), new_id(), new_id()
    return [
        VisitBegan(visit, t_s),
        PersonNamed(visit, "Anna"),
        SetBegan(set_, visit, t_s + 1, "squat", 1, "c0ffee"),
        repetition(new_id(), set_, 1, t_s + 5),
        HoldDone(new_id(), set_, t_s + 6, t_s + 8, 1.5),
        TimedTestDone(new_id(), set_, t_s + 9, 30.0, 12),
        WarningRaised(warning, set_, t_s + 10, RULE, "left", 2, "out", 0.75),
        WarningSeries(warning, -0.5, 0.25, {"knee": (100.5, 95.25, None), "trunk": (1.0, 2.0, 3.5)}),
        SetEnded(set_, t_s + 11),
        VisitEnded(visit, t_s + 12),
    ]
