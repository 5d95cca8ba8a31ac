"""Who may ask, under which name, and what a browser may do with the answer: over real sockets."""

import re
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import parse_qs, urlsplit

import pytest

from kiosk.pins import SCRYPT
from kiosk.web.caller import own_address
from kiosk.web.guard import FOR_STRANGERS
from tests.doors import HERE, VIEWING, Caller, Site, served, stranger

NAME = socket.gethostname().lower()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for the box itself only."""
    with served(tmp_path_factory.mktemp("alone")) as site:
        yield site


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for the network, known under one more name."""
    with (
        pytest.MonkeyPatch.context() as patch,
        served(tmp_path_factory.mktemp("lan"), lan=True, names=("kiosk.example",)) as site,
    ):
        patch.setitem(SCRYPT, "n", 16)
        site.pins.set("viewing", VIEWING)
        yield site


def status_under(site: Site, host: str | None) -> int:
    """The answer to a request under this Host, free for everybody."""
    connection = HTTPConnection(HERE, site.port, timeout=10)
    connection.putrequest("GET", "/pin", skip_host=True)
    if host is not None:
        connection.putheader("Host", host.replace("PORT", str(site.port)))
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


OWN = ["localhost", "localhost:PORT", "LOCALHOST", "127.0.0.1:PORT", "[::1]:PORT", "localhost:9000", "127.0.0.2"]
IN_NETWORK = [NAME, f"{NAME}.local", f"{NAME.upper()}.local:PORT", "kiosk.example", "Kiosk.Example:PORT"]
FOREIGN = [
    None, "", "evil.example", "evil.example:PORT", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.77",
    "[2001:db8::1]:PORT", "localhost.", "evil@localhost", "localhost@evil.example", "[::1]evil.example", "[::1", "::1",
    "localhost:PORT:PORT", "localhost/evil", ".local", "example", "evil.kiosk.example", ":PORT", "[]", "a,localhost",
]  # fmt: skip


@pytest.mark.parametrize("host", OWN)
def test_the_box_answers_to_its_own_names_always(alone: Site, lan: Site, host: str) -> None:
    assert [status_under(site, host) for site in (alone, lan)] == [200, 200]


@pytest.mark.parametrize("host", IN_NETWORK)
def test_the_box_answers_to_its_names_in_the_network_only_when_it_serves_it(alone: Site, lan: Site, host: str) -> None:
    assert [status_under(site, host) for site in (alone, lan)] == [421, 200]


@pytest.mark.parametrize("host", FOREIGN)
def test_the_box_answers_to_no_other_name(alone: Site, lan: Site, host: str | None) -> None:
    for site in (alone, lan):
        assert status_under(site, host) in (400, 421)


def test_the_box_answers_to_the_address_it_was_reached_at_and_to_no_other(lan: Site) -> None:
    if (address := own_address()).endswith(".local"):
        pytest.skip("this machine has no network")
    there = Caller(lan.port, address)
    assert there.get("/pin").status == 200
    assert there.get("/pin", Host="192.0.2.77").status == 421
    assert status_under(lan, address) == 421, "an address that is not where the request came in"


