"""One sealed attachment, made and opened from crypto/SPEC.md 8 alone (docs/makers.md, attachments).

Needs only `cryptography` and imports nothing of Veldpost: it shows what another maker has to write, and it makes the
published vectors, faults included. `python docs/worked_attachment.py` prints the byte example of the page;
`python docs/worked_attachment.py vectors` prints tests/vectors/attachments.json.
"""

import base64
import hashlib
import json
import sys
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SEGMENT = 65_536
PLAIN_MAX = 25 * 1024 * 1024
STREAM_MIN = 49 + 16
STREAM_MAX = 49 + 400 * (SEGMENT + 16)
CONTEXT = b"veldpost/1/attachment"
RECORD_KEY, RECORD, RANDOM = bytes(range(32)), bytes(range(0x40, 0x50)), bytes(range(0x80, 0xA0))


class Refused(Exception):
    """A stream that no reader may use; `code` is the one of crypto/SPEC.md 8.3."""

    def __init__(self, code: str, segment: int | None = None) -> None:
        self.code, self.segment = code, segment
        super().__init__(code)


def make_head(record: bytes, random: bytes) -> bytes:
    """The first 49 bytes of a stream; `random` is drawn anew for each attachment."""
    return b"\x01" + record + random


def make_key(record_key: bytes, head: bytes) -> bytes:
    """The key of one attachment, from the record key and the stream's own head."""
    return HKDF(hashes.SHA256(), 32, head, CONTEXT).derive(record_key)


def seal_segment(key: bytes, index: int, last: int, plain: bytes) -> bytes:
    """One segment; the nonce is its index and whether it is the last."""
    return AESGCM(key).encrypt(index.to_bytes(11, "big") + bytes([last]), plain, CONTEXT)


def make_stream(record_key: bytes, record: bytes, random: bytes, plain: bytes) -> bytes:
    """The sealed stream of an attachment: the head, then the segments, at least one."""
    head = make_head(record, random)
    key = make_key(record_key, head)
    starts = range(0, max(len(plain), 1), SEGMENT)
    parts = [
        seal_segment(key, n, int(start + SEGMENT >= len(plain)), plain[start : start + SEGMENT])
        for n, start in enumerate(starts)
    ]
    return head + b"".join(parts)


def open_stream(record_key: bytes, record: bytes, name: bytes, stream: bytes) -> bytes:
    """The bytes of an attachment, or `Refused` at the first check that fails."""
    if len(stream) > STREAM_MAX:
        raise Refused("attachment-too-large")
    if hashlib.sha256(stream).digest() != name:
        raise Refused("attachment-hash")
    if len(stream) < 17 or stream[0] != 1:
        raise Refused("attachment-version")
    if stream[1:17] != record:
        raise Refused("attachment-foreign")
    aes, sealed, plain = AESGCM(make_key(record_key, stream[:49])), stream[49:], []
    for index, start in enumerate(range(0, max(len(sealed), 1), SEGMENT + 16)):
        last = int(start + SEGMENT + 16 >= len(sealed))
        try:
            part = aes.decrypt(index.to_bytes(11, "big") + bytes([last]), sealed[start : start + SEGMENT + 16], CONTEXT)
        except (InvalidTag, ValueError):
            raise Refused("attachment-does-not-open", index) from None
        if index and not part:
            raise Refused("attachment-does-not-open", index)
        plain.append(part)
    return b"".join(plain)


def make_metadata(record: bytes, name: bytes) -> str:
    """The header `Upload-Metadata` of the request that begins an upload: hexadecimal text below base64."""
    values = (("record", record), ("name", name))
    return ",".join(f"{word} {base64.b64encode(value.hex().encode()).decode()}" for word, value in values)


# --- the vectors ---


