"""What the wall view in a browser on the same machine costs the kiosk: `python -m tests.page_cost`.

The kiosk judges the drawn athlete; page open and page closed take turns, so that whatever else the machine does slows
both alike. Once at a camera's 30 frames a second, once as fast as the chain goes.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from urllib.request import urlopen

from playwright.sync_api import Browser, ViewportSize, sync_playwright

ROUNDS = 4
SETTLE_S = 3.0
SAMPLES = 12
SAMPLE_EACH_S = 0.5
SCREEN: ViewportSize = {"width": 1920, "height": 1080}


def main() -> None:
    """Measure and print the ratios."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for fps in (30, 120):
            closed, opened = in_turns(browser, fps)
            ratio = opened / closed
            print(f"camera at {fps:3} fps: page closed {closed:5.1f} fps, open {opened:5.1f} fps, {ratio:.2f} of it")
        browser.close()


def in_turns(browser: Browser, camera_fps: int) -> tuple[float, float]:
    """Return the median frame rates of a kiosk with the page closed and open."""
    closed: list[float] = []
    opened: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "kiosk.yaml"
        config.write_text(f"camera: {{address: demo:squat, fps: {camera_fps}}}\npose: {{fps: {camera_fps}}}\n")
        shutil.copytree(Path("config/exercises"), Path(folder) / "exercises")
        command = [sys.executable, "-m", "kiosk", "run", "--config", str(config), "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as kiosk:
            assert kiosk.stdout
            found = re.search(r"http://\S+", kiosk.stdout.readline())
            assert found, "the kiosk did not start"
            for _ in range(ROUNDS):
                closed += rates(found[0])
                page = browser.new_page(viewport=SCREEN)
                page.goto(found[0])
                opened += rates(found[0])
                page.close()
            kiosk.terminate()
    return median(closed), median(opened)


def rates(url: str) -> list[float]:
    """Return the frame rates that the kiosk tells of itself, once things have settled."""
    time.sleep(SETTLE_S)
    found = []
    for _ in range(SAMPLES):
        time.sleep(SAMPLE_EACH_S)
        with urlopen(f"{url}api/state") as answer:
            found.append(float(json.load(answer)["fps"]))
    return found


if __name__ == "__main__":
    main()
