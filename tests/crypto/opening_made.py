"""Makes vectors of what is opened and proved, from the protocol alone: entries, receipts and enrolment.

Needs only `cryptography` and `msgspec`, and imports nothing of Veldpost. Run it to write the files again:
`python tests/crypto/opening_made.py`; a test holds the files to what it makes.
"""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FOLDER = Path(__file__).parents[1] / "vectors"
TOWN, NOW, DEVICE, RECORD = "GM9901", 1_772_600_000_000, b"d" * 16, b"r" * 16
RECORD_KEY, OTHER_KEY, ZERO = b"\x07" * 32, b"\x08" * 32, bytes(32)
pack = msgspec.msgpack.encode
Row = dict[str, Any]


def sha256(*parts: bytes) -> bytes:
    """SHA-256 over the parts, joined."""
    return hashlib.sha256(b"".join(parts)).digest()


def secret(name: str) -> ed25519.Ed25519PrivateKey:
    """The signing key that a name stands for."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(sha256(name.encode()))


def public(name: str) -> bytes:
    """The public half of that key."""
    return secret(name).public_key().public_bytes_raw()


def signed_bytes(purpose: str, *fields: bytes | str | int | None) -> bytes:
    """The bytes under every signature: the purpose, then each field behind its 4-byte length."""
    out = b"veldpost/1/" + purpose.encode()
    for field in fields:
        if isinstance(field, int):
            raw = field.to_bytes(8, "big")
        else:
            raw = field.encode() if isinstance(field, str) else field or b""
        out += len(raw).to_bytes(4, "big") + raw
    return out


def derived(key: bytes, info: str) -> bytes:
    """32 bytes derived from a key; no salt."""
    return HKDF(hashes.SHA256(), 32, None, info.encode()).derive(key)


def touch(path: str, key: bytes = RECORD_KEY) -> bytes:
    """The blinded name of a path."""
    return hmac.digest(derived(key, "veldpost/1/touch"), path.encode(), "sha256")[:8]


def commitment(key: bytes) -> bytes:
    """The word that commits to a record key."""
    return sha256(b"veldpost/1/key", key)[:16]


def padded(plain: bytes, length: int | None = None, fill: int | None = None, tail: bytes = b"") -> bytes:
    """The padded plaintext; a row lies about its length, or fills otherwise."""
    framed = (len(plain) if length is None else length).to_bytes(4, "big") + plain
    return framed + tail + bytes((-len(framed + tail) % 256) if fill is None else fill)


ANSWERS: Row = {"/naam": "Testgezin", "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1": {}, "/aantal": 3}
PLAIN = pack(["proef", 2, ANSWERS])


def row(name: str, error: str | None = None, reason: str | None = None, **fault: Any) -> Row:
    """One entry as a reader has it, with the first check that it fails."""
    answers = fault.get("answers", ANSWERS)
    touches = fault.get("touches", sorted({touch(path) for path in answers}))
    act = "write" if touches else "delete"
    key = commitment(fault.get("committed", RECORD_KEY))
    header = pack([1, TOWN, DEVICE, 1, bytes(8), RECORD, key, act, [], touches, None])
    plain = fault.get("plain", pack(["proef", 2, answers]))
    nonce = sha256(name.encode())[:12]
    sealer = AESGCM(derived(fault.get("sealed_with", RECORD_KEY), "veldpost/1/body"))
    body = fault.get(
        "body", nonce + sealer.encrypt(nonce, fault.get("padded", padded(plain)), fault.get("aad", header))
    )
    if "flip" in fault:
        place = fault["flip"] % len(body)
        body = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
    hash_ = sha256(b"veldpost/1/entry", ZERO, sha256(header), sha256(body))
    sig = secret(fault.get("by", "device")).sign(signed_bytes(fault.get("purpose", "entry"), fault.get("over", hash_)))
    opened = {"form": "proef", "version": 2, "answers": answers} if error is None else None
    return {
        "name": name, "author": public("device").hex(), "record_key": RECORD_KEY.hex(), "header": header.hex(),
        "body": body.hex(), "hash": hash_.hex(), "sig": sig.hex(), "error": error, "reason": reason, "opened": opened,
    }  # fmt: skip


def opening() -> list[Row]:
    """Every check of crypto/SPEC.md 6.4, each with entries that fail it alone, and which comes first."""
    return [*sealed(), *said()]


def sealed() -> list[Row]:
    """Entries that open, and those whose signature, key or seal is wrong."""
    sig, key, body = ("bad-signature", "sig"), ("key-mismatch", "key"), ("body-does-not-open", "open")
    exact = pack(["proef", 2, {"/naam": "x" * (252 - len(pack(["proef", 2, {"/naam": "x" * 200}])) + 200)}])
    return [
        row("an entry opens"),
        row("a delete has no answers", answers={}),
        row("a long text fills another step", answers={"/naam": "x" * 300}),
        row("a text that fills a step to the byte has no padding", answers=msgspec.msgpack.decode(exact)[2]),
        row("`null` and nested answers open", answers={"/naam": None, "/lijst": [[1, 2.5], {"a": True}]}),
        row("an answer that is no path opens here: that is the form's to say", answers={"geen pad": 1}),
        row("another device signed", *sig, by="other"),
        row("the signature has another purpose", *sig, purpose="receipt"),
        row("the signature is over another hash", *sig, over=sha256(b"other")),
        row("the header names another key", *key, committed=OTHER_KEY),
        row("a body of another record key", *body, sealed_with=OTHER_KEY),
        row("a bit of the body is flipped", *body, flip=40),
        row("a bit of the nonce is flipped", *body, flip=0),
        row("the last bit is flipped", *body, flip=-1),
        row("the body was sealed under another header", *body, aad=b"another header"),
        row("the body was sealed under no header", *body, aad=b""),
        row("a body that is shorter than its nonce", *body, body=b"x" * 11),
        row("a body without a byte", *body, body=b""),
    ]


def said() -> list[Row]:
    """Entries whose seal opens and whose words are wrong, and those in which two checks fail."""
    sig, key = ("bad-signature", "sig"), ("key-mismatch", "key")
    pad, plain, touches = ("bad-padding", "open"), ("bad-plaintext", "open"), ("touches-mismatch", "touches")
    long = pack(["proef", 2, {"/naam": "x" * 300}])
    other = [touch(path) for path in sorted(ANSWERS)[:2]]
    return [
        row("the length is beyond the end", *pad, padded=padded(PLAIN, length=5_000)),
        row("the length ends a step before", *pad, padded=padded(long, length=1)),
        row("padding that is not zeros", *pad, padded=padded(PLAIN, tail=b"\x01")),
        row("padding that is not whole", *pad, padded=padded(PLAIN, fill=3)),
        row("a step of padding too many", *pad, padded=padded(PLAIN) + bytes(256)),
        row("no padding at all", *pad, padded=b""),
        row("no MessagePack", *plain, plain=b"\xc1"),
        row("no text at all", *plain, plain=b""),
        row("bytes behind the end", *plain, plain=PLAIN + b"\xc0"),
        row("two members", *plain, plain=pack(["proef", 2])),
        row("four members", *plain, plain=pack(["proef", 2, ANSWERS, 1])),
        row("a map in place of the array", *plain, plain=pack({"form": "proef", "version": 2, "answers": ANSWERS})),
        row("a version that is text", *plain, plain=pack(["proef", "2", ANSWERS])),
        row("a form that is a number", *plain, plain=pack([1, 2, ANSWERS])),
        row("answers that are a list", *plain, plain=pack(["proef", 2, []])),
        row("a path that is a number", *plain, plain=b"\x93\xa5proef\x02\x81\x01\x02"),
        row("text that is not UTF-8", *plain, plain=b"\x93\xa5proef\x02\x81\xa2/\xff\x02"),
        row("the header has a touch too few", *touches, touches=sorted(other)),
        row("the header has a touch too many", *touches, touches=sorted({*map(touch, ANSWERS), touch("/meer")})),
        row("the header has another touch", *touches, touches=sorted({*other, touch("/anders")})),
        row("a touch of another key", *touches, touches=sorted(touch(path, OTHER_KEY) for path in ANSWERS)),
        row("answers in a delete", *touches, touches=[]),
        row("an answer at the empty path", *touches, answers={"": 1}),
        row("signature and key are wrong: the signature is named", *sig, by="other", committed=OTHER_KEY),
        row("key and body are wrong: the key is named", *key, committed=OTHER_KEY, flip=40),
        row("padding and text are wrong: the padding is named", *pad, padded=padded(b"\xc1", length=5_000)),
        row("text and touches are wrong: the text is named", *plain, plain=b"\xc1", touches=[touch("/anders")]),
    ]


def receipts() -> list[Row]:
    """Receipts of one municipality, and what only looks like one."""
    life, device, hash_ = b"l" * 16, DEVICE, b"h" * 32
    members: list[Any] = [TOWN, life, device, 7, hash_, NOW]

    def made(name: str, genuine: bool, by: str = "receipt", purpose: str = "receipt", **shown: Any) -> Row:
        sig = secret(by).sign(signed_bytes(purpose, *members))
        places = {"municipality": 0, "life": 1, "device": 2, "seq": 3, "hash": 4, "at_ms": 5}
        told = list(members)
        for member, value in shown.items():
            told[places[member]] = value
        return {
            "name": name,
            "public": public("receipt").hex(),
            "receipt": pack([*told, sig]).hex(),
            "genuine": genuine,
        }

    return [
        made("a receipt", True),
        made("signed by the municipality's signing key", False, by="municipality"),
        made("signed for another purpose", False, purpose="hole"),
        made("of another municipality", False, municipality="GM9902"),
        made("of another life", False, life=b"m" * 16),
        made("of another device", False, device=b"e" * 16),
        made("of another seq", False, seq=8),
        made("of another hash", False, hash=b"i" * 32),
        made("of another time", False, at_ms=NOW + 1),
    ]


def keys_fact(**changed: Any) -> tuple[bytes, bytes]:
    """The municipality's `keys`, signed by itself, and the hash of them that an invitation carries."""
    members = {
        "municipality": TOWN, "serial": 1, "signing": public(changed.get("by", "municipality")),
        "sealing": sha256(b"sealing of municipality"), "suite": 1, "minimum_suite": 1, "receipt": public("receipt"),
        "at_ms": NOW, **{name: value for name, value in changed.items() if name != "by"},
    }  # fmt: skip
    sig = secret(changed.get("by", "municipality")).sign(signed_bytes("keys", *members.values()))
    return pack(["keys", *members.values(), sig]), sha256(signed_bytes("bundle", *members.values()))


