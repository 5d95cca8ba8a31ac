"""Sound as numbers: WAV files, speech made loud enough for a gym, and the tick of a repetition. Pure."""

import struct
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Samples: TypeAlias = npt.NDArray[np.int16]
"""One channel, RATE_HZ samples a second."""

Tick = Literal["tick", "partial"]

RATE_HZ: Final = 22_050
"""What espeak-ng makes."""

LOUDNESS: Final = 2.0
"""How hard speech is driven into the limiter. A voice must be heard above music, and louder peaks alone don't do that:
measured over a sentence, this gives 8 dB more power than espeak-ng's own level, 4.5 dB more than scaling the peaks."""

SILENCE: Final = 0.01
"""Of full scale: what is quieter at both ends is cut off."""

PAUSE_S: Final = 0.03
"""Left before and after speech, so that no consonant is cut."""

TICK_S: Final = 0.08
_TICKS: Final[dict[Tick, tuple[float, float]]] = {"tick": (1760.0, 0.9), "partial": (880.0, 0.45)}

_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")


def to_wav(samples: Samples) -> bytes:
    """Return the WAV file of `samples`."""
    return _header(2 * len(samples)) + samples.astype("<i2").tobytes()


def from_wav(data: bytes) -> Samples:
    """Return the samples of a file that `to_wav` made; ValueError for any other, such as one that was cut short."""
    body = data[_HEADER.size :]
    if data[: _HEADER.size] != _header(len(body)) or len(body) % 2:
        raise ValueError("this is not a whole WAV file of one channel at 22050 Hz")
    return np.frombuffer(body, "<i2").astype(np.int16)


def is_wav(header: bytes, length_bytes: int) -> bool:
    """Whether a file of this length that begins so was made by `to_wav` and is whole."""
    return length_bytes >= _HEADER.size and header[: _HEADER.size] == _header(length_bytes - _HEADER.size)


def for_a_gym(speech: Samples, volume: int) -> Samples:
    """Return speech without the silence around it, limited and as loud as `volume`, percent of full scale."""
    scaled = speech.astype(np.float64) / 32_768
    heard = np.nonzero(np.abs(scaled) > SILENCE)[0]
    if not len(heard):
        return np.zeros(0, np.int16)
    pause = int(PAUSE_S * RATE_HZ)
    cut = scaled[max(0, heard[0] - pause) : heard[-1] + 1 + pause]
    limited = np.tanh(LOUDNESS * cut / np.abs(cut).max()) / np.tanh(LOUDNESS)
    return _at_volume(limited, volume)


def tick(kind: Tick, volume: int) -> Samples:
    """Return the short clean sound of a repetition; a partial one's is lower and softer."""
    pitch_hz, level = _TICKS[kind]
    t_s = np.arange(int(TICK_S * RATE_HZ)) / RATE_HZ
    # Begins within 2 ms and fades out, so that it neither clicks nor rings on.
    shape = np.minimum(t_s / 0.002, 1.0) * np.exp(-t_s / 0.018) * np.minimum((TICK_S - t_s) / 0.01, 1.0)
    return _at_volume(level * shape * np.sin(2 * np.pi * pitch_hz * t_s), volume)


def _at_volume(wave: npt.NDArray[np.float64], volume: int) -> Samples:
    return np.round(wave * 32_767 * volume / 100).astype(np.int16)


def _header(data_bytes: int) -> bytes:
    sizes = (36 + data_bytes, data_bytes)
    return _HEADER.pack(b"RIFF", sizes[0], b"WAVE", b"fmt ", 16, 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16, b"data", sizes[1])
