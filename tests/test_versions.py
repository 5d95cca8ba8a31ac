"""Earlier versions of edited files: ten, numbered whatever the clock says, and files written whole or not at all."""

import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.rules.versions import KEPT, Versions, replace_file
from tests.conftest import ROOT


def kept(versions: Versions, name: str = "squat") -> list[tuple[int, str, bytes]]:
    return [(version.number, version.what, version.path.read_bytes()) for version in versions.of(name)]


def test_versions_are_numbered_and_the_newest_is_first(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    assert versions.of("squat") == ()
    versions.keep("squat", b"a", "first", saved_s=1_000.0)
    versions.keep("squat", b"b", "saved")
    versions.keep("plank", b"p", "saved")
    assert kept(versions) == [(2, "saved", b"b"), (1, "first", b"a")]
    assert versions.of("squat")[1].saved_s == 1_000.0
    assert kept(Versions(tmp_path), "plank") == [(1, "saved", b"p")]


def test_a_clock_that_goes_back_changes_no_order(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    for number, saved_s in enumerate((9e8, 5.0, 7e8), start=1):
        versions.keep("squat", str(number).encode(), "saved", saved_s)
    assert [data for _, _, data in kept(versions)] == [b"3", b"2", b"1"]


def test_the_last_ten_stay_and_numbers_go_on(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    for number in range(1, 26):
        versions.keep("squat", str(number).encode(), "saved")
        versions.prune("squat")
    assert [number for number, _, _ in kept(versions)] == list(range(25, 25 - KEPT, -1))
    assert len(list((tmp_path / "squat").iterdir())) == KEPT


def test_what_is_no_version_is_left_alone(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    versions.keep("squat", b"a", "first")
    for name in (".0002-saved.yaml.x.tmp", "notes.txt", "0003-odd.yaml", "x-saved.yaml"):
        (tmp_path / "squat" / name).write_text("mine")
    versions.prune("squat")
    assert kept(versions) == [(1, "first", b"a")]
    assert (tmp_path / "squat" / "notes.txt").read_text() == "mine"


def test_a_replaced_file_keeps_mode_and_owner_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "squat.yaml"
    path.write_text("old")
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 1234, 2345)
    before = path.stat()
    replace_file(path, b"new")
    after = path.stat()
    assert path.read_bytes() == b"new"
    assert after.st_ino != before.st_ino, "written beside it and renamed: a reader never finds a part"
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert [entry.name for entry in tmp_path.iterdir()] == ["squat.yaml"]


def test_a_new_file_can_be_read_by_everybody(tmp_path: Path) -> None:
    replace_file(tmp_path / "lunge.yaml", b"x")
    assert stat.S_IMODE((tmp_path / "lunge.yaml").stat().st_mode) == 0o644


def test_a_link_goes_on_pointing_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "squat.yaml").write_text("old")
    (tmp_path / "squat.yaml").symlink_to(tmp_path / "far" / "squat.yaml")
    replace_file(tmp_path / "squat.yaml", b"new")
    assert (tmp_path / "squat.yaml").is_symlink()
    assert (tmp_path / "far" / "squat.yaml").read_bytes() == b"new"


def in_another_process(setting: str, path: Path, size: int = 3) -> str:
    """What `replace_file` raises there, after `setting` has made writing fail as it does in life."""
    code = f"""
import errno, os, resource
from pathlib import Path
from kiosk.rules.versions import replace_file
{setting}
try:
    replace_file(Path({str(path)!r}), b"n" * {size})
except OSError as error:
    print(errno.errorcode[error.errno])
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def test_a_disk_without_room_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "squat.yaml"
    path.write_text("old")
    limit = f"resource.setrlimit(resource.RLIMIT_FSIZE, (5000, {resource.RLIM_INFINITY}))"
    assert in_another_process(limit, path, 100_000) == "EFBIG"
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["squat.yaml"]


@pytest.mark.parametrize("closed", ["the file", "the folder"])
def test_where_the_kiosk_may_not_write_nothing_changes(tmp_path: Path, closed: str) -> None:
    path = tmp_path / "config" / "squat.yaml"
    path.parent.mkdir()
    path.write_text("old")
    path.chmod(0o444 if closed == "the file" else 0o666)
    path.parent.chmod(0o777 if closed == "the file" else 0o555)
    nobody = ""
    if os.geteuid() == 0:
        nobody = "os.setuid(65534)"
        for folder in (tmp_path, *list(tmp_path.parents)[:2]):
            folder.chmod(0o755)
    assert in_another_process(nobody, path) == "EACCES"
    assert path.read_text() == "old"
    assert [entry.name for entry in path.parent.iterdir()] == ["squat.yaml"]
