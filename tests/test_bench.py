"""The bench compares like with like and says what it found."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.bench.engine import Side, bench_engine, engine_table
from kiosk.bench.overall import _engines
from kiosk.capture.frame import Frame
from kiosk.landmarks import Pose
from kiosk.models import ModelError

FEW_FRAMES = 40


def test_engine(model_bundle: Path, stock_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.bench.engine.ENGINE_FRAMES", FEW_FRAMES)
    for bundle in (model_bundle, stock_bundle):
        for path in (bundle, bundle.with_name(f"{bundle.name}.sha256")):
            (tmp_path / path.name).symlink_to(path)
    result = bench_engine(tmp_path)
    assert result["frames"] == FEW_FRAMES
    assert list(result["models"]) == ["full"]
    row = result["models"]["full"]
    assert row["difference_px"] == 0
    assert row["poses"] >= FEW_FRAMES - 1
    assert list(row["litert"]) == [str(n) for n in range(1, len(os.sched_getaffinity(0)) + 1)]
    for timed in (row, *row["litert"].values()):
        assert all(value > 0 for name, value in timed.items() if name.endswith(("_ms", "ratio")))


def test_engine_where_mediapipe_cannot_run(model_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.bench.engine.ENGINE_FRAMES", 10)
    monkeypatch.setattr("kiosk.bench.engine.refusal", lambda: "it lacks a wonder")
    monkeypatch.setattr("kiosk.bench.engine.MediaPipeEngine", None)
    result = bench_engine(model_bundle.parent)
    (row, *_) = result["models"].values()
    assert (row["stock_ms"], row["ratio"], row["difference_px"]) == (None, None, None)
    assert row["poses"] >= 9
    assert row["litert"]["1"]["ms"] > 0
    told = engine_table(result)
    assert "MediaPipe cannot run here; person in 10 frames" in told
    assert "LiteRT, threads: 1" in told
    lines = "\n".join(map("|".join, _engines(result)))
    assert "MediaPipe full|cannot run here|" in lines
    assert "% over the bare model" in lines


def test_ratios_are_those_of_rounds_however_slow_the_machine_gets(
    model_bundle: Path, stock_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs_ms = {"stock": 8.0, "pruned": 5.0, "litert 1": 4.0, "bare 1": 3.2}

    def side(cost_ms: float) -> Side:
        def look(frames: Sequence[Frame]) -> tuple[list[Pose | None], list[float]]:
            slowness = 1 if frames[0].number % 20 else 5  # every other round
            return [None] * len(frames), [cost_ms * slowness] * len(frames)

        return look

    @contextmanager
    def sides(*_: object) -> Iterator[dict[str, Side]]:
        yield {name: side(cost_ms) for name, cost_ms in costs_ms.items()}

    monkeypatch.setattr("kiosk.bench.engine._sides", sides)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0})
    row = bench_engine(model_bundle.parent)["models"]["full"]
    assert (row["ratio"], row["litert"]["1"]["ratio"], row["litert"]["1"]["overhead"]) == (1.6, 2.0, 0.25)


def test_engine_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="run kiosk models fetch"):
        bench_engine(tmp_path)


LITERT = {"1": {"ms": 1.25, "ratio": 1.6, "bare_ms": 1.0, "overhead": 0.25}}


def test_the_table_says_how_many_times_as_fast_each_engine_is() -> None:
    row = {"stock_ms": 2.0, "pruned_ms": 1.6, "ratio": 1.25, "poses": 3, "difference_px": 0.0, "litert": LITERT}
    assert [
        " ".join(line.split()) for line in engine_table({"frames": 3, "models": {"full": row}}).splitlines()[1:]
    ] == [
        "full MediaPipe, stock 2.0",
        "MediaPipe, pruned 1.6 1.25x differ by 0.000 px at most, person in 3 frames",
        "LiteRT, threads: 1 1.2 1.60x 25 % more than the 1.0 ms of the bare model",
    ]


def test_other_landmarks_are_not_called_equal() -> None:
    row = {"stock_ms": 2.0, "pruned_ms": 1.0, "ratio": 2.0, "poses": 3, "litert": LITERT}
    rows = {"lite": row | {"difference_px": 1.25}, "full": row | {"difference_px": None}}
    table = engine_table({"frames": 3, "models": rows})
    assert "differ by 1.250 px at most" in table
    assert "not the same people" in table
