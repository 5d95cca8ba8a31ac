"""The dates of training on boxes whose clock is wrong: never out of order, right as soon as the clock is."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.dates import DAY_S, Boot, ClockOffset, believed_s, corrected, local, settled

YEAR_S = 365 * DAY_S
NOW_S = 56 * YEAR_S
"""Some day in 2026, as Unix time."""


def guess(offset_s: float) -> ClockOffset:
    return ClockOffset(offset_s, synchronised=False)


def sure(offset_s: float) -> ClockOffset:
    return ClockOffset(offset_s, synchronised=True)


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        pytest.param(guess(0), guess(0.4), guess(0), id="two looks are a little apart"),
        pytest.param(guess(0), guess(600), guess(600), id="somebody sets the clock by ten minutes"),
        pytest.param(guess(0), guess(50 * YEAR_S), guess(50 * YEAR_S), id="from 1970 to now"),
        pytest.param(guess(NOW_S), guess(NOW_S - YEAR_S), guess(NOW_S), id="set back by a year"),
        pytest.param(guess(NOW_S), guess(NOW_S - 600), guess(NOW_S), id="set back by ten minutes"),
        pytest.param(guess(0), sure(NOW_S), sure(NOW_S), id="the network sets it forward"),
        pytest.param(guess(NOW_S + YEAR_S), sure(NOW_S), sure(NOW_S), id="the network sets it back"),
        pytest.param(guess(NOW_S), sure(NOW_S + 0.3), sure(NOW_S + 0.3), id="the network finds it right"),
        pytest.param(sure(NOW_S), sure(NOW_S + 0.3), sure(NOW_S), id="and right again"),
        pytest.param(sure(NOW_S), sure(NOW_S + 60), sure(NOW_S + 60), id="the network finds it wrong again"),
        pytest.param(sure(NOW_S), guess(NOW_S), sure(NOW_S), id="the network goes away"),
        pytest.param(sure(NOW_S), guess(NOW_S + YEAR_S), sure(NOW_S), id="and then somebody sets it forward"),
        pytest.param(sure(NOW_S), guess(NOW_S - YEAR_S), sure(NOW_S), id="or back by a year"),
    ],
)
def test_which_clock_to_go_by(before: ClockOffset, now: ClockOffset, after: ClockOffset) -> None:
    assert corrected(before, now) == after


@pytest.mark.parametrize(
    ("boots", "begins_s"),
    [
        pytest.param([], [], id="nobody trained yet"),
        pytest.param([Boot(guess(0), 100, 200)], [100], id="1970, and nothing better is known"),
        pytest.param(
            [Boot(sure(NOW_S), 100, 200), Boot(sure(NOW_S + DAY_S), 10, 20)],
            [NOW_S + 100, NOW_S + DAY_S + 10],
            id="two days with a good clock",
        ),
        pytest.param(
            [Boot(sure(NOW_S), 100, 200), Boot(guess(0), 10, 60)],
            [NOW_S + 100, NOW_S + 200],
            id="the second starts in 1970: it comes after the first",
        ),
        pytest.param(
            [Boot(sure(NOW_S), 100, 200), Boot(guess(NOW_S + 150), 10, 60)],
            [NOW_S + 100, NOW_S + 200],
            id="the second starts at the last time that was saved",
        ),
        pytest.param(
            [Boot(guess(NOW_S), 100, 200), Boot(guess(0), 10, 60), Boot(guess(0), 10, 20)],
            [NOW_S + 100, NOW_S + 200, NOW_S + 250],
            id="two in a row start in 1970",
        ),
        pytest.param(
            [Boot(guess(NOW_S + 36 * YEAR_S), 100, 200), Boot(sure(NOW_S), 10, 60)],
            [NOW_S + 10 - 100, NOW_S + 10],
            id="somebody typed 2062 for 2026: put right once the network knows",
        ),
        pytest.param(
            [Boot(guess(NOW_S + YEAR_S), 0, 10), Boot(guess(0), 0, 20), Boot(sure(NOW_S), 10, 60)],
            [NOW_S + 10 - 30, NOW_S + 10 - 20, NOW_S + 10],
            id="a year ahead, then 1970, then the network",
        ),
        pytest.param(
            [Boot(sure(NOW_S), 100, 200), Boot(sure(NOW_S - YEAR_S), 10, 60)],
            [NOW_S + 100, NOW_S + 200],
            id="the network itself was a year wrong",
        ),
    ],
)
def test_when_the_boots_began(boots: list[Boot], begins_s: list[float]) -> None:
    offsets = settled(boots)
    assert [offset_s + boot.begin_s for offset_s, boot in zip(offsets, boots, strict=True)] == begins_s


clocks = st.builds(ClockOffset, st.integers(-(10**9), 4 * 10**9).map(float), st.booleans())
spans = st.tuples(st.integers(0, 10**6).map(float), st.integers(0, 10**6).map(float)).map(sorted)


@given(st.lists(st.builds(lambda clock, span: Boot(clock, *span), clocks, spans), max_size=6))
def test_boots_never_overlap_whatever_their_clocks_said(boots: list[Boot]) -> None:
    offsets = settled(boots)
    dated = [(offset_s + boot.begin_s, offset_s + boot.end_s) for offset_s, boot in zip(offsets, boots, strict=True)]
    for (begin_s, end_s), boot in zip(dated, boots, strict=True):
        assert end_s - begin_s == boot.end_s - boot.begin_s
    for (_, end_s), (begin_s, _) in pairwise(dated):
        assert begin_s >= end_s


def test_a_clock_fifty_years_ahead_ages_training_slowly_unless_the_network_set_it() -> None:
    ahead_s = NOW_S + 50 * YEAR_S
    assert believed_s(ahead_s, NOW_S, synchronised=True, another_day=True) == ahead_s
    assert believed_s(ahead_s, NOW_S, synchronised=False, another_day=False) == NOW_S
    assert believed_s(ahead_s, NOW_S, synchronised=False, another_day=True) == NOW_S + 7 * DAY_S
    assert believed_s(NOW_S + DAY_S, NOW_S, synchronised=False, another_day=True) == NOW_S + DAY_S
    assert believed_s(NOW_S, ahead_s, synchronised=False, another_day=True) == NOW_S
    assert believed_s(NOW_S, None, synchronised=False, another_day=True) == NOW_S


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A time zone with summer time."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
def test_local_time_knows_summer_time() -> None:
    winter, summer = local(1_774_745_999), local(1_774_746_000)
    assert (winter.isoformat(), summer.isoformat()) == ("2026-03-29T01:59:59+01:00", "2026-03-29T03:00:00+02:00")
    assert summer - winter == timedelta(seconds=1)
    autumn = [local(datetime.fromisoformat(f"2026-10-25T02:30:00+0{hours}:00").timestamp()) for hours in (2, 1)]
    assert [moment.utcoffset() for moment in autumn] == [timedelta(hours=2), timedelta(hours=1)]
    assert autumn[1] > autumn[0]
