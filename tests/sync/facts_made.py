"""Makes `tests/vectors/sync/facts.json` from the protocol alone: who signs each fact, and signatures that say nothing.

Needs only `cryptography` and `msgspec`, and imports nothing of Veldpost. Run it to write the file again:
`python tests/sync/facts_made.py`; a test holds the file to what it makes.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ed25519

TOWN, NOW = "GM9901", 1_772_600_000_000
RECORD, KEY, HASH, SEALED = (letter.encode() * n for letter, n in (("r", 16), ("k", 16), ("h", 32), ("s", 32)))
MUNICIPALITY, RECEIPT = "municipality", "receipt"


def secret(name: str) -> ed25519.Ed25519PrivateKey:
    """The signing key that a name stands for."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def public(name: str) -> bytes:
    """The public half of that key."""
    return secret(name).public_key().public_bytes_raw()


def sealing(name: str) -> bytes:
    """A public sealing key of suite 1; nothing is sealed here."""
    return hashlib.sha256(b"sealing of " + name.encode()).digest()


def device(name: str) -> bytes:
    """The id of a device: it follows from both public keys."""
    return hashlib.sha256(b"veldpost/1/device" + public(name) + sealing(name)).digest()[:16]


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


def fact(by: str, tag: str, *members: Any, purpose: str = "") -> str:
    """A fact with a signature of `by` over its members, made for another purpose where one is given."""
    sig = secret(by).sign(signed_bytes(purpose or tag, *members))
    return msgspec.msgpack.encode([tag, *members, sig]).hex()


def certificate(of: str, role: str, by: str = MUNICIPALITY) -> str:
    """A certificate for a device whose worker has the device's name."""
    return fact(by, *certified(of, role))


def certified(of: str, role: str) -> tuple[Any, ...]:
    """The tag and the members of a certificate."""
    return ("certificate", TOWN, device(of), of, role, 1, public(of), sealing(of), NOW, NOW + 1_000, None)


def changed(raw: str, member: int, value: Any) -> str:
    """A fact with another member and the same signature."""
    members = msgspec.msgpack.decode(bytes.fromhex(raw))
    members[member] = value
    return msgspec.msgpack.encode(members).hex()


anna, bert, desk, stranger = map(device, ("anna", "bert", "desk", "stranger"))
KEYS = ("keys", TOWN, 2, public(MUNICIPALITY), b"e" * 32, 1, 1, public(RECEIPT), NOW)
REVOCATION = ("revocation", TOWN, anna, 3, HASH, 1, NOW)
ASSIGNMENT = (TOWN, RECORD, "anna", NOW)
ERASURE = ("erasure", TOWN, RECORD, "request", NOW)
HOLE = ("hole", TOWN, anna, 2, 5, HASH, NOW)
FORM = ("form", TOWN, "huisbezoek", 2, HASH, NOW)
RETIRED = ("form-retired", TOWN, "huisbezoek", 2, NOW)


def grant(by: bytes | None) -> tuple[Any, ...]:
    """The tag and the members of a grant to Bert's device."""
    return ("grant", TOWN, RECORD, KEY, bert, 1, SEALED, by)


def aside(by: bytes | None, reason: str = "open") -> tuple[Any, ...]:
    """The tag and the members of a set-aside."""
    return ("set-aside", TOWN, RECORD, HASH, reason, by)


def report(by: bytes) -> tuple[Any, ...]:
    """The tag and the members of a report."""
    return ("report", TOWN, RECORD, HASH, "open", by)


