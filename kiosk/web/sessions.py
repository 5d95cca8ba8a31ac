"""Who is signed in, and who must wait before the next guess. Pure: the time is always given."""

import hashlib
import json
import secrets
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Final

FREE_BY_CLIENT: Final = 5
FREE_IN_ALL: Final = 20
"""Wrong PINs before anybody waits. More from one client are a guess, more in all are guessing with many addresses."""

LONGEST_WAIT_S: Final = 300.0
"""With four digits and one guess each five minutes, half of all PINs take seventeen days (NIST SP 800-63B allows a
hundred wrong ones in a row and then asks for a block, which would let anybody lock the staff out)."""

FORGIVEN_S: Final = 3600.0
MOST_CLIENTS: Final = 1024


@dataclass(slots=True)
class _Session:
    pin: bytes
    used_s: float


class Sessions:
    """Open sessions by their token, of which only the hash is kept. `used_s` is in seconds of the caller's clock.

    A session ends `idle_s` after it was last used, or when it is one of more than `most` and was used longest ago, or
    with the PIN (named by its salt) that opened it. A use is written down once it is `stamp_s` younger than the last
    one: sessions that are kept in a file then change it seldom. It is never written back: a box without a clock of its
    own begins in the past, and a use there would look too long ago as soon as the network has told the time.
    """

    def __init__(self, idle_s: float, most: int, stamp_s: float = 0.0) -> None:
        self._idle_s, self._most, self._stamp_s = idle_s, most, stamp_s
        self._open: dict[str, _Session] = {}
        self.changed = False
        """Whether anything was opened, closed or written down since somebody set this to False."""

    def open(self, pin: bytes, now_s: float) -> str:
        """Return a new session's token."""
        self._open = {name: kept for name, kept in self._open.items() if self._lives(kept, kept.pin, now_s)}
        while len(self._open) >= self._most:
            self._forget(min(self._open, key=lambda name: self._open[name].used_s))
        token = secrets.token_urlsafe(32)
        self._open[_hashed(token)] = _Session(pin, now_s)
        self.changed = True
        return token

    def is_open(self, token: str, pin: bytes, now_s: float, *, use: bool = True) -> bool:
        """Whether `token` belongs to a session of this PIN that has not ended; `use` keeps it open for longer."""
        session = self._open.get(name := _hashed(token))
        if session is None:
            return False
        if not self._lives(session, pin, now_s):
            self._forget(name)
            return False
        if use and now_s - session.used_s > self._stamp_s:
            session.used_s = now_s
            self.changed = True
        return True

    def close(self, token: str) -> None:
        """End a session, if there is one."""
        if _hashed(token) in self._open:
            self._forget(_hashed(token))

    def to_json(self) -> str:
        """Return the open sessions as text; nobody can sign in with it."""
        return json.dumps({name: [kept.pin.hex(), kept.used_s] for name, kept in self._open.items()}, indent=0)

    def restore(self, text: str) -> None:
        """Take the sessions of `to_json`; ValueError if it is something else, which leaves none open."""
        try:
            stored: Any = json.loads(text)
            self._open = {
                str(name): _Session(bytes.fromhex(pin), float(used_s)) for name, (pin, used_s) in stored.items()
            }
        except (TypeError, AttributeError, RecursionError) as error:
            raise ValueError(str(error)) from None

    def _lives(self, session: _Session, pin: bytes, now_s: float) -> bool:
        return session.pin == pin and now_s - session.used_s < self._idle_s

    def _forget(self, name: str) -> None:
        del self._open[name]
        self.changed = True


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


class Attempts:
    """Counts wrong PINs by whatever names a client, and says how long it must wait."""

    def __init__(self, free: int, most: int = MOST_CLIENTS) -> None:
        self._free, self._most = free, most
        self._wrong: dict[Hashable, tuple[int, float]] = {}

    def wait_s(self, client: Hashable, now_s: float) -> float:
        """Return how long until this client may try again; 0 if it may now."""
        count, last_s = self._recent(client, now_s)
        if count < self._free:
            return 0.0
        wait_s = min(LONGEST_WAIT_S, 2.0 ** min(count - self._free, 30))
        return max(0.0, last_s + wait_s - now_s)

    def wrong(self, client: Hashable, now_s: float) -> None:
        """Count a wrong PIN."""
        count, _ = self._recent(client, now_s)
        self._wrong.pop(client, None)  # the newest stands last, so that the oldest is first to go
        self._wrong[client] = (count + 1, now_s)
        if len(self._wrong) > self._most:
            del self._wrong[next(iter(self._wrong))]

    def right(self, client: Hashable) -> None:
        """Forget what this client had wrong."""
        self._wrong.pop(client, None)

    def _recent(self, client: Hashable, now_s: float) -> tuple[int, float]:
        count, last_s = self._wrong.get(client, (0, now_s))
        return (count, last_s) if now_s - last_s < FORGIVEN_S else (0, now_s)
