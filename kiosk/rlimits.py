"""The limits that the kernel holds a process to."""

import resource
from typing import Final

_CORE_BYTES: Final = 1
"""And not 0, for with 0 the kernel still pipes a core file to a program."""


def lower_limit(limit: int, most: int) -> None:
    """Hold this process and those it starts to `most` of a `resource.RLIMIT_...`, or to less where that is all it may.

    Nobody but root may raise what a service or a shell was allowed.
    """
    _, allowed = resource.getrlimit(limit)
    value = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
    resource.setrlimit(limit, (value, value))


def leave_no_core() -> None:
    """Leave no core file if this process dies: that would put the picture on the disk."""
    lower_limit(resource.RLIMIT_CORE, _CORE_BYTES)
