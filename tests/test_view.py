"""What is drawn: the skeleton upon the body, faults in colour, numbers beside joints; or why there is nothing."""

import numpy as np
import pytest

from kiosk.capture.camera import Frame, Image
from kiosk.coaching.coach import Snapshot
from kiosk.landmarks import BONES, INDEX, Pose
from kiosk.rules.exercise_file import Level
from kiosk.view import GOOD, GROUND, LEVELS, TEXT, Colour, annotate, blank
from kiosk.words import LANGUAGES, Language, Phrase
from tests.poses import figure, hidden

GREY = 90
NOTHING = Snapshot()


def frame(width: int = 640, height: int = 480) -> Frame:
    return Frame(np.full((height, width, 3), GREY, np.uint8), 0.0, 1)


def near(picture: Image, at: tuple[float, float], colour: Colour, reach: int = 2, tolerance: int = 40) -> bool:
    """Whether `colour` is within `reach` pixels of a place."""
    x, y = round(at[0]), round(at[1])
    spot = picture[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1].astype(int)
    return bool((np.abs(spot - np.array(colour)).max(axis=2) <= tolerance).any())


def middle(pose: Pose, a: str, b: str) -> tuple[float, float]:
    x, y = pose.points[[INDEX[a], INDEX[b]], :2].mean(axis=0)
    return float(x), float(y)


def place(pose: Pose, name: str) -> tuple[float, float]:
    x, y = pose.points[INDEX[name], :2]
    return float(x), float(y)


def wrong(**levels: Level) -> Snapshot:
    return Snapshot(faulty=tuple((INDEX[name], level) for name, level in levels.items()))


def test_the_skeleton_lies_on_the_body() -> None:
    pose = figure(knee=120, turned_deg=30)
    picture = annotate(frame(), pose, NOTHING, mirror=False)
    assert picture.shape == (480, 640, 3)
    for a, b in BONES:
        x, y = pose.points[[a, b], :2].mean(axis=0)
        assert near(picture, (x, y), GOOD, reach=4) or near(picture, (x, y), TEXT, reach=4)
    for name in ("left_knee", "right_shoulder", "left_foot_index"):
        assert near(picture, place(pose, name), TEXT)


def test_the_camera_s_picture_is_left_as_it_was() -> None:
    camera = frame()
    before = camera.image.copy()
    annotate(camera, figure(), NOTHING, mirror=False)
    np.testing.assert_array_equal(camera.image, before)
    assert not np.shares_memory(annotate(camera, None, NOTHING, mirror=False), camera.image)


@pytest.mark.parametrize("mirror", [False, True])
def test_without_a_person_there_is_only_the_picture(mirror: bool) -> None:
    camera = frame()
    camera.image[:, :100] = 200
    picture = annotate(camera, None, NOTHING, mirror=mirror)
    np.testing.assert_array_equal(picture, camera.image[:, ::-1] if mirror else camera.image)


def test_mirrored_the_skeleton_stays_on_the_body() -> None:
    camera = frame()
    pose = figure(knee=120, feet_px=(150.0, 430.0))
    camera.image[:, 140:160] = 160  # something at the feet, to find them again
    picture = annotate(camera, pose, NOTHING, mirror=True)
    assert picture[5, 639 - 150].tolist() == [160] * 3
    x, y = place(pose, "right_knee")
    assert near(picture, (639 - x, y), TEXT)
    assert not near(picture, (x, y), TEXT, reach=10)


def test_numbers_are_not_mirrored() -> None:
    pose = figure(feet_px=(320.0, 430.0))
    x, _ = place(pose, "right_knee")
    snapshot = Snapshot(labels=(((INDEX["right_knee"],), 137.4),))

    def number(mirror: bool) -> Image:
        """The patch right of the knee, which differs by the number only."""
        with_it = annotate(frame(), pose, snapshot, mirror=mirror).astype(int)
        without = annotate(frame(), pose, NOTHING, mirror=mirror).astype(int)
        drawn = np.abs(with_it - without).max(axis=2) > 30
        ys, xs = np.nonzero(drawn)
        assert xs.min() > (639 - x if mirror else x), "beside the joint, not on it"
        patch: Image = drawn[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].astype(np.uint8)
        return patch

    plain, mirrored = number(mirror=False), number(mirror=True)
    assert plain.shape[1] > plain.shape[0], "three digits lie beside each other"
    height, width = (min(a, b) for a, b in zip(plain.shape, mirrored.shape, strict=True))
    same = (plain[:height, :width] == mirrored[:height, :width]).mean()
    turned = (plain[:height, :width] == mirrored[:height, :width][:, ::-1]).mean()
    assert same > 0.9 > turned


