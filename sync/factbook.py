"""The facts of a municipality in memory, folded once, in any order (SPEC.md section 5).

A book answers what admission, delivery and signatures ask. It is never changed while others read it: whoever adds
facts works on a `copy` and puts it in place when they are saved.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

import msgspec

from sync.authority import Gift, granted_devices
from sync.entry import SHORT_HASH
from sync.facts import (
    DECLINED,
    PARTED,
    Assignment,
    Certificate,
    Erasure,
    Fact,
    FormRetired,
    FormVersion,
    Grant,
    Hole,
    Keys,
    Revocation,
    SetAside,
    Withdrawal,
    encode_fact,
)

Granted = Callable[[bytes, bytes], bool]


class Decided(NamedTuple):
    """The newest assignment or withdrawal of a record for a worker. Of equal age, a withdrawal is the newer one."""

    at_ms: int
    withdrawn: bool


K = TypeVar("K")


def _age(number: int, fact: Fact) -> tuple[int, bytes]:
    """The order of facts of which the newest counts; of equal ones the greater bytes."""
    return number, encode_fact(fact)


def _drop(index: dict[K, tuple[bytes, ...]], name: K, device: bytes) -> None:
    index[name] = tuple(one for one in index[name] if one != device)


class FactBook:
    """The facts of a journal, answering what `sync.admission.Facts` and `sync.authority` ask.

    A server's grants are many and stay in its journal: it hands `granted` in. Without it the book keeps them itself.
    """

    def __init__(self, granted: Granted | None = None) -> None:
        self._granted = granted
        self.certificates: dict[bytes, Certificate] = {}
        self.revocations: dict[bytes, Revocation] = {}
        self.forms: dict[str, FormVersion] = {}
        self.retired: dict[str, int] = {}
        self.keys: Keys | None = None
        self._told: dict[bytes, tuple[Revocation, ...]] = {}
        self._asides: dict[bytes, tuple[tuple[bytes, bytes | None], ...]] = {}
        self._declined: set[bytes] = set()
        self._parted: set[bytes] = set()
        self._parted_names: set[tuple[bytes, bytes]] = set()
        self._erasures: set[bytes] = set()
        self._holes: dict[bytes, tuple[tuple[int, int], ...]] = {}
        self._decided: dict[bytes, Mapping[str, Decided]] = {}
        self._withdrawn: set[tuple[bytes, str]] = set()
        self._heirs: dict[bytes, tuple[bytes, ...]] = {}
        self._devices: dict[str, tuple[bytes, ...]] = {}
        self._gifts: dict[bytes, tuple[Gift, ...]] = {}
        self._counted: dict[bytes, frozenset[bytes]] = {}

    def copy(self) -> "FactBook":
        """A book with the same facts, which may be added to while others read this one."""
        book = FactBook(self._granted)
        for name, value in vars(self).items():
            setattr(book, name, value.copy() if isinstance(value, (dict, set)) else value)
        return book

    def add(self, fact: Fact) -> None:
        """Take one genuine fact in; the order in which facts come makes no difference."""
        match fact:
            case Certificate():
                self._certify(fact)
            case Revocation():
                self._revoke(fact)
            case SetAside() if fact.reason == DECLINED:
                self._declined.add(fact.hash)
            case SetAside():
                if fact.reason == PARTED and fact.by is None:
                    self._parted.add(fact.hash)
                    self._parted_names.add((fact.record, fact.hash[:SHORT_HASH]))
                self._asides[fact.hash] = (*self._asides.get(fact.hash, ()), (fact.record, fact.by))
            case Erasure():
                self._erasures.add(fact.record)
            case Hole():
                self._holes[fact.device] = (*self._holes.get(fact.device, ()), (fact.first, fact.last))
            case Keys():
                if self.keys is None or _age(fact.serial, fact) > _age(self.keys.serial, self.keys):
                    self.keys = fact
            case FormVersion():
                known = self.forms.get(fact.form)
                if known is None or _age(fact.version, fact) > _age(known.version, known):
                    self.forms[fact.form] = fact
            case FormRetired():
                self.retired[fact.form] = max(fact.version, self.retired.get(fact.form, 0))
            case Assignment() | Withdrawal():
                self._decide(fact)
            case Grant() if self._granted is None:
                gift = Gift(fact.record, fact.key, fact.by, fact.to)
                self._gifts[fact.record] = (*self._gifts.get(fact.record, ()), gift)
                self._counted.pop(fact.record, None)
            case _:
                pass

    def _certify(self, fact: Certificate) -> None:
        """Of several certificates of a device the newest counts."""
        known = self.certificates.get(fact.device)
        if known is not None:
            if _age(fact.from_ms, fact) <= _age(known.from_ms, known):
                return
            _drop(self._devices, known.worker, known.device)
            if known.succeeds is not None:
                _drop(self._heirs, known.succeeds, known.device)
        self.certificates[fact.device] = fact
        self._devices[fact.worker] = (*self._devices.get(fact.worker, ()), fact.device)
        if fact.succeeds is not None:
            self._heirs[fact.succeeds] = (*self._heirs.get(fact.succeeds, ()), fact.device)
        self._counted.clear()

    def _revoke(self, fact: Revocation) -> None:
        """Of several revocations the smallest (last_seq, hash) counts; stolen if any says so."""
        told = (*self._told.get(fact.device, ()), fact)
        self._told[fact.device] = told
        least = min(told, key=lambda one: (one.last_seq, one.last_hash, encode_fact(one)))
        self.revocations[fact.device] = msgspec.structs.replace(least, stolen=max(one.stolen for one in told))
        self._counted.clear()

    def _decide(self, fact: Assignment | Withdrawal) -> None:
        said = Decided(fact.at_ms, isinstance(fact, Withdrawal))
        workers = self._decided.get(fact.record, {})
        self._decided[fact.record] = {**workers, fact.worker: max(said, workers.get(fact.worker, said))}
        if said.withdrawn:
            self._withdrawn.add((fact.record, fact.worker))
            self._counted.pop(fact.record, None)

    # --- devices and their workers ---

    def certified(self, device: bytes) -> bool:
        """True if this device was ever certified."""
        return device in self.certificates

    def role(self, device: bytes) -> str | None:
        """The role that a device was certified with."""
        certificate = self.certificates.get(device)
        return None if certificate is None else certificate.role

    def worker(self, device: bytes) -> str | None:
        """The worker of a certified device."""
        certificate = self.certificates.get(device)
        return None if certificate is None else certificate.worker

    def devices_of(self, worker: str) -> list[Certificate]:
        """The certificates of a worker's devices that are not revoked."""
        found = self._devices.get(worker, ())
        return [self.certificates[device] for device in found if device not in self.revocations]

    def is_only(self, device: bytes) -> bool:
        """True if a device is the only one that its worker ever had."""
        certificate = self.certificates.get(device)
        return certificate is not None and len(self._devices[certificate.worker]) == 1

    def all_devices_of(self, worker: str) -> list[Certificate]:
        """The certificates of a worker's devices, the revoked ones too."""
        return [self.certificates[device] for device in self._devices.get(worker, ())]

    def predecessor(self, device: bytes) -> bytes | None:
        """The device whose place this one took."""
        certificate = self.certificates.get(device)
        return None if certificate is None else certificate.succeeds

    def line(self, device: bytes) -> list[bytes]:
        """A device and those before it whose place it took: it has what they created or were granted."""
        found, before = [device], self.predecessor(device)
        while before is not None and before not in found:
            found.append(before)
            before = self.predecessor(before)
        return found

    def heirs(self, device: bytes) -> list[bytes]:
        """The devices that took this one's place, and theirs: they have what it created or was granted."""
        if device not in self._heirs:
            return []
        found = list(self._heirs[device])
        for one in found:
            found += [heir for heir in self._heirs.get(one, ()) if heir not in found]
        return found

    def revoked(self, device: bytes) -> bool:
        """True if the device was revoked."""
        return device in self.revocations

    def revocations_of(self, device: bytes) -> tuple[Revocation, ...]:
        """All signed revocations of a device, for it to check."""
        return self._told.get(device, ())

    def last_good(self, device: bytes) -> int | None:
        """The last seq that a revocation leaves standing."""
        revocation = self.revocations.get(device)
        return None if revocation is None else revocation.last_seq

    # --- records ---

    def delivers(self, record: bytes, worker: str) -> bool:
        """True if the worker's newest assignment or withdrawal of a record, if any, is not a withdrawal."""
        decided = self._decided.get(record, {}).get(worker)
        return decided is None or not decided.withdrawn

    def decided_at(self, record: bytes, worker: str) -> int:
        """The time at which the newest assignment or withdrawal of a record for a worker was signed; 0 without one."""
        decided = self._decided.get(record, {}).get(worker)
        return 0 if decided is None else decided.at_ms

    def withdrawn_at(self, record: bytes, device: bytes) -> int | None:
        """The time of a record's withdrawal from a device's worker; None without one, or if assigned again since."""
        worker = self.worker(device)
        if worker is None or self.delivers(record, worker):
            return None
        return self.decided_at(record, worker)

    def records_assigned_to(self, worker: str) -> list[bytes]:
        """The records that a worker has been assigned and not lost again."""
        found = (record for record, workers in self._decided.items() if worker in workers)
        return sorted(record for record in found if self.delivers(record, worker))

    def assigned(self, record: bytes) -> list[str]:
        """The workers who have been assigned a record and not lost it again."""
        decided = self._decided.get(record)
        return [] if decided is None else [worker for worker, one in decided.items() if not one.withdrawn]

    def passes_on(self, record: bytes, device: bytes) -> bool:
        """True if a device's grants of a record count without the municipality's copy."""
        worker = self.worker(device)
        return worker is not None and device not in self.revocations and (record, worker) not in self._withdrawn

    def granted(self, record: bytes, device: bytes) -> bool:
        """True if grants that count open the record to the device; withdrawal ends delivery only."""
        if self._granted is not None:
            return self._granted(record, device)
        counted = self._counted.get(record)
        if counted is None:
            counted = self._counted[record] = granted_devices(self._gifts.get(record, ()), self)
        return device in counted

    def set_aside(self, hash_: bytes) -> bool:
        """True if an entry was set aside: by the municipality, or by a desk device that still may."""
        said = self._asides.get(hash_)
        return said is not None and any(by is None or self.passes_on(record, by) for record, by in said)

    def set_aside_by(self, devices: Iterable[bytes]) -> set[bytes]:
        """The records in which any of these devices set an entry aside."""
        signers = {*devices}
        return {record for said in self._asides.values() for record, by in said if by in signers}

    def declined(self, hash_: bytes) -> bool:
        """True if a person left a held entry out; admission ignores it."""
        return hash_ in self._declined

    def parted(self, hash_: bytes) -> bool:
        """True if the municipality said that this entry holds no place: another of its device stands at its seq."""
        return hash_ in self._parted

    def names_parted(self, record: bytes, short: bytes) -> bool:
        """True if a short hash names an entry of the record of which the municipality said that it holds no place."""
        return (record, short) in self._parted_names

    def erased(self, record: bytes) -> bool:
        """True if the record was erased."""
        return record in self._erasures

    @property
    def erasures(self) -> int:
        """The number of erased records."""
        return len(self._erasures)

    def in_hole(self, device: bytes, seq: int) -> bool:
        """True if that place was lost for good."""
        return bool(self._holes) and any(first <= seq <= last for first, last in self._holes.get(device, ()))

    # --- forms ---

    def newest_form(self, form: str) -> int:
        """The newest published version of a form; 0 if there is none."""
        fact = self.forms.get(form)
        return 0 if fact is None else fact.version

    def in_use(self, form: str) -> bool:
        """True if new records may be begun with a form."""
        return self.newest_form(form) > self.retired.get(form, 0)
