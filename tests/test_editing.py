"""Saving exercise files: only over a text that was seen, whole or not at all, and what was there is kept."""

import subprocess
from pathlib import Path

import pytest

from kiosk.rules.editing import ChangedError, ExerciseFiles, GoneError, StorageError, etag_of
from kiosk.rules.versions import Versions
from tests.disks import small_disk


@pytest.fixture
def files(tmp_path: Path) -> ExerciseFiles:
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "squat.yaml").write_bytes(b"one")
    return ExerciseFiles(tmp_path / "exercises", Versions(tmp_path / "versions"))


def seen(*texts: bytes) -> frozenset[str]:
    return frozenset(map(etag_of, texts))


def kept(files: ExerciseFiles, name: str = "squat") -> list[tuple[str, bytes]]:
    return [(version.what, version.path.read_bytes()) for version in files.versions(name)]


def test_a_text_is_replaced_only_by_who_has_seen_it(files: ExerciseFiles) -> None:
    files.save("squat", b"two", seen(b"zero", b"one"))
    with pytest.raises(ChangedError) as error:
        files.save("squat", b"three", seen(b"one"))
    assert error.value.now.data == b"two"
    assert error.value.changes == "--- seen\n+++ now\n@@ -1 +1 @@\n-one\n+two"
    with pytest.raises(ChangedError):
        files.save("squat", b"three", None)
    files.save("squat", b"three", frozenset("*"))
    assert kept(files) == [("saved", b"three"), ("saved", b"two"), ("first", b"one")]


def test_what_was_written_past_the_editor_is_kept_too(files: ExerciseFiles, tmp_path: Path) -> None:
    files.save("squat", b"two", seen(b"one"))
    (tmp_path / "exercises" / "squat.yaml").write_bytes(b"by hand \xff")
    files.save("squat", b"three", seen(b"by hand \xff"))
    assert kept(files) == [("saved", b"three"), ("by_hand", b"by hand \xff"), ("saved", b"two"), ("first", b"one")]


def test_a_file_that_is_gone_is_not_replaced_but_can_be_made_anew(files: ExerciseFiles, tmp_path: Path) -> None:
    (tmp_path / "exercises" / "squat.yaml").unlink()
    with pytest.raises(GoneError):
        files.save("squat", b"two", seen(b"one"))
    assert files.read("squat") is None
    files.save("squat", b"two", None)
    assert kept(files) == [("saved", b"two")]


def test_what_cannot_be_written_leaves_file_and_versions_as_they_were(files: ExerciseFiles, tmp_path: Path) -> None:
    files.save("squat", b"two", seen(b"one"))
    before = kept(files)
    # A link into a folder that is not there: reading finds nothing, writing fails in the end.
    (tmp_path / "exercises" / "lunge.yaml").symlink_to(tmp_path / "gone" / "lunge.yaml")
    with pytest.raises(StorageError) as error:
        files.save("lunge", b"new", None)
    assert error.value.hint == "look at the disk; nothing was changed"
    assert kept(files, "lunge") == []
    assert kept(files) == before


def test_a_read_only_and_a_full_disk_are_said(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64k") as disk:
        (disk / "squat.yaml").write_bytes(b"one")
        files = ExerciseFiles(disk, Versions(tmp_path / "versions"))
        with pytest.raises(StorageError, match="there is no room on the disk") as full:
            files.save("squat", b"#" * 100_000, seen(b"one"))
        assert full.value.hint == "make room and save again; nothing was changed"
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        with pytest.raises(StorageError, match=f"the disk with {disk} is read-only") as read_only:
            files.save("squat", b"two", seen(b"one"))
        assert read_only.value.hint == "mount it for writing; nothing was changed"
        assert (disk / "squat.yaml").read_bytes() == b"one"


def test_what_cannot_be_read_is_said(files: ExerciseFiles, tmp_path: Path) -> None:
    (tmp_path / "exercises" / "odd.yaml").mkdir()
    with pytest.raises(StorageError, match=r"odd\.yaml can't be read: Is a directory"):
        files.read("odd")
    (tmp_path / "exercises" / "large.yaml").write_bytes(b"#" * 200_001)
    with pytest.raises(StorageError, match=r"large\.yaml is larger than 200000 bytes"):
        files.read("large")


def test_hidden_files_and_other_kinds_are_no_exercises(files: ExerciseFiles, tmp_path: Path) -> None:
    for name in (".squat.yaml", "README.md", ".squat.yaml.x.tmp"):
        (tmp_path / "exercises" / name).write_bytes(b"")
    assert files.names() == ["squat"]
