"""Opens the port that the page is served on: to the box alone, or to the network; plain or with TLS."""

import errno
import ssl
from pathlib import Path

from aiohttp import web

from kiosk.config import TlsSettings, WebSettings, is_loopback
from kiosk.door import LOOPBACK, Door
from kiosk.errors import PlainError
from kiosk.pins import PinFile, PinFileError
from kiosk.web.caller import own_address, page_address


class CannotStartError(PlainError):
    """The kiosk can't start as it is told to; its text is one sentence for people."""


def check_viewing_pin(site: WebSettings, pins: PinFile) -> None:
    """Raise CannotStartError if others than the box itself are to be served and no viewing PIN is set."""
    if not site.lan:
        return
    try:
        there = "viewing" in pins.pins()
    except PinFileError as error:
        raise CannotStartError(str(error)) from None
    if not there:
        raise CannotStartError(
            f"serving {site.address} shows the picture to others, who must know a viewing PIN: "
            "set one with: kiosk pin set viewing"
        )


def tls_context(tls: TlsSettings | None) -> ssl.SSLContext | None:
    """Return what serves TLS; None without TLS, CannotStartError if the certificate or the key can't be used."""
    if tls is None:
        return None
    for name, path in (("certificate", tls.certificate), ("key", tls.key)):
        try:
            Path(path).read_bytes()
        except OSError as error:
            raise CannotStartError(f"web.tls.{name}: {path} can't be read: {error.strerror}") from None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        # A key with a password would otherwise be asked for on a terminal that a service hasn't got.
        context.load_cert_chain(tls.certificate, tls.key, password="")
    except ssl.SSLError as error:
        raise CannotStartError(_tls_problem(tls, error)) from None
    return context


def _tls_problem(tls: TlsSettings, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"web.tls: the key {tls.key} does not belong to the certificate {tls.certificate}"
    for name, path, kind in (("certificate", tls.certificate, b"CERTIFICATE"), ("key", tls.key, b"PRIVATE KEY")):
        text = Path(path).read_bytes()
        if kind not in text:
            return f"web.tls.{name}: {path} holds no {kind.decode().lower()} in PEM form"
        if b"ENCRYPTED" in text:
            return f"web.tls.{name}: {path} has a password: write it without (openssl pkey -in OLD -out NEW)"
    return f"web.tls: {tls.certificate} and {tls.key} can't be used: {error.reason or error}"


async def listen(runner: web.AppRunner, site: WebSettings, tls: ssl.SSLContext | None) -> tuple[str, str | None]:
    """Start serving; return the page's address for the box itself, and for others if they are served.

    CannotStartError if the address can't be listened on.
    """
    try:
        await Door(runner, site, tls).start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {site.port} is in use: stop the other program or choose another with --port"
        elif error.errno == errno.EACCES:
            reason = f"port {site.port} needs privileges: choose one from 1024 up with --port"
        else:
            reason = f"can't listen on {site.address}: {error.strerror or error}"
        raise CannotStartError(reason) from None
    port = runner.addresses[0][1]
    alone = is_loopback(site.address)
    here = page_address(site.address if alone else LOOPBACK, port, secure=tls is not None)
    if alone:
        return here, None
    name = site.known_as[0] if site.known_as else own_address()
    return here, page_address(name, port, secure=tls is not None)
