"""Starting and stopping over HTTP and with the hands, in a kiosk that really runs."""

import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest

from kiosk.demo import skeleton
from kiosk.demo.athlete import Athlete
from kiosk.demo.moves import Move
from kiosk.demo.room import FRONT
from kiosk.demo.skeleton import Facing
from tests.conftest import ROOT, RunKiosk, RunningKiosk

FPS = 10
HANGING = Facing(right_arm_deg=8, left_arm_deg=8, elbow_deg=4)
UP = {"one": Facing(right_arm_deg=172, left_arm_deg=8, elbow_deg=6), "both": Facing(170, 170, 8)}


@pytest.fixture
def gestures(tmp_path: Path) -> Path:
    """A film of somebody who holds up one hand, and then both."""
    athlete = Athlete()
    athlete._cycle = ("one", "both")
    athlete._reps = 2
    athlete._move = Move(
        lambda kind, out, _: skeleton.facing(_between(HANGING, UP.get(kind, HANGING), out)),
        ("one", "both"),
        FRONT,
        out_s=0.5,
        end_s=2.0,
        back_s=0.5,
        rest_s=0.6,
    )
    path = tmp_path / "gestures.mp4"
    film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (640, 480))
    for n in range(8 * FPS):
        film.write(athlete.draw(n / FPS, 640, 480))
    film.release()
    return path


def _between(start: Facing, end: Facing, share: float) -> Facing:
    return Facing(
        start.right_arm_deg + share * (end.right_arm_deg - start.right_arm_deg),
        start.left_arm_deg + share * (end.left_arm_deg - start.left_arm_deg),
        start.elbow_deg + share * (end.elbow_deg - start.elbow_deg),
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with two exercises."""
    folder = tmp_path / "config" / "exercises"
    folder.mkdir(parents=True)
    for name in ("squat", "hip_hinge"):
        shutil.copy(ROOT / "config" / "exercises" / f"{name}.yaml", folder)
    shutil.copy(ROOT / "config" / "kiosk.yaml", tmp_path / "config")
    return tmp_path / "config" / "kiosk.yaml"


def told(kiosk: RunningKiosk) -> Iterator[tuple[str, Any]]:
    """The events that the kiosk sends."""
    with urllib.request.urlopen(kiosk.url + "events", timeout=30) as stream:
        name = ""
        for line in stream:
            key, _, value = line.decode().strip().partition(": ")
            if key == "event":
                name = value
            elif key == "data":
                yield name, json.loads(value)


def asked(kiosk: RunningKiosk, body: bytes, content_type: str = "application/json") -> tuple[int, Any]:
    request = urllib.request.Request(kiosk.url + "api/workout", body, {"Content-Type": content_type})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_hands_stop_it_and_go_on_to_the_next_exercise_and_a_command_starts_it(
    run_kiosk: RunKiosk, config: Path, gestures: Path
) -> None:
    with run_kiosk("--config", str(config), "--camera", f"file:{gestures}?loop=1") as kiosk:
        rings: list[tuple[str, float]] = []
        happened: set[str] = set()
        counted_down: list[float] = []
        # The film begins before the pose engine is ready, so either gesture may be the first.
        for name, value in told(kiosk):
            if name == "state":
                workout, ring = value["workout"], value["gesture"]
                assert value["gestures"] is True
                rings += [(ring["kind"], ring["share"])] if ring else []
                counted_down += [workout["starts_in_s"]] if workout["starts_in_s"] is not None else []
                if workout["running"] is False:
                    assert (value["warnings"], workout["starts_in_s"]) == ([], None)
                    happened.add("stopped")
            elif name == "gesture":
                happened.add(value["kind"])
            elif name == "exercise":
                happened.add(value["name"])  # after the last exercise the first one follows
            if happened >= {"toggle", "stopped", "next", "hip_hinge"}:
                break
        assert {kind for kind, _ in rings} == {"toggle", "next"}
        assert all(0 < share <= 1 for _, share in rings)
        assert all(0 <= left_s <= 3 for left_s in counted_down)

        assert asked(kiosk, b'{"running": true}') == (200, {"running": True})
        seen = next(v for name, v in told(kiosk) if name == "state" and v["workout"]["running"])
        assert seen["workout"] == {
            "running": True, "starts_in_s": seen["workout"]["starts_in_s"],
            "set": 1, "sets": 3, "reps": 0, "partials": 0, "summary": None,
        }  # fmt: skip
        for body, content_type, status in (
            (b'{"running": 1}', "application/json", 400),
            (b"{}", "application/json", 400),
            (b'{"running": true', "application/json", 400),
            (b'{"running": true}', "text/plain", 415),
            (b" " * 5000, "application/json", 413),
        ):
            answered, answer = asked(kiosk, body, content_type)
            assert (answered, sorted(answer)) == (status, ["error", "hint"])
        assert "Traceback" not in kiosk.log.read_text()
