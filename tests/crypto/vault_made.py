"""Makes vectors of the vault from crypto/SPEC.md 7 alone: both formats, and the faults of a file that somebody changed.

Needs only `cryptography` and `msgspec`, and imports nothing of Veldpost. Run it to write the file again:
`python tests/crypto/vault_made.py`; a test holds the file to it.
"""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FILE = Path(__file__).parents[1] / "vectors" / "vault.json"
TOWN, KEY, OTHER_KEY = "GM9901", b"\x21" * 32, b"\x22" * 32
SECRETS = {"signing": b"s" * 32, "records": b"r" * 32}
SHARED, OWN, KEY_FILE, BITS = "paard batterij nietje juist", "een zin van Anna alleen", b"\x23" * 32, bytes(range(20))
KINDS: dict[str, str | bytes] = {"passphrase": SHARED, "own": OWN, "key-file": KEY_FILE, "recovery-code": BITS}
pack = msgspec.msgpack.encode
Row = dict[str, Any]
Parts = list[Any]
CORRUPT = ("vault-corrupt", "vault-changed")


def random(name: str, size: int) -> bytes:
    """Bytes that look random and are always the same."""
    return sha256(name.encode()).digest()[:size]


def slot_key(kind: str, secret: bytes, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    """The key under which the vault key is wrapped."""
    if kind == "passphrase":
        memory, passes, lanes = cost
        return Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory).derive(secret)
    return HKDF(hashes.SHA256(), 32, None, b"veldpost/1/slot/" + kind.encode()).derive(secret + salt)


def slot(name: str, owner: str = "", wrapped_in: int = 2, key: bytes = KEY, town: str = TOWN) -> Parts:
    """A slot of either format, as it stands in the file of format 2."""
    kind, secret = "passphrase" if name == "own" else name, KINDS[name]
    raw = secret.encode() if isinstance(secret, str) else secret
    cost = (64, 1, 1) if kind == "passphrase" else (0, 0, 0)
    salt, nonce, id_ = random(f"salt {name}", 16), random(f"nonce {name}", 12), random(f"id {name}", 8)
    if wrapped_in == 1:
        id_ = sha256(salt).digest()[:8]
        aad = b"veldpost/1/slot" + pack([town, kind, salt, *cost])
    else:
        aad = b"veldpost/2/slot" + pack([town, id_, kind, owner, salt, *cost])
    wrapped = AESGCM(slot_key(kind, raw, salt, cost)).encrypt(nonce, key, aad)
    return [kind, salt, *cost, nonce, wrapped, id_, owner, wrapped_in]


def about(slots: list[Parts]) -> dict[bytes, Parts]:
    """Label, made and last used of each slot."""
    return {one[7]: [f"label {number}", 1_000 + number, number] for number, one in enumerate(slots)}


def vault(slots: list[Parts], generation: int = 4, key: bytes = KEY) -> Parts:
    """A vault of format 2."""
    nonce = random(f"vault {generation}", 12)
    plain = pack([generation, about(slots), SECRETS])
    sealed = AESGCM(key).encrypt(nonce, plain, b"veldpost/2/vault" + pack([2, TOWN, slots]))
    return [2, TOWN, slots, nonce, sealed]


def old_vault(slots: list[Parts]) -> Parts:
    """A vault of format 1: slots of seven members, and contents that are the secrets alone."""
    short, nonce = [one[:7] for one in slots], random("vault 1", 12)
    sealed = AESGCM(KEY).encrypt(nonce, pack(SECRETS), b"veldpost/1/vault" + pack([1, TOWN, short]))
    return [1, TOWN, short, nonce, sealed]


def row(name: str, raw: Parts | bytes, shown: str = "passphrase", fault: tuple[str, str] | None = None,
        opens: tuple[int, list[Parts]] | None = None) -> Row:  # fmt: skip
    """One file and the secret that somebody shows: what comes of it."""
    secret = KINDS[shown]
    kind = "passphrase" if shown == "own" else shown
    opened = None
    if opens is not None:
        generation, slots = opens
        told = about(slots) if generation else {}
        opened = {
            "generation": generation,
            "secrets": {key: value.hex() for key, value in SECRETS.items()},
            "slots": [
                {"id": one[7].hex(), "kind": one[0], "owner": one[8], "label": told.get(one[7], ["", 0, 0])[0],
                 "made_ms": told.get(one[7], ["", 0, 0])[1], "used_ms": told.get(one[7], ["", 0, 0])[2]}
                for one in slots
            ],
        }  # fmt: skip
    return {
        "name": name, "vault": (raw if isinstance(raw, bytes) else pack(raw)).hex(), "kind": kind,
        "shown": secret if isinstance(secret, str) else secret.hex(), "error": fault and fault[0],
        "reason": (fault and fault[1]) or None, "opened": opened,
    }  # fmt: skip


def changed(parts: Parts, change: Callable[[Parts], object]) -> Parts:
    """A file after somebody without the key changed it."""
    fresh: Parts = msgspec.msgpack.decode(pack(parts))
    change(fresh)
    return fresh


def put(number: int, member: int, value: Any) -> Callable[[Parts], object]:
    """Write one member of a slot otherwise."""
    return lambda parts: parts[2][number].__setitem__(member, value)


def swapped(member: int) -> Callable[[Parts], object]:
    """Exchange a member of the first two slots."""

    def change(parts: Parts) -> None:
        one, other = parts[2][0], parts[2][1]
        one[member], other[member] = other[member], one[member]

    return change


