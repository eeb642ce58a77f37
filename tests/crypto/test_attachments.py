"""Attachments come out whole or not at all (crypto/SPEC.md section 8)."""

import pytest

from crypto import attachments
from crypto.attachments import SEALED_SEGMENT_BYTES, SEGMENT_BYTES, open_attachment, seal_attachment
from crypto.errors import AttachmentDoesNotOpen, AttachmentTooLarge

KEY = b"k" * 32


def seal(data: bytes) -> bytes:
    return b"".join(seal_attachment(KEY, [data]))


def opened(sealed: bytes) -> bytes:
    return b"".join(open_attachment(KEY, [sealed]))


@pytest.mark.parametrize("size", [0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES])
def test_what_goes_in_comes_out(size: int) -> None:
    data = bytes(n % 251 for n in range(size))
    assert data == opened(seal(data))
    sealed = seal(data)
    assert data == b"".join(open_attachment(KEY, [sealed[n : n + 1000] for n in range(0, len(sealed), 1000)]))


def test_cut_swapped_repeated_or_changed_segments_are_refused() -> None:
    sealed = seal(bytes(3 * SEGMENT_BYTES))
    parts = [sealed[n : n + SEALED_SEGMENT_BYTES] for n in range(0, len(sealed), SEALED_SEGMENT_BYTES)]
    broken = [
        sealed[:-1], b"".join(parts[:2]), parts[1] + parts[0] + parts[2], sealed + parts[2],
        parts[0] + parts[0] + parts[2], sealed[:5] + b"\x00" + sealed[6:], b"",
    ]  # fmt: skip
    for changed in broken:
        with pytest.raises(AttachmentDoesNotOpen):
            opened(changed)


def test_an_attachment_above_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "ATTACHMENT_BYTES_MAX", SEGMENT_BYTES)
    with pytest.raises(AttachmentTooLarge):
        seal(bytes(SEGMENT_BYTES + 1))
