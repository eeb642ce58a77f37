"""Attachments open whole and for their own record, or not at all (crypto/SPEC.md section 8)."""

import json
import runpy
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from crypto import attachments, primitives
from crypto.attachments import (
    ATTACHMENT_BYTES_MAX,
    HEAD_BYTES,
    SEGMENT_BYTES,
    STREAM_BYTES_MAX,
    STREAM_BYTES_MIN,
    attachment_name,
    open_attachment,
    record_of_stream,
    seal_attachment,
)
from crypto.errors import AttachmentTooLarge, AttachmentVersion, CryptoError

ROOT = Path(__file__).parents[2]
FILE = ROOT / "tests" / "vectors" / "attachments.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text())
MAKER: dict[str, Any] = runpy.run_path(str(ROOT / "docs" / "worked_attachment.py"))  # independent of the product
h = bytes.fromhex
KEY, RECORD = h(VECTORS["record_key"]), h(VECTORS["record"])


def seal(row: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setattr(primitives, "random_bytes", lambda _length: h(row["random"]))
    return b"".join(seal_attachment(KEY, RECORD, [MAKER["pattern"](row["plain"])]))


def stream_of(row: dict[str, Any]) -> bytes:
    made: bytes = MAKER["make_stream"](KEY, RECORD, h(row["random"]), MAKER["pattern"](row["plain"]))
    return made


def test_the_published_vectors_are_those_of_the_independent_script() -> None:
    assert FILE.read_text() == MAKER["vectors"]()
    limits = {"plain_max": ATTACHMENT_BYTES_MAX, "stream_min": STREAM_BYTES_MIN, "stream_max": STREAM_BYTES_MAX}
    assert limits == VECTORS["limits"]


@pytest.mark.parametrize("row", VECTORS["sealed"], ids=lambda row: str(row["plain"]))
def test_sealing_gives_the_published_stream(row: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = seal(row, monkeypatch)
    assert (row["head"], row["size"], row["name"]) == (
        sealed[:HEAD_BYTES].hex(),
        len(sealed),
        attachment_name([sealed]).hex(),
    )
    assert row.get("stream", sealed.hex()) == sealed.hex()


@pytest.mark.parametrize("row", VECTORS["sealed"], ids=lambda row: str(row["plain"]))
def test_a_published_stream_opens_in_whatever_pieces_it_comes(row: dict[str, Any]) -> None:
    stream, plain = stream_of(row), MAKER["pattern"](row["plain"])
    for step in (len(stream), 1000):
        pieces = [stream[n : n + step] for n in range(0, len(stream), step)]
        assert plain == open_attachment(KEY, RECORD, h(row["name"]), pieces)


def test_every_planted_fault_is_refused_for_its_own_reason() -> None:
    rows = VECTORS["sealed"]
    streams = [stream_of(row) for row in rows]
    seen = []
    for fault in VECTORS["refused"]:
        row, stream = rows[fault["of"]], streams[fault["of"]]
        broken = MAKER["changed"](stream, fault["change"], MAKER["pattern"](row["plain"]), h(row["key"]))
        name = h(fault["name"]) if "name" in fault else sha256(broken).digest()
        with pytest.raises(CryptoError) as refused:
            open_attachment(h(fault.get("record_key", KEY.hex())), h(fault.get("record", RECORD.hex())), name, [broken])
        segment = {key: value for key, value in refused.value.facts.items() if key == "segment"}
        seen.append({"code": refused.value.code, **segment})
    assert seen == [{key: fault[key] for key in ("code", "segment") if key in fault} for fault in VECTORS["refused"]]


def test_two_attachments_of_the_same_bytes_have_nothing_in_common() -> None:
    one, two = (b"".join(seal_attachment(KEY, RECORD, [b"foto"])) for _ in range(2))
    assert one[:17] == two[:17] == b"\x01" + RECORD
    assert one[17:] != two[17:] and one[HEAD_BYTES:] != two[HEAD_BYTES:]


def test_an_attachment_above_the_limit_is_neither_sealed_nor_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "ATTACHMENT_BYTES_MAX", SEGMENT_BYTES)
    with pytest.raises(AttachmentTooLarge):
        list(seal_attachment(KEY, RECORD, [bytes(SEGMENT_BYTES), b"x"]))
    read: list[None] = []

    def endless() -> Any:
        while True:
            read.append(None)
            yield bytes(1 << 20)

    with pytest.raises(AttachmentTooLarge):
        open_attachment(KEY, RECORD, bytes(32), endless())
    assert len(read) == 26  # nobody fills the memory of a reader


@pytest.mark.parametrize("start", [b"", b"\x01" + bytes(15), b"\x00" + bytes(16), b"\x02" + bytes(48)])
def test_what_does_not_open_with_version_and_record_names_none(start: bytes) -> None:
    with pytest.raises(AttachmentVersion):
        record_of_stream(start)
