"""install.sh where it must refuse, explain or do nothing: run for real, on a PATH of ours (a set-up takes minutes)."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

ROOT = Path(__file__).parents[1]
TOOLS = ("bash", "env", "dirname", "uname", "cat", "grep", "awk", "df", "sha256sum", "rm", "mkdir", "ln")
TEST_TOOLS = "chromium fonts-noto-cjk shellcheck openssl espeak-ng alsa-utils"
NOBODY = 65534


@dataclass(frozen=True)
class Machine:
    """A clone of the script and the locks on a machine that has only the programs in `bin`."""

    clone: Path
    bin: Path

    def program(self, name: str, script: str) -> None:
        """Put a shell script on the PATH."""
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def python(self, kind: str, venv: bool = True) -> None:
        """Put a python3 on the PATH that says it is `kind`, with or without the venv module."""
        self.program("python3", f'case "$2" in *ensurepip*) exit {0 if venv else 1};; *) echo "{kind}";; esac')

    def packages(self, *names: str) -> None:
        """Let dpkg know these packages alone."""
        lines = "".join(f' *" {name} ") echo "ii ";;' for name in names)
        self.program("dpkg-query", f'case " $* " in {lines} *) exit 1;; esac')

    def run(self, *options: str, root: bool = False) -> subprocess.CompletedProcess[str]:
        """Run install.sh with these options, as root or as nobody in particular."""
        user = {} if root or os.geteuid() != 0 else {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            [self.bin / "bash", self.clone / "install.sh", *options],
            env={"PATH": str(self.bin), "HOME": str(self.clone)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **user,
        )


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A 64-bit Debian with Python 3.12 and every package that the kiosk needs, but no network tool and no compiler."""
    # Not tmp_path: pytest closes it to every user but its own, and the script has to run as another one.
    with TemporaryDirectory() as base:
        Path(base).chmod(0o755)
        made = Machine(Path(base, "clone"), Path(base, "bin"))
        made.bin.mkdir()
        (made.clone / "tests").mkdir(parents=True)
        shutil.copytree(ROOT / "install", made.clone / "install")
        for name in ("install.sh", "requirements.lock", "tests/requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, made.clone / name)
        for name in TOOLS:
            (made.bin / name).symlink_to(str(shutil.which(name)))
        give_to_nobody(made.clone)
        made.program("uname", 'case "$1" in -s) echo Linux;; *) echo x86_64;; esac')
        made.python("3.12 64-bit")
        made.packages("libegl1", "libgles2", "libseccomp2")
        yield made


def give_to_nobody(clone: Path) -> None:
    """Make the user nobody own the clone, when the tests run as root."""
    if os.geteuid() == 0:
        for path in (clone, *clone.rglob("*")):
            os.chown(path, NOBODY, NOBODY)


def one_sentence(result: subprocess.CompletedProcess[str]) -> str:
    """The single line on stderr, after the script's name."""
    assert result.stderr.startswith("install.sh: "), result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr.removeprefix("install.sh: ").strip()


def test_help_names_every_option(machine: Machine) -> None:
    result = machine.run("--help")
    assert result.returncode == 0
    for option in ("--demo", "--setup", "--test", "--help", "--kiosk-display", "--offline", "--uninstall", "--bundle"):
        assert option in result.stdout


@pytest.mark.parametrize("options", [("--dmeo",), ("setup",), ("--setup", "--port")])
def test_an_unknown_option_is_one_line_and_exit_2(machine: Machine, options: tuple[str, ...]) -> None:
    result = machine.run(*options)
    assert result.returncode == 2
    assert f"'{options[-1]}'" in one_sentence(result)


@pytest.mark.parametrize("kind", ["3.9 64-bit", "3.14 64-bit", "3.13 32-bit"])
def test_an_unsupported_python_is_named(machine: Machine, kind: str) -> None:
    machine.python(kind)
    result = machine.run("--setup")
    assert result.returncode == 1
    assert f"python3 is {kind}" in one_sentence(result)


def test_no_python_at_all_is_said(machine: Machine) -> None:
    (machine.bin / "python3").unlink()
    result = machine.run("--setup")
    assert result.returncode == 1
    assert "no Python was found" in one_sentence(result)


def test_an_old_python3_is_passed_over_for_a_newer_one_beside_it(machine: Machine) -> None:
    machine.packages("libegl1", "libseccomp2")
    (machine.bin / "python3").rename(machine.bin / "python3.12")
    machine.program("python3", 'echo "3.9 64-bit"')
    assert "libgles2" in one_sentence(machine.run("--setup"))


def test_a_32_bit_machine_is_refused(machine: Machine) -> None:
    machine.program("uname", 'case "$1" in -s) echo Linux;; *) echo armv7l;; esac')
    result = machine.run("--setup")
    assert result.returncode == 1
    assert "armv7l" in one_sentence(result)


def test_missing_packages_are_named_with_the_command_that_installs_them(machine: Machine) -> None:
    machine.packages("libseccomp2")
    machine.python("3.12 64-bit", venv=False)
    machine.program("apt-get", "echo apt-get must not run >&2; exit 1")
    result = machine.run("--setup")
    assert result.returncode == 1
    assert one_sentence(result).endswith("sudo apt-get install libegl1 libgles2 python3-venv")
    assert not (machine.clone / ".venv").exists()


def test_the_test_set_up_wants_the_test_tools_too(machine: Machine) -> None:
    machine.program("apt-get", "exit 1")
    assert one_sentence(machine.run("--test")).endswith(f"sudo apt-get install {TEST_TOOLS}")


def test_another_linux_is_asked_for_the_libraries_themselves(machine: Machine) -> None:
    (machine.bin / "dpkg-query").unlink()
    machine.program("ldconfig", 'echo "libEGL.so.1 (libc6,x86-64) => /usr/lib/libEGL.so.1"')
    sentence = one_sentence(machine.run("--setup"))
    assert "has no apt" in sentence
    assert "libgles2 libseccomp2" in sentence
    assert "libegl1" not in sentence


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs the system's packages")
def test_root_fetches_the_lists_only_when_installing_failed_without(machine: Machine) -> None:
    machine.packages("libegl1", "libgles2")
    log = machine.clone / "apt.log"
    machine.program("apt-get", f'echo "$@" >>{log}; case "$*" in *install*) exit 100;; esac')
    result = machine.run("--setup", root=True)
    assert result.returncode == 1
    assert "apt could not install libseccomp2" in result.stderr
    assert [line.split()[-1] for line in log.read_text().splitlines()] == ["libseccomp2", "-qq", "libseccomp2"]


def test_a_disk_too_full_is_said_before_anything_is_made(machine: Machine) -> None:
    machine.program("df", r'printf "Filesystem 1M-blocks Used Available\n/dev/sda 1000 900 100\n"')
    result = machine.run("--setup")
    assert result.returncode == 1
    assert "100 MB free" in one_sentence(result)
    assert not (machine.clone / ".venv").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user")
def test_a_venv_of_another_user_is_refused(machine: Machine) -> None:
    (machine.clone / ".venv").mkdir()
    result = machine.run("--setup")
    assert result.returncode == 1
    assert "belongs to another user" in one_sentence(result)


def test_a_venv_that_cannot_be_made_is_one_sentence_with_the_reason(machine: Machine) -> None:
    machine.program(
        "python3",
        'case "$*" in *"-m venv"*) echo Traceback; echo "OSError: no more inodes"; exit 1;; '
        '*ensurepip*) ;; --version) echo Python 3.12.1;; *) echo "3.12 64-bit";; esac',
    )
    result = machine.run("--setup")
    assert result.returncode == 1
    assert "OSError: no more inodes" in one_sentence(result)


@pytest.fixture
def finished(machine: Machine) -> Machine:
    """The same machine with a .venv whose pip notes what it is asked, and a kiosk that says what it is told."""
    machine.python("3.12 64-bit")
    (machine.clone / ".venv" / "bin").mkdir(parents=True)
    inside = Machine(machine.clone, machine.clone / ".venv" / "bin")
    inside.program("python", f'case "$2" in pip) shift 2; echo pip "$@" >>{machine.clone}/pip.log;; esac')
    inside.program("kiosk", 'echo kiosk "$@"')
    (inside.bin / "activate").write_text(f"VIRTUAL_ENV={machine.clone}/.venv\n", encoding="utf-8")
    give_to_nobody(machine.clone)
    return machine


def test_without_the_packages_for_sound_the_set_up_goes_on_and_names_them(finished: Machine) -> None:
    finished.program("apt-get", "echo apt-get must not run >&2; exit 1")
    result = finished.run("--setup")
    assert (result.returncode, result.stderr) == (0, "")
    assert "sudo apt-get install espeak-ng alsa-utils" in result.stdout
    for name in ("espeak-ng", "aplay"):
        finished.program(name, "")
    assert "spoken warnings" not in finished.run("--setup").stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs the system's packages")
def test_root_installs_the_packages_for_sound_and_goes_on_where_that_fails(finished: Machine) -> None:
    finished.program("aplay", "")
    log = finished.clone / "apt.log"
    finished.program("apt-get", f'echo "$@" >>{log}')
    assert "apt-get install" not in finished.run("--setup", root=True).stdout
    assert [line.split()[-1] for line in log.read_text().splitlines()] == ["espeak-ng"]
    finished.program("apt-get", "exit 100")
    failed = finished.run("--setup", root=True)
    assert failed.returncode == 0
    assert "sudo apt-get install espeak-ng" in failed.stdout


def test_a_second_run_installs_nothing(finished: Machine) -> None:
    assert finished.run("--setup").returncode == 0
    log = finished.clone / "pip.log"
    installs = log.read_text(encoding="utf-8")
    assert "--require-hashes --only-binary :all: -r requirements.lock" in installs
    log.unlink()
    again = finished.run("--setup")
    assert again.returncode == 0
    assert "kiosk models fetch full" in again.stdout
    assert not log.exists()


def test_a_changed_lock_is_installed(finished: Machine) -> None:
    finished.run("--setup")
    (finished.clone / "pip.log").unlink()
    with (finished.clone / "requirements.lock").open("a", encoding="utf-8") as lock:
        lock.write("# newer\n")
    finished.run("--setup")
    assert (finished.clone / "pip.log").exists()


def test_a_failed_installation_leaves_no_stamp(finished: Machine) -> None:
    Machine(finished.clone, finished.clone / ".venv" / "bin").program(
        "python", 'case "$*" in *require-hashes*) echo "no network" >&2; exit 1;; esac'
    )
    result = finished.run("--setup")
    assert result.returncode == 1
    assert "check the network" in result.stderr.splitlines()[-1]
    assert not list((finished.clone / ".venv").glob("installed.*"))


def test_a_package_that_pip_was_stopped_in_is_installed_again(finished: Machine) -> None:
    packages = finished.clone / ".venv" / "lib" / "python3.12" / "site-packages"
    for name in ("half-1.dist-info", "whole-1.dist-info"):
        (packages / name).mkdir(parents=True)
    (packages / "whole-1.dist-info" / "INSTALLER").touch()
    give_to_nobody(finished.clone)
    assert finished.run("--setup").returncode == 0
    assert [path.name for path in packages.iterdir()] == ["whole-1.dist-info"]


def test_opencv_contrib_in_the_venv_is_refused(finished: Machine) -> None:
    Machine(finished.clone, finished.clone / ".venv" / "bin").program(
        "python", 'case "$*" in *"pip list"*) echo opencv-contrib-python==5.0.0.93;; esac'
    )
    result = finished.run("--setup")
    assert result.returncode == 1
    assert "opencv-contrib-python" in one_sentence(result)


def test_the_demo_hands_its_options_to_the_kiosk(finished: Machine) -> None:
    result = finished.run("--demo", "--port", "9000")
    assert result.returncode == 0
    assert result.stdout.splitlines()[-1] == "kiosk run --camera demo:squat?fault=mix --port 9000"


def test_a_moved_clone_gets_a_new_venv(finished: Machine) -> None:
    (finished.clone / ".venv" / "bin" / "activate").write_text("VIRTUAL_ENV=/elsewhere/.venv\n", encoding="utf-8")
    assert "Making .venv" in finished.run("--setup").stdout


def test_on_a_raspberry_pi_the_venv_sees_the_systems_picamera2(machine: Machine) -> None:
    machine.packages("libegl1", "libgles2", "libseccomp2", "python3-picamera2")
    machine.program(
        "python3",
        f'case "$*" in *"-m venv"*) echo "$@" >{machine.clone}/venv.log; exit 1;; '
        '*ensurepip*) ;; --version) echo Python 3.12.1;; *) echo "3.12 64-bit";; esac',
    )
    machine.run("--setup")
    assert "--system-site-packages" in (machine.clone / "venv.log").read_text(encoding="utf-8")


def test_a_real_python_passes_the_version_check(machine: Machine) -> None:
    (machine.bin / "python3").unlink()
    (machine.bin / "python3").symlink_to(sys.executable)
    machine.program("df", r'printf "Filesystem 1M-blocks Used Available\n/dev/sda 1000 900 100\n"')
    assert "100 MB free" in one_sentence(machine.run("--setup", root=True))
