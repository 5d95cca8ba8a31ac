"""Which engine runs: LiteRT where it can, MediaPipe where it cannot or where it is asked for."""

import logging
from pathlib import Path
from typing import Literal

from kiosk.pose.engine import Engine, EngineError
from kiosk.pose.litert import LiteRTEngine, default_threads
from kiosk.pose.mediapipe import MediaPipeEngine

EngineName = Literal["auto", "litert", "mediapipe"]

log = logging.getLogger(__name__)


def choose_engine(name: EngineName, bundle: Path, threads: int | None = None, width_px: int = 640) -> Engine:
    """Return the engine called `name`, made in the calling thread, which alone may use it; log which it is and why.

    "auto" is LiteRT where its models pass their check, else MediaPipe. `threads` is for LiteRT and by default all cores
    but one; `width_px` is for MediaPipe, which works on reduced frames and alone seals the thread off the network.
    Raises `EngineError` where the engine does not start, `SealError` where MediaPipe's thread cannot be sealed.
    """
    if name == "mediapipe":
        return _mediapipe(bundle, width_px, "as configured")
    try:
        engine = LiteRTEngine(bundle, threads)
    except EngineError as error:
        if name == "litert":
            raise
        return _mediapipe(bundle, width_px, f"because {error}")
    reason = "its models pass their check" if name == "auto" else "as configured"
    log.info("pose engine: LiteRT, threads: %d, %s", threads or default_threads(), reason)
    return engine


def _mediapipe(bundle: Path, width_px: int, reason: str) -> MediaPipeEngine:
    log.info("pose engine: MediaPipe, %s", reason)
    return MediaPipeEngine(bundle, width_px)
