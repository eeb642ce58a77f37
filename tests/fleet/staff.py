"""What staff do: assign and withdraw, erase, end and replace phones, and take in what somebody brings them."""

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any, Final

import msgspec

from backend.desk.completing import Completion
from backend.device.handing_in import rescue
from backend.municipality import erasing
from backend.municipality.attachments import Attachments
from backend.municipality.erasing import Erasing
from backend.municipality.exports import Exports
from backend.municipality.handin import hand_in
from backend.municipality.outside import Outside
from crypto.primitives import sha256
from sync.entry import Entry, parse_header
from sync.messages import read_hand_in
from tests.fleet.sea import PowerCut, Sailor, Sea

JOURNAL, KEYS = "journal", "keys"  # of the store that the fleet sails on
KILLED_AT: Final[tuple[tuple[Any, str], ...]] = (
    (Outside, "append"), (KEYS, "forget"), (JOURNAL, "forget_bodies"), (JOURNAL, "note_unfinished"),
    (Attachments, "remove_of"), (Erasing, "_remove_files"), (Erasing, "_finished"), (erasing, "cut_stores"),
    (Exports, "overtake"), (Completion, "_tables"), (Completion, "_desk_stores"),
)  # fmt: skip
PHONES_MAX: Final = 4


class Staff:
    """The acts of staff."""

    def __init__(self, sea: Sea) -> None:
        self._sea = sea
        self._random = sea.random

    def _record(self) -> bytes | None:
        living = self._sea.living()
        return self._random.choice(living) if living else None

    def grant(self, _sailor: Sailor) -> None:
        """Assign a record to a worker, for the first time or again."""
        record = self._record()
        if record is not None:
            self.assign(record, self._random.choice(self._sea.sailors).worker)
            self._sea.seen["grant"] += 1

    def assign(self, record: bytes, worker: str) -> None:
        """Assign a record to a worker."""
        sea = self._sea
        sea.seen["granted again after a withdrawal"] += sea.taken.pop((record, worker), None) is not None
        sea.server.run(sea.town.opening.grant(record, worker, "beheer"))

    def withdraw(self, _sailor: Sailor) -> None:
        """Take a record from a worker."""
        sea, record = self._sea, self._record()
        if record is not None:
            worker = self._random.choice(sea.sailors).worker
            sea.server.run(sea.town.opening.withdraw(record, worker, "beheer"))
            sea.withdrew(record, worker)
            sea.seen["withdrawal"] += 1
            sea.since_backup["withdrawal"] += 1

    # --- erasing ---

    def erase(self, _sailor: Sailor) -> None:
        """Erase a record; half of the time the server dies in the middle of it."""
        living = self._sea.living()
        if len(living) <= 3:
            return
        self.erase_now(self._random.choice(living))

    def erase_now(self, record: bytes) -> None:
        """Erase this record."""
        sea = self._sea
        phones = (*sea.sailors, *sea.ashore, sea.stranger)
        keys = {key for phone in phones for key in sea.keys(phone.device.store, [record])}
        sea.erased[record] = keys | self._sealed(record)
        if self._random.random() < 0.5:
            self._die_while(lambda: sea.server.run(sea.town.erasing.erase(record, "request", "beheer")))
            sea.seen["erasure killed half way"] += 1
        if not sea.town.book.erased(record):
            sea.server.run(sea.town.erasing.erase(record, "request", "beheer"))
        sea.seen["erasure"] += 1
        sea.seen["erasure after a restore"] += bool(sea.seen["server restored"])
        sea.since_backup["erasure"] += 1

    def _sealed(self, record: bytes) -> set[bytes]:
        """What the server holds sealed of a record: wraps and grants of its key, and bodies."""
        town = self._sea.town
        row = town.journal.record(record)
        assert row is not None
        wraps = {stored.wrap.wrapped for stored in town.keys.wraps_of(record, row.key)}
        grants = {sealed for device in row.readers for _, sealed in town.keys.sealed_for(record, device)}
        bodies = {stored.entry.body for stored in town.journal.entries_of(record) if stored.entry.body is not None}
        return wraps | grants | bodies

    def _die_while(self, act: Callable[[], Any]) -> None:
        chosen, name = self._random.choice(KILLED_AT)
        stores = self._sea.town.stores.inner
        owner = {JOURNAL: type(stores.journal), KEYS: type(stores.keys)}.get(chosen, chosen)
        real = getattr(owner, name)

        def dies(*args: Any, **named: Any) -> Any:
            if not iscoroutinefunction(real):
                real(*args, **named)
            raise PowerCut

        setattr(owner, name, dies)
        try:
            act()
        except PowerCut:
            self._sea.seen[f"killed at {name}"] += 1
        finally:
            setattr(owner, name, real)
        self._sea.server.stop()
        self._sea.server.start()

    # --- phones ---

    def second_phone(self, sailor: Sailor) -> None:
        """A worker gets another phone beside the one they have."""
        if len(self._sea.sailors) < PHONES_MAX:
            self._sea.enrol(sailor.worker)
            self._sea.seen["second phone"] += 1

    def revoke(self, sailor: Sailor) -> None:
        """A phone is lost: what it handed in stays, what it still holds is handed in, is held, and it wipes itself."""
        sea = self._sea
        if sea.seen["revoked"] >= 2 or self._random.random() < 0.5:
            return
        sea.sync(sailor, calm=True)
        if not sea.is_on_server(sailor) or sea.photos.hand_over(sailor):
            return
        sea.back_up_server()
        stolen, device = self._random.random() < 0.5, sailor.device
        if not stolen:
            word = sea.word(None)
            sea.kept_words[word] = device.create("huisbezoek", 1, {"/zorg": word})
        sea.server.run(sea.town.acts.revoke(device.id, "beheer", stolen=stolen))
        sea.since_backup["revocation"] += 1
        sea.end(sailor)
        if self._random.random() < 0.5:
            sea.restore_server()
        if not sea.town.book.revoked(device.id):
            sea.faults.append("a restore brought a revoked phone back")
        outcome = sea.sync(sailor, calm=True)
        sea.seen["revoked phone handed in"] += outcome is not None and outcome.revoked
        sea.seen["revoked phone wiped"] += sailor.wiped
        sea.back_up_server()  # what only the lost phone and the server's last days held would be gone with both
        sea.seen["revoked"] += 1
        sea.enrol(sailor.worker)

    def forgotten_passphrase(self, sailor: Sailor) -> None:
        """Nobody opens a phone again, and its sealed entries are there: its file is taken in, locked or not."""
        sea, device = self._sea, sailor.device
        if sea.seen["forgotten passphrase"] >= 2 or sea.photos.hand_over(sailor):
            return
        sea.seen["forgotten with words unsent"] += not sea.is_on_server(sailor)
        locked = self._random.random() < 0.5
        if locked:
            sea.town.keyring.lock()
            sea.seen["hand-in while locked"] += 1
        sea.server.run(hand_in(sea.town, rescue(device), lambda: None))
        if locked:
            sea.server.unlock()
            sea.server.run(sea.town.settling.settle())
        sea.end(sailor)
        sea.enrol(sailor.worker, replaces=device.id)
        sea.back_up_server()
        sea.seen["forgotten passphrase"] += 1

    def hand_in_without_bodies(self, sailor: Sailor) -> None:
        """Somebody brings entries without what they say: nothing of records that are not erased is taken."""
        sea, request = self._sea, read_hand_in(rescue(sailor.device))
        entries = tuple(self._bare(entry) for entry in request.entries)
        if not entries:
            return
        bare = msgspec.structs.replace(request, entries=entries[-500:])
        sea.server.run(hand_in(sea.town, msgspec.msgpack.encode(bare), lambda: None))
        sea.seen["hand-in without bodies"] += 1

    def _bare(self, entry: Entry) -> Entry:
        if entry.body is None or parse_header(entry.header).record in self._sea.erased:
            return entry
        return msgspec.structs.replace(entry, body=None, body_hash=sha256(entry.body))
