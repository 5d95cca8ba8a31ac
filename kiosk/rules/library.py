"""The exercise files of a folder, kept up to date: a wrong file changes nothing and says what is wrong with it."""

from collections.abc import Mapping
from pathlib import Path

from kiosk.rules.compiler import load_exercise
from kiosk.rules.exercise import Exercise
from kiosk.yamlfile import FileError, Problem

Mark = tuple[int, int, int]
"""Changes when a file is written, in place or by renaming another over it: inode, size, time of change."""


class Library:
    """The folder's exercises, as of the last `refresh`.

    `exercises` holds the last good version of every file that is there, `problems` the mistakes of those that are
    wrong now. A file that was never right is in `problems` only; one that is deleted leaves both.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.exercises: Mapping[str, Exercise] = {}
        self.problems: tuple[Problem, ...] = ()
        self._marks: dict[Path, Mark] = {}
        self._problems: dict[Path, tuple[Problem, ...]] = {}

    def changed(self) -> bool:
        """Whether a file was written, added, removed or renamed since the last `refresh`."""
        return self._look() != self._marks

    def refresh(self) -> None:
        """Read what has changed. Readers in other threads see the old exercises or the new ones, never a mixture."""
        marks = self._look()
        exercises = {name: exercise for name, exercise in self.exercises.items() if self._path(name) in marks}
        problems = {path: found for path, found in self._problems.items() if path in marks}
        for path, mark in marks.items():
            if self._marks.get(path) == mark:
                continue
            try:
                exercises[path.stem] = load_exercise(path)
                problems.pop(path, None)
            except FileError as error:
                problems[path] = error.problems
        self._marks, self._problems = marks, problems
        self.exercises = dict(sorted(exercises.items()))
        self.problems = tuple(sorted(problem for found in problems.values() for problem in found))

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.yaml"

    def _look(self) -> dict[Path, Mark]:
        marks = {}
        for path in sorted(self.folder.glob("*.yaml")):
            try:
                known = path.stat()
            except OSError:
                continue  # renamed away between the look at the folder and the look at the file
            marks[path] = (known.st_ino, known.st_size, known.st_mtime_ns)
        return marks
