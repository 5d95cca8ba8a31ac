"""Errors whose text is one sentence for people, and the exit code of the command that meets one."""

from typing import ClassVar


class PlainError(Exception):
    """Something that the kiosk was given or finds is wrong: its text says what, and what to do instead."""

    exit_code: ClassVar[int] = 2


class FailedError(PlainError):
    """What was asked for was right, and failed on the way."""

    exit_code: ClassVar[int] = 1
