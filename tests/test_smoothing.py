"""The One Euro filter against itself number by number, and what a lost person means for it."""

import math

import numpy as np
import pytest

from kiosk.landmarks import Float
from kiosk.pose.smoothing import OneEuro, Smoothing

RANDOM = np.random.default_rng(8)
TIMES_S = np.cumsum(RANDOM.uniform(0.02, 0.2, 40)).tolist()


def slowly_smoothed(times_s: list[float], values: list[float], cutoff: float, beta: float, scale: float) -> list[float]:
    """one_euro_filter.cc, for one number."""

    def alpha(cutoff_hz: float, period_s: float) -> float:
        return 1 / (1 + 1 / (2 * math.pi * cutoff_hz) / period_s)

    smooth, speed = [values[0]], 0.0
    for n in range(1, len(values)):
        period_s = times_s[n] - times_s[n - 1]
        measured = (values[n] - values[n - 1]) / scale / period_s
        speed += alpha(1.0, period_s) * (measured - speed)
        smooth.append(smooth[-1] + alpha(cutoff + beta * abs(speed), period_s) * (values[n] - smooth[-1]))
    return smooth


@pytest.mark.parametrize(("cutoff", "beta", "scale"), [(0.05, 80.0, 400.0), (0.1, 40.0, 1.0)])
def test_one_euro(cutoff: float, beta: float, scale: float) -> None:
    values = (scale * np.cumsum(RANDOM.normal(0, 0.02, (40, 3)), axis=0)).astype(np.float32)
    smooth = OneEuro(cutoff, beta)
    found = np.array([smooth(t_s, row, scale) for t_s, row in zip(TIMES_S, values, strict=True)])
    for column in range(3):
        expected = slowly_smoothed(TIMES_S, values[:, column].tolist(), cutoff, beta, scale)
        assert found[:, column] == pytest.approx(expected, rel=1e-4, abs=1e-4 * scale)


def points(x_px: float, visibility: float = 1.0) -> Float:
    return np.tile(np.array((x_px, 100, 0, visibility), np.float32), (33, 1))


def metres(x_m: float) -> Float:
    return np.tile(np.array((x_m, 0.1, 0), np.float32), (33, 1))


def test_trembling_comes_to_rest_and_a_step_is_followed() -> None:
    smoothing = Smoothing()
    trembling = [smoothing(n / 30, points(200 + (n % 2)), metres(0), 400)[0][0, 0] for n in range(60)]
    assert np.ptp(trembling[40:]) < 0.3
    stepping = [smoothing(2 + n / 30, points(200 + 20 * n), metres(0), 400)[0][0, 0] for n in range(10)]
    assert stepping[-1] == pytest.approx(380, abs=3)


def test_a_body_twice_as_large_is_smoothed_alike() -> None:
    small, large = Smoothing(), Smoothing()
    for n in range(20):
        x_px = 3.0 * (n % 3)
        one, _ = small(n / 30, points(x_px), metres(0), 200)
        two, _ = large(n / 30, points(2 * x_px), metres(0), 400)
        assert 2 * one[0, 0] == pytest.approx(two[0, 0], abs=1e-3)


def test_visibility_takes_a_tenth_of_the_new() -> None:
    smoothing = Smoothing()
    seen = [smoothing(n / 30, points(0, v), metres(0), 400)[0][0, 3] for n, v in enumerate((1.0, 0.0, 0.0))]
    assert seen == pytest.approx([1, 0.9, 0.81])


def test_after_nobody_points_begin_where_they_are_and_the_rest_goes_on() -> None:
    """So does MediaPipe; `test_bench_parity` has people who leave and come back."""
    smoothing = Smoothing()
    smoothing(0.0, points(100, 1.0), metres(0.0), 400)
    smoothing.lose()
    pixels, world = smoothing(0.066, points(300, 0.0), metres(0.5), 400)
    assert pixels[0, 0] == 300
    assert pixels[0, 3] == pytest.approx(0.9)
    assert 0 < world[0, 0] < 0.5
