"""What the benches measure of the whole kiosk: each figure is of what it says it is of."""

import asyncio
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kiosk.attention import LOOK_HZ
from kiosk.bench import box, chain, overall, pipeline
from kiosk.bench.chain import Paced
from kiosk.bench.pictures import bench_pictures, pictures_table
from kiosk.capture.frame import Frame
from tests.exercises import exercise

GREY = np.full((480, 640, 3), 90, np.uint8)


def taken(camera: Paced, count: int) -> list[float]:
    times_s: list[float] = []
    for number in range(count):
        frame = camera.newest(number, 1.0)
        assert isinstance(frame, Frame)
        assert frame.number == number + 1
        times_s.append(frame.t_s)
    return times_s


def test_a_paced_camera_keeps_its_rate_and_a_limit() -> None:
    camera = Paced([GREY], 50)
    free_s = taken(camera, 6)
    assert min(later - earlier for earlier, later in itertools.pairwise(free_s)) >= 0.019
    camera.limit(LOOK_HZ)
    limited_s = taken(camera, 4)
    assert min(later - earlier for earlier, later in itertools.pairwise(limited_s)) >= 0.15


@pytest.mark.parametrize("viewers", [0, 2])
def test_the_chain_and_the_engine_take_turns(viewers: int, model_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BLOCK", 6)
    monkeypatch.setattr(pipeline, "ROUNDS", 2)
    row = pipeline._measured(model_bundle.parent, exercise(), viewers)
    assert row["frames"] == 12
    assert min(row["engine_fps"], row["pipeline_fps"], row["ratio"], row["engine_p95_ms"]) > 0
    assert (row["delay_p50_ms"] is None) == (viewers == 0)
    if viewers:
        assert 0 < row["delay_p50_ms"] <= row["delay_p95_ms"]
        assert "one viewer" in pipeline.pipeline_table(row)
    assert f"{viewers:>3} viewers" in pipeline.viewers_table({"viewers": {str(viewers): row}})


def test_nobody_there_costs_less_than_somebody(model_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box, "MEASURED_S", 2.0)
    result = box.bench_idle(model_bundle.parent, exercise())
    assert 0 < result["idle_share"] < result["exercising_share"]
    assert result["ratio"] == pytest.approx(result["idle_share"] / result["exercising_share"], abs=0.01)


def test_the_start_is_measured_until_the_first_picture(model_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box, "SETTLED_S", 0.0)
    result = box.bench_start(model_bundle.parent)
    assert 0 < result["page_s"] < result["picture_s"]
    assert 60 < result["resident_mb"] < 400


def test_delays_are_read_from_the_kiosks_own_figures(model_bundle: Path) -> None:
    async def act() -> dict[float, float]:
        async with chain.at_work(model_bundle.parent, exercise(), Paced([GREY], 30), reading=1) as address:
            for _ in range(600):
                if delays := await asyncio.to_thread(chain.delays_ms, address):
                    return delays
                await asyncio.sleep(0.1)
        return {}

    delays = asyncio.run(act())
    assert delays.keys() == {0.5, 0.95}
    assert all(0 < delay < 10_000 for delay in delays.values())


def test_pictures() -> None:
    result = bench_pictures(exercise())
    assert result.keys() == {"640x480", "1280x720"}
    assert all(value > 0 for row in result.values() for value in row.values())
    assert "1280x720" in pictures_table(result)


def test_all_of_it_is_a_table_to_paste() -> None:
    litert = {"ms": 7.1, "ratio": 2.5, "bare_ms": 5.5, "overhead": 0.29}
    chain_row = {"pipeline_fps": 130.0, "ratio": 0.93, "delay_p50_ms": 9.0, "delay_p95_ms": 12.0}
    result: dict[str, Any] = {
        "machine": {"processor": "Raspberry Pi 5", "cores": 4, "python": "3.13"},
        "engine": {"models": {"full": {"stock_ms": 17.7, "pruned_ms": 12.2, "ratio": 1.45, "litert": {"2": litert}}}},
        "rules": {"largest": "squat", "exercises": {"squat": {"rules_ms": 0.2, "share": 0.017}}},
        "pictures": {"640x480": {"draw_ms": 0.3, "encode_ms": 0.7}},
        "pipeline": {"engine_fps": 140.0, "engine_p95_ms": 8.0, **chain_row},
        "viewers": {"viewers": {"50": chain_row}},
        "idle": {"exercising_share": 0.4, "idle_share": 0.05, "ratio": 0.125},
        "start": {"page_s": 1.0, "picture_s": 1.5, "resident_mb": 150.0},
    }
    lines = [" ".join(line.split()) for line in overall.all_table(result).splitlines()]
    assert lines[:2] == ["| measured | Raspberry Pi 5, 4 cores | beside |", "| --- | --- | --- |"]
    assert "| LiteRT full, threads: 2 | 7.1 ms | 2.50 times as fast, 29% over the bare model |" in lines
    assert "| whole chain, viewers: 50 | 130 frames a second | 0.93 of the engine |" in lines
    assert "| processor while nobody is there | 5.0% of a core | 0.12 of that |" in lines
    assert "| from capture to a viewer's socket | 9 ms, 95 % within 12 ms | one viewer, unthrottled |" in lines
