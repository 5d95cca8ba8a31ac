"""Opening the port: to whom, with which certificate, and what is said when it can't be."""

import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from kiosk.config import TlsSettings, WebSettings
from kiosk.listen import CannotStartError, check_viewing_pin, tls_context
from kiosk.pins import SCRYPT, PinFile
from tests.doors import HERE, STAFF, VIEWING, Caller, served, stranger


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate, its key, another key, and a key with a password."""
    folder = tmp_path_factory.mktemp("tls")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    names = ["-subj", "/CN=kiosk.example", "-addext", "subjectAltName=DNS:kiosk.example,IP:127.0.0.1"]
    _openssl(folder, "req", "-x509", *curve, "-nodes", "-days", "2", *names, "-keyout", "key.pem", "-out", "cert.pem")
    _openssl(folder, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", "other.pem")
    _openssl(folder, "pkey", "-in", "key.pem", "-aes256", "-passout", "pass:secret", "-out", "locked.pem")
    (folder / "broken.pem").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    (folder / "empty.pem").write_text("")
    return folder


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def settings(folder: Path, certificate: str = "cert.pem", key: str = "key.pem") -> TlsSettings:
    return TlsSettings(certificate=str(folder / certificate), key=str(folder / key))


@pytest.mark.parametrize(
    ("certificate", "key", "said"),
    [
        ("none.pem", "key.pem", r"web\.tls\.certificate: \S+none\.pem can't be read: No such file"),
        ("cert.pem", "none.pem", r"web\.tls\.key: \S+none\.pem can't be read: No such file"),
        (".", "key.pem", r"web\.tls\.certificate: \S+ can't be read: Is a directory"),
        ("cert.pem", "other.pem", r"web\.tls: the key \S+other\.pem does not belong to the certificate \S+cert\.pem"),
        ("key.pem", "key.pem", r"web\.tls\.certificate: \S+key\.pem holds no certificate in PEM form"),
        ("cert.pem", "cert.pem", r"web\.tls\.key: \S+cert\.pem holds no private key in PEM form"),
        ("empty.pem", "key.pem", r"web\.tls\.certificate: \S+empty\.pem holds no certificate"),
        ("cert.pem", "locked.pem", r"web\.tls\.key: \S+locked\.pem has a password: write it without \(openssl pkey"),
        ("cert.pem", "broken.pem", r"web\.tls: \S+cert\.pem and \S+broken\.pem can't be used: "),
    ],
)
def test_files_that_serve_no_tls_are_named(made: Path, certificate: str, key: str, said: str) -> None:
    with pytest.raises(CannotStartError, match=said):
        tls_context(settings(made, certificate, key))


def test_without_tls_there_is_none() -> None:
    assert tls_context(None) is None


def test_over_tls_the_page_is_served_and_cookies_are_secure(made: Path, tmp_path: Path) -> None:
    trusting = ssl.create_default_context(cafile=made / "cert.pem")
    with served(tmp_path, tls_context(settings(made)), lan=True, names=("kiosk.example",)) as site:
        site.pins.set("staff", STAFF)
        assert site.announced == (f"https://127.0.0.1:{site.port}/", f"https://kiosk.example:{site.port}/")
        caller = Caller(site.port, HERE, trusting)
        assert caller.get("/address").json["address"] == site.announced[1]
        foreign = caller.ask("POST", "/api/pin", {}, Origin=f"http://127.0.0.1:{site.port}")
        assert foreign.status == 403
        own = {"Origin": f"https://127.0.0.1:{site.port}"}
        signed_in = caller.ask("POST", "/api/pin", {"pin": STAFF, "role": "staff"}, **own)
        assert signed_in.status == 200
        assert "; Secure" in signed_in.headers["Set-Cookie"]
        assert caller.get("/work").status == 200
        with pytest.raises(ConnectionError):
            Caller(site.port).get("/pin")


def test_the_network_is_served_only_with_a_viewing_pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCRYPT, "n", 16)
    pins = PinFile(tmp_path)
    pins.set("staff", STAFF)
    check_viewing_pin(WebSettings(), pins)
    with pytest.raises(CannotStartError, match=r"set one with: kiosk pin set viewing"):
        check_viewing_pin(WebSettings(lan=True), pins)
    pins.set("viewing", VIEWING)
    check_viewing_pin(WebSettings(lan=True), pins)
    pins.path.write_text("{")
    with pytest.raises(CannotStartError, match="damaged"):
        check_viewing_pin(WebSettings(lan=True), pins)
    check_viewing_pin(WebSettings(), pins)


def test_the_box_alone_is_not_reached_from_the_network(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        there = stranger(site.port)
        if there.host == HERE:
            pytest.skip("this machine has no network")
        with pytest.raises(ConnectionRefusedError):
            there.get("/pin")


def test_one_address_of_the_network_is_served_and_the_box_itself(tmp_path: Path) -> None:
    if (address := stranger(0).host) == HERE:
        pytest.skip("this machine has no network")
    with served(tmp_path, lan=True, host=address) as site:
        assert site.announced == (f"http://{HERE}:{site.port}/", f"http://{address}:{site.port}/")
        own = Caller(site.port, address)
        assert own.get("/pin").status == 200
        site.pins.set("viewing", VIEWING)
        own.sign_in(VIEWING)
        assert own.get("/address").json["address"] == site.announced[1]
        assert Caller(site.port).get("/secret").status == 200
        assert Caller(site.port).get("/address").json["address"] == site.announced[1]
        with pytest.raises(ConnectionRefusedError):
            Caller(site.port, "127.0.0.2").get("/pin")


def test_all_addresses_are_those_of_both_kinds(tmp_path: Path) -> None:
    with served(tmp_path, lan=True, host="::") as site:
        assert site.announced[0] == f"http://{HERE}:{site.port}/"
        assert [Caller(site.port, host).get("/pin").status for host in (HERE, "::1")] == [200, 200]


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("192.0.2.254", "can't listen on 192.0.2.254: "),
        ("no.such.name.invalid", "can't listen on no.such.name.invalid: "),
    ],
)
def test_an_address_that_is_not_the_boxs_is_told_of(tmp_path: Path, host: str, said: str) -> None:
    with pytest.raises(CannotStartError, match=said), served(tmp_path, lan=True, host=host):
        pass


def test_a_port_in_use_is_told_of(tmp_path: Path) -> None:
    with socket.create_server((HERE, 0)) as taken:
        port = taken.getsockname()[1]
        said = f"port {port} is in use: stop the other program or choose another"
        with pytest.raises(CannotStartError, match=said), served(tmp_path, port=port):
            pass
