"""Names that our forms allow, each once in its table (SPEC.md section 2.4)."""

import re
import unicodedata
from typing import Final

from forms import paths
from forms.expressions.tree import KEYWORDS

LENGTH_MAX: Final = 63
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")  # dateOfBirth
_OTHER: Final = re.compile(r"[^a-z0-9]+")


def slug(text: str, otherwise: str = "veld") -> str:
    """The nearest name that is allowed: small letters, digits and _, a letter first."""
    spelled = _HUMP.sub("_", unicodedata.normalize("NFKD", text))
    plain = spelled.encode("ascii", "ignore").decode().lower()
    name = _OTHER.sub("_", plain).strip("_")
    if not name:
        name = otherwise
    if not name[0].isalpha() or name in KEYWORDS:
        name = f"v_{name}"
    return name[:LENGTH_MAX].rstrip("_")


def kept(text: str) -> str:
    """A name as it is if it is allowed, otherwise the nearest."""
    return text if paths.NAME.fullmatch(text) and text not in KEYWORDS else slug(text)


class Names:
    """Gives every question a name that is free in its table: outside of repeats, or within one."""

    def __init__(self) -> None:
        self._taken: dict[str | None, set[str]] = {}
        self._numbers: dict[tuple[str | None, str], int] = {}  # all below are taken: one name may stand in every group

    def give(self, wanted: str, repeat: str | None) -> str:
        """The name itself, or the first free one with a number behind it."""
        taken = self._taken.setdefault(repeat, set())
        base = name = kept(wanted)
        number = self._numbers.get((repeat, base), 2)
        while name in taken:
            end = f"_{number}"
            name, number = base[: LENGTH_MAX - len(end)] + end, number + 1
        taken.add(name)
        self._numbers[repeat, base] = number
        return name
