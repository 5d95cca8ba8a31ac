"""Every frame while somebody is there, some a second while nobody is."""

from kiosk.attention import LEFT_S, LOOK_HZ, Attention


def test_all_frames_until_somebody_has_been_away_for_a_while() -> None:
    attention = Attention()
    assert attention.look(100.0, somebody=False) is None, "the first seconds are for whoever is there already"
    assert attention.look(100.0 + LEFT_S, somebody=False) is None
    assert attention.look(100.1 + LEFT_S, somebody=False) == LOOK_HZ
    assert attention.look(200.0, somebody=False) == LOOK_HZ


def test_all_frames_as_soon_as_somebody_is_seen() -> None:
    attention = Attention()
    attention.look(0.0, somebody=False)
    assert attention.look(60.0, somebody=False) == LOOK_HZ
    assert attention.look(60.2, somebody=True) is None
    assert attention.look(60.2 + LEFT_S, somebody=False) is None, "a pose that is lost for a moment changes nothing"
    assert attention.look(60.3 + LEFT_S, somebody=False) == LOOK_HZ


def test_a_recording_that_begins_again() -> None:
    attention = Attention()
    attention.look(1000.0, somebody=True)
    assert attention.look(0.0, somebody=False) is None
    assert attention.look(LEFT_S + 0.1, somebody=False) == LOOK_HZ
