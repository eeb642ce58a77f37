"""The page of one thing that waits for a person, with every answer in it, and the page of what came of it."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath

from backend.desk.arguments import DESK_WORKER
from backend.desk.asking import field_of, joined
from backend.desk.deciding import Chosen, amend, ask_about, chosen_in, meant, settle
from backend.desk.decisions import DecisionChanged, DecisionUnknown
from backend.desk.history import History
from backend.desk.moving import compared, siblings
from backend.desk.outcome import Settled, settled_of
from backend.desk.telling import told
from backend.desk.threads import proposal_of, question_about
from backend.desk.waiting import Matter, is_decided_whole, matter_of
from backend.desk.weighing import TWO_FROM, First, chosen_lower
from backend.desk.wording import Speaker
from backend.desk.writing import PageChanged, form_of
from backend.errors import ROOM_ERRORS, MunicipalityLocked, status_of
from backend.sentences import told_on_page
from backend.stores.queue_rows import CONFLICT, FIRST_LISTED
from backend.stores.records import Records
from backend.web.desk.conflicts import DECIDE, found, next_of, once, sights
from backend.web.desk.guarding import act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from backend.web.desk.settled import in_words
from picture.choices import ITEM

Row = dict[str, Any]


@page("/conflicts/{decision:str}", action=DECIDE)
async def detail(seat: Seated, decision: FromPath[str]) -> Response[str]:
    """One thing that waits; or what came of it."""
    row, field = await found(seat, decision)
    if row is None:
        return await _settled(seat, decision)
    await seat.note("conflict", bytes.fromhex(row["record"]), row["kind"])
    return await _page(seat, row, field, Chosen())


async def _page(seat: Seat, row: Row, field: str, typed: Chosen, failed: Exception | None = None) -> Response[str]:
    """The page of something that waits, with what was typed, and why it was not done."""
    speaker = Speaker(seat.town, seat.language)
    matter, moves, beside = await seat.keeper.apart(partial(_drawn, seat, row, speaker))
    threads = await seat.keeper.look(lambda store: store.asked_of([matter.record]), workers=None)
    workers = next((sight.workers for sight in sights(seat) if matter.form in sight.forms), ())
    apart = await seat.keeper.look(
        lambda store: told(store, [matter.record], speaker, seat.named), workers=workers
    )  # its number is among those that this person reads
    fields = [(path, field_of(speaker, matter.form, path)) for path in _askable(matter)]
    return render(
        seat, "conflicts/detail.html", status_of(failed.code) if failed is not None else 200,  # type: ignore[attr-defined]
        here="conflicts", matter=matter, read_at=field, typed=typed, failed=_said(seat, failed),
        apart=apart.get(matter.record, {}).get("apart", ""),
        fields=[(path, one) for path, one in fields if one is not None],
        thread=threads.get((matter.record, question_about(matter.id))),
        joined=typed.text or joined([{"author": seat.named(one.author), "value": one.value} for one in matter.cards]),
        next=await next_of(seat, (matter.rank, matter.since_ms, matter.id)),
        why=_why(matter), acts=[(choice, f"conflicts-do-{matter.kind}-{choice}") for choice in matter.choices],
        parts=_parts(seat, matter, speaker), whole=is_decided_whole(matter.kind), moves=moves,
        compared=beside,
        proposed=_proposed(seat, (matter.id, matter.record, matter.form, matter.name), threads, speaker),
        others=seat.desk.glances.others(seat.town.code, matter.id, seat.staff, seat.now_ms),
        people=sorted({card.author for card in matter.cards if not card.author.startswith(DESK_WORKER)}),
    )  # fmt: skip


def _drawn(seat: Seat, row: Row, speaker: Speaker) -> tuple[Matter, list[Any], list[Any]]:
    """The matter of a row of the queue, the items to which its answers may be moved, and all their answers."""
    history = History(seat.town, bytes.fromhex(row["record"]))
    matter, picture = matter_of(row, history, speaker), history.picture()
    moves = siblings(picture, matter.name, speaker) if matter.kind == ITEM else []
    return matter, moves, compared(picture, matter.name, speaker) if moves else []


def _settled_of(seat: Seat, was: Row, speaker: Speaker) -> Settled:
    return settled_of(was, History(seat.town, bytes.fromhex(was["record"])), speaker)


def _said(seat: Seat, failed: Exception | None) -> Any:
    return told_on_page(failed, seat.language) if failed is not None else None  # type: ignore[arg-type]


def _why(matter: Matter) -> str:
    """The code of the sentence that says why something waits."""
    if matter.weighs:
        return "conflicts-why-two" if matter.level >= TWO_FROM else "conflicts-why-weigh"
    return "conflicts-why-proposed" if matter.proposed else f"conflicts-why-{matter.kind}"


def _askable(matter: Matter) -> list[str]:
    """The questions that may be answered anew on the page."""
    if matter.kind == "hidden-parallel":
        return list(matter.hidden_by[:1])
    if matter.kind == CONFLICT:
        return [matter.name]
    return list(dict.fromkeys(path for card in matter.cards for path in card.paths)) if not matter.choices else []


def _parts(seat: Seat, matter: Matter, speaker: Speaker) -> list[tuple[str, str, str]]:
    """The parts of answers that are lists: code, words, whose."""
    parts: dict[str, list[str]] = {}
    for card in matter.cards:
        for code in card.value if isinstance(card.value, list) else ():
            parts.setdefault(str(code), []).append(seat.named(card.author))
    return [
        (code, speaker.answer(matter.form, matter.name, [code]), ", ".join(authors)) for code, authors in parts.items()
    ]


def _proposed(
    seat: Seat, about: tuple[str, str, str, str], threads: Mapping[tuple[str, str], Row], speaker: Speaker
) -> list[Row]:
    """The less protective answers that somebody chose, and that wait for a second reader: answer, reason, whose."""
    id_, record, slug, name = about
    form = speaker.form(slug)
    question = form.leaf(name) if form is not None and name.startswith("/") else None
    rows: list[Row] = []
    for value in (*question.codes, None) if question is not None and question.merge == FIRST_LISTED else ():
        thread = threads.get((record, proposal_of(id_, value)))
        for text in thread["texts"] if thread is not None else ():
            if text["author"].startswith(DESK_WORKER) and text["text"] is not None:
                own = text["author"] == f"{DESK_WORKER}{seat.staff}"
                rows.append({**text, "said": speaker.answer(slug, name, value), "own": own})
    return rows


@act("/conflicts/{decision:str}", action=DECIDE, keeps=True)
async def decide(request: Request[Any, Any, Any], seat: Seated, decision: FromPath[str]) -> Response[Any]:
    """Write what was decided, or ask; where it changed meanwhile, both are shown and what was typed is kept."""
    chosen = chosen_in(await request.form())
    row, field = await found(seat, decision)
    if row is None:
        return await _settled(seat, decision, chosen)
    speaker = Speaker(seat.town, seat.language)
    matter, _, _ = await seat.keeper.apart(partial(_drawn, seat, row, speaker))
    chosen = meant(chosen, matter)
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
        return await _page(seat, row, field, chosen, error)
    await seat.keeper.reached(seat.town.committed.position)
    return to(seat, f"/conflicts/{decision}")


async def _settled(
    seat: Seat, decision: str, typed: Chosen | None = None, failed: Exception | None = None
) -> Response[Any]:
    """The page of what was decided already; of what waits under another id now, that one with what was typed."""
    was, field, now = await once(seat, decision)
    if now is not None and typed is not None:
        row, field = await found(seat, now)
        if row is not None:
            return await _page(seat, row, field, typed, DecisionChanged(decision=decision))
    speaker, record = Speaker(seat.town, seat.language), bytes.fromhex(was["record"])
    await seat.note("conflict", record, "settled")
    settled = await seat.keeper.apart(partial(_settled_of, seat, was, speaker))

    def read(store: Records) -> tuple[Row | None, list[First]]:
        form = form_of(store, seat.town, was["record"])
        firsts = chosen_lower(store, seat.town, was["record"], form) if settled.kind == CONFLICT else []
        return store.settled_as(decision), [one for one in firsts if one.path == settled.name]

    row, firsts = await seat.keeper.look(read, workers=None)
    status = status_of(failed.code) if failed is not None else 200 if typed is None else 409  # type: ignore[attr-defined]
    last, mine = "" if row is None else row["then_author"] or row["author"], f"{DESK_WORKER}{seat.staff}"
    return render(
        seat, "conflicts/settled.html", status, here="conflicts", settled=settled, id=decision, read_at=field,
        typed=typed, now=now, failed=_said(seat, failed), next=await next_of(seat), did=_did(settled),
        first=None if row is None else in_words(row, speaker), own=last == mine,
        instead=[(choice, f"conflicts-after-{settled.kind}-{choice}") for choice in settled.instead],
        proposed=[
            {"author": one.author, "at_ms": one.at_ms, "text": one.reason, "own": one.author == mine,
             "said": speaker.answer(settled.form, settled.name, one.value)}
            for one in firsts
        ],
    )  # fmt: skip


def _did(settled: Settled) -> str:
    """The code of the sentence that says which choice stands."""
    return f"conflicts-did-{settled.kind}-{settled.did}" if settled.did else ""


@act("/conflicts/{decision:str}/undo", action=DECIDE, keeps=True)
async def put_back(request: Request[Any, Any, Any], seat: Seated, decision: FromPath[str]) -> Response[Any]:
    """Undo what was decided, put another answer in its place, or make another choice after all."""
    chosen = chosen_in(await request.form())
    was, _, _ = await once(seat, decision)
    speaker = Speaker(seat.town, seat.language)
    settled = await seat.keeper.apart(partial(_settled_of, seat, was, speaker))
    try:
        await amend(seat, settled, chosen)
    except MunicipalityLocked:
        raise
    except ROOM_ERRORS as error:
        await seat.keeper.catch_up()
        return await _settled(seat, decision, chosen, error)
    await seat.keeper.reached(seat.town.committed.position)
    return to(seat, f"/conflicts/{decision}")


ROUTES: Final = (detail, decide, put_back)
