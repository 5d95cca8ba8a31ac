"""Turns at a bounded rate, for what comes from outside."""


class Turns:
    """At most `hz` turns a second, and `at_once` after a pause. Pure; times are monotonic seconds."""

    def __init__(self, hz: float, at_once: int) -> None:
        self._each_s = 1 / hz
        self._ahead_s = at_once / hz
        self._due_s = float("-inf")

    def wait_s(self, now_s: float) -> float:
        """Take the next turn; return how long to wait for it in seconds."""
        self._due_s = max(self._due_s, now_s - self._ahead_s) + self._each_s
        return max(0.0, self._due_s - now_s)
