"""The kiosk's voice as a whole: real speech, the real mixer, a stand-in for the sound card that plays in real time."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
from aiohttp import web

from kiosk.coaching.events import Event, HoldEvent, RepEvent, SetEvent, WarningEvent
from kiosk.config import VoiceSettings
from kiosk.rules.library import Library
from kiosk.sound import espeak, loudspeaker, mixer, voice
from kiosk.sound.mixer import FADE_S
from kiosk.sound.voice import Voice
from kiosk.sound.waveform import RATE_HZ, Samples, from_wav
from kiosk.web import voice as web_voice
from kiosk.words import Language
from tests import exercises, fake_aplay
from tests.waiting import in_time

Act = Callable[[Voice], Coroutine[Any, Any, None]]
WITHIN_S = 20.0
FADE = int(FADE_S * RATE_HZ)
SENTENCES = 2 * 4
"""What the squat and the kiosk itself say, in each language."""


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often, and try again at once."""
    monkeypatch.setattr(voice, "LOOK_S", 0.02)
    monkeypatch.setattr(voice, "RETRY_S", 0.1)
    monkeypatch.setattr(loudspeaker, "RETRY_S", 0.0)


def write(tmp_path: Path, *changes: tuple[str, str]) -> Library:
    """A library with the squat, with changes, in tmp_path."""
    (tmp_path / "exercises").mkdir(exist_ok=True)
    (tmp_path / "exercises" / "squat.yaml").write_text(exercises.changed(*changes), encoding="utf-8")
    library = Library(tmp_path / "exercises")
    library.refresh()
    return library


def made(tmp_path: Path, library: Library, language: Language = "en", **settings: Any) -> Voice:
    return Voice(library=library, settings=VoiceSettings(**settings), language=language, folder=tmp_path / "voice")


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all sentences of the squat."""
    folder = tmp_path_factory.mktemp("spoken")
    library = write(folder)

    async def act(_: Voice) -> None:
        await in_time(lambda: len(clips(folder)) == SENTENCES, "every sentence has a file")

    during(lambda: made(folder, library), act)
    return folder / "voice"


@pytest.fixture
def spoken(made_once: Path, tmp_path: Path) -> None:
    """All sentences have been spoken before."""
    shutil.copytree(made_once, tmp_path / "voice")


def during(speech: Callable[[], Voice], act: Act) -> None:
    """Run the voice while `act` uses it."""

    async def run() -> None:
        speaking = speech()
        running = asyncio.create_task(speaking.run())
        acting = asyncio.create_task(act(speaking))
        await asyncio.wait({running, acting}, return_when=asyncio.FIRST_COMPLETED)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await acting

    asyncio.run(run())


def warning(number: int, on: bool = True, speak: bool = True) -> WarningEvent:
    """The squat's `number`th warning."""
    return WarningEvent(1.0, exercises.exercise().warnings[number], on=on, rep=1, speak=speak)


def rep(partial: bool = False) -> RepEvent:
    return RepEvent(
        t_s=1.0, begin_s=0.0, onset_s=0.0, number=1, partial=partial, out_s=1.0, back_s=1.0, lowest={}, highest={}
    )


SET_DONE = SetEvent(1.0, 1, 3, 10, 0, None, 1.0, 1.0, None, None)


def file_of(speech: Voice, tmp_path: Path, event: Event, language: Language) -> Samples | None:
    """The sound that a phone would fetch for `event`."""
    address = speech.audio_json(event)["audio"][language]
    return None if address is None else from_wav((tmp_path / address.removeprefix("/")).read_bytes())


def clips(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "voice").glob("*.wav") if path.stem not in {"tick", "partial"}]


def heard(sound: Path) -> Samples:
    return np.frombuffer(b"".join(fake_aplay.heard(sound)), np.int16)


def is_heard(sound: Path, samples: Samples | None) -> bool:
    """Whether just these samples came out of the loudspeaker, without a gap and nothing mixed in."""
    assert samples is not None
    return samples.tobytes() in heard(sound).tobytes()


