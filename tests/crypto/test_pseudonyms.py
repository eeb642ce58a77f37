"""Names in place of ids (crypto/SPEC.md 7): the values come from Python's own hmac, and nothing of ours."""

import base64
import hashlib
import hmac

import pytest

from crypto.pseudonyms import Pseudonyms
from crypto.secrets import Secret

KEY = bytes(range(32))


def independent(purpose: str, kind: str, value: str) -> str:
    key = hmac.new(KEY, b"veldpost/1/pseudonyms\x00" + purpose.encode(), hashlib.sha256).digest()
    raw = hmac.new(key, kind.encode() + b"\x00" + value.encode(), hashlib.sha256).digest()
    return base64.b32encode(raw[:15]).decode().lower()


@pytest.mark.parametrize("purpose", ["evaluatie", "Universiteit, 2026", "é"])
@pytest.mark.parametrize(("kind", "value"), [("record", "ab" * 16), ("case", "ABCD-2345"), ("worker", "werker-een")])
def test_a_name_is_what_the_spec_says(purpose: str, kind: str, value: str) -> None:
    assert independent(purpose, kind, value) == Pseudonyms(Secret(KEY), purpose).of(kind, value)


def test_neither_purpose_nor_kind_nor_key_share_a_name() -> None:
    names = {
        Pseudonyms(Secret(key), purpose).of(kind, "x")
        for key in (KEY, bytes(32)) for purpose in ("een", "twee") for kind in ("record", "item", "case", "worker")
    }  # fmt: skip
    assert 16 == len(names) and all(len(name) == 24 for name in names)
