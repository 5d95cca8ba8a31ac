"""The charts as SVG: safe under the page's policy, the same every time, and told to screen readers."""

import re
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from xml.etree import ElementTree

import pytest

from kiosk.report import charts as report_charts
from kiosk.report.charts import Across, Line, Said, Scale, Target
from kiosk.report.contents import ExerciseReport
from kiosk.report.panels import moment_panel
from kiosk.report.svg import page_svg

SVG = "{http://www.w3.org/2000/svg}"
SAID = Said("chart-1-reach", "动作幅度 <b> & $x_1$", "1: 90°; 2: 80°")
SCALE = Scale("{:.0f}°".format, 1.0)


@pytest.fixture(scope="module", autouse=True)
def _loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    report_charts.load(tmp_path_factory.mktemp("fonts"))


def line(values: Sequence[float | None], target: Target | None = None) -> str:
    across = Across(range(len(values)), [f"3月{number}日" for number in range(len(values))])
    spread = [None if value is None else (value - 1, value + 1) for value in values]
    return report_charts.line_chart(SAID, across, [Line(values, spread)], target, SCALE)


def every_chart() -> list[str]:
    across = Across((0, 1, 3), ["a", "b", "c"])
    lines = [Line((1, 2, 3), label="out"), Line((2, None, 1), label="back")]
    return [
        line([90, None, 80, 85], Target((110,), "target 110°")),
        report_charts.line_chart(SAID, across, lines, Target((1.0, 2.5), "target"), SCALE),
        report_charts.bar_chart(SAID, across, ((1, 0, 3), (1, 0, 0)), None, SCALE),
        report_charts.moment_chart(SAID, [("$lean$", (0, 1, 4)), ("深", (0, 0, 0))], ("a", "b", "c")),
    ]


def test_a_chart_is_told_and_breaks_no_policy() -> None:
    for text in every_chart():
        root = ElementTree.fromstring(text)
        assert (root.get("role"), root.get("class")) == ("img", "chart")
        title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None
        assert description is not None
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert (title.text, description.text) == (SAID.title, SAID.description)
        assert "style" not in {name for element in root.iter() for name in element.attrib}
        assert not re.search(r"<(style|script|metadata|image|foreignObject)|xlink|font-family", text)
        assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]


def test_what_is_referred_to_is_there_under_the_charts_own_name() -> None:
    for text in every_chart():
        ids = re.findall(r'\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        assert all(id_.startswith(SAID.name) for id_ in ids)
        assert set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text)) <= {(id_, "") for id_ in ids} | {
            ("", id_) for id_ in ids
        }


def test_texts_stay_texts() -> None:
    texts = [element.text for element in ElementTree.fromstring(line([90, 80])).iter(f"{SVG}text")]
    assert {"3月0日", "3月1日", "80°"} <= set(texts)
    moments = every_chart()[3]
    assert "$lean$" in moments
    assert "深" in moments


@pytest.mark.parametrize("letter", ["\a", "\x00", "\x1b", "\ufffe"])
def test_a_control_character_that_is_stored_already_spoils_no_report(letter: str) -> None:
    said = Said("chart-1-moments", f"title{letter}", f"text{letter}")
    root = ElementTree.fromstring(report_charts.moment_chart(said, [(f"Lift{letter} it", (0, 1))], ("a", "b", "c")))
    assert {"Lift it", "title", "text"} <= {element.text for element in root.iter()}


