"""Files replaced in one step, so that a reader, and a power cut, find the old text or the new one, never a part.

What root makes for the service belongs to the service.
"""

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Final

NEW_FILE_MODE: Final = 0o644
PRIVATE_MODE: Final = 0o600


def replace_file(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file in one step, and make it last through a power cut.

    Mode and owner stay as they were, and a link goes on pointing to its file. A new file gets its folder's owner, so
    that root may write for the service; so does a `private` one always, which nobody else may read. OSError if it can't
    be written; then nothing has changed.
    """
    target = path.resolve()
    before = target.stat() if target.exists() and not private else None
    if before:
        os.close(os.open(target, os.O_WRONLY))  # a file that may not be written to is not to be replaced either
    mode = before.st_mode & 0o7777 if before else PRIVATE_MODE if private else NEW_FILE_MODE
    owner = before or target.parent.stat()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(handle, mode)
            _give(handle, owner)
            os.fsync(handle)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, each with the owner of the one above; OSError if it can't be.

    So may root make it for the service, as with `sudo kiosk tune`.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _give(folder, folder.parent.stat())


def _give(to: int | Path, owner: os.stat_result) -> None:
    """Give a file to an owner; nothing happens where that is not allowed, as only root may give files away."""
    if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(PermissionError):
            os.chown(to, owner.st_uid, owner.st_gid)


def _sync_folder(folder: Path) -> None:
    """Make a renaming last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
