"""The keyslots of a municipality on a page: one's own passphrase; for an admin all of them, codes and taking away.

The list lies in the vault, so it is there while the municipality is unlocked. Whatever changes it asks for the factor
again.
"""

from typing import Any, ClassVar, Final

from litestar import Request, Response
from litestar.params import FromPath

from backend.desk import keyslots, leaving
from backend.desk.four_eyes import RECOVERY as RECOVERY_ASKED
from backend.desk.four_eyes import REMOVE, SecondNeeded
from backend.errors import ROOM_ERRORS, BackendError, MunicipalityLocked, status_of
from backend.sentences import told_on_page
from backend.stores.people import ACTIVE
from backend.web.desk.guarding import act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from crypto.keyslots import PASSPHRASE, RECOVERY


class TypedOtherwise(BackendError):
    """A passphrase is typed twice: nobody sees what they type, and a slip would lock its person out."""

    code: ClassVar[str] = "desk-typed-otherwise"


@page("/keyslots", action="keyslots.use")
async def list_keyslots(seat: Seated) -> Response[str]:
    """The keyslots that a person may know of."""
    return await _listed(seat)


async def _listed(seat: Seat, status: int = 200, **more: Any) -> Response[str]:
    """Of somebody who changes none, the own ones alone: where a colleague's paper lies is that colleague's business."""
    rows = await keyslots.listing(seat.desk, seat.town, seat.staff, {}, vault=seat.town.custody.vault)
    if seat.scope("keyslots.change") is None:
        rows = [row for row in rows if row["owner"] == seat.staff]
    active = {person.name for person in seat.town.people.all() if person.state == ACTIVE}
    facts: dict[str, Any] = {"rows": rows, "active": active, "fault": None, "code": ""}
    return render(seat, "keyslots/list.html", status, here="keyslots", **(facts | more))


async def _added(seat: Seat, args: dict[str, str]) -> dict[str, Any]:
    async with seat.desk.vault_turn(seat.town.code):
        (row,) = await keyslots.add(seat.desk, seat.town, seat.staff, args, vault=seat.town.custody.vault)
        await leaving.see_off(seat.desk, seat.town, seat.staff)  # one that had to stay may go now
    return row


async def _refused(seat: Seat, error: Any) -> Response[str]:
    if isinstance(error, MunicipalityLocked | SecondNeeded):
        raise error
    message, remedy = told_on_page(error, seat.language)
    return await _listed(seat, status_of(error.code), fault=f"{message} {remedy}")


@act("/keyslots/passphrase", action="keyslots.use", elevated=True)
async def choose_passphrase(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Choose a passphrase of one's own, in place of an earlier one."""
    typed = await request.form()
    new = str(typed.get("new", ""))
    try:
        if new != str(typed.get("again", "")):
            raise TypedOtherwise
        await _added(seat, {"kind": PASSPHRASE, "new": new, "label": str(typed.get("label", ""))})
    except ROOM_ERRORS as error:
        return await _refused(seat, error)
    return to(seat, "/keyslots")


@act("/keyslots/recovery", action="keyslots.change", elevated=True)
async def make_recovery_code(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Ask a second person for one more recovery code; it is shown to who agrees alone."""
    form = await request.form()
    label, reason = str(form.get("label", "")), str(form.get("reason", ""))
    try:
        if not await keyslots.ask(seat.town, seat.staff, RECOVERY_ASKED, "", label, reason):
            return to(seat, "/proposals")
        row = await _added(seat, {"kind": RECOVERY, "label": label})
    except ROOM_ERRORS as error:
        return await _refused(seat, error)
    return await _listed(seat, code=row["code"])


@act("/keyslots/{slot:str}/remove", action="keyslots.change", elevated=True)
async def take_away(request: Request[Any, Any, Any], seat: Seated, slot: FromPath[str]) -> Response[Any]:
    """Take a keyslot away: one's own at once, another one once a second person agrees. Two remain, one of them a
    recovery code."""
    reason = str((await request.form()).get("reason", ""))
    try:
        async with seat.desk.vault_turn(seat.town.code):
            vault = seat.town.custody.vault
            own = slot in [one.id.hex() for one in vault.slots if one.owner == seat.staff]
            if not own and not await keyslots.ask(seat.town, seat.staff, REMOVE, slot, "", reason):
                return to(seat, "/proposals")
            await keyslots.remove(seat.desk, seat.town, seat.staff, {"keyslot": slot}, vault=vault)
    except ROOM_ERRORS as error:
        return await _refused(seat, error)
    return to(seat, "/keyslots")


ROUTES: Final = (list_keyslots, choose_passphrase, make_recovery_code, take_away)
