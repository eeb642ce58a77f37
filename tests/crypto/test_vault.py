"""The vault opens for its keyslots and for nothing else (crypto/SPEC.md section 7)."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from crypto import keyslots
from crypto.errors import (
    LastSlot,
    TooFewKeyslots,
    TooManyKeyslots,
    UnknownKeyslot,
    UnknownSecret,
    VaultCorrupt,
    VaultNewer,
    WeakPassphrase,
    WrongKeyFile,
    WrongPassphrase,
    WrongRecoveryCode,
)
from crypto.keyslots import KEY_FILE, PASSPHRASE, RECOVERY, SLOTS_MAX
from crypto.recovery import from_code, to_code
from crypto.vault import Vault, read_vault

WORDS = "paard batterij nietje juist"
OWN = "een zin van Anna alleen"
Stored = list[Any]
SALT, WRAPPED, ID, OWNER, WRAPPED_IN = 1, 6, 7, 8, 9


def vault() -> Vault:
    made = Vault.create("GM9901", {"signing": b"s" * 32})
    made.set_passphrase(WORDS, memory_kib=64, passes=1)
    return made


def shared() -> tuple[Vault, str]:
    """A vault with the shared passphrase, Anna's own, and a recovery code, which is returned too."""
    made = vault()
    made.add(made.passphrase_slot(OWN, "anna", memory_kib=64, passes=1), "telefoon van Anna", 7)
    return made, made.set_recovery_code()


def changed(raw: bytes, change: Callable[[Stored], object]) -> bytes:
    """The file after somebody without the key changed it."""
    stored = msgspec.msgpack.decode(raw)
    change(stored)
    return msgspec.msgpack.encode(stored)


def test_a_wrong_passphrase_key_file_or_code_opens_nothing() -> None:
    made = vault()
    key_file, code = made.set_key_file(), made.set_recovery_code()
    locked = read_vault(made.to_bytes())
    with pytest.raises(WrongPassphrase):
        locked.with_passphrase("paard batterij nietje fout")
    with pytest.raises(WrongKeyFile):
        locked.with_key_file(key_file[:-1] + bytes([key_file[-1] ^ 1]))
    with pytest.raises(WrongRecoveryCode, match="code-of-another"):
        locked.with_recovery_code(to_code(bytes(20)))
    with pytest.raises(WrongRecoveryCode, match="code-mistyped"):
        locked.with_recovery_code(code[:-6] + ("0" if code[-6] != "0" else "1") + code[-5:])


def test_each_keyslot_opens_the_same_secrets() -> None:
    made = vault()
    key_file, code = made.set_key_file(), made.set_recovery_code()
    locked = read_vault(made.to_bytes())
    ways = (locked.with_passphrase(WORDS), locked.with_key_file(key_file), locked.with_recovery_code(code.lower()))
    assert [way.secret("signing").reveal() for way in ways] == [b"s" * 32] * 3
    assert [PASSPHRASE, KEY_FILE, RECOVERY] == [way.slot(way.opened_by).kind for way in ways]
    with pytest.raises(UnknownSecret):
        ways[0].secret("nothing")


def test_a_new_passphrase_replaces_the_old_one_and_touches_no_secret() -> None:
    made = vault()
    made.set_passphrase("een heel ander zinnetje", memory_kib=64, passes=1)
    locked = read_vault(made.to_bytes())
    with pytest.raises(WrongPassphrase):
        locked.with_passphrase(WORDS)
    assert locked.with_passphrase("een heel ander zinnetje").secret("signing").reveal() == b"s" * 32


def test_every_changed_byte_is_noticed() -> None:
    raw = vault().to_bytes()
    for place in range(len(raw)):
        flipped = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises((VaultCorrupt, VaultNewer, WrongPassphrase)):
            read_vault(flipped).with_passphrase(WORDS)


def test_a_slot_that_asks_for_all_memory_is_refused_unopened() -> None:
    def greedy(stored: Stored) -> None:
        stored[2][0][2] = 1 << 30

    with pytest.raises(VaultCorrupt, match="slot-out-of-bounds"):
        read_vault(changed(vault().to_bytes(), greedy)).with_passphrase(WORDS)


def swap(member: int) -> Callable[[Stored], None]:
    """Exchange one member of the first two slots."""

    def change(stored: Stored) -> None:
        one, other = stored[2][0], stored[2][1]
        one[member], other[member] = other[member], one[member]

    return change


