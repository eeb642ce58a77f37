"""The quick check of a request says of every signature that was made or broken the same as the one that all share."""

from random import Random

import pytest

from crypto.errors import BadSignature
from crypto.keys import SigningKey, VerifyKey

FIELDS = ("POST", "/api/v1/GM9901/sync", bytes(32), 1_770_000_000_000, "", "", "", "application/msgpack")
NEUTRAL = bytes((1, *bytes(31)))  # the public key of small order under which a signature of zeros fits any message


def verdicts(public: bytes, sig: bytes, purpose: str, *fields: bytes | str | int) -> list[bool]:
    key, found = VerifyKey(public), []
    for check in (key.verify, key.verify_asked):
        try:
            check(sig, purpose, *fields)
            found.append(True)
        except BadSignature:
            found.append(False)
    return found


def test_a_signature_holds_for_its_key_purpose_and_fields_and_nothing_else() -> None:
    key, other = SigningKey.generate(), SigningKey.generate()
    sig = key.sign("request", *FIELDS)
    assert [True, True] == verdicts(key.public, sig, "request", *FIELDS)
    assert [False, False] == verdicts(other.public, sig, "request", *FIELDS)
    assert [False, False] == verdicts(key.public, sig, "entry", *FIELDS)
    for at in range(len(FIELDS)):
        changed: list[bytes | str | int] = [*FIELDS]
        changed[at] = b"other"
        assert [False, False] == verdicts(key.public, sig, "request", *changed)


def test_each_changed_bit_is_seen() -> None:
    key, random = SigningKey.generate(), Random(1)
    sig = key.sign("request", *FIELDS)
    for bit in range(512):
        broken = bytearray(sig)
        broken[bit // 8] ^= 1 << bit % 8
        assert [False, False] == verdicts(key.public, bytes(broken), "request", *FIELDS), bit
    for _ in range(64):
        assert [False, False] == verdicts(key.public, random.randbytes(64), "request", *FIELDS)
        assert [False, False] == verdicts(random.randbytes(32), sig, "request", *FIELDS)


@pytest.mark.parametrize("length", [0, 63, 65, 128])
def test_a_signature_has_64_bytes(length: int) -> None:
    key = SigningKey.generate()
    sig = (key.sign("request", *FIELDS) * 2)[:length]
    assert [False, False] == verdicts(key.public, sig, "request", *FIELDS)


def test_the_text_cannot_move_into_the_signature() -> None:
    """libsodium is given both in one piece: what is cut elsewhere is another signature."""
    key = SigningKey.generate()
    sig = key.sign("request", b"ab", b"c")
    assert [False, False] == verdicts(key.public, sig, "request", b"a", b"bc")


def test_a_key_of_small_order_asks_for_nothing() -> None:
    """Whoever had such a key certified could let anybody ask in its name: the quick check is the stricter one here."""
    sig = NEUTRAL + bytes(32)
    assert not verdicts(NEUTRAL, sig, "request", *FIELDS)[1]
