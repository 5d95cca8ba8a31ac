"""The bench of the history measures what it says, and says it."""

from pathlib import Path

import pytest

from kiosk.bench.history import FRAME_MS, REP_MS, bench_history, history_table


def test_bench(tmp_path: Path) -> None:
    result = bench_history(tmp_path / "state", repetitions=300, writes=5)
    assert result.keys() == {
        "repetitions", "size_mb", "make_s", "days_s", "columns_s", "report_s", "report_one_s",
        "write_ms", "writer_ms", "stored_ms", "slowest_ms", "frame_share", "load_share",
    }  # fmt: skip
    assert result["repetitions"] == 300
    assert result["report_s"] > 0
    assert 0 < result["write_ms"] < result["stored_ms"] <= result["slowest_ms"]
    assert result["frame_share"] == pytest.approx(result["write_ms"] / FRAME_MS, abs=1e-4)
    assert result["load_share"] == pytest.approx((result["write_ms"] + result["writer_ms"]) / REP_MS, abs=1e-5)
    assert list((tmp_path / "state").iterdir()) == [], "nothing is left behind"
    assert "a year of 300 repetitions" in history_table(result)
