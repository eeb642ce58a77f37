"""The wire format, written anew from sync/SPEC.md, crypto/SPEC.md and docs/makers.md.

A client that shares code with the server shares its mistakes, so nothing here comes from the product: only
`cryptography` for the primitives and `msgspec` for MessagePack. Functions build what a device may send, and what no
device should: the attacker decides.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any, Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

pack = msgspec.msgpack.encode
unpack = msgspec.msgpack.decode

MESSAGEPACK: Final = "application/msgpack"
SUITE: Final = 2
XWING: Final = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
SEGMENT: Final = 64 * 1024
SIGNED_HEADERS: Final = ("Upload-Offset", "Upload-Length", "Upload-Metadata", "Content-Type")
Fact = list[Any]


def sha256(*parts: bytes) -> bytes:
    """SHA-256 over the parts, joined."""
    return hashlib.sha256(b"".join(parts)).digest()


def hkdf(key: bytes, info: str, salt: bytes | None = None) -> bytes:
    """32 bytes derived from a key."""
    return HKDF(hashes.SHA256(), 32, salt, info.encode()).derive(key)


def signed_bytes(purpose: str, *fields: bytes | str | int | None) -> bytes:
    """The bytes under a signature: the purpose, then each field behind its 4-byte length."""
    out = b"veldpost/1/" + purpose.encode()
    for field in fields:
        if isinstance(field, int):
            raw = field.to_bytes(8, "big")
        else:
            raw = field.encode() if isinstance(field, str) else field or b""
        out += len(raw).to_bytes(4, "big") + raw
    return out


class Keys:
    """A signing and a sealing key; the device id follows from their public halves."""

    def __init__(self, random: Random) -> None:
        self.signing = ed25519.Ed25519PrivateKey.from_private_bytes(random.randbytes(32))
        self.signing_public = self.signing.public_key().public_bytes_raw()
        wide = hashlib.shake_256(random.randbytes(32)).digest(96)
        lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(wide[:64])
        curve = x25519.X25519PrivateKey.from_private_bytes(wide[64:])
        self.sealing = hpke.MLKEM768X25519PrivateKey(lattice, curve)
        self.sealing_public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
        self.id = sha256(b"veldpost/1/device", self.signing_public, self.sealing_public)[:16]

    def sign(self, purpose: str, *fields: bytes | str | int | None) -> bytes:
        """A signature over a purpose and its fields."""
        return self.signing.sign(signed_bytes(purpose, *fields))


def sealing_key(public: bytes) -> hpke.MLKEM768X25519PublicKey:
    """An X-Wing public key from its bytes."""
    lattice = mlkem.MLKEM768PublicKey.from_public_bytes(public[:1184])
    return hpke.MLKEM768X25519PublicKey(lattice, x25519.X25519PublicKey.from_public_bytes(public[1184:]))


def verifies(public: bytes, sig: bytes, purpose: str, *fields: bytes | str | int | None) -> bool:
    """Whether a signature fits."""
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public).verify(sig, signed_bytes(purpose, *fields))
    except InvalidSignature:
        return False
    return True


class Record:
    """A record's key with what follows from it."""

    def __init__(self, creator: bytes, record_key: bytes, id_: bytes | None = None) -> None:
        self.record_key = record_key
        self.key = sha256(b"veldpost/1/key", record_key)[:16]
        self.id = id_ or sha256(b"veldpost/1/record", creator, self.key)[:16]
        self.body_key = AESGCM(hkdf(record_key, "veldpost/1/body"))
        self.touch_key = hkdf(record_key, "veldpost/1/touch")

    def touch(self, path: str) -> bytes:
        """The blinded name of a field."""
        return hmac.digest(self.touch_key, path.encode(), "sha256")[:8]


class Made(NamedTuple):
    """An entry as it travels, with its hash and what its header names."""

    wire: list[Any]
    hash: bytes
    seq: int
    record: bytes

    def without_body(self) -> "Made":
        """The same entry with the body's hash in the body's place."""
        prev, header, body, _, sig, *_ = self.wire
        return self._replace(wire=[prev, header, None, sha256(body), sig, []])

    def with_wraps(self, wraps: list[Any]) -> "Made":
        """The same entry with other wraps: they carry no signature."""
        return self._replace(wire=[*self.wire[:5], wraps])


class Draft(NamedTuple):
    """What an entry's header says beside the chain."""

    record: Record
    answers: Mapping[str, Any]
    clock: int
    observed: Sequence[list[Any]] = ()
    act: str = "write"
    source: bytes | None = None
    form: str = "huisbezoek"


def make_entry(town: str, keys: Keys, last: tuple[int, bytes], draft: Draft, nonce: bytes, wraps: list[Any]) -> Made:
    """The next entry of a device's chain after `last`, its seq and hash."""
    seq, record = last[0] + 1, draft.record
    touches = sorted({record.touch(path) for path in draft.answers}) if draft.act == "write" else []
    clock = draft.clock.to_bytes(8, "big")
    observed = sorted(draft.observed)
    header = pack([1, town, keys.id, seq, clock, record.id, record.key, draft.act, observed, touches, draft.source])
    plain = pack([draft.form, 1, dict(draft.answers)])
    framed = len(plain).to_bytes(4, "big") + plain
    body = nonce + record.body_key.encrypt(nonce, framed + bytes(-len(framed) % 256), header)
    name = sha256(b"veldpost/1/entry", last[1], sha256(header), sha256(body))
    return Made([last[1], header, body, None, keys.sign("entry", name), wraps], name, seq, record.id)


def entry_hash(entry: list[Any]) -> bytes:
    """The hash of an entry, whatever its header holds."""
    body_hash = sha256(entry[2]) if entry[2] is not None else entry[3] or b""
    return sha256(b"veldpost/1/entry", entry[0], sha256(entry[1]), body_hash)


