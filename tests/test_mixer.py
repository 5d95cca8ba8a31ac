"""What is heard when: sentences one at a time, the most urgent first, and ticks beside them."""

from collections.abc import Iterable
from itertools import groupby

import numpy as np
import pytest

from kiosk.sound.mixer import COOLDOWN_S, FADE_S, GAP_S, WAIT_S, Cue, Mixer
from kiosk.sound.waveform import RATE_HZ, Samples

STEP_S = 0.05
LEVELS = {"info": 0, "caution": 1, "danger": 2}


def sound(loudness: int, length_s: float) -> Samples:
    """A flat sound, so that the numbers that are heard tell which sounds they are made of."""
    return np.full(round(length_s * RATE_HZ), loudness, np.int16)


def cue(name: str, loudness: int, level: str = "caution", length_s: float = 1.0) -> Cue:
    return Cue(name, sound(loudness, length_s), LEVELS[level], danger=level == "danger")


def listen(mixer: Mixer, until_s: float, events: Iterable[tuple[float, Cue]] = ()) -> list[tuple[int, float]]:
    """Play until then, each cue said at its time; return each loudness with the seconds for which it was heard."""
    coming = sorted(events, key=lambda event: event[0])
    pieces = []
    for step in range(round(until_s / STEP_S)):
        t_s = step * STEP_S
        while coming and coming[0][0] <= t_s + 1e-9:
            mixer.say(t_s, coming.pop(0)[1])
        pieces.append(mixer.take(t_s, round(STEP_S * RATE_HZ)))
    return [(int(level), round(len(list(run)) / RATE_HZ, 1)) for level, run in groupby(np.concatenate(pieces))]


def order(heard: list[tuple[int, float]]) -> list[int]:
    """The sentences in the order in which they began, without silence and fades."""
    return [level for level, length_s in heard if level > 0 and length_s >= 0.1]


def test_a_sentence_is_heard_whole_and_then_nothing() -> None:
    mixer = Mixer()
    assert listen(mixer, 3.0, [(0.5, cue("a", 100))]) == [(0, 0.5), (100, 1.0), (0, 1.5)]
    assert mixer.silent


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param([(0, "danger", 1), (0.5, "caution", 2)], [1, 2], id="a lesser one waits for a danger"),
        pytest.param([(0, "caution", 1), (0.5, "caution", 2)], [1, 2], id="an equal one waits"),
        pytest.param([(0, "danger", 1), (0.5, "danger", 2)], [1, 2], id="a danger does not cut off a danger"),
        pytest.param([(0, "info", 1), (0.5, "caution", 2)], [1, 2], id="a caution cuts nothing off"),
        pytest.param([(0, "caution", 1), (0.2, "info", 2), (0.4, "info", 3)], [1, 3], id="the newest waits, one only"),
        pytest.param([(0, "info", 1), (0.2, "caution", 2), (0.4, "info", 3)], [1, 2], id="the most urgent waits"),
        pytest.param([(0, "info", 1), (0.2, "info", 2), (0.4, "caution", 3)], [1, 3], id="a more urgent takes over"),
        pytest.param([(0, "caution", 1), (0.2, "caution", 1)], [1], id="not twice while it is said"),
        pytest.param([(0, "caution", 1), (COOLDOWN_S - 0.1, "caution", 1)], [1], id="not again at once"),
        pytest.param([(0, "caution", 1), (COOLDOWN_S + 0.1, "caution", 1)], [1, 1], id="again after a while"),
    ],
)
def test_the_order_of_sentences(said: list[tuple[float, str, int]], expected: list[int]) -> None:
    events = [(t_s, cue(str(loudness), loudness, level)) for t_s, level, loudness in said]
    assert order(listen(Mixer(), 8.0, events)) == expected


def test_a_danger_cuts_off_what_is_being_said_and_that_does_not_come_back() -> None:
    heard = listen(Mixer(), 5.0, [(0, cue("lesser", 100, length_s=2.0)), (1.0, cue("danger", 9000, "danger"))])
    assert heard[0] == (100, 1.0)
    assert order(heard) == [100, 9000]
    begins_s = sum(length_s for level, length_s in heard[: [level for level, _ in heard].index(9000)])
    assert begins_s == pytest.approx(1.0, abs=FADE_S + 0.01), "a danger waits for nothing"


def test_only_a_danger_need_not_keep_the_pause() -> None:
    def silence_between(second: str) -> float:
        heard = listen(Mixer(), 5.0, [(0, cue("a", 100)), (1.2, cue("b", 200, second))])
        levels = [level for level, _ in heard]
        return sum(length_s for level, length_s in heard[levels.index(100) : levels.index(200)] if level == 0)

    assert silence_between("caution") == pytest.approx(GAP_S, abs=STEP_S)
    assert silence_between("danger") == pytest.approx(0.2, abs=STEP_S)


def test_what_waited_too_long_is_not_said_any_more() -> None:
    long = cue("long", 100, "danger", length_s=WAIT_S + 1)
    assert order(listen(Mixer(), 8.0, [(0, long), (0.5, cue("late", 200, "danger"))])) == [100]


def test_a_warning_that_is_over_is_not_said_any_more() -> None:
    mixer = Mixer()
    mixer.say(0.0, cue("first", 100))
    mixer.take(0.0, 100)
    mixer.say(0.1, cue("second", 200))
    mixer.withdraw("another")
    assert not mixer.silent
    mixer.withdraw("second")
    mixer.withdraw("first")
    assert order(listen(mixer, 4.0)) == [100], "what is being said is said to its end"


def test_a_tick_is_heard_at_once_on_top_of_speech() -> None:
    mixer = Mixer()
    mixer.say(0.0, cue("speech", 1000))
    mixer.take(0.0, RATE_HZ // 2)
    mixer.tick(sound(5000, 0.08))
    mixer.tick(sound(300, 0.02))
    heard = mixer.take(0.5, RATE_HZ // 2)
    assert heard[0] == 6300
    assert np.count_nonzero(heard >= 6000) == round(0.08 * RATE_HZ)
    assert np.count_nonzero(heard == 1000) == RATE_HZ // 2 - round(0.08 * RATE_HZ)


def test_loud_sounds_together_do_not_wrap_round() -> None:
    mixer = Mixer()
    for _ in range(3):
        mixer.tick(sound(30_000, 0.1))
    assert set(mixer.take(0.0, 100)) == {32_767}


def test_clear_forgets_everything() -> None:
    mixer = Mixer()
    mixer.say(0.0, cue("a", 100))
    mixer.take(0.0, 10)
    mixer.say(0.1, cue("b", 200))
    mixer.tick(sound(5, 1.0))
    mixer.clear()
    assert mixer.silent
    assert not mixer.take(0.2, 100).any()
    mixer.say(0.3, cue("a", 100))
    assert mixer.take(0.3, 1)[0] == 100, "and may say it again"
