"""Pose recordings: what is written comes back, and what is not one is answered with a sentence."""

import gzip
import json
import re
from pathlib import Path

import numpy as np
import pytest

from kiosk.recording import RecordedFrame, Recorder, RecordingError, read_recording
from tests.poses import figure

HEAD = {"kind": "pose-recording", "version": 1, "width": 640, "height": 480, "fps": 30.0}


def lines(path: Path) -> list[str]:
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode().splitlines()


def recorded(path: Path) -> list[RecordedFrame]:
    """Three frames written to `path` and read back: a pose, nobody, a pose."""
    recorder = Recorder(path)
    for t_s, pose in ((107.5, figure(107.5)), (107.6, None), (107.75, figure(107.75, knee=90))):
        recorder.write(t_s, pose, 640, 480, 30.0)
    recorder.close()
    return list(read_recording(path))


@pytest.mark.parametrize("name", ["a.poses.jsonl", "a.poses.jsonl.gz"])
def test_what_is_written_comes_back(tmp_path: Path, name: str) -> None:
    first, nobody, last = recorded(tmp_path / name)
    assert [frame.t_s for frame in (first, nobody, last)] == pytest.approx([0, 0.1, 0.25]), "times count from the first"
    assert nobody.pose is None
    assert last.pose is not None
    assert last.pose.t_s == last.t_s
    assert (last.pose.width_px, last.pose.height_px) == (640, 480)
    written = figure(knee=90)
    np.testing.assert_allclose(last.pose.points, written.points, atol=0.006)
    np.testing.assert_allclose(last.pose.world, written.world, atol=0.0001)
    assert last.pose.points.dtype == last.pose.world.dtype == np.float32


def test_the_file_is_as_it_is_described(tmp_path: Path) -> None:
    path = tmp_path / "a.poses.jsonl"
    recorded(path)
    head, first, nobody, _ = map(json.loads, lines(path))
    assert head == HEAD
    assert nobody == {"t_s": 0.1, "points": None, "world": None}
    assert (len(first["points"]), len(first["points"][0])) == (33, 4)
    assert (len(first["world"]), len(first["world"][0])) == (33, 3)
    assert path.stat().st_size < 10_000


def test_a_recording_without_frames_of_anybody(tmp_path: Path) -> None:
    path = tmp_path / "a.poses.jsonl"
    path.write_text(json.dumps(HEAD | {"note": "an empty room"}) + "\n", encoding="utf-8")
    assert list(read_recording(path)) == []


GOOD = json.dumps({"t_s": 0.0, "points": [[0, 0, 0, 1]] * 33, "world": [[0, 0, 0]] * 33})
NOBODY = '{"t_s": 0.1, "points": null, "world": null}'


def with_frame(**changes: object) -> str:
    return json.dumps(json.loads(GOOD) | changes)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("", 1, id="empty"),
        pytest.param("hello\n", 1, id="words"),
        pytest.param('{"kind": "film"}\n', 1, id="another kind"),
        pytest.param("[]\n", 1, id="a list"),
        pytest.param(json.dumps({"kind": "pose-recording"}) + "\n", 1, id="no size"),
        pytest.param(json.dumps(HEAD | {"width": 0}) + "\n" + NOBODY, 1, id="no width"),
        pytest.param(json.dumps(HEAD | {"width": "wide"}) + "\n" + NOBODY, 1, id="width in words"),
        pytest.param(json.dumps(HEAD | {"width": float("inf")}) + "\n" + NOBODY, 1, id="infinite width"),
    ],
)
def test_a_wrong_first_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "a.poses.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecordingError, match=re.escape(f"{path}:{line}: ")):
        list(read_recording(path))


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param("{", id="torn"),
        pytest.param("null", id="null"),
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="no keys"),
        pytest.param("[" * 100_000, id="endless nesting"),
        pytest.param(with_frame(t_s="soon"), id="time in words"),
        pytest.param(with_frame(t_s=float("nan")), id="no time"),
        pytest.param(with_frame(points=[[0, 0, 0, 1]] * 32), id="a point is missing"),
        pytest.param(with_frame(points=[[0, 0, 0]] * 33), id="no visibility"),
        pytest.param(with_frame(points=[[0, 0, 0, 1]] * 32 + [[0]]), id="ragged"),
        pytest.param(with_frame(points=5), id="a number"),
        pytest.param(with_frame(world=[["a", 0, 0]] * 33), id="words"),
        pytest.param(with_frame(world=[[float("inf"), 0, 0]] * 33), id="infinite"),
        pytest.param(with_frame(t_s=10**400), id="endless time"),
        pytest.param("", id="blank line"),
    ],
)
def test_a_wrong_frame_is_named_by_its_line(tmp_path: Path, frame: str) -> None:
    path = tmp_path / "a.poses.jsonl"
    path.write_text("\n".join([json.dumps(HEAD), GOOD, NOBODY, frame, GOOD]) + "\n", encoding="utf-8")
    frames = read_recording(path)
    assert next(frames).pose is not None
    assert next(frames).pose is None
    with pytest.raises(RecordingError, match=re.escape(f"{path}:4: this line is not a frame of a pose recording")):
        next(frames)


def test_files_that_are_torn_or_something_else(tmp_path: Path) -> None:
    whole = tmp_path / "whole.poses.jsonl.gz"
    recorded(whole)
    raw = whole.read_bytes()
    middle = len(raw) // 2
    for name, content in {
        "short": raw[:middle],
        "flipped": raw[:middle] + bytes(byte ^ 0xFF for byte in raw[middle : middle + 40]) + raw[middle + 40 :],
        "plain": b"not gzip at all",
        "binary": bytes(range(256)) * 10,
        "picture": gzip.compress(bytes(range(256)) * 10),
    }.items():
        path = tmp_path / f"{name}.poses.jsonl.gz"
        path.write_bytes(content)
        with pytest.raises(RecordingError):
            list(read_recording(path))


def test_a_missing_file_and_a_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_recording(tmp_path / "none.poses.jsonl"))
    with pytest.raises(FileNotFoundError):
        Recorder(tmp_path / "none" / "a.poses.jsonl")