def entry_name(entry: list[Any]) -> tuple[bytes, list[Any]]:
    """The hash of an entry that was received, and its header."""
    return entry_hash(entry), unpack(entry[1])


def read_entry(entry: list[Any], record: Record) -> dict[str, Any] | None:
    """The answers of an entry, if this record key opens it."""
    if entry[2] is None:
        return None
    try:
        padded = record.body_key.decrypt(entry[2][:12], entry[2][12:], entry[1])
    except InvalidTag:
        return None
    answers: dict[str, Any] = unpack(padded[4 : 4 + int.from_bytes(padded[:4], "big")])[2]
    return answers


class Epoch(NamedTuple):
    """An epoch key and its sealed form for the municipality."""

    id: bytes
    key: bytes
    wire: list[Any]

    def wrap(self, town: str, record: Record, nonce: bytes) -> list[bytes]:
        """A record key for the municipality."""
        aad = town.encode() + record.id + record.key + self.id
        wrapped = AESGCM(hkdf(self.key, "veldpost/1/wrap")).encrypt(nonce, record.record_key, aad)
        return [record.id, record.key, self.id, nonce, wrapped]


def make_epoch(town: str, device: bytes, town_sealing: bytes, random: Random) -> Epoch:
    """A fresh epoch key, sealed to the municipality."""
    id_, key = random.randbytes(8), random.randbytes(32)
    info = b"veldpost/1/epoch" + town.encode() + device + id_
    sealed = XWING.encrypt(key, sealing_key(town_sealing), info=info)
    return Epoch(id_, key, [id_, sha256(town_sealing)[:8], SUITE, sealed])


def make_fact(keys: Keys, tag: str, *fields: bytes | str | int | None) -> Fact:
    """A fact of any kind, signed by whoever makes it."""
    return [tag, *fields, keys.sign(tag, *fields)]


def is_signed(public: bytes, fact: Fact) -> bool:
    """Whether a fact carries the signature of this key."""
    return verifies(public, fact[-1], fact[0], *fact[1:-1])


def make_grant(town: str, keys: Keys, record: Record, certificate: Fact) -> list[Any]:
    """A grant of a record to a certified device, with the sealed record key."""
    device, suite, public = certificate[2], certificate[5], certificate[7]
    info = b"veldpost/1/grant" + town.encode() + record.id + record.key + device
    sealed = XWING.encrypt(record.record_key, sealing_key(public), info=info)
    return [make_fact(keys, "grant", town, record.id, record.key, device, suite, sha256(sealed), keys.id), sealed]


def open_grant(keys: Keys, fact: Fact, sealed: bytes) -> Record | None:
    """The record that a grant opens, if its sealed key is what it says."""
    town, record, key, device = fact[1:5]
    try:
        opened = XWING.decrypt(sealed, keys.sealing, info=b"veldpost/1/grant" + town.encode() + record + key + device)
    except (InvalidTag, ValueError):
        return None
    made = Record(b"", opened, record)
    return made if made.key == key else None


def request_headers(
    keys: Keys, method: str, target: str, body: bytes, time_ms: int, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The headers of a signed request: its time and all headers that mean something are under the signature."""
    more = dict(more or {})
    meant = [more.get(name, "") for name in SIGNED_HEADERS]
    sig = keys.sign("request", method, target, sha256(body), time_ms, *meant)
    return more | {
        "Veldpost-Device": keys.id.hex(),
        "Veldpost-Time": str(time_ms),
        "Veldpost-Signature": sig.hex(),
    }


def old_request_headers(
    keys: Keys, method: str, target: str, body: bytes, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The headers of a request as they were signed before the time was in it."""
    sig = keys.sign("request", method, target, sha256(body))
    return dict(more or {}) | {"Veldpost-Device": keys.id.hex(), "Veldpost-Signature": sig.hex()}


def enrolment(invitation: bytes, keys: Keys) -> bytes:
    """The body of an enrolment: public keys, vouched for by the invitation's secret."""
    _, token, secret, _ = unpack(invitation)
    return enrolment_of(token, secret, SUITE, keys.signing_public, keys.sealing_public)


def enrolment_of(token: bytes, secret: bytes, suite: int, signing: bytes, sealing: bytes) -> bytes:
    """The same for any keys, well shaped or not."""
    mac = hmac.digest(secret, signed_bytes("enrol", token, suite, signing, sealing), "sha256")
    return pack({"token": token, "suite": suite, "signing": signing, "sealing": sealing, "mac": mac})


def bundle_fits(invitation: bytes, keys_fact: Fact) -> bool:
    """Whether the municipality's keys are those of the invitation."""
    return bool(unpack(invitation)[3] == sha256(signed_bytes("bundle", *keys_fact[1:-1])))


def seal_attachment(record: Record, plain: bytes, head: bytes) -> tuple[bytes, bytes]:
    """A sealed attachment and its name; `head` is the 32 random bytes that open the stream."""
    opening = b"\1" + record.id + head
    key = AESGCM(hkdf(record.record_key, "veldpost/1/attachment", opening))
    parts = [plain[at : at + SEGMENT] for at in range(0, len(plain), SEGMENT)] or [b""]
    sealed = opening + b"".join(
        key.encrypt(n.to_bytes(11, "big") + bytes([n == len(parts) - 1]), part, b"veldpost/1/attachment")
        for n, part in enumerate(parts)
    )
    return sealed, sha256(sealed)


def tokens_in(texts: Iterable[Any]) -> set[str]:
    """The words that a test typed, among some answers."""
    return {text for text in texts if isinstance(text, str) and text.startswith("woord-")}
