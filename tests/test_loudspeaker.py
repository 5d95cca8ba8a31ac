"""The loudspeaker: what comes out of a device that is played in real time, and what is said when there is none.

This machine has no sound card, so `tests/fake_aplay.py` stands in for one; the real aplay plays into a file.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kiosk.sound import loudspeaker
from kiosk.sound.loudspeaker import Loudspeaker
from kiosk.sound.mixer import Cue
from kiosk.sound.waveform import RATE_HZ, Samples
from tests import fake_aplay
from tests.waiting import in_time

Act = Callable[[Loudspeaker], Coroutine[Any, Any, None]]
WITHIN_S = 10.0


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less, as far as waiting is not what a test is about."""
    monkeypatch.setattr(loudspeaker, "LINGER_S", 0.3)
    monkeypatch.setattr(loudspeaker, "RETRY_S", 0.0)


def flat(loudness: int, length_s: float) -> Samples:
    return np.full(round(length_s * RATE_HZ), loudness, np.int16)


def say(speaker: Loudspeaker, name: str, samples: Samples, danger: bool = False) -> None:
    speaker.mixer.say(asyncio.get_running_loop().time(), Cue(name, samples, int(danger), danger))
    speaker.play()


def tick(speaker: Loudspeaker, samples: Samples) -> None:
    speaker.mixer.tick(samples)
    speaker.play()


def heard(sound: Path) -> Samples:
    """All that came out of the device."""
    return np.frombuffer(b"".join(fake_aplay.heard(sound)), np.int16)


def levels(samples: Samples) -> list[int]:
    """The loudnesses that were heard for more than a hundredth of a second, in order, without silence."""
    edges = np.flatnonzero(np.diff(samples)) + 1
    runs = np.split(samples, edges)
    return [int(run[0]) for run in runs if len(run) > RATE_HZ / 100 and run[0]]


def during(act: Act) -> None:
    """Run a loudspeaker while `act` uses it."""

    async def run() -> None:
        speaker = Loudspeaker()
        running = asyncio.create_task(speaker.run())
        acting = asyncio.create_task(act(speaker))
        await asyncio.wait({running, acting}, return_when=asyncio.FIRST_COMPLETED)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await acting

    asyncio.run(run())


def test_a_tick_is_heard_within_a_sentence_from_a_device_that_plays_for_one_program_only(sound: Path) -> None:
    async def act(speaker: Loudspeaker) -> None:
        say(speaker, "sentence", flat(1000, 1.0))
        await in_time(lambda: len(heard(sound)) > 0.2 * RATE_HZ, "the sentence begins")
        tick(speaker, flat(5000, 0.08))
        await in_time(lambda: 6000 in heard(sound), "the tick is heard")
        assert speaker.fault is None
        await in_time(lambda: np.count_nonzero(heard(sound)) == RATE_HZ, "the sentence is heard whole")

    during(act)
    assert levels(heard(sound)) == [1000, 6000, 1000]
    assert np.count_nonzero(heard(sound) == 6000) == round(0.08 * RATE_HZ)


def test_a_danger_is_heard_at_once_instead_of_what_was_being_said(sound: Path) -> None:
    async def act(speaker: Loudspeaker) -> None:
        say(speaker, "long", flat(1000, 30.0))
        await in_time(lambda: 1000 in heard(sound), "the sentence begins")
        say(speaker, "danger", flat(7000, 0.3), danger=True)
        await in_time(lambda: np.count_nonzero(heard(sound) >= 7000) == round(0.3 * RATE_HZ), "the danger is heard")

    during(act)
    assert levels(heard(sound)) == [1000, 7000]


