"""What a municipality has said, at hand for admission: certificates, revocations, holes and the rest."""

from collections.abc import Callable

from crypto.keys import VerifyKey
from sync.facts import (
    DECLINED,
    Assignment,
    Certificate,
    Erasure,
    Fact,
    FormRetired,
    FormVersion,
    Hole,
    Keys,
    Revocation,
    SetAside,
    Withdrawal,
)


class FactBook:
    """The facts of a journal in memory, answering what `sync.admission.Facts` asks.

    Grants are many and stay in the journal; `granted` looks there.
    """

    def __init__(self, granted: Callable[[bytes, bytes], bool]) -> None:
        self._granted = granted
        self.certificates: dict[bytes, Certificate] = {}
        self.revocations: dict[bytes, Revocation] = {}
        self.forms: dict[str, FormVersion] = {}
        self.retired: dict[str, int] = {}
        self.keys: Keys | None = None
        self._keys_by_device: dict[bytes, VerifyKey] = {}
        self._asides: set[bytes] = set()
        self._declined: set[bytes] = set()
        self._erasures: set[bytes] = set()
        self._holes: dict[bytes, list[tuple[int, int]]] = {}
        self._assigned: dict[bytes, set[str]] = {}
        self._heirs: dict[bytes, list[bytes]] = {}

    def add(self, fact: Fact) -> None:
        """Take one fact in; the order of revocations does not matter, that of assignments does."""
        match fact:
            case Certificate():
                self.certificates[fact.device] = fact
                self._keys_by_device[fact.device] = VerifyKey(fact.signing)
                if fact.succeeds is not None:
                    self._heirs.setdefault(fact.succeeds, []).append(fact.device)
            case Revocation():
                before = self.revocations.get(fact.device)
                if before is None or fact.last_seq < before.last_seq:
                    self.revocations[fact.device] = fact
            case SetAside():
                (self._declined if fact.reason == DECLINED else self._asides).add(fact.hash)
            case Erasure():
                self._erasures.add(fact.record)
            case Hole():
                self._holes.setdefault(fact.device, []).append((fact.first, fact.last))
            case Keys():
                self.keys = fact
            case FormVersion():
                before_form = self.forms.get(fact.form)
                if before_form is None or before_form.version <= fact.version:
                    self.forms[fact.form] = fact
            case FormRetired():
                self.retired[fact.form] = max(fact.version, self.retired.get(fact.form, 0))
            case Assignment():
                self._assigned.setdefault(fact.record, set()).add(fact.worker)
            case Withdrawal():
                self._assigned.get(fact.record, set()).discard(fact.worker)
            case _:
                pass

    def newest_form(self, form: str) -> int:
        """The newest published version of a form; 0 if there is none."""
        fact = self.forms.get(form)
        return 0 if fact is None else fact.version

    def in_use(self, form: str) -> bool:
        """Whether new records may be begun with a form."""
        return self.newest_form(form) > self.retired.get(form, 0)

    def verify_key(self, device: bytes) -> VerifyKey | None:
        """The parsed signing key of a certified device."""
        return self._keys_by_device.get(device)

    def devices_of(self, worker: str) -> list[Certificate]:
        """The certificates of a worker's devices that are not revoked."""
        return [c for c in self.certificates.values() if c.worker == worker and c.device not in self.revocations]

    def records_assigned_to(self, worker: str) -> list[bytes]:
        """The records that a worker has been given."""
        return sorted(record for record, workers in self._assigned.items() if worker in workers)

    def certified(self, device: bytes) -> bool:
        """Whether this device was ever certified."""
        return device in self.certificates

    def last_good(self, device: bytes) -> int | None:
        """The last seq that a revocation leaves standing."""
        revocation = self.revocations.get(device)
        return None if revocation is None else revocation.last_seq

    def predecessor(self, device: bytes) -> bytes | None:
        """The device whose place this one took."""
        certificate = self.certificates.get(device)
        return None if certificate is None else certificate.succeeds

    def heirs(self, device: bytes) -> list[bytes]:
        """The devices that took this one's place, and theirs: they have what it created or was granted."""
        found = list(self._heirs.get(device, ()))
        for one in found:
            found += [heir for heir in self._heirs.get(one, ()) if heir not in found]
        return found

    def granted(self, record: bytes, device: bytes) -> bool:
        """Whether the record was ever granted to the device."""
        return self._granted(record, device)

    def set_aside(self, hash_: bytes) -> bool:
        """Whether the entry was set aside."""
        return hash_ in self._asides

    def declined(self, hash_: bytes) -> bool:
        """Whether a person left the entry, which does not count; admission does not ask."""
        return hash_ in self._declined

    def erased(self, record: bytes) -> bool:
        """Whether the record was erased."""
        return record in self._erasures

    def in_hole(self, device: bytes, seq: int) -> bool:
        """Whether that place was lost for good."""
        return bool(self._holes) and any(first <= seq <= last for first, last in self._holes.get(device, ()))
