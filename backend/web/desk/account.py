"""My account: name, language, sessions, password, recovery codes."""

from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath

from backend.desk import people
from backend.desk.coming_in import DONE
from backend.desk.factors import WeakPassword, kept_code, must_be_strong, new_codes
from backend.desk.joining import SignsInElsewhere
from backend.desk.passkeys import PasskeyRefused, site_of
from backend.sentences import library, told_on_page
from backend.stores.people import CODES, PASSKEY, PASSWORD, Factor
from backend.web.desk.browsers import named
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from backend.web.desk.signing_in import host_of, signed_out
from backend.web.house import House, house_of


@page("/account", action="account.own")
async def account_page(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """The own account."""
    return _page(house_of(request), seat, host=host_of(request))


def _page(house: House, seat: Seat, status: int = 200, host: str = "", **facts: Any) -> Response[str]:
    factors = seat.town.people.factors(seat.staff)
    sessions = house.sessions.of(seat.town.code, seat.staff)
    can = seat.elevated and bool(site_of(host)) and not seat.bound
    shown: dict[str, Any] = {
        "make": house.passkeys.to_make(host, seat.town, seat.person) if can else "", "refused": None,
        "site": bool(site_of(host)),
        "sessions": [
            {"row": one, "here": one.hash == seat.session_row.hash, "browser": named(one.browser)} for one in sessions
        ],
        "codes_left": sum(factor.kind == CODES for factor in factors),
        "passkeys": [factor for factor in factors if factor.kind == PASSKEY],
        "codes": None, "weak": None, "roles": sorted(seat.roles), "changed": False,
    }  # fmt: skip
    return render(seat, "account/account.html", status, **shown | facts)


def must_come_in_here(seat: Seat) -> None:
    """Refuse whoever comes in by the municipality's own sign-in alone: nothing kept here opens their account."""
    if seat.bound:
        raise SignsInElsewhere


@act("/account/name", action="account.own")
async def change_name(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Keep the shown name and the language."""
    form = await request.form()
    language = str(form.get("language", ""))
    language = language if language in library().languages else seat.language
    await people.call_me(seat.town, seat.staff, str(form.get("shown_name", "")), language)
    return to(seat, "/account")


@act("/account/password", action="account.own", elevated=True)
async def change_password(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Choose another password; every other session ends."""
    must_come_in_here(seat)
    given, house, town = str((await request.form()).get("password", "")), house_of(request), seat.town
    try:
        must_be_strong(given, [seat.staff, seat.shown_name, town.code, seat.name, "veldpost"])
    except WeakPassword as error:
        return _page(house, seat, 422, host_of(request), weak=told_on_page(error, seat.language))
    factor = Factor("password", seat.staff, PASSWORD, (await house.passwords.kept(given)).encode(), seat.now_ms)

    def work() -> None:
        for before in town.people.factors(seat.staff, PASSWORD):
            town.people.drop_factor(before)
        town.people.keep_factor(factor)
        seat.write("own-password")

    await town.submit(work)
    house.sessions.control.end_sessions(town.code, seat.staff, but=seat.session_row.hash)
    return _page(house, seat, host=host_of(request), changed=True)


@act("/account/codes", action="account.own", elevated=True)
async def make_codes(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """Make ten new recovery codes, which are shown once; those before are void."""
    must_come_in_here(seat)
    town, codes = seat.town, new_codes()

    def work() -> None:
        for before in town.people.factors(seat.staff, CODES):
            town.people.drop_factor(before)
        for at, code in enumerate(codes):
            kept = kept_code(seat.staff, code)
            town.people.keep_factor(Factor(f"code-{at}", seat.staff, CODES, kept, seat.now_ms))
        seat.write("own-codes")

    await town.submit(work)
    return _page(house_of(request), seat, host=host_of(request), codes=codes)


@act("/account/passkeys", action="account.own", elevated=True)
async def make_passkey(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Keep the passkey that a browser made for this account."""
    must_come_in_here(seat)
    form, house, town = await request.form(), house_of(request), seat.town
    try:
        answer, label = str(form.get("answer", "")), str(form.get("label", ""))
        factor = house.passkeys.made(host_of(request), town, seat.staff, answer, label)
    except PasskeyRefused as error:
        return _page(house, seat, 422, host_of(request), refused=told_on_page(error, seat.language))

    def work() -> None:
        town.people.keep_factor(factor)
        seat.write("own-passkey")

    await town.submit(work)
    return to(seat, "/account")


@act("/account/passkeys/{factor:str}/remove", action="account.own", elevated=True)
async def remove_passkey(seat: Seated, factor: FromPath[str]) -> Response[Any]:
    """Forget one of the own passkeys."""
    own = {one.id: one for one in seat.town.people.factors(seat.staff, PASSKEY)}
    if factor not in own:
        raise Gone

    def work() -> None:
        seat.town.people.drop_factor(own[factor])
        seat.write("remove-passkey")

    await seat.town.submit(work)
    return to(seat, "/account")


@act("/account/sessions/{session:str}/end", action="account.own")
async def end_session(request: Request[Any, Any, Any], seat: Seated, session: FromPath[str]) -> Response[Any]:
    """End one of the own sessions."""
    sessions = house_of(request).sessions
    own = {one.hash.hex(): one for one in sessions.of(seat.town.code, seat.staff)}
    if session not in own:
        raise Gone
    sessions.control.end_session(own[session].hash)
    await seat.note("end-session", None, session[:8], DONE)
    return signed_out(seat) if own[session].hash == seat.session_row.hash else to(seat, "/account")


@act("/account/sign-out-everywhere", action="account.own")
async def sign_out_everywhere(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """End all own sessions, this one too."""
    house_of(request).sessions.control.end_sessions(seat.town.code, seat.staff)
    await seat.note("sign-out-everywhere")
    return signed_out(seat)


ROUTES: Final = (
    account_page, change_name, change_password, make_codes, make_passkey, remove_passkey, end_session,
    sign_out_everywhere,
)  # fmt: skip
