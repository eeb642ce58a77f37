"""A device: writes entries, seals them, and shows what its records say now (sync/SPEC.md section 8)."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from backend.clock import Clock
from backend.device import enrolling
from backend.device.reading import Editing, Reading
from backend.device.store import DeviceStore, Identity, Kept
from backend.device.transport import Transport
from backend.device.wiping import ENDED, WIPED, DeviceWiped, wipe_what_is_due
from backend.enrolment import Invitation
from backend.errors import FormIsRetired, RecordUnknown
from crypto.bodies import new_record_key
from crypto.entries import encode_plaintext
from crypto.epochs import EPOCH_AGE_MS_MAX, Epoch
from crypto.errors import CryptoError
from crypto.grants import seal_grant
from crypto.keys import (
    SealingKey,
    SigningKey,
    record_commitment,
    record_id,
    verify,
)
from crypto.primitives import sha256
from sync.clock import effective
from sync.device import Ended, Memory, Pen, compose, written
from sync.entry import (
    BODY_BYTES_MAX,
    ZERO_HASH,
    Entry,
    Header,
    Seen,
    Wrap,
    encode_header,
    entry_hash,
    parse_header,
)
from sync.errors import TooLarge
from sync.facts import (
    Certificate,
    Fact,
    FormRetired,
    Grant,
    Keys,
    Revocation,
    purpose_of,
    signed_fields,
    with_signature,
)
from sync.messages import Epoch as EpochParts


class Device(Reading):
    """One enrolled device with its store. Every method leaves the store whole when the power goes."""

    def __init__(self, store: DeviceStore, clock: Clock) -> None:
        super().__init__()
        self.store = store
        self.clock = clock
        self._epoch: Epoch | None = None
        self._epoch_ms = 0
        self.load()

    def load(self) -> None:
        """Take everything from the store."""
        self.check_not_wiped()
        identity = self.store.get("identity", Identity)
        assert identity is not None, "the device is not enrolled"
        self.identity: Identity = identity
        self.id = identity.device
        self.signing = SigningKey.from_seed(identity.signing)
        self.sealing = SealingKey.from_seed(identity.sealing, identity.suite)
        self.bundle: Keys = self.store.get("keys", Keys)
        self.pen: Pen = self.store.get("pen", Pen)
        self.memory: Memory = self.store.get("memory", Memory) or Memory()
        self.facts = self.read_facts()
        self.ended: Ended | None = self.store.get(ENDED, Ended)
        self._epoch = None
        self._keys.clear()

    # --- the end ---

    def check_not_wiped(self) -> None:
        """Raise `DeviceWiped` where everything went."""
        if self.store.get(WIPED, bool):
            raise DeviceWiped

    def learn_revocations(self, revocations: Iterable[Fact]) -> bool:
        """Believe those that the municipality signed for the id that this device has now; whether there was one."""
        genuine = [fact for fact in revocations if isinstance(fact, Revocation) and self._ends_this_device(fact)]
        if genuine:
            known = self.ended
            stolen = any(fact.stolen for fact in genuine) or (known is not None and known.stolen)
            learnt_ms = self.clock.now_ms() if known is None else known.learnt_ms
            self._save_end(msgspec.structs.replace(known or Ended(learnt_ms, stolen), stolen=stolen), genuine)
        return bool(genuine)

    def was_handed_in(self, *, complete: bool) -> None:
        """A server answered a hand-in of this device, which is revoked."""
        assert self.ended is not None
        received = self.ended.received or complete
        self._save_end(msgspec.structs.replace(self.ended, answered=True, received=received))

    def wipe(self) -> bool:
        """Wipe what must go by now (sync/SPEC.md section 8.6); true when everything went, and this object is no use."""
        gone = wipe_what_is_due(self.store, self.clock.now_ms())
        self._keys.clear()
        if gone:
            self.signing = SigningKey.generate()
        else:
            self.load()
        return gone

    def _ends_this_device(self, fact: Revocation) -> bool:
        if (fact.municipality, fact.device) != (self.pen.municipality, self.id):
            return False
        try:
            verify(self.bundle.signing, fact.sig, purpose_of(fact), *signed_fields(fact))
        except CryptoError:
            return False
        return True

    def _save_end(self, ended: Ended, facts: Iterable[Fact] = ()) -> None:
        with self.store.transaction():
            self.store.put(ENDED, ended)
            for fact in facts:
                self.store.add_fact(fact, None)
        self.ended = ended

    # --- enrolment ---

    @classmethod
    def enrol(
        cls, path: Path, store_key: bytes | None, invitation: Invitation, transport: Transport, clock: Clock
    ) -> "Device":
        """Make keys, show the invitation, and check the municipality's keys against it before believing anything.

        The same invitation again, after an answer that was lost, goes on with the keys that are in the store.
        """
        store = DeviceStore(path, store_key)
        try:
            enrolling.enrol(store, invitation, transport, clock)
            return cls(store, clock)
        except BaseException:
            store.close()
            raise

    # --- writing ---

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All or nothing, in the store and in memory: a full disk must not leave the pen ahead of the journal."""
        try:
            with self.store.transaction():
                yield
        except BaseException:
            self.load()
            raise

    def create(self, form: str, version: int, answers: Mapping[str, Any]) -> bytes:
        """A new record with its first entry; returns the record's id. A form known to be retired begins none."""
        retired = self.store.get(f"retired:{form}", FormRetired)
        if retired is not None and version <= retired.version:
            raise FormIsRetired(form=form, version=version)
        record_key = new_record_key()
        key = record_commitment(record_key)
        record = record_id(self.id, key)
        with self.changing():
            self.store.keep_key(record, key, record_key)
            self._write(record, key, "write", (), form, version, answers)
        return record

    def save(self, editing: Editing, form: str, version: int, changed: Mapping[str, Any]) -> None:
        """Save what the person changed, and nothing else."""
        self._save(editing, "write", form, version, changed)

    def delete(self, editing: Editing) -> None:
        """Delete a record, as it was on screen."""
        self._save(editing, "delete", *self._form_of(editing.record), {})

    def restore(self, editing: Editing) -> None:
        """Bring a deleted record back."""
        self._save(editing, "restore", *self._form_of(editing.record), {})

    def _save(self, editing: Editing, act: str, form: str, version: int, changed: Mapping[str, Any]) -> None:
        known = self.store.record_key(editing.record)
        if known is None or known[1] is None:
            raise RecordUnknown(record=editing.record.hex())
        observed, latest = self.observed_of(editing)
        with self.changing():
            self._write(editing.record, known[0], act, observed, form, version, changed, latest)

    def _write(
        self,
        record: bytes,
        key: bytes,
        act: str,
        observed: tuple[Seen, ...],
        form: str,
        version: int,
        answers: Mapping[str, Any],
        latest: int = 0,
    ) -> None:
        keys = self.keys_of(record)
        assert keys is not None
        now_ms = self.clock.now_ms()
        latest = max(latest, self._last_clock())
        header = compose(self.pen, now_ms, record, key, act, observed, keys.touches(answers), latest=latest)
        raw = encode_header(header)
        parse_header(raw)  # what no server may take is not saved: behind it the whole journal would wait for ever
        body = keys.seal(raw, encode_plaintext(form, version, answers))
        if len(body) > BODY_BYTES_MAX:
            raise TooLarge(what="this-save", size=len(body), limit=BODY_BYTES_MAX)
        self.chain(header, body)

    def _last_clock(self) -> int:
        """The effective clock of this device's last entry, by the stamps known now."""
        last = self.store.own_at(self.id, self.pen.head.seq)
        return 0 if last is None else effective(parse_header(last.entry.header).clock, last.received)

    def chain(self, header: Header, body: bytes) -> Kept:
        """Sign an entry, chain it and keep it; inside a transaction."""
        raw = encode_header(header)
        prev = self.pen.head.hash if self.pen.head.seq else ZERO_HASH
        hash_ = entry_hash(prev, raw, sha256(body))
        wraps = () if self._has_own(header.record) else (self.wrap(header.record, header.key),)
        entry = Entry(prev, raw, body, None, self.signing.sign("entry", hash_), wraps)
        now_ms = self.clock.now_ms()
        assert self.store.add_entry(hash_, entry, None, now_ms), "the place in the journal is free"
        self.pen = written(self.pen, header, hash_)
        self.store.put("pen", self.pen)
        return Kept(0, hash_, entry, None, now_ms)

    def _has_own(self, record: bytes) -> bool:
        return any(kept.arrival().header.device == self.id for kept in self.store.entries_of(record))

    def wrap(self, record: bytes, key: bytes) -> Wrap:
        """The record's key, wrapped for the municipality under the present epoch."""
        known = self.store.record_key(record)
        assert known is not None and known[1] is not None
        now_ms = self.clock.now_ms()
        epoch = self._epoch
        if epoch is None or epoch.is_full or not 0 <= now_ms - self._epoch_ms < EPOCH_AGE_MS_MAX:
            epoch = self._epoch = Epoch.begin(self.pen.municipality, self.id, self.bundle.sealing, self.bundle.suite)
            self._epoch_ms = now_ms
            self.store.keep_epoch(epoch.id, EpochParts(*epoch.wire()))
        return Wrap(*epoch.wrap(known[1], record, key))

    def grant(self, record: bytes, to: Certificate) -> None:
        """Open a record to another device; handed in with the next exchange."""
        known = self.store.record_key(record)
        if known is None or known[1] is None:
            raise RecordUnknown(record=record.hex())
        sealed = seal_grant(known[1], to.municipality, record, known[0], to.device, to.sealing, to.suite)
        fact = Grant(to.municipality, record, known[0], to.device, to.suite, sha256(sealed), self.id)
        signed = with_signature(fact, self.signing.sign(purpose_of(fact), *signed_fields(fact)))
        with self.store.transaction():
            self.store.queue_grant(signed, sealed)
            self.store.add_fact(signed, None)
        self.facts.add(signed)
