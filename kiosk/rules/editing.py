"""Reading and saving exercise files: whoever saves must have seen what stands there, and what is replaced is kept."""

import difflib
import errno
import hashlib
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.files import replace_file
from kiosk.rules.versions import Version, Versions
from kiosk.yamlfile import MAX_BYTES

NEW_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
LONGEST_COMPARED: Final = 40_000
"""Bytes of a text of which the changes are listed: beyond that, comparing could take seconds."""


@dataclass(frozen=True, slots=True)
class Text:
    """What stands in a file; `etag` is different whenever the text is."""

    data: bytes
    etag: str


class ChangedError(Exception):
    """Somebody else saved meanwhile: `now` stands in the file, `changes` lists the lines that are new to the editor."""

    def __init__(self, now: Text, changes: str | None) -> None:
        super().__init__("the file was changed meanwhile")
        self.now = now
        self.changes = changes


class GoneError(Exception):
    """There is no such file, or no longer."""


class StorageError(Exception):
    """A file can't be read or saved; `error` says why and `hint` what to do. What stands there stays as it was."""

    def __init__(self, error: str, hint: str) -> None:
        super().__init__(error)
        self.error = error
        self.hint = hint


def etag_of(data: bytes) -> str:
    """Return a text's mark."""
    return hashlib.sha256(data).hexdigest()[:32]


class ExerciseFiles:
    """The exercise files of a folder and their versions. Every method may be called from any thread."""

    def __init__(self, folder: Path, versions: Versions) -> None:
        self._folder = folder
        self._versions = versions
        self._saving = threading.Lock()

    def names(self) -> list[str]:
        """Return the names of the files that are there, right or wrong."""
        return sorted(path.stem for path in self._folder.glob("[!.]*.yaml"))

    def read(self, name: str) -> Text | None:
        """Return what stands in a file of `names`, or None without such a file; StorageError if it can't be read."""
        path = self._path(name)
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(path, error) from None
        if len(data) > MAX_BYTES:
            raise StorageError(f"{path.name} is larger than {MAX_BYTES} bytes", "it is no exercise: remove it by hand")
        return Text(data, etag_of(data))

    def versions(self, name: str) -> tuple[Version, ...]:
        """Return the versions of a file, the newest first; StorageError if they can't be read."""
        try:
            return self._versions.of(name)
        except OSError as error:
            raise _unreadable(self._path(name), error) from None

    def version(self, name: str, number: int) -> Text | None:
        """Return the text of one version, or None if it is not kept."""
        for version in self.versions(name):
            if version.number == number:
                try:
                    data = version.path.read_bytes()
                except OSError as error:
                    raise _unreadable(version.path, error) from None
                return Text(data, etag_of(data))
        return None

    def save(self, name: str, data: bytes, seen: frozenset[str] | None) -> Text:
        """Replace what stands in a file; return what stands there now.

        `seen` holds the marks of the texts that may be replaced, or "*" for any; None makes a new file.
        ChangedError if something else stands there, GoneError if nothing does, StorageError if it can't be saved.
        """
        with self._saving:
            now = self.read(name)
            if now is None and seen is not None:
                raise GoneError(name)
            try:
                if now is not None and (seen is None or not seen & {"*", now.etag}):
                    raise ChangedError(now, self._changes(name, seen or frozenset(), now))
                if now is None or now.data != data:
                    self._replace(name, now, data)
            except OSError as error:
                raise _unwritable(error, self._folder) from None
            return Text(data, etag_of(data))

    def _replace(self, name: str, now: Text | None, data: bytes) -> None:
        path, newest = self._path(name), next(iter(self._versions.of(name)), None)
        if now is not None and (newest is None or newest.path.read_bytes() != now.data):
            self._versions.keep(name, now.data, "by_hand" if newest else "first", path.stat().st_mtime)
        # The version comes first: whatever goes wrong from here on, both texts are somewhere.
        kept = self._versions.keep(name, data, "saved")
        try:
            replace_file(path, data)
        except OSError:
            kept.path.unlink(missing_ok=True)
            raise
        self._versions.prune(name)

    def _changes(self, name: str, seen: frozenset[str], now: Text) -> str | None:
        """What was changed since one of the texts in `seen`, as a unified diff; None where that text is not kept."""
        for version in self._versions.of(name):
            data = version.path.read_bytes()
            if etag_of(data) in seen and len(data) + len(now.data) <= LONGEST_COMPARED:
                before, after = (text.decode(errors="replace").splitlines() for text in (data, now.data))
                return "\n".join(difflib.unified_diff(before, after, "seen", "now", lineterm=""))
        return None

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.yaml"


def _unreadable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path.name} can't be read: {error.strerror}", "look at the file's rights and at the disk")


def _unwritable(error: OSError, folder: Path) -> StorageError:
    where = Path(error.filename).parent if isinstance(error.filename, str) else folder
    if error.errno == errno.EROFS:
        return StorageError(f"the disk with {where} is read-only", "mount it for writing; nothing was changed")
    if error.errno in (errno.EACCES, errno.EPERM):
        return StorageError(f"the kiosk may not write in {where}", "give its user the right to; nothing was changed")
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StorageError("there is no room on the disk", "make room and save again; nothing was changed")
    return StorageError(f"{where} can't be written: {error.strerror}", "look at the disk; nothing was changed")
