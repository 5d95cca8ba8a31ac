"""Changes one number of an exercise file, notes it in a comment, and takes that back: no other byte is touched."""

import codecs
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kiosk.rules.compiler import compile_exercise
from kiosk.rules.exercise import FormWarning
from kiosk.rules.limits import Limit, limits, with_number
from kiosk.yamlfile import MAX_BYTES, Document, FileError, decoded, parse_document

_LINE_END: Final = re.compile(r"[\r\n\x85\u2028\u2029]|\Z")
_NUMBER: Final = re.compile(r"(?<![\w.])\.?\d(?:[eE][+-]\d|[\w.])*")
_NOTE: Final = re.compile(
    r"  # (?P<day>\d{4}-\d\d-\d\d) (?P<of>[^#\r\n]+) tuned from (?P<old>[-+\w. ]+) to (?P<new>[-+\w. ]+):"
    r" (?P<why>[^#\r\n\x85\u2028\u2029]*)(?=[\r\n\x85\u2028\u2029]|\Z)"
)


class RetouchError(ValueError):
    """The file can't be changed at one number only; the text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Change:
    """What to change: `number` in place of the limit number `limit` of a rule; `why` goes into the comment."""

    rule: str
    limit: int
    number: str
    day: date
    why: str


@dataclass(frozen=True, slots=True)
class Note:
    """What a comment says was done to a rule: on `day`, the number that compares `of` went from `old` to `new`."""

    day: str
    of: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Retouched:
    """A file's new bytes. `line` is the number of the first line that differs, `before` and `after` what it holds."""

    data: bytes
    line: int
    before: str
    after: str


def retouched(data: bytes, name: str, change: Change) -> Retouched:
    """Make a change to the exercise `name` and note it at the end of its line.

    RetouchError where that can't be done without touching more, FileError if the file has mistakes or would have.
    """
    file = _File(data, name)
    warning = file.warning(change.rule)
    limit = limits(warning.when, at_rep=warning.at_rep)[change.limit]
    start, end = file.place(warning, limit)
    was, of = file.text[start:end], " ".join(limit.of.text.split())
    note = f"  # {change.day.isoformat()} {of} tuned from {was} to {change.number}: {change.why}"
    if not _NOTE.fullmatch(note):
        raise RetouchError("this number can't be noted in a comment: change it by hand")
    text = file.text[:start] + change.number + file.text[end:]
    meant = file.data_with(warning, with_number(warning.when, limit, change.number))
    for line_end in _line_ends(text, file.document, warning):
        noted = text[:line_end] + note + text[line_end:]
        try:
            document = parse_document(noted, file.document.file)
        except FileError:
            continue
        if document.data == meant:
            return file.checked(document, name)
    raise RetouchError("there is no room for a comment beside this number: change it by hand")


def taken_back(data: bytes, name: str, rule: str) -> Retouched:
    """Put the number of a rule's newest note back and remove the note.

    RetouchError if there is none, or if the rule has been changed since; FileError if the file has or would have
    mistakes.
    """
    file = _File(data, name)
    warning = file.warning(rule)
    match = _newest_note(file.document, warning)
    if match is None:
        raise RetouchError(f"'{rule}' has not been tuned, or its comment was removed")
    found = [
        limit
        for limit in limits(warning.when, at_rep=warning.at_rep)
        if " ".join(limit.of.text.split()) == match["of"] and float(match["new"]) == limit.value
    ]
    if len(found) != 1:
        raise RetouchError(f"'{rule}' has been changed since: bring an earlier version back in the editor")
    start, end = file.place(warning, found[0])
    parts = sorted([(start, end, match["old"]), (*match.span(), "")], reverse=True)
    text = file.text
    for begin, stop, instead in parts:
        text = text[:begin] + instead + text[stop:]
    return file.checked(parse_document(text, file.document.file), name)


def notes(data: bytes, name: str) -> dict[str, Note]:
    """Return what was last done to each rule that was tuned; FileError if the file has mistakes."""
    file = _File(data, name)
    found = ((warning.id, _newest_note(file.document, warning)) for warning in file.warnings)
    return {rule: Note(match["day"], match["of"], match["old"], match["new"]) for rule, match in found if match}


class _File:
    """An exercise file with the place of everything in it."""

    def __init__(self, data: bytes, name: str) -> None:
        self._mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        self.text = decoded(data, f"{name}.yaml")
        self.document = parse_document(self.text, f"{name}.yaml")
        self.warnings = compile_exercise(self.document, name).warnings

    def warning(self, rule: str) -> FormWarning:
        for warning in self.warnings:
            if warning.id == rule:
                return warning
        raise RetouchError(f"there is no warning '{rule}' in this file")

    def place(self, warning: FormWarning, limit: Limit) -> tuple[int, int]:
        """Where a limit's number stands in the file, with its sign."""
        start, end = self.document.spans["warnings", warning.order, "when"]
        if self.text[start] in "|>":  # the first line of such a text says how it is folded
            start = _line_end(self.text, start).start()
        there = list(_NUMBER.finditer(self.text, start, end))
        meant = list(_NUMBER.finditer(warning.when.text))
        if [match[0] for match in there] != [match[0] for match in meant]:
            raise RetouchError("this condition is written in a way that can't be changed by itself: change it by hand")
        which = next(n for n, match in enumerate(meant) if match.end() == limit.end)
        signed = meant[which].start() - limit.start
        begin = there[which].start() - signed
        if self.text[begin : there[which].end()] != warning.when.text[limit.start : limit.end]:
            raise RetouchError("this number is written over two lines: change it by hand")
        return begin, there[which].end()

    def data_with(self, warning: FormWarning, when: str) -> object:
        """What the file says, with another condition in a warning."""
        data: Any = copy.deepcopy(self.document.data)
        data["warnings"][warning.order]["when"] = when
        return data

    def checked(self, document: Document, name: str) -> Retouched:
        """The file with a new text, if that has no mistakes."""
        data = self._mark + document.text.encode()
        if len(data) > MAX_BYTES:
            raise RetouchError(f"the file would be larger than {MAX_BYTES} bytes")
        compile_exercise(document, name)
        before, after = self.text.splitlines(), document.text.splitlines()
        line = next(n for n, (old, new) in enumerate(zip(before, after, strict=True)) if old != new)
        return Retouched(data, line + 1, before[line], after[line])


def _line_ends(text: str, document: Document, warning: FormWarning) -> Iterator[int]:
    at, last = _lines_of(text, document, warning)
    while at <= last:
        match = _line_end(text, at)
        yield match.start()
        at = match.start() + 1


def _newest_note(document: Document, warning: FormWarning) -> re.Match[str] | None:
    start, last = _lines_of(document.text, document, warning)
    notes = list(_NOTE.finditer(document.text, start, last))
    return notes[-1] if notes else None


def _lines_of(text: str, document: Document, warning: FormWarning) -> tuple[int, int]:
    """From a warning's condition to the end of its last line."""
    start, (_, end) = document.spans["warnings", warning.order, "when"][0], document.spans["warnings", warning.order]
    return start, _line_end(text, start + len(text[start:end].rstrip())).start()


def _line_end(text: str, at: int) -> re.Match[str]:
    match = _LINE_END.search(text, at)
    assert match is not None  # the text's end is one
    return match
