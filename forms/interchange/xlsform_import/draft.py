"""The form as it is being made: its questions, what they are called, and its expressions with where they came from."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from forms import paths
from forms.expressions.kinds import Kind
from forms.interchange.ledger import Ledger
from forms.interchange.xlsform_import.speech import Words
from forms.interchange.xlsform_import.values import Named, Why
from forms.interchange.xlsform_import.walk import Block, Item
from forms.sentences import phrase

INSTEAD: Final[Mapping[str, Why]] = {  # what holds where the expression of a column was not carried over
    "relevant": phrase("import-instead-relevant"),
    "note": phrase("import-instead-silent"),
    "or_other": phrase("import-instead-relevant"),
    "constraint": phrase("import-instead-constraint"),
    "choice_filter": phrase("import-instead-offered"),
    "required": phrase("import-instead-not-required"),
    "repeat_count": phrase("import-instead-count"),
    "default": phrase("import-instead-empty"),
}
CHECKS_LAST: Final = 1_000_000  # where checks stand whose place among the others is not known


class Expression(msgspec.Struct):
    """One expression of the form: its text here, and the cells that it came from (source and column)."""

    text: str
    origins: list[tuple[str, str]]


class Asked(msgspec.Struct):
    """One question or computed field of the form."""

    source: str
    old: str
    name: str
    kind: Kind
    label: Words
    repeat: str | None = None
    schema: dict[str, Any] | None = None
    field: dict[str, Any] = msgspec.field(default_factory=dict)
    required: bool = False
    show_if: Expression | None = None
    offer_if: Expression | None = None
    required_if: Expression | None = None
    computed: Expression | None = None
    first: Expression | None = None
    """What it is answered with when a record is begun."""
    exact: Expression | None = None
    """What our own export says that it computes."""
    listed: bool = True
    decided: bool = False
    """Whether somebody chose its class before."""
    at: str = ""
    """Where our own export says that it stands, if that is in a group."""

    @property
    def path(self) -> str:
        """Its template in the form."""
        return self.at or (f"/{self.name}" if self.repeat is None else f"{self.repeat}/*/{self.name}")

    @property
    def named(self) -> Named:
        """As an expression names it."""
        return Named(self.name, self.kind, self.repeat, self.path)


class Check(msgspec.Struct):
    """One cross-check: what must hold, where, and what is said otherwise."""

    if_not: Expression
    at: str
    say: Words
    level: str = "error"
    place: int = CHECKS_LAST


class Section(msgspec.Struct):
    """One page: its title, what stands on it, and when it is shown."""

    key: tuple[str, ...]
    title: Words
    fields: list[str]
    repeat: str | None = None
    show_if: Expression | None = None
    banner: Words | None = None
    banner_if: Expression | None = None


class Template(msgspec.Struct, frozen=True):
    """A calculation that joins answers: its row, its words with names of the workbook, why it is no computed field."""

    source: str
    text: str
    why: Why


class Draft(msgspec.Struct):
    """Everything that becomes the form document."""

    ledger: Ledger
    slug: str = ""
    title: Words = msgspec.field(default_factory=dict)
    version: int = 1
    asked: list[Asked] = msgspec.field(default_factory=list)
    repeats: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    """The path of every repeating group, with what the schema says of how many items it has."""
    sections: list[Section] = msgspec.field(default_factory=list)
    checks: list[Check] = msgspec.field(default_factory=list)
    members: dict[str, Any] = msgspec.field(default_factory=dict)
    """Other members of the document, from our own export."""
    mentioned: Mapping[str, set[str]] = msgspec.field(default_factory=dict)
    """The names that the words of each row mention, as the workbook has them."""
    templates: dict[str, Template] = msgspec.field(default_factory=dict)
    """Calculations that only join answers to a text, by their name in the workbook."""
    frame: dict[str, Any] = msgspec.field(default_factory=lambda: {"type": "object", "additionalProperties": False})
    """What the schema says of the whole."""
    texts: Mapping[str, str] = {}
    """Texts that mention answers, as our own export wrote them, and what each is here."""
    lists: dict[str, str] = msgspec.field(default_factory=dict)
    """The lists of the municipality that are needed, by the name that they have here."""


class Placed(msgspec.Struct):
    """A row of the survey, what was made of it, and where its repeat stands."""

    item: Item
    asked: list[Asked]
    repeat: str | None = None


Blocks = dict[str, Block]


def document(draft: Draft) -> dict[str, Any]:
    """The form document as it stands, without what a person must add first."""
    schema: dict[str, Any] = {**draft.frame, "properties": {}}
    for one in draft.asked:
        if one.schema is not None:
            around = _around(schema, one.path, draft.repeats)
            around["properties"][one.name] = one.schema
            if one.required:
                around.setdefault("required", []).append(one.name)
    made: dict[str, Any] = {
        "form": draft.slug,
        "version": draft.version,
        "title": draft.title,
        **draft.members,
        "schema": schema,
        "layout": [_section(section) for section in draft.sections],
        "fields": {one.path: _field(one) for one in draft.asked},
    }
    computed = {one.path: one.computed.text for one in draft.asked if one.computed is not None}
    if computed:
        made["computed"] = computed
    if draft.checks:
        made["checks"] = [_check(check) for check in draft.checks]
    return made


def _around(schema: dict[str, Any], path: str, repeats: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The object of the schema in which a question stands, made on the way."""
    node, names = schema, paths.parse(path)
    for place, name in enumerate(names[:-1]):
        if name == paths.ANY_ITEM:
            continue
        inside: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
        bounds = repeats.get(paths.format(names[: place + 1]))
        made = inside if bounds is None else {"type": "array", **bounds, "items": inside}
        node = node.setdefault("properties", {}).setdefault(name, made)
        node = node if bounds is None else node.setdefault("items", inside)
    node.setdefault("properties", {})
    return node


def _field(one: Asked) -> dict[str, Any]:
    rules = {"first": one.first, "show_if": one.show_if, "offer_if": one.offer_if, "required_if": one.required_if}
    return {"label": one.label, **one.field, **{name: rule.text for name, rule in rules.items() if rule is not None}}


def _section(section: Section) -> dict[str, Any]:
    made: dict[str, Any] = {"section": section.title}
    if section.repeat is not None:
        made["repeat"] = section.repeat
    made["fields"] = section.fields
    if section.show_if is not None:
        made["show_if"] = section.show_if.text
    if section.banner is not None and section.banner_if is not None:
        made["banner"] = {"show_if": section.banner_if.text, "say": section.banner}
    return made


def _check(check: Check) -> dict[str, Any]:
    made: dict[str, Any] = {"if_not": check.if_not.text, "at": check.at, "say": check.say}
    return made if check.level == "error" else {**made, "level": check.level}
