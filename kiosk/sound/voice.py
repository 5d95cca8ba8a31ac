"""The kiosk's voice: every sentence is spoken once into a file and from then on played, by the box and by phones."""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from kiosk.coaching.events import Event, RepEvent, SetEvent, WarningEvent
from kiosk.config import VoiceSettings
from kiosk.rules.exercise import Exercise
from kiosk.rules.exercise_file import Level
from kiosk.rules.library import Library
from kiosk.sound import espeak
from kiosk.sound.clips import Clips
from kiosk.sound.loudspeaker import Loudspeaker
from kiosk.sound.mixer import Cue
from kiosk.sound.waveform import RATE_HZ, Samples, Tick, tick
from kiosk.words import LANGUAGES, Language, Phrase

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
"""How often it is looked whether a sentence has no file yet: a cheap look, and edits are rare."""

RETRY_S: Final = 60.0
"""A full disk or a speech program that fails is tried again no sooner."""

SET_DONE: Final = Phrase("cue_set_done")
URGENCY: Final[dict[Level, int]] = {"info": 0, "caution": 1, "danger": 2}


class Voice:
    """Speaks and ticks what happens while somebody exercises. Used in the event loop only; never waits for the disk."""

    def __init__(self, *, library: Library, settings: VoiceSettings, language: Language, folder: Path) -> None:
        self.enabled = settings.enabled
        self._library = library
        self._language = language
        self._clips = Clips(folder, settings.volume)
        self._ticks: dict[Tick, Samples] = {kind: tick(kind, settings.volume) for kind in ("tick", "partial")}
        self._loudspeaker = Loudspeaker()
        self._mute_mark = folder / "muted"
        self._muted = self._mute_mark.exists()
        self._wanted: Mapping[str, str] = {}
        self._fault: Phrase | None = None
        self._retry_s = float("-inf")
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Make the files and play, for ever."""
        if not self.enabled:
            await asyncio.Event().wait()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._loudspeaker.run())
            group.create_task(self._keep_clips())
            if not self._muted:
                self._try_loudspeaker()

    def give(self, event: Event) -> None:
        """Let people hear what has just happened, if it is to be heard."""
        if self._muted or not self.enabled:
            return
        match event:
            case RepEvent():
                self._play_tick("partial" if event.partial else "tick")
            case WarningEvent(on=True, speak=True):
                self._say(event.warning.say.to_json()[self._language], event.warning.level)
            case WarningEvent(on=False):
                self._loudspeaker.mixer.withdraw(self._clips.name(event.warning.say.to_json()[self._language]))
            case SetEvent():
                self._say(SET_DONE.say(self._language), "info")

    def audio_json(self, event: Event) -> dict[str, Any]:
        """Return what a phone is to play, as `{"audio": {"en": address, "zh": address}}`; {} for what makes no sound.

        An address is None while there is no file.
        """
        match event:
            case RepEvent():
                name = "partial" if event.partial else "tick"
                return {"audio": dict.fromkeys(LANGUAGES, self._address(name))}
            case WarningEvent():
                texts = event.warning.say.to_json()
            case SetEvent():
                texts = {language: SET_DONE.say(language) for language in LANGUAGES}
            case _:
                return {}
        return {"audio": {language: self._address(self._clips.name(text)) for language, text in texts.items()}}

    def to_json(self) -> dict[str, Any]:
        """Return whether the box speaks, and if it can't, why."""
        fault = (self._loudspeaker.fault or self._fault) if self.enabled else Phrase("voice_off")
        return {"muted": self._muted, "available": fault is None, "reason": fault.to_json() if fault else None}

    async def mute(self, muted: bool) -> None:
        """Be silent at once, or speak again; kept over a restart."""
        self._muted = muted
        if muted:
            self._loudspeaker.hush()
        else:
            self._loudspeaker.try_again()
            self._play_tick("tick")  # so that people hear that it works
        try:
            await asyncio.to_thread(self._mark, muted)
        except OSError as error:
            log.warning("muting lasts until the next start only: %s", error)

    def file(self, name: str) -> Path | None:
        """Return the sound file of that name, or None if there is none."""
        return self._clips.path(name) if self._clips.has(name) else None

    def _mark(self, muted: bool) -> None:
        self._mute_mark.parent.mkdir(parents=True, exist_ok=True)
        self._mute_mark.touch() if muted else self._mute_mark.unlink(missing_ok=True)

    def _address(self, name: str) -> str | None:
        return f"/voice/{name}.wav" if self._clips.has(name) else None

    def _try_loudspeaker(self) -> None:
        self._loudspeaker.mixer.tick(np.zeros(RATE_HZ // 20, np.int16))
        self._loudspeaker.play()

    def _play_tick(self, kind: Tick) -> None:
        self._loudspeaker.mixer.tick(self._ticks[kind])
        self._loudspeaker.play()

    def _say(self, text: str, level: Level) -> None:
        name = self._clips.name(text)
        if self._clips.has(name):
            task = asyncio.create_task(self._say_clip(name, level))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _say_clip(self, name: str, level: Level) -> None:
        samples = await asyncio.to_thread(self._clips.read, name)
        if samples is not None and not self._muted:
            cue = Cue(name, samples, URGENCY[level], danger=level == "danger")
            self._loudspeaker.mixer.say(asyncio.get_running_loop().time(), cue)
            self._loudspeaker.play()

    async def _keep_clips(self) -> None:
        loop = asyncio.get_running_loop()
        exercises: Mapping[str, Exercise] | None = None
        prepared = False
        while True:
            if exercises is not self._library.exercises:
                exercises, self._retry_s = self._library.exercises, float("-inf")
                self._wanted = self._sentences(exercises)
            if loop.time() >= self._retry_s:
                try:
                    if not prepared:
                        await asyncio.to_thread(self._clips.prepare)
                        prepared = True
                    self._tell(await self._make_missing(exercises))
                except OSError as error:
                    self._tell(Phrase("voice_not_stored", error.strerror or str(error)))
                    self._retry_s = loop.time() + RETRY_S
            await asyncio.sleep(LOOK_S)

    def _sentences(self, exercises: Mapping[str, Exercise]) -> dict[str, str]:
        """File name -> sentence of all that may have to be said, the box's own language first."""
        said = [warning.say.to_json() for exercise in exercises.values() for warning in exercise.warnings]
        said.append({language: SET_DONE.say(language) for language in LANGUAGES})
        others = (language for language in LANGUAGES if language != self._language)
        texts = (espeak.speakable(texts[language]) for language in (self._language, *others) for texts in said)
        return {self._clips.name(text): text for text in texts if text}

    async def _make_missing(self, exercises: Mapping[str, Exercise]) -> Phrase | None:
        """Speak each sentence into a file that has none; return why that failed. OSError if one can't be stored."""
        missing = [name for name in self._wanted if not self._clips.has(name)]
        fault = None
        for name in missing:
            if exercises is not self._library.exercises:
                return fault
            try:
                speech = await espeak.speak(self._wanted[name])
            except espeak.EspeakMissingError:
                return Phrase("voice_no_espeak")
            except espeak.EspeakError as error:
                fault = Phrase("voice_no_speech", str(error))
                self._retry_s = asyncio.get_running_loop().time() + RETRY_S
            else:
                await asyncio.to_thread(self._clips.store, name, speech)
        if missing:
            await asyncio.to_thread(self._clips.prune, self._wanted)
        return fault

    def _tell(self, fault: Phrase | None) -> None:
        if fault and fault != self._fault:
            log.warning("voice: %s", fault.say("en"))
        self._fault = fault
