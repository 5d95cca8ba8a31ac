"""The PINs of staff and of viewers: kept as scrypt hashes in one file that only the kiosk's user can read."""

import hashlib
import hmac
import itertools
import json
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from kiosk.errors import PlainError
from kiosk.files import replace_file

Role = Literal["staff", "viewing"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

SHORTEST: Final = 4
LONGEST: Final = 64

SCRYPT: Final = {"n": 2**14, "r": 8, "p": 5}
"""16 MiB and about a third of a second on a Pi. OWASP's Password Storage Cheat Sheet lists it among the parameters of
equal strength; this one takes the least memory of those that still cost a guesser with graphics cards some."""

_SALT_BYTES: Final = 16


class PinError(PlainError, ValueError):
    """A PIN that won't do; its text is one sentence for people."""


class PinFileError(PlainError):
    """The file of PINs is damaged or can't be read or written; its text is one sentence for people."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A PIN that nobody can read. `salt` is new whenever it is set, so it also tells one setting from the next."""

    salt: bytes
    digest: bytes

    @staticmethod
    def of(text: str) -> "Pin":
        """Hash a PIN as somebody typed it; takes a third of a second of one core."""
        salt = secrets.token_bytes(_SALT_BYTES)
        return Pin(salt, _digest(text, salt))

    def matches(self, text: str) -> bool:
        """Whether `text` is this PIN; takes as long for a wrong one."""
        return hmac.compare_digest(self.digest, _digest(text, self.salt))


def _digest(text: str, salt: bytes) -> bytes:
    # A Chinese keyboard may type full-width digits; they are the same PIN.
    plain = unicodedata.normalize("NFKC", text).encode(errors="surrogatepass")
    return hashlib.scrypt(plain, salt=salt, **SCRYPT, maxmem=64 * 2**20, dklen=32)


def check_pin(role: Role, text: str) -> None:
    """Raise PinError for a PIN that is too short, too long, or for staff one of those that are guessed first."""
    if not text.isprintable() or text != text.strip():
        raise PinError("a PIN has no spaces at its ends and no control characters")
    if len(text) < SHORTEST:
        raise PinError(f"a PIN has at least {SHORTEST} characters; digits are the easiest to type on a phone")
    if len(text) > LONGEST:
        raise PinError(f"a PIN has at most {LONGEST} characters")
    if role == "staff" and _is_guessed_first(unicodedata.normalize("NFKC", text)):
        raise PinError("this PIN is among the first that are guessed: take one that is no row, year or pattern")


def _is_guessed_first(text: str) -> bool:
    """One character, a row up or down, a short part again and again, or a recent year."""
    steps = {(ord(later) - ord(earlier)) for earlier, later in itertools.pairwise(text)}
    in_row = steps in ({0}, {1}, {-1}) or text in "12345678901234567890" or text in "09876543210987654321"
    repeats = any(text == text[:length] * (len(text) // length) for length in range(1, len(text) // 2 + 1))
    year = len(text) == 4 and text.isdecimal() and 1900 <= int(text) < 2100
    return in_row or repeats or year or text in {"1379", "1397", "2580", "0852", "password", "staff", "kiosk"}


class PinFile:
    """pins.json in the state folder: read again when it has changed, so that a new PIN counts at once."""

    def __init__(self, state: Path) -> None:
        self.path = state / "pins.json"
        self._seen: object = None
        self._read: Mapping[Role, Pin] | PinFileError = {}

    def pins(self) -> Mapping[Role, Pin]:
        """Return the PINs that are set; PinFileError if that can't be said for sure."""
        seen = self._signature()
        if seen != self._seen:
            self._seen, self._read = seen, _read(self.path)
        if isinstance(self._read, PinFileError):
            raise self._read
        return self._read

    def set(self, role: Role, text: str) -> None:
        """Set a PIN; PinError if it won't do, PinFileError if the file is damaged or can't be written."""
        check_pin(role, text)
        pins = dict(self.pins())
        if any(other.matches(text) for name, other in pins.items() if name != role):
            raise PinError("the staff PIN and the viewing PIN must differ: viewers would be staff")
        self._write({**pins, role: Pin.of(text)})

    def remove(self, role: Role) -> bool:
        """Remove a PIN; return whether there was one. PinFileError as in `set`."""
        pins = dict(self.pins())
        there = pins.pop(role, None) is not None
        if there:
            self._write(pins)
        return there

    def _signature(self) -> object:
        try:
            status = self.path.stat()
        except OSError as error:
            return error.errno
        return (status.st_mtime_ns, status.st_size, status.st_ino)

    def _write(self, pins: Mapping[Role, Pin]) -> None:
        kept = {name: {"salt": pin.salt.hex(), "hash": pin.digest.hex()} for name, pin in pins.items()}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"scrypt": SCRYPT, "pins": kept}, indent=2) + "\n"
            replace_file(self.path, text.encode(), private=True)
        except OSError as error:
            raise PinFileError(f"{self.path} can't be written: {error.strerror}") from None


def _read(path: Path) -> Mapping[Role, Pin] | PinFileError:
    try:
        stored: Any = json.loads(path.read_bytes())
        if stored["scrypt"] != SCRYPT or not stored["pins"].keys() <= set(ROLES):
            return _damaged(path)
        pins = {
            name: Pin(bytes.fromhex(pin["salt"]), bytes.fromhex(pin["hash"])) for name, pin in stored["pins"].items()
        }
    except FileNotFoundError:
        return {}
    except OSError as error:
        return PinFileError(f"{path} can't be read: {error.strerror}")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return _damaged(path)
    if any(len(pin.salt) != _SALT_BYTES or len(pin.digest) != 32 for pin in pins.values()):
        return _damaged(path)
    return pins


def _damaged(path: Path) -> PinFileError:
    return PinFileError(f"{path} is damaged: remove it and set the PINs again (kiosk pin set staff)")
