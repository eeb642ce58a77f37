"""Writing in a record what a person decided on a page: an entry that observes what the page showed, and nothing else.

**The rule.** A page that can write carries what it showed of its record, sealed (`read_at`). The entry that is written
from it observes exactly that, however long the page was open and whatever came in meanwhile, between the reading and
the push too. So a later edit of the same question stays a survivor, and a person is asked about it.

**Why not the journal's position alone.** The tables lag behind the journal, and which entries up to a position were
shown depends on facts that come later (an entry that was held then may count now). The tables keep what was shown of a
record beside it, written in the same transaction.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, ClassVar, Final, Protocol

import msgspec

from backend.desk.arguments import NoSuchRecord
from backend.desk.bringing import NO_FILES, UNNAMED, Bringing
from backend.desk.deleting import must_be_two
from backend.desk.desk import Desk
from backend.desk.fitting import must_fit
from backend.desk.standing import Standing
from backend.desk.threads import proposal_of, reason_of
from backend.desk.weighing import LowerForTwo, Lowering, agreed, lower_by_two, nothing_to_weigh
from backend.device.device import Device
from backend.device.reading import Editing
from backend.errors import BackendError
from backend.municipality.service import Municipality
from backend.stores.records import Records
from crypto.primitives import equal, hmac_sha256
from forms.paths import is_decision
from sync.entry import Seen

SEAL_BYTES: Final = 32
SEALED_FOR: Final = b"veldpost/1/desk-page"
WRITE: Final = "write"
DELETE: Final = "delete"
RESTORE: Final = "restore"
NO_REMARK: Final[Mapping[str, Any]] = {}


class Hand(Protocol):
    """A signed-in member of staff who writes, at the desk of a municipality."""

    @property
    def desk(self) -> Desk:
        """The desk of the server."""

    @property
    def town(self) -> Municipality:
        """The municipality."""

    @property
    def staff(self) -> str:
        """The name of the account."""

    @property
    def standing(self) -> Standing:
        """Their rights."""


class PageChanged(BackendError):
    """Somebody answered the same question after the page was read: both are shown, and nothing is written."""

    code: ClassVar[str] = "page-changed"


class PageForeign(BackendError):
    """The sealed field of a page is none that was sealed here for this person and record."""

    code: ClassVar[str] = "page-foreign"


class _Read(msgspec.Struct, frozen=True, array_like=True):
    """The observations of a page, as they are sealed into it, and for whom."""

    town: str
    staff: str
    record: bytes
    observed: tuple[Seen, ...]


_encode: Final = msgspec.msgpack.Encoder().encode
_read: Final = msgspec.msgpack.Decoder(_Read).decode
_seen: Final = msgspec.msgpack.Decoder(tuple[Seen, ...]).decode


def read_at(hand: Hand, store: Records, record: str) -> str:
    """The sealed field for a page that shows a record: read in the same look as what the page shows."""
    shown = store.shown_of(record)
    if shown is None:
        raise NoSuchRecord(record=record)
    return sealed(hand, bytes.fromhex(record), _seen(bytes.fromhex(shown)))


def sealed(hand: Hand, record: bytes, observed: tuple[Seen, ...]) -> str:
    """Seal what was shown of a record to a person. Needs the municipality's keys."""
    raw = _encode(_Read(hand.town.code, hand.staff, record, observed))
    return urlsafe_b64encode(_seal(hand.town, raw) + raw).decode()


def observed_in(hand: Hand, record: bytes, field: str) -> tuple[Seen, ...]:
    """The observations that were sealed for this person and record; raises `PageForeign` for anything else."""
    try:
        raw = urlsafe_b64decode(field.encode())
        seal, body = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
        if not equal(seal, _seal(hand.town, body)):
            raise PageForeign
        read = _read(body)
    except (ValueError, msgspec.MsgspecError):
        raise PageForeign from None
    if (read.town, read.staff, read.record) != (hand.town.code, hand.staff, record):
        raise PageForeign
    return read.observed


def _seal(town: Municipality, raw: bytes) -> bytes:
    key = hmac_sha256(town.custody.records_key.reveal(), SEALED_FOR)
    return hmac_sha256(key, raw)


