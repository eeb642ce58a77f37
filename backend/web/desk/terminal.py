"""Signing a terminal in: a person types the code that it shows, sees who asks, and confirms it.

The factor was shown within the last minutes. The code stands in no address.
"""

from typing import Any, Final

from litestar import Request, Response

from backend.desk.terminals import Begun, TerminalCodeUnknown
from backend.desk.tries import TooSoon
from backend.errors import ROOM_ERRORS, status_of
from backend.sentences import told_on_page
from backend.web.address import address_of
from backend.web.desk.guarding import act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import REFUSED, Seat, Seated
from backend.web.house import House, house_of

ACTION: Final = "terminal.use"
SIGN_IN: Final = "terminal-sign-in"
YES: Final = "yes"


@page("/terminal", action=ACTION)
async def terminal(seat: Seated) -> Response[Any]:
    """The page on which a code is typed; who has not shown a factor lately does that first."""
    if not seat.elevated:
        return to(seat, f"/confirm?next={seat.home}/terminal")
    return _shown(seat)


def _shown(seat: Seat, status: int = 200, **more: Any) -> Response[str]:
    facts: dict[str, Any] = {"asked": None, "fault": None, "done": None}
    return render(seat, "terminal/terminal.html", status, here="account", **(facts | more))


@act("/terminal", action=ACTION, elevated=True)
async def typed(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Show who asks with a code that somebody typed; and confirm it, or refuse it, once they saw that."""
    form, house = await request.form(), house_of(request)
    code, said = str(form.get("code", ""))[:40], str(form.get("do", ""))
    try:
        begun = await _tried(house, request, seat, code)
        if not said:
            return _shown(seat, asked=begun)
        return await _answered(seat, begun, said == YES)
    except ROOM_ERRORS as error:
        message, remedy = told_on_page(error, seat.language)
        return _shown(seat, status_of(error.code), fault=(message, remedy))


async def _tried(house: House, request: Request[Any, Any, Any], seat: Seat, code: str) -> Begun:
    """The terminal that waits for a code. A wrong one is a line and counts; tries that come too soon are not looked at.

    Raises `TerminalCodeUnknown`, `TooSoon`.
    """
    account, address = f"{seat.town.code}\0terminal\0{seat.staff}", f"{address_of(request.scope)}\0terminal"
    try:
        house.tries.begin(account, address)
        begun = seat.desk.terminals.found(seat.town.code, code)
    except (TooSoon, TerminalCodeUnknown):
        await seat.note(SIGN_IN, None, "", REFUSED)
        raise
    house.tries.forgive(account, address)
    return begun


async def _answered(seat: Seat, begun: Begun, agreed: bool) -> Response[Any]:
    who = f"{begun.account} {begun.machine}".strip()
    if not agreed:
        seat.desk.terminals.refuse(begun)
        await seat.note(SIGN_IN, None, who, REFUSED)
        return _shown(seat, done=False)
    seat.desk.terminals.confirm(begun, seat.standing, seat.origin)
    await seat.note(SIGN_IN, None, who)
    return _shown(seat, done=True)


ROUTES: Final = (terminal, typed)
