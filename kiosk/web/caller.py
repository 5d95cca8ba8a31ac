"""Who asks, from where and under which name; and under which names the box is reached."""

import contextlib
import ipaddress
import re
import socket
from typing import Final

from aiohttp import hdrs, web

from kiosk.config import as_ip, is_loopback

_FORWARDED: Final = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
_HOST: Final = re.compile(r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[^\[\]:@/\s]+))(?::\d{0,5})?")


def page_address(host: str, port: int, *, secure: bool) -> str:
    """Return the page's address as a browser takes it."""
    scheme, usual = ("https", 443) if secure else ("http", 80)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}{'' if port == usual else f':{port}'}/"


def own_address() -> str:
    """Return the box's address in its network: that of the interface with the default route, else its name there."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unsent:
        unsent.connect(("198.51.100.1", 9))  # only chooses a route; an address that documentation uses
        return str(unsent.getsockname()[0])
    return f"{socket.gethostname().lower()}.local"


def is_own_screen(request: web.Request) -> bool:
    """Whether the request was made on the box itself, under its loopback name, and nobody passed it on.

    A reverse proxy on the box connects from loopback as well, but says for whom or under which name. Somebody with an
    SSH tunnel has an account on the box.
    """
    return (
        is_loopback(peer(request))
        and is_loopback(asked_host(request))
        and not any(header in request.headers for header in _FORWARDED)
    )


def peer(request: web.Request) -> str:
    """Return the address that the request came from."""
    name = request.transport.get_extra_info("peername") if request.transport else None
    return str(name[0]) if isinstance(name, tuple) else ""


def asked_host(request: web.Request) -> str:
    """Return the name in the Host header, lower-case, without port and brackets; empty if there is none."""
    found = _HOST.fullmatch(request.headers.get(hdrs.HOST, "").lower())
    return (found["address"] or found["name"]) if found else ""


def is_secure(request: web.Request) -> bool:
    """Whether the request came over TLS."""
    return request.transport is not None and request.transport.get_extra_info("sslcontext") is not None


def network(request: web.Request) -> str:
    """Return what a guesser can't change at will: an IPv4 address, or the network of an IPv6 one; empty if unknown."""
    try:
        address = as_ip(peer(request))
    except ValueError:
        return ""
    return str(address if address.version == 4 else ipaddress.IPv6Network((address, 64), strict=False))