def test_the_player_goes_on_between_two_ticks_and_ends_when_it_is_quiet(
    sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(speaker: Loudspeaker) -> None:
        monkeypatch.setattr(loudspeaker, "LINGER_S", 1000.0)
        for count in (1, 2):
            tick(speaker, flat(5000, 0.08))
            await in_time(lambda: np.count_nonzero(heard(sound)) == count * round(0.08 * RATE_HZ), "a tick")  # noqa: B023
        assert len(fake_aplay.heard(sound)) == 1
        monkeypatch.setattr(loudspeaker, "LINGER_S", 0.0)
        await in_time(lambda: speaker._player is None, "the player ends")
        tick(speaker, flat(5000, 0.08))
        await in_time(lambda: len(fake_aplay.heard(sound)) == 2, "another one is started")

    during(act)


def test_hushing_ends_what_is_heard_at_once_and_is_no_fault(sound: Path) -> None:
    async def act(speaker: Loudspeaker) -> None:
        say(speaker, "long", flat(1000, 30.0))
        await in_time(lambda: 1000 in heard(sound), "the sentence begins")
        speaker.hush()
        await in_time(lambda: speaker._player is None, "the player ends")
        assert speaker.fault is None
        length = len(heard(sound))
        assert length < 15 * RATE_HZ
        tick(speaker, flat(5000, 0.08))
        await in_time(lambda: 5000 in heard(sound), "the next sound")
        assert 1000 not in np.frombuffer(fake_aplay.heard(sound)[-1], np.int16)

    during(act)


def test_without_a_device_there_is_a_notice_and_a_device_that_comes_back_is_found(sound: Path) -> None:
    async def act(speaker: Loudspeaker) -> None:
        for mode, notice in (("none", "voice_no_device"), ("plays", None), ("none", "voice_no_device")):
            (sound / "mode").write_text(mode)
            tick(speaker, flat(5000, 0.08))
            await in_time(lambda: (speaker.fault and speaker.fault.key) == notice, f"{mode}: {notice}")  # noqa: B023
            await in_time(lambda: speaker._player is None, "the player ends")

    during(act)


def test_a_device_that_is_not_there_is_not_tried_again_at_once(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loudspeaker, "RETRY_S", 1000.0)

    async def act(speaker: Loudspeaker) -> None:
        (sound / "mode").write_text("none")
        tick(speaker, flat(5000, 0.08))
        await in_time(lambda: speaker.fault is not None, "the notice")
        (sound / "mode").write_text("plays")
        tick(speaker, flat(5000, 0.08))
        await in_time(lambda: speaker.mixer.silent, "the tick is dropped")
        assert not fake_aplay.heard(sound)
        speaker.try_again()
        tick(speaker, flat(5000, 0.08))
        await in_time(lambda: 5000 in heard(sound), "asked to, it tries again")

    during(act)


def test_that_there_is_no_sound_is_logged_once_and_not_at_each_sentence(
    sound: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (sound / "mode").write_text("ends slowly")

    async def act(speaker: Loudspeaker) -> None:
        for _ in range(3):
            say(speaker, "sentence", flat(1000, 1.0))
            await in_time(lambda: speaker.mixer.silent and speaker._player is None, "the sentence is given up")
            assert speaker.fault is not None

    during(act)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_device_that_is_unplugged_while_it_plays_is_a_notice(sound: Path) -> None:
    async def act(speaker: Loudspeaker) -> None:
        say(speaker, "long", flat(1000, 30.0))
        await in_time(lambda: 1000 in heard(sound) and speaker.fault is None, "the sentence begins")
        assert speaker._player is not None
        speaker._player._process.terminate()
        await in_time(lambda: speaker.fault is not None, "the notice")
        assert speaker.mixer.silent, "what is late is not said"

    during(act)


def test_another_programs_device_is_told_apart(sound: Path) -> None:
    async def act(speaker: Loudspeaker) -> None:
        other = await asyncio.create_subprocess_exec(*loudspeaker._COMMAND, stdin=asyncio.subprocess.PIPE)
        await in_time(lambda: bool(list(sound.glob("heard-*.raw"))), "another program has the device")
        tick(speaker, flat(5000, 0.08))
        await in_time(lambda: speaker.fault is not None, "the notice")
        assert speaker.fault and speaker.fault.key == "voice_device_busy"
        other.kill()
        await other.wait()

    during(act)


def test_a_hung_player_is_killed_and_the_next_one_plays(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loudspeaker, "HUNG_S", 0.3)
    (sound / "mode").write_text("hangs")

    async def act(speaker: Loudspeaker) -> None:
        say(speaker, "sentence", flat(1000, 30.0))
        await in_time(lambda: speaker._player is not None, "a player")
        assert speaker._player is not None
        process = speaker._player._process
        await in_time(lambda: speaker.fault is not None, "the notice")
        await asyncio.wait_for(process.wait(), WITHIN_S)
        assert process.returncode == -9
        monkeypatch.setattr(loudspeaker, "HUNG_S", 20.0)  # the next one may take its time to start
        (sound / "mode").write_text("plays")
        tick(speaker, flat(5000, 0.08))
        await in_time(lambda: 5000 in heard(sound) and speaker.fault is None, "the next sound")

    during(act)


def test_without_the_program_the_notice_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    async def act(speaker: Loudspeaker) -> None:
        tick(speaker, flat(5000, 0.08))
        await in_time(lambda: speaker.fault is not None, "the notice")
        assert speaker.fault and "alsa-utils" in speaker.fault.say("en")

    during(act)


def alsa(folder: Path, monkeypatch: pytest.MonkeyPatch, config: str) -> None:
    """Let the real ALSA know these devices alone."""
    (folder / "alsa.conf").write_text(config)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(folder / "alsa.conf"))


def test_the_real_aplay_plays_just_what_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shutil.which("aplay"), "the tests need alsa-utils"
    out = tmp_path / "out.raw"
    alsa(tmp_path, monkeypatch, f"pcm.default {{ type file file {out} format raw slave.pcm {{ type null }} }}")
    sentence = (9000 * np.sin(np.arange(RATE_HZ // 2) / 9)).astype(np.int16)

    async def act(speaker: Loudspeaker) -> None:
        say(speaker, "sentence", sentence)
        await in_time(lambda: out.exists() and out.stat().st_size > 0, "aplay plays")
        await in_time(lambda: speaker._player is None, "the player ends")
        assert speaker.fault is None

    during(act)
    played = np.frombuffer(out.read_bytes(), np.int16)
    begin = int(np.flatnonzero(played)[0]) - 1
    assert np.array_equal(played[begin : begin + len(sentence)], sentence)
    assert not played[begin + len(sentence) :].any()


def test_the_real_aplay_without_a_device_is_a_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alsa(tmp_path, monkeypatch, "")

    async def act(speaker: Loudspeaker) -> None:
        tick(speaker, flat(5000, 0.08))
        await in_time(lambda: speaker.fault is not None, "the notice")
        assert speaker.fault and speaker.fault.key == "voice_no_device"

    during(act)


def test_the_stand_in_takes_no_option_that_aplay_lacks() -> None:
    real = os.popen("aplay --help").read()
    for option in loudspeaker._COMMAND[1:]:
        if option.startswith("-"):
            assert re.search(rf"(^|\s){re.escape(option.partition('=')[0])}[,=\s]", real), option
