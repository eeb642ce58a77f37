"""One device, one record, two entries, made and checked from the protocol alone (docs/makers.md).

Needs only `cryptography` and `msgspec`. It imports nothing of Veldpost, so that it shows what another maker has to
write; a test holds what it makes against the product. Run it: `python docs/worked_example.py`.
"""

import hashlib
import hmac
import json
import os
import time
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

pack, unpack = msgspec.msgpack.encode, msgspec.msgpack.decode
SUITE = 2  # X-Wing: ML-KEM-768 with X25519
XWING = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def sha256(*parts: bytes) -> bytes:
    """SHA-256 over the parts, joined."""
    return hashlib.sha256(b"".join(parts)).digest()


def hkdf(key: bytes, info: str) -> bytes:
    """32 bytes derived from a key; no salt."""
    return HKDF(hashes.SHA256(), 32, None, info.encode()).derive(key)


def signed_bytes(purpose: str, *fields: bytes | str | int | None) -> bytes:
    """What every signature covers: the purpose, then each field behind its 4-byte length."""
    out = b"veldpost/1/" + purpose.encode()
    for field in fields:
        if isinstance(field, int):
            raw = field.to_bytes(8, "big")
        else:
            raw = field.encode() if isinstance(field, str) else field or b""
        out += len(raw).to_bytes(4, "big") + raw
    return out


class Keys:
    """A device's (or a municipality's) two keys, from two seeds of 32 bytes; the id follows from the public halves."""

    def __init__(self, signing_seed: bytes, sealing_seed: bytes) -> None:
        self.signing = ed25519.Ed25519PrivateKey.from_private_bytes(signing_seed)
        self.signing_public = self.signing.public_key().public_bytes_raw()
        self.sealing_seed = sealing_seed
        wide = hashlib.shake_256(sealing_seed).digest(96)  # X-Wing expands its seed
        one = mlkem.MLKEM768PrivateKey.from_seed_bytes(wide[:64])
        two = x25519.X25519PrivateKey.from_private_bytes(wide[64:])
        self.sealing = hpke.MLKEM768X25519PrivateKey(one, two)
        self.sealing_open = hpke.MLKEM768X25519PublicKey(one.public_key(), two.public_key())
        self.sealing_public = one.public_key().public_bytes_raw() + two.public_key().public_bytes_raw()
        self.id = sha256(b"veldpost/1/device", self.signing_public, self.sealing_public)[:16]


class Record:
    """A record: its key, the commitment in every header, the id that proves who created it, and the derived keys."""

    def __init__(self, creator: bytes, record_key: bytes) -> None:
        self.record_key = record_key
        self.key = sha256(b"veldpost/1/key", record_key)[:16]
        self.id = sha256(b"veldpost/1/record", creator, self.key)[:16]
        self.body_key = AESGCM(hkdf(record_key, "veldpost/1/body"))
        self.touch_key = hkdf(record_key, "veldpost/1/touch")

    def touch(self, path: str) -> bytes:
        """The blinded name of a field."""
        return hmac.digest(self.touch_key, path.encode(), "sha256")[:8]


def make_clock(latest: int, now_ms: int) -> int:
    """Later than the latest effective clock among the own last entry and what is observed; or the wall clock's."""
    return max(now_ms << 16, latest + 1)


def make_entry(
    town: str,
    device: Keys,
    record: Record,
    before: tuple[int, bytes],
    clock: int,
    observed: list[list[Any]],
    text: tuple[str, int, dict[str, Any]],
    wraps: list[list[bytes]],
) -> tuple[list[Any], bytes]:
    """A write: the entry as it travels, and its hash. `before` is the seq and hash of the device's last entry."""
    seq, prev = before
    touches = sorted({record.touch(path) for path in text[2]})
    clock_bytes = clock.to_bytes(8, "big")
    header = pack(
        [1, town, device.id, seq + 1, clock_bytes, record.id, record.key, "write", sorted(observed), touches, None]
    )
    plaintext = pack([*text])
    framed = len(plaintext).to_bytes(4, "big") + plaintext
    nonce = os.urandom(12)
    body = nonce + record.body_key.encrypt(nonce, framed + bytes(-len(framed) % 256), header)
    name = sha256(b"veldpost/1/entry", prev, sha256(header), sha256(body))
    return [prev, header, body, None, device.signing.sign(signed_bytes("entry", name)), wraps], name


