"""Who trains: one visit after the other, each without a name until the person picks one. Pure, no clock of its own."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from math import inf
from typing import Final

from kiosk.history.entries import Entry, Id, PersonNamed, VisitBegan, VisitEnded

PRESENT_S: Final = 60.0
"""Who was in the picture this long ago may be at the screen, out of the picture, to pick a name."""

WAITING_S: Final = 30.0
"""A name that was picked waits this long for its person to step in front of the camera."""

LATE_S: Final = 600.0
"""A visit may still be given its name this long after its end, by the page that showed it as under way."""

IDLE_S: Final = 900.0
"""A visit is over when nothing was done for this long, although somebody is in the picture: they only sit there."""

LONGEST_S: Final = 4 * 3600.0
"""What goes on for longer is not one person's training; a visit without end could never be deleted with age."""


class NobodyError(Exception):
    """A name was picked while nobody was there to have it."""


@dataclass(frozen=True, slots=True)
class Visiting:
    """Who is there: `id` is None before the first repetition, hold or warning, `person` where no name was picked."""

    id: Id | None
    person: str | None


class Visits:
    """Follows who is there; what it returns is for the history. `new_id` makes the ids."""

    def __init__(self, new_id: Callable[[], Id]) -> None:
        self._new_id = new_id
        self._id: Id | None = None
        self._person: str | None = None
        self._person_until_s = -inf
        self._began_s = -inf
        self._done_s = -inf
        self._seen_s = -inf
        self._last: tuple[Id, float] | None = None

    def see(self, t_s: float, *, person: bool) -> None:
        """Note whether somebody is in the picture."""
        if person:
            self._seen_s = t_s
            if self._person_until_s >= t_s:
                self._person_until_s = t_s + WAITING_S
        if self._id is None and t_s > self._person_until_s:
            self._person = None

    def current(self, t_s: float) -> Visiting | None:
        """Return who is there, None where nobody is."""
        there = self._id is not None or self._person is not None or t_s - self._seen_s <= PRESENT_S
        return Visiting(self._id, self._person) if there else None

    def lasts_too_long(self, t_s: float) -> bool:
        """Whether what goes on can't be the same person's training any more."""
        return self._id is not None and t_s - self._began_s > LONGEST_S

    def is_idle(self, t_s: float) -> bool:
        """Whether nothing was done for so long that the visit is over."""
        return self._id is not None and t_s - self._done_s > IDLE_S

    def begin(self, t_s: float) -> Generator[Entry, None, Id]:
        """Return the visit; unless one is under way it begins with something that the person did at `t_s`."""
        if self._id is None:
            self._id, self._began_s = self._new_id(), t_s
            yield VisitBegan(self._id, t_s)
            if self._person is not None:
                yield PersonNamed(self._id, self._person)
        return self._id

    def did(self, t_s: float) -> None:
        """Note that the person did something."""
        self._done_s = max(t_s, self._done_s)

    def end(self, *, keeps_name: bool = False) -> Iterator[Entry]:
        """End the visit under way where it was seen last, and forget the name."""
        if self._id is not None:
            end_s = max(self._done_s, self._began_s) if self.is_idle(self._seen_s) else max(self._done_s, self._seen_s)
            yield VisitEnded(self._id, end_s)
            self._last, self._id = (self._id, end_s), None
            self._person = self._person if keeps_name else None
            self._person_until_s = inf if keeps_name else -inf

    def name(self, person: str | None, t_s: float, visit: Id | None = None) -> list[Entry]:
        """Name who is there for this visit, or with None take the name back.

        `visit` is the one that the page showed when the person began to type, which may be over by now: it gets the
        name, and so does the next one if it begins soon, but not one that began meanwhile. Raises NobodyError.
        """
        late = self._last is not None and self._last[0] == visit and t_s - self._last[1] <= LATE_S
        if late and visit is not None and self._id is not None:
            return [PersonNamed(visit, person)]
        if not late and (visit not in {None, self._id} or self.current(t_s) is None):
            raise NobodyError
        self._person = person
        if self._id is not None:
            return [PersonNamed(self._id, person)]
        self._person_until_s = t_s + WAITING_S
        return [PersonNamed(visit, person)] if late and visit is not None else []
