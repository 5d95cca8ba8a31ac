"""The bench compares like with like and says what it found."""

from pathlib import Path

import pytest

from kiosk.bench.engine import ENGINE_FRAMES, bench_engine, engine_table
from kiosk.models import ModelError


def test_engine(model_bundle: Path, stock_bundle: Path, tmp_path: Path) -> None:
    for bundle in (model_bundle, stock_bundle):
        for path in (bundle, bundle.with_name(f"{bundle.name}.sha256")):
            (tmp_path / path.name).symlink_to(path)
    result = bench_engine(tmp_path)
    assert result["frames"] == ENGINE_FRAMES
    assert list(result["models"]) == ["full"]
    row = result["models"]["full"]
    assert row["difference_px"] == 0
    assert row["poses"] >= ENGINE_FRAMES - 1
    assert row["ratio"] == pytest.approx(row["stock_ms"] / row["pruned_ms"], rel=0.01)
    table = engine_table(result)
    assert f"full    {row['stock_ms']:8.1f}{row['pruned_ms']:8.1f}{row['ratio']:7.2f}x" in table
    assert "differ by 0.000 px at most" in table


def test_engine_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="run kiosk models fetch"):
        bench_engine(tmp_path)


def test_other_landmarks_are_not_called_equal() -> None:
    row = {"stock_ms": 2.0, "pruned_ms": 1.0, "ratio": 2.0, "poses": 3}
    rows = {"lite": row | {"difference_px": 1.25}, "full": row | {"difference_px": None}}
    table = engine_table({"frames": 3, "models": rows})
    assert "differ by 1.250 px at most" in table
    assert "not the same people" in table
