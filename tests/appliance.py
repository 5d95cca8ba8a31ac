"""A machine to install the appliance on: folders below a prefix, and stand-ins for what needs root or network.

bash, the scripts and every file they write are real. `systemctl`, `apt-get`, `useradd` and the like write down what
they are asked and behave like the real ones as far as install.sh looks; pip only lays down the packages' places.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
TOOLS = (
    *("bash", "awk", "basename", "cat", "chmod", "cmp", "cp", "cut", "dirname", "env", "find", "flock", "grep", "head"),
    *("ln", "mkdir", "mv", "readlink", "realpath", "rm", "rmdir", "sed", "sh", "sha256sum", "sort", "stat", "sync"),
    *("tail", "touch", "tr", "xargs"),
)
PROVISION = ("install.sh", "requirements.lock", "pyproject.toml", "README.md", "LICENSE")

# A service that is up at once if its release is well, and crashes again and again if it is not.
SYSTEMCTL = r"""
echo "$*" >>"$KIOSK_INSTALL_ROOT/systemctl.log"
on=$KIOSK_INSTALL_ROOT/run/kiosk.on pid=$KIOSK_INSTALL_ROOT/run/kiosk.pid
broken() { [ -e "$KIOSK_INSTALL_ROOT/opt/kiosk/current/lib/kiosk/BROKEN" ]; }
case "$*" in
    "start --no-block kiosk.service") echo "$(($(cat "$pid" 2>/dev/null || echo 100) + 1))" >"$pid"; touch "$on" ;;
    "stop kiosk.service" | *"disable --now kiosk.service") rm -f "$on" ;;
    *"ActiveState"*) if [ -e "$on" ] && ! broken; then echo active; else echo activating; fi ;;
    *"NRestarts"*) if broken; then echo 9; else echo 0; fi ;;
    *"MainPID"*) cat "$pid" ;;
    "is-enabled display-manager.service") exit 1 ;;
esac
exit 0
"""

# The environment's python: pip copies what it is told to install, and the kiosk's commands answer.
PYTHON = r"""
case "$*" in
    *"print("*) echo "3.12 64-bit" ;;
    --version) echo "Python 3.12.1" ;;
    *"-m venv"*) for place; do :; done
        mkdir -p "$place/bin"; cp "$0" "$place/bin/python"; echo "VIRTUAL_ENV=$place" >"$place/bin/activate" ;;
    *"--target"*) while [ "$1" != --target ]; do shift; done
        [ -z "$PIP_FAILS" ] || { echo "No space left on device"; exit 1; }
        mkdir -p "$2/bin"; cp -R "$3/kiosk" "$2/kiosk" ;;
    *"--editable"*) cp "$0" "${0%/*}/kiosk" ;;
    *"models fetch"*) models=${STATE_DIRECTORY:-.state}/models; mkdir -p "$models"; touch "$models/pose_full.task" ;;
    *"--require-hashes"*) echo pip "$*" >>"$KIOSK_INSTALL_ROOT/pip.log" ;;
    *kiosk-page*--settings) echo "$(cat "$KIOSK_INSTALL_ROOT/settings" 2>/dev/null || echo alone 8080 full http)" ;;
    *kiosk-page*) echo "http://127.0.0.1:8080/" ;;
    *--help) [ ! -e "$(dirname "$(dirname "$2")")/lib/kiosk/DEAD" ] || { echo "SyntaxError: dead" >&2; exit 1; } ;;
    *"models verify"*) [ -e "$STATE_DIRECTORY/models/pose_full.task" ] ;;
esac
"""

USERS = r"""
users=$KIOSK_INSTALL_ROOT/users
case "$(basename "$0") $1" in
    "getent passwd") grep "^$2:" "$users" ;;
    "getent group") [ "$2" != input ] ;;
    useradd*)
        while [ $# -gt 1 ]; do [ "$1" != --home-dir ] || home=$2; shift; done
        echo "$1:x:999:999::$home:/usr/sbin/nologin" >>"$users" ;;
    id*) echo "$2" ;;
    userdel*) grep -v "^$1:" "$users" >"$users.new"; mv "$users.new" "$users" ;;
