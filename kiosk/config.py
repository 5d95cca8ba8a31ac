"""kiosk.yaml and the folders around it: what the box is told, as frozen settings."""

import ipaddress
import os
import re
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, field_validator

from kiosk.mistakes import did_you_mean
from kiosk.words import Language
from kiosk.yamlfile import FileError, Strict, read_document

ModelName = Literal["lite", "full", "heavy"]
EngineName = Literal["auto", "litert", "mediapipe"]

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
    engine: EngineName = "auto"
    threads: int = Field(default=0, ge=0, le=64)
    width_px: int = Field(default=640, ge=128, le=1920)
    fps: float = Field(default=30.0, ge=1, le=120)


class VoiceSettings(Strict):
    """Spoken warnings and the ticks of repetitions; `volume` is percent of full scale."""

    enabled: bool = True
    volume: int = Field(default=80, ge=1, le=100)


class TlsSettings(Strict):
    """The certificate (with its chain) and its key as PEM files; a relative path begins at kiosk.yaml's folder."""

    certificate: str
    key: str


class WebSettings(Strict):
    """Where the page is served, and to whom: to the box itself, or with `lan` to viewers who know the PIN."""

    lan: bool = False
    host: str = "auto"
    names: tuple[str, ...] = Field(default=(), strict=False)
    tls: TlsSettings | None = None
    port: int = Field(default=8080, ge=0, le=65535)
    jpeg_quality: int = Field(default=80, ge=30, le=95)
    picture_fps: float = Field(default=30.0, ge=1, le=120)
    max_viewers: int = Field(default=64, ge=1, le=1000)

    @property
    def address(self) -> str:
        """The address to listen on."""
        if self.host != "auto":
            return self.host
        return "0.0.0.0" if self.lan else "127.0.0.1"

    @property
    def known_as(self) -> tuple[str, ...]:
        """What others may call the box, and first what they are told to; nothing where its own address will do."""
        return self.names or (() if self.address in ("0.0.0.0", "::") else (self.address,))

    @field_validator("names")
    @classmethod
    def _are_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", name):
                raise ValueError(f"'{name}' is not a name alone, such as kiosk.example, without http:// and port")
        return tuple(name.lower() for name in names)


class HistorySettings(Strict):
    """What is kept of training."""

    keep_days: int = Field(default=365, ge=1, le=3650)
    record_poses: bool = False


class Settings(Strict):
    """All of kiosk.yaml; every key may be left out."""

    language: Language = "en"
    exercise: str = "squat"
    gestures: bool = True
    camera: CameraSettings = CameraSettings()
    pose: PoseSettings = PoseSettings()
    voice: VoiceSettings = VoiceSettings()
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
    if problem := _host_problem(settings.web):
        raise FileError([document.problem(("web", "host"), problem)])
    if settings.exercise not in (known := exercise_names(exercises_folder(path))):
        raise FileError([document.problem(("exercise",), no_such_exercise(settings.exercise, known))])
    return _with_paths_from(path.parent, settings)


def _host_problem(site: WebSettings) -> str | None:
    if site.host != "auto" and is_loopback(site.host) == site.lan:
        if site.lan:
            return f"{site.host} is this box alone, but lan is true: write host: auto, or set lan: false"
        return f"{site.host} is not this box alone: set lan: true as well, or write host: auto"
    return None


def _with_paths_from(folder: Path, settings: Settings) -> Settings:
    if settings.web.tls is None:
        return settings
    tls = TlsSettings(
        certificate=str(folder / settings.web.tls.certificate),
        key=str(folder / settings.web.tls.key),
    )
    return settings.model_copy(update={"web": settings.web.model_copy(update={"tls": tls})})


def is_loopback(host: str) -> bool:
    """Return whether this is a name or an address of the box for itself."""
    if host == "localhost":
        return True
    try:
        return as_ip(host).is_loopback
    except ValueError:
        return False


def as_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address; an IPv4 one that is written as IPv6 is IPv4. ValueError if it is none."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def exercise_names(folder: Path) -> list[str]:
    """Return the names of the exercise files in `folder`."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def no_such_exercise(name: str, known: list[str]) -> str:
    """Return the sentence that answers a wrong exercise name."""
    return f"no such exercise: '{name}'{did_you_mean(name, known)}"
