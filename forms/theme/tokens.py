"""The design tokens that a theme may set, as data: names, our own values, bounds, and which are put together.

`tokens.json` holds the table; `field/app.css` has the same values (a test compares them).
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import msgspec

Scheme = Literal["light", "dark"]
SCHEMES: Final[tuple[Scheme, Scheme]] = ("light", "dark")


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every token by its name without the hyphens of CSS (SPEC.md section 2).

    `colours` have a value for light and one for dark; `lengths` and `numbers` a value, the least and the most;
    `families` our own stack; `fonts` are the names that a family may hold. `text` and `parts` say for a colour on which
    others it is put: text, and what is no text and must be seen (borders of fields, the ring of the focus).
    """

    colours: Mapping[str, tuple[str, str]]
    lengths: Mapping[str, tuple[str, str, str]]
    numbers: Mapping[str, tuple[str, str, str]]
    families: Mapping[str, str]
    fonts: tuple[str, ...]
    text: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, tuple[str, ...]]

    def known(self) -> frozenset[str]:
        """The names of all tokens."""
        return frozenset({*self.colours, *self.lengths, *self.numbers, *self.families})

    def own(self, scheme: Scheme) -> dict[str, str]:
        """Our own colours in one scheme."""
        return {name: pair[SCHEMES.index(scheme)] for name, pair in self.colours.items()}


@cache
def table() -> Table:
    """The table of this release."""
    return msgspec.json.decode(files("forms").joinpath("theme", "tokens.json").read_bytes(), type=Table)