async def write_seen(
    hand: Hand, record: bytes, field: str, changes: Mapping[str, Any], *, act: str = WRITE, asks: bool = False,
    reason: str | None = None, fits: bool = True,
    behind: Mapping[str, Any] = NO_REMARK, files: Mapping[str, bytes] = NO_FILES,
) -> tuple[str, ...]:  # fmt: skip
    """Write answers of a record, or delete or restore it, having seen what a page showed.

    Returns the questions whose answer waits for a second reader, and was kept as a remark: an answer of the gravest
    class is lowered with a `reason` and by two (`weighing.py`); where none is asked `LowerForTwo` is raised.
    Answers that came after the page was read raise `PageChanged` where they are to the same questions (for a delete or
    restore: to any); with `asks` they do not, and become a conflict. Those that come while this is written always do.
    `files` are answers too, by path: sealed, and in place before the entry that names them (`bringing.py`).
    A delete or restore carries no answers: a remark about it stands in an entry of its own `behind` it.
    Raises `AnswerDoesNotFit` for an answer that is none to its question, unless it stood there before (`fits`), and
    `WeighFirst` for one that would put the most protective answer aside while it waits to be weighed, and
    `DeleteForTwo` for a delete that waits for a second person (`deleting.py`).
    """
    observed = observed_in(hand, record, field)
    town, bringing = hand.town, Bringing(hand.town, files)
    changes = {**changes, **dict.fromkeys(files, UNNAMED)}

    def read(store: Records) -> tuple[tuple[str, int], list[Lowering]]:
        form = form_of(store, town, record.hex())
        nothing_to_weigh(store, town, record.hex(), form, changes)
        return form, lower_by_two(store, town, record.hex(), form, changes)

    (form, version), lower = await hand.desk.keeper(town.code).read(read)
    for path, value in changes.items():
        if fits and not is_decision(path):
            must_fit(town, form, version, path, value)

    changes, waits = await _lowered(hand, changes, lower, reason)
    if act == DELETE:
        await _by_two(hand, record, observed, behind)

    def write(device: Device) -> None:
        if not asks:
            nothing_beyond(device, record, changes, observed, whole=act != WRITE)
        editing = Editing(record, observed)
        if act == WRITE:
            device.save(editing, form, version, {**changes, **bringing.bring(device, record)})
        else:
            (device.delete if act == DELETE else device.restore)(editing)
            if behind:
                device.save(editing, form, version, behind)
                if act == DELETE:  # anew: a remark that no delete has seen contests it
                    device.delete(editing)

    await hand.desk.to_its_end(bringing.or_taken_back(hand.desk.write_as(town, hand.staff, record, write)))
    return waits


async def _by_two(hand: Hand, record: bytes, observed: Collection[Seen], behind: Mapping[str, Any]) -> None:
    """Let a record be deleted by one or by two, as its answers ask (`deleting.py`)."""
    all_of_it = partial(nothing_beyond, record=record, paths=(), observed=observed, whole=True)
    await must_be_two(hand.desk, hand.town, hand.standing, record, " ".join(map(str, behind.values())), all_of_it)


async def _lowered(
    hand: Hand, changes: Mapping[str, Any], lower: Collection[Lowering], reason: str | None
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The changes with each answer that a second reader must choose too as a remark in its place, and the reason
    beside each that is lowered now; and the paths of those that wait."""
    if lower and reason is None:
        raise LowerForTwo
    left, waits = dict(changes), []
    for low in lower:
        if await agreed(hand.desk, hand.town, hand.staff, low, reason or ""):
            left[reason_of(low.told_at)] = reason
            continue
        del left[low.path]
        left[proposal_of(low.decision, low.value)] = reason
        waits.append(low.path)
        await hand.town.auditing.note(hand.staff, "weigh", bytes.fromhex(low.record), low.path)
    return left, tuple(waits)


def form_of(store: Records, town: Municipality, record: str) -> tuple[str, int]:
    """The form of a record, and the version whose paths the tables show."""
    form, version = store.form_of(record)
    return form, max(version, town.book.newest_form(form))


def nothing_beyond(
    device: Device, record: bytes, paths: Collection[str], observed: Collection[Seen], *, whole: bool = False
) -> None:
    """Refuse when an answer survives at one of these paths that was not shown; `whole` looks at every entry."""
    taken, keys = device.taken(record), device.keys_of(record)
    upto = {seen.device: seen.seq for seen in observed}
    if keys is None:
        raise PageChanged(record=record.hex())
    if whole:
        places = [(arrival.header.device, arrival.header.seq) for arrival in taken.admitted]
    else:
        touches = keys.touches([path for path in paths if not is_decision(path)])
        places = [(dot.device, dot.seq) for touch in touches for dot in taken.state.survivors(touch)]
    if any(seq > upto.get(author, 0) for author, seq in places):
        raise PageChanged(record=record.hex())
