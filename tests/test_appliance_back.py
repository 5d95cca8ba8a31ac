"""The way back of `sudo ./install.sh` where more goes wrong than the new version: a full disk, a run cut off."""

import shutil
from pathlib import Path

import pytest

from tests.appliance import SYSTEMCTL, Box

FULL_ONCE_STARTED = SYSTEMCTL.replace(
    '"start --no-block kiosk.service")', '"start --no-block kiosk.service") touch "$KIOSK_INSTALL_ROOT/full";'
)


@pytest.fixture
def kiosk(box: Box) -> Box:
    """A machine with the kiosk installed."""
    box.installed()
    return box


def broken_upgrade(box: Box) -> None:
    """Put a version into the clone that does not become healthy, with another config and another unit."""
    (box.clone / "kiosk" / "BROKEN").touch()
    (box.clone / "config" / "kiosk.yaml").write_text("language: zh\n")
    (box.clone / "config" / "exercises" / "lunge.yaml").write_text("lunge: 1\n")
    (box.clone / "config" / "exercises" / "plank.yaml").unlink()
    with (box.clone / "systemd" / "kiosk.service").open("a") as unit:
        unit.write("# newer\n")


def config(folder: Path) -> dict[str, str]:
    """The files of a config and what stands in them."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_disk_that_is_full_before_the_new_config_is_there_costs_nothing(kiosk: Box) -> None:
    before = config(kiosk.etc)
    broken_upgrade(kiosk)
    kiosk.full_disk("*/etc/kiosk/.part")
    result = kiosk.install()
    assert result.returncode == 1
    assert "The version before runs again" in result.stderr
    after = config(kiosk.etc)
    assert after.pop(".shipped").startswith(before.pop(".shipped"))
    assert after == before


def test_a_disk_that_is_full_on_the_way_back_leaves_whole_files_and_what_was_kept(kiosk: Box) -> None:
    before, unit = config(kiosk.etc), (kiosk.units / "kiosk.service").read_text()
    release = kiosk.release()
    broken_upgrade(kiosk)
    kiosk.program("systemctl", FULL_ONCE_STARTED)
    kiosk.full_disk("*part", when='[ -e "$KIOSK_INSTALL_ROOT/full" ]')
    result = kiosk.install()
    kept = kiosk.home / "config-before"
    assert (
        f"Not all of the config from before could be put back into {kiosk.etc}; it is kept in {kept}" in result.stderr
    )
    assert config(kept) == before
    assert (kiosk.etc / "kiosk.yaml").read_text() == "language: zh\n", "whole, if not the one that it should be"
    assert (kiosk.units / "kiosk.service").read_text() == unit + "# newer\n"
    assert kiosk.release() == release
    assert [path.name for path in (kiosk.home / "releases").iterdir()] == [release]


def test_once_there_is_room_the_next_run_brings_the_config_back(kiosk: Box) -> None:
    before, unit = config(kiosk.etc), (kiosk.units / "kiosk.service").read_text()
    old = {name: (kiosk.clone / "config" / name).read_text() for name in before if name != ".shipped"}
    broken_upgrade(kiosk)
    kiosk.program("systemctl", FULL_ONCE_STARTED)
    kiosk.full_disk("*part", when='[ -e "$KIOSK_INSTALL_ROOT/full" ]')
    assert kiosk.install().returncode == 1
    kiosk.room_again()
    kiosk.program("systemctl", SYSTEMCTL)
    for name, text in old.items():
        (kiosk.clone / "config" / name).write_text(text)
    (kiosk.clone / "config" / "exercises" / "lunge.yaml").unlink()
    (kiosk.clone / "kiosk" / "BROKEN").unlink()
    (kiosk.clone / "systemd" / "kiosk.service").write_text(unit)
    assert "Nothing has changed" not in kiosk.installed()
    assert config(kiosk.etc) == before
    assert (kiosk.units / "kiosk.service").read_text() == unit
    assert not (kiosk.home / "config-before").exists()
    assert "Nothing has changed" in kiosk.installed()


@pytest.mark.parametrize("end", ["kill -9 $PPID", "exit 1"])
def test_a_run_that_ends_while_the_config_is_kept_costs_nothing_in_the_next_one(kiosk: Box, end: str) -> None:
    before = config(kiosk.etc)
    broken_upgrade(kiosk)
    kiosk.program(
        "cp",
        f"""for last; do :; done
case "$last" in */config-before*) mkdir -p "$last"; : >"$last/.shipped"; {end}; exit 1 ;; esac
exec {shutil.which("cp")} "$@\"""",
    )
    assert kiosk.install().returncode != 0
    kiosk.room_again()
    assert "The version before runs again" in kiosk.install().stderr
    assert config(kiosk.etc) == before


def test_the_version_before_is_not_judged_by_the_restarts_of_the_one_that_failed(kiosk: Box) -> None:
    counted = SYSTEMCTL.replace(
        '*"NRestarts"*) if broken; then echo 9; else echo 0; fi ;;',
        """*reset-failed*) echo 0 >"$KIOSK_INSTALL_ROOT/run/restarts" ;;
    *"NRestarts"*) ! broken || echo 9 >"$KIOSK_INSTALL_ROOT/run/restarts"; cat "$KIOSK_INSTALL_ROOT/run/restarts" ;;""",
    )
    assert counted != SYSTEMCTL
    kiosk.program("systemctl", counted)
    broken_upgrade(kiosk)
    assert "The version before runs again" in kiosk.install().stderr
