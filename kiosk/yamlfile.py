"""YAML files that people edit: read with the place of every value, checked against a model, mistakes named by place.

Every mistake becomes a `Problem`, printed as `squat.yaml:14:11: what is wrong, and what to write instead`. All mistakes
of one file are found at once where the first does not hide the others.
"""

import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from yaml.composer import Composer
from yaml.resolver import Resolver

from kiosk.mistakes import did_you_mean, sentence, shortened

Loc = tuple[int | str, ...]
Model = TypeVar("Model", bound=BaseModel)

MAX_BYTES: Final = 200_000
MAX_DEPTH: Final = 20


class Strict(BaseModel):
    """The base of every model of a file: unknown keys are mistakes, numbers are not read from text, nothing changes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One mistake; line and column count from 1, as editors do."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class FileError(Exception):
    """A file that can't be used; `problems` holds every mistake found, in the file's order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["FileError"], tuple[tuple[Problem, ...]]]:
        """Cross to another process with the problems, not with their text."""
        return FileError, (self.problems,)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's data, and where each part stands: `places` maps a path such as ("reps", "start") to line and column.

    `folded` are the texts that run over several lines, in which a column of the text is not one of the file. `spans`
    says from which letter to which each value stands in `text`, with its quotes.
    """

    file: str
    data: object
    places: dict[Loc, tuple[int, int]] = field(default_factory=dict)
    key_places: dict[Loc, tuple[int, int]] = field(default_factory=dict)
    folded: set[Loc] = field(default_factory=set)
    text: str = ""
    spans: dict[Loc, tuple[int, int]] = field(default_factory=dict)

    def problem(self, loc: Loc, message: str, *, at_key: bool = False, offset: int = 0) -> Problem:
        """Return a mistake at `loc`, or at its nearest ancestor that the file has; `offset` columns into the value."""
        places = self.key_places if at_key else self.places
        while loc and loc not in places:
            loc, offset = loc[:-1], 0
        if loc in self.folded:
            offset = 0
        line, column = places.get(loc) or self.places.get(loc, (1, 1))
        return Problem(self.file, line, column + offset, message)

    def validated(self, model: type[Model]) -> Model:
        """Return the data as `model`; FileError with every mistake."""
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            raise FileError(self._problem_of(model, detail) for detail in error.errors()) from None

    def _problem_of(self, model: type[BaseModel], detail: ErrorDetails) -> Problem:
        loc, kind = detail["loc"], detail["type"]
        if kind == "extra_forbidden":
            message = f"unknown key '{loc[-1]}'{did_you_mean(str(loc[-1]), _keys_at(model, loc[:-1]))}"
            return self.problem(loc, message, at_key=True)
        if kind == "missing" and isinstance(loc[-1], int):
            return self.problem(loc[:-1], f"this list is too short: item {loc[-1] + 1} is missing")
        if kind == "missing":
            return self.problem(loc[:-1], f"the key '{loc[-1]}' is missing here")
        return self.problem(loc, sentence(detail))


def read_document(path: Path) -> Document:
    """Read a YAML file; FileError if it can't be read or is not YAML."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError([Problem(str(path), 1, 1, f"can't be read: {reason}")]) from None
    if len(raw) > MAX_BYTES:
        raise FileError([Problem(str(path), 1, 1, f"is larger than {MAX_BYTES} bytes: not a file of this kind")])
    return parse_document(decoded(raw, str(path)), str(path))


