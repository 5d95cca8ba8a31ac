"""`sudo ./install.sh --kiosk-display`: the page on the attached screen, also where a desktop has it."""

import re
import struct

from tests.appliance import SYSTEMCTL, Box

SYSTEMCTL_WITH_DESKTOP = SYSTEMCTL.replace("exit 1 ;;", "exit 0 ;;")


def test_the_display_brings_its_packages_user_and_unit(box: Box) -> None:
    box.program(
        "dpkg-query",
        'case "$*" in *picamera2*) exit 1;; *cage*) [ -e "$KIOSK_INSTALL_ROOT/cage" ] || exit 1;; esac; echo "ii "',
    )
    box.program("apt-get", 'echo "$*" >>"$KIOSK_INSTALL_ROOT/apt.log"; touch "$KIOSK_INSTALL_ROOT/cage"')
    box.program("chromium", "")
    box.installed("--kiosk-display")
    assert (box.root / "apt.log").read_text().split()[-1] == "cage"
    assert "kiosk-display:" in (box.root / "users").read_text()
    assert "enable kiosk-display.service" in (box.root / "systemctl.log").read_text()
    with (box.clone / "systemd" / "kiosk-display.service").open("a") as unit:
        unit.write("# newer\n")
    box.installed()
    assert (box.units / "kiosk-display.service").read_text().endswith("# newer\n"), "an upgrade keeps the display"


def test_the_cursor_that_nobody_sees_is_a_whole_cursor_file(box: Box) -> None:
    box.installed()
    unit = (box.clone / "systemd" / "kiosk-display.service").read_text()
    theme = dict(re.findall(r"(XCURSOR_\w+)=(\S+)", unit))
    folder = box.root / theme["XCURSOR_PATH"].lstrip("/") / theme["XCURSOR_THEME"] / "cursors"
    data = (folder / "left_ptr").read_bytes()
    magic, header, _, count, _, size, position = struct.unpack_from("<4s6I", data)
    assert (magic, header, count, size, position) == (b"Xcur", 16, 1, 24, 28)
    *_, width, height, _, _, _, pixel = struct.unpack_from("<10I", data, position)
    assert (width, height, pixel, len(data)) == (1, 1, 0, position + 40)


def test_a_desktop_that_has_the_screen_is_named_before_anything_is_made(box: Box) -> None:
    box.program("systemctl", SYSTEMCTL_WITH_DESKTOP)
    box.program("chromium", "")
    before = box.files()
    result = box.install("--kiosk-display")
    assert result.returncode == 1
    assert "sudo systemctl disable --now display-manager" in result.stderr
    assert box.files() == before
    assert "The kiosk's page" in box.installed(), "without a screen it can be had"


def test_a_desktop_that_came_later_is_named_and_stops_no_upgrade(box: Box) -> None:
    box.program("chromium", "")
    box.installed("--kiosk-display")
    box.program("systemctl", SYSTEMCTL_WITH_DESKTOP)
    (box.root / "systemctl.log").unlink()
    assert "sudo systemctl disable --now display-manager" in box.installed()
    (box.clone / "kiosk" / "newer.py").touch()
    said = box.installed("--kiosk-display")
    assert "A desktop has this machine's screen, so the page is not shown there" in said
    assert "The kiosk's page: http://127.0.0.1:8080/" in said
    assert "start --no-block kiosk-display.service" not in (box.root / "systemctl.log").read_text()
