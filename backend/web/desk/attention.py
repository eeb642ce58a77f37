"""Attention: remarks about records that are no decision; each with what it means and a way to do something about it.

A remark goes when what it says is mended, or when somebody sets it aside with a reason, which the workers read: that is
an entry of the record, and is taken back by another. What has to be decided stands in the queue of conflicts, and only
there.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Final, NamedTuple, TypeVar

from litestar import Request, Response

from backend.desk.attention_kinds import KINDS
from backend.desk.granting import give, may_give
from backend.desk.sights import Sight, sights_of
from backend.desk.telling import told
from backend.desk.threads import whole
from backend.desk.wording import Speaker
from backend.desk.writing import read_at, write_seen
from backend.errors import ROOM_ERRORS, BackendError, MunicipalityLocked, status_of
from backend.sentences import Kept, library, told_on_page
from backend.stores.records import Records
from backend.web.desk.guarding import act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from forms.definition.document import Form
from forms.paths import item_of, template
from picture.choices import FORKED
from sync.facts import DECLINED

SEES: Final = ("attention.decide", "signals.decide")
PAGE_ROWS: Final = 50
NOT_GRANTED: Final = "held-not-granted"  # its words count as soon as its author may write in the record
TO_KNOW: Final = ("after-withdrawal", "clock-ahead", "local-only")
BY_ITSELF: Final = ("no-key", "no-body", "held-incomplete")
FORM: Final = "unknown-form"
OF_PHONES: Final = ("clock-ahead", "held-uncertified")  # about a phone, which its page says more of
OF_ACCESS: Final = (NOT_GRANTED, "after-withdrawal")  # access is given and taken on the page of the record
ASIDE, AGAIN, COPY = "aside", "again", "copy"  # what is done with a remark; without a name its author is let in
T = TypeVar("T")


class SeenReasonNeeded(BackendError):
    """A remark is set aside, and shown again, for a reason: a colleague knows why it is there or not."""

    code: ClassVar[str] = "seen-reason-needed"


def sights(seat: Seat) -> list[Sight]:
    """The forms and workers whose remarks a person sees."""
    return sights_of(seat.town, seat.workers, lambda action: seat.scope(action) is not None, *SEES)


def way_of(kind: str) -> str:
    """The code of what can be done about a kind of remark."""
    if kind == NOT_GRANTED:
        return "conflicts-way-grant"
    if kind in BY_ITSELF:
        return "conflicts-way-waits"
    if kind == FORM:
        return "conflicts-way-form"
    if kind in TO_KNOW:
        return "conflicts-way-know"
    return "conflicts-way-odd" if kind.startswith(("held-", "failed-", "bad-", "not-an")) else "conflicts-way-ask"


class Lead(NamedTuple):
    """The page on which something is done about a remark: the code of its words, and its address below the desk's."""

    words: str
    path: str


def lead_of(kind: str, record: str, name: str, form: Form | None, may: Callable[[str], bool]) -> Lead:
    """The page to which a remark leads: nothing stands here without one, whatever its kind."""
    if name.startswith("/") and form is not None and (may("records.edit") or may("signals.decide")):
        there, item = template(name), (item_of(name) or "").rpartition("/")[2]
        for number, section in enumerate(form.sections):
            if there in section.questions:
                at = f"/record/{record}/edit/{number}"
                return Lead("conflicts-lead-edit", f"{at}?item={item}" if item else at)
    if kind == FORM and may("forms.read"):
        return Lead("conflicts-lead-forms", "/forms")
    if kind in OF_PHONES and may("devices.read"):
        return Lead("conflicts-lead-phones", "/devices")
    if kind in OF_ACCESS:
        return Lead("conflicts-lead-access", f"/record/{record}")
    return Lead("conflicts-lead-course", f"/record/{record}/course")


