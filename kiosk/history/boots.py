"""The starts of the machine in the history, and the dates that follow from them."""

import sqlite3

from kiosk.clock import Clock
from kiosk.dates import Boot, ClockOffset, corrected, settled


class Boots:
    """Keeps the offset of the running boot, and with it everybody's dates, up to date; see `kiosk.dates`."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._here: tuple[int, ClockOffset] | None = None
        self._settled = False

    def id(self) -> int:
        """Return the row of the running boot, made if need be; within a transaction."""
        return self._entered()[0]

    def follow(self) -> None:
        """Look at the clock and correct what follows from it; within a transaction that stores something."""
        row, before = self._entered()
        after = corrected(before, self._clock.offset())
        if after == before and self._settled:
            return
        self._connection.execute(
            "UPDATE boots SET clock_s = ?, synchronised = ? WHERE id = ?", (after.offset_s, after.synchronised, row)
        )
        self._here = (row, after)
        offsets = self._offsets()
        self._connection.executemany(
            "UPDATE boots SET offset_s = ? WHERE id = ?", [(offset_s, boot) for boot, offset_s in offsets.items()]
        )
        # Nobody has trained in this boot before its first visit, so only then can it be put behind the others.
        self._settled = row in offsets

    def now_s(self) -> float:
        """Return the wall-clock time that a visit would have that began now."""
        now_s, now = self._clock.now_s(), self._clock.offset()
        here = self._found()
        offsets = self._offsets(Boot(corrected(here[1], now) if here else now, now_s, now_s), here[0] if here else 0)
        return now_s + list(offsets.values())[-1]

    def _entered(self) -> tuple[int, ClockOffset]:
        if self._here is None:
            now = self._clock.offset()
            [row] = self._connection.execute(
                "INSERT INTO boots (boot, clock_s, synchronised, offset_s) VALUES (?, ?, ?, ?)"
                # Not DO NOTHING: what is not written is not returned.
                " ON CONFLICT DO UPDATE SET boot = boot RETURNING id, clock_s, synchronised",
                (self._clock.boot, now.offset_s, now.synchronised, now.offset_s),
            ).fetchall()
            self._here = (row[0], ClockOffset(row[1], bool(row[2])))
        return self._here

    def _found(self) -> tuple[int, ClockOffset] | None:
        row = self._connection.execute(
            "SELECT id, clock_s, synchronised FROM boots WHERE boot = ?", (self._clock.boot,)
        ).fetchone()
        return (row[0], ClockOffset(row[1], bool(row[2]))) if row else None

    def _offsets(self, running: Boot | None = None, here: int = 0) -> dict[int, float]:
        """The offset of each boot in which somebody trained, `running` being the last, in row `here`."""
        rows = self._connection.execute(
            "SELECT boots.id, clock_s, synchronised, min(begin_s), max(coalesce(end_s, begin_s))"
            " FROM boots JOIN visits ON visits.boot = boots.id GROUP BY boots.id ORDER BY boots.id"
        )
        boots = {row[0]: Boot(ClockOffset(row[1], bool(row[2])), row[3], row[4]) for row in rows}
        if running:
            known = boots.pop(here, running)
            boots[here] = Boot(running.clock, known.begin_s, running.end_s)
        return dict(zip(boots, settled(list(boots.values())), strict=True))