def test_every_sentence_is_spoken_once_and_stays_for_the_next_start(tmp_path: Path, sound: Path) -> None:
    library = write(tmp_path)

    async def act(speech: Voice) -> None:
        await in_time(lambda: len(clips(tmp_path)) == SENTENCES, "every sentence has a file")
        await in_time(
            lambda: speech.to_json() == {"muted": False, "available": True, "reason": None}, "it is available"
        )
        for event in (warning(0), warning(1), warning(2), SET_DONE):
            english, chinese = (file_of(speech, tmp_path, event, language) for language in ("en", "zh"))
            assert english is not None and chinese is not None
            assert not np.array_equal(english, chinese)
        assert speech.audio_json(HoldEvent(11.0, 1.0, 10.0)) == {}

    during(lambda: made(tmp_path, library), act)
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "voice").iterdir()}

    async def again(speech: Voice) -> None:
        await in_time(lambda: file_of(speech, tmp_path, SET_DONE, "zh") is not None, "the files are found")
        await in_time(lambda: speech.to_json()["available"], "the loudspeaker answers")

    during(lambda: made(tmp_path, library), again)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "voice").iterdir()} == written


@pytest.mark.usefixtures("spoken")
def test_the_box_says_warnings_in_its_language_and_ticks_repetitions(
    tmp_path: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixer, "GAP_S", 0.0)
    library = write(tmp_path)

    async def act(speech: Voice) -> None:
        await in_time(lambda: file_of(speech, tmp_path, SET_DONE, "en") is not None, "the files are found")
        speech.give(rep())
        await in_time(lambda: is_heard(sound, file_of(speech, tmp_path, rep(), "en")), "a tick")
        speech.give(rep(partial=True))
        await in_time(lambda: is_heard(sound, file_of(speech, tmp_path, rep(partial=True), "en")), "a softer tick")
        speech.give(warning(1, speak=False))
        speech.give(warning(2))
        await in_time(lambda: is_heard(sound, file_of(speech, tmp_path, warning(2), "zh")), "the warning")
        speech.give(SET_DONE)
        await in_time(lambda: is_heard(sound, file_of(speech, tmp_path, SET_DONE, "zh")), "the end of the set")
        assert not is_heard(sound, file_of(speech, tmp_path, warning(1), "zh")), "it was not to be spoken"

    during(lambda: made(tmp_path, library, "zh"), act)


