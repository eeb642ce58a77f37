"""The records of a form as a table, its filters, and views: `/m/<code>/records/…`.

Whatever is asked for is posted, kept as a view and named by a random id: nothing personal stands in an address.
"""

from functools import partial
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from backend.desk.beginning import may_begin
from backend.desk.signs import titled
from backend.desk.telling import apart
from backend.desk.threads import line
from backend.desk.views import Views
from backend.desk.wishes import (
    NAME_MAX,
    Filter,
    Wish,
    faults,
    fitting,
    listing_of,
    read_wish,
    tabled,
    unpacked,
    usual,
)
from backend.sentences import library
from backend.stores.desk_store import View
from backend.stores.listing import CHANGED, Listing, Page, count, overview, sort_index
from backend.stores.listing import page as page_of
from backend.stores.records import Records
from backend.stores.telling import traits_of
from backend.web.desk import table_facts
from backend.web.desk.bulk import offered
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.reading import (
    READS,
    SIGNALS,
    Readable,
    list_codes,
    posted,
    readable,
    readable_form,
    speaker,
    workers_of,
)
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from backend.web.desk.table_facts import Words, counted
from forms.wording import ZONE, moment

UNPROCESSABLE: Final = 422
DROPS_MAX: Final = 6  # conditions of which each is tried without: a page of nothing takes no longer than one of rows


@page("/records", action=READS)
async def forms(seat: Seated) -> Response[str]:
    """Show the forms whose records a person may see, with how many there are."""
    found, said = readable(seat), []
    for slug, one in found.items():
        many, latest_ms = await seat.keeper.look(partial(overview, form=slug), workers=one.workers)
        said.append({
            "title": titled(one.form.title, seat.language, slug),
            "address": f"{seat.home}/records/{slug}", "count": counted(many, seat.language), "latest_ms": latest_ms,
        })  # fmt: skip
    await seat.note("records", None, "")
    return render(seat, "records/forms.html", here="records", forms=said)


@page("/records/{form:str}", action=READS)
async def table(
    seat: Seated,
    form: FromPath[str],
    view: FromQuery[str] = "",
    after: FromQuery[str] = "",
    before: FromQuery[str] = "",
) -> Response[str]:
    """Show a page of the records of a form: of a view, or all of them."""
    one = readable_form(seat, form)
    kept, named = await Views(seat.town).seen(view, form, seat.staff, _teams(seat))
    if view and kept is None:
        raise Gone
    wish, lost = fitting(unpacked(kept.wish), one.form) if kept is not None else (usual(one.form), ())
    wish = wish if wish.columns else msgspec.structs.replace(wish, columns=usual(one.form).columns)
    asked = listing_of(wish, one.form, ZONE)
    await _index(seat, asked)

    def work(store: Records) -> tuple[Page, int, dict[str, str]]:
        found = page_of(store, asked, after, before)
        return found, count(store, asked), _apart(seat, one, wish, store, [row["record"] for row in found.rows])

    found, many, told = await seat.keeper.look(work, workers=one.workers)
    drops = await _without(seat, one, wish) if not found.rows and wish.asks else []
    await seat.note("records", None, f"{form} {len(found.rows)} {view}".strip())
    shown = _shown(seat, one, wish, workers_of(seat, one), {}) | _paged(seat, form, view, found)
    shown |= {
        "count": counted(many, seat.language),
        "drops": drops,
        "lost": ", ".join(lost),
        **_named(seat, kept, named),
    }
    words = Words(speaker(seat), one.form, shown["words"])
    rows = table_facts.rows(words, wish, found, f"{seat.home}/record", partial(moment, language=seat.language), told)
    return render(seat, "records/table.html", **shown, rows=rows)


def _apart(seat: Seat, one: Readable, wish: Wish, store: Records, ids: list[str]) -> dict[str, str]:
    """The words that tell each record of a page apart, without its day where a column has it."""
    day = (one.form.own_day or "").removeprefix("/")
    found = traits_of(store, ids, {one.form.slug: one.form})
    dated = not day or day not in wish.columns
    return {record: apart(traits, speaker(seat), seat.named, dated=dated) for record, traits in found.items()}


@act("/records/{form:str}", action=READS)
async def ask(seat: Seated, request: Request[Any, Any, Any], form: FromPath[str]) -> Response[Any]:
    """Keep what a person asks for as a view and lead to it; what does not fit is said beside its field."""
    one, fields = readable_form(seat, form), await posted(request)
    wish = _changed(read_wish(fields), fields)
    workers = workers_of(seat, one)
    found = faults(wish, one.form, workers, list_codes(seat, one.form))
    if not found:
        id_ = await Views(seat.town).keep(seat.staff, form, wish)
        opened = "&open=yes" if fields.get("do") == ["add"] or fields.get("drop") else ""
        return Redirect(f"{seat.home}/records/{form}?view={id_}{opened}", status_code=303)
    said = {name: library().words(one_, seat.language) for name, one_ in found.items()}
    shown = _shown(seat, one, wish, workers, said) | _named(seat, None, [])
    return render(seat, "records/table.html", UNPROCESSABLE, **shown, rows=[], count=None, drops=[], lost="",
                  before="", after="")  # fmt: skip


