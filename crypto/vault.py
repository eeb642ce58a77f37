"""The vault: a municipality's private keys, sealed under one vault key that each keyslot wraps (SPEC.md section 7).

Bytes in, bytes out. Changing a passphrase rewrites one slot and touches no data. A vault of format 1 opens, and is
written as format 2 when it is changed the next time.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from crypto import primitives
from crypto.errors import (
    LastSlot,
    TooFewKeyslots,
    TooManyKeyslots,
    UnknownKeyslot,
    UnknownSecret,
    VaultCorrupt,
    VaultNewer,
    WrongKeyFile,
    WrongPassphrase,
    WrongRecoveryCode,
)
from crypto.keyslots import (
    ID_BYTES,
    KEY_FILE,
    LABEL_MAX,
    LANES,
    MEMORY_KIB,
    OLD,
    PASSES,
    PASSPHRASE,
    RECOVERY,
    SLOTS_MAX,
    About,
    Slot,
    encode,
    make,
    must_be_long,
    normal,
    old_id,
    old_members,
    unwrapped,
)
from crypto.recovery import from_code, to_code
from crypto.secrets import Hidden, Secret

VERSION: Final = 2
KEPT_MIN: Final = 2  # keyslots that remain: one may be lost on the day that the other is needed


class _Version(msgspec.Struct, frozen=True, array_like=True):
    version: int


class _Stored(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A vault as it is saved; a release that knows format 1 alone reads so much of it, and names the version."""

    version: int
    municipality: str
    slots: tuple[Slot, ...]
    nonce: bytes
    sealed: bytes


