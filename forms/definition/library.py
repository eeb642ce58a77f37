"""The forms that ship with this software, as data files beside it, every version of each (SPEC.md section 7).

`<form>.json` is the newest version, `<form>-1.json` the first: what was published stays, byte for byte.
"""

from functools import cache
from importlib.resources import files
from typing import Final

from forms.definition.document import Form, load_form
from forms.errors import UnknownForm

SLUGS: Final = ("dossier", "huisbezoek", "schoolcheck", "signaal", "traject")
NEWEST: Final = 2  # of every form that ships
LISTS: Final = ("grondslagen", "organisaties")  # that a municipality begins with; it makes them its own


@cache
def shipped_raw(slug: str, version: int = NEWEST) -> bytes:
    """The bytes of a form that ships, the newest version unless one is named: what a municipality publishes."""
    if slug not in SLUGS:
        raise UnknownForm(slug=slug, known=", ".join(SLUGS))
    name = f"{slug}.json" if version == NEWEST else f"{slug}-{version}.json"
    return files("forms").joinpath("library", name).read_bytes()


def first_raw(slug: str) -> bytes:
    """The bytes of the first version of a form that ships."""
    return shipped_raw(slug, 1)


def shipped_versions(slug: str) -> tuple[bytes, ...]:
    """Every version of a form that ships, the oldest first: in this order they are published."""
    return tuple(shipped_raw(slug, version) for version in range(1, NEWEST + 1))


@cache
def shipped_form(slug: str, version: int = NEWEST) -> Form:
    """A form that ships, by its name, the newest version unless one is named."""
    return load_form(shipped_raw(slug, version))


def shipped() -> tuple[Form, ...]:
    """The newest version of all forms that ship, by name."""
    return tuple(shipped_form(slug) for slug in SLUGS)


def shipped_list(name: str) -> bytes:
    """The table of a list that a municipality begins with."""
    return files("forms").joinpath("library", "lists", f"{name}.csv").read_bytes()
