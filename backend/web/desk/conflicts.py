"""The conflict desk: one queue of all that waits for a person, and a page for each that shows every answer in it."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from litestar import Request, Response
from litestar.params import FromPath

from backend.desk.asking import field_of, joined
from backend.desk.deciding import Chosen, ask_about, chosen_in, settle, undo
from backend.desk.decisions import DecisionChanged, DecisionUnknown
from backend.desk.history import History
from backend.desk.sights import Sight, short_name, sights_of
from backend.desk.threads import question_about
from backend.desk.waiting import Matter, Settled, is_decided_whole, matter_of, settled_of
from backend.desk.wording import Speaker
from backend.desk.writing import PageChanged, read_at
from backend.errors import ROOM_ERRORS, MunicipalityLocked, status_of
from backend.sentences import told
from backend.stores.records import COUNTED_MAX, Asked, Key, Records
from backend.web.desk.guarding import COUNTERS, Gone, act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from backend.web.desk.table_facts import counted

DECIDE: Final = ("conflicts.decide", "signals.decide")
PAGE_ROWS: Final = 50
DAY_MS: Final = 86_400_000
AGES: Final = (1, 7, 30)  # days since which something waits
ID_DIGITS: Final = 32


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


def _first(sight: Sight, after: Key | None, store: Records) -> list[Key]:
    """The first decision behind a key that waits for no answer of a worker."""
    rows = store.queue(Asked(sight.forms), after, PAGE_ROWS)
    threads = store.asked_of([row["record"] for row in rows])
    asked = {row["id"] for row in rows if threads.get((row["record"], question_about(row["id"])), {}).get("open")}
    return [(row["rank"], row["since_ms"], row["id"]) for row in rows if row["id"] not in asked][:1]


COUNTERS["conflicts"] = (DECIDE, waiting_count)


def _asked(seat: Seat, sight: Sight, wished: Filter, people: Mapping[str, str]) -> Asked:
    days = int(wished.age) if wished.age.isdigit() and int(wished.age) in AGES else 0
    before = seat.now_ms - days * DAY_MS if days else 0
    return Asked(sight.forms, wished.form, wished.name, people.get(wished.who, "-") if wished.who else "", before)


def _key(text: str) -> Key | None:
    parts = text.split("-")
    if len(parts) != 3 or not (parts[0].isdigit() and parts[1].isdigit() and len(parts[2]) == ID_DIGITS):
        return None
    return int(parts[0]), int(parts[1]), parts[2]


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
            rows.extend(_listed(row, speaker, threads, seat.now_ms) for row in found)
            total += store.queue_count(asked)

        await seat.keeper.look(read, workers=sight.workers)
    rows.sort(key=lambda row: row["key"])
    await seat.note("conflicts", None, f"{min(len(rows), PAGE_ROWS)}")
    last = rows[PAGE_ROWS - 1]["key"] if len(rows) > PAGE_ROWS else None
    return render(
        seat, "conflicts/queue.html", here="conflicts", rows=rows[:PAGE_ROWS],
        total=counted(total, seat.language), wished=wished,
        forms=sorted({(row["form"], speaker.title(row["form"])) for row in names}),
        questions=sorted({(row["name"], speaker.label(row["form"], row["name"])) for row in names}),
        people=sorted(people.items(), key=lambda one: one[1]), ages=AGES,
        next="-".join(map(str, last)) if last else "",
    )  # fmt: skip


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
        "asked": thread is not None and bool(thread["open"]),
        "days": max(0, now_ms - row["since_ms"]) // DAY_MS,
    }


def authors_in(words: str) -> list[str]:
    """The authors of some words, each once."""
    return list(dict.fromkeys(str(word["author"]) for word in decoded(words)))


def decoded(words: str) -> list[dict[str, Any]]:
    """Words as the tables keep them."""
    found: list[dict[str, Any]] = json.loads(words)
    return found


async def _found(seat: Seat, id_: str) -> tuple[dict[str, Any] | None, str]:
    """A thing that waits, with the sealed field of its record; nothing where it does not, or not for this person."""
    for sight in sights(seat):

        def read(store: Records, sight: Sight = sight) -> tuple[dict[str, Any] | None, str]:
            row = store.queued(id_, sight.forms)
            return row, read_at(seat, store, row["record"]) if row is not None else ""

        row, field = await seat.keeper.look(read, workers=sight.workers)
        if row is not None:
            return row, field
    return None, ""


async def _once(seat: Seat, id_: str) -> tuple[dict[str, Any], str, str | None]:
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


@page("/conflicts/{decision:str}", action=DECIDE)
async def detail(seat: Seated, decision: FromPath[str]) -> Response[str]:
    """One thing that waits; or what came of it."""
    row, field = await _found(seat, decision)
    if row is None:
        return await _settled(seat, decision)
    await seat.note("conflict", bytes.fromhex(row["record"]), row["kind"])
    speaker = Speaker(seat.town, seat.language)
    matter = matter_of(row, History(seat.town, bytes.fromhex(row["record"])), speaker)
    return await _page(seat, matter, speaker, field, Chosen())


async def _page(
    seat: Seat, matter: Matter, speaker: Speaker, field: str, typed: Chosen, failed: Exception | None = None
) -> Response[str]:
    """The page of something that waits, with what was typed, and why it was not done."""
    asked = await seat.keeper.look(lambda store: store.asked_of([matter.record]), workers=None)
    thread = asked.get((matter.record, question_about(matter.id)))
    fields = [(path, field_of(speaker, matter.form, path)) for path in _askable(matter)]
    message = told(failed, seat.language) if failed is not None else None  # type: ignore[arg-type]
    return render(
        seat, "conflicts/detail.html", status_of(failed.code) if failed is not None else 200,  # type: ignore[attr-defined]
        here="conflicts", matter=matter, read_at=field, typed=typed, failed=message,
        fields=[(path, one) for path, one in fields if one is not None], thread=thread,
        joined=typed.text or joined([{"author": card.author, "value": card.value} for card in matter.cards]),
        next=await _next(seat, (matter.rank, matter.since_ms, matter.id)),
        why=_why(matter), acts=[(choice, f"conflicts-do-{matter.kind}-{choice}") for choice in matter.choices],
        parts=_parts(matter, speaker), whole=is_decided_whole(matter.kind),
        people=sorted({card.author for card in matter.cards if not card.author.startswith("desk:")}),
    )  # fmt: skip


def _why(matter: Matter) -> str:
    """The code of the sentence that says why something waits."""
    return "conflicts-why-weigh" if matter.weighs else f"conflicts-why-{matter.kind}"


def _askable(matter: Matter) -> list[str]:
    """The questions that may be answered anew on the page."""
    if matter.kind == "hidden-parallel":
        return list(matter.hidden_by[:1])
    if matter.kind == "conflict":
        return [matter.name]
    return list(dict.fromkeys(path for card in matter.cards for path in card.paths)) if not matter.choices else []


def _parts(matter: Matter, speaker: Speaker) -> list[tuple[str, str, str]]:
    """The parts of answers that are lists: code, words, whose."""
    found: dict[str, list[str]] = {}
    for card in matter.cards:
        for code in card.value if isinstance(card.value, list) else ():
            found.setdefault(str(code), []).append(card.author)
    return [
        (code, speaker.answer(matter.form, matter.name, [code]), ", ".join(authors)) for code, authors in found.items()
    ]


@act("/conflicts/{decision:str}", action=DECIDE)
async def decide(request: Request[Any, Any, Any], seat: Seated, decision: FromPath[str]) -> Response[Any]:
    """Write what was decided, or ask; where it changed meanwhile, both are shown and what was typed is kept."""
    chosen = chosen_in(await request.form())
    row, field = await _found(seat, decision)
    if row is None:
        return await _settled(seat, decision, chosen)
    speaker = Speaker(seat.town, seat.language)
    matter = matter_of(row, History(seat.town, bytes.fromhex(row["record"])), speaker)
    try:
        if chosen.act == "ask":
            await ask_about(seat, matter, chosen)
        else:
            await settle(seat, matter, chosen, speaker)
    except (DecisionChanged, DecisionUnknown, PageChanged):
        await seat.keeper.catch_up()
        return await _settled(seat, decision, chosen)
    except MunicipalityLocked:
        raise
    except ROOM_ERRORS as error:
        return await _page(seat, matter, speaker, field, chosen, error)
    await seat.keeper.reached(seat.town.committed.position)
    return to(seat, f"/conflicts/{decision}")


async def _settled(seat: Seat, decision: str, typed: Chosen | None = None) -> Response[Any]:
    """The page of what was decided already; of what waits under another id now, that one with what was typed."""
    was, field, now = await _once(seat, decision)
    speaker = Speaker(seat.town, seat.language)
    if now is not None and typed is not None:
        row, field = await _found(seat, now)
        if row is not None:
            matter = matter_of(row, History(seat.town, bytes.fromhex(row["record"])), speaker)
            return await _page(seat, matter, speaker, field, typed, DecisionChanged(decision=decision))
    record = bytes.fromhex(was["record"])
    await seat.note("conflict", record, "settled")
    settled = settled_of(was, History(seat.town, record), speaker)
    return render(
        seat, "conflicts/settled.html", 200 if typed is None else 409, here="conflicts", settled=settled, id=decision,
        read_at=field, typed=typed, now=now, next=await _next(seat),
    )  # fmt: skip


async def _next(seat: Seat, after: Key | None = None) -> str:
    """The id of the next thing that waits; "" where nothing does."""
    found: list[Key] = []
    for sight in sights(seat):
        found += await seat.keeper.look(partial(_first, sight, after), workers=sight.workers)
    return min(found)[2] if found else ""


@act("/conflicts/{decision:str}/undo", action=DECIDE)
async def put_back(request: Request[Any, Any, Any], seat: Seated, decision: FromPath[str]) -> Response[Any]:
    """Put the answer that stood before in the place of what was decided."""
    form = await request.form()
    was, _, _ = await _once(seat, decision)
    speaker = Speaker(seat.town, seat.language)
    settled: Settled = settled_of(was, History(seat.town, bytes.fromhex(was["record"])), speaker)
    await undo(seat, settled, str(form.get("entry", "")), str(form.get("read_at", "")))
    await seat.keeper.reached(seat.town.committed.position)
    return to(seat, f"/conflicts/{decision}")


ROUTES: Final = (queue, detail, decide, put_back)
