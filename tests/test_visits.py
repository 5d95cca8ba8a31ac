"""Who is there and under which name: tables of what happens and what is kept of it."""

from itertools import count

import pytest

from kiosk.history.entries import Entry, Id, PersonNamed, VisitBegan, VisitEnded
from kiosk.history.visits import IDLE_S, LATE_S, LONGEST_S, PRESENT_S, WAITING_S, NobodyError, Visiting, Visits

ONE, TWO = Id("run-1"), Id("run-2")


class Door:
    """Visits, and what is kept of them."""

    def __init__(self) -> None:
        numbers = count(1)
        self.visits = Visits(lambda: Id(f"run-{next(numbers)}"))
        self.kept: list[Entry] = []

    def see(self, *times: float, person: bool = True) -> None:
        for t_s in times:
            self.visits.see(t_s, person=person)

    def do(self, t_s: float) -> None:
        self.see(t_s)
        self.kept += self.visits.begin(t_s)
        self.visits.did(t_s)

    def name(self, person: str | None, t_s: float, visit: Id | None = None) -> None:
        self.kept += self.visits.name(person, t_s, visit)

    def end(self) -> None:
        self.kept += self.visits.end()


def test_a_visit_begins_with_the_first_thing_done_and_ends_where_it_was_seen_last() -> None:
    door = Door()
    assert door.visits.current(0.0) is None
    door.see(1.0)
    assert door.visits.current(1.0) == Visiting(None, None)
    door.do(5.0)
    door.do(8.0)
    assert door.visits.current(8.0) == Visiting(ONE, None)
    door.see(9.0)
    door.see(20.0, person=False)
    door.end()
    assert door.kept == [VisitBegan(ONE, 5.0), VisitEnded(ONE, 9.0)]
    door.end()
    assert len(door.kept) == 2, "it ends once"


def test_nobody_can_not_be_named() -> None:
    door = Door()
    with pytest.raises(NobodyError):
        door.name("Anna", 0.0)
    door.see(1.0)
    door.name("Anna", 1.0 + PRESENT_S)
    later = Door()
    later.see(1.0)
    with pytest.raises(NobodyError):
        later.name("Anna", 1.1 + PRESENT_S)


def test_a_name_is_for_this_visit_and_can_be_taken_back() -> None:
    door = Door()
    door.do(5.0)
    door.name("Anna", 6.0)
    door.name("Ann", 7.0)
    assert door.visits.current(7.0) == Visiting(ONE, "Ann")
    door.name(None, 8.0)
    door.name("Ben", 9.0)
    door.end()
    door.do(50.0)
    names = [PersonNamed(ONE, name) for name in ("Anna", "Ann", None, "Ben")]
    assert door.kept == [VisitBegan(ONE, 5.0), *names, VisitEnded(ONE, 5.0), VisitBegan(TWO, 50.0)]
    assert door.visits.current(50.0) == Visiting(TWO, None)


def test_a_name_waits_for_its_person() -> None:
    door = Door()
    door.see(1.0)
    door.name("Anna", 20.0)
    door.see(21.0, 22.0, person=False)
    assert door.visits.current(22.0) == Visiting(None, "Anna")
    door.see(*range(23, 90))  # stands there and does nothing
    door.do(95.0)
    assert door.kept == [VisitBegan(ONE, 95.0), PersonNamed(ONE, "Anna")]


def test_a_name_does_not_wait_for_somebody_else() -> None:
    door = Door()
    door.see(1.0)
    door.name("Anna", 20.0)
    door.see(20.1 + WAITING_S, person=False)
    door.do(21.0 + WAITING_S)
    assert [type(entry) for entry in door.kept] == [VisitBegan]


def test_who_goes_to_the_screen_to_type_names_the_visit_that_ended_meanwhile_and_the_next() -> None:
    door = Door()
    door.do(5.0)
    door.see(6.0)
    door.end()
    door.name("Anna", 40.0, visit=ONE)
    door.see(50.0)
    door.do(52.0)
    assert door.kept == [
        VisitBegan(ONE, 5.0),
        VisitEnded(ONE, 6.0),
        PersonNamed(ONE, "Anna"),
        VisitBegan(TWO, 52.0),
        PersonNamed(TWO, "Anna"),
    ]


def test_a_stranger_who_types_a_name_does_not_name_the_visit_before() -> None:
    door = Door()
    door.do(5.0)
    door.end()
    door.name("Ben", 40.0)
    door.do(45.0)
    assert PersonNamed(ONE, "Ben") not in door.kept
    assert door.kept[-1] == PersonNamed(TWO, "Ben")
    late = Door()
    late.do(5.0)
    late.end()
    with pytest.raises(NobodyError):
        late.name("Anna", 6.0 + LATE_S, visit=ONE)


def test_who_only_sits_there_has_ended_the_visit() -> None:
    door = Door()
    door.do(5.0)
    door.see(4.0 + IDLE_S)
    assert not door.visits.is_idle(4.0 + IDLE_S)
    door.see(6.0 + IDLE_S)
    assert door.visits.is_idle(6.0 + IDLE_S)
    door.end()
    assert door.kept[-1] == VisitEnded(ONE, 5.0)


def test_what_goes_on_for_hours_becomes_another_visit_of_the_same_name() -> None:
    door = Door()
    door.do(5.0)
    door.name("demo", 5.0)
    assert not door.visits.lasts_too_long(LONGEST_S)
    assert door.visits.lasts_too_long(6.0 + LONGEST_S)
    door.kept += door.visits.end(keeps_name=True)
    door.do(7.0 + LONGEST_S)
    assert door.kept[-1] == PersonNamed(TWO, "demo")


def test_a_name_typed_while_the_next_person_begins_is_not_theirs() -> None:
    door = Door()
    door.do(5.0)
    door.end()
    door.do(20.0)
    door.name("Anna", 25.0, visit=ONE)
    assert door.kept[-1] == PersonNamed(ONE, "Anna")
    assert door.visits.current(25.0) == Visiting(TWO, None)
    door.name("Ben", 26.0, visit=TWO)
    door.name("Ann", 27.0, visit=ONE)
    assert door.visits.current(27.0) == Visiting(TWO, "Ben")
    door.end()
    door.do(60.0)
    for unknown in (ONE, Id("before-7")):
        with pytest.raises(NobodyError):
            door.name("Cid", 61.0, visit=unknown)
    assert door.visits.current(61.0) == Visiting(Id("run-3"), None)