@page("/attention", action=SEES)
async def attention(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """The remarks, by kind; or those that a colleague set aside."""
    return await _page(seat, Asked.of(request))


class Asked(NamedTuple):
    """The part of the remarks that an address asks for: of one kind, from behind a key on, those set aside."""

    kind: str = ""
    after: tuple[str, str, str] = ("", "", "")
    aside: bool = False

    @classmethod
    def of(cls, request: Request[Any, Any, Any]) -> "Asked":
        """The part that an address names."""
        wished = str(request.query_params.get("kind", ""))
        given = str(request.query_params.get("after", "")).split("~")
        after = (given[0], given[1], given[2]) if len(given) == 3 else ("", "", "")
        return cls(wished if wished in KINDS else "", after, bool(request.query_params.get("aside")))


async def _page(seat: Seat, asked: Asked, failed: Any = None, typed: tuple[str, str] = ("", "")) -> Response[str]:
    """The page of remarks; `typed` is the reason that somebody typed for a remark, named by its path."""
    rows: list[dict[str, Any]] = []
    kinds: dict[str, int] = {}
    speaker = Speaker(seat.town, seat.language)
    for sight in sights(seat):

        def read(store: Records, sight: Sight = sight) -> None:
            found = store.notes(sight.forms, asked.kind, asked.after, PAGE_ROWS + 1, aside=asked.aside)
            threads = store.asked_of([row["record"] for row in found])
            apart = told(store, [row["record"] for row in found], speaker, seat.named)
            for row in found:
                listed = _listed(seat, store, row, speaker, threads.get((row["record"], row["aside"])))
                rows.append({**listed, **apart[row["record"]]})
            for name, count in store.note_kinds(sight.forms, KINDS):
                kinds[name] = kinds.get(name, 0) + count

        await seat.keeper.look(read, workers=sight.workers)
    rows.sort(key=lambda row: (row["kind"], row["record"], row["name"]))
    await seat.note("attention", None, f"{min(len(rows), PAGE_ROWS)}")
    last = rows[PAGE_ROWS - 1] if len(rows) > PAGE_ROWS else None
    return render(
        seat, "conflicts/attention.html", 200 if failed is None else status_of(failed.code), here="attention",
        rows=rows[:PAGE_ROWS], copies=[] if asked.aside or asked.kind else copies(seat), asked=asked, typed=typed,
        kinds=[(name, library().line(f"kind-{name}", seat.language), count) for name, count in sorted(kinds.items())],
        failed=told_on_page(failed, seat.language) if failed is not None else None,
        next=f"{last['kind']}~{last['record']}~{last['name']}" if last else "",
    )  # fmt: skip


def _listed(
    seat: Seat, store: Records, row: dict[str, Any], speaker: Speaker, thread: dict[str, Any] | None
) -> dict[str, Any]:
    name, kind = str(row["name"]), row["kind"]
    detail = library().kept(Kept(row["detail"]), speaker.language)
    lets_in = kind == NOT_GRANTED and may_give(seat.standing, row["form"], row["detail"])
    can_aside = bool(row["form"]) and kind not in BY_ITSELF and store.shown_of(row["record"]) is not None
    return {
        **row, "title": speaker.title(row["form"]), "words": library().line(f"kind-{kind}", speaker.language),
        "label": speaker.label(row["form"], name) if name.startswith("/") else "", "said": detail,
        "lead": lead_of(
            kind, row["record"], name, speaker.form(row["form"]), lambda action: seat.scope(action) is not None
        ),
        "way": "conflicts-way-team" if kind == NOT_GRANTED and not lets_in else way_of(kind),
        "author": row["detail"] if lets_in else "",
        "read_at": read_at(seat, store, row["record"]) if can_aside else "",
        "by": [text for text in thread["texts"] if text["text"]] if thread is not None else [],
    }  # fmt: skip


def copies(seat: Seat) -> list[dict[str, str]]:
    """The words of copied phones in records of which nothing else is held, as far as they are of a person's workers.

    Nobody can read them here; who set them aside, or who reads signals, is asked no more.
    """
    book = seat.town.book
    wide = any(sight.workers is None for sight in sights(seat))
    own = frozenset().union(*(sight.workers or () for sight in sights(seat)))
    found = []
    for hash_, device, record in seat.town.kept_entries.forked_elsewhere():
        certificate = book.certificates.get(device)
        worker = certificate.worker if certificate is not None else ""
        if not book.declined(hash_) and (wide or worker in own):
            found.append({"record": record.hex(), "name": hash_.hex(), "author": worker})
    return found


@act("/attention", action=SEES, keeps=True)
async def decide(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Let words in that were written without access, set a remark aside with a reason, or let it be shown again."""
    form = await request.form()
    did = {name: str(form.get(name, "")) for name in ("do", "record", "name", "aside", "reason", "read_at")}
    asked = Asked.of(request)
    try:
        if did["do"] in (ASIDE, AGAIN):
            await _aside(seat, did)
        elif did["do"] == COPY:
            await _drop_copy(seat, did)
        else:
            await _let_in(seat, did)
    except MunicipalityLocked:
        raise
    except ROOM_ERRORS as error:
        await seat.keeper.catch_up()
        return await _page(seat, asked, error, (did["aside"], did["reason"]))
    await seat.keeper.reached(seat.town.committed.position)
    return to(seat, "/attention" + (f"?kind={asked.kind}" if asked.kind else ""))


async def _aside(seat: Seat, did: dict[str, str]) -> None:
    """Set a remark aside with a reason, or take that back; it is an entry of the record, as every decision."""
    row = await _note(seat, did["record"], lambda store: store.note(did["record"], did["aside"]))
    if row is None:
        return  # it is gone already, or not for this person: the same answer
    reason = whole(did["reason"])
    if not reason:
        raise SeenReasonNeeded
    record = bytes.fromhex(did["record"])
    await seat.note("attend", record, f"{did['do']} {row['kind']}")
    await write_seen(seat, record, did["read_at"], {row["aside" if did["do"] == ASIDE else "again"]: reason})


async def _drop_copy(seat: Seat, did: dict[str, str]) -> None:
    """Set the words of a copied phone aside that nobody can read here."""
    if any((one["record"], one["name"]) == (did["record"], did["name"]) for one in copies(seat)):
        record = bytes.fromhex(did["record"])
        await seat.note("attend", record, FORKED)
        await seat.town.acts.set_aside(record, bytes.fromhex(did["name"]), DECLINED, seat.staff)


async def _note(seat: Seat, record: str, row_of: Callable[[Records], T | None]) -> T | None:
    """A remark about a record that a person sees; None for any other."""
    for sight in sights(seat):

        def read(store: Records, sight: Sight = sight) -> T | None:
            return row_of(store) if store.in_form(record, sight.forms) is not None else None

        row = await seat.keeper.look(read, workers=sight.workers)
        if row is not None:
            return row
    return None


async def _let_in(seat: Seat, did: dict[str, str]) -> None:
    """Open a record to the author of words that were written without access, if of the own teams: then they count."""

    def first(store: Records) -> tuple[str, str] | None:
        rows = store.attention(record=did["record"], kind=NOT_GRANTED, name=did["name"])
        return (str(rows[0]["detail"]), store.forms_of([did["record"]])[did["record"]]) if rows else None

    found = await _note(seat, did["record"], first)
    if found is not None:
        worker, form = found
        await give(seat, [bytes.fromhex(did["record"])], [form], worker)


ROUTES: Final = (attention, decide)
