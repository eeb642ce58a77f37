"""The log: who did what, when, from where and how it ended; the own lines, or all, by the table of rights.

Whoever looks after accounts reads no record's lines: of these they see that there was one. The filter is posted, and
nothing of it stands in an address.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

from litestar import Request, Response

from backend.desk.log_words import actor, detail
from backend.desk.rights import Scope
from backend.sentences import ENGLISH, library
from backend.web.desk.guarding import act, page
from backend.web.desk.rendering import render
from backend.web.desk.seat import DONE, REFUSED, Seat, Seated
from forms.wording import ZONE
from sync.audit import AuditLine, Wanted

PAGE: Final = 100
_NUMBER_MAX: Final = 1 << 53
_ACT: Final = "act-"  # an act in words, as the command line says it
FAILED: Final = "failed"
RESULTS: Final = (DONE, REFUSED, FAILED)


@page("/log", action="log.read")
async def log_page(seat: Seated) -> Response[str]:
    """The newest lines that a person may read."""
    return await _page(seat, {})


@act("/log", action="log.read")
async def narrowed(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """The lines of a person, an act, a record or a period."""
    form = await request.form()
    names = ("staff", "act", "record", "since", "until", "before")
    return await _page(seat, {name: str(form.get(name, "")).strip() for name in names})


async def _page(seat: Seat, given: dict[str, str]) -> Response[str]:
    everybody = seat.scope("log.read") is Scope.MUNICIPALITY
    records = not everybody or seat.scope("log.records") is Scope.MUNICIPALITY
    wanted, wrong = wanted_of(given)
    if given.get("act"):
        wanted = wanted._replace(acts=_alike(given["act"], seat.language))
    if not everybody:
        wanted = wanted._replace(staff=seat.staff)
    if wanted.record is not None and not records:
        wanted, wrong = wanted._replace(record=None), [*wrong, "record"]
    lines = seat.town.auditing.page(wanted, PAGE + 1) if not wrong else []
    await seat.note("read-log", None, str(len(lines[:PAGE])))
    rows = [_shown(line, records, seat.language) for line in lines[:PAGE]]
    older = lines[PAGE - 1].number if len(lines) > PAGE else 0
    shown = {name: given.get(name, "") for name in ("staff", "act", "record", "since", "until")}
    facts = {"rows": rows, "older": older, "given": shown, "everybody": everybody, "records": records}
    facts["acts"] = _acts(seat.language)
    return render(seat, "log/log.html", 422 if wrong else 200, **facts, wrong=wrong)


def _acts(language: str) -> list[tuple[str, str]]:
    """The acts that have words, by these: what a filter offers. Those that are said alike are offered once."""
    named: dict[str, str] = {}
    for act_ in _known():
        named.setdefault(_named(act_, language), act_)
    return sorted(((act_, words) for words, act_ in named.items()), key=lambda one: one[1].casefold())


def _known() -> list[str]:
    """The acts that have words."""
    return [code.removeprefix(_ACT) for code in library().said(ENGLISH).terminal if code.startswith(_ACT)]


def _alike(act_: str, language: str) -> tuple[str, ...]:
    """The acts that are said as this one is."""
    words = _named(act_, language)
    return tuple({act_: None} | {one: None for one in _known() if _named(one, language) == words})


def _named(act_: str, language: str) -> str:
    """An act in words; one of another release, which has none here, as it stands."""
    code = f"{_ACT}{act_}"
    return library().line(code, language) if code in library().said(ENGLISH).terminal else act_


def _shown(line: AuditLine, records: bool, language: str) -> dict[str, Any]:
    named = line.record is not None
    return {
        "line": line,
        "act": _named(line.act, language),
        "result": line.result if line.result in RESULTS else "",
        "record": line.record.hex() if line.record is not None and records else "",
        "hidden": named and not records,
        "staff": actor(line.staff, language),
        "detail": detail(line.act, line.detail, language) if records or not named else "",
    }


def wanted_of(given: dict[str, str]) -> tuple[Wanted, list[str]]:
    """The lines that a filter asks for, and the fields of it that cannot be read."""
    wrong, wanted = [], Wanted(staff=given.get("staff", ""))
    try:
        record = bytes.fromhex(given.get("record", ""))
        wanted = wanted._replace(record=record or None)
    except ValueError:
        wrong.append("record")
    days = {}
    for name in ("since", "until"):
        try:
            days[name] = datetime.fromisoformat(given[name]).replace(tzinfo=ZONE) if given.get(name) else None
        except (ValueError, OverflowError):
            wrong.append(name)
    if since := days.get("since"):
        wanted = wanted._replace(since_ms=int(since.timestamp() * 1000))
    if until := days.get("until"):
        wanted = wanted._replace(until_ms=int((until + timedelta(days=1)).timestamp() * 1000))
    if wanted.until_ms and wanted.since_ms >= wanted.until_ms:
        wrong.append("until")
    before = given.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 16:
        wanted = wanted._replace(before=min(int(before), _NUMBER_MAX))
    return wanted, wrong


@act("/log/verify", action="log.verify")
async def verify(seat: Seated) -> Response[str]:
    """Check the whole chain, and its signed heads where the municipality is unlocked."""
    end, broken = await asyncio.to_thread(seat.town.auditing.checked)
    await seat.note("verify-log", None, f"{end} {len(broken)}")
    return render(seat, "log/verified.html", end=end, broken=broken[:PAGE], count=len(broken))


ROUTES: Final = (log_page, narrowed, verify)
