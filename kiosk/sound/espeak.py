"""espeak-ng: a sentence -> speech. The only place that knows this program."""

import asyncio
import shutil
import struct
import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np

from kiosk.sound.waveform import RATE_HZ, Samples

PROGRAM: Final = "espeak-ng"
LONGEST_TEXT: Final = 200
"""Characters; nobody who exercises listens to more, and a file may hold any text."""

TIMEOUT_S: Final = 20.0
"""A sentence takes a tenth of a second on a slow machine."""

_WAV_HEADER_BYTES: Final = 44


class EspeakMissingError(Exception):
    """The program is not installed."""


class EspeakError(Exception):
    """The program made no speech; the text says why, in its own words."""


@dataclass(frozen=True, slots=True)
class SpeakingVoice:
    """How a language is spoken: espeak-ng's name for the voice, and words a minute."""

    name: str
    speed: int


ENGLISH: Final = SpeakingVoice("en-us", 165)
# espeak-ng 1.51, that of Debian 12 and Ubuntu 24.04, reads Chinese as English letters and digits with the voice `cmn`
# (github.com/espeak-ng/espeak-ng/issues/1236); this one is right there and later.
MANDARIN: Final = SpeakingVoice("cmn-latn-pinyin", 200)


def voice_for(text: str) -> SpeakingVoice:
    """Return the voice that can read `text`: a file may have an English text alone, for both languages."""
    return MANDARIN if any("\u4e00" <= character <= "\u9fff" for character in text) else ENGLISH


def speakable(text: str) -> str:
    """Return `text` on one line without what can't be said, and not too long."""
    plain = "".join(" " if unicodedata.category(character).startswith(("C", "Z")) else character for character in text)
    return " ".join(plain.split())[:LONGEST_TEXT]


def installed() -> bool:
    """Whether the program is there."""
    return shutil.which(PROGRAM) is not None


async def speak(text: str) -> Samples:
    """Return `text`, which is `speakable`, as speech; EspeakMissingError, EspeakError."""
    if not installed():
        raise EspeakMissingError
    voice = voice_for(text)
    # `nice`: the processor belongs to the pose. The text goes by stdin, so it can't be taken for an option.
    command = ("nice", "-n", "10", PROGRAM, "-v", voice.name, "-s", str(voice.speed), "-b", "1", "--stdin", "--stdout")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            wav, complaint = await process.communicate(text.encode())
    except TimeoutError:
        raise EspeakError(f"no answer within {TIMEOUT_S:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise EspeakError(
            complaint.decode(errors="replace").strip()[:LONGEST_TEXT] or f"exit code {process.returncode}"
        )
    return _samples(wav)


def _samples(wav: bytes) -> Samples:
    # Written to a pipe, the header's lengths are not filled in: the sound is what follows it.
    if len(wav) <= _WAV_HEADER_BYTES or wav[:4] != b"RIFF" or struct.unpack_from("<HI", wav, 22) != (1, RATE_HZ):
        raise EspeakError("its sound has another format than one channel at 22050 Hz")
    whole = len(wav) - len(wav) % 2
    return np.frombuffer(wav[_WAV_HEADER_BYTES:whole], "<i2").astype(np.int16)
