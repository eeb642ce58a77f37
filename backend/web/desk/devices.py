"""The devices of workers: the list, an invitation with its QR code, and the page of one device with its end.

Whoever may see devices sees names of workers and what their phones said of themselves; never an answer, and of a record
no more than its id, its form and since when the phone had it.
"""

from typing import Any, ClassVar, Final

import msgspec
from litestar import Request, Response
from litestar.params import FromPath
from markupsafe import Markup

from backend.desk import fleet, four_eyes, inviting, phone_rights
from backend.desk.arguments import WORKER_NAME_MAX, BadArgument, BadDeviceId, device_id, invited_worker
from backend.desk.fleet import ENDS_MS, OFF_MS, Phone
from backend.desk.wording import Speaker
from backend.errors import ROOM_ERRORS, BackendError, MunicipalityLocked, status_of
from backend.municipality.invitations import Still
from backend.sentences import library, told_on_page
from backend.stores.records import Records
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from crypto.primitives import sha256
from sync.enrolling import INVITATION_MS
from sync.facts import WORKER

HELD_SHOWN_MAX: Final = 2_000  # rows on one page: a report for 72 hours is printed


class NameDiffers(BackendError):
    """A device that is reported stolen wipes itself: the name of its worker is typed, so that it is the right one."""

    code: ClassVar[str] = "desk-name-differs"


@page("/devices", action="devices.read")
async def devices(seat: Seated) -> Response[str]:
    """The list of devices."""
    await seat.note("see-devices")
    return _listed(seat)


def _listed(seat: Seat, status: int = 200, **more: Any) -> Response[str]:
    workers = seat.workers("devices.read")
    rows = fleet.phones(seat.town, workers)
    known = workers if workers is not None else {one.worker for one in rows}
    facts = {"phones": rows, "names": sorted(known, key=str.casefold), "worker": "", "fault": None, **_bounds(seat)}
    facts |= {"agreed": phone_rights.agreements(seat.town, seat.staff), "waits": ""}
    return render(seat, "devices/list.html", status, **(facts | more))


def _bounds(seat: Seat) -> dict[str, Any]:
    return {"here": "devices", "now_ms": seat.town.clock.now_ms(), "ends_ms": ENDS_MS, "off_ms": OFF_MS}


# --- invitations ---


