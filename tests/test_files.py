"""A file is replaced whole or not at all."""

import os
import resource
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kiosk.files import make_folder, replace_file
from tests.conftest import ROOT


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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_new_folder_belongs_to_the_owner_of_the_one_above(tmp_path: Path) -> None:
    os.chown(tmp_path, 1234, 2345)
    make_folder(tmp_path / "versions" / "squat")
    make_folder(tmp_path / "versions" / "squat")
    for made in (tmp_path / "versions", tmp_path / "versions" / "squat"):
        assert (made.stat().st_uid, made.stat().st_gid) == (1234, 2345)


def test_a_folder_is_not_made_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "versions").touch()
    with pytest.raises(OSError, match="versions"):
        make_folder(tmp_path / "versions" / "squat")


def in_another_process(setting: str, path: Path, size: int = 3) -> str:
    """What `replace_file` raises there, after `setting` has made writing fail as it does in life."""
    code = f"""
import errno, os, resource
from pathlib import Path
from kiosk.files import replace_file
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


def test_a_file_written_by_root_belongs_to_the_folders_owner(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(tmp_path, 1234, 2345)
    replace_file(tmp_path / "pins.json", b"{}", private=True)
    written = (tmp_path / "pins.json").stat()
    assert (written.st_uid, written.st_gid) == (1234, 2345)


def test_a_reader_never_finds_half_a_file(tmp_path: Path) -> None:
    path, texts = tmp_path / "pins.json", (b"a" * 100_000, b"b" * 100_000)
    replace_file(path, texts[0])
    done = threading.Event()
    found: set[bytes] = set()

    def read() -> None:
        while not done.is_set():
            found.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(40):
        replace_file(path, texts[number % 2])
    done.set()
    reader.join()
    assert found <= set(texts)
