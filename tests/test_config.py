"""kiosk.yaml: what stands in it, what may be left out, and how mistakes in it are answered."""

from pathlib import Path

import pytest

from kiosk.config import (
    Settings,
    default_config,
    exercise_names,
    exercises_folder,
    is_loopback,
    load_settings,
    no_such_exercise,
    state_folder,
)
from kiosk.yamlfile import FileError


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An empty place for kiosk.yaml, with two exercises beside it."""
    folder = tmp_path / "exercises"
    folder.mkdir()
    for name in ("squat", "push_up"):
        (folder / f"{name}.yaml").write_text("", encoding="utf-8")
    (folder / "notes.txt").write_text("", encoding="utf-8")
    return tmp_path / "kiosk.yaml"


def mistakes(config: Path, text: str) -> list[str]:
    config.write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as caught:
        load_settings(config)
    return [str(problem).removeprefix(f"{config}:") for problem in caught.value.problems]


def test_the_shipped_file_says_what_the_defaults_are() -> None:
    shipped = Path(__file__).parents[1] / "config" / "kiosk.yaml"
    assert load_settings(shipped) == Settings()


def test_what_a_file_says_is_taken_and_the_rest_is_the_default(config: Path) -> None:
    config.write_text(
        "exercise: push_up\nlanguage: zh\ncamera: {rotate: 90, fps: 15}\nweb: {port: 0}\n", encoding="utf-8"
    )
    settings = load_settings(config)
    assert (settings.exercise, settings.language) == ("push_up", "zh")
    assert (settings.camera.rotate, settings.camera.fps, settings.camera.width_px) == (90, 15, 640)
    assert (settings.web.port, settings.web.address) == (0, "127.0.0.1")


@pytest.mark.parametrize(
    ("site", "address"),
    [
        ("{}", "127.0.0.1"),
        ("{lan: false, host: auto}", "127.0.0.1"),
        ("{host: localhost}", "localhost"),
        ('{host: "::1"}', "::1"),
        ("{lan: true}", "0.0.0.0"),
        ("{lan: true, host: 192.0.2.7}", "192.0.2.7"),
        ('{lan: true, host: "::"}', "::"),
    ],
)
def test_the_address_to_listen_on(config: Path, site: str, address: str) -> None:
    config.write_text(f"web: {site}\nexercise: squat\n", encoding="utf-8")
    assert load_settings(config).web.address == address


def test_a_certificate_lies_beside_the_file_that_names_it(config: Path) -> None:
    config.write_text("web: {tls: {certificate: tls/cert.pem, key: /etc/ssl/key.pem}, names: [Kiosk.Example]}\n")
    site = load_settings(config).web
    assert site.tls is not None
    assert (site.tls.certificate, site.tls.key) == (str(config.parent / "tls" / "cert.pem"), "/etc/ssl/key.pem")
    assert site.names == ("kiosk.example",)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        *((host, True) for host in ("localhost", "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1")),
        *((host, False) for host in ("", "0.0.0.0", "::", "192.0.2.7", "fe80::1%eth0", "evil.example", "localhost.")),
    ],
)
def test_what_is_the_box_alone(host: str, own: bool) -> None:
    assert is_loopback(host) == own


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("exercise: sqat", "1:11: no such exercise: 'sqat' - did you mean 'squat'?"),
        ("exercise: dance", "1:11: no such exercise: 'dance' - there is push_up, squat"),
        ("language: de", "1:11: 'de' is not one of en, zh"),
        ("camra: {}", "1:1: unknown key 'camra' - did you mean 'camera'?"),
        ("camera: {adress: auto}", "1:10: unknown key 'adress' - did you mean 'address'?"),
        ("camera:\n  rotate: 45", "2:11: '45' is not one of 0, 90, 180, 270"),
        ("camera:\n  width_px: 10", "2:13: must be greater than or equal to 160, not '10'"),
        ("camera:\n  fps: fast", "2:8: expected a number, not 'fast'"),
        ("camera:\n  mirror: 1", "2:11: expected true or false, not '1'"),
        ("camera:\n  address: 0", "2:12: expected text, not '0'"),
        ("camera:", "1:8: expected `key: value` lines, not nothing"),
        ("pose: {model: ful}", "1:15: 'ful' is not one of lite, full, heavy - did you mean 'full'?"),
        ("web: {port: 70000}", "1:13: must be less than or equal to 65535, not '70000'"),
        ("web: {lan: maybe}", "1:12: expected true or false, not 'maybe'"),
        (
            "web:\n  lan: true\n  host: 127.0.0.1",
            "3:9: 127.0.0.1 is this box alone, but lan is true: write host: auto, or set lan: false",
        ),
        ("web:\n  host: 0.0.0.0", "2:9: 0.0.0.0 is not this box alone: set lan: true as well, or write host: auto"),
        (
            'web: {names: ["http://kiosk.example"]}',
            "1:14: 'http://kiosk.example' is not a name alone, such as kiosk.example, without http:// and port",
        ),
        ("web: {tls: {certificate: a.pem}}", "1:12: the key 'key' is missing here"),
        ("web: {port: 80.5}", "1:13: expected a whole number, not '80.5'"),
    ],
)
def test_a_mistake_has_its_place_and_a_sentence(config: Path, text: str, expected: str) -> None:
    assert mistakes(config, f"{text}\n") == [expected]


def test_a_file_that_is_missing(config: Path) -> None:
    with pytest.raises(FileError, match=r"kiosk\.yaml:1:1: can't be read: No such file or directory"):
        load_settings(config)


def test_an_exercise_is_a_file_of_the_folder_beside(config: Path) -> None:
    folder = exercises_folder(config)
    assert folder == config.parent / "exercises"
    assert exercise_names(folder) == ["push_up", "squat"]
    assert exercise_names(config.parent / "none") == []
    assert no_such_exercise("squats", ["squat"]) == "no such exercise: 'squats' - did you mean 'squat'?"


def test_a_clone_keeps_its_config_and_state_within(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clone = Path(__file__).parents[1]
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    assert default_config() == clone / "config" / "kiosk.yaml"
    assert state_folder() == clone / ".state"
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    assert state_folder() == tmp_path
