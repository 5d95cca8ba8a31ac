"""One engine at a time: that of the model which is asked for, exchanged between two frames."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.pose.choice import choose_engine, engine_like
from kiosk.pose.engine import Engine, EngineError

if TYPE_CHECKING:
    from kiosk.config import EngineName  # which brings Pydantic, and that is no need of an engine

log = logging.getLogger(__name__)


class Engines:
    """The engine called `name` with one of the models of `bundles`, at first with the first; see `choose_engine`.

    Made anywhere; opened, changed, used and closed in one thread. `use`, `name`, `model` and `models` are for any.
    """

    def __init__(
        self, name: "EngineName", bundles: Mapping[str, Path], threads: int | None = None, width_px: int = 640
    ) -> None:
        self.model = self._wished = next(iter(bundles))
        self._wanted = name
        self._bundles = dict(bundles)
        self._threads, self._width_px = threads, width_px
        self._engine: Engine | None = None

    @property
    def name(self) -> str:
        """What the engine is called in kiosk.yaml, empty before it is made."""
        return self._engine.name if self._engine else ""

    @property
    def models(self) -> tuple[str, ...]:
        """Those that can be used, the first one first; one that did not start is none any more."""
        return tuple(self._bundles)

    def use(self, model: str | None) -> None:
        """Wish for `model`, None for the first."""
        self._wished = model or self.models[0]

    def open(self) -> Engine:
        """Return the first engine; errors as of `choose_engine`."""
        self._engine = choose_engine(self._wanted, self._bundles[self.model], self._threads, self._width_px)
        return self._engine

    def is_due(self) -> bool:
        """Whether another model is wished for."""
        return self._wished != self.model and self._wished in self._bundles

    def change(self, engine: Engine) -> Engine:
        """Exchange `engine`, which is closed, for one with the model that is wished for; that looks for the body anew.

        The new one is made first, so that `engine` goes on where it does not start, which is told and not tried again.
        For that moment it takes 50 MB more, of the 1 GB that a small box has.
        """
        wished = self._wished
        try:
            self._engine = engine_like(engine, self._bundles[wished], self._threads, self._width_px)
        except EngineError as error:
            log.warning("%s stays until the kiosk starts anew, for %s fails: %s", self.model, wished, error)
            self._bundles = {model: path for model, path in self._bundles.items() if model != wished}
            return engine
        self.model = wished
        engine.close()
        return self._engine
