"""The last minute in memory: as long as it should be, safe to read while it grows, and cheap."""

import sys
import threading

from hypothesis import given
from hypothesis import strategies as st

from kiosk.recent import KEPT_S, Recent
from tests.poses import figure


def test_a_minute_is_kept_oldest_first_and_no_more() -> None:
    recent, pose = Recent(), figure()
    for number in range(1000):
        recent.add(number / 8, pose if number % 3 else None)
    moments = recent.moments()
    kept = range(999 - int(KEPT_S * 8), 1000)
    assert [t_s for t_s, _ in moments] == [number / 8 for number in kept]
    assert [seen is pose for _, seen in moments] == [number % 3 != 0 for number in kept]


@given(st.lists(st.floats(0, 300), max_size=60))
def test_whatever_the_clock_does_the_times_grow_within_a_minute_and_the_newest_is_there(times_s: list[float]) -> None:
    recent = Recent()
    for t_s in times_s:
        recent.add(t_s, None)
        kept_s = [at_s for at_s, _ in recent.moments()]
        assert kept_s == sorted(kept_s)
        assert kept_s[-1] == t_s
        assert t_s - kept_s[0] <= KEPT_S


def test_it_is_read_whole_while_another_thread_adds() -> None:
    recent, pose = Recent(), figure()
    ended = threading.Event()

    def add() -> None:
        number = 0
        while not ended.is_set():
            recent.add(number * 0.1, pose)
            number += 1

    before_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=add)
    thread.start()
    try:
        for _ in range(300):
            times = [round(t_s * 10) for t_s, _ in recent.moments()]
            assert times == list(range(times[0], times[0] + len(times))) if times else True
    finally:
        ended.set()
        thread.join()
        sys.setswitchinterval(before_s)
