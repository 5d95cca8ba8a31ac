"""`sudo ./install.sh --uninstall`: what goes, what stays, and that it comes to its end."""

import shutil

import pytest

from tests.appliance import Box


@pytest.fixture
def kiosk(box: Box) -> Box:
    """A machine with the kiosk installed."""
    box.installed()
    return box


def test_uninstalling_leaves_nothing(kiosk: Box) -> None:
    assert "The kiosk is gone" in kiosk.installed("--uninstall", "--delete-data")
    left = {name for name in kiosk.files() if not name.startswith("run/")}
    assert left == {"users"}
    assert (kiosk.root / "users").read_text() == ""
    assert not kiosk.home.exists()
    assert not kiosk.etc.exists()
    assert "disable --now kiosk.service" in (kiosk.root / "systemctl.log").read_text()


def test_uninstalling_empties_a_partition_of_its_own(kiosk: Box) -> None:
    state = kiosk.root / "var/lib/kiosk"
    (state / "recordings").mkdir()
    (state / "recordings" / ".kept").touch()
    busy = """case "$*" in *var/lib/kiosk*) echo "Device or resource busy" >&2; exit 1 ;; esac; exec {} "$@\""""
    for name in ("rmdir", "rm"):
        kiosk.program(name, busy.format(shutil.which(name)))
    said = kiosk.installed("--uninstall", "--delete-data")
    assert f"{state} is empty and stays, as something is mounted there" in said
    assert not list(state.iterdir())
    assert not kiosk.etc.exists()
    assert (kiosk.root / "users").read_text() == ""
    assert "there is nothing to remove" in kiosk.install("--uninstall", "--delete-data").stderr


def test_an_uninstallation_that_stopped_at_a_user_is_finished_by_the_next(kiosk: Box) -> None:
    userdel = (kiosk.bin / "userdel").read_text()
    kiosk.program("userdel", 'echo "userdel: user kiosk is currently used by process 4242" >&2; exit 8')
    assert "The user kiosk could not be removed" in kiosk.install("--uninstall", "--delete-data").stderr
    (kiosk.bin / "userdel").write_text(userdel)
    assert "The kiosk is gone" in kiosk.installed("--uninstall", "--delete-data")
    assert (kiosk.root / "users").read_text() == ""


def test_uninstalling_keeps_the_data_that_it_is_told_to_and_they_are_taken_up_again(kiosk: Box) -> None:
    (kiosk.etc / "kiosk.yaml").write_text("language: zh\n")
    (kiosk.root / "var/lib/kiosk/history.db").write_text("numbers")
    kiosk.installed("--uninstall", "--keep-data")
    assert not kiosk.home.exists()
    kiosk.installed()
    assert (kiosk.etc / "kiosk.yaml").read_text() == "language: zh\n"
    assert not (kiosk.etc / "kiosk.yaml.new").exists()
    assert (kiosk.root / "var/lib/kiosk/history.db").read_text() == "numbers"


def test_uninstalling_without_a_terminal_asks_for_the_answer(kiosk: Box) -> None:
    result = kiosk.install("--uninstall")
    assert result.returncode == 2
    assert "--keep-data or --delete-data" in result.stderr
    assert kiosk.home.exists()


def test_there_is_nothing_to_uninstall(box: Box) -> None:
    assert "there is nothing to remove" in box.install("--uninstall", "--delete-data").stderr
