"""What must stay true of the repository itself: the locks, what is tracked, and what the README promises."""

import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LOCKS = ("requirements.lock", "tests/requirements.lock")
LARGEST_KB = 400
FOOTAGE_AND_MODELS = {
    ".task",
    ".tflite",
    ".onnx",
    ".mp4",
    ".mov",
    ".avi",
    ".mkv",
    ".webm",
    ".gif",
    ".jpg",
    ".jpeg",
    ".png",
}
# Two pictures of the page with the drawn athlete; `python -m tests.screenshots --readme` makes them.
DRAWN = {ROOT / "tests" / "pictures" / name for name in ("wall.png", "phone.png")}
PICTURE_KB = 200
# Written so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w./])/(?:work/(?:main|shared)|root/\.?\w|home/(?!pi\b)\w)")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git keeps; skips where there is no git checkout."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def pins(lock: str) -> dict[str, str]:
    """A lock's requirements with their marker, without hashes -> the text of the hashes."""
    entries = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    parts = [re.split(r"\s+(?=--hash=)", entry.strip(), maxsplit=1) for entry in entries]
    return {name.strip(): hashes[0] if hashes else "" for name, *hashes in parts if name}


def names(requirements: list[str]) -> set[str]:
    """The bare lower-case names in a list of requirements."""
    return {re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-") for requirement in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_package_with_hashes(lock: str) -> None:
    for requirement, hashes in pins(lock).items():
        assert re.match(r"[a-z0-9.-]+==[^\s*]+( ; .+)?$", requirement), requirement
        assert re.fullmatch(r"(--hash=sha256:[0-9a-f]{64}\s*)+", hashes), requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_second_opencv_and_no_address(lock: str) -> None:
    assert "opencv-python-headless" in names(list(pins(lock)))
    assert not names(list(pins(lock))) & {"opencv-python", "opencv-contrib-python", "opencv-contrib-python-headless"}
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^--?\w", text, re.MULTILINE), "a lock holds packages, no options"


def test_the_test_lock_is_the_lock_and_more() -> None:
    assert pins(LOCKS[0]).items() <= pins(LOCKS[1]).items()


def test_the_locks_hold_everything_that_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["build-system"]["requires"]
    assert names(wanted) <= names(list(pins(LOCKS[0])))
    assert names(project["project"]["optional-dependencies"]["test"]) <= names(list(pins(LOCKS[1])))


def test_no_tracked_file_is_large_a_model_or_a_picture_of_anybody() -> None:
    for path in tracked():
        assert path.stat().st_size <= LARGEST_KB * 1024, f"{path} is larger than {LARGEST_KB} kB"
        assert path.suffix.lower() not in FOOTAGE_AND_MODELS or path in DRAWN, path


def test_the_readme_s_pictures_are_small() -> None:
    for path in DRAWN:
        assert path.stat().st_size <= PICTURE_KB * 1024, f"{path} is larger than {PICTURE_KB} kB"


def test_no_tracked_file_names_a_folder_of_somebodys_machine() -> None:
    for path in tracked():
        found = MACHINE_PATH.search(path.read_bytes().decode("utf-8", errors="replace"))
        assert not found, f"{path.relative_to(ROOT)} holds {found and found[0]}"


def test_the_scripts_can_be_run() -> None:
    for script in ("install.sh", ".ci/run"):
        assert (ROOT / script).stat().st_mode & 0o111, f"{script} is not executable"


def test_the_readme_names_options_that_install_sh_has() -> None:
    usage = subprocess.run([ROOT / "install.sh", "--help"], capture_output=True, text=True, check=True).stdout
    promised = set(re.findall(r"install\.sh (--\w+)", README))
    assert {"--demo", "--test"} <= promised
    assert promised <= set(re.findall(r"install\.sh (--\w+)", usage))


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^\| `([a-z]+)", README, re.MULTILINE))))
def test_the_readme_names_commands_that_kiosk_has(command: str) -> None:
    asked = [sys.executable, "-m", "kiosk", command, "--help"]
    result = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_the_readme_lists_every_module_and_no_other() -> None:
    listed = set(re.findall(r"^  (?:  )?([a-z_]+(?:\.py|/))", README[README.index("\nkiosk/\n") :], re.MULTILINE))
    modules = {path.name for path in (ROOT / "kiosk").glob("[a-z]*.py")}
    assert modules <= listed, f"the README does not list {sorted(modules - listed)}"
    there = {path.name + "/" * path.is_dir() for path in (ROOT / "kiosk").rglob("*")}
    assert listed <= there, f"the README lists {sorted(listed - there)}"


def test_the_readme_s_commands_for_logs_in_memory_work_where_journald_has_no_folder(tmp_path: Path) -> None:
    told = README[README.index("Logs can stay in memory:") :].partition("\n- ")[0]
    (tmp_path / "etc" / "systemd").mkdir(parents=True)
    for command in re.findall(r"`([^`]+)`", told):
        here = command.replace("sudo ", "").replace("/etc/", f"{tmp_path}/etc/")
        subprocess.run(["bash", "-c", f"set -o pipefail; {here}"], check=True)
    kept = tmp_path / "etc" / "systemd" / "journald.conf.d" / "volatile.conf"
    assert kept.read_text() == "[Journal]\nStorage=volatile\n"


def test_the_readme_links_to_files_that_are_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
