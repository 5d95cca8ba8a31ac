"""Who may do what: the box's own screen, viewers and staff; signing in and out.

Routes that change or show what is staff's alone call `require_staff`; what strangers may see at all is guard.py's.
`lan_address` is where phones reach the box.
"""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from kiosk.config import is_loopback
from kiosk.files import replace_file
from kiosk.pins import ROLES, Pin, PinFile, PinFileError, Role
from kiosk.web.answers import read_json, refusal
from kiosk.web.caller import is_own_screen, is_secure, network, own_address, page_address
from kiosk.web.pages import STATIC
from kiosk.web.sessions import FREE_BY_CLIENT, FREE_IN_ALL, Attempts, Sessions
from kiosk.words import words

log = logging.getLogger(__name__)

STAFF_IDLE_S: Final = 30 * 60.0
VIEWING_IDLE_S: Final = 30 * 24 * 3600.0
VIEWING_STAMP_S: Final = 24 * 3600.0
"""A viewer's last use is kept to the day, so that the file of viewers is written once a day for each."""

MOST_SESSIONS: Final = 256
MOST_CHECKS: Final = 8
"""PINs that may wait to be checked, and as many of the box's own screen; the check takes one core for a third of a
second, one at a time."""

CUT_S: Final = 2.0
"""How often open streams are asked whether they still may."""

_COOKIES: Final[dict[Role, str]] = {"staff": "kiosk_staff", "viewing": "kiosk_viewing"}
_COOKIE_DAYS: Final = 400  # as long as a browser keeps any; the session itself ends earlier
_SHARED_WORDS: Final = ("language", "kiosk_silent")
_EXAMPLE: Final = '{"pin": "…", "role": "staff"}'


class Access:
    """PINs, sessions and what was guessed wrong. `lan` says whether others than the box itself are served at all.

    Viewers' sessions are kept in the file `viewers` (hashed), so that a phone on a wall survives a restart of the box;
    staff's end with the program. Used in the event loop only.
    """

    def __init__(
        self, pins: PinFile, *, lan: bool = False, names: Iterable[str] = (), viewers: Path | None = None
    ) -> None:
        self.lan = lan
        self.names = tuple(names)
        self._pins = pins
        self._told: str | None = None
        self._viewers = viewers
        self._sessions: dict[Role, Sessions] = {
            "staff": Sessions(STAFF_IDLE_S, MOST_SESSIONS),
            "viewing": Sessions(VIEWING_IDLE_S, MOST_SESSIONS, VIEWING_STAMP_S),
        }
        self._wrong_by_client = Attempts(FREE_BY_CLIENT)
        self._wrong_in_all = Attempts(FREE_IN_ALL)
        self._checking = asyncio.Lock()
        self._waiting = {True: 0, False: 0}  # those of the box's own screen, and the strangers'
        self._watching: dict[int, web.Request] = {}  # by identity: a request has no hash
        self._restore()

    def pin(self, role: Role) -> Pin | None:
        """Return a PIN if it is set. While the file of PINs is damaged none is: nobody gets in."""
        try:
            pin = self._pins.pins().get(role)
        except PinFileError as error:
            if self._told != str(error):
                log.warning("nobody can sign in: %s", error)
            self._told = str(error)
            return None
        self._told = None
        return pin

    def is_signed_in(self, request: web.Request, role: Role, *, use: bool = True) -> bool:
        """Whether the request comes with an open session of this role; `use` keeps it open for longer."""
        token, pin = request.cookies.get(_COOKIES[role]), self.pin(role)
        if token is None or pin is None:
            return False
        return self._sessions[role].is_open(token, pin.salt, _now_s(role), use=use)

    def may_view(self, request: web.Request) -> bool:
        """Whether this request may see the picture: the box's own screen, a viewer, or staff."""
        return (
            is_own_screen(request)
            or self.is_signed_in(request, "viewing")
            or self.is_signed_in(request, "staff", use=False)
        )

    async def sign_in(self, role: Role, text: str, request: web.Request) -> None:
        """Return if this is the PIN of `role`; else 403 if it is wrong, 429 while this client must wait."""
        own = is_own_screen(request)  # strangers who guess can't lock the box's own screen out
        if self._waiting[own] >= MOST_CHECKS:
            raise _wait("many PINs are being checked just now", 1.0)
        self._waiting[own] += 1
        try:
            async with self._checking:
                await self._check(role, text, request, own=own)
        finally:
            self._waiting[own] -= 1

    async def _check(self, role: Role, text: str, request: web.Request, *, own: bool) -> None:
        now_s = time.monotonic()
        client, everybody = (role, network(request)), (role, "everybody")
        wait_s = self._wrong_by_client.wait_s(client, now_s)
        wait_s = wait_s if own else max(wait_s, self._wrong_in_all.wait_s(everybody, now_s))
        if wait_s > 0:
            raise _wait("too many wrong PINs", wait_s)
        pin = self.pin(role)
        if pin is None:
            raise refusal(web.HTTPForbidden, f"there is no {role} PIN", self.how_to_set(role))
        if not await asyncio.to_thread(pin.matches, text):
            self._wrong_by_client.wrong(client, time.monotonic())
            if not own:
                self._wrong_in_all.wrong(everybody, time.monotonic())
            log.warning("a wrong %s PIN from %s", role, request.remote)
            raise refusal(web.HTTPForbidden, "this PIN is wrong", "ask whoever set up the kiosk")
        self._wrong_by_client.right(client)

    def how_to_set(self, role: Role) -> str:
        """Return what is to be done where a PIN is missing."""
        return self._told or f"set one with: kiosk pin set {role}"

    async def open(self, role: Role, request: web.Request, response: web.Response) -> None:
        """Open a session and put its token into the answer."""
        pin = self.pin(role)
        if pin is None:
            return
        response.set_cookie(
            _COOKIES[role],
            self._sessions[role].open(pin.salt, _now_s(role)),
            httponly=True,
            samesite="Strict",
            secure=is_secure(request),
            path="/",
            max_age=_COOKIE_DAYS * 24 * 3600 if role == "viewing" else None,
        )
        await self.save()

    async def close(self, roles: Iterable[Role], request: web.Request, response: web.Response) -> None:
        """End the request's sessions of these roles."""
        for role in roles:
            self._sessions[role].close(request.cookies.get(_COOKIES[role], ""))
            response.del_cookie(_COOKIES[role], path="/")
        await self.save()

    def require_staff(self, request: web.Request) -> None:
        """Raise HTTPUnauthorized unless the request is signed in as staff."""
        if self.is_signed_in(request, "staff"):
            return
        hint = "sign in with the staff PIN" if self.pin("staff") else self.how_to_set("staff")
        raise refusal(web.HTTPUnauthorized, "this is for staff", hint, pin="staff")

    @contextlib.contextmanager
    def watched(self, request: web.Request) -> Iterator[None]:
        """Remember a request while it is answered, so that its stream can be cut."""
        self._watching[id(request)] = request
        try:
            yield
        finally:
            del self._watching[id(request)]

    async def keep_watch(self) -> None:
        """Cut the streams of those who may no longer watch, and write down who came back; without end."""
        while True:
            await asyncio.sleep(CUT_S)
            for request in [*self._watching.values()]:
                if not self.may_view(request) and request.transport is not None:
                    request.transport.abort()
            await self.save()

    async def save(self) -> None:
        """Write the viewers' sessions down if they have changed."""
        viewing = self._sessions["viewing"]
        if self._viewers is None or not viewing.changed:
            return
        viewing.changed = False
        try:
            await asyncio.to_thread(_keep, self._viewers, viewing.to_json())
        except OSError as error:
            log.warning("viewers must sign in again after a restart: %s: %s", self._viewers, error.strerror)

    def _restore(self) -> None:
        if self._viewers is None or not self._viewers.exists():
            return
        try:
            self._sessions["viewing"].restore(self._viewers.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            log.warning("viewers must sign in again: %s can't be read: %s", self._viewers, error)


ACCESS: Final = web.AppKey("access", Access)


def require_staff(request: web.Request) -> None:
    """Raise 401 with `{"error", "hint", "pin": "staff"}` unless the request is signed in as staff."""
    request.app[ACCESS].require_staff(request)


def lan_address(request: web.Request) -> str | None:
    """Return the address of the kiosk's page for phones, such as http://192.168.1.20:8080/; None without LAN access."""
    access = request.app[ACCESS]
    if not access.lan or request.transport is None:
        return None
    here, port = request.transport.get_extra_info("sockname")[:2]
    # Whoever came by an address of the network is answered with it, for that one is served.
    host = access.names[0] if access.names else own_address() if is_loopback(here) else str(here)
    return page_address(host, port, secure=is_secure(request))


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return (
        web.get("/pin", _page),
        web.get("/pin/words.json", _words),
        web.get("/api/pin", _who),
        web.post("/api/pin", _sign_in),
        web.delete("/api/pin", _sign_out),
    )


async def _page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "pin.html")


