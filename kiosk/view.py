"""Draws what the camera saw and the coach found: skeleton, angles, faulty joints in colour; or why there is nothing."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np

from kiosk.angles import VISIBILITY
from kiosk.capture.camera import Frame, Image
from kiosk.coaching.coach import Snapshot
from kiosk.landmarks import BONES, Pose
from kiosk.rules.exercise_file import Level
from kiosk.words import Language, Phrase

Colour = tuple[int, int, int]
Pixel = tuple[int, int]

# The page's colours (static/kiosk.css), blue first as OpenCV wants them.
GROUND: Final[Colour] = (22, 18, 15)
TEXT: Final[Colour] = (248, 246, 244)
QUIET: Final[Colour] = (191, 179, 168)
GOOD: Final[Colour] = (139, 201, 55)
LEVELS: Final[dict[Level, Colour]] = {"info": (255, 169, 90), "caution": (32, 176, 255), "danger": (87, 84, 255)}

# Sizes as a share of the picture's height; on a 1080 px wall: limbs 6 px wide, joints of 10 px radius, numbers 32 px.
LIMB: Final = 6 / 1080
JOINT: Final = 10 / 1080
NUMBER: Final = 32 / 1080
DANGER_LIMB: Final = 2.0
"""A limb in danger is drawn this much thicker, so that the colour is not the only sign."""

FAULTY_JOINT: Final = 1.5
"""A joint that a warning is about is drawn this much larger."""

_SUBPIXEL: Final = 4
_FONT: Final = cv2.FontFace("sans")
_WORLD_FONT: Final = cv2.FontFace("uni")
_DRAWN: Final = tuple(sorted({index for bone in BONES for index in bone}))


def annotate(frame: Frame, pose: Pose | None, snapshot: Snapshot, *, mirror: bool, number: float = NUMBER) -> Image:
    """Return a new picture: the frame, mirrored if asked, with skeleton and numbers upon it (these never mirrored).

    `number` is the numbers' height as a share of the picture's.
    """
    picture = np.asarray(cv2.flip(frame.image, 1) if mirror else frame.image.copy(), np.uint8)
    if pose is not None:
        body = _Figure(pose, picture, mirror=mirror)
        body.draw_limbs(dict(snapshot.faulty))
        body.draw_numbers(snapshot.labels, number)
    return picture


def blank(reason: Phrase, width_px: int, height_px: int, language: Language) -> Image:
    """Return a picture that says that there is no live video, and why."""
    picture = np.full((height_px, width_px, 3), GROUND, np.uint8)
    _centred(picture, Phrase("no_live_video").say(language), 0.45, height_px * 0.07, TEXT)
    _centred(picture, reason.say(language), 0.58, height_px * 0.045, QUIET)
    return picture


class _Figure:
    """One skeleton upon one picture."""

    def __init__(self, pose: Pose, picture: Image, *, mirror: bool) -> None:
        self.picture = picture
        self.height_px, width_px = picture.shape[:2]
        points = pose.points.astype(np.float64)
        if mirror:
            points[:, 0] = width_px - 1 - points[:, 0]
        self.points = points
        self.seen = points[:, 3] >= VISIBILITY
        self.at = np.round(np.clip(points[:, :2], -1e4, 1e4) * (1 << _SUBPIXEL)).astype(np.int32)

    def draw_limbs(self, faulty: dict[int, Level]) -> None:
        """Limbs first, joints upon them; each colour in one call, for drawing shares the processor with the engine."""
        for level in (None, *LEVELS):
            bones = [bone for bone in BONES if self._seen_bone(bone) and self._level_of(bone, faulty) == level]
            self._strokes(bones, LEVELS[level] if level else GOOD, LIMB * (DANGER_LIMB if level == "danger" else 1.0))
        for level in (None, *LEVELS):
            joints = [(index, index) for index in _DRAWN if self.seen[index] and faulty.get(index) == level]
            self._strokes(joints, LEVELS[level] if level else TEXT, 2 * JOINT * (FAULTY_JOINT if level else 1.0))

    def draw_numbers(self, labels: tuple[tuple[tuple[int, ...], float], ...], number: float) -> None:
        size = max(11, round(number * self.height_px))
        taken: list[Pixel] = []
        for indices, value in labels:
            x, y = self.points[list(indices), :2].mean(axis=0)
            at = (round(x + size * 0.8), round(y + size * 0.35))
            while any(abs(at[0] - left) < size * 2.4 and abs(at[1] - foot) < size for left, foot in taken):
                at = (at[0], at[1] + size)
            taken.append(at)
            _text(self.picture, f"{value:.0f}°", at, size, TEXT)

    def _seen_bone(self, bone: tuple[int, int]) -> bool:
        return bool(self.seen[bone[0]] and self.seen[bone[1]])

    def _level_of(self, bone: tuple[int, int], faulty: dict[int, Level]) -> Level | None:
        return faulty[bone[0]] if bone[0] in faulty and bone[1] in faulty else None

    def _strokes(self, ends: list[tuple[int, int]], colour: Colour, width: float) -> None:
        """Lines with round ends; from a point to itself, a dot."""
        if ends:
            width_px = max(1, round(width * self.height_px))
            cv2.polylines(self.picture, self.at[np.array(ends)], False, colour, width_px, cv2.LINE_AA, _SUBPIXEL)


def _text(picture: Image, text: str, at: Pixel, size: int, colour: Colour) -> None:
    """A number that stays readable on any ground: dark edge, light figure."""
    for shift_x, shift_y in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        cv2.putText(picture, text, (at[0] + shift_x, at[1] + shift_y), GROUND, _FONT, size, 700)
    cv2.putText(picture, text, at, colour, _FONT, size, 700)


def _centred(picture: Image, text: str, share: float, size: float, colour: Colour) -> None:
    height_px, width_px = picture.shape[:2]
    for line_number, line in enumerate(_wrapped(text, width_px * 0.9, round(size))):
        (left, _, line_width, _) = _extent(line, round(size))
        at = (round((width_px - line_width) / 2 - left), round(height_px * share + line_number * size * 1.4))
        cv2.putText(picture, line, at, colour, _WORLD_FONT, round(size), 500)


def _wrapped(text: str, width_px: float, size: int) -> Iterator[str]:
    """Break at spaces, or between any two characters of a word that is too long (Chinese has no spaces)."""
    line = ""
    for piece in (word + " " for word in text.split(" ")):
        parts = [piece] if _extent(piece, size)[2] <= width_px else list(piece)
        for part in parts:
            if line and _extent((line + part).rstrip(), size)[2] > width_px:
                yield line.rstrip()
                line = ""
            line += part
    yield line.rstrip()


def _extent(text: str, size: int) -> tuple[int, int, int, int]:
    left, top, width, height = cv2.getTextSize((1, 1), text, (0, 0), _WORLD_FONT, size, 500)
    return int(left), int(top), int(width), int(height)
