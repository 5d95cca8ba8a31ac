"""Stands in for alsa-utils' aplay and the sound device behind it: takes its options and plays in real time.

It is no module of the tests but a program that `install` puts on a PATH under the name `aplay`. Its device is the
folder FAKE_SOUND: `mode` in it says how the device behaves (plays, none, ends slowly, hangs), `heard-*.raw` is what
came out of it.
As on a Raspberry Pi's HDMI, a second program that wants it is told "Device or resource busy" at once.
"""

import argparse
import fcntl
import os
import sys
import time
from pathlib import Path

PERIOD_S = 0.025


def install(bin_folder: Path, sound: Path) -> None:
    """Put the program into `bin_folder`; its device is `sound`."""
    bin_folder.mkdir(exist_ok=True)
    sound.mkdir(exist_ok=True)
    program = bin_folder / "aplay"
    program.write_text(f"#!/bin/sh\nFAKE_SOUND='{sound}' exec '{sys.executable}' -S '{__file__}' \"$@\"\n")
    program.chmod(0o755)


def heard(sound: Path) -> list[bytes]:
    """Return what came out of the device, a player at a time."""
    return [path.read_bytes() for path in sorted(sound.glob("heard-*.raw"))]


def main() -> int:
    """Play standard input."""
    parser = argparse.ArgumentParser(prog="aplay")
    parser.add_argument("-q", action="store_true", required=True)
    parser.add_argument("-t", choices=["raw"], required=True)
    parser.add_argument("-f", choices=["S16_LE"], required=True)
    parser.add_argument("-c", type=int, choices=[1], required=True)
    parser.add_argument("-r", type=int, required=True)
    parser.add_argument("--buffer-time", type=int, required=True)
    options = parser.parse_args()
    sound = Path(os.environ["FAKE_SOUND"])
    mode = (sound / "mode").read_text() if (sound / "mode").exists() else "plays"
    if mode == "none":
        return fail("audio open error: No such file or directory")
    if mode == "ends slowly":
        os.close(sys.stdin.fileno())
        time.sleep(0.3)
        return fail("audio open error: No such file or directory")
    if mode == "hangs":
        time.sleep(60)
    device = (sound / "device").open("w")
    try:
        fcntl.flock(device, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return fail("audio open error: Device or resource busy")
    with (sound / f"heard-{time.monotonic_ns():020}.raw").open("wb", buffering=0) as out:
        play(options.r, options.buffer_time / 1e6, out.fileno())
    return 0


def play(rate_hz: int, buffer_s: float, out: int) -> None:
    """Take a period at a time, each as late as a device with this buffer would."""
    period = int(rate_hz * PERIOD_S) * 2
    begun_s, played_s = time.monotonic(), 0.0
    while sound := sys.stdin.buffer.read(period):
        time.sleep(max(0.0, begun_s + played_s - buffer_s - time.monotonic()))
        if time.monotonic() > begun_s + played_s:
            begun_s = time.monotonic() - played_s  # an underrun: the device waited
        os.write(out, sound)
        played_s += len(sound) / 2 / rate_hz
    time.sleep(max(0.0, begun_s + played_s - time.monotonic()))


def fail(reason: str) -> int:
    """Say what aplay says, and end as it does."""
    print(f"aplay: main:831: {reason}", file=sys.stderr)  # noqa: T201 - it is a program
    return 1


if __name__ == "__main__":
    sys.exit(main())
