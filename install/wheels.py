"""Downloads a lock's wheels for a Python and a processor that need not be this machine's: PYTHON ARCH LOCK FOLDER."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from pip._vendor.packaging.markers import Marker

OLDEST_GLIBC, NEWEST_GLIBC = 17, 36  # manylinux_2_17 to Debian 12's


def lock_for(lock: str, python: str, arch: str) -> str:
    """Return the lock's requirements for that machine, without markers: pip would read them for this one."""
    machine = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_machine": arch,
        "sys_platform": "linux",
    }
    kept = []
    for requirement in re.split(r"\n(?=\S)", lock.strip()):
        name, marker = re.fullmatch(r"([^;\s]+)(?: ; ([^\\\n]+))?.*", requirement, re.DOTALL).groups()  # type: ignore[union-attr]
        if marker is None or Marker(marker.strip()).evaluate(machine):
            kept.append(" ".join([name, *re.findall(r"--hash=\S+", requirement)]))
    return "\n".join(kept) + "\n"


def main(python: str, arch: str, lock: str, folder: str) -> int:
    """Return pip's exit code."""
    with tempfile.NamedTemporaryFile("w", suffix=".lock") as requirements:
        requirements.write(lock_for(Path(lock).read_text(encoding="utf-8"), python, arch))
        requirements.flush()
        platforms = [f"--platform=manylinux_2_{minor}_{arch}" for minor in range(NEWEST_GLIBC, OLDEST_GLIBC - 1, -1)]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--only-binary=:all:", f"--python-version={python}", *platforms, f"--platform=manylinux2014_{arch}"]
        return subprocess.run([*command, "-d", folder, "-r", requirements.name], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
