"""Each calculator against the same thing worked out slowly, number by number, or by hand."""

import math

import numpy as np
import pytest

from kiosk.landmarks import Float
from kiosk.pose import blazepose
from kiosk.pose.blazepose import Region

RANDOM = np.random.default_rng(5)


def f32(*numbers: float) -> list[np.float32]:
    return [np.float32(number) for number in numbers]


def places(*rows: tuple[float, ...]) -> Float:
    return np.array(rows, np.float32)


def test_the_letterbox_is_a_square_around_the_picture() -> None:
    square, empty = blazepose.letterbox(640, 480)
    assert square == ((320, 240), (640, 640), 0)
    assert empty == pytest.approx((0, 1 / 8))
    square, empty = blazepose.letterbox(480, 640)
    assert square == ((240, 320), (640, 640), 0)
    assert empty == pytest.approx((1 / 8, 0))


def test_what_is_at_the_letterbox_edge_of_the_picture_is_at_the_edge_of_the_picture() -> None:
    _, empty = blazepose.letterbox(640, 480)
    letterboxed = places((0, 1 / 8), (1, 7 / 8), (0.5, 0.5))
    assert blazepose.without_letterbox(letterboxed, empty) == pytest.approx(places((0, 0), (1, 1), (0.5, 0.5)))


@pytest.mark.parametrize(
    ("above", "turn_deg"),
    [
        pytest.param((320, 140), 0, id="upright"),
        pytest.param((420, 240), 90, id="lying with the head on the right"),
        pytest.param((220, 240), -90, id="lying with the head on the left"),
        pytest.param((320, 340), -180, id="head down"),
        pytest.param((390.71068, 169.28932), 45, id="leaning"),
    ],
)
def test_the_region_is_a_square_in_pixels_with_the_head_up(above: tuple[float, float], turn_deg: float) -> None:
    region = blazepose.region_of(places((320 / 640, 240 / 480), (above[0] / 640, above[1] / 480)), 640, 480)
    centre, size, turned_deg = blazepose.rectangle(region, 640, 480)
    assert centre == pytest.approx((320, 240))
    assert size == pytest.approx((250, 250), rel=1e-5)  # twice the 100 pixels, and a quarter more
    assert math.cos(math.radians(turned_deg - turn_deg)) == pytest.approx(1)


def test_points_of_a_crop_are_put_back_where_the_crop_was() -> None:
    quarter_turn = Region(*f32(0.5, 0.25, 0.2, 0.4, math.pi / 2))
    crop = places((0.5, 0.5, 0), (1, 0.5, 0.5), (0.5, 1, -1))
    # right in the crop is down in the picture, down in the crop is left
    expected = places((0.5, 0.25, 0), (0.5, 0.45, 0.1), (0.4, 0.25, -0.2))
    assert blazepose.in_picture(crop, quarter_turn) == pytest.approx(expected)


def test_metres_are_turned_but_not_moved() -> None:
    assert blazepose.turned(places((1, 0, 3), (0, 1, 0)), np.float32(math.pi / 2)) == pytest.approx(
        places((0, 1, 3), (-1, 0, 0)), abs=1e-6
    )


def test_anchors_are_the_middles_of_the_cells() -> None:
    expected = [
        ((column + 0.5) / cells, (row + 0.5) / cells)
        for cells, layers in ((28, 2), (14, 2), (7, 6))
        for row in range(cells)
        for column in range(cells)
        for _ in range(layers)
    ]
    found = blazepose.anchors()
    assert found.shape == (blazepose.BOXES, 2)
    assert found == pytest.approx(np.array(expected))


def boxes_and_scores(*seen: tuple[int, float, tuple[float, ...]]) -> tuple[Float, Float]:
    """The detector's outputs: nobody anywhere, but at the given anchors a score (logit) and a box in pixels."""
    boxes, scores = np.zeros((blazepose.BOXES, 12), np.float32), np.full(blazepose.BOXES, -200, np.float32)
    for index, score, box in seen:
        scores[index] = score
        boxes[index, : len(box)] = box
    return boxes, scores


def test_nobody_sure_enough_is_nobody() -> None:
    boxes, scores = boxes_and_scores((700, -0.01, (0, 0, 50, 50)))
    assert blazepose.best_detection(boxes, scores, blazepose.anchors()) is None


