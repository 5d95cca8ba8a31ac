"""Angles, tilts and offsets against values worked out by hand, and what must not change them."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kiosk.angles import Reference, angle_deg, length, midpoint, offset, tilt_deg, yaw_deg

Point2 = tuple[float, float]

COORDINATE = st.floats(-1000, 1000, allow_nan=False)
POINT = st.tuples(COORDINATE, COORDINATE)


@pytest.mark.parametrize(
    ("a", "vertex", "c", "degrees"),
    [
        pytest.param((0, 0), (0, 1), (0, 2), 180.0, id="straight"),
        pytest.param((0, 0), (0, 1), (1, 1), 90.0, id="right angle"),
        pytest.param((0, 0), (0, 1), (0, 0.5), 0.0, id="folded"),
        pytest.param((1, 0), (0, 0), (3, math.sqrt(3) * 3), 60.0, id="limbs of two lengths"),
        pytest.param((0, 0, 0), (0, 1, 0), (0, 1, 5), 90.0, id="towards the camera"),
        pytest.param((1, 0, 0), (0, 0, 0), (1, 1, math.sqrt(2)), 60.0, id="in space"),
    ],
)
def test_an_interior_angle(a: Point2, vertex: Point2, c: Point2, degrees: float) -> None:
    assert angle_deg(a, vertex, c) == pytest.approx(degrees, abs=1e-6)


@pytest.mark.parametrize(
    ("b", "reference", "degrees"),
    [
        ((5, 0), "horizontal", 0.0),
        ((-5, 0), "horizontal", 0.0),
        ((0, -5), "horizontal", 90.0),
        ((0, 5), "horizontal", 90.0),
        ((1, -math.sqrt(3)), "horizontal", 60.0),
        ((-1, -math.sqrt(3)), "horizontal", 60.0),
        ((1, -math.sqrt(3)), "vertical", 30.0),
        ((0, -5), "vertical", 0.0),
        ((0, -1, 1), "horizontal", 45.0),
        ((0, 0, 1), "vertical", 90.0),
    ],
)
def test_a_tilt_is_measured_from_what_it_lies_along(b: Point2, reference: Reference, degrees: float) -> None:
    origin = (0.0,) * len(b)
    assert tilt_deg(origin, b, reference) == pytest.approx(degrees, abs=1e-6)
    assert tilt_deg(b, origin, reference) == pytest.approx(degrees, abs=1e-6), "a line has no direction"


def test_points_that_coincide_have_no_angle() -> None:
    assert angle_deg((1, 1), (1, 1), (2, 2)) is None
    assert angle_deg((2, 2), (1, 1), (1, 1)) is None
    assert tilt_deg((1, 1), (1, 1), "horizontal") is None
    assert yaw_deg((0, 0, 0), (0, 1, 0)) is None


def test_an_offset_is_signed_and_along_the_axis_only() -> None:
    assert offset((10, 50), (16, 90), (1, 0)) == 6
    assert offset((10, 50), (16, 90), (-1, 0)) == -6
    assert offset((10, 50), (16, 90), (0, -1)) == -40
    assert offset((0, 0, 0), (1, 2, 3), (0, 0, 1)) == 3


def test_length_and_midpoint() -> None:
    assert length((0, 0), (3, 4)) == 5
    assert length((0, 0, 0), (2, 3, 6)) == 7
    assert midpoint((0, 2, 4), (2, 4, 0)) == (1, 3, 2)


@pytest.mark.parametrize(
    ("left", "right", "degrees"),
    [
        ((0.2, 0, 0), (-0.2, 0, 0), 0.0),
        ((-0.2, 0, 0), (0.2, 0, 0), 0.0),
        ((0, 0, 0.2), (0, 0, -0.2), 90.0),
        ((0, 0, -0.2), (0, 0.3, 0.2), 90.0),
        ((0.1, 0, 0.1), (-0.1, 0, -0.1), 45.0),
        ((math.sqrt(3), 0, 1), (0, 5, 0), 30.0),
    ],
)
def test_how_far_a_body_is_turned_from_the_camera(
    left: tuple[float, ...], right: tuple[float, ...], degrees: float
) -> None:
    assert yaw_deg(left, right) == pytest.approx(degrees, abs=1e-6)


def _moved(point: Point2, turn: float, scale: float, shift: Point2) -> Point2:
    x, y = point
    return (
        scale * (x * math.cos(turn) - y * math.sin(turn)) + shift[0],
        scale * (x * math.sin(turn) + y * math.cos(turn)) + shift[1],
    )


@given(st.tuples(POINT, POINT, POINT), st.floats(0, 2 * math.pi), st.floats(0.1, 10), POINT)
def test_turning_scaling_and_shifting_the_picture_leaves_an_angle(
    points: tuple[Point2, Point2, Point2], turn: float, scale: float, shift: Point2
) -> None:
    a, vertex, c = points
    assume(math.dist(a, vertex) > 1 and math.dist(c, vertex) > 1)
    before = angle_deg(a, vertex, c)
    after = angle_deg(*(_moved(point, turn, scale, shift) for point in points))
    assert before is not None
    assert 0 <= before <= 180
    # Near 0 and 180 degrees the cosine is flat: a rounding error of 1e-16 is 1e-6 degrees.
    assert after == pytest.approx(before, abs=1e-4)
    assert angle_deg(c, vertex, a) == pytest.approx(before, abs=1e-4)


@given(POINT, POINT, st.floats(-math.pi, math.pi), st.floats(0.1, 10))
def test_turning_the_picture_turns_a_tilt(a: Point2, b: Point2, turn: float, scale: float) -> None:
    assume(math.dist(a, b) > 1)
    slope = math.atan2(b[1] - a[1], b[0] - a[0]) + turn
    expected = math.degrees(math.asin(min(1.0, abs(math.sin(slope)))))
    one, other = (_moved(point, turn, scale, (7, 7)) for point in (a, b))
    level, upright = tilt_deg(one, other, "horizontal"), tilt_deg(one, other, "vertical")
    assert level is not None
    assert upright is not None
    assert level == pytest.approx(expected, abs=1e-4)
    assert level + upright == pytest.approx(90)
