"""The training report, the history behind it, and both as files. All of it is staff's alone."""

import logging
import re
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Final, Literal, ParamSpec, TypeVar, cast, get_args

from aiohttp import hdrs, web

from kiosk import lookup
from kiosk.aside import Aside, AsideBusyError, AsideDiedError
from kiosk.history.entries import Id, tidy_name
from kiosk.history.file import HistoryError
from kiosk.history.past import Selection
from kiosk.report.period import Period, days_of
from kiosk.report.rules import Rules
from kiosk.web.access import require_staff
from kiosk.web.answers import refusal, while_there
from kiosk.web.exercises import PROGRAMME
from kiosk.web.history import unreadable
from kiosk.web.pages import STATIC
from kiosk.words import LANGUAGES, Language, Phrase

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

MOST_VISITS: Final = 100
USUAL_VISITS: Final = 20
CHUNK_BYTES: Final = 1 << 16
RETRY_S: Final = 2
LONGEST_TEXT: Final = 200

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reports:
    """What the routes work with: the history's file, where it is read, and the folder for the charts' list of fonts."""

    path: Path
    aside: Aside
    fonts: Path


REPORTS: Final = web.AppKey("reports", Reports)


def routes() -> Iterable[web.RouteDef]:
    """Return this subject's routes."""
    return (
        web.get("/report", _page),
        web.get("/api/report", _report),
        web.get("/api/report/choices", _choices),
        web.get("/api/history", _history),
        web.get("/api/history.csv", _export),
        web.get("/api/history.json", _export),
    )


async def _page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "report.html", headers={hdrs.CACHE_CONTROL: "no-cache"})


async def _choices(request: web.Request) -> web.Response:
    """Who and what can be chosen: `{"people", "exercises": [{"name", "title"}], "first", "last"}`."""
    require_staff(request)
    found = await _asked(request, lookup.choices, request.app[REPORTS].path)
    library = request.app[PROGRAMME].library.exercises
    titles = {name: library[name].title.to_json() for name in found["exercises"] if name in library}
    named = [{"name": name, "title": titles.get(name, {"en": name, "zh": name})} for name in found["exercises"]]
    return web.json_response({**found, "exercises": named})


async def _report(request: web.Request) -> web.Response:
    """The report of a selection; `format` says whether as numbers (json), for the page (html) or as a file."""
    require_staff(request)
    wanted, reports = await selection(request), request.app[REPORTS]
    form = cast("lookup.Form", _one_of(request, "format", get_args(lookup.Form), "json"))
    language = cast("Language", _one_of(request, "language", LANGUAGES, "en"))
    rules = {name: Rules.of(exercise) for name, exercise in request.app[PROGRAMME].library.exercises.items()}
    wish = lookup.Wish(form, language, datetime.now(UTC).astimezone().date(), reports.fonts)
    body = await _asked(request, lookup.report, reports.path, wanted, rules, wish)
    kind = "application/json" if form == "json" else "text/html"
    name = {hdrs.CONTENT_DISPOSITION: 'attachment; filename="training-report.html"'} if form == "file" else {}
    return web.Response(body=body, content_type=kind, charset="utf-8", headers=name)


async def _history(request: web.Request) -> web.Response:
    """Visits with all that was stored of them, the newest first: `{"visits": [...], "next"}`, see kiosk.export."""
    require_staff(request)
    wanted = await selection(request)
    text = request.query.get("limit", str(USUAL_VISITS))
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_VISITS:
        raise _wrong(f"limit={text[:20]} is not possible", f"a number from 1 to {MOST_VISITS}")
    after = Id(request.query["after"]) if "after" in request.query else None
    body = await _asked(request, lookup.visits, request.app[REPORTS].path, wanted, after, int(text))
    return web.Response(body=body, content_type="application/json", charset="utf-8")