def test_overlapping_detections_are_averaged_by_score_and_others_are_left_out() -> None:
    """As the weighted suppression does it, worked out here box by box."""
    centres = blazepose.anchors()
    near, near_too, far = 700, 702, 5
    seen = [
        (near, 2.0, (0.0, 0, 60, 60, 3, 4, 5, -40)),
        (near_too, 0.5, (4.0, -2, 56, 64, 1, 2, 3, -44)),
        (far, 1.0, (0.0, 0, 60, 60, 9, 9, 9, 9)),
    ]
    points, weights = [], []
    for index, score, box in seen[:2]:
        points.append(np.array(box[4:8]).reshape(2, 2) / 224 + centres[index])
        weights.append(1 / (1 + math.exp(-score)))
    expected = sum(w * p for w, p in zip(weights, points, strict=True)) / sum(weights)
    found = blazepose.best_detection(*boxes_and_scores(*seen), centres)
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_logit_of_hundreds_does_not_overflow() -> None:
    boxes, scores = boxes_and_scores((700, 500.0, (0, 0, 50, 50, 1, 1, 2, 2)))
    found = blazepose.best_detection(boxes, scores, blazepose.anchors())
    assert found is not None
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    ("box", "shared"),
    [((0, 0, 2, 2), 1), ((1, 0, 3, 2), 1 / 3), ((1, 1, 3, 3), 1 / 7), ((2, 0, 4, 2), 0), ((5, 5, 6, 6), 0)],
)
def test_overlap_is_intersection_over_union(box: tuple[int, ...], shared: float) -> None:
    assert blazepose.overlaps(places(box), places((0, 0, 2, 2))[0])[0] == pytest.approx(shared)


def slowly_sharpened(x: float, y: float, heatmap: Float) -> tuple[float, float]:
    """refine_landmarks_from_heatmap_calculator.cc, cell by cell."""
    column, row = math.trunc(x * 64), math.trunc(y * 64)
    if column < 0 or column >= 64 or row < 0:
        return x, y
    total = by_column = by_row = warmest = 0.0
    for r in range(max(0, row - 3), min(64, row + 4)):
        for c in range(max(0, column - 3), min(64, column + 4)):
            heat = 1 / (1 + math.exp(-float(heatmap[r, c])))
            total, by_column, by_row = total + heat, by_column + c * heat, by_row + r * heat
            warmest = max(warmest, heat)
    return (by_column / 64 / total, by_row / 64 / total) if warmest >= 0.5 else (x, y)


def test_points_move_to_the_middle_of_the_warmth_around_them() -> None:
    points = RANDOM.uniform(-0.05, 1.05, (39, 2)).astype(np.float32)
    points[:4] = [(-0.5, 0.5), (0.999, 0.999), (0.5, 1.02), (0.01, 0.01)]
    heatmap = RANDOM.normal(-4, 2, (64, 64, 39)).astype(np.float32)
    expected = [slowly_sharpened(x, y, heatmap[:, :, layer]) for layer, (x, y) in enumerate(points.tolist())]
    found = blazepose.sharpened(points, heatmap)
    assert found == pytest.approx(np.array(expected), abs=1e-6)
    moved = (found != points).any(axis=1)
    assert 5 < moved.sum() < 39  # some stay, for it is cold around them


def test_one_warm_cell_draws_a_point_to_itself() -> None:
    heatmap = np.full((64, 64, 1), -50, np.float32)
    heatmap[20, 31] = 8
    assert blazepose.sharpened(places((30 / 64, 18.9 / 64)), heatmap) == pytest.approx(places((31 / 64, 20 / 64)))
    far = places((40 / 64, 20 / 64))
    assert (blazepose.sharpened(far, heatmap) == far).all()


def test_landmarks_are_fractions_of_the_crop() -> None:
    raw = np.zeros((39, 5), np.float32)
    raw[1] = 128, 64, -32, 3, 9
    points, visibility = blazepose.landmarks(raw.ravel())
    assert points.shape == (35, 3)
    assert points[1].tolist() == [0.5, 0.25, -0.125]
    assert visibility[:2] == pytest.approx([0.5, 1 / (1 + math.exp(-3))])
