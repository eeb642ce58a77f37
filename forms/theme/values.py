"""Values of design tokens: each is read into one safe form, or is none (SPEC.md section 3).

Nothing of a document is ever copied into a style sheet: a colour comes out as `#rrggbb`, a length and a number as
digits, a family as names of our own list.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from forms.theme.tokens import Table

REM_PX: Final = 16
FAMILIES_MAX: Final = 20  # names in one list: nobody names more
_SHORT: Final = re.compile(r"#[0-9a-fA-F]{3}")
_LONG: Final = re.compile(r"#[0-9a-fA-F]{6}")
_RGB: Final = re.compile(r"rgb\( ?([0-9]{1,3})(?:, ?| )([0-9]{1,3})(?:, ?| )([0-9]{1,3}) ?\)")
_LENGTH: Final = re.compile(r"([0-9]{0,4}(?:\.[0-9]{1,4})?)(px|rem)")
_NUMBER: Final = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4})?")


def colour(value: Any) -> str | None:
    """A colour without transparency as `#rrggbb`; nothing for anything else, for its contrast is not known."""
    if isinstance(value, Mapping):
        return _components(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    if _SHORT.fullmatch(text):
        return "#" + "".join(2 * sign for sign in text[1:].lower())
    if _LONG.fullmatch(text):
        return text.lower()
    found = _RGB.fullmatch(text)
    parts = [int(part) for part in found.groups()] if found else [256]
    return "#" + "".join(f"{part:02x}" for part in parts) if max(parts) < 256 else None


def _components(value: Mapping[str, Any]) -> str | None:
    """A colour as the Design Tokens format writes it since 2025: shares of red, green and blue in sRGB."""
    shares = value.get("components")
    if value.get("colorSpace") != "srgb" or value.get("alpha", 1) != 1 or not isinstance(shares, Sequence):
        return None
    if len(shares) != 3 or not all(_is_number(share) and 0 <= share <= 1 for share in shares):
        return None
    return "#" + "".join(f"{int(share * 255 + 0.5):02x}" for share in shares)


def length(value: Any) -> tuple[str, float] | None:
    """A length in `px` or `rem` as it stands in CSS, and in pixels; 0 needs no unit."""
    if value in (0, "0") and not isinstance(value, bool):
        return "0px", 0.0
    amount: float
    if isinstance(value, Mapping) and value.get("unit") in ("px", "rem") and _is_number(value.get("value")):
        amount, unit = float(value["value"]), str(value["unit"])
    elif isinstance(value, str) and (found := _LENGTH.fullmatch(value.strip())) and found[1]:
        amount, unit = float(found[1]), found[2]
    else:
        return None
    if not 0 <= amount < 10_000:
        return None
    return f"{digits(amount)}{unit}", amount * (REM_PX if unit == "rem" else 1)


def number(value: Any) -> tuple[str, float] | None:
    """A number without a unit as it stands in CSS, and as a number."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    return (digits(float(value)), float(value)) if _is_number(value) and 0 <= value < 10_000 else None


def family(value: Any, table: Table) -> tuple[list[str], list[str]] | None:
    """The names of a list of fonts that we know, as we write them, and those that are not ours; nothing if it is no
    list of names."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, Sequence) or not 1 <= len(names) <= FAMILIES_MAX:
        return None
    if not all(isinstance(name, str) and name.strip() for name in names):
        return None
    ours = {font.lower(): font for font in table.fonts}
    plain = [" ".join(name.replace('"', " ").replace("'", " ").split()) for name in names]
    known = list(dict.fromkeys(ours[name.lower()] for name in plain if name.lower() in ours))
    return known, [name for name in plain if name.lower() not in ours]


def digits(value: float) -> str:
    """A number in at most four decimals, without an exponent."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