class _Contents(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    generation: int
    slots: dict[bytes, About]
    secrets: dict[str, bytes]


class State(NamedTuple):
    """All that changes in a vault, as it was at one time."""

    slots: tuple[Slot, ...]
    about: Mapping[bytes, About]
    secrets: Mapping[str, bytes]
    generation: int


_version: Final = msgspec.msgpack.Decoder(_Version)
_decoder: Final = msgspec.msgpack.Decoder(_Stored)
_contents: Final = msgspec.msgpack.Decoder(_Contents)
_old_secrets: Final = msgspec.msgpack.Decoder(dict[str, bytes])


def _contents_aad(version: int, municipality: str, slots: tuple[Slot, ...]) -> bytes:
    """The list of slots is bound to the contents: a slot cannot be added or taken away without the vault key."""
    if version == OLD:
        return b"veldpost/1/vault" + encode([version, municipality, [old_members(slot) for slot in slots]])
    return b"veldpost/2/vault" + encode([version, municipality, slots])


class Vault(Hidden):
    """An unlocked vault. Its secrets leave memory only sealed, by `to_bytes`.

    `opened_by` is the id of the slot that opened it; `generation` counts how often it was written, 0 for format 1.
    """

    __slots__ = ("_about", "_key", "_secrets", "generation", "municipality", "opened_by", "slots")

    def __init__(self, municipality: str, key: bytes, state: State, opened_by: bytes = b"") -> None:
        self.municipality = municipality
        self.opened_by = opened_by
        self._key = key
        self.set_back(state)

    @classmethod
    def create(cls, municipality: str, secrets: Mapping[str, bytes]) -> "Vault":
        """A new vault without a keyslot: add one before it is saved."""
        return cls(municipality, primitives.random_bytes(primitives.KEY_BYTES), State((), {}, secrets, 0))

    def secret(self, name: str) -> Secret:
        """A secret by its name."""
        if name not in self._secrets:
            raise UnknownSecret(name=name)
        return Secret(self._secrets[name])

    def has(self, name: str) -> bool:
        """True if a secret of that name is held."""
        return name in self._secrets

    def put(self, name: str, value: bytes) -> None:
        """Keep a secret under a name."""
        self._secrets[name] = value

    def state(self) -> State:
        """The vault as it is now, for `set_back`."""
        return State(self.slots, dict(self._about), dict(self._secrets), self.generation)

    def set_back(self, state: State) -> None:
        """Be again as at an earlier time, because what came since could not be saved."""
        self.slots, self.generation = state.slots, state.generation
        self._about, self._secrets = dict(state.about), dict(state.secrets)

    def about(self, slot: Slot) -> About:
        """Label and times of a slot."""
        return self._about.get(slot.id, About())

    def slot(self, id_: bytes) -> Slot:
        """A slot by its id, or `UnknownKeyslot`."""
        for slot in self.slots:
            if slot.id == id_:
                return slot
        raise UnknownKeyslot(id=id_.hex())

    def passphrase_slot(
        self, passphrase: str, owner: str = "", *, memory_kib: int = MEMORY_KIB, passes: int = PASSES
    ) -> Slot:
        """A slot that opens with a passphrase; it takes a while, and changes nothing until it is added."""
        must_be_long(passphrase)
        cost = memory_kib, passes, LANES
        return make(self.municipality, self._key, PASSPHRASE, normal(passphrase), owner, cost)

    def set_passphrase(self, passphrase: str, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        """Make this the shared passphrase, in place of the one before; what is sealed stays as it is."""
        self.replace(self.passphrase_slot(passphrase, memory_kib=memory_kib, passes=passes))

    def set_key_file(self, at_ms: int = 0) -> bytes:
        """Make a new key file, in place of the one before; the 32 bytes are given out once."""
        key_file = primitives.random_bytes(primitives.KEY_BYTES)
        self.replace(make(self.municipality, self._key, KEY_FILE, key_file), at_ms=at_ms)
        return key_file

    def set_recovery_code(self) -> str:
        """Make a new recovery code, in place of the one before; it is shown once."""
        slot, code = self.recovery_slot()
        self.replace(slot)
        return code

    def recovery_slot(self) -> tuple[Slot, str]:
        """A slot that opens with a new recovery code, and that code; nothing is changed until it is added."""
        entropy = primitives.random_bytes(primitives.KEY_BYTES)[:20]
        return make(self.municipality, self._key, RECOVERY, entropy), to_code(entropy)

    def add(self, slot: Slot, label: str = "", at_ms: int = 0) -> None:
        """Add a slot beside the others. Raises `TooManyKeyslots`."""
        if len(self.slots) >= SLOTS_MAX:
            raise TooManyKeyslots(count=len(self.slots), limit=SLOTS_MAX)
        self.slots = (*self.slots, slot)
        self._about[slot.id] = About(label[:LABEL_MAX], at_ms)

    def replace(self, slot: Slot, label: str = "", at_ms: int = 0) -> None:
        """Put a slot in the place of those of its kind and owner."""
        gone = [other for other in self.slots if (other.kind, other.owner) == (slot.kind, slot.owner)]
        self._keep(tuple(other for other in self.slots if other not in gone))
        self.add(slot, label, at_ms)

    def remove(self, *ids: bytes) -> None:
        """Take keyslots away. Two always remain, one of them a recovery code: `TooFewKeyslots`, and nothing changes."""
        self._keep(self.must_leave_enough(*ids))

    def must_leave_enough(self, *ids: bytes) -> tuple[Slot, ...]:
        """The slots that remain without some: `TooFewKeyslots` if those are too few to do without them."""
        gone = {self.slot(id_).id for id_ in ids}
        left = tuple(slot for slot in self.slots if slot.id not in gone)
        if gone and (len(left) < KEPT_MIN or RECOVERY not in [slot.kind for slot in left]):
            why = "no-recovery-code" if len(left) >= KEPT_MIN else "fewer-than-two"
            raise TooFewKeyslots(left=len(left), minimum=KEPT_MIN, why=why)
        return left

    def owned_by(self, owner: str) -> tuple[bytes, ...]:
        """The ids of the slots of one person: they go when the person leaves."""
        return tuple(slot.id for slot in self.slots if owner and slot.owner == owner)

    def note_use(self, id_: bytes, at_ms: int) -> None:
        """Note that a slot opened the vault."""
        self._about[id_] = msgspec.structs.replace(self.about(self.slot(id_)), used_ms=at_ms)

    def to_bytes(self) -> bytes:
        """The vault, sealed, as it is saved: always in the newest format, and one generation on."""
        if not self.slots:
            raise LastSlot
        self.generation += 1
        nonce = primitives.random_bytes(primitives.NONCE_BYTES)
        contents = encode(_Contents(self.generation, self._about, self._secrets))
        aad = _contents_aad(VERSION, self.municipality, self.slots)
        sealed = primitives.Aead(self._key).seal(nonce, contents, aad)
        return encode(_Stored(VERSION, self.municipality, self.slots, nonce, sealed))

    def _keep(self, slots: tuple[Slot, ...]) -> None:
        self.slots = slots
        kept = {slot.id for slot in slots}
        self._about = {id_: about for id_, about in self._about.items() if id_ in kept}


class LockedVault:
    """A vault as it lies on the disk: which municipality, which keyslots and whose, nothing else."""

    def __init__(self, stored: _Stored) -> None:
        self._stored = stored
        self.municipality = stored.municipality
        self.kinds = tuple(slot.kind for slot in stored.slots)

    def with_passphrase(self, passphrase: str, owner: str = "") -> Vault:
        """Unlock, or `WrongPassphrase`; the slots of `owner` are tried first."""
        return self._unlock(PASSPHRASE, normal(passphrase), owner) or _fail(WrongPassphrase())

    def with_key_file(self, key_file: bytes) -> Vault:
        """Unlock, or `WrongKeyFile`."""
        return self._unlock(KEY_FILE, key_file) or _fail(WrongKeyFile())

    def with_recovery_code(self, code: str) -> Vault:
        """Unlock; a slip in writing is told apart from a code of another vault."""
        return self._unlock(RECOVERY, from_code(code)) or _fail(WrongRecoveryCode(why="code-of-another"))

    def _unlock(self, kind: str, secret: bytes, owner: str = "") -> Vault | None:
        fitting = [slot for slot in self._stored.slots if slot.kind == kind]
        for slot in sorted(fitting, key=lambda slot: slot.owner != owner):
            key = unwrapped(self.municipality, slot, secret)
            if key is not None:
                return self._open(key, slot.id)
        return None

    def _open(self, key: bytes, opened_by: bytes) -> Vault:
        stored = self._stored
        aad = _contents_aad(stored.version, self.municipality, stored.slots)
        try:
            raw = primitives.Aead(key).open(stored.nonce, stored.sealed, aad)
            old = stored.version == OLD
            contents = _Contents(0, {}, _old_secrets.decode(raw)) if old else _contents.decode(raw)
        except (primitives.OpenFailed, msgspec.DecodeError, UnicodeDecodeError):
            raise VaultCorrupt(why="vault-changed") from None
        state = State(stored.slots, contents.slots, contents.secrets, contents.generation)
        return Vault(stored.municipality, key, state, opened_by)


def read_vault(raw: bytes) -> LockedVault:
    """A vault from its bytes. Raises `VaultNewer`, and `VaultCorrupt` for what is no vault or has slots that clash."""
    version = _decoded(_version, raw).version
    if version > VERSION:
        raise VaultNewer(given=version, known=VERSION)
    if version < OLD:
        raise VaultCorrupt(why="vault-version", given=version)
    stored: _Stored = _decoded(_decoder, raw)
    if len(stored.slots) > SLOTS_MAX:
        raise VaultCorrupt(why="too-many-slots", count=len(stored.slots), limit=SLOTS_MAX)
    slots = stored.slots if version == VERSION else tuple(map(_with_id, stored.slots))
    if len({slot.id for slot in slots}) < len(slots) or any(len(slot.id) != ID_BYTES for slot in slots):
        raise VaultCorrupt(why="slot-ids")
    return LockedVault(msgspec.structs.replace(stored, slots=slots))


def _with_id(slot: Slot) -> Slot:
    """A slot of a vault of format 1, which binds seven members alone: more of them are somebody else's."""
    if slot != Slot(*old_members(slot)):
        raise VaultCorrupt(why="vault-changed")
    return msgspec.structs.replace(slot, id=old_id(slot))


def _decoded(decoder: Any, raw: bytes) -> Any:
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):  # msgspec lets bad UTF-8 through as the latter
        raise VaultCorrupt(why="not-a-vault") from None


def _fail(error: Exception) -> Vault:
    raise error
