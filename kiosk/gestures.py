"""Hands above the head as commands, for people who are three metres from the screen. Pure, no clock of its own."""

from dataclasses import dataclass

from kiosk.events import GestureKind


@dataclass(frozen=True, slots=True)
class Gesture:
    """A hand that is being held above the head: what it asks for, and how much of the time is over, 0 to 1."""

    kind: GestureKind
    share: float
