"""The beginning of a municipality's desk, which leads to what waits."""

from typing import Any, Final

from litestar import Response

from backend.web.desk.guarding import page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seated


@page("", action="today.read")
async def start(seat: Seated) -> Response[Any]:
    """Lead to the page of today."""
    return to(seat, "/today")


@page("/today", action="today.read")
async def today(seat: Seated) -> Response[str]:
    """The page of today."""
    return render(seat, "today/today.html")


ROUTES: Final = (start, today)
