"""What the C library keeps of memory that was freed, which on a small box somebody else needs.

Glibc keeps a heap for each thread, as long as its highest block in use; measured with the kiosk: 15 MB for heaps of
threads, 25 MB after a model was let go. Other C libraries give back by themselves, or have no such call.
"""

import ctypes
from typing import Final

_LIBRARY: Final = ctypes.CDLL(None)
_MMAP_THRESHOLD: Final = -3  # malloc.h: M_MMAP_THRESHOLD
_LARGE: Final = 512 << 10
"""Bytes that go back to the machine as soon as they are freed, less than a picture has. Left to itself, glibc takes its
measure from what was freed last and keeps what pictures and models leave behind: 4 to 12 MB more, for 1 % more frames a
second (measured)."""
_ARENA_MAX: Final = -8  # malloc.h: M_ARENA_MAX
_ARENAS: Final = 2
"""One for whoever draws while another looks."""


def share_heaps() -> None:
    """Let all threads that are started from now on share two heaps, and keep large blocks out of them."""
    if hasattr(_LIBRARY, "mallopt"):
        _LIBRARY.mallopt(_MMAP_THRESHOLD, _LARGE)
        _LIBRARY.mallopt(_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Give the memory that is not in use back to the machine; takes some milliseconds."""
    if hasattr(_LIBRARY, "malloc_trim"):
        _LIBRARY.malloc_trim(0)
