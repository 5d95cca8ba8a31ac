"""The kiosk as a whole: a real process, real sockets, real MediaPipe, the drawn athlete in front of the camera."""

import json
import re
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from kiosk.cli import main
from kiosk.demo.athlete import Athlete
from kiosk.history.file import NAME
from kiosk.history.past import Selection
from kiosk.history.training import Training
from tests.conftest import RunKiosk, RunningKiosk
from tests.waiting import until

Event = tuple[str, dict[str, Any]]


def get(kiosk: RunningKiosk, path: str) -> Any:
    with urllib.request.urlopen(kiosk.url + path, timeout=20) as answer:
        return json.load(answer)


def events(kiosk: RunningKiosk, for_s: float) -> Iterator[Event]:
    """The event stream until `for_s` have gone by."""
    deadline_s = time.monotonic() + for_s
    with urllib.request.urlopen(kiosk.url + "events", timeout=20) as stream:
        name = ""
        for raw in stream:
            line = raw.decode().rstrip()
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))
            if time.monotonic() > deadline_s:
                return


def test_each_fault_is_warned_of_in_the_repetition_in_which_it_was_drawn(run_kiosk: RunKiosk) -> None:
    drawn = Athlete("squat", fault="mix", reps=4).repetitions(60)
    warned: dict[int, set[str]] = {repetition.number: set() for repetition in drawn}
    counted: list[int] = []
    with run_kiosk("--camera", "demo:squat?fault=mix&reps=4") as kiosk:
        for name, data in events(kiosk, drawn[-1].end_s + 60):
            if name == "rep":
                counted.append(data["number"])
            elif name == "warning" and data["on"]:
                warned[data["rep"]].add(data["id"])
            elif name == "state" and data["reps"] == 4:
                break
    wanted = {"none": set(), "deep": {"knee_load"}, "lean": {"lumbar_load"}, "shallow": {"shallow"}}
    assert counted == [1, 2, 3, 4]
    assert warned == {repetition.number: wanted[repetition.fault] for repetition in drawn}
    assert {"knee_load", "lumbar_load"} <= set().union(*warned.values())