@act("/records/{form:str}/views/{view:str}", action=READS)
async def keep_view(
    seat: Seated, request: Request[Any, Any, Any], form: FromPath[str], view: FromPath[str]
) -> Response[Any]:
    """Give a view a name, for oneself or the own team; or remove it."""
    readable_form(seat, form)
    fields, views, teams = await posted(request), Views(seat.town), _teams(seat)
    kept, _ = await views.seen(view, form, seat.staff, teams)
    if kept is None or kept.staff != seat.staff:
        raise Gone
    if fields.get("do") == ["drop"]:
        await views.drop(kept)
        await seat.note("view", None, f"{form} {view} -")
        return to(seat, f"/records/{form}")
    name, team = line(fields.get("name", [""])[0], NAME_MAX), fields.get("team", [""])[0]
    await views.name(kept, name, team if name and team in teams else "")
    await seat.note("view", None, f"{form} {view}")
    return to(seat, f"/records/{form}?view={view}")


def _teams(seat: Seat) -> list[str]:
    return [team.id for team in seat.town.people.teams() if seat.staff in team.staff]


def _changed(wish: Wish, fields: dict[str, list[str]]) -> Wish:
    """A posted wish with what one of its buttons does: sort, add a filter, leave one out."""
    replace = msgspec.structs.replace
    if by := fields.get("by", [""])[0]:
        wish = replace(wish, sort=by, down=not wish.down if by == wish.sort else by == CHANGED)
    added = fields.get("add", [""])[0]
    if added and added not in {one.question for one in wish.filters}:
        wish = replace(wish, filters=(*wish.filters, Filter(added)))
    if drop := fields.get("drop", [""])[0]:
        wish = replace(wish, filters=tuple(one for one in wish.filters if one.question != drop))
    return wish


async def _index(seat: Seat, asked: Listing) -> None:
    """Make what a sort needs, by whoever keeps the tables; only where it is not there."""
    if asked.sort != CHANGED:
        await seat.keeper.read(partial(sort_index, asked=asked))


async def _without(seat: Seat, one: Readable, wish: Wish) -> list[dict[str, Any]]:
    """The conditions without which something would be found, each with how much."""
    tried = [*table_facts.without_each(wish)][:DROPS_MAX]
    words = Words(speaker(seat), one.form, lambda code: library().phrase(code, seat.language))

    def work(store: Records) -> list[int]:
        return [count(store, listing_of(left, one.form, ZONE)) for _, left in tried]

    counts = await seat.keeper.look(work, workers=one.workers)
    own = {"search": "records-search", "state": "records-state", "worker": "records-worker",
           "review": "records-review", "since": "records-changed-between"}  # fmt: skip
    found = []
    for (name, _), many in zip(tried, counts, strict=True):
        question = words.columns.get(name)
        label = words.said(own[name]) if question is None or name in own else words.label(question)
        found += [{"label": label, "count": counted(many, seat.language)}] * bool(many)
    return found


def _shown(seat: Seat, one: Readable, wish: Wish, workers: list[str], said: dict[str, str]) -> dict[str, Any]:
    """The facts of the page but its rows."""
    language = seat.language
    words = Words(speaker(seat), one.form, lambda code, **facts: library().phrase(code, language, **facts))
    known = [name for name in wish.columns if name in tabled(one.form)]
    fields = table_facts.filters(words, wish, said, list_codes(seat, one.form))
    fitted = msgspec.structs.replace(wish, columns=tuple(known))
    return {
        "here": "records", "words": words.said, "wish": wish, "faults": said, "filters": fields,
        "columns": table_facts.headers(words, fitted), "open": bool(said) or any(
            fact["filter"] == Filter(fact["name"]) for fact in fields
        ),
        "form": {"title": titled(one.form.title, language, one.form.slug)},
        "address": f"{seat.home}/records/{one.form.slug}", "records_address": f"{seat.home}/records",
        "may_begin": seat.scope_in("records.edit", signal=one.action == SIGNALS) and may_begin(seat, one.form.slug),
        **table_facts.choices(words, workers), **offered(seat, one),
    }  # fmt: skip


def _named(seat: Seat, kept: View | None, named: list[View]) -> dict[str, Any]:
    """The facts about views."""
    teams = [team for team in seat.town.people.teams() if seat.staff in team.staff]
    said = partial(library().phrase)
    offered = [("", said("records-for-me", seat.language))]
    offered += [(team.id, said("records-for-team", seat.language, team=team.shown_name)) for team in teams]
    own = kept is not None and kept.staff == seat.staff
    return {
        "views": named, "view_id": kept.id if kept is not None else "", "own_view": own,
        "view_name": kept.name if kept is not None else "", "view_team": kept.team if kept is not None else "",
        "teams": offered if teams else [],
    }  # fmt: skip


def _paged(seat: Seat, form: str, view: str, found: Page) -> dict[str, str]:
    """The addresses of the pages before and after; they name a record, and nothing of it."""
    here = f"{seat.home}/records/{form}?" + (f"view={view}&" if view else "")
    first, last = (found.rows[0]["record"], found.rows[-1]["record"]) if found.rows else ("", "")
    return {
        "before": f"{here}before={first}" if found.before else "",
        "after": f"{here}after={last}" if found.after else "",
    }


ROUTES: Final = (forms, table, ask, keep_view)
