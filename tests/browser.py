"""What the tests of the wall page share: a daemon played by a script, and a visit to its page."""

import asyncio
import contextlib
import copy
import json
import re
import threading
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from aiohttp import web
from playwright.sync_api import ConsoleMessage, Page, Request, expect

from kiosk.web.guard import POLICY
from kiosk.web.phone import MANIFEST
from kiosk.words import words

STATIC = Path(str(files("kiosk.web").joinpath("static")))
SCREENS = {"wall": (1920, 1080), "small wall": (1280, 720), "upright": (1080, 1920), "phone": (390, 844)}
SIDEWAYS = {"phone on its side": (844, 390), "small wall at 200 %": (640, 360)}
LOST_MS = 20_000

STATE: dict[str, Any] = {
    "version": "1",
    "language": "en",
    "exercise": {"name": "squat", "title": {"en": "Squat", "zh": "深蹲"}},
    "camera": {
        "live": True,
        "demo": True,
        "address": "demo:squat",
        "reason": None,
        "width_px": 640,
        "height_px": 480,
    },
    "person": True,
    "reps": 3,
    "partials": 1,
    "phase": "out",
    "phase_s": 1.8,
    "tempo": {"out_s": [1.0, 4.0], "back_s": [0.7, 3.0], "evenness": 0.25},
    "sides": None,
    "hold": None,
    "timed_left_s": None,
    "workout": {"running": True, "starts_in_s": None, "set": 2, "sets": 3, "reps": 3, "partials": 1, "summary": None},
    "gesture": None,
    "gestures": True,
    "voice": {"muted": False, "available": True, "reason": None},
    "lan": False,
    "unevenness": None,
    "shown": ["knee", "trunk", "left_wrist"],
    "measures": {"knee": 93.2, "trunk": None, "left_wrist": 12.0, "knee_past_toe": 0.1},
    "units": {"knee": "deg", "trunk": "deg", "left_wrist": "deg", "knee_past_toe": "shin"},
    "warnings": [],
    "guidance": None,
    "fps": 14.9,
    "viewers": 1,
    "visit": None,
    "notices": [],
    "problems": [],
}
KNEE: dict[str, Any] = {
    "id": "knee_load",
    "level": "danger",
    "say": {"en": "Too much pressure on the knee: do not go so deep", "zh": "膝盖压力过大，请控制下蹲深度"},
}
SUMMARY: dict[str, Any] = {
    "set": 1,
    "sets": 3,
    "reps": 10,
    "partials": 1,
    "held_s": None,
    "out_s": 1.9,
    "back_s": 1.24,
    "evenness": 0.12,
    "best": {"measure": "knee", "value": 84.4},
}
EXERCISES = {"squat": ("Squat", "深蹲"), "plank": ("Plank", "平板支撑"), "sit_up": ("Sit-up", "仰卧起坐")}
CHEST: dict[str, Any] = {"id": "lumbar_load", "level": "caution", "say": {"en": "Lift your chest", "zh": "请挺胸"}}
DEEPER: dict[str, Any] = {"id": "shallow", "level": "info", "say": {"en": "Go a little deeper", "zh": "再蹲深一点"}}

NO_SPEAKER = {
    "en": "No loudspeaker answers: connect one or check its cable",
    "zh": "扬声器没有响应：请连接扬声器或检查连线",
}
ANNA = {"visit": {"id": "0123456789abcdef-1", "person": "Anna-Katharina 17"}}
DISK_FULL = {"notices": [dict(words()["history_full"])]}
# Elements with text or a picture whose box is not wholly on the screen, or whose text is cut off. In the staff's corner
# and above it, what does not fit is outside its box, and not shown; but nothing there may be half in it.
OVERHANG = """() => [...document.querySelectorAll("main *")].filter((element) => {
  if (!element.checkVisibility({visibilityProperty: true}) || element.matches(".heard, .machine p, .heading p, svg *"))
    return false;
  if (getComputedStyle(element).clipPath !== "none") return false;  // for screen readers only
  const box = element.getBoundingClientRect();
  const clip = element.closest(".rest > *, .staff > *")?.parentElement.getBoundingClientRect();
  if (clip && (box.left >= clip.right || box.top >= clip.bottom))
    return false;
  if (clip && !element.closest(".problem") && (box.right > clip.right + 1 || box.bottom > clip.bottom + 1))
    return true;
  const off = box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1;
  const text = element.children.length === 0 && element.textContent.trim() !== "";
  const cut = text && (element.scrollWidth > element.clientWidth + 1) && getComputedStyle(element).display !== "inline";
  return off || cut;
}).map((element) => `${element.tagName}#${element.id}.${element.className}`)"""