def enrolment() -> Row:
    """What a device posts with an invitation, and what it believes of the answer."""
    token, proof, suite, sealing = b"t" * 16, b"s" * 32, 1, sha256(b"sealing of device")
    told: dict[str, Any] = {"token": token, "suite": suite, "signing": public("device"), "sealing": sealing}
    mac = hmac.digest(proof, signed_bytes("enrol", *told.values()), "sha256")
    device = sha256(b"veldpost/1/device", public("device"), sealing)[:16]
    fact, bundle = keys_fact()

    def answer(name: str, error: str | None, keys: bytes = fact, by: str = "municipality", purpose: str = "certificate",
               of: bytes = device, **changed: Any) -> Row:  # fmt: skip
        members: dict[str, Any] = {
            "municipality": TOWN, "device": of, "worker": "werker-een", "role": "worker", "suite": suite,
            "signing": public("device"), "sealing": sealing, "from_ms": NOW, "until_ms": NOW + 1, "succeeds": None,
        }  # fmt: skip
        sig = secret(by).sign(signed_bytes(purpose, *members.values()))
        certificate = pack(["certificate", *{**members, **changed}.values(), sig])
        return {"name": name, "keys": keys.hex(), "certificate": certificate.hex(), "error": error}

    refused, forged = "enrolment-refused", "bad-signature"
    unsigned = fact[:-1] + bytes([fact[-1] ^ 1])
    return {
        "invitation": pack([TOWN, token, proof, bundle]).hex(), "signing": public("device").hex(),
        "sealing": sealing.hex(), "suite": suite, "mac": mac.hex(), "device": device.hex(),
        "answers": [
            answer("the municipality answers", None),
            answer("another municipality's keys", refused, keys=keys_fact(by="other")[0], by="other"),
            answer("a lower minimum suite", refused, keys=keys_fact(minimum_suite=0)[0]),
            answer("another receipt key", refused, keys=keys_fact(receipt=public("other"))[0]),
            answer("another serial", refused, keys=keys_fact(serial=2)[0]),
            answer("keys that are not signed", forged, keys=unsigned),
            answer("a certificate by another key", forged, by="other"),
            answer("a certificate that is signed for another purpose", forged, purpose="keys"),
            answer("a certificate of another device", refused, of=b"x" * 16),
            answer("a certificate of another role than was signed", forged, role="desk"),
        ],
    }  # fmt: skip


def text(document: Any) -> str:
    """A document as its file holds it."""
    if isinstance(document, list):
        return "[\n" + ",\n".join(" " + json.dumps(one) for one in document) + "\n]\n"
    return json.dumps(document, indent=1) + "\n"


FILES = {"opening.json": opening, "sync/receipts.json": receipts, "sync/enrolment.json": enrolment}

if __name__ == "__main__":
    for name, make in FILES.items():
        (FOLDER / name).write_text(text(make()))
