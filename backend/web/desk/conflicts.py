"""The conflict desk: one queue of all that waits for a person; the page of each is in `conflict.py`."""

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from litestar import Request, Response

from backend.desk.arguments import DESK_WORKER
from backend.desk.sights import Sight, short_name, sights_of
from backend.desk.telling import told
from backend.desk.threads import question_about
from backend.desk.weighing import is_first, proposers
from backend.desk.wording import Speaker
from backend.desk.writing import read_at
from backend.stores.queue_rows import FIRST_LISTED
from backend.stores.records import COUNTED_MAX, Asked, Key, Records, SettledWish
from backend.web.desk.guarding import COUNTERS, Gone, page
from backend.web.desk.rendering import render
from backend.web.desk.seat import Seat, Seated
from backend.web.desk.table_facts import counted

DECIDE: Final = ("conflicts.decide", "signals.decide")
PAGE_ROWS: Final = 50
DAY_MS: Final = 86_400_000
AGES: Final = (1, 7, 30)  # days since which something waits
KEY: Final = re.compile(r"([0-9])-([0-9]{1,15})-([0-9a-f]{32})")  # rank, time and id, behind which a page begins


class Filter(NamedTuple):
    """The part of the queue that an address asks for: nothing there names a person or an answer."""

    form: str = ""
    name: str = ""
    who: str = ""
    age: str = ""


def sights(seat: Seat) -> list[Sight]:
    """The forms and workers in which a person may decide."""
    return sights_of(seat.town, seat.workers, lambda action: seat.scope(action) is not None, *DECIDE)


async def waiting_count(seat: Seat) -> int:
    """The number of decisions that wait for a person."""
    total = 0
    for sight in sights(seat):
        total += await seat.keeper.look(partial(_count, sight), workers=sight.workers)
    return min(total, COUNTED_MAX)


def _count(sight: Sight, store: Records) -> int:
    return store.queue_count(Asked(sight.forms))


def _first(seat: Seat, sight: Sight, after: Key | None, store: Records) -> list[Key]:
    """The first decision behind a key that waits for nobody else: an answer of a worker, or a second reader."""
    rows, speaker = store.queue(Asked(sight.forms), after, PAGE_ROWS), Speaker(seat.town, seat.language)
    threads = store.asked_of([row["record"] for row in rows])
    for row in rows:
        asked = threads.get((row["record"], question_about(row["id"])), {}).get("open")
        if not asked and not is_first(seat.town, seat.staff, weighed_by(row, speaker, threads)):
            return [(row["rank"], row["since_ms"], row["id"])]
    return []


def weighed_by(row: Mapping[str, Any], speaker: Speaker, threads: Mapping[Any, Any]) -> set[str]:
    """The accounts that chose a less protective answer for a row of the queue, which waits for a second reader."""
    form = speaker.form(row["form"]) if row["policy"] == FIRST_LISTED else None
    question = form.leaf(row["name"]) if form is not None else None
    values = (*question.codes, None) if question is not None else ()
    return set().union(*(proposers(threads, row["record"], row["id"], value) for value in values))


async def next_of(seat: Seat, after: Key | None = None) -> str:
    """The id of the next thing that waits; "" where nothing does."""
    keys: list[Key] = []
    for sight in sights(seat):
        keys += await seat.keeper.look(partial(_first, seat, sight, after), workers=sight.workers)
    return min(keys)[2] if keys else ""


COUNTERS["conflicts"] = (DECIDE, waiting_count)


def _asked(seat: Seat, sight: Sight, wished: Filter, people: Mapping[str, str]) -> Asked:
    days = next((days for days in AGES if str(days) == wished.age), 0)
    before = seat.now_ms - days * DAY_MS if days else 0
    return Asked(sight.forms, wished.form, wished.name, people.get(wished.who, "-") if wished.who else "", before)


def _key(text: str) -> Key | None:
    found = KEY.fullmatch(text)
    return (int(found[1]), int(found[2]), found[3]) if found else None


