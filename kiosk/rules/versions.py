"""Earlier versions of edited files: the last ten of each, numbered, so that no clock decides which is newer.

Each version is one file, `FOLDER/NAME/NUMBER-WHAT.yaml`, whose time of change says when that text was saved.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast

from kiosk.files import make_folder, replace_file

KEPT: Final = 10

What = Literal["first", "by_hand", "saved"]
"""What a version was: what stood there before the first save, what somebody wrote past the editor, or a save."""

_FILE: Final = re.compile(r"(\d{1,9})-(first|by_hand|saved)\.yaml")


@dataclass(frozen=True, slots=True)
class Version:
    """One version; `saved_s` is wall-clock time in seconds since 1970, for people to read and nothing else."""

    number: int
    what: What
    saved_s: float
    path: Path


class Versions:
    """The versions of the files of one folder, by the file's name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, name: str) -> tuple[Version, ...]:
        """Return the versions of a file, the newest first; OSError if the folder can't be read."""
        folder = self._folder / name
        files = [(path, _FILE.fullmatch(path.name)) for path in folder.iterdir()] if folder.is_dir() else []
        versions = (
            Version(int(match[1]), cast("What", match[2]), path.stat().st_mtime, path) for path, match in files if match
        )
        return tuple(sorted(versions, key=lambda version: version.number, reverse=True))

    def keep(self, name: str, data: bytes, what: What, saved_s: float | None = None) -> Version:
        """Keep `data` as the newest version, saved at `saved_s` or else now; OSError if that can't be written."""
        number = max((version.number for version in self.of(name)), default=0) + 1
        path = self._folder / name / f"{number:04}-{what}.yaml"
        make_folder(path.parent)
        replace_file(path, data)
        if saved_s is not None:
            os.utime(path, (saved_s, saved_s))
        return Version(number, what, path.stat().st_mtime, path)

    def prune(self, name: str) -> None:
        """Remove all but the newest KEPT; OSError if that can't be done."""
        for version in self.of(name)[KEPT:]:
            version.path.unlink(missing_ok=True)