def test_the_page_its_parts_and_the_picture_are_served(run_kiosk: RunKiosk) -> None:
    with run_kiosk("--camera", "demo:squat") as kiosk:
        until(lambda: get(kiosk, "api/state")["measures"], "somebody is judged")
        with urllib.request.urlopen(kiosk.url + "snapshot.jpg", timeout=20) as answer:
            picture = cv2.imdecode(np.frombuffer(answer.read(), np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (480, 640, 3)
        state = get(kiosk, "api/state")
        assert state["exercise"] == {"name": "squat", "title": {"en": "Squat", "zh": "深蹲"}}
        assert state["camera"]["live"] and state["camera"]["demo"] and state["camera"]["reason"] is None
        assert state["measures"].keys() == state["units"].keys()
        assert state["shown"] == ["knee", "trunk"]
        assert state["units"]["knee"] == "deg"
        assert get(kiosk, "healthz")["ok"]
        with urllib.request.urlopen(kiosk.url, timeout=5) as answer:
            page = answer.read().decode()
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        for part in re.findall(r'(?:src|href)="(/[^"#]+)"', page):
            with urllib.request.urlopen(kiosk.url.rstrip("/") + part, timeout=5) as answer:
                assert answer.status == 200, part


def test_the_stream_shows_the_skeleton_in_the_mirror_and_counts_its_viewer(run_kiosk: RunKiosk) -> None:
    with run_kiosk("--camera", "demo:squat?reps=1") as kiosk:
        stream = urllib.request.urlopen(kiosk.url + "stream.mjpg", timeout=20)
        assert stream.headers["Content-Type"].startswith("multipart/x-mixed-replace; boundary=")
        until(lambda: get(kiosk, "api/state")["viewers"] == 1, "the viewer is counted")
        until(lambda: get(kiosk, "api/state")["person"], "the athlete is found")
        received = b""
        while received.count(b"\xff\xd9") < 5:
            received += stream.read1()
        jpeg = received[
            received.rindex(b"\xff\xd8", 0, received.rindex(b"\xff\xd9")) : received.rindex(b"\xff\xd9") + 2
        ]
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        facing = Athlete("squat").truth(0.0, 640, 480).points["right_foot_index"]
        heel = Athlete("squat").truth(0.0, 640, 480).points["right_heel"]
        assert facing[0] > heel[0]
        green = (np.abs(picture.astype(int) - (139, 201, 55)).max(axis=2) < 40).nonzero()[1]
        assert len(green) > 100, "the skeleton is drawn in green"
        stream.close()
        until(lambda: get(kiosk, "api/state")["viewers"] == 0, "the viewer has left")


def test_with_a_missing_camera_the_page_says_why_and_the_kiosk_stays_healthy(run_kiosk: RunKiosk) -> None:
    with run_kiosk("--camera", "v4l2:/dev/video99") as kiosk:
        until(lambda: get(kiosk, "api/state")["camera"]["reason"] is not None, "a reason")
        camera = get(kiosk, "api/state")["camera"]
        assert not camera["live"]
        assert "/dev/video99" in camera["reason"]["en"] and "/dev/video99" in camera["reason"]["zh"]
        until(lambda: kiosk.health() == 200, "healthy")
        with urllib.request.urlopen(kiosk.url + "snapshot.jpg", timeout=20) as answer:
            assert answer.read(2) == b"\xff\xd8"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_within_three_seconds_with_viewers_watching(
    run_kiosk: RunKiosk, number: signal.Signals
) -> None:
    took_s: list[float] = []
    while not took_s or (min(took_s) >= 3 and len(took_s) < 3):  # the quickest counts
        with run_kiosk("--camera", "demo:squat") as kiosk:
            stream = urllib.request.urlopen(kiosk.url + "stream.mjpg", timeout=20)
            listening = urllib.request.urlopen(kiosk.url + "events", timeout=20)
            assert stream.read(100) and listening.read(10)
            begun_s = time.monotonic()
            assert kiosk.stop(number) == 0
            took_s.append(time.monotonic() - begun_s)
            assert "Traceback" not in kiosk.log.read_text()
    assert min(took_s) < 3.0


def test_a_foreign_host_name_is_refused(run_kiosk: RunKiosk) -> None:
    with run_kiosk("--camera", "demo:squat") as kiosk:
        for host, status in (
            ("evil.example", 421),
            (f"evil.example:{kiosk.port}", 421),
            (f"localhost:{kiosk.port}", 200),
        ):
            connection = HTTPConnection("127.0.0.1", kiosk.port, timeout=5)
            connection.request("GET", "/api/state", headers={"Host": host})
            assert connection.getresponse().status == status, host
            connection.close()


def test_viewers_who_read_nothing_are_dropped_and_the_others_keep_their_picture(run_kiosk: RunKiosk) -> None:
    with run_kiosk("--camera", "demo:squat") as kiosk:
        deaf = [socket.create_connection(("127.0.0.1", kiosk.port)) for _ in range(5)]
        for connection in deaf:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(f"GET /stream.mjpg HTTP/1.1\r\nHost: 127.0.0.1:{kiosk.port}\r\n\r\n".encode())
        until(lambda: get(kiosk, "api/state")["viewers"] == 5, "five viewers come")
        reader = urllib.request.urlopen(kiosk.url + "stream.mjpg", timeout=20)
        until(
            lambda: bool(reader.read1()) and get(kiosk, "api/state")["viewers"] == 1,
            "only the reader is left",
            within_s=40,
        )
        assert get(kiosk, "healthz")["ok"]
        for connection in deaf:
            connection.close()


def test_memory_stays_under_350_mb(run_kiosk: RunKiosk) -> None:
    with run_kiosk("--camera", "demo:squat") as kiosk:
        stream = urllib.request.urlopen(kiosk.url + "stream.mjpg", timeout=20)
        until(lambda: bool(stream.read1()) and get(kiosk, "api/state")["reps"] >= 1, "a repetition is counted")
        status = Path(f"/proc/{kiosk.process.pid}/status").read_text()
        resident_kb = int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]
        assert resident_kb < 350_000


def test_a_run_is_recorded_as_numbers_replays_alike_and_is_kept(run_kiosk: RunKiosk, tmp_path: Path) -> None:
    recorded = tmp_path / "run.poses.jsonl.gz"
    with run_kiosk("--camera", "demo:squat?reps=1", "--record", str(recorded)) as kiosk:
        until(lambda: get(kiosk, "api/state")["reps"] == 1, "a repetition is counted")
        assert kiosk.stop() == 0
        assert "Traceback" not in kiosk.log.read_text()
    with Training(tmp_path / "state" / NAME) as training:
        [visit], [set_] = training.visits(Selection()), training.sets(Selection())
        [rep] = training.repetitions(Selection())
        assert visit.ended_s is not None and set_.ended_s is not None, "stopping ends them"
        assert visit.began_s <= set_.began_s <= rep.began_s < rep.ended_s <= set_.ended_s + 1 <= visit.ended_s + 2
    summary = tmp_path / "summary.json"
    assert main(["replay", str(recorded), "--exercise", "squat", "--json", str(summary)]) == 0
    found = json.loads(summary.read_text())
    assert (found["reps"], found["partials"], found["warnings"]) == (1, 0, {})
    assert found["poses"] > 10
