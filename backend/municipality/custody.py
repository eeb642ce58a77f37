"""A municipality's private keys: made once, kept in its vault, at hand while it is unlocked."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from backend.errors import BackendError, KeyslotOfAnother, VaultMissing
from backend.files import read_small, write_atomically
from backend.stores import agree_on_photos, join, open_stores
from backend.stores.ledger import KeyStore
from backend.stores.nodes import Common
from backend.stores.places import VAULT_FILE
from backend.stores.rows import StoredWrap
from crypto.epochs import Unwrapping, open_epoch
from crypto.errors import CryptoError
from crypto.grants import seal_grant
from crypto.keys import SUITE_XWING, SealingKey, SigningKey
from crypto.keyslots import PASSPHRASE, RECOVERY
from crypto.secrets import Hidden, Secret
from crypto.vault import LockedVault, Vault, read_vault
from sync.facts import Certificate, Fact, Grant, Keys, purpose_of, signed_fields, with_signature

F = TypeVar("F", bound=Fact)
USE_MS: Final = 86_400_000  # the last use of a slot is known to the day: a vault is not written at each unlock
EPOCHS_KEPT: Final = 4_096  # opened epoch keys in memory; each saves 68 us for up to 256 records


class Opened(NamedTuple):
    """A record key that was opened, to be sealed to a device."""

    record: bytes
    key: bytes
    record_key: bytes
    certificate: Certificate


class ReadingKeys(Hidden):
    """The part of a municipality's keys that reads: opens wraps and records.db, and signs nothing."""

    __slots__ = ("_epochs", "code", "minimum_suite", "records_key", "sealing")

    def __init__(self, code: str, minimum_suite: int, sealing: Secret, records_key: Secret) -> None:
        self.code = code
        self.minimum_suite = minimum_suite
        self.sealing = SealingKey.from_seed(sealing.reveal())
        self.records_key = records_key
        self._epochs: dict[tuple[bytes, bytes, bytes], Unwrapping] = {}

    def record_key(self, wraps: list[StoredWrap]) -> bytes | None:
        """The record key in the first wrap that opens; a wrap that lies is passed over."""
        for stored in wraps:
            try:
                wrap = stored.wrap
                return self._epoch(stored).unwrap((wrap.record, wrap.key, wrap.epoch, wrap.nonce, wrap.wrapped))
            except CryptoError:
                continue
        return None

    def forget_opened(self) -> None:
        """Let go of the epoch keys that were opened: one of them may open wraps of an erased record."""
        self._epochs.clear()

    def opens(self, stored: StoredWrap) -> bool:
        """True if a wrap opens with the epoch beside it, to the key that it is committed to."""
        return self.record_key([stored]) is not None

    def _epoch(self, stored: StoredWrap) -> Unwrapping:
        name = (stored.device, stored.epoch.id, stored.epoch.sealed)
        found = self._epochs.get(name)
        if found is None:
            if len(self._epochs) >= EPOCHS_KEPT:
                self._epochs.clear()
            opened = open_epoch(
                self.sealing,
                self.code,
                stored.device,
                stored.epoch.id,
                stored.epoch.suite,
                stored.epoch.sealed,
                minimum_suite=self.minimum_suite,
            )
            found = self._epochs[name] = Unwrapping(opened, self.code)
        return found


class Custody(ReadingKeys):
    """The unlocked keys of one municipality: those that read, and those of facts and receipts."""

    __slots__ = ("receipt", "signing", "vault")

    def __init__(self, vault: Vault, minimum_suite: int) -> None:
        super().__init__(vault.municipality, minimum_suite, vault.secret("sealing"), vault.secret("records"))
        self.vault = vault
        self.signing = SigningKey.from_seed(vault.secret("signing").reveal())
        self.receipt = SigningKey.from_seed(vault.secret("receipt").reveal())

    @classmethod
    def create(cls, code: str, records_key: bytes) -> "Custody":
        """Fresh keys for a new municipality."""
        secrets = {
            "signing": SigningKey.generate().seed().reveal(),
            "sealing": SealingKey.generate().seed().reveal(),
            "receipt": SigningKey.generate().seed().reveal(),
            "records": records_key,
        }
        return cls(Vault.create(code, secrets), SUITE_XWING)

    def bundle(self, serial: int, now_ms: int) -> Keys:
        """The public keys and rules that devices learn at enrolment, signed."""
        return self.signed(
            Keys(
                self.code,
                serial,
                self.signing.public,
                self.sealing.public,
                self.sealing.suite,
                self.minimum_suite,
                self.receipt.public,
                now_ms,
            )
        )

    def signed(self, fact: F) -> F:
        """A fact with the municipality's signature."""
        return with_signature(fact, self.signing.sign(purpose_of(fact), *signed_fields(fact)))

    def grants(self, opened: Sequence[Opened]) -> list[tuple[Grant, bytes]]:
        """Records opened to devices by the municipality itself: the facts and the sealed keys."""
        code = self.code
        sealed = [
            seal_grant(one.record_key, code, one.record, one.key, to.device, to.sealing, to.suite)
            for one in opened
            for to in (one.certificate,)
        ]
        return [
            (self.signed(Grant(code, one.record, one.key, to.device, to.suite, sha256(raw).digest(), None)), raw)
            for one, raw in zip(opened, sealed, strict=True)
            for to in (one.certificate,)
        ]


