"""Filters of choices and answers that are demanded now and then: what a field says of both (SPEC.md section 10.10).

A filter is asked of one choice at a time. The choice stands where an item stands in a repeating group: a plain name
means its attribute, and after that an answer of the item in which the question is asked.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from forms import paths
from forms.expressions.kinds import NUMBER, TEXT, Kind, Scope
from forms.expressions.tree import KEYWORDS, Node, Tree, is_each, node_of, reads
from forms.findings import Finding, finding
from forms.schema.fields import Attributes, Field
from forms.schema.question import Question

CODE: Final = "code"  # the attribute that every choice has
ATTRIBUTES_MAX: Final = 20  # of one choice, as of a list of the municipality (SPEC.md 11.2)
VALUE_MAX: Final = 200  # characters of an attribute, likewise
CHOICE: Final = "/_choice"  # stands for the choice among the repeating groups of a scope; no path of a form is that

_VALUE: Final = {"anyOf": [{"type": "string", "maxLength": VALUE_MAX}, {"type": "number"}]}
_OF_ONE: Final = {"type": "object", "maxProperties": ATTRIBUTES_MAX, "additionalProperties": _VALUE}
SHAPE: Final[dict[str, Any]] = {
    "offer_if": {"type": "string"},
    "required_if": {"type": "string"},
    "attributes": {
        "anyOf": [
            {"type": "object", "additionalProperties": _OF_ONE},
            {"type": "array", "maxItems": ATTRIBUTES_MAX, "uniqueItems": True, "items": {"type": "string"}},
        ]
    },
}
OF_ANSWERS: Final = ("offer_if", "required_if", "attributes")
"""Members that speak of answers: a computed field has none."""


class Demand(msgspec.Struct, frozen=True):
    """A question that must be answered while the condition holds."""

    tree: Tree
    path: str
    repeat: str | None = None


class Offer(msgspec.Struct, frozen=True):
    """The condition under which a choice of a question is offered, asked of each choice by itself.

    `attributes` are those of the form's own choices by code; with `listed` they are those of the municipality's list.
    """

    tree: Tree
    path: str
    repeat: str | None = None
    attributes: Attributes = {}
    listed: str | None = None
    names: frozenset[str] = frozenset()

    @property
    def reads(self) -> frozenset[str]:
        """The templates of the answers that it reads, without what it reads of the choice."""
        return frozenset(path for _, path in reads(masked(node_of(self.tree), self.names), self.repeat))


def names_of(field: Field) -> tuple[str, ...]:
    """The attributes that the choices of a question have, its code first."""
    return tuple(dict.fromkeys((CODE, *_own(field))))


def _own(field: Field) -> list[str]:
    said = field.attributes or ()
    return [name for one in said.values() for name in one] if isinstance(said, Mapping) else list(said)


def attribute_kind(field: Field, name: str) -> Kind:
    """The kind of an attribute: a number if every choice that has it gives one."""
    said = field.attributes
    values = [one[name] for one in said.values() if name in one] if isinstance(said, Mapping) else []
    return NUMBER if values and all(not isinstance(value, str) for value in values) else TEXT


def scope_of_choice(scope: Scope, field: Field, repeat: str | None) -> Scope:
    """The names that a filter sees: of the choice, then of the item, then of the form."""
    around = scope.items.get(repeat, {}) if repeat is not None else {}
    own = {name: attribute_kind(field, name) for name in names_of(field)}
    return Scope(scope.by_path, scope.named, {**scope.items, CHOICE: {**around, **own}})


def masked(node: Node, names: frozenset[str]) -> Node:
    """A filter without what it reads of the choice: what is left reads answers alone."""
    if node.op == "name" and node.value in names:
        return Node("value", "", start=node.start, end=node.end)  # no null: to compare with that is a guard
    if is_each(node):  # inside stands an item, and no choice
        return msgspec.structs.replace(node, args=(masked(node.args[0], names), node.args[1]))
    return msgspec.structs.replace(node, args=tuple(masked(arg, names) for arg in node.args)) if node.args else node


def faults(question: Question) -> Iterator[Finding]:
    """The members of this kind that do not fit their question."""
    field, said = question.field, question.field.attributes
    if question.kind not in {"choice", "choices"}:
        yield from (
            finding("offer-misfit", question.path, name=name) for name in ("offer_if", "attributes") if field.says(name)
        )
        return
    if said is None:
        return
    if isinstance(said, tuple) != (field.listed is not None):
        yield finding("attributes-misfit", question.path)
        return
    unknown = [code for code in said if code not in set(question.codes)] if isinstance(said, Mapping) else []
    yield from (finding("attributes-no-choice", question.path, name=code) for code in unknown)
    for name in dict.fromkeys(_own(field)):
        if paths.NAME.fullmatch(name) is None or name in KEYWORDS or name == CODE:
            yield finding("attribute-name", question.path, name=name)
