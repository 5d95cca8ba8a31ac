"""The code that leads phones to the page, over real sockets, read by a camera's eye."""

from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser

from tests.doors import Caller, served


def read_code(browser: Browser, svg: bytes) -> str:
    """What a phone reads off a wall that shows this."""
    page = browser.new_page(viewport={"width": 300, "height": 300})
    page.set_content(
        f"<body style='margin: 60px; background: #0f1216'>{svg.decode().partition('?>')[2] or svg.decode()}"
    )
    picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    page.close()
    assert picture is not None
    return cv2.QRCodeDetector().detectAndDecode(picture)[0]


def test_a_phone_reads_the_address_off_the_wall(tmp_path: Path, browser: Browser) -> None:
    with served(tmp_path, lan=True, names=("kiosk.example",)) as site:
        code = Caller(site.port).get("/qr.svg")
        assert (code.status, code.headers["Content-Type"]) == (200, "image/svg+xml")
        assert read_code(browser, code.body) == f"http://kiosk.example:{site.port}/"


def test_without_lan_access_there_is_no_code(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        assert Caller(site.port).get("/qr.svg").status == 404


def test_the_worker_stands_at_the_root_and_is_asked_for_afresh(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        worker = Caller(site.port).get("/sw.js")
        assert worker.headers["Cache-Control"] == "no-cache"
        assert "javascript" in worker.headers["Content-Type"]
        icons = Caller(site.port).get("/manifest.webmanifest").json["icons"]
        assert [Caller(site.port).get(icon["src"]).status for icon in icons] == [200, 200]
