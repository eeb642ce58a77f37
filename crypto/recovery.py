"""Recovery codes: 160 random bits that a person writes on paper and types back (SPEC.md section 7.3)."""

from typing import Final

from crypto.errors import WrongRecoveryCode
from crypto.primitives import sha256

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_ENTROPY_BYTES: Final = 20
_CHECKED_BYTES: Final = 2  # one slip in 65,536 goes unnoticed, and then merely opens nothing
_GROUP: Final = 4
_CHARACTERS: Final = 36  # 176 bits in groups of five, rounded up


def to_code(entropy: bytes) -> str:
    """Nine groups of four characters; the last bits check the others."""
    raw = entropy + sha256(b"veldpost/1/recovery" + entropy)[:_CHECKED_BYTES]
    number = int.from_bytes(raw, "big") << (_CHARACTERS * 5 - len(raw) * 8)
    digits = [_ALPHABET[(number >> shift) & 31] for shift in range((_CHARACTERS - 1) * 5, -1, -5)]
    return "-".join("".join(digits[n : n + _GROUP]) for n in range(0, _CHARACTERS, _GROUP))


def from_code(code: str) -> bytes:
    """The random bits again; small letters, spaces and the letters that look like digits are forgiven."""
    plain = "".join(code.upper().split()).replace("-", "").translate(_READ_AS)
    if len(plain) != _CHARACTERS:
        raise WrongRecoveryCode(why="code-length", given=len(plain), length=_CHARACTERS)
    if any(character not in _ALPHABET for character in plain):
        raise WrongRecoveryCode(why="code-character")
    number = 0
    for character in plain:
        number = number << 5 | _ALPHABET.index(character)
    spare = _CHARACTERS * 5 - (_ENTROPY_BYTES + _CHECKED_BYTES) * 8
    raw = (number >> spare).to_bytes(_ENTROPY_BYTES + _CHECKED_BYTES, "big")
    entropy, check = raw[:_ENTROPY_BYTES], raw[_ENTROPY_BYTES:]
    if number & ((1 << spare) - 1) or check != sha256(b"veldpost/1/recovery" + entropy)[:_CHECKED_BYTES]:
        raise WrongRecoveryCode(why="code-mistyped")
    return entropy
