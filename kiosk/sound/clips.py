"""Spoken sentences as files, each made once: the folder survives restarts, and unused files leave it in time."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

from kiosk.files import replace_file
from kiosk.sound.espeak import speakable, voice_for
from kiosk.sound.waveform import Samples, for_a_gym, from_wav, is_wav, tick, to_wav

RECIPE: Final = 1
"""Raised when the same text is to sound differently, so that old files are made anew."""

SPARE: Final = 100
"""Files no longer needed that stay: texts are edited to and fro, and an SD card wears out by writing."""

_HEAD_BYTES: Final = 64


class Clips:
    """The sound files of a folder at one volume. What touches the disk may take its time: call it in a thread."""

    def __init__(self, folder: Path, volume: int) -> None:
        self.folder = folder
        self._volume = volume
        self._ready: frozenset[str] = frozenset()

    def name(self, text: str) -> str:
        """Return the name, 32 hexadecimal digits, of the file in which `text` is spoken."""
        text = speakable(text)
        voice = voice_for(text)
        recipe = f"{RECIPE}\n{voice.name}\n{voice.speed}\n{self._volume}\n{text}"
        return sha256(recipe.encode()).hexdigest()[:32]

    def has(self, name: str) -> bool:
        """Whether that file is there."""
        return name in self._ready

    def path(self, name: str) -> Path:
        """Return that file's place."""
        return self.folder / f"{name}.wav"

    def prepare(self) -> None:
        """Write the ticks if they are not there, and find which clips there are; OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for kind in ("tick", "partial"):
            wav = to_wav(tick(kind, self._volume))
            if not self._whole(self.path(kind)) or self.path(kind).read_bytes() != wav:
                self._write(kind, wav)
        self._ready = frozenset(path.stem for path in self.folder.glob("*.wav") if self._whole(path))

    def store(self, name: str, speech: Samples) -> None:
        """Keep what espeak-ng said as the file of that name; OSError."""
        self._write(name, to_wav(for_a_gym(speech, self._volume)))

    def read(self, name: str) -> Samples | None:
        """Return that file's sound; None if it has gone or was damaged meanwhile, and then it is made again."""
        try:
            return from_wav(self.path(name).read_bytes())
        except (OSError, ValueError):
            self._ready -= {name}
            return None

    def prune(self, wanted: Iterable[str]) -> None:
        """Remove the oldest of the files that are not wanted, once there are more than SPARE; OSError."""
        keep = {*wanted, "tick", "partial"}
        unused = sorted(
            (path for path in self.folder.glob("*.wav") if path.stem not in keep),
            key=lambda path: path.stat().st_mtime_ns,
        )
        for path in unused[: max(0, len(unused) - SPARE)]:
            self._ready -= {path.stem}
            path.unlink(missing_ok=True)

    def _write(self, name: str, wav: bytes) -> None:
        replace_file(self.path(name), wav)
        self._ready |= {name}

    @staticmethod
    def _whole(path: Path) -> bool:
        try:
            with path.open("rb") as file:
                return is_wav(file.read(_HEAD_BYTES), path.stat().st_size)
        except OSError:
            return False
