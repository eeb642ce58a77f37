"""The same act for several records at once: a state of the review, a worker's access, a colleague's records to another.

Each record keeps its own rules and its own line in the audit. What was changed, or done by somebody else, between the
preview and the act is skipped and told: nobody approves what they did not see.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Final, NamedTuple

from backend.desk.arguments import WorkerUnknown
from backend.desk.granting import give
from backend.desk.reviewing import STATES, NoSuchState
from backend.desk.writing import Hand, PageChanged, form_of, nothing_beyond, observed_in
from backend.device.device import Device
from backend.device.reading import Editing
from backend.errors import BackendError
from backend.municipality.service import Municipality
from backend.stores.queue_rows import RETURNED
from backend.stores.records import Records
from picture.edits import REVIEW

AT_ONCE: Final = 200  # records of one act: a person can look through so many, and takes back a slip
REVIEWS: Final = tuple(state for state in STATES if state != RETURNED)  # a return asks a question of its own
CHANGED: Final = "changed"  # why a record was skipped: changed since the preview
ALREADY: Final = "already"  # it is so already
GONE: Final = "gone"  # erased, deleted, or not this person's any more


class TooManyChosen(BackendError):
    """More records than one act may be for."""

    code: ClassVar[str] = "too-many-chosen"


class Report(NamedTuple):
    """Everything that came of an act: the records for which it was done, and those that were skipped, with why."""

    done: tuple[bytes, ...]
    skipped: tuple[tuple[bytes, str], ...]


def must_be_few(records: Sequence[bytes]) -> None:
    """Refuse an act for more than `AT_ONCE` records."""
    if len(records) > AT_ONCE:
        raise TooManyChosen(limit=AT_ONCE)


async def review_each(hand: Hand, pages: Mapping[bytes, str], state: str) -> Report:
    """Set the state of the review of records, each as its sealed field says it was shown; one pull and one push.

    Raises `NoSuchState` for a return too, `TooManyChosen`, `PageForeign`.
    """
    if state not in REVIEWS:
        raise NoSuchState(state=state[:20])
    must_be_few([*pages])
    town = hand.town
    seen = {record: observed_in(hand, record, field) for record, field in pages.items()}
    alive = [record for record in seen if not town.book.erased(record)]
    skipped = [(record, GONE) for record in seen if record not in alive]
    if not alive:
        return Report((), tuple(skipped))

    def forms(store: Records) -> dict[bytes, tuple[str, int]]:
        return {record: form_of(store, town, record.hex()) for record in alive}

    formed = await hand.desk.keeper(town.code).read(forms)

    def write(device: Device) -> list[bytes]:
        done = []
        for record in alive:
            try:
                nothing_beyond(device, record, (), seen[record], whole=True)
            except PageChanged:
                skipped.append((record, CHANGED))
                continue
            device.save(Editing(record, seen[record]), *formed[record], {REVIEW: state})
            done.append(record)
        return done

    done = await hand.desk.write_in(town, hand.staff, alive, write)

    def lines() -> None:
        for record in done:
            town.auditing.write(hand.staff, "review", record, state, "done")

    await town.submit(lines)
    return Report(tuple(done), tuple(skipped))


async def open_each(hand: Hand, records: Sequence[bytes], forms: Iterable[str], worker: str) -> Report:
    """Open records of some forms to every device of a worker.

    Raises `TooManyChosen`, `NotOfTeam`, and `WorkerUnknown` for one without a device.
    """
    must_be_few(records)
    town = hand.town
    if not town.book.all_devices_of(worker):
        raise WorkerUnknown(worker=worker, municipality=town.code)
    alive = [record for record in records if not town.book.erased(record)]
    wanted = [record for record in alive if not reads(town, worker, record)]
    await give(hand, wanted, forms, worker)
    skipped = [(record, ALREADY if record in alive else GONE) for record in records if record not in wanted]
    return Report(tuple(wanted), tuple(skipped))


async def hand_over(
    hand: Hand, records: Sequence[bytes], forms: Iterable[str], giver: str, taker: str, *, keeps: bool
) -> Report:  # fmt: skip
    """Give records of one worker to another; unless the first one keeps them, their devices get no more of them.

    What those hold stays there, and what the first one wrote counts. Raises what `open_each` raises.
    """
    report = await open_each(hand, records, forms, taker)
    if keeps:
        return report
    town = hand.town
    ended = [record for record in records if not town.book.erased(record) and reads(town, giver, record)]
    await town.opening.withdraw_each(ended, giver, hand.staff)
    done = dict.fromkeys((*report.done, *ended))
    return Report(tuple(done), tuple(one for one in report.skipped if one[0] not in done))


def reads(town: Municipality, worker: str, record: bytes) -> bool:
    """True if a device of a worker gets a record now."""
    may_read = town.access.may_read
    return any(may_read(phone.device, record) for phone in town.book.all_devices_of(worker))
