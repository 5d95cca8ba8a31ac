"""What is being exercised: one exercise of the library, which follows the files while people edit them."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from kiosk.rules.exercise import Exercise
from kiosk.rules.library import Library

log = logging.getLogger(__name__)

LOOK_S: Final = 0.3
"""How often the folder is looked at: a saved file is in force within a second."""


class Programme:
    """The chosen exercise; `use` is given each exercise that is to be judged from now on, `tell` what is wrong."""

    def __init__(
        self,
        library: Library,
        chosen: Exercise,
        *,
        use: Callable[[Exercise], None],
        tell: Callable[[Sequence[str]], None],
    ) -> None:
        self.library = library
        self.exercise = chosen
        self._use = use
        self._tell = tell

    def choose(self, name: str) -> None:
        """Judge another exercise from the next frame on; KeyError if the library has none of that name."""
        self._take(self.library.exercises[name])

    def choose_next(self) -> None:
        """Judge the exercise that follows in the library's order, after the last one the first."""
        names = list(self.library.exercises)
        if names:
            self.choose(next((name for name in names if name > self.exercise.name), names[0]))

    def problems(self) -> list[str]:
        """Return what is wrong with the files, each as `file:line:col: message`, the file without its folder."""
        found = [str(replace(problem, file=Path(problem.file).name)) for problem in self.library.problems]
        if self.exercise.name not in self.library.exercises:
            found.append(f"{self.exercise.name}.yaml is gone; it stays in force until another exercise is chosen")
        return found

    async def keep_fresh(self) -> None:
        """Follow the folder for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            if self.library.changed():
                await asyncio.to_thread(self.library.refresh)
                self._follow()

    def _follow(self) -> None:
        newest = self.library.exercises.get(self.exercise.name)
        if newest is not None and newest is not self.exercise:
            log.info("exercise %s was changed", newest.name)
            self._take(newest)
        problems = self.problems()
        for problem in problems:
            log.warning("%s", problem)
        self._tell(problems)

    def _take(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._use(exercise)