def opening() -> list[Row]:
    """Vaults that open, and secrets that open nothing."""
    slots = [slot("passphrase"), slot("own", "anna"), slot("recovery-code"), slot("key-file")]
    whole, olds = vault(slots), [slot("passphrase", wrapped_in=1), slot("recovery-code", wrapped_in=1)]
    mixed = [*olds, slot("own", "anna")]
    wrong = ("wrong-passphrase", "")
    return [
        row("a shared passphrase opens", whole, opens=(4, slots)),
        row("a person's own passphrase opens", whole, "own", opens=(4, slots)),
        row("a recovery code opens", whole, "recovery-code", opens=(4, slots)),
        row("a key file opens", whole, "key-file", opens=(4, slots)),
        row("a vault of format 1 opens, without labels and with ids from its salts", old_vault(olds), opens=(0, olds)),
        row("a recovery code opens a vault of format 1", old_vault(olds), "recovery-code", opens=(0, olds)),
        row("slots of format 1 stay as they were wrapped", vault(mixed), opens=(4, mixed)),
        row("a slot that came to those of format 1 opens", vault(mixed), "own", opens=(4, mixed)),
        row("one slot alone opens", vault(slots[:1]), opens=(4, slots[:1])),
        row("a vault without that passphrase", vault(slots[2:]), fault=wrong),
        row("a vault without a slot of that kind", vault(slots[:2]), "key-file", fault=("wrong-key-file", "")),
        row("another code", vault(slots[:2]), "recovery-code", fault=("wrong-recovery-code", "code-of-another")),
        row("an earlier file opens, and its generation is lower", vault(slots, 3), opens=(3, slots)),
    ]


def attacked() -> list[Row]:
    """Files that somebody without the vault key changed."""
    slots = [slot("passphrase"), slot("own", "anna"), slot("recovery-code")]
    whole, wrong = vault(slots), ("wrong-passphrase", "")
    olds = [slot("passphrase", wrapped_in=1), slot("recovery-code", wrapped_in=1)]
    one_of_each = [slot("passphrase", wrapped_in=1), slot("own", "anna"), slot("recovery-code")]
    clash = ("vault-corrupt", "slot-ids")
    return [
        row("the places of two slots are exchanged", changed(whole, lambda v: v[2].reverse()), fault=CORRUPT),
        row("the wraps of two slots are exchanged", changed(whole, swapped(6)), fault=wrong),
        row("the ids of two slots are exchanged", changed(whole, swapped(7)), fault=wrong),
        row("the owner is another", changed(whole, put(1, 8, "bram")), "own", wrong),
        row("the owner is gone", changed(whole, put(1, 8, "")), "own", wrong),
        row("another slot has an owner now", changed(whole, put(2, 8, "bram")), fault=CORRUPT),
        row("a slot of format 1 has an owner now", changed(vault(one_of_each), put(0, 8, "bram")), fault=CORRUPT),
        row("a slot claims the wrap of format 1", changed(whole, put(0, 9, 1)), fault=wrong),
        row("a slot is taken away", changed(whole, lambda v: v[2].pop(1)), fault=CORRUPT),
        row("a slot is added", changed(whole, lambda v: v[2].append(slot("key-file", key=OTHER_KEY))), fault=CORRUPT),
        row("a slot with the right key is added", changed(whole, lambda v: v[2].append(slot("key-file"))), "key-file",
            CORRUPT),
        row("contents of an earlier day", [*whole[:3], *vault(slots[:2], 3)[3:]], fault=CORRUPT),
        row("slots of an earlier day", [*whole[:2], slots[:2], *whole[3:]], fault=CORRUPT),
        row("contents under the key of another vault", vault(slots, key=OTHER_KEY), fault=CORRUPT),
        row("of another municipality", changed(whole, lambda v: v.__setitem__(1, "GM9902")), fault=wrong),
        row("format 2 is called format 1", changed(whole, lambda v: v.__setitem__(0, 1)), fault=CORRUPT),
        row("an owner in a vault of format 1", changed(old_vault(olds), lambda v: v[2][0].extend([b"", "anna", 1])),
            fault=CORRUPT),
        row("a member too many in a vault of format 1", changed(old_vault(olds), lambda v: v[2][0].append(b"x")),
            fault=CORRUPT),
        row("two slots with one id", changed(whole, lambda v: v[2][1].__setitem__(7, v[2][0][7])), fault=clash),
        row("an id that is too short", changed(whole, put(0, 7, b"short")), fault=clash),
        row("seventeen slots", changed(whole, lambda v: v[2].extend([v[2][0]] * 14)),
            fault=("vault-corrupt", "too-many-slots")),
        row("a slot that asks for all memory", changed(whole, put(0, 2, 1 << 30)),
            fault=("vault-corrupt", "slot-out-of-bounds")),
        row("a slot that asks for no pass", changed(whole, put(0, 3, 0)),
            fault=("vault-corrupt", "slot-out-of-bounds")),
        row("a vault of a later format", pack([3, {"slots": 1}]), fault=("vault-newer", "")),
        row("a vault of no format", changed(whole, lambda v: v.__setitem__(0, 0)),
            fault=("vault-corrupt", "vault-version")),
        row("no MessagePack", b"\xc1", fault=("vault-corrupt", "not-a-vault")),
        row("a member too few", whole[:4], fault=("vault-corrupt", "not-a-vault")),
    ]  # fmt: skip


def text() -> str:
    """The file."""
    return "[\n" + ",\n".join(" " + json.dumps(one) for one in [*opening(), *attacked()]) + "\n]\n"


if __name__ == "__main__":
    FILE.write_text(text())
