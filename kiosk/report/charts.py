"""The charts of a report, drawn by Matplotlib as SVG, small and alike, to stand side by side.

They are read in black and white as well: what differs has another line, marker or hatch, never only another colour.
Matplotlib's own axes take two thirds of the time of a chart, so grid and labels are drawn as plain lines and texts.
"""

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kiosk.files import make_folder
from kiosk.report.svg import page_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure

WIDTH_PX: Final = 332
HEIGHT_PX: Final = 150
"""Two side by side fill the 180 mm that are printed of an A4 page's width; one fills a phone's."""

ROW_COLUMNS: Final = 46
"""Letters that have room in a chart's width; see `kiosk.report.wording.shortened`."""

INK: Final = "#0f1216"
QUIET: Final = "#4d5a68"
LINE: Final = "#c3ccd6"
ACCENT: Final = "#0b5fc1"
PAPER: Final = "#ffffff"

_TEXT_PX: Final = 12
_MARGINS_PX: Final = (46, 26, 46, 20)  # left, bottom, right, top
_ROW_PX: Final = 64
_FEW_POINTS: Final = 31
_MOST_LABELS: Final = 4
_LABEL_PX: Final = 56  # from middle to middle; the widest are such as 11月23日 and Mar 2026
_DASHED: Final = (0, (5, 3))
_DOTTED: Final = (0, (2, 2))
_SETTINGS: Final[Any] = {
    "svg.fonttype": "none",  # text as text, in the page's font
    "svg.hashsalt": "kiosk",  # the same report, the same file
    "text.parse_math": False,  # a dollar sign is one
    "font.size": _TEXT_PX,
    "hatch.linewidth": 1.0,
}


@dataclass(frozen=True, slots=True)
class Scale:
    """How values are written, and the finest difference that can be told in writing."""

    write: Callable[[float], str]
    finest: float


@dataclass(frozen=True, slots=True)
class Said:
    """What a chart is called in its page, and what a screen reader says of it."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Across:
    """What stands at the foot of a chart: places from left to right, each with its label."""

    places: Sequence[float]
    labels: Sequence[str]


@dataclass(frozen=True, slots=True)
class Line:
    """Values over the places of an `Across`, None where there are gaps; `spread` is from where to where most lie."""

    values: Sequence[float | None]
    spread: Sequence[tuple[float, float] | None] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A line to reach, or a band between two to keep to, with what is written at it."""

    values: Sequence[float]
    label: str


def load(folder: Path) -> None:
    """Load Matplotlib for this process; call it before any chart is drawn.

    It keeps its list of fonts in `folder`: without one it looks at every font of the system each time.
    """
    with contextlib.suppress(OSError):  # then Matplotlib makes do with a folder for a while
        make_folder(folder)
    os.environ.setdefault("MPLCONFIGDIR", str(folder))
    import matplotlib as mpl  # noqa: PLC0415 - a second and 60 MB, only where charts are drawn

    mpl.rcParams.update(_SETTINGS)
    logging.getLogger("matplotlib").setLevel(logging.WARNING)  # else it tells of its list of fonts


def line_chart(said: Said, across: Across, lines: Sequence[Line], target: Target | None, scale: Scale) -> str:
    """Return a chart of one line, or of a solid and a dotted one."""
    values = [value for line in lines for value in line.values if value is not None]
    values += [end for line in lines for ends in line.spread if ends for end in ends]
    panel = _Panel(across, _limits([*values, *(target.values if target else ())], scale.finest), scale)
    if target:
        panel.target(target)
    for number, line in enumerate(lines):
        panel.line(line, dotted=number > 0)
    return _svg(panel.figure, said)


def bar_chart(
    said: Said,
    across: Across,
    bars: tuple[Sequence[float], Sequence[float]],
    target: Target | None,
    scale: Scale,
) -> str:
    """Return a chart of bars, with the second ones hatched on top of the first."""
    tops = [value + above for value, above in zip(*bars, strict=True)]
    panel = _Panel(across, (0, max([*tops, *(target.values if target else ()), 5 * scale.finest]) * 1.12), scale)
    panel.bars(*bars)
    if target:
        panel.target(target)
    return _svg(panel.figure, said)


