"""The shape of an exercise file: its keys and their types, before any meaning is checked."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from kiosk.angles import VISIBILITY, Reference
from kiosk.rules.measures import Axis, LengthUnit, SideChoice, Space, ViewChoice
from kiosk.words import LANGUAGES, Language
from kiosk.yamlfile import Strict

Level = Literal["info", "caution", "danger"]
Phase = Literal["start", "out", "end", "back"]

# What YAML can only write as an escape, such as "\a", and XML not at all.
_UNPRINTABLE: Final = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _ordered(value: tuple[float, float]) -> tuple[float, float]:
    if not 0 <= value[0] < value[1]:
        raise ValueError("the smaller number comes first, such as [0.5, 1.5], and none is below 0")
    return value


Range = Annotated[tuple[float, float], Field(strict=False), AfterValidator(_ordered)]


def _list_of_one(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _printable(value: str) -> str:
    if found := _UNPRINTABLE.search(value):
        raise ValueError(f"a text can't have the character U+{ord(found[0]):04X}, which nobody can read: take it out")
    return value


def _text_for_all(value: object) -> object:
    if not isinstance(value, str | dict):
        raise ValueError("expected text in quotes, or a text for each language: {en: ..., zh: ...}")  # noqa: TRY004 - pydantic's
    return dict.fromkeys(LANGUAGES, _printable(value)) if isinstance(value, str) else value


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) else value


Readable = Annotated[str, AfterValidator(_printable)]


class Texts(Strict):
    """A text in each language; a language that is left out shows the other one's text."""

    en: Readable = ""
    zh: Readable = ""

    @model_validator(mode="after")
    def _some_text(self) -> "Texts":
        if not self.en and not self.zh:
            raise ValueError("a text is missing: write it as {en: ..., zh: ...}")
        return self

    def to_json(self) -> dict[Language, str]:
        """Return the text in every language."""
        return {"en": self.en or self.zh, "zh": self.zh or self.en}


ThresholdText = Annotated[str, BeforeValidator(_number_as_text)]
Say = Annotated[Texts, BeforeValidator(_text_for_all)]
Names = Annotated[tuple[str, ...], Field(strict=False), BeforeValidator(_list_of_one)]
NameList = Annotated[tuple[str, ...], Field(strict=False)]


class SetupEntry(Strict):
    """`setup`: what must be in the picture before anything is judged."""

    see: Names = ()
    height: Range | None = None


class MeasureEntry(Strict):
    """One of `measures`: exactly one of the FORMS, and what belongs to it."""

    angle: NameList | None = None
    tilt: NameList | None = None
    distance: NameList | None = None
    offset: NameList | None = None
    rate: str | None = None
    expr: str | None = None
    change: str | None = None
    travel: str | None = None
    scale: Literal["body"] | None = None
    reference: Reference | None = Field(default=None, alias="from")
    along: Axis | None = None
    unit: LengthUnit | None = None
    space: Space = "image"
    side: SideChoice | None = None
    min_visibility: float = Field(VISIBILITY, ge=0, le=1)


FORMS: Final = ("angle", "tilt", "distance", "offset", "rate", "expr", "change", "travel", "scale")


class RepsEntry(Strict):
    """`reps`: which measure counts, between which thresholds, and what else must be true of a repetition."""

    measure: str
    start: ThresholdText
    end: ThresholdText
    min_s: float = Field(default=0.5, ge=0)
    max_s: float = Field(default=15.0, gt=0)
    require: str | None = None
    each: bool = False
    timed_s: float | None = Field(default=None, gt=0)


class HoldEntry(Strict):
    """`hold`: a posture that is kept; time counts while `while` is true."""

    condition: str = Field(alias="while")
    target_s: float = Field(default=30.0, gt=0)
    grace_s: float = Field(default=1.0, ge=0, le=10)


class SetsEntry(Strict):
    """`sets`: how many are usual, after how many repetitions one is done, and after which rest."""

    number: int | None = Field(default=None, ge=1, le=20)
    reps: int | None = Field(default=None, ge=1, le=1000)
    pause_s: float = Field(default=10.0, ge=2, le=600)


class TuneEntry(Strict):
    """`tune`: how far the number that `measure` is compared with may be moved because of false alarms."""

    measure: str | None = None
    least: float = Field(alias="min")
    most: float = Field(alias="max")


class WarningEntry(Strict):
    """One of `warnings`."""

    id: Readable
    when: str
    clear: str | None = None
    for_s: float = Field(default=0.3, ge=0, le=60)
    repeat_s: float = Field(default=5.0, ge=0)
    at: Literal["rep"] | None = None
    during: Annotated[tuple[Phase, ...], Field(strict=False), BeforeValidator(_list_of_one)] = ()
    view: ViewChoice = "any"
    level: Level = "caution"
    point: Names = ()
    say: Say
    tune: TuneEntry | None = None


class TempoEntry(Strict):
    """`tempo`: the seconds a repetition's way out and back should take, and how even a set should be."""

    out_s: Range | None = None
    back_s: Range | None = None
    evenness: float | None = Field(default=None, gt=0)


class ExampleEntry(Strict):
    """One of `examples`: with these numbers given, just these warnings are expected."""

    given: dict[str, float]
    expect: NameList


class ExerciseFile(Strict):
    """A whole exercise file."""

    name: str
    title: Say
    view: ViewChoice = "any"
    side: SideChoice = "near"
    setup: SetupEntry = SetupEntry()
    measures: dict[str, MeasureEntry]
    reps: RepsEntry | None = None
    hold: HoldEntry | None = None
    sets: SetsEntry = SetsEntry()
    gestures: bool = True
    warnings: Annotated[tuple[WarningEntry, ...], Field(strict=False)] = ()
    tempo: TempoEntry | None = None
    examples: Annotated[tuple[ExampleEntry, ...], Field(strict=False)] = ()
