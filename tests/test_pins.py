"""PINs: which ones will do, how they are kept, and that a damaged file lets nobody in."""

import json
import os
from pathlib import Path

import pytest

from kiosk.pins import SCRYPT, Pin, PinError, PinFile, PinFileError, Role, check_pin


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PinFile:
    """An empty file of PINs whose hashes are quickly made."""
    monkeypatch.setitem(SCRYPT, "n", 16)
    return PinFile(tmp_path / "state")


@pytest.mark.parametrize(
    ("role", "text"),
    [("staff", "2468"), ("staff", "correct horse"), ("staff", "八方来财大吉"), ("staff", "9" * 7 + "1" * 57)]
    + [("viewing", text) for text in ("0000", "1234", "2024")],
)
def test_a_pin_that_will_do(role: Role, text: str) -> None:
    check_pin(role, text)


@pytest.mark.parametrize(
    ("role", "text", "said"),
    [
        ("staff", "", "at least 4"),
        ("viewing", "123", "at least 4"),
        ("viewing", "1" * 65, "at most 64"),
        ("viewing", " 1357", "no spaces"),
        ("viewing", "13\x0057", "control"),
        ("viewing", "\udcff1357", "control"),
    ]
    + [
        ("staff", text, "first that are guessed")
        for text in (
            "0000",
            "1234",
            "４３２１",
            "7890",
            "8901",
            "123456",
            "abcd",
            "1212",
            "123123",
            "1987",
            "2026",
            "2580",
        )
    ],
)
def test_a_pin_that_will_not_do(role: Role, text: str, said: str) -> None:
    with pytest.raises(PinError, match=said):
        check_pin(role, text)


def test_the_hash_is_what_the_recommendation_says_and_salted() -> None:
    assert (SCRYPT["n"], SCRYPT["r"], SCRYPT["p"]) == (16384, 8, 5)
    first, second = Pin.of("2468"), Pin.of("2468")
    assert first.digest != second.digest
    assert first.matches("2468") and second.matches("２４６８")
    assert not first.matches("2469")


def test_pins_are_kept_apart_and_changed_and_removed(file: PinFile) -> None:
    assert not file.pins()
    file.set("staff", "2468")
    file.set("viewing", "1357")
    before = file.pins()
    assert before["staff"].matches("2468") and before["viewing"].matches("1357")
    assert not before["viewing"].matches("2468")
    file.set("viewing", "9753")
    assert file.pins()["viewing"].matches("9753")
    assert file.pins()["staff"] == before["staff"]
    assert file.remove("viewing")
    assert not file.remove("viewing")
    assert file.pins().keys() == {"staff"}


def test_the_two_pins_differ(file: PinFile) -> None:
    file.set("staff", "2468")
    with pytest.raises(PinError, match="must differ"):
        file.set("viewing", "２４６８")
    assert file.pins().keys() == {"staff"}


def test_the_file_is_for_its_owner_alone_and_holds_no_pin(file: PinFile) -> None:
    os.umask(before := os.umask(0))
    try:
        os.umask(0)
        file.set("staff", "24681357")
    finally:
        os.umask(before)
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert "24681357" not in file.path.read_text()
    assert [path.name for path in file.path.parent.iterdir()] == ["pins.json"], "no half-written file is left"


def test_a_change_by_another_program_is_seen_at_once(file: PinFile) -> None:
    file.set("staff", "2468")
    running = PinFile(file.path.parent)
    assert running.pins().keys() == {"staff"}
    file.set("viewing", "1357")
    assert running.pins().keys() == {"staff", "viewing"}
    file.path.unlink()
    assert not running.pins()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text[:-20],
        lambda text: "[" * 100_000,
        lambda text: "[]",
        lambda text: "null",
        lambda text: '{"pins": {}}',
        lambda text: text.replace("16", "32"),
        lambda text: text.replace("staff", "stuff"),
        lambda text: text.replace('"salt": "', '"salt": "zz'),
        lambda text: text.replace('"hash": "', '"hash": "00'),
        lambda text: json.dumps(json.loads(text) | {"pins": {"staff": None}}),
    ],
)
def test_a_damaged_file_lets_nobody_in_until_it_is_replaced(file: PinFile, spoil: object) -> None:
    file.set("staff", "2468")
    good = file.path.read_text()
    file.path.write_text(spoil(good))  # type: ignore[operator]
    for look in (file, PinFile(file.path.parent)):
        for _ in range(2):
            with pytest.raises(PinFileError, match="damaged: remove it and set the PINs again"):
                look.pins()
    with pytest.raises(PinFileError):
        file.set("viewing", "1357")
    file.path.write_text(good)
    assert file.pins()["staff"].matches("2468")


def test_a_file_that_cant_be_read_or_written_is_told_of(file: PinFile) -> None:
    file.path.mkdir(parents=True)
    with pytest.raises(PinFileError, match="can't be read: Is a directory"):
        file.pins()
    file.path.rmdir()
    file.path.parent.rmdir()
    file.path.parent.write_text("a file where the folder should be")
    with pytest.raises(PinFileError, match=r"can't be (read|written)"):
        file.set("staff", "2468")