def pattern(size: int) -> bytes:
    """Plaintext of a given size: byte n is n mod 251, so that no two segments are equal."""
    return bytes(n % 251 for n in range(251)) * (size // 251) + bytes(range(size % 251))


def changed(stream: bytes, change: list[Any], plain: bytes, key: bytes) -> bytes:
    """A stream after one planted fault."""
    act, *places = change
    wide, head = SEGMENT + 16, stream[:49]
    parts = [stream[n : n + wide] for n in range(49, len(stream), wide)]
    if act == "flip":
        return bytes(byte ^ 1 if n == places[0] else byte for n, byte in enumerate(stream))
    if act == "cut":
        return stream[: places[0]]
    if act == "append":
        return stream + bytes.fromhex(places[0])
    if act == "segments":  # the same segments in another order, some left out, some twice
        return head + b"".join(parts[n] for n in places[0])
    if act == "head":  # the head of another stream
        return bytes.fromhex(places[0]) + stream[49:]
    assert act == "sealed"  # an author who has the key and breaks the rule: [from, to, index, last]
    return head + b"".join(seal_segment(key, n, last, plain[start:end]) for start, end, n, last in places[0])


def sealed_rows() -> list[dict[str, Any]]:
    """Attachments around the edges of a segment."""
    rows = []
    for number, size in enumerate((0, 20, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT + 5)):
        random = hashlib.sha256(b"random of vector %d" % number).digest()
        stream, head = make_stream(RECORD_KEY, RECORD, random, pattern(size)), make_head(RECORD, random)
        row = {"plain": size, "random": random.hex(), "head": head.hex(), "key": make_key(RECORD_KEY, head).hex()}
        row |= {"size": len(stream), "name": hashlib.sha256(stream).hexdigest()}
        rows.append(row | ({"stream": stream.hex()} if size < 100 else {}))
    return rows


def changes() -> list[tuple[int, list[Any]]]:
    """Each planted fault and the row whose stream it changes."""
    small, wide, whole = 49 + 20 + 16, SEGMENT + 16, [0, 1, 2, 3]
    edges = [n for k in range(4) for n in (49 + k * wide, 48 + (k + 1) * wide) if n < 49 + 3 * wide + 21]
    other = make_head(RECORD, hashlib.sha256(b"another stream").digest())
    found: list[tuple[int, list[Any]]] = [(1, ["flip", n]) for n in range(small)]
    found += [(1, ["cut", n]) for n in range(small)]
    found += [(5, ["flip", n]) for n in edges] + [(5, ["cut", n]) for n in (*edges[1:], 48, 49)]
    orders = ([1, 0, 2, 3], [0, 1, 2], [0, 1, 3], [0, 0, 1, 2, 3], [0, 1, 2, 3, 3], [3], [2, 3])
    assert whole not in orders
    found += [(5, ["segments", order]) for order in orders]
    found += [(row, ["append", more]) for row in (0, 1, 3, 5) for more in ("00", "00" * 16)]
    found += [(row, ["head", other.hex()]) for row in (0, 1, 5)]
    half = SEGMENT // 2
    found += [
        (3, ["sealed", [[0, SEGMENT, 0, 0], [SEGMENT, SEGMENT, 1, 1]]]),  # an empty last segment
        (3, ["sealed", [[0, SEGMENT, 0, 0]]]), (3, ["sealed", [[0, half, 0, 0], [half, SEGMENT, 1, 1]]]),
        (4, ["sealed", [[0, SEGMENT, 0, 1], [SEGMENT, SEGMENT + 1, 1, 1]]]),
        (4, ["sealed", [[0, SEGMENT, 1, 0], [SEGMENT, SEGMENT + 1, 2, 1]]]), (0, ["sealed", [[0, 0, 1, 1]]]),
    ]  # fmt: skip
    return found


def refused_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each planted fault with what must be said of it; whoever changes a stream can name it anew, unless `name` is."""
    found = []
    for number, change in changes():
        row = rows[number]
        plain, key = pattern(row["plain"]), bytes.fromhex(row["key"])
        stream = make_stream(RECORD_KEY, RECORD, bytes.fromhex(row["random"]), plain)
        broken = changed(stream, change, plain, key)
        assert broken != stream, change
        found.append({"of": number, "change": change} | verdict(hashlib.sha256(broken).digest(), broken))
    stream = make_stream(RECORD_KEY, RECORD, bytes.fromhex(rows[1]["random"]), pattern(20))
    name, flipped = hashlib.sha256(stream).digest(), changed(stream, ["flip", 84], b"", b"")
    found.append({"of": 1, "change": ["flip", 84], "name": name.hex()} | verdict(name, flipped))
    for members in ({"record": bytes(16)}, {"record_key": bytes(32)}):
        said = {word: value.hex() for word, value in members.items()}
        found.append({"of": 1, "change": ["cut", len(stream)]} | said | verdict(name, stream, **members))
    return found


def verdict(name: bytes, stream: bytes, record_key: bytes = RECORD_KEY, record: bytes = RECORD) -> dict[str, Any]:
    """The code, and the segment where there is one, with which a stream is refused."""
    try:
        open_stream(record_key, record, name, stream)
    except Refused as refused:
        return {"code": refused.code} | ({} if refused.segment is None else {"segment": refused.segment})
    raise AssertionError("a planted fault went through")


def vectors() -> str:
    """The published file, a row a line."""
    rows = sealed_rows()
    lists = {"sealed": rows, "refused": refused_rows(rows)}
    limits = {"plain_max": PLAIN_MAX, "stream_min": STREAM_MIN, "stream_max": STREAM_MAX}
    about = {
        "spec": "crypto/SPEC.md 8",
        "why": "A photo opens whole and for its own record, or not at all.",
        "record_key": RECORD_KEY.hex(), "record": RECORD.hex(), "limits": limits,
    }  # fmt: skip
    lines = [f'"{word}": {json.dumps(value)}' for word, value in about.items()]
    for word, found in lists.items():
        lines.append(f'"{word}": [\n' + ",\n".join(json.dumps(row) for row in found) + "\n]")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> dict[str, str]:
    """The byte example of docs/makers.md: a photo of four bytes."""
    stream = make_stream(RECORD_KEY, RECORD, RANDOM, b"foto")
    name = hashlib.sha256(stream).digest()
    assert open_stream(RECORD_KEY, RECORD, name, stream) == b"foto"
    return {
        "record key": RECORD_KEY.hex(), "head": stream[:49].hex(), "key": make_key(RECORD_KEY, stream[:49]).hex(),
        "segment": stream[49:].hex(), "name": name.hex(), "metadata": make_metadata(RECORD, name),
    }  # fmt: skip


if __name__ == "__main__":
    print(vectors() if sys.argv[1:] == ["vectors"] else json.dumps(main(), indent=2), end="")  # noqa: T201
