"""What judging costs beside finding the pose: every shipped exercise on the same poses."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from kiosk import models
from kiosk.capture.frame import Frame
from kiosk.coaching.coach import Coach
from kiosk.demo.athlete import Athlete
from kiosk.landmarks import Pose
from kiosk.pose.choice import choose_engine
from kiosk.pose.tracks import Tracks
from kiosk.rules.exercise import Exercise

FRAMES: Final = 60


def bench_rules(folder: Path, exercises: Sequence[Exercise]) -> dict[str, Any]:
    """Measure judging and pose detection on the same drawn frames, for each exercise in turn.

    Returns `{"frames", "pose_ms", "exercises": {name: {"rules_ms", "share"}}, "largest"}`: medians of the time per
    frame, `share` that of the pose's time, `largest` the exercise that costs most. Raises `ModelError` where the model
    is not fetched.
    """
    athlete = Athlete("squat", fault="mix")
    frames = [Frame(athlete.draw(n / 30, 640, 480), n / 30, n) for n in range(FRAMES)]
    with ThreadPoolExecutor(1) as sealed:
        pose_ms, rules_ms = sealed.submit(_measure, models.verify("full", folder), frames, exercises).result()
    judged = {name: {"rules_ms": round(ms, 4), "share": round(ms / pose_ms, 4)} for name, ms in rules_ms.items()}
    return {
        "frames": FRAMES,
        "pose_ms": round(pose_ms, 2),
        "exercises": judged,
        "largest": max(judged, key=lambda name: judged[name]["share"]),
    }


def rules_table(result: dict[str, Any]) -> str:
    """Return what `bench_rules` measured, for people."""
    lines = [f"judging beside finding the pose ({result['pose_ms']:.1f} ms a frame), {result['frames']} drawn frames"]
    for name, row in sorted(result["exercises"].items(), key=lambda item: -item[1]["share"]):
        lines.append(f"{name:22}{row['rules_ms']:8.3f} ms a frame {row['share']:7.2%} of the pose's time")
    return "\n".join(lines)


def _measure(bundle: Path, frames: list[Frame], exercises: Sequence[Exercise]) -> tuple[float, dict[str, float]]:
    engine = choose_engine("auto", bundle)
    pose_ms: list[float] = []
    rules_ms: dict[str, float] = {}
    try:
        for exercise in exercises:
            coach, tracks = Coach(exercise), Tracks()
            times_ms: list[float] = []
            for frame in frames:
                begun_s = perf_counter()
                found = engine.detect(frame)
                pose_ms.append((perf_counter() - begun_s) * 1000)
                # One exercise a frame, as when live: the engine leaves nothing of the coach in the processor's cache.
                times_ms.append(_judge_ms(coach, frame.t_s, tracks.follow(frame.t_s, found)))
            rules_ms[exercise.name] = median(times_ms)
    finally:
        engine.close()
    return median(pose_ms), rules_ms


def _judge_ms(coach: Coach, t_s: float, pose: Pose | None) -> float:
    begun_s = perf_counter()
    coach.step(t_s, pose)
    return (perf_counter() - begun_s) * 1000
