"""kiosk.yaml and the folders around it: what the box is told, as frozen settings."""

import os
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from kiosk.words import Language
from kiosk.yamlfile import FileError, Strict, did_you_mean, read_document

ModelName = Literal["lite", "full", "heavy"]

_ROOT: Final = Path(__file__).resolve().parent.parent
_IN_CLONE: Final = (_ROOT / "config" / "kiosk.yaml").is_file()


class CameraSettings(Strict):
    """Where the picture comes from."""

    address: str = "auto"
    width_px: int = Field(default=640, ge=160, le=4096)
    height_px: int = Field(default=480, ge=120, le=4096)
    fps: float = Field(default=30.0, ge=1, le=120)
    rotate: Literal[0, 90, 180, 270] = 0
    mirror: bool = True


class PoseSettings(Strict):
    """How the body is found in the picture."""

    model: ModelName = "full"
    width_px: int = Field(default=640, ge=128, le=1920)


LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
"""The box itself: without a PIN nobody else may see the picture."""


class WebSettings(Strict):
    """Where the page is served."""

    host: Literal["127.0.0.1", "localhost", "::1"] = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    jpeg_quality: int = Field(default=80, ge=30, le=95)
    max_viewers: int = Field(default=64, ge=1, le=1000)


class HistorySettings(Strict):
    """What is kept of training."""

    keep_days: int = Field(default=365, ge=1, le=3650)
    record_poses: bool = False


class Settings(Strict):
    """All of kiosk.yaml; every key may be left out."""

    language: Language = "en"
    exercise: str = "squat"
    camera: CameraSettings = CameraSettings()
    pose: PoseSettings = PoseSettings()
    web: WebSettings = WebSettings()
    history: HistorySettings = HistorySettings()


def default_config() -> Path:
    """Return kiosk.yaml's place: the clone's config folder, or /etc/kiosk where the program is installed."""
    return _ROOT / "config" / "kiosk.yaml" if _IN_CLONE else Path("/etc/kiosk/kiosk.yaml")


def state_folder() -> Path:
    """Return the folder for models and history: systemd's $STATE_DIRECTORY, a clone's .state, or /var/lib/kiosk."""
    told = os.environ.get("STATE_DIRECTORY")
    if told:
        return Path(told)
    return _ROOT / ".state" if _IN_CLONE else Path("/var/lib/kiosk")


def exercises_folder(config: Path) -> Path:
    """Return the folder of exercise files that belongs to this kiosk.yaml."""
    return config.parent / "exercises"


def load_settings(path: Path) -> Settings:
    """Return the settings; FileError with every mistake of the file."""
    document = read_document(path)
    settings = document.validated(Settings)
    if settings.exercise not in (known := exercise_names(exercises_folder(path))):
        raise FileError([document.problem(("exercise",), no_such_exercise(settings.exercise, known))])
    return settings


def exercise_names(folder: Path) -> list[str]:
    """Return the names of the exercise files in `folder`."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def no_such_exercise(name: str, known: list[str]) -> str:
    """Return the sentence that answers a wrong exercise name."""
    return f"no such exercise: '{name}'{did_you_mean(name, known)}"
