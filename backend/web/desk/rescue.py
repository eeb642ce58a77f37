"""A rescue file brought to the office: the sealed words of a device that cannot sync, taken in."""

import base64
from typing import Any, ClassVar, Final

from litestar import Request, Response
from litestar.datastructures import UploadFile

from backend.desk.rescuing import rescue as take_in
from backend.errors import ROOM_ERRORS, BackendError, status_of
from backend.sentences import told_on_page
from backend.web.desk.guarding import act, page
from backend.web.desk.rendering import render
from backend.web.desk.seat import Seat, Seated
from sync.messages import read_hand_in


class RescueElsewhere(BackendError):
    """The file is of a device of another municipality; nobody here can read it."""

    code: ClassVar[str] = "desk-rescue-elsewhere"


class RescueNone(BackendError):
    """No file was chosen, or an empty one."""

    code: ClassVar[str] = "desk-rescue-none"


@page("/rescue", action="attention.decide")
async def rescue(seat: Seated) -> Response[str]:
    """The page on which somebody brings a rescue file."""
    return _shown(seat)


@act("/rescue", action="attention.decide")
async def rescue_file(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """Take a rescue file in, and say what came of it; safe to repeat."""
    file = (await request.form()).get("file")
    raw = await file.read() if isinstance(file, UploadFile) else b""
    try:
        rows = await _taken(seat, raw)
    except ROOM_ERRORS as error:
        message, remedy = told_on_page(error, seat.language)
        return _shown(seat, status_of(error.code), fault=f"{message} {remedy}")
    *refused, counted = rows
    fresh = counted["held"] + counted["key_not_kept"]
    outcome = "refused" if refused and not fresh else "partly" if refused else "taken" if fresh else "twice"
    return _shown(seat, outcome=outcome, refused=refused, counted=counted, fresh=fresh)


async def _taken(seat: Seat, raw: bytes) -> list[dict[str, Any]]:
    if not raw:
        raise RescueNone
    certificate = read_hand_in(raw).certificate
    if certificate.municipality != seat.town.code:
        raise RescueElsewhere(municipality=certificate.municipality[:12])
    given = {"content": base64.b64encode(raw).decode()}
    return await take_in(seat.desk, seat.town, seat.staff, given, who=seat.standing)


def _shown(seat: Seat, status: int = 200, **more: Any) -> Response[str]:
    facts: dict[str, Any] = {"fault": None, "outcome": None, "refused": [], "counted": {}, "fresh": 0}
    return render(seat, "devices/rescue.html", status, here="devices", **(facts | more))


ROUTES: Final = (rescue, rescue_file)
