"""Sessions and guesses over time; the time is the test's."""

import pytest

from kiosk.web.sessions import FORGIVEN_S, LONGEST_WAIT_S, Attempts, Sessions

PIN, OTHER_PIN = b"salt", b"other salt"


@pytest.mark.parametrize(
    ("uses_s", "asked_s", "is_open"),
    [
        ([], 99, True),
        ([], 100, False),
        ([90], 189, True),
        ([90], 190, False),
        ([90, 180, 270], 369, True),
        ([90, 190], 200, False),
        ([], -50, True),
    ],
)
def test_a_session_ends_when_it_was_long_not_used(uses_s: list[float], asked_s: float, is_open: bool) -> None:
    sessions = Sessions(idle_s=100, most=9)
    token = sessions.open(PIN, 0.0)
    for use_s in uses_s:
        sessions.is_open(token, PIN, use_s)
    assert sessions.is_open(token, PIN, asked_s) == is_open


def test_a_look_without_use_keeps_nothing_open() -> None:
    sessions = Sessions(idle_s=100, most=9)
    token = sessions.open(PIN, 0.0)
    assert sessions.is_open(token, PIN, 90.0, use=False)
    assert not sessions.is_open(token, PIN, 110.0)


def test_tokens_are_long_and_each_opens_its_own() -> None:
    sessions = Sessions(idle_s=100, most=9)
    tokens = {sessions.open(PIN, 0.0) for _ in range(5)}
    assert len(tokens) == 5 and all(len(token) >= 43 for token in tokens)
    gone = tokens.pop()
    sessions.close(gone)
    sessions.close("never there \udcff")
    assert not sessions.is_open(gone, PIN, 1.0)
    assert all(sessions.is_open(token, PIN, 1.0) for token in tokens)
    assert not sessions.is_open("", PIN, 1.0)
    assert not sessions.is_open(gone[:-1], PIN, 1.0)


def test_a_new_pin_ends_the_sessions_of_the_old() -> None:
    sessions = Sessions(idle_s=100, most=9)
    token = sessions.open(PIN, 0.0)
    assert not sessions.is_open(token, OTHER_PIN, 1.0)
    assert not sessions.is_open(token, PIN, 1.0), "the old PIN does not bring it back"


def test_too_many_sessions_end_the_one_used_longest_ago() -> None:
    sessions = Sessions(idle_s=100, most=3)
    first, second, third = (sessions.open(PIN, float(at_s)) for at_s in range(3))
    sessions.is_open(first, PIN, 10.0)
    fourth = sessions.open(PIN, 11.0)
    assert not sessions.is_open(second, PIN, 12.0)
    assert all(sessions.is_open(token, PIN, 12.0) for token in (first, third, fourth))


def test_kept_sessions_open_again_and_hold_no_token() -> None:
    sessions = Sessions(idle_s=100, most=9)
    token = sessions.open(PIN, 50.0)
    kept = sessions.to_json()
    assert token not in kept
    again = Sessions(idle_s=100, most=9)
    again.restore(kept)
    assert again.is_open(token, PIN, 149.0, use=False)
    assert not again.is_open(token, PIN, 150.0)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "null", '{"a": 1}', '{"a": ["zz", 1]}', '{"a": ["00", "x"]}', "[" * 9999]
)
def test_damaged_kept_sessions_open_nothing(text: str) -> None:
    sessions = Sessions(idle_s=100, most=9)
    with pytest.raises(ValueError):
        sessions.restore(text)
    assert not sessions.is_open("a", b"", 0.0)


def test_a_use_is_written_down_seldom() -> None:
    sessions = Sessions(idle_s=100, most=9, stamp_s=10)
    token = sessions.open(PIN, 0.0)
    written = []
    for now_s in range(35):
        sessions.changed = False
        assert sessions.is_open(token, PIN, float(now_s))
        written += [now_s] if sessions.changed else []
    assert written == [11, 22, 33]
    sessions.changed = False
    sessions.close("unknown")
    assert not sessions.changed
    sessions.close(token)
    assert sessions.changed


def test_a_session_outlasts_a_start_whose_clock_is_behind() -> None:
    sessions = Sessions(idle_s=30, most=9, stamp_s=1)
    token = sessions.open(PIN, 200.0)
    again = Sessions(idle_s=30, most=9, stamp_s=1)
    again.restore(sessions.to_json())
    assert again.is_open(token, PIN, 100.0), "a power cut, and no clock that runs on"
    assert again.is_open(token, PIN, 205.0), "the network has told the time"
    assert not again.is_open(token, PIN, 235.0)


def test_waits_grow_with_wrong_pins_to_the_longest() -> None:
    attempts = Attempts(free=3)
    now_s, waits = 0.0, []
    for _ in range(14):
        attempts.wrong("phone", now_s)
        waits.append(attempts.wait_s("phone", now_s))
        now_s += waits[-1]
        assert attempts.wait_s("phone", now_s) == 0.0
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, *[LONGEST_WAIT_S] * 3]


def test_a_guesser_gets_few_guesses_a_day() -> None:
    attempts = Attempts(free=5)
    now_s, guesses = 0.0, 0
    while now_s < 24 * 3600:
        now_s += attempts.wait_s("guesser", now_s)
        attempts.wrong("guesser", now_s)
        guesses += 1
        now_s += 0.1
    assert guesses < 310


def test_waits_are_each_clients_own_and_end() -> None:
    attempts = Attempts(free=1)
    for _ in range(9):
        attempts.wrong("guesser", 0.0)
    assert attempts.wait_s("guesser", 1.0) > 0
    assert attempts.wait_s("coach", 1.0) == 0
    assert attempts.wait_s("guesser", FORGIVEN_S) == 0
    attempts.wrong("guesser", FORGIVEN_S)
    assert attempts.wait_s("guesser", FORGIVEN_S) == 1.0, "it begins anew"
    attempts.right("guesser")
    attempts.right("coach")
    assert attempts.wait_s("guesser", FORGIVEN_S) == 0


def test_the_memory_of_guesses_is_bounded_and_forgets_the_oldest() -> None:
    attempts = Attempts(free=1, most=2)
    for client, now_s in (("a", 0.0), ("b", 1.0), ("a", 2.0), ("c", 3.0)):
        attempts.wrong(client, now_s)
    assert attempts.wait_s("b", 3.0) == 0
    assert attempts.wait_s("a", 3.0) > 0
    assert attempts.wait_s("c", 3.0) > 0
