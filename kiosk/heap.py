"""What the C library keeps of memory that was freed, which on a small box somebody else needs.

Glibc keeps a heap for each thread, as long as its highest block in use; measured with the kiosk: 15 MB for heaps of
threads, 25 MB after a model was let go. Other C libraries give back by themselves, or have no such call.
"""

import ctypes
from typing import Final

_LIBRARY: Final = ctypes.CDLL(None)
_ARENA_MAX: Final = -8  # malloc.h: M_ARENA_MAX
_ARENAS: Final = 2
"""One for whoever draws while another looks."""


def share_heaps() -> None:
    """Let all threads that are started from now on share two heaps."""
    if hasattr(_LIBRARY, "mallopt"):
        _LIBRARY.mallopt(_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Give the memory that is not in use back to the machine; takes some milliseconds."""
    if hasattr(_LIBRARY, "malloc_trim"):
        _LIBRARY.malloc_trim(0)
