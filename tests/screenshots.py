"""Pictures of every page in every state that matters, in both languages: `python -m tests.screenshots FOLDER`.

The daemon is the real one, on the drawn athlete. With `--readme` only the two pictures of the README are made, small.
"""

import argparse
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import cv2
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from kiosk.demo import room
from kiosk.demo.athlete import Athlete
from kiosk.history.made_up import make_year
from kiosk.pins import PinFile
from kiosk.words import LANGUAGES
from tests.conftest import MODELS, ROOT, running_kiosk

WALL: ViewportSize = {"width": 1920, "height": 1080}
SMALL_WALL: ViewportSize = {"width": 1280, "height": 720}
UPRIGHT: ViewportSize = {"width": 1080, "height": 1920}
PHONE: ViewportSize = {"width": 390, "height": 844}
README_PICTURES = ROOT / "tests" / "pictures"
README_COLOURS = 256
PIN = "2468101"
WAIT_MS = 60_000


def main() -> None:
    """Make the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("screenshots"))
    parser.add_argument("--readme", action="store_true", help="make only the pictures of the README")
    options = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as work:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        if options.readme:
            README_PICTURES.mkdir(exist_ok=True)
            for_readme(browser, Path(work))
        else:
            options.folder.mkdir(parents=True, exist_ok=True)
            for language in LANGUAGES:
                for_language(browser, Path(work), options.folder, language)
        browser.close()


def for_language(browser: Browser, work: Path, folder: Path, language: str) -> None:
    """Every state of every page in one language."""

    def shoot(url: str, name: str, screen: ViewportSize, ready: Callable[[Page], None]) -> None:
        path = folder / f"{name}-{language}.png"
        with opened(browser, url, language, screen) as page:
            ready(page)
            page.screenshot(path=path)
        print(path)

    with kiosk(work, empty_room(work)) as url:
        shoot(url, "wall-idle", WALL, in_mode("nobody"))
        shoot(url, "phone-idle", PHONE, in_mode("nobody"))
    with kiosk(work, "v4l2:/dev/video99") as url:
        shoot(url, "wall-no-video", WALL, in_mode("no-video"))
        shoot(url, "phone-no-video", PHONE, in_mode("no-video"))
    with kiosk(work, "demo:squat?fault=mix") as url:
        shoot(url, "wall-exercising", WALL, counted)
        shoot(url, "wall-small-exercising", SMALL_WALL, counted)
        shoot(url, "wall-upright-exercising", UPRIGHT, counted)
        shoot(url, "phone-exercising", PHONE, counted)
        shoot(url, "wall-danger", WALL, in_danger)
        shoot(url, "phone-danger", PHONE, in_danger)
        for name, screen in (("wall", WALL), ("phone", PHONE)):
            shoot(f"{url}photo", f"photo-{name}", screen, with_photo(work))
            shoot(f"{url}editor", f"editor-{name}", screen, with_mistake)
        for name, screen in (("wall", WALL), ("phone", PHONE)):
            shoot(f"{url}report", f"report-{name}", screen, reported)
            shoot(f"{url}review", f"review-{name}", screen, marked)
    with kiosk(work, "demo:plank", "--exercise", "plank") as url:
        shoot(url, "wall-hold", WALL, counted)


def for_readme(browser: Browser, work: Path) -> None:
    """The two pictures of the README, small files."""
    with kiosk(work, "demo:squat?fault=mix") as url:
        for name, screen, ready in (("wall", SMALL_WALL, in_danger), ("phone", PHONE, counted)):
            with opened(browser, url, "en", screen) as page:
                counted(page)
                ready(page)
                picture = Image.open(BytesIO(page.screenshot()))
            path = README_PICTURES / f"{name}.png"
            picture.convert("RGB").quantize(README_COLOURS, kmeans=2).save(path, optimize=True)
            print(path, path.stat().st_size)


@contextmanager
def kiosk(work: Path, camera: str, *options: str) -> Iterator[str]:
    """Run a kiosk with a state folder of its own; yields its address."""
    state = work / "state"
    if not state.exists():
        state.mkdir()
        (state / "models").symlink_to(MODELS)
        PinFile(state).set("staff", PIN)
        make_year(state, 20_000)
    with running_kiosk(work, "--camera", camera, *options, state=state) as running:
        yield running.url


@contextmanager
def opened(browser: Browser, url: str, language: str, screen: ViewportSize) -> Iterator[Page]:
    """Open a page in a language."""
    context = browser.new_context(viewport=screen)
    context.add_init_script(f"localStorage.setItem('language', '{language}')")
    page = context.new_page()
    page.goto(url)
    yield page
    context.close()


def empty_room(work: Path) -> str:
    """Return the address of a recording of the room without anybody in it."""
    path = work / "room.mp4"
    if not path.exists():
        video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 15, (640, 480))
        for _ in range(30):
            video.write(room.room(room.stage(room.STANDING, 640, 480)))
        video.release()
    return f"file:{path}?loop=1"


def in_mode(mode: str) -> Callable[[Page], None]:
    """Wait until the page is in this mode and shows a picture or the reason why there is none."""

    def ready(page: Page) -> None:
        expect(page.locator("body")).to_have_attribute("data-mode", mode, timeout=WAIT_MS)
        page.wait_for_timeout(2000)  # for the eye: let the picture come and the page settle

    return ready


def counted(page: Page) -> None:
    """Wait until at least three repetitions or seconds are counted, and the picture is there."""
    expect(page.locator("#count")).to_have_text(re.compile(r"[3-9]|\d\d"), timeout=WAIT_MS)
    while not page.locator("#picture").evaluate("(picture) => picture.naturalWidth"):
        page.wait_for_timeout(100)


def in_danger(page: Page) -> None:
    """Wait for a warning of danger whose band has slid in and stays."""
    band = page.locator("#band")
    while True:
        expect(band).not_to_have_attribute("data-level", "danger", timeout=WAIT_MS)
        expect(band).to_have_attribute("data-level", "danger", timeout=WAIT_MS)
        page.wait_for_timeout(500)
        if band.get_attribute("data-level") == "danger":
            return


def with_photo(work: Path) -> Callable[[Page], None]:
    """Analyse a picture of the drawn athlete at the bottom of a squat."""
    path = work / "athlete.jpg"
    athlete = Athlete("squat", fault="deep")
    cv2.imwrite(str(path), athlete.draw(athlete.repetitions(30)[0].bottom_s, 960, 720))

    def ready(page: Page) -> None:
        page.set_input_files("input[type=file]", path)
        expect(page.locator("img[src^=data]").first).to_be_visible(timeout=WAIT_MS)

    return ready


def with_mistake(page: Page) -> None:
    """Open the squat and write a word that is none."""
    text = page.locator("textarea").first
    expect(text).to_have_value(re.compile("name: squat"), timeout=WAIT_MS)
    text.fill(text.input_value().replace("start: ", "stat: "))
    page.get_by_text("'start'?").first.click(timeout=WAIT_MS)  # the mistake leads to its line
    page.wait_for_timeout(500)


def signed_in(page: Page) -> None:
    """Type the staff PIN where it is asked for."""
    page.fill("#pin-input", PIN, timeout=WAIT_MS)
    page.keyboard.press("Enter")
    expect(page.locator("#pin-input")).to_have_count(0, timeout=WAIT_MS)


def reported(page: Page) -> None:
    """Ask for the report of everything."""
    signed_in(page)
    page.select_option("#period", "all", timeout=WAIT_MS)
    expect(page.locator("article.report svg").first).to_be_visible(timeout=WAIT_MS)
    page.wait_for_timeout(500)


def marked(page: Page) -> None:
    """Mark the newest of the last warnings as a false alarm."""
    signed_in(page)
    page.locator("#recent > li").first.locator("button").last.click(timeout=WAIT_MS)
    page.wait_for_timeout(500)


if __name__ == "__main__":
    main()
