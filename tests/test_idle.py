"""Nobody there: the chain looks some times a second, and whoever steps in is seen at once."""

from pathlib import Path

from kiosk.attention import LEFT_S, LOOK_HZ
from kiosk.capture.camera import Image
from kiosk.demo import room
from kiosk.demo.athlete import Athlete
from kiosk.pipeline import Update
from tests.drawn_camera import HEIGHT_PX, WIDTH_PX, DrawnCamera, run_chain
from tests.exercises import exercise

ENTERS_S = 8.0
ANSWER_S = 0.5
FPS = 30


def test_whoever_steps_in_is_seen_within_half_a_second(model_bundle: Path) -> None:
    athlete, drawn = Athlete("squat"), list[float]()
    empty = room.room(room.stage(room.STANDING, WIDTH_PX, HEIGHT_PX))

    def draw(t_s: float) -> Image:
        drawn.append(t_s)
        if t_s < ENTERS_S:
            return empty
        return athlete.draw(t_s - ENTERS_S, WIDTH_PX, HEIGHT_PX)

    camera = DrawnCamera(draw, ENTERS_S + 2, FPS)
    updates: list[Update] = []
    pipeline, failed = run_chain(camera, exercise(), model_bundle, updates.append)
    assert camera.over.wait(60)
    pipeline.stop(5)
    assert failed == []
    idle = [t_s for t_s in drawn if LEFT_S + 0.5 <= t_s < ENTERS_S]
    assert len(idle) <= (ENTERS_S - LEFT_S) * LOOK_HZ
    seen_s = next(update.t_s for update in updates if update.snapshot.person)
    assert ENTERS_S <= seen_s <= ENTERS_S + ANSWER_S
    assert len([t_s for t_s in drawn if t_s > ENTERS_S + ANSWER_S]) >= (2 - ANSWER_S) * FPS - 2, "all frames again"