@page("/conflicts", action=DECIDE)
async def queue(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """The queue: the protective first, then what fails after merging, then all others; in each the oldest first."""
    wished = Filter(*(str(request.query_params.get(name, ""))[:200] for name in Filter._fields))
    after, total = _key(str(request.query_params.get("after", ""))), 0
    rows: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    people: dict[str, str] = {}
    speaker = Speaker(seat.town, seat.language)
    for sight in sights(seat):

        def read(store: Records, sight: Sight = sight) -> None:
            nonlocal total
            names.extend(store.queued_names(sight.forms))
            people.update({short_name(seat.town, worker): worker for worker in store.queued_people(sight.forms)})
            asked = _asked(seat, sight, wished, people)
            found = store.queue(asked, after, PAGE_ROWS + 1)
            threads = store.asked_of([row["record"] for row in found])
            apart = told(store, [row["record"] for row in found], speaker, seat.named)
            rows.extend({**_listed(row, speaker, threads, seat.now_ms), **apart[row["record"]]} for row in found)
            total += store.queue_count(asked)

        await seat.keeper.look(read, workers=sight.workers)
    rows.sort(key=lambda row: row["key"])
    await seat.note("conflicts", None, f"{min(len(rows), PAGE_ROWS)}")
    meanwhile = await _meanwhile(seat, wished, speaker) if after is None else []
    last = rows[PAGE_ROWS - 1]["key"] if len(rows) > PAGE_ROWS else None
    return render(
        seat, "conflicts/queue.html", here="conflicts", rows=rows[:PAGE_ROWS], meanwhile=meanwhile,
        total=counted(total, seat.language), wished=wished,
        forms=sorted({(row["form"], speaker.title(row["form"])) for row in names}),
        questions=sorted({(row["name"], speaker.label(row["form"], row["name"])) for row in names}),
        people=sorted(people.items(), key=lambda one: one[1]), ages=AGES,
        next="-".join(map(str, last)) if last else "",
    )  # fmt: skip


async def _meanwhile(seat: Seat, wished: Filter, speaker: Speaker) -> list[dict[str, Any]]:
    """The rows that colleagues settled since this person last loaded the queue: a row does not vanish unseen."""
    since_ms = seat.desk.glances.loaded(seat.town.code, seat.staff, seat.now_ms)
    found: list[dict[str, Any]] = []
    for sight in sights(seat) if since_ms else ():

        def read(store: Records, sight: Sight = sight) -> None:
            wish = SettledWish(sight.forms, wished.form, but=f"{DESK_WORKER}{seat.staff}", after_ms=since_ms)
            rows = [row for row in store.settled(wish, None, PAGE_ROWS) if wished.name in ("", row["name"])]
            apart = told(store, [row["record"] for row in rows], speaker, seat.named)
            for row in rows:
                name, slug = row["name"], row["form"]
                label = speaker.label(slug, name) if name.startswith("/") else speaker.title(slug)
                found.append({**row, "label": label, "title": speaker.title(slug), **apart[row["record"]]})

        await seat.keeper.look(read, workers=sight.workers)
    return found


def _listed(row: dict[str, Any], speaker: Speaker, threads: Mapping[Any, Any], now_ms: int) -> dict[str, Any]:
    """A row of the queue in words."""
    matter_words = row["survivors"] or row["words"] or row["fault_words"] or "[]"
    name, slug = row["name"], row["form"]
    thread = threads.get((row["record"], question_about(row["id"])))
    return {
        **row,
        "key": (row["rank"], row["since_ms"], row["id"]),
        "kind_code": f"conflicts-kind-{row['kind']}",
        "label": speaker.label(slug, name) if name.startswith("/") else speaker.title(slug),
        "title": speaker.title(slug),
        "authors": authors_in(matter_words),
        "fails": json.loads(row["said"]).get(speaker.language, "") if row["said"] else "",
        "asked": thread is not None and bool(thread["open"]),
        "second": bool(weighed_by(row, speaker, threads)),
        "days": max(0, now_ms - row["since_ms"]) // DAY_MS,
    }


def authors_in(words: str) -> list[str]:
    """The authors of some words, each once."""
    return list(dict.fromkeys(str(word["author"]) for word in decoded(words)))


def decoded(words: str) -> list[dict[str, Any]]:
    """Words as the tables keep them."""
    found: list[dict[str, Any]] = json.loads(words)
    return found


async def found(seat: Seat, id_: str) -> tuple[dict[str, Any] | None, str]:
    """A thing that waits, with the sealed field of its record; nothing where it does not, or not for this person."""
    for sight in sights(seat):

        def read(store: Records, sight: Sight = sight) -> tuple[dict[str, Any] | None, str]:
            row = store.queued(id_, sight.forms)
            return row, read_at(seat, store, row["record"]) if row is not None else ""

        row, field = await seat.keeper.look(read, workers=sight.workers)
        if row is not None:
            return row, field
    return None, ""


async def once(seat: Seat, id_: str) -> tuple[dict[str, Any], str, str | None]:
    """The record, kind and name that once had this id, the sealed field, and the id under which it waits now."""
    for sight in sights(seat):

        def read(store: Records, sight: Sight = sight) -> tuple[dict[str, Any], str, str | None] | None:
            for was in store.once_named(id_):
                if store.in_form(was["record"], sight.forms) is not None:
                    now = store.waits_in(was["record"], was["kind"], was["name"])
                    return {**was, "id": id_}, read_at(seat, store, was["record"]), now
            return None

        found = await seat.keeper.look(read, workers=sight.workers)
        if found is not None:
            return found
    raise Gone


ROUTES: Final = (queue,)