async def _words(_: web.Request) -> web.Response:
    """The sentences of the PIN page alone: the others are not for strangers."""
    own = {name: texts for name, texts in words().items() if name.startswith("pin_") or name in _SHARED_WORDS}
    return web.json_response(own)


async def _who(request: web.Request) -> web.Response:
    access = request.app[ACCESS]
    return web.json_response(
        {
            "staff": access.is_signed_in(request, "staff", use=False),
            "viewing": access.may_view(request),
            "staff_set": access.pin("staff") is not None,
            "viewing_set": access.pin("viewing") is not None,
        }
    )


async def _sign_in(request: web.Request) -> web.Response:
    access = request.app[ACCESS]
    body = await read_json(request, _EXAMPLE)
    text, role = body.get("pin"), body.get("role")
    if not isinstance(text, str) or role not in ROLES:
        raise refusal(web.HTTPBadRequest, "a PIN and a role (staff or viewing) are needed", f"send {_EXAMPLE}")
    await access.sign_in(role, text, request)
    response = web.json_response({"role": role})
    await access.open(role, request, response)
    if role == "staff":
        # A coach's phone goes on showing the picture when half an hour without work has ended the staff session.
        await access.open("viewing", request, response)
    return response


async def _sign_out(request: web.Request) -> web.Response:
    """End the sessions of this browser, or with `?role=staff` that one alone: the phone goes on showing the picture."""
    asked = request.query.get("role")
    roles = [role for role in ROLES if asked in (None, role)]
    if not roles:
        raise refusal(web.HTTPBadRequest, "there is no such role", f"one of {', '.join(ROLES)}, or none for both")
    response = web.json_response({"signed_out": roles})
    await request.app[ACCESS].close(roles, request, response)
    return response


def _wait(why: str, wait_s: float) -> web.HTTPTooManyRequests:
    answer = refusal(web.HTTPTooManyRequests, why, f"try again in {math.ceil(wait_s)} s")
    answer.headers[hdrs.RETRY_AFTER] = str(math.ceil(wait_s))
    return answer


def _now_s(role: Role) -> float:
    # Viewers' sessions outlive the program, so they need the wall clock; staff's must not depend on it.
    return time.time() if role == "viewing" else time.monotonic()


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, text.encode(), private=True)
