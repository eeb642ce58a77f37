"""Files that were brought at the desk and that no answer names: a server was killed before the answer was pushed.

They are sealed, nobody was told that they are there, and the page in which one was chosen asks for it again. So they
are removed once they are an hour old, with the bytes of what did not come in whole: at the next unlock, and from then
on as they come of age. Each is looked at once: an entry of its record names it, one that counts or not, or none does.
What an entry names that nobody can open stays, and what a desk device gives back that a restored journal does not have.
"""

import asyncio
from contextlib import closing
from functools import partial
from typing import Final, Protocol

import structlog

from backend.desk.arguments import DESK_WORKER
from backend.errors import BackendError
from backend.municipality import uploading
from backend.municipality.custody import record_key_of
from backend.municipality.service import Municipality
from backend.municipality.upload import Upload
from backend.municipality.uploading import SWEPT
from backend.signing import device_key
from backend.stores import open_stores
from backend.stores.ledger import Reading
from backend.stores.rows import AttachmentRow
from crypto.bodies import RecordKeys
from crypto.entries import Sealed, open_entry
from crypto.errors import CryptoError
from sync.entry import Entry, parse_header
from sync.facts import DESK

AGE_MS: Final = 3_600_000  # an edit is written within seconds of its upload; so long only where a clock was set
LOOK_S: Final = 60.0
ACT: Final = "attach-removed"


class Desk(Protocol):
    """The desk, as far as it is asked."""

    async def gives_back(self, town: Municipality, staff: str) -> bool: ...


class Unnamed:
    """The files of one municipality that no answer names."""

    def __init__(self, town: Municipality, desk: Desk) -> None:
        self._town = town
        self._desk = desk
        self._since_ms = 0  # what came until then was looked at in this process, or earlier (`SWEPT`)

    async def follow(self) -> None:
        """Sweep while the municipality is unlocked, until cancelled."""
        while True:
            try:
                await self.sweep()
            except BackendError as error:  # locked meanwhile, a full disk: it is tried again
                structlog.get_logger("veldpost").error("sweeping", municipality=self._town.code, code=error.code)
            await asyncio.sleep(LOOK_S)

    async def sweep(self) -> int:
        """Remove what came of age and no answer names; returns how many files went."""
        town = self._town
        if town.locked:
            return 0
        until_ms, removed = town.clock.now_ms() - AGE_MS, 0
        await asyncio.to_thread(town.attachments.end_old, _desks(town), until_ms)
        came = await asyncio.to_thread(_looked_at, town, self._since_ms, until_ms)
        for row, created_ms in came or ():
            staff = town.book.certificates[row.device].worker.removeprefix(DESK_WORKER)
            if await self._desk.gives_back(town, staff):
                until_ms = min(until_ms, created_ms - 1)  # looked at again, once it was given back
                continue
            upload = Upload(row.device, row.record, row.name, row.size, created_ms)
            await asyncio.to_thread(town.attachments.end_withdrawn, upload)  # first: a row is found again, a file not
            await town.submit(partial(self._removed, upload, staff))
            removed += 1
        if came is not None:
            await uploading.note_swept(town, until_ms)
        self._since_ms = until_ms
        return removed

    def _removed(self, upload: Upload, staff: str) -> None:
        self._town.attachments.withdraw(upload)
        self._town.auditing.write(staff, ACT, upload.record)


def _desks(town: Municipality) -> set[bytes]:
    return {device for device, certificate in town.book.certificates.items() if certificate.role == DESK}


def _looked_at(town: Municipality, since_ms: int, until_ms: int) -> list[tuple[AttachmentRow, int]] | None:
    """The files of desk devices that came of age, were not looked at and that no entry names; None where none came."""
    desks = _desks(town)
    with closing(open_stores().read(town.folder)) as stores, stores.moment():
        since_ms = max(since_ms, int(stores.journal.meta(SWEPT) or 0))
        if since_ms > until_ms:  # the clock was set back
            since_ms = 0
        came = [one for one in stores.journal.attachments.between(since_ms, until_ms) if one[0].device in desks]
        return [(row, at) for row, at in came if not _is_named(town, stores, row)] if came else None


def _is_named(town: Municipality, stores: Reading, row: AttachmentRow) -> bool:
    """True if an entry of the record names the file, or nobody can say that none does."""
    record = stores.journal.record(row.record)
    key = None if record is None else record_key_of(town.custody, stores.keys, row.record, record.key)
    if key is None:
        return True
    keys, name = RecordKeys(key), row.name.hex()
    journal = stores.journal
    entries = [(stored.hash, stored.entry) for stored in journal.entries_of(row.record)]
    entries += [(hash_, entry) for hash_, entry, _ in journal.many_forked([row.record]).get(row.record, ())]
    return any(_may_name(town, hash_, entry, keys, name) for hash_, entry in entries)


def _may_name(town: Municipality, hash_: bytes, entry: Entry, keys: RecordKeys, name: str) -> bool:
    header = parse_header(entry.header)
    author = device_key(town.book, header.device)
    if author is None or entry.body is None:
        return True
    sealed = Sealed(entry.header, entry.body, hash_, entry.sig, header.key, header.touches)
    try:
        return name in open_entry(sealed, author, keys).answers.values()
    except CryptoError:
        return True