@act("/devices/invite", action="devices.invite")
async def invite(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """Invite one device of a worker; the code is shown in this answer alone, and nowhere again."""
    form = await request.form()
    given = str(form.get("worker", "")).strip()
    try:
        worker = invited_worker({"worker": given})
        replaces, renews = _replaced(form), bool(form.get("renew"))
        still = await _still(seat, phone_rights.Phone(worker, replaces), str(form.get("reason", "")))
        if still is None:
            return _listed(seat, worker="", waits=worker)
        invitation = await seat.town.enrolling.invite(
            worker, WORKER, seat.staff, replaces, renews=renews, still=still
        )  # fmt: skip
    except (MunicipalityLocked, four_eyes.SecondNeeded):
        raise
    except ROOM_ERRORS as error:
        fault = " ".join(told_on_page(error, seat.language))
        if isinstance(error, BadArgument):
            fault = library().phrase("devices-name-wrong", seat.language, limit=WORKER_NAME_MAX)
        return _listed(seat, status_of(error.code), worker=given, fault=fault)
    made = inviting.linked(_web(request), invitation, msgspec.msgpack.encode(invitation).hex())
    name = sha256(invitation.token)
    state = _state(seat, name)
    return render(
        seat, "devices/invitation.html", link=made.link, print=made.print, worker=worker, name=name.hex(),
        code=Markup(inviting.picture(made.link, worker)),  # noqa: S704 - made by segno, which escapes the title
        replaced=replaces is not None, minutes=INVITATION_MS // 60_000, **state, **_bounds(seat),
    )  # fmt: skip


async def _still(seat: Seat, phone: phone_rights.Phone, reason: str) -> Still | None:
    """The question that is asked again when the phone comes; None while a second person is asked."""
    try:
        return await phone_rights.allowed(seat.keeper, seat.standing, phone)
    except phone_rights.PhoneForTwo:
        if not await phone_rights.ask(seat.town, seat.staff, phone.worker, reason):
            return None
    return await phone_rights.allowed(seat.keeper, seat.standing, phone)


def _replaced(form: Any) -> bytes | None:
    """The device whose place the new one takes."""
    old = str(form.get("replaces", ""))
    return device_id(old) if old else None


def _web(request: Request[Any, Any, Any]) -> str:
    """The address at which the browser itself found this server: so do phones."""
    return request.headers.get("origin") or f"{request.url.scheme}://{request.headers.get('host', '')}"


@page("/devices/invitations/{name:str}", action="devices.invite")
async def invitation(seat: Seated, name: FromPath[str]) -> Response[str]:
    """The state of an invitation, by the hash of its token: what htmx asks for while it is open."""
    try:
        state = _state(seat, bytes.fromhex(name))
    except ValueError:
        raise Gone from None
    return render(seat, "devices/invitation_state.html", name=name, **state, **_bounds(seat))


def _state(seat: Seat, name: bytes) -> dict[str, Any]:
    found = seat.town.enrolling.invitations.of_name(name)
    workers = seat.workers("devices.invite")
    if found is None or (workers is not None and found.invited.worker not in workers):
        raise Gone
    state = "open" if found.expires_ms > seat.town.clock.now_ms() else "expired"
    used = found.device.hex() if found.device is not None else ""
    return {"state": "used" if used else state, "expires_ms": found.expires_ms, "used_by": used}


# --- one device ---


@page("/devices/{device:str}", action="devices.read")
async def device(seat: Seated, device: FromPath[str]) -> Response[str]:
    """The page of a device."""
    one = _phone(seat, device, "devices.read")
    await seat.note("see-device", None, device)
    return render(seat, "devices/device.html", phone=one, fault=None, **_bounds(seat))


def _phone(seat: Seat, given: str, action: str) -> Phone:
    try:
        found = fleet.phone(seat.town, device_id(given), seat.workers(action))
    except BadDeviceId:
        raise Gone from None
    if found is None or found.device.hex() != given:
        raise Gone
    return found


@act("/devices/{device:str}/revoke", action="devices.revoke", elevated=True)
async def revoke(seat: Seated, device: FromPath[str]) -> Response[Any]:
    """End a device: it hands in what it wrote, then wipes itself."""
    one = _phone(seat, device, "devices.revoke")
    await seat.town.acts.revoke(one.device, seat.staff)
    return to(seat, f"/devices/{device}")


@act("/devices/{device:str}/stolen", action="devices.revoke", elevated=True)
async def stolen(request: Request[Any, Any, Any], seat: Seated, device: FromPath[str]) -> Response[Any]:
    """End a device that is in strange hands: it wipes itself at once. The worker's name is typed."""
    one = _phone(seat, device, "devices.revoke")
    typed = str((await request.form()).get("worker", "")).strip()
    if typed.casefold() != one.worker.casefold():
        message, remedy = told_on_page(NameDiffers(), seat.language)
        return render(seat, "devices/device.html", 422, phone=one, fault=f"{message} {remedy}", **_bounds(seat))
    await seat.town.acts.revoke(one.device, seat.staff, stolen=True)
    return to(seat, f"/devices/{device}/lost")


@page("/devices/{device:str}/lost", action="devices.revoke")
async def lost(seat: Seated, device: FromPath[str]) -> Response[str]:
    """The records that a device holds, to print for the report of a data breach."""
    one = _phone(seat, device, "devices.revoke")
    held = fleet.lost(seat.town, one, await _forms(seat))
    await seat.note("see-lost", None, f"{device} {len(held.records)}")
    rows = held.records[:HELD_SHOWN_MAX]
    return render(seat, "devices/lost.html", phone=one, records=rows, count=len(held.records), **_bounds(seat))


async def _forms(seat: Seat) -> dict[bytes, str]:
    """The title of each record's form, where the tables may be asked; records are listed without keys too."""
    if seat.town.locked:
        return {}

    speaker = Speaker(seat.town, seat.language)
    return {record: speaker.title(slug) for record, slug in (await seat.keeper.look(Records.forms)).items()}


ROUTES: Final = (devices, invite, invitation, device, revoke, stolen, lost)
