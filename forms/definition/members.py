"""Options of a field beside its schema: how it is asked, where its answers come from, and who never sees them.

Members of `fields` (SPEC.md section 6.4). What they refer to in other forms is looked at in `forms.records.references`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from forms import paths
from forms.definition import offers
from forms.definition.fields import NOTHING, Field
from forms.definition.parts import Parts
from forms.errors import BadPath
from forms.findings import Finding, finding
from forms.schema.leaves import Leaf

WIDGETS: Final[dict[str, tuple[str, ...]]] = {  # how each kind of question can be asked; the first unless it says so
    "text": ("text", "multiline", "month", "time", "record", "photo", "sound", "position"),
    "date": ("date", "month"),
    "choice": ("choices", "dropdown", "compact", "likert"),
    "choices": ("choices", "dropdown", "compact"),
    "integer": ("number", "slider"),
    "decimal": ("number", "slider"),
    "boolean": ("yes_no",),
}
MEDIA: Final = frozenset({"photo", "sound"})
RECORD: Final = "record"
AUDIENCES: Final = ("parents", "child", "partners")  # whom an export can be made for
OF_ANSWERS: Final = (  # members that speak of answers: a computed field has none
    "widget", "first", "from", "form", "key", "within", "prefill", "subject", "local_only", "must_answer",
    *offers.OF_ANSWERS,
)  # fmt: skip

_SLUG: Final = {"type": "string", "pattern": f"^{paths.NAME_PATTERN}$"}
_PATH: Final = {"type": "string", "minLength": 1}
_FLAG: Final = {"type": "boolean"}

SHAPE: Final[dict[str, Any]] = {
    "widget": {"type": "string"},
    "first": {"type": "string"},  # an expression: section 14
    "from": _SLUG,
    "form": _SLUG,
    "key": _PATH,
    "within": _PATH,
    "prefill": {
        "type": "object",
        "additionalProperties": False,
        "required": ["from", "take"],
        "properties": {"from": _PATH, "take": _PATH},
    },
    "subject": {"enum": ["object", "document", "person"]},
    "local_only": _FLAG,
    "confidential_from": {
        "type": "object",
        "additionalProperties": False,
        "required": ["who"],
        "properties": {
            "who": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": list(AUDIENCES)}},
            "if": {"type": "string"},
        },
    },
    "report": _FLAG,
}


class Reference(msgspec.Struct, frozen=True):
    """A question whose answer names another record, or an item of one: the one whose `key` has the same answer.

    `within` is a reference of the same form: only its record is looked in.
    """

    form: str
    key: str
    within: str | None = None


def listed_paths(fields: Mapping[str, Field]) -> frozenset[str]:
    """The questions that take their choices from a list of the municipality."""
    return frozenset(path for path, field in fields.items() if field.listed is not None)


def local_paths(fields: Mapping[str, Field]) -> frozenset[str]:
    """The questions whose answers never leave the device."""
    return frozenset(path for path, field in fields.items() if field.local_only)


def reference(path: str, field: Field) -> Reference | None:
    """The reference of a question; unless it says so, the key is the question of its own name."""
    if field.form is None:
        return None
    key = "/" + path.rpartition("/")[2] if field.key is None else field.key
    return Reference(field.form, key, field.within)


def is_template(path: str) -> bool:
    """True if a path can name a question: outside of items, or in one repeating group."""
    try:
        names = paths.parse(path)
    except BadPath:
        return False
    plain = all(not name.startswith("_") and not paths.is_item_id(name) for name in names)
    return plain and names.count(paths.ANY_ITEM) <= 1 and paths.ANY_ITEM not in (names[0], names[-1])


def faults(parts: Parts, by_path: Mapping[str, Leaf]) -> Iterator[Finding]:
    """Every member that does not fit its question."""
    said, computed = parts.fields, parts.computed
    fields = {path: said.get(path, NOTHING) for path in by_path}
    for path, leaf in by_path.items():
        yield from _widget(leaf, fields[path])
        yield from _reference(leaf, fields)
        yield from _prefill(leaf, fields)
        yield from _local(leaf, fields[path])
        yield from offers.faults(leaf, fields[path])
    for path in computed:
        for name in OF_ANSWERS:
            if said.get(path, NOTHING).says(name):
                yield finding("member-misfit", path, name=name)
    for place, table in enumerate(parts.tables):
        for path in table:
            if (path not in by_path and path not in computed) or fields.get(path, NOTHING).local_only:
                yield finding("table-no-leaf", f"/tables/{place}", name=path)


def _widget(leaf: Leaf, field: Field) -> Iterator[Finding]:
    widget = WIDGETS[leaf.kind][0] if field.widget is None else field.widget
    if widget not in {name for names in WIDGETS.values() for name in names}:
        yield finding("unknown-widget", leaf.path, name=widget, known=", ".join(WIDGETS[leaf.kind]))
    elif widget not in WIDGETS[leaf.kind]:
        yield finding("widget-misfit", leaf.path, name=widget, known=", ".join(WIDGETS[leaf.kind]))
    elif widget == "slider" and not {"minimum", "maximum"} <= leaf.keywords:
        yield finding("slider-no-ends", leaf.path)
    if field.subject is not None and widget not in MEDIA:
        yield finding("subject-misfit", leaf.path)


def _reference(leaf: Leaf, fields: Mapping[str, Field]) -> Iterator[Finding]:
    field = fields[leaf.path]
    own = reference(leaf.path, field)
    if own is None:
        lone = field.key is not None or field.within is not None
        if lone or field.widget == RECORD:
            yield finding("reference-no-form", leaf.path)
        return
    if field.widget != RECORD:
        yield finding("reference-no-widget", leaf.path)
    if not is_template(own.key):
        yield finding("reference-no-path", leaf.path, name=own.key)
    if own.within is not None:
        around = _referring(own.within, leaf, fields)
        if around is None or around.form != own.form or paths.repeat_of(around.key) is not None:
            yield finding("within-misfit", leaf.path, name=own.within, form=own.form)


def _referring(path: str, leaf: Leaf, fields: Mapping[str, Field]) -> Reference | None:
    """The reference at this path, if it is another question, of the same item or outside of items."""
    reachable = path != leaf.path and paths.repeat_of(path) in {None, leaf.repeat}
    return reference(path, fields[path]) if reachable and path in fields else None


def _prefill(leaf: Leaf, fields: Mapping[str, Field]) -> Iterator[Finding]:
    own = fields[leaf.path].prefill
    if own is None:
        return
    origin = _referring(own.from_, leaf, fields)
    if origin is None or fields[leaf.path].form is not None or paths.repeat_of(own.from_) != leaf.repeat:
        yield finding("prefill-no-reference", leaf.path, name=own.from_)
    elif not is_template(own.take):
        yield finding("reference-no-path", leaf.path, name=own.take)
    elif paths.repeat_of(own.take) not in {None, paths.repeat_of(origin.key)}:
        yield finding("prefill-many", leaf.path, name=own.take)
    elif fields[own.from_].local_only and not fields[leaf.path].local_only:
        yield finding("local-read", leaf.path, name=own.from_)


def _local(leaf: Leaf, field: Field) -> Iterator[Finding]:
    """Nobody merges, reports, demands or keeps apart what no server ever has."""
    if field.local_only:
        if leaf.required or field.required_if is not None:
            yield finding("local-required", leaf.path)
        for name in ("merge", "report", "confidential_from", "must_answer"):
            if field.says(name):
                yield finding("local-misfit", leaf.path, name=name)