def record_key_of(custody: ReadingKeys, keys: KeyStore, record: bytes, key: bytes) -> bytes | None:
    """A record's key as the municipality can open it now, or nothing when every wrap is missing or lies."""
    return custody.record_key(keys.wraps_of(record, key))


def read(folder: Path) -> LockedVault:
    """The vault of a municipality's folder."""
    if not (folder / VAULT_FILE).is_file():
        raise VaultMissing(municipality=folder.name)
    return read_vault(read_small(folder / VAULT_FILE))


def save(folder: Path, vault: Vault) -> None:
    """Write the vault, whole or not at all; first where other servers find it, if there are any."""
    raw = vault.to_bytes()
    common = open_stores().common(folder)
    if common is not None:
        common.keep_vault(raw)
    write_atomically(folder / VAULT_FILE, raw)


def take_shared(folder: Path, common: Common | None) -> bool:
    """Write what servers share into the folder of the one that took its municipality over; returns whether another
    server had it since. Where none had, the own vault is the newest: that of a database which was put back would give
    keyslots back that were taken away. The turn begins when all is on the disk: after a kill it is taken again."""
    path = folder / VAULT_FILE
    if common is None or not path.is_file():
        return False
    own = read_small(path)
    shared, turns = join(folder, common, own), common.turns()
    if shared.vault != own and turns > 0:
        write_atomically(path, shared.vault)
    elif shared.vault != own:
        common.keep_vault(own)
    agree_on_photos(folder, common, shared)
    common.begin_turn()
    return turns != 0


@contextmanager
def changing(folder: Path, vault: Vault) -> Iterator[None]:
    """Change a vault and have it on the disk, or leave it as it was: on a full disk too. Nobody waits in between."""
    before = vault.state()
    try:
        yield
        save(folder, vault)
    except BaseException:
        vault.set_back(before)
        raise


def note_use(folder: Path, vault: Vault, now_ms: int) -> None:
    """Note the day on which a slot unlocked. A vault of format 1 stays as it is until something of it changes.

    Where the disk or the database takes nothing, the day is kept in memory and goes along with the next change.
    """
    if not vault.generation or 0 <= now_ms - vault.about(vault.slot(vault.opened_by)).used_ms < USE_MS:
        return
    try:
        with changing(folder, vault):
            vault.note_use(vault.opened_by, now_ms)
    except (OSError, BackendError):
        vault.note_use(vault.opened_by, now_ms)


def opened_with(locked: LockedVault, slot: str, key: str, staff: str = "") -> Vault:
    """Open a vault with the secret that a person shows: a passphrase, a recovery code, or a key file in hexadecimal.

    The passphrases of `staff` are tried first.
    """
    if slot == PASSPHRASE:
        return locked.with_passphrase(key, staff)
    if slot == RECOVERY:
        return locked.with_recovery_code(key)
    return locked.with_key_file(_unhex(key))


def opened_by(locked: LockedVault, slot: str, key: str, staff: str) -> Vault:
    """Open a vault as a person. Raises `KeyslotOfAnother` for a passphrase that a colleague chose for themselves."""
    vault = opened_with(locked, slot, key, staff)
    if vault.slot(vault.opened_by).owner not in ("", staff):
        raise KeyslotOfAnother(staff=staff)
    return vault


def _unhex(key: str) -> bytes:
    try:
        return bytes.fromhex(key)
    except ValueError:
        return b""