def by_the_municipality() -> list[tuple[str, str, str | bytes | None, bool]]:
    """Facts of the municipality's own keys: name, fact, who signs it, and whether this signature is theirs."""
    town, receipt = MUNICIPALITY, RECEIPT
    return [
        ("keys by the signing key", fact(town, *KEYS), town, True),
        ("keys by the receipt key", fact(receipt, *KEYS), town, False),
        ("keys by a key that they bring themselves", fact("desk", *KEYS[:3], public("desk"), *KEYS[4:]), town, False),
        ("a certificate by the signing key", certificate("bert", "worker"), town, True),
        ("a certificate by the receipt key", certificate("stranger", "desk", receipt), town, False),
        ("a certificate by a desk device", certificate("stranger", "desk", "desk"), town, False),
        ("a certificate by the device itself", certificate("stranger", "desk", "stranger"), town, False),
        ("a certificate made a desk's", changed(certificate("bert", "worker"), 4, "desk"), town, False),
        ("a revocation by the signing key", fact(town, *REVOCATION), town, True),
        ("a revocation by the receipt key", fact(receipt, *REVOCATION), town, False),
        ("a revocation by the device itself", fact("anna", *REVOCATION), town, False),
        ("a revocation moved up", changed(fact(town, *REVOCATION), 3, 9), town, False),
        ("an assignment by the signing key", fact(town, "assignment", *ASSIGNMENT), town, True),
        ("an assignment by a desk device", fact("desk", "assignment", *ASSIGNMENT), town, False),
        (
            "an assignment with the signature of a withdrawal",
            fact(town, "assignment", *ASSIGNMENT, purpose="withdrawal"),
            town,
            False,
        ),
        ("a withdrawal by the signing key", fact(town, "withdrawal", *ASSIGNMENT), town, True),
        ("a withdrawal by the worker's device", fact("anna", "withdrawal", *ASSIGNMENT), town, False),
        ("an erasure by the signing key", fact(town, *ERASURE), town, True),
        ("an erasure by a desk device", fact("desk", *ERASURE), town, False),
        ("an erasure by the receipt key", fact(receipt, *ERASURE), town, False),
        ("a hole by the receipt key", fact(receipt, *HOLE), receipt, True),
        ("a hole by the signing key", fact(town, *HOLE), receipt, False),
        ("a hole by the device itself", fact("anna", *HOLE), receipt, False),
        ("a form by the signing key", fact(town, *FORM), town, True),
        ("a form by a desk device", fact("desk", *FORM), town, False),
        ("a retired form by the signing key", fact(town, *RETIRED), town, True),
        ("a retired form by the receipt key", fact(receipt, *RETIRED), town, False),
    ]


def by_devices() -> list[tuple[str, str, str | bytes | None, bool]]:
    """Facts that devices may sign too; whether they count is another question (grants.json)."""
    town = MUNICIPALITY
    return [
        ("a grant by a worker's device", fact("anna", *grant(anna)), anna, True),
        ("a grant by a desk device", fact("desk", *grant(desk)), desk, True),
        ("a grant by the municipality", fact(town, *grant(None)), town, True),
        ("a grant by another than it names", fact("bert", *grant(anna)), anna, False),
        ("a grant of a device, signed by the municipality", fact(town, *grant(anna)), anna, False),
        ("a grant of nobody, signed by a device", fact("anna", *grant(None)), town, False),
        ("a grant of an uncertified device", fact("stranger", *grant(stranger)), None, False),
        ("a grant to another than it was signed for", changed(fact("anna", *grant(anna)), 4, stranger), anna, False),
        ("a set-aside by a desk device", fact("desk", *aside(desk)), desk, True),
        ("a set-aside by the municipality", fact(town, *aside(None)), town, True),
        ("an entry left out by a desk device", fact("desk", *aside(desk, "declined")), desk, True),
        ("a set-aside by a worker's device", fact("anna", *aside(anna)), None, False),
        ("a set-aside by an uncertified device", fact("stranger", *aside(stranger)), None, False),
        ("a set-aside of a desk device, signed by a worker's", fact("anna", *aside(desk)), desk, False),
        ("a set-aside of nobody, signed by a desk device", fact("desk", *aside(None)), town, False),
        (
            "a set-aside with the signature of a report",
            fact("desk", *aside(desk), purpose="report"),
            desk,
            False,
        ),
        ("a report by a worker's device", fact("anna", *report(anna)), anna, True),
        ("a report by a desk device", fact("desk", *report(desk)), desk, True),
        ("a report by another than it names", fact("bert", *report(anna)), anna, False),
        ("a report by the municipality", fact(town, *report(anna)), anna, False),
        ("a report by an uncertified device", fact("stranger", *report(stranger)), None, False),
    ]


def made() -> list[dict[str, Any]]:
    """The vector file: one municipality, its certified devices, and facts about which a reader must agree."""
    rows = [
        {"name": name, "fact": raw, "signer": signer.hex() if isinstance(signer, bytes) else signer, "genuine": genuine}
        for name, raw, signer, genuine in (*by_the_municipality(), *by_devices())
    ]
    people = (("anna", "worker"), ("bert", "worker"), ("desk", "desk"))
    return [
        {
            "keys": fact(MUNICIPALITY, "keys", TOWN, 1, *KEYS[3:]),
            "certificates": [certificate(name, role) for name, role in people],
            "facts": rows,
        }
    ]


if __name__ == "__main__":
    target = Path(__file__).parents[1] / "vectors" / "sync" / "facts.json"
    target.write_text(json.dumps(made(), indent=1) + "\n")