class Scripted:
    """A daemon that says what a test makes it say. It lives in its own thread and can die and come back."""

    def __init__(self) -> None:
        self.state = copy.deepcopy(STATE)
        self.exercises = dict(EXERCISES)
        self.port = 0
        self.mute = False
        self.frozen = False
        self.refused = False
        self.refusal: tuple[int, str] | None = None
        self.commands: list[tuple[str, Any]] = []
        self.sounds: dict[str, bytes] = {}
        self.streams_opened = 0
        self._loop = asyncio.new_event_loop()
        self._streams: set[asyncio.Transport] = set()
        self._listeners: set[asyncio.Queue[bytes]] = set()
        self._runner: web.AppRunner | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)

    def close(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def say(self, **changes: Any) -> None:
        """Change the state and send it; a dict in it is merged."""
        for name, value in changes.items():
            merge = isinstance(value, dict) and isinstance(self.state[name], dict)
            self.state[name] = {**self.state[name], **value} if merge else value
        self.event("state", self.state)

    def event(self, name: str, value: dict[str, Any]) -> None:
        data = f"event: {name}\ndata: {json.dumps(value)}\n\n".encode()

        def send() -> None:
            for queue in self._listeners:
                queue.put_nowait(data)

        self._loop.call_soon_threadsafe(send)

    def cut_streams(self) -> None:
        def cut() -> None:
            for transport in self._streams:
                transport.abort()

        self._loop.call_soon_threadsafe(cut)

    async def _start(self) -> None:
        app = web.Application()
        app.on_response_prepare.append(_add_policy)
        app.router.add_get("/", self._index)
        app.router.add_get("/words.json", self._words)
        app.router.add_get("/stream.mjpg", self._stream)
        app.router.add_get("/events", self._events)
        app.router.add_get("/api/state", self._state)
        app.router.add_get("/api/exercises", self._exercises)
        app.router.add_post("/api/{command}", self._command)
        app.router.add_get("/voice/{name}", self._sound)
        app.router.add_get("/qr.svg", self._code)
        app.router.add_get("/manifest.webmanifest", self._manifest)
        app.router.add_get("/sw.js", self._worker)
        app.router.add_static("/static", STATIC)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        requests = asyncio.all_tasks() - {asyncio.current_task()}
        for request in requests:
            request.cancel()
        await asyncio.gather(*requests, return_exceptions=True)

    async def _index(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _words(self, request: web.Request) -> web.Response:
        return web.json_response(words())

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(self.state, status=401 if self.refused else 200)

    async def _manifest(self, request: web.Request) -> web.Response:
        return web.json_response(MANIFEST)

    async def _worker(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "sw.js")

    async def _sound(self, request: web.Request) -> web.Response:
        wav = self.sounds.get(request.match_info["name"])
        return web.Response(status=404) if wav is None else web.Response(body=wav, content_type="audio/wav")

    async def _code(self, request: web.Request) -> web.Response:
        return web.Response(text='<svg xmlns="http://www.w3.org/2000/svg"/>', content_type="image/svg+xml")

    async def _exercises(self, request: web.Request) -> web.Response:
        listed = [{"name": name, "title": {"en": en, "zh": zh}} for name, (en, zh) in self.exercises.items()]
        return web.json_response({"exercises": listed, "chosen": self.state["exercise"]["name"], "problems": []})

    async def _command(self, request: web.Request) -> web.Response:
        self.commands.append((request.path, await request.json()))
        if self.refusal:
            status, text = self.refusal
            return web.Response(status=status, text=text)
        return web.json_response({})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        camera = self.state["camera"]
        pictures = [np.full((camera["height_px"], camera["width_px"], 3), grey, np.uint8) for grey in (90, 110)]
        jpegs = [cv2.imencode(".jpg", picture)[1].tobytes() for picture in pictures]
        number = 0
        response = web.StreamResponse(headers={"Content-Type": "multipart/x-mixed-replace; boundary=frame"})
        await response.prepare(request)
        transport = request.transport
        assert transport is not None
        self.streams_opened += 1
        self._streams.add(transport)
        with contextlib.suppress(ConnectionError):
            while True:
                if not (self.frozen and number > 1):
                    number += 1
                    jpeg = jpegs[number % 2]
                    await response.write(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + jpeg + b"\r\n")
                await asyncio.sleep(0.1)
        self._streams.discard(transport)
        return response

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if self.refused:
            raise web.HTTPUnauthorized
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._listeners.add(queue)
        with contextlib.suppress(ConnectionError):
            while not self.refused:
                if not self.mute:
                    await response.write(f"event: state\ndata: {json.dumps(self.state)}\n\n".encode())
                with contextlib.suppress(TimeoutError):
                    await response.write(await asyncio.wait_for(queue.get(), 0.5))
        self._listeners.discard(queue)
        return response


async def _add_policy(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Content-Security-Policy"] = POLICY


class Visit:
    """A page with the faults that it reported and the addresses that it asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self.addresses: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", self._ask)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(message.text)

    def _ask(self, request: Request) -> None:
        self.addresses.append(request.url)


Open = Callable[..., Visit]


def live(page: Page) -> None:
    """Wait until the page of a real kiosk has found the drawn athlete; where in a set is up to the moment."""
    somewhere = re.compile("^(exercising|countdown|done)$")
    expect(page.locator("body")).to_have_attribute("data-mode", somewhere, timeout=20_000)


def mode(page: Page, expected: str) -> None:
    expect(page.locator("body")).to_have_attribute("data-mode", expected, timeout=LOST_MS)


def shows_picture(page: Page) -> bool:
    return bool(page.evaluate("document.getElementById('picture').naturalWidth > 0"))


def speak(page: Page, language: str) -> None:
    """Press the button for the other language unless this one is spoken already."""
    if page.locator("html").get_attribute("lang") != {"en": "en", "zh": "zh-Hans"}[language]:
        page.click("#language")
