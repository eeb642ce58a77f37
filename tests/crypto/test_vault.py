"""The vault opens for its keyslots and for nothing else (crypto/SPEC.md section 7)."""

import msgspec
import pytest

from crypto.errors import (
    LastSlot,
    UnknownSecret,
    VaultCorrupt,
    WeakPassphrase,
    WrongKeyFile,
    WrongPassphrase,
    WrongRecoveryCode,
)
from crypto.recovery import from_code, to_code
from crypto.vault import PASSPHRASE, Vault, read_vault

WORDS = "paard batterij nietje juist"


def vault() -> Vault:
    made = Vault.create("GM9901", {"signing": b"s" * 32})
    made.set_passphrase(WORDS, memory_kib=64, passes=1)
    return made


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
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises((VaultCorrupt, WrongPassphrase)):
            read_vault(changed).with_passphrase(WORDS)


def test_a_slot_that_asks_for_all_memory_is_refused_unopened() -> None:
    stored = msgspec.msgpack.decode(vault().to_bytes())
    stored[2][0][2] = 1 << 30
    with pytest.raises(VaultCorrupt, match="slot-out-of-bounds"):
        read_vault(msgspec.msgpack.encode(stored)).with_passphrase(WORDS)


def test_a_slot_cannot_be_added_or_taken_away_without_the_vault_key() -> None:
    made = vault()
    made.set_key_file()
    stored = msgspec.msgpack.decode(made.to_bytes())
    del stored[2][1]
    with pytest.raises(VaultCorrupt):
        read_vault(msgspec.msgpack.encode(stored)).with_passphrase(WORDS)


def test_the_last_slot_stays_and_a_short_passphrase_is_refused() -> None:
    with pytest.raises(LastSlot):
        vault().remove(PASSPHRASE)
    with pytest.raises(LastSlot):
        Vault.create("GM9901", {}).to_bytes()
    with pytest.raises(WeakPassphrase):
        vault().set_passphrase("kort")


def test_a_passphrase_is_the_same_however_the_keyboard_composes_it() -> None:
    made = Vault.create("GM9901", {})
    made.set_passphrase("caf\u00e9 om de hoek", memory_kib=64, passes=1)
    assert read_vault(made.to_bytes()).with_passphrase("cafe\u0301 om de hoek").municipality == "GM9901"


def test_a_recovery_code_survives_paper() -> None:
    code = to_code(bytes(range(20)))
    assert bytes(range(20)) == from_code(code.lower().replace("-", " ").replace("0", "o"))
