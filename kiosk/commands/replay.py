"""`kiosk replay`: judges a recording as if it were live."""

import argparse
import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tqdm import tqdm

from kiosk import models
from kiosk.coaching.events import Event, HoldEvent, RepEvent, TimedEvent, WarningEvent
from kiosk.commands.usage import UsageError, add_config, chosen_exercise, write_json
from kiosk.config import Settings, load_settings, state_folder
from kiosk.pose.choice import choose_engine
from kiosk.replay import Moment, VideoOut, is_recording, recorded_moments, replay, video_moments


def add_replay(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `kiosk replay`."""
    parser.set_defaults(work=_replay)
    add_config(parser)
    parser.add_argument("recording", metavar="VIDEO", type=Path, help="a video, or a *.poses.jsonl (.gz) file")
    parser.add_argument(
        "--exercise", metavar="NAME", required=True, help="a file of the exercises folder, without .yaml"
    )
    parser.add_argument("--json", metavar="OUT", type=Path, help="write the summary to a file")
    parser.add_argument("--video", metavar="OUT.mp4", type=Path, help="write the annotated pictures")


def _replay(options: argparse.Namespace) -> int:
    settings = load_settings(options.config)
    exercise = chosen_exercise(options.exercise, options.config)
    moments, fps, count = _moments(options.recording, settings)
    out = VideoOut(options.video, fps) if options.video else None
    watched = tqdm(moments, total=count, unit=" frames", disable=not sys.stderr.isatty())
    try:
        summary = replay(watched, exercise, _tell, out.write if out else None).to_json()
        if options.json:
            write_json(options.json, summary)
    except OSError as error:
        raise UsageError(str(error)) from None
    finally:
        if out:
            out.close()
    print(json.dumps(summary))
    return 0


def _moments(path: Path, settings: Settings) -> tuple[Iterator[Moment], float, int | None]:
    if is_recording(path):
        if not path.is_file():
            raise UsageError(f"there is no recording {path}: check the path")
        return recorded_moments(path), 30.0, None
    bundle = models.verify(settings.pose.model, state_folder() / "models")
    try:
        pose = settings.pose
        return video_moments(path, partial(choose_engine, pose.engine, bundle, pose.threads or None, pose.width_px))
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from None


def _tell(event: Event) -> None:
    if isinstance(event, RepEvent):
        what = "partial repetition" if event.partial else f"repetition {event.number}"
        line = f"{event.t_s:8.2f} s  {what}: out {event.out_s:.1f} s, back {event.back_s:.1f} s"
    elif isinstance(event, HoldEvent):
        line = f"{event.t_s:8.2f} s  held for {event.held_s:.1f} s"
    elif isinstance(event, TimedEvent):
        line = f"{event.t_s:8.2f} s  test over: {event.reps} repetitions in {event.timed_s:.0f} s"
    elif isinstance(event, WarningEvent):
        where = f" in repetition {event.rep}" if event.rep else ""
        line = f"{event.t_s:8.2f} s  {event.warning.level} {event.warning.id} {'rises' if event.on else 'ends'}{where}"
    else:
        return  # sets and gestures are the live kiosk's
    tqdm.write(line, file=sys.stdout)
