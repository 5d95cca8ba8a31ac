"""Camera addresses: `demo:squat?reps=5`, `v4l2:/dev/video0`, `rtsp://...` as people write them, checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from kiosk.demo.athlete import Athlete

PORTS: Final = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
"""The port of a network camera whose address names none."""

OPTIONS: Final = {"demo": ("reps", "fault"), "file": ("loop",)}
"""What may follow a `?`, by scheme; the query of a network address belongs to the camera."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the pictures come from.

    `target` is what follows the scheme: the exercise of the demo, a path, the number of a Pi camera or, for a network
    camera, the entire URL, which may hold a password. `label` names the camera to people and in logs, without it.
    """

    scheme: str
    target: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def label(self) -> str:
        """Return the address as people may see it: a network camera's without password and query."""
        if self.scheme == "auto":
            return "auto"
        if self.scheme not in PORTS:
            query = "&".join(f"{key}={value}" for key, value in self.options.items())
            return f"{self.scheme}:{self.target}" + (f"?{query}" if query else "")
        url = urlsplit(self.target)
        return f"{self.scheme}://{url.netloc.rpartition('@')[2]}{url.path}"

    def athlete(self) -> Athlete:
        """Return who exercises at a `demo:` address."""
        reps = self.options.get("reps")
        return Athlete(self.target, fault=self.options.get("fault", "none"), reps=None if reps is None else int(reps))


def parse_address(text: str) -> Address:
    """Return the camera that `text` names; a ValueError says in one sentence what is wrong with it.

    Nothing is opened: a camera that is not there is found out by trying.
    """
    scheme, colon, rest = text.strip().partition(":")
    scheme = scheme.lower()
    if scheme == "auto" and not colon:
        return Address("auto")
    if scheme in PORTS:
        return _network(scheme, text.strip())
    if scheme not in _CHECKS:
        raise ValueError(_unknown_scheme(text.strip(), scheme if colon else ""))
    target, _, query = rest.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    _check_keys(text, scheme, options)
    address = Address(scheme, target.removeprefix("//") if scheme == "file" else target, MappingProxyType(options))
    _CHECKS[scheme](address)
    return address


def _unknown_scheme(text: str, scheme: str) -> str:
    known = ("auto", *_CHECKS, *PORTS)
    if text.startswith("/dev/"):
        hint = f"did you mean v4l2:{text}?"
    elif not scheme and "." in text:
        hint = f"did you mean file:{text}?"
    elif near := get_close_matches(scheme or text.lower(), known, n=1):
        hint = f"did you mean {near[0]}{':' if near[0] != 'auto' else ''}?"
    else:
        hint = f"an address begins with one of {', '.join(known)}."
    return f"Camera address {text!r} is of no known kind: {hint}"


def _check_keys(text: str, scheme: str, options: Mapping[str, str]) -> None:
    known = OPTIONS.get(scheme, ())
    for key in options:
        if key in known:
            continue
        near = get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"{scheme}: takes {' and '.join(known) or 'no options'}."
        raise ValueError(f"Camera address {text!r} has an unknown option {key!r}: {hint}")


def _network(scheme: str, text: str) -> Address:
    shown = f"{scheme}://..."
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError as error:
        raise ValueError(f"Camera address {shown} is not a valid URL: {error}.") from None
    if not host or port == 0:
        raise ValueError(f"Camera address {shown} names no host: write it like {scheme}://192.168.1.20/stream.")
    return Address(scheme, text)


def _check_demo(address: Address) -> None:
    if not address.target:
        raise ValueError("Camera address 'demo:' names no exercise: write demo:squat.")
    reps = address.options.get("reps")
    if reps is not None and not (reps.isascii() and reps.isdigit()):
        raise ValueError(f"Camera address {address.label!r}: reps must be a whole number, not {reps!r}.")
    try:
        address.athlete()
    except ValueError as error:
        raise ValueError(f"Camera address {address.label!r}: {error}") from error


def _check_file(address: Address) -> None:
    if not address.target:
        raise ValueError("Camera address 'file:' names no video: write file:clip.mp4.")
    if address.options.get("loop", "0") not in ("0", "1"):
        raise ValueError(f"Camera address {address.label!r}: loop must be 0 or 1.")


def _check_v4l2(address: Address) -> None:
    if not address.target.startswith("/"):
        raise ValueError(f"Camera address {address.label!r} names no device: write v4l2:/dev/video0.")


def _check_picamera2(address: Address) -> None:
    if not (address.target.isascii() and address.target.isdigit()):
        raise ValueError(f"Camera address {address.label!r} names no camera: write picamera2:0 for the first one.")


_CHECKS: Final[Mapping[str, Callable[[Address], None]]] = {
    "demo": _check_demo, "file": _check_file, "v4l2": _check_v4l2, "picamera2": _check_picamera2,
}  # fmt: skip
