"""The whole work on one photo, real MediaPipe in a process of its own: numbers, drawing, refusals."""

import asyncio
import base64
import io
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from kiosk.analysis import analyse
from kiosk.aside import Aside
from kiosk.decoding import LONGEST_PX
from kiosk.landmarks import INDEX
from kiosk.photo import PhotoError
from kiosk.rules.compiler import load_exercise
from kiosk.view import LEVELS
from tests.photos import HELD, drawn, encoded, held, truth

SQUAT = load_exercise(Path(__file__).parents[1] / "config" / "exercises" / "squat.yaml")
SIZE = (640, 480)
JOINTS = ("right_shoulder", "right_elbow", "right_hip", "right_knee", "right_ankle", "right_foot_index")

Work = Callable[..., dict[str, Any]]


def sockets_refused() -> bool:
    try:
        socket.socket().close()
    except PermissionError:
        return True
    return False


@pytest.fixture(scope="module")
def beside() -> Iterator[Callable[..., Any]]:
    """Runs functions in a process of its own, the same for all tests."""
    with asyncio.Runner() as runner:
        aside = Aside(1)
        yield lambda *work: runner.run(aside.run(*work))
        runner.run(aside.close())


@pytest.fixture(scope="module")
def answer(beside: Callable[..., Any], model_bundle: Path) -> Work:
    """Analyses a file."""
    return lambda photo, exercise=None: json.loads(beside(analyse, photo, "auto", model_bundle, exercise))


def pixels(answered: dict[str, Any]) -> NDArray[np.uint8]:
    """The annotated picture as red, green, blue."""
    file = io.BytesIO(base64.b64decode(answered["image"].removeprefix("data:image/jpeg;base64,")))
    with Image.open(file) as picture:
        assert picture.format == "JPEG"
        assert not picture.getexif()
        return np.asarray(picture)


def colours_at(answered: dict[str, Any], joint: str) -> set[str]:
    """Which of the levels' colours are drawn at a joint."""
    picture = pixels(answered).astype(int)
    height, width = picture.shape[:2]
    point = answered["landmarks"][INDEX[joint]]
    x, y = round(point["x"] * width), round(point["y"] * height)
    around = picture[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].mean(axis=(0, 1))
    return {level for level, (blue, green, red) in LEVELS.items() if np.abs(around - (red, green, blue)).max() < 60}


def test_the_points_lie_where_the_athlete_was_drawn_however_the_camera_was_held(answer: Work) -> None:
    picture, expected = drawn(*SIZE), truth(*SIZE)
    for orientation in HELD:
        answered = answer(held(picture, orientation, quality=92))
        points = answered["landmarks"]
        assert len(points) == 33
        for joint in JOINTS:
            point = points[INDEX[joint]]
            off_px = np.hypot(
                point["x"] * SIZE[0] - expected.points[joint][0], point["y"] * SIZE[1] - expected.points[joint][1]
            )
            assert off_px < 20, (orientation, joint)
        assert pixels(answered).shape == (SIZE[1], SIZE[0], 3)
        for joint in ("knee", "hip", "elbow", "shoulder"):
            assert answered["angles"][f"right_{joint}"] == pytest.approx(expected.angles_deg[joint], abs=12), (
                orientation
            )
        assert answered["angles"]["trunk"] == pytest.approx(expected.angles_deg["trunk"], abs=6)


def test_without_an_exercise_there_are_points_angles_and_a_picture(answer: Work) -> None:
    answered = answer(encoded(drawn(*SIZE), "PNG"))
    assert list(answered) == ["landmarks", "image", "angles"]
    for point in answered["landmarks"]:
        assert list(point) == ["x", "y", "z", "visibility"]
        assert all(value == round(value, 4) for value in point.values())
        assert 0 <= point["visibility"] <= 1
    assert any(value is None for value in answered["angles"].values()), "the far arm can't be seen"
    assert all(colours_at(answered, joint) == set() for joint in JOINTS)
    drawn_on = np.abs(pixels(answered).astype(int) - np.asarray(drawn(*SIZE)).astype(int)).max(axis=2)
    assert (drawn_on > 60).mean() > 0.005, "nothing was drawn"


def test_an_exercise_judges_the_picture_and_colours_its_faults(answer: Work) -> None:
    answered = answer(encoded(drawn(*SIZE), quality=95), SQUAT)
    assert answered["exercise"] == "squat"
    assert set(answered["measures"]) == set(answered["units"]) == {measure.name for measure in SQUAT.measures}
    assert answered["measures"]["knee"] == answered["angles"]["right_knee"]
    assert answered["measures"]["hips_moved"] is None
    (leaning,) = answered["warnings"]
    assert (leaning["id"], leaning["level"], leaning["say"]["zh"]) == ("lumbar_load", "danger", "腰椎受力异常，请挺胸")
    assert answered["guidance"] is None
    assert colours_at(answered, "right_hip") == colours_at(answered, "right_shoulder") == {"danger"}
    assert colours_at(answered, "right_knee") == set()


def test_a_large_photo_is_answered_in_shares_of_it_and_with_a_smaller_copy(answer: Work) -> None:
    small, large = (answer(encoded(drawn(*SIZE).resize(size))) for size in (SIZE, (4000, 3000)))
    assert max(pixels(large).shape) == LONGEST_PX
    for joint in JOINTS:
        for axis in ("x", "y"):
            assert small["landmarks"][INDEX[joint]][axis] == pytest.approx(
                large["landmarks"][INDEX[joint]][axis], abs=0.03
            )


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (encoded(Image.new("RGB", (640, 480), "grey")), 400),
        (encoded(Image.new("RGB", (1, 1))), 400),
        (encoded(Image.new("RGB", (19_999, 2))), 400),
        (encoded(Image.new("L", (3, 9_000))), 400),
        (encoded(drawn(*SIZE))[:5000], 422),
        (b"GIF89a", 415),
    ],
    ids=["nobody", "a pixel", "a line", "a column", "half of it", "another kind"],
)
def test_what_shows_nobody_and_what_is_no_picture_is_refused(answer: Work, data: bytes, status: int) -> None:
    with pytest.raises(PhotoError) as caught:
        answer(data)
    assert caught.value.status == status


def test_the_process_that_opens_pictures_reaches_no_network(answer: Work, beside: Callable[..., Any]) -> None:
    with pytest.raises(PhotoError):
        answer(b"")  # the seal comes before a byte is looked at
    assert beside(sockets_refused)
