"""What `sudo ./install.sh` installs of the system's packages, with network and from a bundle; a bundle's packages."""

from pathlib import Path

import pytest

from tests.appliance import Box

NO_PICAMERA2 = """echo "$*" >>"$KIOSK_INSTALL_ROOT/apt.log"
case "$*" in *picamera2*) echo "E: Unable to locate package python3-picamera2" >&2; exit 100 ;; esac"""
PICAMERA2_ONCE_INSTALLED = (
    """case "$*" in *picamera2*) [ -e "$KIOSK_INSTALL_ROOT/picamera2" ] || exit 1 ;; esac; echo "ii " """
)

BASE = {"python3", "python3-venv", "libegl1", "libgles2", "libseccomp2", "espeak-ng", "alsa-utils"}
DISPLAY = {"cage", "seatd", "fonts-noto-core", "fonts-noto-cjk", "chromium"}
# Puts each package, and one that it needs, into the folder that it is told, and leaves what the real one leaves.
APT_FETCHES = r"""
for word; do case "$word" in Dir::Cache::archives=*) folder=${word#*=} ;; esac; done
touch "$folder/lock" "$folder/lock-frontend"
[ -d "$folder/partial" ] || exit 100
while [ "$1" != --no-install-recommends ]; do shift; done
shift
for package; do touch "$folder/${package}_1_amd64.deb"; done
touch "$folder/needed-by-${1}_1_all.deb"
"""
# Installs packages from files alone; the one python3 brings the program.
APT_INSTALLS_FILES = r"""
while [ "$1" != --no-install-recommends ]; do shift; done
shift
[ "$1" = --no-download ] && shift || exit 100
for file; do
    name=${file##*/}
    echo "${name%%_*}" >>"$KIOSK_INSTALL_ROOT/dpkg"
    case "$name" in
        python3_*) cp "$KIOSK_INSTALL_ROOT/python3" "$(dirname "$(command -v env)")/python3" ;;
        chromium_*) ln -s env "$(dirname "$(command -v env)")/chromium" ;;
    esac
done
"""


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


def bundle(box: Box) -> Path:
    """Make a bundle on this machine, whose apt has of the packages that it may lack those in `apt-has`."""
    box.program("apt-cache", 'for package; do :; done; grep -qx "$package" "$KIOSK_INSTALL_ROOT/apt-has"')
    box.program("apt-get", APT_FETCHES)
    folder = box.root / "stick"
    box.installed("--bundle", str(folder))
    return folder


def packages(folder: Path) -> set[str]:
    """The packages in this folder of a bundle."""
    return {path.name.partition("_")[0] for path in folder.glob("*.deb")}


def test_a_bundle_has_the_packages_of_the_screen_apart(box: Box) -> None:
    (box.root / "apt-has").write_text("\n".join(DISPLAY))
    folder = bundle(box)
    assert packages(folder / "debs") == {*BASE, "needed-by-python3"}
    assert packages(folder / "debs" / "display") == {*DISPLAY, "needed-by-cage"}
    assert not [path for path in (folder / "debs").rglob("*") if path.is_file() and path.suffix != ".deb"]


def test_a_bundle_is_made_also_where_apt_has_no_chromium(box: Box) -> None:
    (box.root / "apt-has").write_text("\n".join(DISPLAY - {"chromium"}))
    assert packages(bundle(box) / "debs" / "display") == {*DISPLAY - {"chromium"}, "needed-by-cage"}


@pytest.mark.parametrize("has_it", [True, False])
def test_a_bundle_made_on_a_pi_has_picamera2_where_apt_has_it(box: Box, has_it: bool) -> None:
    (box.root / "apt-has").write_text("python3-picamera2\n" if has_it else "")
    box.become_a_pi()
    assert packages(bundle(box) / "debs") - BASE - {"needed-by-python3"} == ({"python3-picamera2"} if has_it else set())


def stick(box: Box, *debs: str) -> Path:
    """A bundle with these packages, on a machine where apt installs from files alone."""
    folder = box.root / "stick"
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "pose_full.task").write_text("model")
    (folder / "for").write_text("3.12 x86_64\n")
    (folder / "debs" / "display").mkdir(parents=True)
    for deb in debs:
        (folder / "debs" / f"{deb}_1_amd64.deb").touch()
    box.program("dpkg-query", 'for name; do :; done; grep -qx "$name" "$KIOSK_INSTALL_ROOT/dpkg" && echo "ii "')
    box.program("apt-get", APT_INSTALLS_FILES)
    (box.root / "dpkg").write_text("libegl1\nlibgles2\nlibseccomp2\n")
    return folder


def test_without_network_a_machine_without_python_gets_the_bundle_s(box: Box) -> None:
    folder = stick(box, "python3", "python3-venv", "display/cage")
    (box.bin / "python3").rename(box.root / "python3")
    assert "The kiosk's page" in box.installed("--offline", str(folder))
    assert {"python3", "python3-venv"} <= set((box.root / "dpkg").read_text().split())
    assert "cage" not in (box.root / "dpkg").read_text(), "nobody asked for a screen"


def test_without_network_the_screen_s_packages_come_from_the_bundle(box: Box) -> None:
    folder = stick(box, *(f"display/{name}" for name in sorted(DISPLAY)))
    box.installed("--offline", str(folder), "--kiosk-display")
    assert set((box.root / "dpkg").read_text().split()) >= DISPLAY


@pytest.mark.parametrize("has_it", [True, False])
def test_without_network_a_pi_gets_picamera2_if_the_bundle_has_it(box: Box, has_it: bool) -> None:
    folder = stick(box, *(["python3-picamera2"] if has_it else []))
    box.become_a_pi()
    assert ("Installed python3-picamera2" in box.installed("--offline", str(folder))) == has_it


def test_from_a_bundle_no_network_is_asked_for(box: Box) -> None:
    bundle = box.root / "stick"
    (bundle / "models").mkdir(parents=True)
    (bundle / "models" / "pose_full.task").write_text("model")
    (bundle / "for").write_text("3.12 x86_64\n")
    box.installed("--offline", str(bundle))
    assert f"--no-index --find-links {bundle}/wheels --require-hashes" in (box.root / "pip.log").read_text()
    assert (box.root / "var/lib/kiosk/models/pose_full.task").read_text() == "model"
    assert not [line for line in (box.root / "programs.log").read_text().splitlines() if line.startswith("apt-get")]


@pytest.mark.parametrize(
    ("kind", "said"), [(None, "no whole bundle"), ("3.11 aarch64\n", "this machine has 3.12 x86_64")]
)
def test_a_bundle_that_does_not_fit_is_refused(box: Box, kind: str | None, said: str) -> None:
    bundle = box.root / "stick"
    bundle.mkdir()
    if kind:
        (bundle / "for").write_text(kind)
    result = box.install("--offline", str(bundle))
    assert result.returncode == 1
    assert said in result.stderr
    assert not box.home.exists()