def decoded(raw: bytes, file: str) -> str:
    """Return a file's text; FileError if it is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FileError([Problem(file, line, 1, "is not UTF-8 text: save it as UTF-8")]) from None


def parse_document(text: str, file: str) -> Document:
    """Parse YAML text; `file` is the name used in mistakes."""
    try:
        root = _read_quickly(text, file) or _read(text, file, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise FileError([_syntax_problem(error, file)]) from None
    except yaml.reader.ReaderError as error:
        raise FileError([_unprintable(text, error.position, file)]) from None
    if root is None:
        raise FileError([Problem(file, 1, 1, "is empty")])
    document = Document(file, None, text=text)
    problems: list[Problem] = []
    data = _build(yaml.SafeLoader(""), root, (), document, problems)
    if problems:
        raise FileError(problems)
    return replace(document, data=data)


def _read_quickly(text: str, file: str) -> yaml.Node | None:
    """Return what libyaml reads in the text, fourteen times as fast as Python, or None where Python is to read it.

    Libyaml has other sentences for what is wrong, takes tabs that Python refuses, and counts columns behind a byte
    order mark otherwise.
    """
    if "\t" in text or "\ufeff" in text:
        return None
    try:
        return _read(text, file, yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeEncodeError):
        return None


def _read(text: str, file: str, kind: type[yaml.SafeLoader | yaml.CSafeLoader]) -> yaml.Node | None:
    events: list[yaml.Event] = []
    problems = list(_unwanted(text, file, kind, events))
    if problems:
        raise FileError(problems)
    return _Composer(events).get_single_node()


class _Composer(Composer, Resolver):
    """Makes nodes of events that were parsed before: reading a file takes two thirds of the time of loading it."""

    def __init__(self, events: list[yaml.Event]) -> None:
        Composer.__init__(self)
        Resolver.__init__(self)
        self._events, self._place = events, 0

    def check_event(self, *kinds: type[yaml.Event]) -> bool:
        """Whether the next event is of one of `kinds`."""
        return isinstance(self.peek_event(), kinds)

    def peek_event(self) -> yaml.Event:
        """Return the next event."""
        return self._events[self._place]

    def get_event(self) -> yaml.Event:
        """Return the next event and go on."""
        self._place += 1
        return self._events[self._place - 1]


def _unwanted(
    text: str, file: str, kind: type[yaml.SafeLoader | yaml.CSafeLoader], events: list[yaml.Event]
) -> Iterator[Problem]:
    """What YAML allows and these files don't: references (which can make a small file huge) and endless nesting.

    What was parsed until then is put into `events`.
    """
    depth = 0
    for event in yaml.parse(text, Loader=kind):
        events.append(event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.AliasEvent):
            yield _at(event.start_mark, file, f"'*{event.anchor}' refers to another place: write the value out")
        if depth > MAX_DEPTH:
            yield _at(event.start_mark, file, f"nested more than {MAX_DEPTH} deep")
            return


class _Mark(Protocol):
    line: int
    column: int


def _at(mark: _Mark | None, file: str, message: str) -> Problem:
    return Problem(file, mark.line + 1, mark.column + 1, message) if mark else Problem(file, 1, 1, message)


def _syntax_problem(error: yaml.MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    what = (error.problem or error.context or "not readable as YAML").removesuffix(".")
    if "block scalar" in (error.context or "") and "found" in what:
        what = 'a value that begins with > or | needs quotes, like "> 160"'
    elif "mapping values are not allowed here" in what:
        what = "an unexpected ':' - put the text in quotes, or check the indentation of this line and the one above"
    elif "expected <block end>" in what:
        what = "this does not go with the lines above: check the indentation and the quotes"
    elif "found another document" in what:
        what = "a second document begins here: remove the line of dashes"
    elif "cannot start any token" in what:
        what = f"{what}; indent with spaces, and put special characters in quotes"
    return _at(mark, file, f"YAML: {what}")


def _unprintable(text: str, position: int, file: str) -> Problem:
    before = text[:position]
    line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
    character = f"U+{ord(text[position]):04X}"
    return Problem(file, line, column, f"the character {character} does not belong in a text: remove it")


def _build(loader: yaml.SafeLoader, node: yaml.Node, loc: Loc, document: Document, problems: list[Problem]) -> object:
    mark = node.start_mark
    quoted = isinstance(node, yaml.ScalarNode) and node.style in ("'", '"')
    document.places[loc] = (mark.line + 1, mark.column + 1 + quoted)
    document.spans[loc] = (mark.index, node.end_mark.index)
    if isinstance(node, yaml.ScalarNode) and node.end_mark.line != mark.line:
        document.folded.add(loc)
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, item, (*loc, i), document, problems) for i, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(loader, node, loc, document, problems)
    try:
        value = loader.construct_object(node)
        if isinstance(value, str):
            value.encode()  # half a surrogate pair, written as an escape, could be neither shown nor saved
    except (ValueError, OverflowError, yaml.YAMLError):
        message = f"'{shortened(node.value)}' can't be understood: put it in quotes if it is text"
        problems.append(_at(mark, document.file, message))
        return None
    return value


def _build_mapping(
    loader: yaml.SafeLoader, node: yaml.MappingNode, loc: Loc, document: Document, problems: list[Problem]
) -> dict[str, object]:
    data: dict[str, object] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(_at(key_node.start_mark, document.file, "a key must be a plain word"))
            continue
        # The text as written: YAML would turn the keys `on` and `no` into true and false.
        key = str(key_node.value)
        if key in data:
            problems.append(_at(key_node.start_mark, document.file, f"the key '{key}' is here twice: remove one"))
            continue
        document.key_places[(*loc, key)] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        data[key] = _build(loader, value_node, (*loc, key), document, problems)
    return data


def _keys_at(model: type[BaseModel], loc: Loc) -> list[str]:
    """The keys allowed at `loc`: follow the path through the models' annotations."""
    parts = iter(loc)
    for part in parts:
        if part in model.model_fields:
            annotation = model.model_fields[str(part)].annotation
            inner = list(_models_in(annotation))
            if not inner:
                return []
            model = inner[0]
            if typing.get_origin(annotation) in (dict, tuple):
                next(parts, None)  # a name or a number that the file chose
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in typing.get_args(annotation):
        yield from _models_in(part)
