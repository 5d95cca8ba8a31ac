"""What `sudo ./install.sh` installs of the system's packages, with network and from a bundle; a bundle's packages."""

from collections.abc import Iterator

import pytest

from tests.appliance import Box, fresh_box

NO_PICAMERA2 = """echo "$*" >>"$KIOSK_INSTALL_ROOT/apt.log"
case "$*" in *picamera2*) echo "E: Unable to locate package python3-picamera2" >&2; exit 100 ;; esac"""
PICAMERA2_ONCE_INSTALLED = (
    """case "$*" in *picamera2*) [ -e "$KIOSK_INSTALL_ROOT/picamera2" ] || exit 1 ;; esac; echo "ii " """
)


@pytest.fixture
def box() -> Iterator[Box]:
    """A machine that has never seen the kiosk."""
    with fresh_box() as made:
        yield made


def test_a_pi_whose_system_has_no_picamera2_gets_the_kiosk_and_one_line(box: Box) -> None:
    box.become_a_pi()
    box.program("apt-get", NO_PICAMERA2)
    said = box.installed()
    assert said.count("picamera2") == 1
    assert "a USB camera and all else work without" in said
    assert "The kiosk's page: http://127.0.0.1:8080/" in said
    assert "Nothing has changed" in box.installed()


def test_a_pi_whose_system_has_picamera2_gets_it(box: Box) -> None:
    box.become_a_pi()
    box.program("dpkg-query", PICAMERA2_ONCE_INSTALLED)
    box.program("apt-get", 'case "$*" in *" python3-picamera2") touch "$KIOSK_INSTALL_ROOT/picamera2" ;; esac')
    assert "Installed python3-picamera2 for a Pi camera" in box.installed()
    assert "Nothing has changed" in box.installed()
