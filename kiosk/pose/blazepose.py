"""BlazePose's numbers and calculators: each a pure function of small arrays, as MediaPipe's Tasks API computes it.

Beside a constant stands where google-ai-edge/mediapipe has it. Paths leave out `mediapipe/`, and three files are short:

- `detector graph`: tasks/cc/vision/pose_detector/pose_detector_graph.cc
- `landmarks graph`: tasks/cc/vision/pose_landmarker/pose_landmarks_detector_graph.cc
- `bundle`: the models' metadata, which `kiosk.bundle` writes

Places are fractions, 0..1 from the top left corner: x of the width and y of the height, of the crop or of the picture.

Everything is computed in float32 and in MediaPipe's order, down to the last bit: the region of a frame comes from the
points of the frame before, so that a region moved by 1/10000 pixel gives points that lie a pixel off five frames later.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from kiosk.landmarks import Float
from kiosk.pose.crop import Rectangle

_F: Final = np.float32

DETECTOR_PX: Final = 224  # detector graph, ConfigureSsdAnchorsCalculator: input_size_height, input_size_width
DETECTOR_RANGE: Final = (-1.0, 1.0)  # bundle: NormalizationOptions mean 127.5, std 127.5
BOXES: Final = 2254  # detector graph, ConfigureTensorsToDetectionsCalculator: num_boxes
BOX_NUMBERS: Final = 12  # the same: num_coords; centre x, y, width, height, and 4 key points
_KEY_POINTS: Final = 4  # the same: keypoint_coord_offset, where the first key point begins
_SCORE_LIMIT: Final = 100.0  # the same: score_clipping_thresh
_STRIDES_PX: Final = (8, 16, 32, 32, 32)  # detector graph, ConfigureSsdAnchorsCalculator: strides
_ANCHORS: Final = 2  # the same: aspect_ratios, and ssd_anchors_calculator.proto: interpolated_scale_aspect_ratio
_ANCHOR_OFFSET: Final = _F(0.5)  # the same: anchor_offset_x, anchor_offset_y
_MIN_SCORE: Final = 0.5  # tasks/cc/vision/pose_detector/proto: min_detection_confidence
_MIN_OVERLAP: Final = 0.5  # the same: min_suppression_threshold

LANDMARKS_PX: Final = 256  # the model's own input, read by BuildInputImageTensorSpecs
LANDMARKS_RANGE: Final = (0.0, 1.0)  # bundle: NormalizationOptions mean 0, std 255
MODEL_POINTS: Final = 39  # landmarks graph: kLandmarksNum; 33 of the body, 2 that say where it is, 4 unused
BODY_POINTS: Final = 33  # landmarks graph, ConfigureSplitNormalizedLandmarkListCalculator: first range
ALIGNMENT: Final = slice(33, 35)  # the same: second range, the auxiliary landmarks
MIN_PRESENCE: Final = 0.5  # tasks/cc/vision/pose_landmarker/proto/pose_landmarks_detector_graph_options.proto

HEATMAP_PX: Final = 64  # the model's own output
_KERNEL_PX: Final = 7  # landmarks graph, ConfigureRefineLandmarksFromHeatmapCalculator: kernel_size
_REACH: Final = np.arange(_KERNEL_PX) - _KERNEL_PX // 2
_MIN_HEAT: Final = 0.5  # calculators/util/refine_landmarks_from_heatmap_calculator.proto: min_confidence_to_refine

_UPRIGHT_RAD: Final = _F(math.radians(90))  # both graphs: rotation_vector_target_angle_degrees
_MARGIN: Final = _F(1.25)  # both graphs, ConfigureRectTransformationCalculator: scale_x, scale_y


@dataclass(frozen=True, slots=True)
class Region:
    """Part of a picture: its centre and size in fractions of the picture, turned clockwise about the centre.

    mediapipe/framework/formats/rect.proto, NormalizedRect. Ours are squares in pixels.
    """

    x: np.float32
    y: np.float32
    width: np.float32
    height: np.float32
    turn_rad: np.float32


def rectangle(region: Region, width_px: int, height_px: int) -> Rectangle:
    """Return a region of a picture in its pixels; calculators/tensor/image_to_tensor_utils.cc, GetRoi."""
    centre = (float(region.x * _F(width_px)), float(region.y * _F(height_px)))
    size = (float(region.width * _F(width_px)), float(region.height * _F(height_px)))
    return centre, size, float(region.turn_rad * _F(180)) / math.pi


def letterbox(width_px: int, height_px: int) -> tuple[Rectangle, Float]:
    """Return the square around a picture, and how much of it is empty on either side: (2,) x, y in fractions.

    calculators/tensor/image_to_tensor_utils.cc, PadRoi.
    """
    side = float(max(width_px, height_px))
    slenderness = _F(height_px) / _F(width_px)
    empty = np.array((1 - 1 / slenderness, 1 - slenderness), np.float32) / _F(2)
    return ((width_px / 2, height_px / 2), (side, side), 0.0), np.maximum(empty, 0)


def without_letterbox(points: Float, empty: Float) -> Float:
    """Return points (n, 2) of a letterboxed picture as such of the picture.

    calculators/util/detection_letterbox_removal_calculator.cc.
    """
    return np.asarray((points - empty) / (1 - (empty + empty)), np.float32)


def region_of(alignment: Float, width_px: int, height_px: int) -> Region:
    """Return the square around a body, upright in it, from two points: (2, 2) x, y.

    The first is the middle of the hips, the second lies above the head, on a circle around the whole body.
    calculators/util/alignment_points_to_rects_calculator.cc, detections_to_rects_calculator.cc (ComputeRotation) and
    rect_transformation_calculator.cc.
    """
    size_px = np.array((width_px, height_px), np.float32)
    centre, above = alignment * size_px
    across, down = above - centre
    turn = _UPRIGHT_RAD - _F(math.atan2(-down, across))
    turn = _F(float(turn) - 2 * math.pi * math.floor((float(turn) + math.pi) / (2 * math.pi)))
    width, height = np.sqrt(across * across + down * down) * _F(2) / size_px
    side_px = max(width * size_px[0], height * size_px[1])
    (x, y), (width, height) = centre / size_px, side_px / size_px * _MARGIN
    return Region(x, y, width, height, turn)


def anchors() -> Float:
    """Return the centres of the detector's boxes, (2254, 2) x, y.

    calculators/tflite/ssd_anchors_calculator.cc: layers of the same stride share a grid and have two anchors each at
    every place, and with `fixed_anchor_size` all of them are as large as the crop.
    """
    grids = []
    for stride_px in sorted(set(_STRIDES_PX)):
        cells = DETECTOR_PX // stride_px
        centres = (np.arange(cells, dtype=np.float32) + _ANCHOR_OFFSET) / _F(cells)
        places = np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2)
        grids.append(np.repeat(places, _ANCHORS * _STRIDES_PX.count(stride_px), axis=0))
    return np.concatenate(grids)


def best_detection(boxes: Float, scores: Float, centres: Float) -> Float | None:
    """Return the surest detection's alignment points, (2, 2) x, y; None where nobody is seen.

    Takes the detector's outputs (2254, 12) and (2254,), and `anchors()`. Decodes them as
    calculators/tensor/tensors_to_detections_calculator.cc does, and averages all boxes that overlap the surest one,
    each weighted with its score: calculators/util/non_max_suppression_calculator.cc, WEIGHTED. The graph keeps one.
    """
    certainties = sigmoid(np.clip(scores, -_SCORE_LIMIT, _SCORE_LIMIT))
    sure = np.flatnonzero(certainties >= _MIN_SCORE)
    if not sure.size:
        return None
    sure = sure[np.argsort(-certainties[sure], kind="stable")]
    numbers = boxes[sure] / _F(DETECTOR_PX)
    middles, halves = numbers[:, :2] + centres[sure], numbers[:, 2:4] / _F(2)
    corners = np.concatenate((middles - halves, middles + halves), axis=1)
    near = overlaps(corners, corners[0]) > _MIN_OVERLAP
    points = numbers[near, _KEY_POINTS : _KEY_POINTS + 4].reshape(-1, 2, 2) + centres[sure[near], None]
    weights = certainties[sure[near], None, None]
    return np.asarray(_totals((points * weights).T).T / _totals(weights.T).T, np.float32)


def overlaps(corners: Float, of: Float) -> Float:
    """Return the intersection over the union of boxes (n, 4) left, top, right, bottom with one such box, (n,)."""
    sides = np.minimum(corners[:, 2:], of[2:]) - np.maximum(corners[:, :2], of[:2])
    shared = np.maximum(sides, 0).prod(axis=1)
    areas = (corners[:, 2:] - corners[:, :2]).prod(axis=1)
    return np.asarray(shared / (areas + (of[2:] - of[:2]).prod() - shared), np.float32)


def landmarks(raw: Float) -> tuple[Float, Float]:
    """Return the points of the landmark model's first output, (35, 3) x, y, z, and how visible they are, (35,) 0..1.

    z grows away from the camera, is about 0 between the hips and a fraction of the crop's width, as x is. The last two
    points are `ALIGNMENT`. calculators/tensor/tensors_to_landmarks_calculator.cc.
    """
    numbers = raw.reshape(MODEL_POINTS, 5)[: ALIGNMENT.stop]
    return numbers[:, :3] / _F(LANDMARKS_PX), sigmoid(numbers[:, 3])


def sharpened(points: Float, heatmap: Float) -> Float:
    """Return points, (n, 2) x, y, moved to the middle of the warmth around them.

    `heatmap` is (64, 64, n or more), one layer a point, before the sigmoid. A point outside the crop stays, and so does
    one that is warm nowhere near. calculators/util/refine_landmarks_from_heatmap_calculator.cc.
    """
    count, layers = len(points), heatmap.shape[2]
    centres = (points * HEATMAP_PX).astype(np.intp)
    cells = centres[:, :, None] + _REACH
    clipped = np.minimum(np.maximum(cells, 0), HEATMAP_PX - 1)
    (columns, rows), (across, down) = clipped.transpose(1, 0, 2), (cells == clipped).transpose(1, 0, 2)
    flat = (rows * (HEATMAP_PX * layers))[:, :, None] + (columns * layers + np.arange(count)[:, None])[:, None]
    heat = sigmoid(heatmap.reshape(-1).take(flat))
    heat *= down[:, :, None] & across[:, None]
    weighted = np.empty((3, count, _KERNEL_PX, _KERNEL_PX), np.float32)
    weighted[0] = heat
    np.multiply(heat, columns[:, None], out=weighted[1], casting="same_kind", dtype=np.float32)
    np.multiply(heat, rows[:, :, None], out=weighted[2], casting="same_kind", dtype=np.float32)
    total, *sums = _totals(weighted.reshape(3, count, -1))
    warm = heat.reshape(count, -1).max(axis=1) >= _MIN_HEAT
    moved = warm & (centres >= 0).all(axis=1) & (centres[:, 0] < HEATMAP_PX)
    warmest = np.array(sums) / _F(HEATMAP_PX) / np.where(moved, total, _F(1))
    return np.where(moved, warmest, points.T).T


def in_picture(points: Float, region: Region) -> Float:
    """Return points (n, 3) of a region's crop as such of the picture, z as a fraction of its width.

    calculators/util/landmark_projection_calculator.cc.
    """
    size = np.array((region.width, region.height, region.width), np.float32)
    corner, centre = np.array(((0.5, 0.5, 0), (region.x, region.y, 0)), np.float32)
    return np.asarray(turned(points - corner, region.turn_rad) * size + centre, np.float32)


def turned(points: Float, turn_rad: np.float32) -> Float:
    """Return points (n, 3) turned clockwise about the origin, in the plane of the picture.

    calculators/util/world_landmark_projection_calculator.cc.
    """
    cos, sin = _F(math.cos(turn_rad)), _F(math.sin(turn_rad))
    x, y, z = points.T
    return np.stack((cos * x - sin * y, sin * x + cos * y, z), axis=1)


def sigmoid(values: Float) -> Float:
    """Return 1 / (1 + e^-value) of each value, 0..1."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-values.astype(np.float64)).astype(np.float32)), np.float32)


def _totals(values: Float) -> Float:
    """Return the sums along the last axis, one value after the other; numpy's own sums go pairwise."""
    return np.asarray(np.add.accumulate(values, axis=-1)[..., -1])
