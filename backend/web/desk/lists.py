"""Named lists (schools, districts): which there are, what stands in one, and the next version from a spreadsheet."""

from typing import Any, Final

from litestar import Request, Response
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from backend.desk.four_eyes import LIST as LIST_FOR_TWO
from backend.desk.four_eyes import SecondNeeded, waiting
from backend.desk.list_holding import publishing
from backend.errors import ROOM_ERRORS, MunicipalityLocked, status_of
from backend.municipality import lists as named_lists
from backend.municipality.lists import ListRefused
from backend.sentences import told_on_page
from backend.stores.rows import LIST
from backend.web.desk.forms import said_once
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.rendering import render
from backend.web.desk.seat import Seat, Seated
from forms.lists.lists import NamedList, list_to_csv
from forms.lists.versions import Change

TITLE_MAX: Final = 200  # signs
OF_WORDS: Final = ("added", "retired", "back")  # said by the words of the choice as they are
ITEMS_SHOWN_MAX: Final = 5_000  # of a list; the longest that a municipality has names every street


@page("/lists", action="forms.read")
async def lists(seat: Seated) -> Response[str]:
    """The lists that are published, and the form with which another version is brought."""
    return _listed(seat)


def _listed(seat: Seat, status: int = 200, **more: Any) -> Response[str]:
    names = [one.form.removeprefix(LIST) for one in seat.town.published.newest() if one.form.startswith(LIST)]
    found = [named for name in names if (named := named_lists.current(seat.town, name)) is not None]
    facts = {"lists": found, "name": "", "title": "", "fault": None, "findings": [], "changes": None, "anyway": False,
             "held": False, "alone": False,
             "waiting": {one.label for one in waiting(seat.town) if one.kind == LIST_FOR_TWO}}  # fmt: skip
    return render(seat, "forms/lists.html", status, here="forms", **(facts | more))


@act("/lists", action="lists.change", keeps=True)
async def revise(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """Publish the next version of a list from a table; a doubt is shown first, and let through by who means it."""
    typed = await request.form()
    name, title = str(typed.get("name", "")).strip(), str(typed.get("title", "")).strip()[:TITLE_MAX]
    file, anyway = typed.get("file"), bool(typed.get("anyway"))
    raw, filename = (await file.read(), file.filename) if isinstance(file, UploadFile) else (b"", "")
    kept = {"name": name[:TITLE_MAX], "title": title}
    try:
        revision = await named_lists.revise(
            seat.town, name, raw, filename, title, seat.staff, anyway=anyway,
            publishing_now=publishing(seat.town, name, seat.staff, str(typed.get("reason", ""))),
        )  # fmt: skip
    except MunicipalityLocked:
        raise
    except SecondNeeded as error:
        message, remedy = told_on_page(error, seat.language)
        return _listed(seat, status_of(error.code), fault=f"{message} {remedy}", anyway=anyway, alone=True, **kept)
    except ListRefused as error:
        message, remedy = told_on_page(error, seat.language)
        found = said_once(seat, error.findings)
        return _listed(seat, 422, fault=f"{message} {remedy}", findings=found, anyway=error.doubted, **kept)
    except ROOM_ERRORS as error:
        message, remedy = told_on_page(error, seat.language)
        return _listed(seat, status_of(error.code), fault=f"{message} {remedy}", **kept)
    changes = [changed(seat, change) for change in revision.changes]
    held = named_lists.waits(seat.town, revision)
    return _listed(seat, changes=changes, findings=said_once(seat, revision.findings), name=name, held=held)


def changed(seat: Seat, change: Change) -> dict[str, str]:
    """A change of one item in the language of a reader; what only others read, in theirs."""
    given, made = change.before, change.after
    parted = [one for one in {**given, **made} if given.get(one) != made.get(one)]
    shown = [seat.language] if not parted or seat.language in parted else parted
    if change.kind in OF_WORDS:
        before, after = (words.get(seat.language) or words.get("nl", "") for words in (given, made))
    else:
        before, after = (", ".join(words.get(one, "") for one in shown).strip(", ") for words in (given, made))
    return {"kind": change.kind, "code": change.code, "before": before, "after": after}


@page("/lists/{name:str}", action="forms.read")
async def one_list(seat: Seated, name: FromPath[str]) -> Response[str]:
    """The items of a list, those that are not offered any more too."""
    named = _named(seat, name)
    items = [item.document() for item in named.items[:ITEMS_SHOWN_MAX]]
    return render(seat, "forms/items.html", here="forms", named=named, items=items, count=len(named.items))


@page("/lists/{name:str}/table", action="forms.read")
async def table(seat: Seated, name: FromPath[str]) -> Response[bytes]:
    """The list as a table, to edit it and bring it again."""
    headers = {"Content-Disposition": "attachment"}
    return Response(list_to_csv(_named(seat, name)), media_type="text/csv", headers=headers)


def _named(seat: Seat, name: str) -> NamedList:
    named = named_lists.current(seat.town, name)
    if named is None:
        raise Gone
    return named


ROUTES: Final = (lists, revise, one_list, table)