def test_numbers_of_joints_that_lie_together_do_not_cover_each_other() -> None:
    def labelled(*joints: str) -> Image:
        labels = tuple(((INDEX[joint],), 111.0) for joint in joints)
        return annotate(frame(), figure(), Snapshot(labels=labels), mirror=False)

    def lettering(picture: Image) -> int:
        return int((np.abs(picture.astype(int) - bare).max(axis=2) > 60).sum())

    bare = annotate(frame(), figure(), NOTHING, mirror=False).astype(int)
    assert lettering(labelled("right_knee", "right_knee")) > 1.8 * lettering(labelled("right_knee"))


def test_different_numbers_look_different() -> None:
    def labelled(value: float) -> Image:
        return annotate(frame(), figure(), Snapshot(labels=(((INDEX["right_knee"],), value),)), mirror=False)

    assert (labelled(90) != labelled(91)).any()
    np.testing.assert_array_equal(labelled(90.2), labelled(89.8))


@pytest.mark.parametrize("level", ["info", "caution", "danger"])
def test_a_faulty_joint_has_its_level_s_colour(level: Level) -> None:
    pose = figure()
    picture = annotate(frame(), pose, wrong(right_knee=level), mirror=False)
    assert near(picture, place(pose, "right_knee"), LEVELS[level])
    assert near(picture, middle(pose, "right_knee", "right_ankle"), GOOD, reach=4), "one end alone is no faulty limb"
    others = [colour for name, colour in LEVELS.items() if name != level]
    assert not any(near(picture, place(pose, "right_knee"), colour, tolerance=20) for colour in others)


def test_a_limb_between_two_faulty_joints_is_coloured_and_thicker_in_danger() -> None:
    pose = figure(trunk=60, feet_px=(300.0, 430.0))
    widths: dict[Level, int] = {}
    levels: tuple[Level, ...] = ("caution", "danger")
    for level in levels:
        picture = annotate(frame(), pose, wrong(right_hip=level, right_shoulder=level), mirror=False)
        x, y = middle(pose, "right_hip", "right_shoulder")
        assert near(picture, (x, y), LEVELS[level], reach=3)
        row = picture[round(y), round(x) - 20 : round(x) + 20].astype(int)
        widths[level] = int((np.abs(row - np.array(LEVELS[level])).max(axis=1) < 60).sum())
    assert widths["danger"] > widths["caution"]


def test_what_is_not_seen_is_not_drawn() -> None:
    pose = figure(turned_deg=30, visibility=hidden("left_knee"))
    picture = annotate(frame(), pose, NOTHING, mirror=False)
    clean = annotate(frame(), figure(turned_deg=30), NOTHING, mirror=False)
    assert near(clean, middle(pose, "left_hip", "left_knee"), GOOD, reach=3)
    x, y = middle(pose, "left_hip", "left_knee")
    assert picture[round(y), round(x)].tolist() == [GREY] * 3
    assert near(picture, middle(pose, "right_hip", "right_knee"), GOOD, reach=3)


def test_a_body_beyond_the_picture_s_edge_is_drawn_as_far_as_it_goes() -> None:
    for feet_px in ((5.0, 430.0), (300.0, 700.0), (-1e6, 1e6)):
        assert annotate(frame(), figure(feet_px=feet_px), NOTHING, mirror=False).shape == (480, 640, 3)


@pytest.mark.parametrize("height", [240, 1080])
def test_lines_grow_with_the_picture(height: int) -> None:
    width = height * 4 // 3
    pose = figure(feet_px=(width / 2, height * 0.9), px_per_m=height * 0.4, size_px=(width, height))
    picture = annotate(frame(width, height), pose, NOTHING, mirror=False)
    x, y = middle(pose, "right_knee", "right_ankle")
    row = picture[round(y), max(0, round(x) - 30) : round(x) + 30].astype(int)
    thick = int((np.abs(row - np.array(GOOD)).max(axis=1) < 60).sum())
    assert thick == pytest.approx(height * 6 / 1080, abs=2)


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (160, 120), (1920, 1080)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_without_video_the_picture_says_why(language: Language, size: tuple[int, int]) -> None:
    width, height = size
    reason = Phrase("camera_unreachable", "rtsp://a-very-long-name.of-a-camera.example:8554/with/a/path/and?a=query")
    picture = blank(reason, width, height, language)
    assert picture.shape == (height, width, 3)
    written = np.abs(picture.astype(int) - np.array(GROUND)).max(axis=2) > 40
    ys, xs = np.nonzero(written)
    assert len(xs) > 50
    assert xs.min() > 0.02 * width, "nothing is cut off at the left"
    assert xs.max() < 0.98 * width, "nor at the right"
    assert ys.max() < height - 1
    left, right = xs.min(), width - 1 - xs.max()
    assert abs(int(left) - int(right)) < 0.1 * width


def test_each_reason_and_language_looks_different() -> None:
    pictures = [
        blank(Phrase(key, "/dev/video0"), 640, 480, language)
        for key in ("camera_missing", "camera_lost")
        for language in LANGUAGES
    ]
    assert all((a != b).any() for n, a in enumerate(pictures) for b in pictures[:n])
