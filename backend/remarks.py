"""The paths of the remarks with which somebody of the office sets a note about a record aside, having seen it, and with
which it is shown again; the later one of both counts.

They name the note: of another note, or of the same one once it says something else, they are no remarks.
"""

from typing import Final

from crypto.primitives import sha256

COMMENT: Final = "/_comment/"
_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32, as ULIDs are written
_LENGTH: Final = 26


def ulid_of(raw: bytes) -> str:
    """Sixteen bytes as a ULID."""
    number = int.from_bytes(raw, "big")
    return "".join(_DIGITS[number >> 5 * place & 31] for place in range(_LENGTH - 1, -1, -1))


def again_of(decision: str) -> str:
    """The comment without words that marks an answer as chosen anew, where undoing would write the same answer."""
    return COMMENT + ulid_of(sha256(b"veldpost/1/again" + bytes.fromhex(decision))[:16])


def note_paths(*note: str) -> tuple[str, str]:
    """Both paths for a note: its record, its kind, what it is about, what it says."""
    raw = "\0".join(note).encode(errors="surrogatepass")
    aside, again = (sha256(start + raw)[:16] for start in (b"veldpost/1/note-aside", b"veldpost/1/note-again"))
    return COMMENT + ulid_of(aside), COMMENT + ulid_of(again)
