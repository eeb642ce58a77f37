"""Checking the vectors of the vault and of sealed attachments (SPEC.md sections 7 and 8)."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from crypto import primitives
from crypto.attachments import HEAD_BYTES, SEGMENT_BYTES, attachment_name, open_attachment
from crypto.errors import CryptoError
from crypto.keyslots import PASSPHRASE, RECOVERY
from crypto.recovery import to_code
from crypto.vault import Vault, read_vault

Row = Mapping[str, Any]
INFO: Final = b"veldpost/1/attachment"
SEALED_BYTES: Final = SEGMENT_BYTES + 16
_bytes: Final = bytes.fromhex


def vault_difference(row: Row) -> str | None:
    """The contents of a vault that somebody opens, or the first check that it fails."""
    found: dict[str, Any] = {"error": None, "reason": None, "opened": None}
    try:
        found["opened"] = _listed(_opened(_bytes(row["vault"]), row["kind"], row["shown"]))
    except CryptoError as error:
        found |= {"error": error.code, "reason": error.facts.get("why")}
    for member, value in found.items():
        if row[member] != value:
            return f"{row['name']}.{member}: expected {row[member]!r}, found {value!r}"
    return None


def _opened(raw: bytes, kind: str, shown: str) -> Vault:
    locked = read_vault(raw)
    if kind == PASSPHRASE:
        return locked.with_passphrase(shown)
    if kind == RECOVERY:
        return locked.with_recovery_code(to_code(_bytes(shown)))
    return locked.with_key_file(_bytes(shown))


def _listed(vault: Vault) -> dict[str, Any]:
    names = ("id", "kind", "owner", "label", "made_ms", "used_ms")
    told = [(slot, vault.about(slot)) for slot in vault.slots]
    values = [(slot.id.hex(), slot.kind, slot.owner, about.label, about.made_ms, about.used_ms) for slot, about in told]
    return {
        "generation": vault.generation,
        "secrets": {name: value.hex() for name, value in vault.state().secrets.items()},
        "slots": [dict(zip(names, row, strict=True)) for row in values],
    }


def attachments_difference(document: Row) -> str | None:
    """The first stream that we seal or open otherwise, and the first fault that we refuse for another reason."""
    key, record = _bytes(document["record_key"]), _bytes(document["record"])
    streams = []
    for number, row in enumerate(document["sealed"]):
        stream = _sealed(key, record, row)
        streams.append(stream)
        found = {"head": stream[:HEAD_BYTES].hex(), "size": len(stream), "name": attachment_name([stream]).hex()}
        for member, value in found.items():
            if row[member] != value:
                return f"sealed {number}.{member}: expected {row[member]!r}, found {value!r}"
        if row.get("stream", stream.hex()) != stream.hex():
            return f"sealed {number}.stream: other bytes"
        try:
            opened = open_attachment(key, record, _bytes(row["name"]), [stream])
        except CryptoError as error:
            return f"sealed {number}: {error}"
        if opened != _pattern(row["plain"]):
            return f"sealed {number}: it opens to other bytes"
    for number, fault in enumerate(document["refused"]):
        row, stream = document["sealed"][fault["of"]], streams[fault["of"]]
        broken = _changed(stream, fault["change"], _pattern(row["plain"]), _bytes(row["key"]))
        expected = {name: fault[name] for name in ("code", "segment") if name in fault}
        found = _refused(fault, broken, key, record)
        if found != expected:
            return f"refused {number}: expected {expected!r}, found {found!r}"
    return None


def _refused(fault: Row, broken: bytes, key: bytes, record: bytes) -> dict[str, Any]:
    key, record = _bytes(fault.get("record_key", key.hex())), _bytes(fault.get("record", record.hex()))
    name = _bytes(fault["name"]) if "name" in fault else sha256(broken).digest()
    try:
        open_attachment(key, record, name, [broken])
    except CryptoError as error:
        return {"code": error.code, **{name: error.facts[name] for name in ("segment",) if name in error.facts}}
    return {}


def _sealed(key: bytes, record: bytes, row: Row) -> bytes:
    head, plain = b"\x01" + record + _bytes(row["random"]), _pattern(row["plain"])
    derived, starts = primitives.hkdf(key, INFO, salt=head), range(0, max(len(plain), 1), SEGMENT_BYTES)
    segments = [
        _segment(derived, n, int(start + SEGMENT_BYTES >= len(plain)), plain[start : start + SEGMENT_BYTES])
        for n, start in enumerate(starts)
    ]
    return head + b"".join(segments)


def _segment(key: bytes, index: int, last: int, plain: bytes) -> bytes:
    return primitives.Aead(key).seal(index.to_bytes(11, "big") + bytes([last]), plain, INFO)


def _pattern(size: int) -> bytes:
    return bytes(n % 251 for n in range(251)) * (size // 251) + bytes(range(size % 251))


def _changed(stream: bytes, change: Any, plain: bytes, key: bytes) -> bytes:
    """A stream after one planted fault."""
    act, place = change
    head = stream[:HEAD_BYTES]
    match act:
        case "flip":
            return stream[:place] + bytes([stream[place] ^ 1]) + stream[place + 1 :]
        case "cut":
            return stream[:place]
        case "append":
            return stream + _bytes(place)
        case "segments":
            parts = [stream[n : n + SEALED_BYTES] for n in range(HEAD_BYTES, len(stream), SEALED_BYTES)]
            return head + b"".join(parts[n] for n in place)
        case "head":
            return _bytes(place) + stream[HEAD_BYTES:]
    return head + b"".join(_segment(key, n, last, plain[start:end]) for start, end, n, last in place)