ORIGINS = [
    ({}, 200),
    ({"Origin": "http://127.0.0.1:PORT"}, 200),
    ({"Origin": "http://127.0.0.1:PORT", "Sec-Fetch-Site": "same-origin"}, 200),
    ({"Sec-Fetch-Site": "none"}, 200),
    ({"Origin": "null"}, 403),
    ({"Origin": ""}, 403),
    ({"Origin": "http://evil.example"}, 403),
    ({"Origin": "http://127.0.0.1"}, 403),
    ({"Origin": "http://127.0.0.1:1"}, 403),
    ({"Origin": "http://localhost:PORT"}, 403),
    ({"Origin": "https://127.0.0.1:PORT"}, 403),
    ({"Origin": "http://127.0.0.1:PORT.evil.example"}, 403),
    ({"Origin": "http://127.0.0.1:PORT", "Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "?"}, 403),
]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize(("headers", "status"), ORIGINS)
def test_a_foreign_page_changes_nothing(alone: Site, method: str, headers: dict[str, str], status: int) -> None:
    sent = {name: value.replace("PORT", str(alone.port)) for name, value in headers.items()}
    assert Caller(alone.port).ask(method, "/secret", **sent).status == status


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        ("cross-site", "no-cors", 403),
        ("same-site", "no-cors", 403),
        ("cross-site", "navigate", 200),
        ("same-origin", "cors", 200),
        ("none", "navigate", 200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_foreign_page_may_link_to_the_kiosk_but_not_show_its_picture(
    alone: Site, method: str, site: str, mode: str, status: int
) -> None:
    asked = Caller(alone.port).ask(
        method, "/secret", Sec_Fetch_Site=site, Sec_Fetch_Mode=mode, Origin="http://a.example"
    )
    assert asked.status == status


@pytest.mark.parametrize(
    "header", ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP"]
)
def test_whom_a_proxy_on_the_box_lets_in_is_a_stranger(alone: Site, lan: Site, header: str) -> None:
    for site in (alone, lan):
        assert Caller(site.port).get("/secret").status == 200
        assert Caller(site.port).get("/secret", **{header: "127.0.0.1"}).status == 401
    assert Caller(lan.port).get("/secret", Host="kiosk.example").status == 401, "a proxy that keeps the name"


PAGE = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.mark.parametrize(
    ("method", "target", "accept", "status"),
    [
        ("GET", "/", PAGE, 303),
        ("HEAD", "/", PAGE, 303),
        ("GET", "/editor?exercise=squat&line=3", PAGE, 303),
        ("GET", "//evil.example/x", PAGE, 303),
        ("GET", "/no/such/page", PAGE, 303),
        ("GET", "/", "*/*", 401),
        ("GET", "/secret", "application/json", 401),
        ("POST", "/secret", PAGE, 401),
        ("DELETE", "/", PAGE, 401),
        ("GET", "/static/main.js", "*/*", 401),
        ("GET", "/static/pin.js/../main.js", "*/*", 401),
        ("GET", "/static/%2e%2e/pin", "*/*", 401),
        ("GET", "/static/pin.js%2f..%2fmain.js", "*/*", 401),
        ("GET", "/%70in/../secret", "*/*", 401),
        ("GET", "/pin/", "*/*", 401),
        ("GET", "/%70in", "*/*", 401),
        ("GET", "/words.json", "*/*", 401),
        ("GET", "/no/such/thing", "*/*", 401),
    ],
)
def test_a_stranger_gets_to_the_pin_page_and_nowhere_else(
    lan: Site, method: str, target: str, accept: str, status: int
) -> None:
    answer = stranger(lan.port).ask(method, target, Accept=accept)
    assert answer.status == status
    if status == 303:
        to = urlsplit(answer.headers["Location"])
        assert (to.scheme, to.netloc, to.path) == ("", "", "/pin")
        assert parse_qs(to.query) == {"next": [target]}
    elif method != "HEAD":
        assert answer.json == {"error": "this is for viewers", "hint": "sign in on the page /pin", "pin": "viewing"}


def test_the_pin_page_needs_only_what_strangers_get(lan: Site) -> None:
    visitor = stranger(lan.port)
    asked, seen = ["/pin"], set[str]()
    while asked:
        if (path := asked.pop()) in seen:
            continue
        seen.add(path)
        answer = visitor.get(path)
        assert answer.status == 200, path
        asked += re.findall(r'(?:src|href)="(/[^"]+)"', answer.body.decode())
        asked += [f"/static/{found}" for found in re.findall(r'from "\./([\w.]+)"', answer.body.decode())]
    assert seen | {"/pin/words.json", "/api/pin"} == FOR_STRANGERS


def test_strangers_read_the_words_of_the_pin_page_only(lan: Site) -> None:
    names = stranger(lan.port).get("/pin/words.json").json.keys()
    assert {"pin_viewing", "pin_wrong", "pin_wait", "language", "kiosk_silent"} <= names
    assert len(names) < 15


@pytest.mark.parametrize("path", ["/", "/pin", "/api/pin", "/static/pin.js", "/nowhere"])
def test_every_answer_tells_the_browser_what_it_may_do(alone: Site, path: str) -> None:
    headers = Caller(alone.port).get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy.pop("img-src") == "'self' data: blob:"
    assert {policy.pop(name) for name in ("default-src", "base-uri", "form-action", "frame-ancestors")} == {"'none'"}
    assert policy == dict.fromkeys(
        ("script-src", "style-src", "media-src", "connect-src", "font-src", "manifest-src", "worker-src"), "'self'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=(self)" in headers["Permissions-Policy"] and "microphone=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        *((path, "no-cache") for path in ("/", "/static/pin.js", "/words.json", "/pin")),
        *((path, "no-store") for path in ("/api/pin", "/secret", "/static/nothing", "/work")),
    ],
)
def test_no_browser_keeps_what_is_about_people(alone: Site, path: str, kept: str) -> None:
    assert Caller(alone.port).get(path).headers["Cache-Control"] == kept


def test_an_unchanged_part_of_a_page_costs_no_body(alone: Site) -> None:
    first = Caller(alone.port).get("/static/pin.js")
    again = Caller(alone.port).get("/static/pin.js", If_None_Match=first.headers["ETag"])
    assert (again.status, again.headers["Cache-Control"]) == (304, "no-cache")


def test_a_redirect_to_the_pin_page_is_not_kept(lan: Site) -> None:
    assert stranger(lan.port).get("/", Accept=PAGE).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "lines", ["GET /secret HTTP/1.0\r\n\r\n", "GET http://localhost/secret HTTP/1.1\r\nHost: evil\r\n\r\n"]
)
def test_odd_ways_of_naming_the_box_are_refused(alone: Site, lines: str) -> None:
    with socket.create_connection((HERE, alone.port), timeout=10) as connection:
        connection.sendall(lines.encode())
        assert b" 421 " in connection.recv(4096).splitlines()[0]