def test_the_same_numbers_are_the_same_bytes(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; import tests.test_report_charts as t; "
        f"t.report_charts.load(Path({str(tmp_path)!r})); print(t.every_chart())"
    )
    asked = [sys.executable, "-c", code]
    told = [subprocess.run(asked, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert told[0] == told[1]
    report_charts.load(tmp_path)
    assert f"{every_chart()}\n" == told[0], "what was drawn before must not show"


@pytest.mark.parametrize(
    "values", [[90.0], [90.0, 90.0], [0.0, 0.0], [None, 3.0], [-5.0, 5.0], [1.75, 1.76], [1e5, 1e-5]]
)
def test_a_line_lies_within_its_chart(values: list[float | None]) -> None:
    root = ElementTree.fromstring(line(values))
    width, height = (float(part) for part in (root.get("viewBox") or "").split()[2:])
    for element in root.iter(f"{SVG}use"):
        assert 0 <= float(element.get("x", "nan")) <= width
        assert 0 <= float(element.get("y", "nan")) <= height
    labels = [element.text for element in root.iter(f"{SVG}text") if (element.text or "").endswith("°")]
    axis = labels[:-1]
    assert len(set(axis)) == len(axis), "no two lines of the grid are called the same"


def test_what_differs_does_so_without_colour() -> None:
    _, two_lines, bars, _ = every_chart()
    dashes = set(re.findall(r'stroke-dasharray="([^"]+)"', two_lines))
    assert len(dashes) == 2, "the second line is dotted, the target dashed"
    assert "<pattern" in bars, "partial repetitions are hatched"


def test_styles_become_attributes() -> None:
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="1pt">'
        '<g id="a"><text style="font: 700 12px \'DejaVu Sans\'; text-anchor: middle; fill: #123">x</text></g>'
        '<defs><path id="m" d="M 0.123456 1"/></defs>'
        '<use xlink:href="#m" style="stroke: red; stroke-linecap: butt"/></svg>'
    )
    root = ElementTree.fromstring(page_svg(text, "n", "t", "d"))
    found = root.find(f".//{SVG}text")
    assert found is not None
    assert found.attrib == {"font-size": "12", "font-weight": "700", "text-anchor": "middle", "fill": "#123"}
    use = root.find(f"{SVG}use")
    path = root.find(f".//{SVG}path")
    assert use is not None
    assert path is not None
    assert use.attrib == {"href": "#n-m", "stroke": "red"}
    assert path.attrib == {"id": "n-m", "d": "M 0.12 1"}
    assert "width" not in root.attrib


def labels_px(places: Sequence[float], labels: Sequence[str]) -> dict[str, float]:
    """Where the middle of each label at the foot of a chart is."""
    text = report_charts.line_chart(SAID, Across(places, labels), [Line([90.0] * len(places))], None, SCALE)
    found = {}
    for element in ElementTree.fromstring(text).iter(f"{SVG}text"):
        if element.text and element.text in labels:
            x_px = element.get("x") or re.findall(r"translate\(([\d.]+)", element.get("transform", ""))[0]
            found[element.text] = float(x_px)
    return found


@pytest.mark.parametrize(
    "days",
    [
        [2, 3, 4, 5, 23],
        [2, 20, 21, 22, 23],
        [1, 2],
        [1, 29, 30],
        [1, 2, 30],
        list(range(1, 31)),
        [1, 2, 3, 4, 5, 6, 90],
    ],
)
def test_labels_do_not_lie_on_each_other(days: list[int]) -> None:
    labels = [f"{day} Nov" for day in days]
    found = labels_px(days, labels)
    assert {labels[0], labels[-1]} <= set(found), "the first and the last are always told"
    at = sorted(found.values())
    assert all(after - before >= 45 for before, after in pairwise(at))


def test_days_that_are_evenly_spaced_keep_their_labels() -> None:
    assert len(labels_px(range(30), [f"{day} Nov" for day in range(1, 31)])) == 4
    assert len(labels_px([5], ["5 Nov"])) == 1


def moments_of(label: str) -> str:
    """The chart, as SVG, of when a warning of these words rose."""
    kind = SimpleNamespace(say={"en": label, "zh": label}, moments=(0, 1, 4))
    panel = moment_panel(cast("ExerciseReport", SimpleNamespace(warnings=[kind])), 1, "en")
    return panel[panel.index("<svg") : panel.index("</svg>") + len("</svg>")]


@pytest.mark.parametrize(
    "label", ["Keep your back straight and do not lean forward " * 2 + "at all", "请挺胸不要弯腰" * 8]
)
def test_a_long_warning_has_an_ellipsis_and_lies_within_its_chart(label: str) -> None:
    root = ElementTree.fromstring(moments_of(label))
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    (short,) = [text for text in texts if text.endswith("…")]
    assert label.startswith(short[:-1].rstrip())
    assert 20 <= len(short) <= 50
    assert max(len(short), 2 * sum("一" <= letter <= "鿿" for letter in short)) <= 46
    assert any(label in (element.text or "") for element in root.iter(f"{SVG}desc")), "it is told whole"
    assert ">Lift your chest</" in moments_of("Lift your chest")
