"""Earlier versions of edited files: ten, numbered whatever the clock says, and files written whole or not at all."""

from pathlib import Path

from kiosk.rules.versions import KEPT, Versions


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
