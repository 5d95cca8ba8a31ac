"""Memory that was freed goes back to the machine."""

import subprocess
import sys

from tests.conftest import ROOT

# Blocks too small for a mapping of their own, held down in the heap by one that stays at the top.
FRAGMENTED = """
import ctypes
from kiosk.heap import give_back

library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p

def resident_mb():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6

blocks = [library.malloc(ctypes.c_size_t(60_000)) for _ in range(1000)]
for block in blocks:
    ctypes.memset(block, 1, 60_000)
for block in blocks[:-1]:
    library.free(ctypes.c_void_p(block))
before = resident_mb()
give_back()
print(before - resident_mb())
"""


def test_what_lies_free_below_a_block_in_use_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", FRAGMENTED], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(done.stdout) > 50


# A large block that was freed has glibc keep blocks up to its size in the heap from then on, unless it is told not to.
PICTURES = """
import ctypes
from kiosk.heap import share_heaps

library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
share_heaps()

def resident_mb():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6

library.free(ctypes.c_void_p(library.malloc(ctypes.c_size_t(30_000_000))))
blocks = [library.malloc(ctypes.c_size_t(900_000)) for _ in range(100)]
for block in blocks:
    ctypes.memset(block, 1, 900_000)
before = resident_mb()
for block in blocks[:-1]:
    library.free(ctypes.c_void_p(block))
print(before - resident_mb())
"""


def test_pictures_that_are_let_go_are_given_back_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", PICTURES], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(done.stdout) > 80
