"""Factors by which a person shows who they are: how strong a password is, TOTP, recovery codes. Nothing is written.

A step of TOTP counts once: `step_of` gives it only if it is later than the last one. A recovery code is 80 random bits,
so its plain hash tells nobody anything.
"""

import hmac
from hashlib import sha256
from typing import ClassVar, Final

import pyotp
from zxcvbn import zxcvbn

from backend.errors import BackendError
from backend.sentences import Words, words
from crypto.primitives import random_bytes

PASSWORD_MIN: Final = 12  # signs: length makes guesses many
JUDGED: Final = 72  # signs that the estimate looks at: beyond it its time grows and nothing else
STRONG: Final = 3  # of the estimate's 0 to 4: safely unguessable even where hashes are stolen
CODES: Final = 10
STEP_S: Final = 30
DRIFT: Final = 1  # steps that a phone's clock may be off, either way
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CODE_LENGTH: Final = 16
_REASONS: Final = {
    "dictionary": "password-words", "spatial": "password-keyboard", "repeat": "password-repeats",
    "sequence": "password-sequence", "regex": "password-date", "date": "password-date",
}  # fmt: skip


class WeakPassword(BackendError):
    """A password that can be guessed; the reason is said."""

    code: ClassVar[str] = "desk-weak-password"


def must_be_strong(password: str, known: list[str]) -> None:
    """Refuse a password that can be guessed, also by who knows the person and the municipality: `WeakPassword`."""
    why = weakness(password, known)
    if why is not None:
        raise WeakPassword(why=why)


def weakness(password: str, known: list[str]) -> Words | None:
    """The reason why a password can be guessed; nothing if it cannot."""
    if len(password) < PASSWORD_MIN:
        return words("password-short", least=PASSWORD_MIN)
    judged = zxcvbn(password[:JUDGED], user_inputs=[word for word in known if word], max_length=JUDGED)
    if judged["score"] >= STRONG:
        return None
    guessed = [match for match in judged["sequence"] if match["pattern"] in _REASONS]
    if not guessed:
        return words("password-words")
    longest = max(guessed, key=lambda match: len(match["token"]))
    own = longest.get("dictionary_name") == "user_inputs"
    return words("password-own" if own else _REASONS[longest["pattern"]])


def new_totp() -> str:
    """A fresh secret for an app that shows codes."""
    return pyotp.random_base32()


def totp_address(secret: str, staff: str, municipality: str) -> str:
    """The address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=staff, issuer_name=f"Veldpost-{municipality}")


def step_of(secret: str, code: str, now_ms: int, after: int) -> int | None:
    """The step of which a code is, if it is near now and later than the last one that was taken."""
    given = "".join(code.split())
    if not (given.isascii() and given.isdecimal()):
        return None
    counts = pyotp.TOTP(secret)
    now = now_ms // 1000 // STEP_S
    steps = [step for step in range(now - DRIFT, now + DRIFT + 1) if step > after]
    right = [step for step in steps if hmac.compare_digest(counts.generate_otp(step), given)]
    return right[0] if right else None


def new_codes() -> list[str]:
    """Fresh recovery codes, as a person writes them down."""
    return [grouped_code(_CODE_LENGTH) for _ in range(CODES)]


def grouped_code(signs: int) -> str:
    """A fresh code of so many signs, of five random bits each, in groups of four."""
    return _grouped("".join(_ALPHABET[byte & 31] for byte in random_bytes(signs)))


def _grouped(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def kept_code(staff: str, code: str) -> bytes:
    """The hash that is kept of a recovery code; small letters, spaces and digits read as letters are forgiven."""
    plain = "".join(code.upper().replace("-", "").split()).translate(READ_AS)
    return sha256(f"veldpost/1/desk-code\0{staff}\0{plain}".encode()).digest()
