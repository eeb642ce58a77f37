"""The parts of a form document beside its schema, read once: its pages, fields, computed fields and checks.

SPEC.md sections 6.1 and 10. Everybody who asks for a page, a check or a computed field as it was written asks this.
`read` expects a document of the right shape; `lenient` takes a draft as it is and leaves out what has another shape.
It never moves what stands behind that: a page or check keeps its number.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from forms import paths
from forms.schema import fields
from forms.schema.fields import Field, Words, words

ERROR: Final = "error"

T = TypeVar("T")


class WrittenBanner(msgspec.Struct, frozen=True):
    """The text above a page while a condition holds, as it was written."""

    show_if: str = ""
    say: Words = {}


class Page(msgspec.Struct, frozen=True):
    """One page as it was written: its title, the names of what stands on it, and when it is shown.

    With `repeat` the names are those inside that repeating group; without it they are paths.
    """

    section: Words = {}
    fields: tuple[str, ...] = ()
    repeat: str | None = None
    show_if: str | None = None
    banner: WrittenBanner | None = None

    @property
    def templates(self) -> tuple[str, ...]:
        """The questions and computed fields on it, by template."""
        if self.repeat is None:
            return self.fields
        return tuple(f"{self.repeat}/{paths.ANY_ITEM}/{name}" for name in self.fields)


class WrittenCheck(msgspec.Struct, frozen=True, omit_defaults=True):
    """A check as it was written: its condition, the question that it stands at, and its text where it does not hold."""

    if_not: str = ""
    at: str = ""
    say: Words = {}
    level: str = ERROR


class Parts(msgspec.Struct, frozen=True):
    """All parts of a document. `trees` are those of its expressions, which only a published version carries."""

    fields: Mapping[str, Field] = {}
    layout: tuple[Page, ...] = ()
    computed: Mapping[str, str] = {}
    checks: tuple[WrittenCheck, ...] = ()
    tables: tuple[tuple[str, ...], ...] = ()
    trees: Mapping[str, Any] | None = None

    @property
    def order(self) -> tuple[str, ...]:
        """All that stands on the pages, in their order, by template."""
        return tuple(path for page in self.layout for path in page.templates)


def read(document: Mapping[str, Any]) -> Parts:
    """The parts of a document of the right shape."""
    return msgspec.convert(document, Parts)


def lenient(document: Any) -> Parts:
    """The parts of a draft, whatever it is."""
    said: Mapping[str, Any] = document if isinstance(document, Mapping) else {}
    return Parts(
        fields={path: fields.lenient(one) for path, one in _members(said.get("fields")) if isinstance(one, Mapping)},
        layout=tuple(_each(said.get("layout"), _page)),
        computed={path: text for path, text in _members(said.get("computed")) if isinstance(text, str)},
        checks=tuple(_each(said.get("checks"), _check)),
        tables=tuple(_each(said.get("tables"), _names)),
    )


def _members(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, Mapping) else []


def _each(value: Any, made: Callable[[Any], T]) -> list[T]:
    return [made(one) for one in value] if isinstance(value, list | tuple) else []


def _page(value: Any) -> Page:
    """One page of a draft; a group without its stroke and a name with its group are read as they are meant."""
    said = dict(_members(value))
    group = (_text(said.get("repeat")) or "").strip("/")
    before = f"/{group}/{paths.ANY_ITEM}/" if group else ""
    banner = dict(_members(said["banner"])) if isinstance(said.get("banner"), Mapping) else None
    return Page(
        words(said.get("section")),
        tuple(name.removeprefix(before) for name in _names(said.get("fields"))),
        f"/{group}" if group else None,
        _text(said.get("show_if")),
        None if banner is None else WrittenBanner(_text(banner.get("show_if")) or "", words(banner.get("say"))),
    )


def _check(value: Any) -> WrittenCheck:
    said = dict(_members(value))
    text = {name: _text(said.get(name)) or "" for name in ("if_not", "at")}
    return WrittenCheck(**text, say=words(said.get("say")), level=_text(said.get("level")) or ERROR)


def _names(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
