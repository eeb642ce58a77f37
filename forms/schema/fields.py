"""The member of `fields` beside a question or computed field, read once (SPEC.md sections 6.1, 6.4, 10.10).

Everybody who asks what a form says of a question asks this: hiding, computing, the export, the lint. `parts.read` reads
those of a document of the right shape; `lenient` one of a draft as it is, and leaves out what has another shape.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

Words = Mapping[str, str]
"""One text in several languages."""

Attributes = Mapping[str, Mapping[str, str | int | float]]
"""Values of the choices of a question, by their codes."""


class Prefill(msgspec.Struct, frozen=True):
    """An answer that a device takes over when the reference `from_` is answered: what stands at `take` there."""

    from_: str = msgspec.field(name="from")
    take: str


class Confidential(msgspec.Struct, frozen=True):
    """The readers whose export leaves a question out, while the condition holds if there is one."""

    who: tuple[str, ...]
    condition: str | None = msgspec.field(name="if", default=None)


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """All that a form says of one question or computed field beside its schema. None: it does not say it.

    `listed` is the municipality's list that gives its choices; `form`, `key` and `within` say which record an answer
    names; `attributes` are those of its own choices, or names of attributes of the list.
    """

    label: Words = {}
    hint: Words | None = None
    choices: Mapping[str, Words] | None = None
    merge: str | None = None
    sensitivity: str | None = None
    show_if: str | None = None
    required_if: str | None = None
    first: str | None = None
    offer_if: str | None = None
    attributes: Attributes | tuple[str, ...] | None = None
    must_answer: str | None = None
    widget: str | None = None
    listed: str | None = msgspec.field(name="from", default=None)
    form: str | None = None
    key: str | None = None
    within: str | None = None
    prefill: Prefill | None = None
    subject: str | None = None
    local_only: bool | None = None
    confidential_from: Confidential | None = None
    report: bool | None = None

    def says(self, member: str) -> bool:
        """True if the form says this of it, whatever it says; a member is named as in the document."""
        return getattr(self, _ATTRIBUTES[member]) is not None


_MEMBERS: Final = msgspec.structs.fields(Field)
_ATTRIBUTES: Final = {one.encode_name: one.name for one in _MEMBERS}
MEMBERS: Final = tuple(_ATTRIBUTES)
NOTHING: Final = Field()
"""A field of which the form says nothing."""


def lenient(said: Any) -> Field:
    """One field of a draft; what has not the shape of its member is left out, of words only what is no text."""
    if not isinstance(said, Mapping):
        return NOTHING
    try:
        return msgspec.convert(said, Field)
    except msgspec.ValidationError:
        return Field(**{one.name: value for one in _MEMBERS if (value := _taken(one, said)) is not None})


def _taken(member: msgspec.structs.FieldInfo, said: Mapping[str, Any]) -> Any:
    value = said.get(member.encode_name)
    if value is not None and member.name in ("label", "hint"):
        return words(value)
    if member.name == "choices":
        return {code: words(one) for code, one in value.items()} if isinstance(value, Mapping) else None
    try:
        return None if value is None else msgspec.convert(value, member.type)
    except msgspec.ValidationError:
        return None


def words(value: Any) -> dict[str, str]:
    """The words per language that are text."""
    members = value if isinstance(value, Mapping) else {}
    return {language: text for language, text in members.items() if isinstance(text, str)}
