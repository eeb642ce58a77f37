"""Options of a field beside its schema: how it is asked, where its answers come from, and who never sees them.

Members of `fields` (SPEC.md section 6.4). What they refer to in other forms is looked at in `forms.records.references`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from forms import paths
from forms.definition import offers
from forms.definition.parts import Parts
from forms.errors import BadPath
from forms.findings import Finding, finding
from forms.schema.fields import NOTHING, Field
from forms.schema.question import MEDIA, WIDGETS, Question, Reference

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


def local_paths(fields: Mapping[str, Field]) -> frozenset[str]:
    """The questions whose answers never leave the device."""
    return frozenset(path for path, field in fields.items() if field.local_only)


def is_template(path: str) -> bool:
    """True if a path can name a question: outside of items, or in one repeating group."""
    try:
        names = paths.parse(path)
    except BadPath:
        return False
    plain = all(not name.startswith("_") and not paths.is_item_id(name) for name in names)
    return plain and names.count(paths.ANY_ITEM) <= 1 and paths.ANY_ITEM not in (names[0], names[-1])


def faults(parts: Parts, by_path: Mapping[str, Question]) -> Iterator[Finding]:
    """Every member that does not fit its question."""
    for question in by_path.values():
        yield from _widget(question)
        yield from _reference(question, by_path)
        yield from _prefill(question, by_path)
        yield from _local(question)
        yield from offers.faults(question)
    for path in parts.computed:
        for name in OF_ANSWERS:
            if parts.fields.get(path, NOTHING).says(name):
                yield finding("member-misfit", path, name=name)
    for place, table in enumerate(parts.tables):
        for path in table:
            if (path not in by_path and path not in parts.computed) or (path in by_path and by_path[path].local_only):
                yield finding("table-no-leaf", f"/tables/{place}", name=path)


def _widget(question: Question) -> Iterator[Finding]:
    widget, known = question.widget, WIDGETS[question.kind]
    if widget not in {name for names in WIDGETS.values() for name in names}:
        yield finding("unknown-widget", question.path, name=widget, known=", ".join(known))
    elif widget not in known:
        yield finding("widget-misfit", question.path, name=widget, known=", ".join(known))
    elif widget == "slider" and not {"minimum", "maximum"} <= question.node.keys():
        yield finding("slider-no-ends", question.path)
    if question.subject is not None and widget not in MEDIA:
        yield finding("subject-misfit", question.path)


def _reference(question: Question, by_path: Mapping[str, Question]) -> Iterator[Finding]:
    field, own = question.field, question.reference
    if own is None:
        lone = field.key is not None or field.within is not None
        if lone or field.widget == RECORD:
            yield finding("reference-no-form", question.path)
        return
    if field.widget != RECORD:
        yield finding("reference-no-widget", question.path)
    if not is_template(own.key):
        yield finding("reference-no-path", question.path, name=own.key)
    if own.within is not None:
        around = _referring(own.within, question, by_path)
        if around is None or around.form != own.form or paths.repeat_of(around.key) is not None:
            yield finding("within-misfit", question.path, name=own.within, form=own.form)


def _referring(path: str, question: Question, by_path: Mapping[str, Question]) -> Reference | None:
    """The reference at this path, if it is another question, of the same item or outside of items."""
    reachable = path != question.path and paths.repeat_of(path) in {None, question.repeat}
    return by_path[path].reference if reachable and path in by_path else None


def _prefill(question: Question, by_path: Mapping[str, Question]) -> Iterator[Finding]:
    own = question.prefill
    if own is None:
        return
    origin = _referring(own.from_, question, by_path)
    if origin is None or question.reference is not None or paths.repeat_of(own.from_) != question.repeat:
        yield finding("prefill-no-reference", question.path, name=own.from_)
    elif not is_template(own.take):
        yield finding("reference-no-path", question.path, name=own.take)
    elif paths.repeat_of(own.take) not in {None, paths.repeat_of(origin.key)}:
        yield finding("prefill-many", question.path, name=own.take)
    elif by_path[own.from_].local_only and not question.local_only:
        yield finding("local-read", question.path, name=own.from_)


def _local(question: Question) -> Iterator[Finding]:
    """Nobody merges, reports, demands or keeps apart what no server ever has."""
    if question.local_only:
        if question.required or question.field.required_if is not None:
            yield finding("local-required", question.path)
        for name in ("merge", "report", "confidential_from", "must_answer"):
            if question.field.says(name):
                yield finding("local-misfit", question.path, name=name)
