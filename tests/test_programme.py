"""Editing files beside a running kiosk: what is right is in force within a second, what is wrong changes nothing."""

import contextlib
import copy
import json
import os
import shutil
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.programme import Programme
from kiosk.rules.compiler import load_exercise
from kiosk.rules.library import Library
from tests.conftest import ROOT, RunKiosk, RunningKiosk

SQUAT = (ROOT / "config" / "exercises" / "squat.yaml").read_text()
IN_FORCE_S = 1.0


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration of its own with the squat alone."""
    folder = tmp_path / "config" / "exercises"
    folder.mkdir(parents=True)
    (folder / "squat.yaml").write_text(SQUAT)
    shutil.copy(ROOT / "config" / "kiosk.yaml", tmp_path / "config")
    return tmp_path / "config" / "kiosk.yaml"


def request(kiosk: RunningKiosk, path: str, body: object = None, **headers: str) -> Any:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(kiosk.url + path, data, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return json.load(answer)


def seen(true: Callable[[], bool], within_s: float) -> bool:
    deadline_s = time.monotonic() + within_s
    while not (now := true()) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return now


def replace_by_rename(path: Path, text: str) -> None:
    """Save as most editors do."""
    beside = path.with_suffix(".tmp")
    beside.write_text(text)
    beside.replace(path)


def titled(title: str) -> str:
    return SQUAT.replace("en: Squat", f"en: {title}")


def test_a_running_kiosk_follows_the_files_and_its_stream_never_drops(run_kiosk: RunKiosk, config: Path) -> None:
    squat = config.parent / "exercises" / "squat.yaml"
    with run_kiosk("--config", str(config), "--camera", "demo:squat") as kiosk:

        def state() -> Any:
            return request(kiosk, "api/state")

        def title() -> str:
            return str(state()["exercise"]["title"]["en"])

        assert seen(lambda: state()["person"], 20)
        stream = urllib.request.urlopen(kiosk.url + "stream.mjpg", timeout=20)
        got = [len(stream.read(1000))]
        took_s: list[float] = []

        def watch() -> None:
            with contextlib.suppress(OSError, ValueError, HTTPException):
                while part := stream.read1():
                    got[0] += len(part)

        def in_force(true: Callable[[], bool]) -> bool:
            begun_s = time.monotonic()
            found = seen(true, 30)
            took_s.append(time.monotonic() - begun_s)
            return found

        threading.Thread(target=watch, daemon=True).start()

        squat.write_text(titled("Knee bend"))
        assert in_force(lambda: title() == "Knee bend")
        replace_by_rename(squat, titled("Deep bend"))
        assert in_force(lambda: title() == "Deep bend")

        squat.write_text(titled("Wrong").replace("when: knee < 90", "when: kneee < 90"))
        assert in_force(lambda: state()["problems"] != [])
        line = 1 + SQUAT[: SQUAT.index("when: knee < 90")].count("\n")
        assert state()["problems"] == [f"squat.yaml:{line}:11: unknown measure 'kneee' - did you mean 'knee'?"]
        assert title() == "Deep bend"
        squat.write_text(titled("Right again"))
        assert in_force(lambda: state()["problems"] == [] and title() == "Right again")

        (squat.parent / "lunge.yaml").write_text(SQUAT.replace("name: squat", "name: lunge"))
        assert in_force(lambda: [e["name"] for e in request(kiosk, "api/exercises")["exercises"]] == ["lunge", "squat"])
        assert request(kiosk, "api/exercise", {"name": "lunge"}) == {"name": "lunge"}
        assert in_force(lambda: state()["exercise"]["name"] == "lunge")
        (squat.parent / "lunge.yaml").unlink()
        assert in_force(lambda: "lunge.yaml is gone" in " ".join(state()["problems"]))
        assert state()["exercise"]["name"] == "lunge"

        assert min(took_s) < IN_FORCE_S, "the others had to wait for this machine"
        before = got[0]
        assert seen(lambda: got[0] > before, 20), "the viewer of before still gets pictures"
        assert state()["viewers"] == 1
        assert "Traceback" not in kiosk.log.read_text()


def test_choosing_is_answered_clearly(run_kiosk: RunKiosk, config: Path) -> None:
    def refused(body: object, **headers: str) -> tuple[int, str]:
        with pytest.raises(urllib.error.HTTPError) as error:
            request(kiosk, "api/exercise", body, **headers)
        return error.value.code, error.value.read().decode()

    with run_kiosk("--config", str(config), "--camera", "demo:squat") as kiosk:
        status, text = refused({"name": "sqat"})
        assert (status, json.loads(text)["hint"]) == (404, "did you mean 'squat'?")
        assert refused({"exercise": "squat"})[0] == 400
        assert refused([1])[0] == 400
        assert refused({"name": "squat"}, **{"Content-Type": "text/plain"})[0] == 415
        assert request(kiosk, "api/exercise", {"name": "squat"}) == {"name": "squat"}


def test_the_next_exercise_is_the_one_after_and_after_the_last_the_first(tmp_path: Path) -> None:
    for name in ("lunge", "plie", "squat"):
        (tmp_path / f"{name}.yaml").write_text(SQUAT.replace("name: squat", f"name: {name}"))
    library = Library(tmp_path)
    library.refresh()
    used: list[str] = []
    programme = Programme(
        library, library.exercises["plie"], use=lambda exercise: used.append(exercise.name), tell=lambda _: None
    )
    (tmp_path / "plie.yaml").unlink()
    library.refresh()
    for _ in range(3):
        programme.choose_next()
    assert used == ["squat", "lunge", "squat"], "from the place of one that is gone"
    assert programme.exercise.name == "squat"
    for path in tmp_path.iterdir():
        path.unlink()
    library.refresh()
    programme.choose_next()
    assert programme.exercise.name == "squat", "where there is no other, it stays"


def test_a_file_that_was_never_right_is_told_and_the_others_are_there(tmp_path: Path) -> None:
    (tmp_path / "squat.yaml").write_text(SQUAT)
    (tmp_path / "bad.yaml").write_text("name: [")
    library = Library(tmp_path)
    library.refresh()
    assert list(library.exercises) == ["squat"]
    assert [Path(problem.file).name for problem in library.problems] == ["bad.yaml"]
    assert not library.changed()
    (tmp_path / "bad.yaml").unlink()
    assert library.changed()
    library.refresh()
    assert library.problems == ()


def test_renaming_a_file_asks_for_its_new_name_inside(tmp_path: Path) -> None:
    (tmp_path / "squat.yaml").write_text(SQUAT)
    library = Library(tmp_path)
    library.refresh()
    (tmp_path / "squat.yaml").rename(tmp_path / "lunge.yaml")
    library.refresh()
    assert list(library.exercises) == []
    assert "the file is called 'lunge': make them the same" in library.problems[0].message


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    for name in ("squat", "lunge"):
        (tmp_path / f"{name}.yaml").write_text(SQUAT.replace("name: squat", f"name: {name}"))
    library = Library(tmp_path)
    library.refresh()
    before = dict(library.exercises)
    os.utime(tmp_path / "lunge.yaml", ns=(1, 1))
    library.refresh()
    assert library.exercises["squat"] is before["squat"]
    assert library.exercises["lunge"] is not before["lunge"]


SCRAPS = st.one_of(
    st.sampled_from(
        [
            *":-[]{}\"'|>&*!%#\t\n ,?@`\\~", "\x00", "\ufeff", "\u2028", "é", "深", "null", "true", "1e999", "-.inf",
            ".nan", "2001-01-01", "0x1F", "1_000", "!!python/object/apply:os.system [ls]", "<<: *a", "---\n", "...\n",
            "rep.min(", "knee", "kneee", "and", "or not", "< 90", "> 160", "(" * 200, "[" * 60, "9" * 400, "a" * 5000,
            "angle:", "hold:", "{while: bend > 3}", "each: true", "expr: bend + bend", "rate: bend", "change: knee",
            "space: world", "side: mid", "at: rep", "during: [out]", "view: front", "for_s: -1", "min_s: 1e9", "mid",
        ]
    ),
    st.text(max_size=12),
)  # fmt: skip
Edit = tuple[float, int, str]
EDIT = st.tuples(st.floats(0, 1), st.integers(0, 40), SCRAPS)


def mutated(edits: list[Edit]) -> str:
    text = SQUAT
    for place, removed, scrap in edits:
        at = int(place * len(text))
        text = text[:at] + scrap + text[at + removed :]
    return text


@cache
def good_library(folder: Path) -> Library:
    """A library that has read the good file; reading it again for each mutant would double the time."""
    folder.mkdir()
    (folder / "squat.yaml").write_text(SQUAT)
    library = Library(folder)
    library.refresh()
    return library


@settings(max_examples=2000, deadline=5000, suppress_health_check=list(HealthCheck))
@given(st.lists(EDIT, min_size=1, max_size=4))
def test_no_mutilated_file_does_harm(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[float, int, str]]
) -> None:
    library = copy.copy(good_library(tmp_path_factory.getbasetemp() / "mutants"))
    good = library.exercises["squat"]
    path = library.folder / "squat.yaml"
    replace_by_rename(path, mutated(edits).encode(errors="replace").decode())
    library.refresh()
    if library.problems:
        assert library.exercises["squat"] is good
        for problem in library.problems:
            assert problem.line >= 1 and problem.column >= 1 and problem.message
            assert "\n" not in str(problem)
            assert "Traceback" not in str(problem)
    else:
        assert load_exercise(path).name == "squat"