def make_epoch_and_wrap(town: str, device: Keys, record: Record, town_keys: Keys) -> tuple[list[Any], list[bytes]]:
    """The epoch key, sealed once to the municipality, and the record key wrapped under it."""
    epoch_id, epoch_key, nonce = os.urandom(8), os.urandom(32), os.urandom(12)
    info = b"veldpost/1/epoch" + town.encode() + device.id + epoch_id
    sealed = XWING.encrypt(epoch_key, town_keys.sealing_open, info=info)
    aad = town.encode() + record.id + record.key + epoch_id
    wrapped = AESGCM(hkdf(epoch_key, "veldpost/1/wrap")).encrypt(nonce, record.record_key, aad)
    key_id = sha256(town_keys.sealing_public)[:8]
    return [epoch_id, key_id, SUITE, sealed], [record.id, record.key, epoch_id, nonce, wrapped]


def check_entry(
    entry: list[Any], author_public: bytes, record_key: bytes, prev: bytes
) -> tuple[str, int, dict[str, Any]]:
    """What a reader checks, in order; a reader never trusts the server for any of it. Returns the plaintext."""
    assert entry[0] == prev, "chain"
    header, body = unpack(entry[1]), entry[2]
    assert pack(header) == entry[1] and len(header) == 11, "header"
    name = sha256(b"veldpost/1/entry", prev, sha256(entry[1]), sha256(body))
    author = ed25519.Ed25519PublicKey.from_public_bytes(author_public)
    author.verify(entry[4], signed_bytes("entry", name))  # 1 sig
    record = Record(b"", record_key)
    assert header[6] == record.key, "key"  # 2 key
    padded = record.body_key.decrypt(body[:12], body[12:], entry[1])  # 3 open
    end = 4 + int.from_bytes(padded[:4], "big")
    assert end <= len(padded) < end + 256 and len(padded) % 256 == 0 and not any(padded[end:]), "padding"  # 4 open
    form, version, answers = unpack(padded[4:end])  # 5 open
    assert header[9] == sorted({record.touch(path) for path in answers}), "touches"  # 6 touches
    return form, version, answers


def make_request(device: Keys, method: str, target: str, body: bytes, time_ms: int, **headers: str) -> dict[str, str]:
    """The headers of a signed request: of its own headers these four are signed, as text, empty where absent."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    upload = [named.get(name, "") for name in ("Upload-Offset", "Upload-Length", "Upload-Metadata", "Content-Type")]
    sig = device.signing.sign(signed_bytes("request", method, target, sha256(body), time_ms, *upload))
    who = {"Veldpost-Device": device.id.hex(), "Veldpost-Time": str(time_ms), "Veldpost-Signature": sig.hex()}
    return named | who


def main() -> dict[str, Any]:
    """Make keys, a record, two entries that follow each other, and the request that hands them in."""
    town, now_ms = "GM0228", time.time_ns() // 1_000_000
    device, town_keys = Keys(os.urandom(32), os.urandom(32)), Keys(os.urandom(32), os.urandom(32))
    record = Record(device.id, os.urandom(32))
    epoch, wrap = make_epoch_and_wrap(town, device, record, town_keys)

    clock = make_clock(0, now_ms)
    said = ("huisbezoek", 1, {"/bezoek_datum": "2026-03-04", "/rollen": ["outreachwerker"]})
    first, first_hash = make_entry(town, device, record, (0, bytes(32)), clock, [], said, [wrap])
    clock = make_clock(clock, now_ms)
    said_later = ("huisbezoek", 1, {"/bezoek_datum": "2026-03-05"})
    seen = [[device.id, 1, first_hash[:8]]]  # its own first entry was on screen when editing began
    second, second_hash = make_entry(town, device, record, (1, first_hash), clock, seen, said_later, [])

    assert check_entry(first, device.signing_public, record.record_key, bytes(32)) == said
    assert check_entry(second, device.signing_public, record.record_key, first_hash) == said_later
    head = [2, second_hash]
    body = pack({"protocol": 1, "sent": now_ms, "head": head, "epochs": [epoch], "entries": [first, second]})
    path = f"/api/v1/{town}/sync"
    headers = make_request(device, "POST", path, body, now_ms, Content_Type="application/msgpack")
    return {
        "town": town, "device": device, "town_keys": town_keys, "record": record, "epoch": epoch, "wrap": wrap,
        "entries": [first, second], "hashes": [first_hash, second_hash], "said": [said, said_later],
        "path": path, "headers": headers, "body": body,
    }  # fmt: skip


if __name__ == "__main__":
    made = main()
    shown = {"device": made["device"].id.hex(), "record": made["record"].id.hex(), "path": made["path"]}
    print(json.dumps(shown | {"entries": [name.hex() for name in made["hashes"]]}, indent=2))  # noqa: T201