def moment_chart(said: Said, rows: Sequence[tuple[str, Sequence[int]]], feet: tuple[str, str, str]) -> str:
    """Return a row of bars for each label; the `feet` stand at the left, in the middle and at the right."""
    figure, axes = _drawing(WIDTH_PX, _ROW_PX * len(rows) + _MARGINS_PX[1], (4, _MARGINS_PX[1], 4, 2))
    count, most = len(rows[0][1]), max(max(row) for _, row in rows)
    left, middle, right = -0.5, (count - 1) / 2, count - 0.5
    axes.set_xlim(left, right)
    axes.set_ylim(-len(rows), 0)
    for number, (label, row) in enumerate(rows):
        foot = -number - 0.96
        axes.text(left, -number - 0.04, label, ha="left", va="top", color=INK)
        _add_bars(axes, range(count), [foot] * count, [foot + value / most * 0.44 for value in row], 0.8)
        axes.plot((left, right), (foot, foot), color=QUIET, linewidth=0.8)
        for place, value in enumerate(row):
            if value:
                axes.text(place, foot + value / most * 0.44 + 0.02, str(value), ha="center", va="bottom", color=QUIET)
    for at, text, side in zip((left, middle, right), feet, ("left", "center", "right"), strict=True):
        axes.annotate(text, (at, -len(rows)), (0, -6), textcoords="offset points", ha=side, va="top", color=QUIET)
    return _svg(figure, said)


class _Panel:
    """One chart: its grid, its labels, and the values drawn over them."""

    def __init__(self, across: Across, limits: tuple[float, float], scale: Scale) -> None:
        from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

        self.figure, self._axes = _drawing(WIDTH_PX, HEIGHT_PX, _MARGINS_PX)
        self._across, self._write = across, scale.write
        places = across.places
        self._gap = min((after - before for before, after in pairwise(places)), default=1.0)
        self._sides = (places[0] - self._gap * 0.6, places[-1] + self._gap * 0.6)
        self._axes.set_xlim(*self._sides)
        self._axes.set_ylim(*limits)
        for tick in map(float, MaxNLocator(3, steps=[1, 2, 5, 10]).tick_values(*limits)):
            if limits[0] <= tick <= limits[1]:
                self._axes.plot(self._sides, (tick, tick), color=LINE, linewidth=0.7, zorder=0)
                self._note((self._sides[0], tick), scale.write(tick), (-6, 0), QUIET)
        for place in self._spaced():
            self._note((places[place], limits[0]), across.labels[place], (0, -7), QUIET)

    def _spaced(self) -> list[int]:
        """Which places are labelled: a few, none in the way of another, the first and the last among them."""
        places, last = self._across.places, len(self._across.places) - 1
        labels = min(last + 1, _MOST_LABELS)
        candidates = [round(number * last / max(1, labels - 1)) for number in range(labels)]
        px_each = (WIDTH_PX - _MARGINS_PX[0] - _MARGINS_PX[2]) / (self._sides[1] - self._sides[0])
        written = [0]
        for place in candidates[1:-1]:
            if min(places[place] - places[written[-1]], places[last] - places[place]) * px_each >= _LABEL_PX:
                written.append(place)
        return [*written, last] if last else written

    def line(self, line: Line, *, dotted: bool) -> None:
        """Draw a line with its markers, its spread, and its last value written at its end."""
        spread = [(place, *ends) for place, ends in zip(self._across.places, line.spread, strict=False) if ends]
        if spread:
            at, low, high = zip(*spread, strict=True)
            self._axes.vlines(at, low, high, colors=LINE, linewidths=3, zorder=1)
        pairs = zip(self._across.places, line.values, strict=True)
        known = [(place, value) for place, value in pairs if value is not None]
        if not known:
            return
        self._axes.plot(
            *zip(*known, strict=True),
            color=INK,
            linewidth=1.4,
            linestyle=_DOTTED if dotted else "-",
            marker=("s" if dotted else "o") if len(known) <= _FEW_POINTS else None,
            markersize=4.5,
            markerfacecolor=PAPER if dotted else INK,
            clip_on=False,
            zorder=3,
        )
        label = f"{self._write(known[-1][1])}\n{line.label}" if line.label else self._write(known[-1][1])
        self._note(known[-1], label, (7, 0), INK, "bold")

    def bars(self, values: Sequence[float], more: Sequence[float]) -> None:
        """Draw bars, and `more` hatched on top of them."""
        width = self._gap * 0.7
        tops = [value + above for value, above in zip(values, more, strict=True)]
        _add_bars(self._axes, self._across.places, [0] * len(values), values, width)
        if any(more):
            _add_bars(self._axes, self._across.places, values, tops, width).set(facecolor=PAPER, hatch="////")

    def target(self, target: Target) -> None:
        """Draw what is to be reached, or between what to stay."""
        if len(target.values) > 1:
            self._axes.axhspan(min(target.values), max(target.values), color=ACCENT, alpha=0.06, linewidth=0, zorder=0)
        for value in target.values:
            self._axes.plot(self._sides, (value, value), color=ACCENT, linewidth=1.2, linestyle=_DASHED, zorder=2)
        self._note((self._sides[1], max(target.values)), target.label, (-1, 3), ACCENT)

    def _note(
        self, at: tuple[float, float], text: str, by_px: tuple[int, int], color: str, weight: str = "normal"
    ) -> None:
        """Write beside a place, at the side to which `by_px` points."""
        across, up = by_px
        self._axes.annotate(
            text,
            at,
            by_px,
            textcoords="offset points",
            ha="left" if across > 0 else "right" if across < 0 else "center",
            va="bottom" if up > 0 else "top" if up < 0 else "center",
            color=color,
            weight=weight,
            annotation_clip=False,
        )


