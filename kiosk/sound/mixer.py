"""What comes out of the loudspeaker: one sentence at a time, and the ticks of repetitions beside it. Pure, no clock.

A safety cue is worth nothing late, so sentences do not queue up: one waits at the most, and not for long. Speech and
ticks are mixed here because many sound devices play for one program at a time; so does the Raspberry Pi's HDMI, which
has no dmix in ALSA.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from kiosk.sound.waveform import RATE_HZ, Samples

WAIT_S: Final = 3.0
"""A sentence that has waited longer belongs to a movement that is over."""

GAP_S: Final = 1.0
"""The pause between two sentences; only a danger need not keep it."""

COOLDOWN_S: Final = 3.0
"""The same sentence is not said again sooner, whatever an exercise file asks for with `repeat_s`."""

FADE_S: Final = 0.01
"""A sentence that is cut off fades this fast: cut at once, it would click."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A sentence to be said; of two, that of the greater `urgency` comes first, a `danger` cuts off what is none."""

    name: str
    samples: Samples
    urgency: int
    danger: bool


class Mixer:
    """Takes cues and ticks and hands out what is to be heard. Times are of one clock, in seconds."""

    def __init__(self) -> None:
        self._playing: Cue | None = None
        self._at = 0
        self._waiting: Cue | None = None
        self._waiting_since_s = 0.0
        self._quiet_until_s = float("-inf")
        self._said_s: dict[str, float] = {}
        self._beside: list[Samples] = []

    @property
    def silent(self) -> bool:
        """Whether there is nothing to be heard, now or soon."""
        return self._playing is None and self._waiting is None and not self._beside

    def say(self, t_s: float, cue: Cue) -> None:
        """Take a sentence: the next one to be heard, unless a more urgent one waits or it was said just now."""
        self._said_s = {name: said_s for name, said_s in self._said_s.items() if t_s - said_s < COOLDOWN_S}
        if cue.name in self._said_s or (self._playing and self._playing.name == cue.name):
            return
        self._drop_stale(t_s)
        if self._waiting and self._waiting.urgency > cue.urgency:
            return
        self._waiting, self._waiting_since_s = cue, t_s
        if cue.danger and self._playing and not self._playing.danger:
            self._cut_off()

    def withdraw(self, name: str) -> None:
        """Forget that sentence if it still waits: what it warns of is over."""
        if self._waiting and self._waiting.name == name:
            self._waiting = None

    def tick(self, samples: Samples) -> None:
        """Take a tick, which is heard at once, whatever is being said."""
        self._beside.append(samples)

    def clear(self) -> None:
        """Forget all that was to be heard."""
        self._playing = self._waiting = None
        self._beside.clear()
        self._said_s.clear()

    def take(self, t_s: float, count: int) -> Samples:
        """Return the next `count` samples, silence where there is nothing to say."""
        mixed = np.zeros(count, np.int32)
        done = 0
        while done < count and (cue := self._current(t_s)) is not None:
            part = cue.samples[self._at : self._at + count - done]
            mixed[done : done + len(part)] += part
            done += len(part)
            self._at += len(part)
            if self._at >= len(cue.samples):
                self._playing, self._quiet_until_s = None, t_s + done / RATE_HZ + GAP_S
        for samples in self._beside:
            mixed[: len(samples)] += samples[:count]
        self._beside = [samples[count:] for samples in self._beside if len(samples) > count]
        return np.clip(mixed, -32_768, 32_767).astype(np.int16)

    def _current(self, t_s: float) -> Cue | None:
        """The sentence being said, or else the one that waits if its time has come."""
        if self._playing is None:
            self._drop_stale(t_s)
            if self._waiting and (self._waiting.danger or t_s >= self._quiet_until_s):
                self._playing, self._at, self._waiting = self._waiting, 0, None
                self._said_s[self._playing.name] = t_s
        return self._playing

    def _drop_stale(self, t_s: float) -> None:
        if self._waiting and t_s - self._waiting_since_s > WAIT_S:
            self._waiting = None

    def _cut_off(self) -> None:
        if self._playing is None:
            return
        tail = self._playing.samples[self._at : self._at + int(FADE_S * RATE_HZ)]
        self._beside.append((tail * np.linspace(1.0, 0.0, len(tail))).astype(np.int16))
        self._playing = None
