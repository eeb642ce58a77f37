"""The municipality's own look: a `theme.css`, and a logo at the head of every page. Nothing of either is ever run."""

from hashlib import sha256
from typing import Any, Final

from litestar import Request, Response
from litestar.datastructures import UploadFile

from backend.errors import status_of
from backend.municipality import themes
from backend.municipality.themes import ThemeRefused
from backend.web.desk.forms import said_of
from backend.web.desk.guarding import Gone, act, door, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated, Visiting
from forms.findings import Finding
from forms.theme.logos import BYTES_MAX
from forms.theme.sheets import BYTES_MAX as SHEET_BYTES_MAX
from forms.theme.tokens import table

HEADERS: Final = {  # whoever opens a logo by its address gets a drawing in a sandbox, in which no script runs
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains", "Cache-Control": "private, max-age=86400",
}  # fmt: skip
MARK_DIGITS: Final = 16


@page("/house/look", action="house.change")
async def look_page(seat: Seated) -> Response[str]:
    """The look of this municipality, and what may be brought."""
    return _shown(seat)


def _shown(seat: Seat, status: int = 200, findings: tuple[Finding, ...] = (), **more: Any) -> Response[str]:
    theme = seat.town.theme
    own = {*theme.light, *theme.dark}
    swatches = [
        {"name": name, "light": theme.colours("light")[name], "dark": theme.colours("dark")[name]}
        for name in table().colours
        if name in own
    ]
    facts: dict[str, Any] = {
        "swatches": swatches, "other": sorted(theme.other.items()),
        "findings": [said_of(seat, one) for one in findings],
        "fault": "", "came": None, "sheet_max": SHEET_BYTES_MAX, "logo_max": BYTES_MAX,
    }  # fmt: skip
    return render(seat, "house/look.html", status, here="house", **(facts | more))


@act("/house/look", action="house.change")
async def wear_sheet(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """Wear a `theme.css` as far as it can be used, and say what was left out."""
    try:
        sheet = await themes.wear(seat.town, await _file(request), seat.staff)
    except ThemeRefused as error:
        return _shown(seat, status_of(error.code), error.findings, fault="theme")
    return _shown(seat, 200, sheet.left_out, came={"count": sheet.count, "unused": sheet.unused})


async def _file(request: Request[Any, Any, Any]) -> bytes:
    file = (await request.form()).get("file")
    return await file.read() if isinstance(file, UploadFile) else b""


@act("/house/look/reset", action="house.change")
async def take_off(seat: Seated) -> Response[Any]:
    """Look as it ships again."""
    await themes.take_off(seat.town, seat.staff)
    return to(seat, "/house/look")


@act("/house/logo", action="house.change")
async def put_logo(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Show a logo at the head of every page."""
    alt = str((await request.form()).get("alt", ""))
    try:
        await themes.put_logo(seat.town, await _file(request), alt, seat.staff)
    except ThemeRefused as error:
        return _shown(seat, status_of(error.code), error.findings, fault="logo")
    return to(seat, "/house/look")


@act("/house/logo/remove", action="house.change")
async def remove_logo(seat: Seated) -> Response[Any]:
    """Show no logo any more."""
    await themes.take_logo_off(seat.town, seat.staff)
    return to(seat, "/house/look")


@door("/logo")
async def logo(visitor: Visiting) -> Response[bytes]:
    """The logo of the municipality: it is no secret, and heads the page on which people sign in."""
    found = visitor.town.logo
    if found is None:
        raise Gone
    etag = {"ETag": f'"{sha256(found.raw).hexdigest()[:MARK_DIGITS]}"'}
    return Response(found.raw, media_type=found.kind, headers=HEADERS | etag)


ROUTES: Final = (look_page, wear_sheet, take_off, put_logo, remove_logo, logo)