@cache
def _drawing(width_px: int, height_px: int, margins_px: tuple[int, int, int, int]) -> tuple["Figure", "Axes"]:
    """An empty drawing; `_svg` empties it again, for to make one takes as long as to draw on it."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    left, bottom, right, top = margins_px
    figure = Figure((width_px / 72, height_px / 72), dpi=72)  # so that a point is a pixel
    inner = ((width_px - left - right) / width_px, (height_px - bottom - top) / height_px)
    axes = figure.add_axes((left / width_px, bottom / height_px, *inner))
    axes.set_axis_off()
    return figure, axes


def _add_bars(
    axes: "Axes", places: Sequence[float], feet: Sequence[float], tops: Sequence[float], width: float
) -> "PolyCollection":
    """Add bars as one collection, which is drawn in a tenth of the time of so many patches."""
    from matplotlib.collections import PolyCollection  # noqa: PLC0415

    sides = [(place - width / 2, place + width / 2) for place in places]
    corners = [
        [(left, foot), (left, top), (right, top), (right, foot)]
        for (left, right), foot, top in zip(sides, feet, tops, strict=True)
        if top != foot
    ]
    bars = PolyCollection(corners, facecolor=INK, edgecolor=INK, linewidth=0.8, zorder=2)
    axes.add_collection(bars, autolim=False)
    return bars


def _svg(figure: "Figure", said: Said) -> str:
    text = io.StringIO()
    with warnings.catch_warnings():
        # The font by which Matplotlib guesses widths has no Chinese; the browser's has.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    for axes in figure.axes:
        for artist in (*axes.lines, *axes.collections, *axes.patches, *axes.texts):
            artist.remove()
    return page_svg(text.getvalue(), said.name, said.title, said.description)


def _limits(values: Sequence[float], finest: float) -> tuple[float, float]:
    """From where to where a chart of these values reaches: a little air, and never so close that noise looks large."""
    low, high = min(values), max(values)
    air = max((high - low) * 0.14, abs(high) * 0.04, (5 * finest - (high - low)) / 2)
    return (low - air if low < 0 or low > air else 0.0), high + air
