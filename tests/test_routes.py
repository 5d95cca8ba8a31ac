"""Every route, asked in every odd way: an answer for people, never a server error, never a traceback in the log."""

import http.client
import importlib
import pkgutil
import re
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kiosk.web
from tests.conftest import RunningKiosk

MOST_BYTES = 2000
BUSY = 503
"""The one answer above 499 that is by design: no room for one more viewer, no picture yet."""


def every_route() -> list[tuple[str, str]]:
    """Method and path of every route of every module in kiosk.web."""
    found: list[tuple[str, str]] = []
    for module in pkgutil.iter_modules(kiosk.web.__path__):
        routes = getattr(importlib.import_module(f"kiosk.web.{module.name}"), "routes", None)
        for route in routes() if routes else ():
            if isinstance(route, web.RouteDef):
                found.append((route.method, route.path))
            elif isinstance(route, web.StaticDef):
                found.append(("GET", route.prefix + "/{name}"))
    return found


ROUTES = every_route()
WORDS = st.sampled_from(
    ["squat", "plank", "nobody", "..", "../squat", "1", "0", "-1", "99999999999999999999", "a" * 300]
)
NAMES = st.one_of(WORDS, st.text(max_size=20))
BODIES = st.one_of(
    st.just(b""),
    st.binary(max_size=MOST_BYTES),
    st.sampled_from([b"{", b"[]", b"null", b'"x"', b'{"name": 1}', b'{"name": "squat"}', b"{}"]),
    st.sampled_from([b"[" * 1500, b"\xff\xfe"]),
    st.sampled_from([b'{"running": 1}', b'{"muted": "no"}', b'{"pin": [], "role": {}}']),
    st.just(b'{"pin": "x", "role": "staff"}'),
    st.sampled_from([b'{"person": "7", "visit": "a-1"}', b'{"person": "\\ud800"}', b'{"person": null, "visit": {}}']),
    st.sampled_from([b'{"warning": "a-1", "verdict": "right"}', b'{"warning": [], "verdict": []}']),
    st.sampled_from([b"name: squat\n", b"- - - -\n", b"a: *b\n", b"%YAML 9\n---\n", "name: 深蹲\n".encode("utf-16")]),
    st.sampled_from([
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\nno picture\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="image"\r\n\r\n',
        b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\n1\r\n--x--\r\n',
        b"--x\r\n\r\n--x--",
    ]),
)  # fmt: skip
TYPES = st.sampled_from([
    "application/json", "text/plain", "application/json; charset=nonsense", "text/yaml", "text/yaml; charset=utf-7",
    "multipart/form-data; boundary=x", "multipart/form-data", "multipart/form-data; boundary=" + "y" * 200,
    "application/x-www-form-urlencoded", "image/jpeg", "/", "",
])  # fmt: skip
HEADERS = st.dictionaries(
    st.sampled_from([
        "If-Match", "If-None-Match", "If-Modified-Since", "Range", "Cookie", "Accept", "Accept-Language",
        "Accept-Encoding", "Last-Event-ID", "Sec-Fetch-Site", "Expect", "Upgrade", "Content-Encoding",
    ]),
    st.one_of(
        st.sampled_from(["*", "gzip", "zh", '"abc"', "bytes=0-1", "bytes=9-1", "bytes=-", "same-origin"]),
        st.sampled_from(["100-continue", "websocket", "a=b; c", "k=v;" * 50]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
    ),
    max_size=3,
)  # fmt: skip


def answer(port: int, method: str, target: str, headers: dict[str, str], body: bytes) -> int:
    """Send one request and return the answer's status; the body of an endless answer is left unread."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, target, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def fill(path: str, name: str) -> str:
    return re.sub(r"\{[^}]*\}", lambda _: quote(name, safe=""), path)


@dataclass(frozen=True)
class Odd:
    """A request that no page of ours would send."""

    route: tuple[str, str]
    method: str
    name: str
    query: str
    content_type: str
    headers: dict[str, str]
    body: bytes

    def send(self, port: int) -> int:
        """Send it and return the answer's status."""
        method, path = self.route
        target = fill(path, self.name) + (f"?{quote(self.query, safe='=&')}" if self.query else "")
        return answer(
            port, self.method or method, target, {"Content-Type": self.content_type, **self.headers}, self.body
        )


REQUESTS = st.builds(
    Odd,
    route=st.sampled_from(ROUTES),
    method=st.sampled_from(["", "", "", "GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW"]),
    name=NAMES,
    query=st.one_of(st.just(""), st.text(max_size=20)),
    content_type=TYPES,
    headers=HEADERS,
    body=BODIES,
)


@example(Odd(("POST", "/api/exercise"), "", "squat", "", "application/json", {"Content-Encoding": "gzip"}, b"no gzip"))
@example(Odd(("GET", "/static/{name}"), "", "a" * 300, "", "", {}, b""))
@settings(max_examples=150, deadline=None)
@given(odd=REQUESTS)
def test_no_request_brings_a_server_error(own_kiosk: RunningKiosk, odd: Odd) -> None:
    status = odd.send(own_kiosk.port)
    assert status < 500 or status == BUSY
    log = own_kiosk.log.read_text()
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :]


def test_every_page_and_answer_is_among_what_was_asked() -> None:
    paths = {path for _, path in ROUTES}
    assert {"/", "/stream.mjpg", "/api/state", "/api/exercise", "/detect", "/photo", "/editor", "/api/pin"} <= paths
