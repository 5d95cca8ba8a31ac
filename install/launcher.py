"""The command `kiosk` of one installed release; install.sh writes the environment's Python above this line."""

import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

if __name__ == "__main__":  # a helper process imports this file again
    runpy.run_module("kiosk", run_name="__main__")