esac
"""


@dataclass(frozen=True)
class Box:
    """The machine below `root`, the clone it is installed from, and the programs in `bin`."""

    root: Path
    clone: Path
    bin: Path

    @property
    def etc(self) -> Path:
        return self.root / "etc" / "kiosk"

    @property
    def home(self) -> Path:
        return self.root / "opt" / "kiosk"

    @property
    def units(self) -> Path:
        return self.root / "etc" / "systemd" / "system"

    def program(self, name: str, script: str) -> None:
        """Put a shell script on the PATH."""
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def become_a_pi(self) -> None:
        """Let the machine say that it is a Raspberry Pi; its apt has no picamera2 yet."""
        self.program("grep", f'case "$*" in *device-tree*) exit 0 ;; esac; exec {shutil.which("grep")} "$@"')

    def full_disk(self, name: str, when: str = "true") -> None:
        """Let each copy to such a name (a pattern of the shell) end half-way, as on a full disk."""
        self.program(
            "cp",
            f"""for last; do :; done
case "$last" in {name}) if {when}; then
    : >"$last"; echo "cp: error writing '$last': No space left on device" >&2; exit 1
fi ;; esac
exec {shutil.which("cp")} "$@\"""",
        )

    def room_again(self) -> None:
        """Let copies end well again."""
        (self.bin / "cp").unlink()
        (self.bin / "cp").symlink_to(str(shutil.which("cp")))

    def install(self, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run install.sh on this machine."""
        return subprocess.run(
            [self.bin / "bash", self.clone / "install.sh", *options],
            env={
                "PATH": str(self.bin),
                "HOME": str(self.root),
                "KIOSK_INSTALL_ROOT": str(self.root),
                "KIOSK_INSTALL_WAIT_S": "8",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def installed(self, *options: str, **environment: str) -> str:
        """Run install.sh, which must succeed without a complaint; return what it said."""
        result = self.install(*options, **environment)
        assert (result.returncode, result.stderr) == (0, ""), result.stdout + result.stderr
        return result.stdout

    def release(self) -> str:
        """The name of the release that runs."""
        return (self.home / "current").readlink().name

    def files(self) -> dict[str, str]:
        """What the machine holds: path -> where a link points to, or when a file was changed and what stands in it."""
        return {
            str(path.relative_to(self.root)): str(path.readlink())
            if path.is_symlink()
            else f"{path.stat().st_mtime_ns} {path.read_bytes()!r}"
            for path in sorted(self.root.rglob("*"))
            if (path.is_file() or path.is_symlink()) and not path.name.endswith((".log", ".lock"))
        }


@contextmanager
def fresh_box() -> Iterator[Box]:
    """A Debian with systemd that has never seen the kiosk, and a clone with two small exercises."""
    with TemporaryDirectory() as base:
        box = Box(Path(base, "root"), Path(base, "clone"), Path(base, "bin"))
        for folder in ("opt", "etc/systemd/system", "var/lib", "run/systemd/system", "usr/local/bin"):
            (box.root / folder).mkdir(parents=True)
        (box.root / "users").touch()
        _fill_clone(box.clone)
        box.bin.mkdir()
        for name in TOOLS:
            (box.bin / name).symlink_to(str(shutil.which(name)))
        box.program("systemctl", SYSTEMCTL)
        box.program("python3", PYTHON.strip())
        for name in ("getent", "useradd", "userdel", "id"):
            box.program(name, USERS)
        box.program("uname", 'case "$1" in -s) echo Linux;; -n) echo gym;; *) echo x86_64;; esac')
        box.program("sleep", f"exec {shutil.which('sleep')} 0.1")
        box.program("runuser", "shift 3; exec " + '"$@"')
        box.program("df", r'printf "Filesystem 1M-blocks Used Available\n/dev/sda 9000 900 8000\n"')
        box.program("dpkg-query", 'case "$*" in *picamera2*) exit 1;; *) echo "ii ";; esac')
        for name in ("usermod", "chown", "espeak-ng", "aplay", "journalctl", "apt-get"):
            box.program(name, f'echo "{name} $*" >>"$KIOSK_INSTALL_ROOT/programs.log"')
        yield box


def _fill_clone(clone: Path) -> None:
    for folder in ("install", "systemd"):
        shutil.copytree(ROOT / folder, clone / folder)
    for name in PROVISION:
        shutil.copy(ROOT / name, clone / name)
    (clone / "kiosk").mkdir()
    (clone / "kiosk" / "__init__.py").write_text("", encoding="utf-8")
    (clone / "config" / "exercises").mkdir(parents=True)
    (clone / "config" / "kiosk.yaml").write_text("language: en\n", encoding="utf-8")
    for name in ("squat", "plank"):
        (clone / "config" / "exercises" / f"{name}.yaml").write_text(f"{name}: 1\n", encoding="utf-8")