@pytest.mark.usefixtures("spoken")
def test_a_danger_is_heard_before_what_waits_and_a_warning_that_is_over_is_not(tmp_path: Path, sound: Path) -> None:
    library = write(tmp_path)

    async def act(speech: Voice) -> None:
        await in_time(lambda: file_of(speech, tmp_path, SET_DONE, "en") is not None, "the files are found")
        speech.give(warning(1))
        await in_time(lambda: bool(heard(sound).any()), "the caution begins")
        speech.give(warning(0))
        danger, caution = (file_of(speech, tmp_path, warning(number), "en") for number in (0, 1))
        assert danger is not None and caution is not None
        await in_time(lambda: is_heard(sound, danger[FADE:]), "the danger")
        assert not is_heard(sound, caution[-len(caution) // 2 :]), "the caution was cut off"
        speech.give(warning(2))
        await in_time(lambda: not speech._loudspeaker.mixer.silent, "the next one waits for the pause")
        speech.give(warning(2, on=False))
        assert speech._loudspeaker.mixer.silent

    during(lambda: made(tmp_path, library), act)


@pytest.mark.usefixtures("spoken")
def test_a_changed_sentence_is_spoken_anew(tmp_path: Path, sound: Path) -> None:
    library = write(tmp_path)

    async def act(speech: Voice) -> None:
        await in_time(lambda: file_of(speech, tmp_path, SET_DONE, "en") is not None, "the files are found")
        path = tmp_path / "exercises" / "squat.yaml"
        path.write_text(exercises.changed(("Go a little deeper", "Sit down lower")), encoding="utf-8")
        library.refresh()
        event = WarningEvent(1.0, library.exercises["squat"].warnings[2], on=True, rep=1, speak=True)
        assert speech.audio_json(event)["audio"]["en"] is None
        await in_time(lambda: file_of(speech, tmp_path, event, "en") is not None, "the new sentence has a file")
        assert len(clips(tmp_path)) == SENTENCES + 1, "the old one may come back"

    during(lambda: made(tmp_path, library), act)


@pytest.mark.usefixtures("spoken")
def test_muting_ends_what_is_heard_and_lasts_over_a_restart(tmp_path: Path, sound: Path) -> None:
    library = write(tmp_path)

    async def act(speech: Voice) -> None:
        await in_time(lambda: file_of(speech, tmp_path, SET_DONE, "en") is not None, "the files are found")
        speech.give(warning(0))
        await in_time(lambda: bool(heard(sound).any()), "the warning begins")
        await speech.mute(True)
        await in_time(lambda: speech._loudspeaker._player is None, "the player ends")
        assert not is_heard(sound, file_of(speech, tmp_path, warning(0), "en"))
        assert speech.to_json() == {"muted": True, "available": True, "reason": None}

    during(lambda: made(tmp_path, library), act)
    players = len(fake_aplay.heard(sound))

    async def muted(speech: Voice) -> None:
        assert speech.to_json()["muted"]
        await in_time(lambda: speech.audio_json(rep())["audio"]["en"] is not None, "phones may still hear")
        speech.give(rep())
        speech.give(warning(0))
        await asyncio.sleep(0)
        assert speech._loudspeaker.mixer.silent
        assert len(fake_aplay.heard(sound)) == players, "the device is left alone"
        await speech.mute(False)
        await in_time(lambda: is_heard(sound, file_of(speech, tmp_path, rep(), "en")), "a tick tells that it works")

    during(lambda: made(tmp_path, library), muted)
    assert not made(tmp_path, library).to_json()["muted"]


def test_without_espeak_it_ticks_and_says_what_to_install_and_speaks_once_it_is_there(
    tmp_path: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = write(tmp_path)
    monkeypatch.setattr(espeak, "PROGRAM", "espeak-ng-that-is-not-here")

    async def act(speech: Voice) -> None:
        await in_time(lambda: speech.to_json()["reason"] is not None, "the notice")
        assert "apt install espeak-ng" in speech.to_json()["reason"]["en"]
        assert "espeak-ng" in speech.to_json()["reason"]["zh"]
        speech.give(warning(0))
        speech.give(rep())
        await in_time(lambda: is_heard(sound, file_of(speech, tmp_path, rep(), "en")), "a tick")
        assert speech.audio_json(warning(0)) == {"audio": {"en": None, "zh": None}}
        monkeypatch.setattr(espeak, "PROGRAM", "espeak-ng")
        await in_time(lambda: speech.to_json()["available"], "all is well")
        assert len(clips(tmp_path)) == SENTENCES

    during(lambda: made(tmp_path, library), act)


def test_one_sentence_that_fails_is_named_and_the_others_are_spoken(
    tmp_path: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "espeak-ng"
    real = shutil.which("espeak-ng")
    program.write_text(f'#!/bin/sh\n[ "$2" = en-us ] && exec {real} "$@"\necho "no Chinese here" >&2\nexit 1\n')
    program.chmod(0o755)
    library = write(tmp_path)

    async def act(speech: Voice) -> None:
        await in_time(lambda: speech.to_json()["reason"] is not None, "the notice")
        assert "no Chinese here" in speech.to_json()["reason"]["en"]
        assert len(clips(tmp_path)) == SENTENCES // 2
        program.unlink()
        await in_time(lambda: len(clips(tmp_path)) == SENTENCES and speech.to_json()["available"], "tried again")

    during(lambda: made(tmp_path, library), act)


def test_a_folder_that_takes_no_files_is_a_notice_and_tried_again(tmp_path: Path, sound: Path) -> None:
    (tmp_path / "voice").write_text("a file where the folder should be")
    library = write(tmp_path)

    async def act(speech: Voice) -> None:
        await in_time(lambda: speech.to_json()["reason"] is not None, "the notice")
        assert "can't be stored" in speech.to_json()["reason"]["en"]
        await speech.mute(True)
        assert speech.to_json()["muted"], "muting works without the disk"
        (tmp_path / "voice").unlink()
        await in_time(lambda: len(clips(tmp_path)) == SENTENCES and speech.to_json()["available"], "tried again")

    during(lambda: made(tmp_path, library), act)


def test_a_voice_that_is_switched_off_does_nothing_and_says_so(tmp_path: Path, sound: Path) -> None:
    library = write(tmp_path)

    async def act(speech: Voice) -> None:
        speech.give(rep())
        speech.give(warning(0))
        await asyncio.sleep(0.2)
        assert not speech.to_json()["available"]
        assert "kiosk.yaml" in speech.to_json()["reason"]["en"]
        assert speech.audio_json(rep()) == {"audio": {"en": None, "zh": None}}

    during(lambda: made(tmp_path, library, enabled=False), act)
    assert not (tmp_path / "voice").exists()
    assert not fake_aplay.heard(sound)


@asynccontextmanager
async def served(speech: Voice) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    app = web.Application()
    app[web_voice.VOICE] = speech
    app.add_routes(web_voice.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        yield session, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.usefixtures("spoken")
def test_the_files_are_served_in_parts_too_and_nothing_else_is(tmp_path: Path, sound: Path) -> None:
    library = write(tmp_path)

    async def act(speech: Voice) -> None:
        await in_time(lambda: file_of(speech, tmp_path, SET_DONE, "en") is not None, "the files are found")
        (tmp_path / "voice" / "deadbeef.wav").write_text("not ours")
        address = speech.audio_json(warning(0))["audio"]["en"]
        async with served(speech) as (session, site):
            async with session.get(site + address) as answer:
                assert (answer.status, answer.content_type) == (200, "audio/wav")
                assert "immutable" in answer.headers["Cache-Control"]
                whole = await answer.read()
            assert np.array_equal(from_wav(whole), file_of(speech, tmp_path, warning(0), "en"))  # type: ignore[arg-type]
            async with session.get(site + address, headers={"Range": "bytes=100-199"}) as answer:
                assert (answer.status, await answer.read()) == (206, whole[100:200])
            async with session.get(site + "/voice/tick.wav") as answer:
                assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")
            for odd in (
                "deadbeef.wav",
                "muted",
                "tick.part",
                "..%2Fmuted",
                "%2e%2e/exercises/squat.yaml",
                "0" * 32 + ".wav",
            ):
                async with session.get(f"{site}/voice/{odd}") as answer:
                    assert answer.status == 404, odd

    during(lambda: made(tmp_path, library), act)


def test_muting_over_http(tmp_path: Path, sound: Path) -> None:
    library = write(tmp_path)

    async def ask(speech: Voice, body: object) -> tuple[int, Any]:
        async with served(speech) as (session, site), session.post(site + "/api/voice", json=body) as answer:
            return answer.status, json.loads(await answer.text())

    async def act(speech: Voice) -> None:
        for muted in (True, False, True):
            assert await ask(speech, {"muted": muted}) == (200, {"muted": muted})
            assert speech.to_json()["muted"] is muted
        for wrong in ({"muted": 0}, {}, {"muted": None}, [True]):
            status, answer = await ask(speech, wrong)
            assert status == 400
            assert answer["error"] and '{"muted": true}' in answer["hint"]
        assert speech.to_json()["muted"]

    during(lambda: made(tmp_path, library), act)

    async def refused(speech: Voice) -> None:
        status, answer = await ask(speech, {"muted": False})
        assert status == 409
        assert "kiosk.yaml" in answer["hint"]

    during(lambda: made(tmp_path, library, enabled=False), refused)
