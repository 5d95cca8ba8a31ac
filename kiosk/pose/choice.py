"""Which engine runs: LiteRT where it can, MediaPipe where it cannot or where it is asked for.

Whichever it is, its thread is sealed off the network first. MediaPipe does not run without; LiteRT, which opens no
socket, does on a kernel that takes no seal.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.pose.engine import Engine, EngineError, LooksAtStills
from kiosk.pose.litert import LiteRTEngine, LiteRTStillEngine, default_threads
from kiosk.pose.mediapipe import MediaPipeEngine, StillEngine
from kiosk.pose.seal import SealError, seal

if TYPE_CHECKING:
    from kiosk.config import EngineName  # which brings Pydantic, and that is no need of an engine

log = logging.getLogger(__name__)


def choose_engine(name: "EngineName", bundle: Path, threads: int | None = None, width_px: int = 640) -> Engine:
    """Return the engine called `name`, made in the calling thread, which alone may use it; log which it is and why.

    "auto" is LiteRT where its models pass their check, else MediaPipe. `threads` is for LiteRT and by default all cores
    but one; `width_px` is for MediaPipe, which works on reduced frames. Raises `EngineError` where the engine does not
    start, `SealError` where the thread must be sealed for MediaPipe and cannot be.
    """
    if name == "mediapipe":
        return _mediapipe(bundle, width_px, "as configured")
    try:
        seal()
    except SealError as error:
        log.warning("LiteRT runs unsealed, and opens no socket by itself: %s", error)
    try:
        engine = LiteRTEngine(bundle, threads)
    except EngineError as error:
        if name == "litert":
            raise
        return _mediapipe(bundle, width_px, f"because {error}")
    reason = "its models pass their check" if name == "auto" else "as configured"
    log.info("pose engine: LiteRT, threads: %d, %s", threads or default_threads(), reason)
    return engine


def engine_like(engine: Engine, bundle: Path, threads: int | None = None, width_px: int = 640) -> Engine:
    """Return another engine of the same name, made in the thread of `engine`, which is sealed if it can be.

    Raises `EngineError` where it does not start.
    """
    return MediaPipeEngine(bundle, width_px) if engine.name == MediaPipeEngine.name else LiteRTEngine(bundle, threads)


def choose_still_engine(name: "EngineName", bundle: Path) -> LooksAtStills:
    """Return what looks at single pictures, by the same choice, always sealed: the pictures are anybody's."""
    seal()
    if name != "mediapipe":
        try:
            return LiteRTStillEngine(bundle)
        except EngineError:
            if name == "litert":
                raise
    return StillEngine(bundle)


def _mediapipe(bundle: Path, width_px: int, reason: str) -> MediaPipeEngine:
    log.info("pose engine: MediaPipe, %s", reason)
    return MediaPipeEngine(bundle, width_px)
