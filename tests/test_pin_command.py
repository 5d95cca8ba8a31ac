"""`kiosk pin` as people type it and as scripts feed it, and what `kiosk run` says without a PIN."""

import io
import os
import pty
import shutil
import sys
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.pins import SCRYPT, PinFile
from tests.conftest import MODELS, ROOT


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of its own; hashes are quickly made."""
    monkeypatch.setitem(SCRYPT, "n", 16)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def kiosk_yaml(state: Path, model_bundle: Path) -> Path:
    """A copy of the shipped settings, beside a state folder with the model and no PIN."""
    state.mkdir()
    (state / "models").symlink_to(MODELS)
    return Path(shutil.copytree(ROOT / "config", state.parent / "config")) / "kiosk.yaml"


def feed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_script_sets_removes_and_lists_pins(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pin", "status"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "staff    not set: kiosk pin set staff",
        "viewing  not set: kiosk pin set viewing",
    ]
    for role, pin in (("staff", "2468\n"), ("viewing", "1357")):
        feed(monkeypatch, pin)
        assert main(["pin", "set", role]) == 0
        said = capsys.readouterr().out
        assert f"The {role} PIN is set" in said and pin.strip() not in said
    assert PinFile(state).pins()["staff"].matches("2468")
    assert PinFile(state).pins()["viewing"].matches("1357")
    assert main(["pin", "remove", "viewing"]) == 0
    assert "nobody but the box itself can watch" in capsys.readouterr().out
    assert main(["pin", "remove", "viewing"]) == 0
    assert capsys.readouterr().out == "There was no viewing PIN.\n"
    assert main(["pin", "status"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "staff    set"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("staff", "1234\n"), "first that are guessed"),
        (("viewing", "12\n"), "at least 4"),
        (("viewing", ""), "no PIN on the standard input"),
        (("viewing", "\n"), "no PIN on the standard input"),
        (("viewing", "9753\n"), "must differ"),
    ],
)
def test_a_pin_that_will_not_do_changes_nothing(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: tuple[str, str], said: str
) -> None:
    PinFile(state).set("staff", "9753")
    before = (state / "pins.json").read_bytes()
    role, line = given
    feed(monkeypatch, line)
    assert main(["pin", "set", role]) == 2
    told = capsys.readouterr().err
    assert told.startswith("kiosk: ") and said in told and told.count("\n") == 1
    assert (state / "pins.json").read_bytes() == before


@pytest.mark.parametrize("arguments", [["set", "staff"], ["remove", "staff"], ["status"]])
def test_a_damaged_file_is_told_of(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    state.mkdir()
    (state / "pins.json").write_text("{")
    feed(monkeypatch, "2468\n")
    assert main(["pin", *arguments]) == 2
    assert "pins.json is damaged: remove it" in capsys.readouterr().err
    assert (state / "pins.json").read_text() == "{"


def test_at_a_terminal_a_pin_is_typed_twice_and_not_shown(tmp_path: Path) -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        command = [sys.executable, "-m", "kiosk", "pin", "set", "staff"]
        os.execve(sys.executable, command, os.environ | {"STATE_DIRECTORY": str(tmp_path)})
    shown = ""
    for line in (b"24681357\n", b"24681357\n"):
        shown = _until(terminal, shown, ": ")
        os.write(terminal, line)
        shown += "|"
    shown = _until(terminal, shown, None)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, shown
    assert "The staff PIN is set" in shown and "2468" not in shown
    assert PinFile(tmp_path).pins()["staff"].matches("24681357")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["2468", "2469"], "the two were not the same: nothing has changed"),
        (["1234"], "first that are guessed"),
        ([""], "at least 4"),
        ([], "no PIN was typed: nothing has changed"),
        (["2468"], "no PIN was typed: nothing has changed"),
    ],
)
def test_a_slip_at_the_terminal_changes_nothing(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: list[str], said: str
) -> None:
    lines = iter(typed)

    def getpass(_: str) -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None  # Ctrl-D

    monkeypatch.setattr("getpass.getpass", getpass)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert main(["pin", "set", "staff"]) == 2
    assert said in capsys.readouterr().err
    assert not PinFile(state).pins()


def _until(terminal: int, shown: str, end: str | None) -> str:
    """Read what the terminal shows until it ends like that, or until it is closed."""
    while end is None or not shown.endswith(end):
        try:
            shown += os.read(terminal, 1000).decode()
        except OSError:
            assert end is None, f"the program ended early: {shown}"
            break
    return shown


@pytest.mark.parametrize(
    ("file", "arguments", "said"),
    [
        ("lan: true", [], "serving 0.0.0.0 shows the picture to others, who must know a viewing PIN: set one with: "),
        ("lan: false", ["--host", "0.0.0.0"], "set one with: kiosk pin set viewing"),
        ("lan: false", ["--host", "no.such.name.invalid"], "set one with: kiosk pin set viewing"),
    ],
)
def test_the_network_is_not_served_without_a_viewing_pin(
    kiosk_yaml: Path, capsys: pytest.CaptureFixture[str], file: str, arguments: list[str], said: str
) -> None:
    kiosk_yaml.write_text(kiosk_yaml.read_text().replace("lan: false", file))
    assert main(["run", "--config", str(kiosk_yaml), "--camera", "demo:squat", "--port", "0", *arguments]) == 2
    told = capsys.readouterr().err
    assert told.startswith("kiosk: ") and said in told and told.count("\n") == 1


def test_a_damaged_file_of_pins_keeps_the_network_shut(
    kiosk_yaml: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (state / "pins.json").write_text("{")
    kiosk_yaml.write_text(kiosk_yaml.read_text().replace("lan: false", "lan: true"))
    assert main(["run", "--config", str(kiosk_yaml), "--camera", "demo:squat", "--port", "0"]) == 2
    assert "pins.json is damaged: remove it and set the PINs again" in capsys.readouterr().err


def test_a_certificate_that_is_missing_is_named(kiosk_yaml: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = kiosk_yaml.read_text()
    assert "tls: null" in text
    kiosk_yaml.write_text(text.replace("tls: null", "tls: {certificate: cert.pem, key: key.pem}"))
    assert main(["run", "--config", str(kiosk_yaml), "--camera", "demo:squat", "--port", "0"]) == 2
    path = kiosk_yaml.parent / "cert.pem"
    assert capsys.readouterr().err == f"kiosk: web.tls.certificate: {path} can't be read: No such file or directory\n"


def test_a_closed_standard_input_has_no_pin(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["pin", "set", "staff"]) == 2
    assert capsys.readouterr().err == "kiosk: there is no PIN on the standard input: nothing has changed\n"
    assert not PinFile(state).pins()
