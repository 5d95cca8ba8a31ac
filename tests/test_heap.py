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
