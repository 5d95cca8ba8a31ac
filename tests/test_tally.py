"""What has happened since the start, as counts that only grow."""

from dataclasses import replace

from kiosk.coaching.coach import Snapshot
from kiosk.coaching.events import RepEvent
from kiosk.coaching.workout import Progress
from kiosk.pipeline import Update
from kiosk.web.tally import Tally
from kiosk.words import Phrase
from tests.exercises import exercise

LIVE = Update(
    t_s=0.0,
    exercise=exercise(),
    snapshot=Snapshot(),
    progress=Progress(),
    gesture=None,
    events=(),
    measured=(),
    no_video=None,
    width_px=640,
    height_px=480,
    fps=30.0,
    frames=1,
)
LOST = replace(LIVE, no_video=Phrase("camera_lost", "x"))


def taken(*updates: Update) -> Tally:
    tally = Tally()
    for update in updates:
        tally.take(update)
    return tally


def test_a_camera_is_lost_only_once_it_was_there_and_back_only_once_it_was_lost() -> None:
    tallies = [taken(LOST, LOST, LIVE, LIVE), taken(LIVE, LOST, LOST), taken(LIVE, LOST, LIVE, LOST, LIVE)]
    assert [(tally.camera_lost, tally.camera_back) for tally in tallies] == [(0, 0), (1, 0), (2, 2)]


def test_repetitions_are_counted_by_kind_and_frames_as_told() -> None:
    rep = RepEvent(
        t_s=3.0, begin_s=1.0, onset_s=1.0, number=1, partial=False, out_s=1.0, back_s=1.0, lowest={}, highest={}
    )
    tally = taken(replace(LIVE, events=(rep, replace(rep, partial=True), rep), frames=50), replace(LIVE, frames=70))
    assert (tally.repetitions, tally.frames) == ({"full": 2, "partial": 1}, 70)
