"""A seal around the thread that runs somebody else's code: it, and every thread it starts, can open no network socket.

MediaPipe 1.x uploads usage statistics and has no option against it (google-ai-edge/mediapipe#6291). A seccomp filter
needs no privilege, can't be undone, and leaves the other threads of the process, the web server's among them, alone.
"""

import errno
import socket
import threading
from typing import Final

from kiosk.errors import FailedError

# Every way to a new connection: `socketcall` is 32-bit code's one door to all of them, `connect` would aim a socket
# that another thread has opened, and an io_uring opens and connects sockets without either call. Reading and writing
# open descriptors stays allowed: an event loop is woken by a send.
_REFUSED: Final = ("socket", "connect", "socketcall", "io_uring_setup", "io_uring_enter", "io_uring_register")

_here: Final = threading.local()


class SealError(FailedError):
    """The thread cannot be kept off the network; its text is one sentence for people."""


def seal() -> None:
    """Refuse the calling thread and its future children every network socket, with EACCES, for good.

    Once is enough: a thread that changes its engine calls again, and the kernel takes no filters without end.
    Raises `SealError` where that cannot be done. The kiosk then stops: no pose detection is better than one that may
    send something out of the room.
    """
    if getattr(_here, "is_sealed", False):
        return
    try:
        import pyseccomp  # noqa: PLC0415 - raises at import where libseccomp is missing, which is an answer, not a crash
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        raise SealError(_refusal(f"libseccomp is missing ({error}); on Debian: apt install libseccomp2")) from error
    refuse = pyseccomp.ERRNO(errno.EACCES)
    try:
        rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
        # System calls by another convention (32-bit, x32) would go round the filter; libseccomp's default kills.
        rules.set_attr(pyseccomp.Attr.ACT_BADARCH, refuse)
        for name in _REFUSED:
            rules.add_rule(refuse, name)
        rules.load()
    except OSError as error:
        raise SealError(_refusal(f"the kernel takes no seccomp filter ({error.strerror})")) from error
    _prove()
    _here.is_sealed = True


def _prove() -> None:
    try:
        socket.socket().close()
    except PermissionError:
        return
    raise SealError(_refusal("the seccomp filter was loaded but a socket can still be opened"))


def _refusal(reason: str) -> str:
    return f"pose detection does not start, because nothing would keep it off the network: {reason}"