async def _export(request: web.Request) -> web.StreamResponse:
    """The training of a selection as a CSV or JSON file, as `kiosk export` writes it."""
    require_staff(request)
    wanted = await selection(request)
    kind: Literal["csv", "json"] = "csv" if request.path.endswith(".csv") else "json"
    packed = await _asked(request, lookup.export_packed, request.app[REPORTS].path, wanted, kind)
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: "text/csv; charset=utf-8" if kind == "csv" else "application/json; charset=utf-8",
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="training.{kind}"',
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
        }
    )
    unpack = None
    if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        response.headers[hdrs.CONTENT_ENCODING] = "gzip"
    else:
        unpack = zlib.decompressobj(wbits=31)
    await response.prepare(request)
    for begin in range(0, len(packed), CHUNK_BYTES):
        chunk = packed[begin : begin + CHUNK_BYTES]
        await response.write(unpack.decompress(chunk) if unpack else chunk)
    return response


async def selection(request: web.Request) -> Selection:
    """Return what is asked for: `person`, `exercise`, and either `from` and `to`, or `period` with `date` in it.

    Without a date the period is that of the last visit.
    """
    query = request.query
    for name, value in query.items():
        if len(value) > LONGEST_TEXT:
            raise _wrong(f"{name} is too long", f"at most {LONGEST_TEXT} characters")
    person = tidy_name(query.get("person", ""))
    exercise = query.get("exercise") or None
    if "period" in query or "date" in query:
        if "from" in query or "to" in query:
            raise _wrong("both a period and days are given", "either period and date, or from and to")
        period = cast("Period", _one_of(request, "period", get_args(Period), "month"))
        day = _day(query, "date") or await _last_day(request)
        first, last = days_of(period, day) if day else (None, None)
    else:
        first, last = _day(query, "from"), _day(query, "to")
        if first and last and first > last:
            raise _wrong(f"from={first} is after to={last}", "the earlier day is from")
    return Selection(first, last, person, exercise)


async def _last_day(request: web.Request) -> date | None:
    found = await _asked(request, lookup.choices, request.app[REPORTS].path)
    return None if found["last"] is None else date.fromisoformat(found["last"])


def _day(query: Mapping[str, str], name: str) -> date | None:
    text = query.get(name)
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise _wrong(f"{name}={text} is no day", "a day is written YYYY-MM-DD, such as 2026-03-31")
    return day


def _one_of(request: web.Request, name: str, known: Iterable[str], usual: str) -> str:
    value = request.query.get(name, usual)
    if value not in known:
        raise _wrong(f"{name}={value} is not known", f"one of {', '.join(known)}")
    return value


async def _asked(request: web.Request, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Ask the history beside the live picture; 409 where it can't be read, 413 for too much, 429 while many wait."""
    try:
        return await while_there(request, request.app[REPORTS].aside.run(question, *args, **kwargs))
    except ConnectionError:
        raise web.HTTPBadRequest from None  # to nobody: the client has left
    except AsideBusyError:
        busy = refusal(web.HTTPTooManyRequests, Phrase("refused_busy"), Phrase("refused_wait", str(RETRY_S)))
        busy.headers[hdrs.RETRY_AFTER] = str(RETRY_S)
        raise busy from None
    except lookup.TooMuchError as error:
        raise _too_much(Phrase("refused_too_much", str(error.count)), Phrase("refused_export")) from None
    except (AsideDiedError, MemoryError):
        log.warning("reading the history for %s took more memory or time than there is", request.path)
        raise _too_much(Phrase("refused_too_long"), Phrase("refused_shorter")) from None
    except HistoryError as error:
        raise refusal(web.HTTPConflict, unreadable(request.app[REPORTS].path, error), Phrase("refused_log")) from None
    except sqlite3.Error as error:
        log.warning("the history can't be read: %s", error)
        why = Phrase("refused_unreadable", str(error))
        raise refusal(web.HTTPConflict, why, Phrase("refused_damaged")) from None


def _wrong(error: str, hint: str) -> web.HTTPBadRequest:
    return refusal(web.HTTPBadRequest, error, hint)


def _too_much(error: Phrase, hint: Phrase) -> web.HTTPException:
    return refusal(partial(web.HTTPRequestEntityTooLarge, 0, 0), error, hint)