def put(slot: int, member: int, value: Any) -> Callable[[Stored], None]:
    """Write a member of a slot otherwise."""

    def change(stored: Stored) -> None:
        stored[2][slot][member] = value

    return change


CHANGES: dict[str, Callable[[Stored], object]] = {
    "two slots change places": lambda stored: stored[2].reverse(),
    "two wraps change places": swap(WRAPPED),
    "two ids change places": swap(ID),
    "two owners change places": swap(OWNER),
    "a shared slot becomes a person's": put(0, OWNER, "anna"),
    "a person's slot becomes a colleague's": put(1, OWNER, "bram"),
    "a person's slot becomes shared": put(1, OWNER, ""),
    "a slot has another id": put(0, ID, b"12345678"),
    "two slots have one id": lambda stored: stored[2][0].__setitem__(ID, stored[2][1][ID]),
    "a slot claims the older wrap": put(0, WRAPPED_IN, 1),
    "a slot claims a later wrap": put(0, WRAPPED_IN, 3),
    "a passphrase becomes a recovery code": put(1, 0, RECOVERY),
    "a slot is taken away": lambda stored: stored[2].pop(1),
    "a slot is there twice": lambda stored: stored[2].append(stored[2][1]),
    "a slot of another vault is added": lambda stored: stored[2].append(
        msgspec.msgpack.decode(vault().to_bytes())[2][0]
    ),
    "the vault is another municipality's": lambda stored: stored.__setitem__(1, "GM9902"),
    "the vault is of the format before": lambda stored: stored.__setitem__(0, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_whoever_holds_the_file_alone_changes_no_list_of_slots(name: str) -> None:
    """Swapped, relabelled, added, taken away: neither a shared secret nor a person's own opens it then."""
    made, code = shared()
    locked = read_vault(made.to_bytes())
    assert locked.with_passphrase(WORDS).has("signing") and locked.with_recovery_code(code).has("signing")
    for words in (WORDS, OWN):
        with pytest.raises((VaultCorrupt, WrongPassphrase)):
            read_vault(changed(made.to_bytes(), CHANGES[name])).with_passphrase(words)


def test_a_slot_that_was_taken_away_cannot_be_put_back_into_a_later_file() -> None:
    made, _ = shared()
    before = msgspec.msgpack.decode(made.to_bytes())
    made.remove(*made.owned_by("anna"))
    after = made.to_bytes()
    with pytest.raises(WrongPassphrase):
        read_vault(after).with_passphrase(OWN)
    with pytest.raises(VaultCorrupt, match="vault-changed"):
        read_vault(changed(after, lambda stored: stored[2].append(before[2][1]))).with_passphrase(OWN)
    with pytest.raises(VaultCorrupt, match="vault-changed"):
        read_vault(changed(after, lambda stored: stored.__setitem__(2, before[2]))).with_passphrase(OWN)
    with pytest.raises(VaultCorrupt, match="vault-changed"):
        read_vault(changed(after, lambda stored: stored.__setitem__(slice(3, 5), before[3:5]))).with_passphrase(WORDS)


def test_the_whole_file_of_an_earlier_day_opens_and_is_known_by_its_generation() -> None:
    """The format alone cannot refuse it: the journal keeps the generation (backend/municipality/keyring.py)."""
    made, _ = shared()
    before = made.to_bytes()
    made.remove(*made.owned_by("anna"))
    after = made.to_bytes()
    assert (1, 2) == tuple(read_vault(raw).with_passphrase(WORDS).generation for raw in (before, after))
    assert read_vault(before).with_passphrase(OWN).generation == 1


def test_label_and_times_are_sealed_and_an_owner_is_not() -> None:
    made, code = shared()
    raw = made.to_bytes()
    assert b"telefoon" not in raw and b"anna" in raw
    opened = read_vault(raw).with_recovery_code(code)
    (own,) = opened.owned_by("anna")
    opened.note_use(own, 9)
    again = read_vault(opened.to_bytes()).with_passphrase(OWN, "anna")
    assert ("telefoon van Anna", 7, 9) == msgspec.structs.astuple(again.about(again.slot(own)))


def test_the_own_passphrase_of_who_asks_is_tried_first(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = shared()
    locked, tried = read_vault(made.to_bytes()), []
    open_slot = keyslots.unwrapped

    def counted(municipality: str, slot: keyslots.Slot, secret: bytes) -> bytes | None:
        tried.append(slot.owner)
        return open_slot(municipality, slot, secret)

    monkeypatch.setattr("crypto.vault.unwrapped", counted)
    locked.with_passphrase(OWN, "anna")
    locked.with_passphrase(OWN)
    assert ["anna", "", "anna"] == tried


def test_two_slots_remain_and_one_of_them_is_a_recovery_code() -> None:
    made, _ = shared()
    recovery = next(slot.id for slot in made.slots if slot.kind == RECOVERY)
    before = made.slots
    with pytest.raises(TooFewKeyslots, match="no-recovery-code"):
        made.remove(recovery)
    with pytest.raises(TooFewKeyslots, match="fewer-than-two"):
        made.remove(*(slot.id for slot in made.slots if slot.kind == PASSPHRASE))
    with pytest.raises(UnknownKeyslot):
        made.remove(b"12345678")
    assert before == made.slots
    made.remove(*made.owned_by("anna"))
    assert [PASSPHRASE, RECOVERY] == [slot.kind for slot in made.slots]


def test_a_vault_with_fewer_keeps_working_and_is_changed_by_adding() -> None:
    made = vault()
    assert read_vault(made.to_bytes()).with_passphrase(WORDS).has("signing")
    with pytest.raises(TooFewKeyslots):
        made.remove(made.slots[0].id)
    made.set_key_file()
    made.set_key_file()
    assert [PASSPHRASE, KEY_FILE] == [slot.kind for slot in made.slots]


def test_there_are_no_more_slots_than_are_tried() -> None:
    made = vault()
    for _ in range(SLOTS_MAX - 1):
        made.add(made.recovery_slot()[0])
    with pytest.raises(TooManyKeyslots):
        made.add(made.recovery_slot()[0])
    with pytest.raises(VaultCorrupt, match="too-many-slots"):
        read_vault(changed(made.to_bytes(), lambda stored: stored[2].append(stored[2][0])))


def test_a_vault_without_a_slot_is_not_saved_and_a_short_passphrase_is_refused() -> None:
    with pytest.raises(LastSlot):
        Vault.create("GM9901", {}).to_bytes()
    with pytest.raises(WeakPassphrase):
        vault().set_passphrase("kort")


def test_a_vault_that_came_later_is_not_called_damaged() -> None:
    later = msgspec.msgpack.encode([3, "GM9901", {"slots": []}])
    with pytest.raises(VaultNewer, match="given=3"):
        read_vault(later)


def test_a_release_that_knows_format_1_reads_so_far_that_it_names_the_version() -> None:
    """It has five members, and slots whose first seven are those of format 1: it answers `version 2 is unknown`."""

    class OldSlot(msgspec.Struct, array_like=True):
        kind: str
        salt: bytes
        memory_kib: int
        passes: int
        lanes: int
        nonce: bytes
        wrapped: bytes

    class Old(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
        version: int
        municipality: str
        slots: tuple[OldSlot, ...]
        nonce: bytes
        sealed: bytes

    made, _ = shared()
    assert 2 == msgspec.msgpack.decode(made.to_bytes(), type=Old).version


def test_a_passphrase_is_the_same_however_the_keyboard_composes_it() -> None:
    made = Vault.create("GM9901", {})
    made.set_passphrase("caf\u00e9 om de hoek", memory_kib=64, passes=1)
    assert read_vault(made.to_bytes()).with_passphrase("cafe\u0301 om de hoek").municipality == "GM9901"


def test_a_recovery_code_survives_paper() -> None:
    code = to_code(bytes(range(20)))
    assert bytes(range(20)) == from_code(code.lower().replace("-", " ").replace("0", "o"))


AS_SHIPPED = """
import msgspec
from crypto.own_secrets import kept_of
from crypto.passwords import kept_password
from crypto.vault import Vault
slot = Vault.create("GM9901", {}).passphrase_slot("paard batterij nietje juist")
print((slot.memory_kib, slot.passes, slot.lanes), msgspec.msgpack.decode(kept_of("alleen bram weet dit"))[:3])
print(kept_password("zwaluw trechter maandag").rpartition("$")[0].rpartition("$")[0])
"""


def test_passphrases_own_secrets_and_passwords_cost_what_their_guides_ask_for() -> None:
    """RFC 9106 and OWASP, in a process of its own: in this one they are made cheap (tests/conftest.py)."""
    done = subprocess.run([sys.executable, "-c", AS_SHIPPED], capture_output=True, text=True, check=True)
    assert "(65536, 3, 4) [65536, 3, 4]\n$argon2id$v=19$m=19456,t=2,p=1\n" == done.stdout
