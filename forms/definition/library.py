"""The forms that ship with this software, as data files beside it (SPEC.md section 7)."""

from functools import cache
from importlib.resources import files
from typing import Final

from forms.definition.document import Form, load_form
from forms.errors import UnknownForm

SLUGS: Final = ("dossier", "huisbezoek", "schoolcheck", "signaal", "traject")


@cache
def shipped_raw(slug: str) -> bytes:
    """The bytes of a form that ships: what a municipality publishes and signs, byte for byte."""
    if slug not in SLUGS:
        raise UnknownForm(slug=slug, known=", ".join(SLUGS))
    return files("forms").joinpath("library", f"{slug}.json").read_bytes()


@cache
def shipped_form(slug: str) -> Form:
    """A form that ships, by its name."""
    return load_form(shipped_raw(slug))


def shipped() -> tuple[Form, ...]:
    """All forms that ship, by name."""
    return tuple(shipped_form(slug) for slug in SLUGS)
