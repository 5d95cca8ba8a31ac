"""`kiosk status`: how the kiosk that runs on this box is, for people."""

import argparse
import json
import ssl
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from prometheus_client.parser import text_string_to_metric_families

from kiosk.commands.usage import add_config, checked_port
from kiosk.config import WebSettings, is_loopback, load_settings
from kiosk.door import LOOPBACK
from kiosk.errors import FailedError
from kiosk.web.caller import page_address

WAIT_S: Final = 5.0
"""A kiosk that is well answers in a tenth of a second."""

Figures = dict[tuple[str, str], float]
"""A figure's name and the value of its one label, or "", and its value."""


class NotRunningError(FailedError):
    """No kiosk answers; the text says what to do."""


def add_status(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `kiosk status`."""
    parser.set_defaults(work=_status)
    add_config(parser)
    parser.add_argument("--port", metavar="P", type=int, help="the port that the kiosk was told to serve on")


def _status(options: argparse.Namespace) -> int:
    port, site = checked_port(options.port), load_settings(options.config).web
    address = _address(site, port or site.port)
    try:
        health, state = (json.loads(_asked(address, path)) for path in ("healthz", "api/state"))
        figures, info = _figures(_asked(address, "metrics").decode())
        lines = _lines(health, state, figures, info)
    except (ValueError, LookupError, TypeError):
        raise _no_kiosk(address, "it says something else") from None
    print(f"pose-kiosk {info.get('version', '')} at {address}\n")
    for name, text in lines:
        print(f"{name:<12} {text}")
    return 0 if health["ok"] else 1


def _address(site: WebSettings, port: int) -> str:
    host = site.address if is_loopback(site.address) else LOOPBACK
    return page_address(host, port, secure=site.tls is not None)


def _asked(address: str, path: str) -> bytes:
    """Return the answer; NotRunningError where there is none, or none of ours."""
    # The certificate bears the box's name in the network, not its loopback address; nobody stands between.
    anyone = ssl.create_default_context()
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    try:
        with build_opener(ProxyHandler({}), HTTPSHandler(context=anyone)).open(
            address + path, timeout=WAIT_S
        ) as answer:
            return bytes(answer.read())
    except HTTPError as error:
        text = error.read()
        if error.code == 503 and text.startswith(b"{"):  # a kiosk that is not well says so
            return text
        raise _no_kiosk(address, str(error)) from None
    except (OSError, HTTPException) as error:
        raise NotRunningError(
            f"no kiosk answers at {address} ({getattr(error, 'reason', error)}); start it with"
            " sudo systemctl start kiosk or kiosk run, see why it ended with journalctl -u kiosk,"
            " and give another port with --port"
        ) from None


def _no_kiosk(address: str, why: str) -> NotRunningError:
    return NotRunningError(f"what answers at {address} is no kiosk, or one of another version: {why}")


def _figures(text: str) -> tuple[Figures, dict[str, str]]:
    """Return the figures of /metrics, and what runs there."""
    figures: Figures = {}
    info: dict[str, str] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = sample.name.removeprefix("kiosk_").removesuffix("_total")
            if name == "info":
                info = dict(sample.labels)
            else:
                figures[name, next(iter(sample.labels.values()), "")] = sample.value
    return figures, info


def _lines(
    health: dict[str, Any], state: dict[str, Any], figures: Figures, info: dict[str, str]
) -> list[tuple[str, str]]:
    """Return what is said: a name and a text each."""
    camera, mb = state["camera"], 1 << 20
    live = f"live, {camera['width_px']} x {camera['height_px']}" if camera["live"] else camera["reason"]["en"]
    for_s = _duration(figures["uptime_seconds", ""])
    notices = [notice["en"] for notice in state["notices"]] + state["problems"]
    return [
        ("Health", f"well, for {for_s}" if health["ok"] else f"NOT WELL: {health['reason']}"),
        *(("Notice", notice) for notice in notices),
        ("Exercise", f"{state['exercise']['title']['en']}, {state['reps']} repetitions"),
        ("Camera", f"{camera['address']}: {live}{_times(figures, 'camera_lost', ', lost')}"),
        ("Speed", _speed(figures)),
        ("Viewers", f"{state['viewers']}"),
        ("Engine", f"{info.get('engine')}, model {info.get('model')}"),
        ("Heat", _heat(figures)),
        (
            "Memory",
            f"{figures['memory_resident_bytes', ''] / mb:.0f} MB of {figures['memory_limit_bytes', ''] / mb:.0f}",
        ),
        ("Threads", f"{figures['threads', '']:.0f}, and {figures['open_files', '']:.0f} open files"),
        ("History", _history(figures)),
        ("Restarts", _restarts(figures)),
    ]


def _speed(figures: Figures) -> str:
    age_s = figures.get(("frame_age_seconds", ""))
    age = "no frame" if age_s is None else f"newest frame {age_s * 1000:.0f} ms old"
    return f"{figures['frame_rate', '']:.0f} of at most {figures['pace_frame_rate', '']:.0f} frames a second, {age}"


def _heat(figures: Figures) -> str:
    degrees, slowed = figures.get(("temperature_celsius", "")), figures.get(("throttled", ""))
    told = [] if degrees is None else [f"{degrees:.0f} °C"]
    if slowed is not None:
        told.append("the processor slows itself" if slowed else "not slowed")
    if figures.get(("undervoltage", "")):
        told.append("the power supply is too weak")
    if steps := figures["pace_level", ""]:
        told.append(f"{steps:.0f} steps below the full pace")
    return ", ".join(told) or "this box does not tell"


def _history(figures: Figures) -> str:
    waiting = figures["history_waiting", ""]
    text = f"{figures['history_written', '']:.0f} entries written, {waiting:.0f} waiting"
    return text + _times(figures, "history_dropped", ", lost")


def _restarts(figures: Figures) -> str:
    causes = [f"{cause} {count:.0f}" for (name, cause), count in figures.items() if name == "restarts" and count]
    return ", ".join(causes) or "none"


def _times(figures: Figures, name: str, text: str) -> str:
    count = figures[name, ""]
    return f"{text} {count:.0f} times" if count else ""


def _duration(seconds: float) -> str:
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min" if minutes else f"{seconds:.0f} s"
