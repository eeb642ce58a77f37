"""The shape of a secret that did not open: nothing else is looked at, not if it is right, whose, or there at all.

Whoever types a recovery code where a passphrase belongs hears where it belongs. Nothing here is kept or logged.
"""

from typing import Final

OWN: Final = "own"  # a recovery code with which a person signs in
TOWN: Final = "town"  # the one that unlocks the municipality
APP: Final = "app"  # six digits of an app
_SIGNS: Final = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZOIL")  # of recovery codes, and the letters read as digits
_LENGTHS: Final = {16: OWN, 36: TOWN}
_APP_DIGITS: Final = 6


def shape_of(text: str) -> str:
    """The kind of code that a text looks like, or nothing: words alone, without a digit, are taken for a passphrase."""
    plain = "".join(text.upper().replace("-", "").split())
    if not plain.isascii() or not any(sign.isdecimal() for sign in plain):
        return ""
    if plain.isdecimal():
        return APP if len(plain) == _APP_DIGITS else ""
    return _LENGTHS.get(len(plain), "") if set(plain) <= _SIGNS else ""


def at_the_door(password: str, code: str) -> str:
    """The code of the sentence for what was typed in the wrong field of a sign-in; empty where nothing was."""
    if TOWN in (shape_of(password), shape_of(code)):
        return "frame-shape-town"
    found = shape_of(password)
    return f"frame-shape-{found}-password" if found else ""


def at_the_unlock(typed: str, *, is_recovery: bool) -> str:
    """The same for what was typed to unlock."""
    found = shape_of(typed)
    if found == TOWN:
        return "" if is_recovery else "frame-shape-town-passphrase"
    return f"frame-shape-{found}-unlock" if found else ""
