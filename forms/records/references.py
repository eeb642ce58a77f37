"""From one record to another, without a connection: what a reference means and what is taken over (SPEC.md 6.6)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from forms import paths
from forms.answers import canonical
from forms.definition.document import Form
from forms.findings import Finding, finding
from forms.schema.question import Question

_SAME: Final = {  # kinds of answers that are also answers to a question of another kind
    ("choice", "text"),
    ("date", "text"),
    ("integer", "decimal"),
}

Document = Mapping[str, Any]


def faults(form: Form, others: Mapping[str, Form]) -> tuple[Finding, ...]:
    """Find wrong references to other forms. `others` are the newest versions by name; a form knows itself."""
    known = {**others, form.slug: form}
    found: list[Finding] = []
    asked = {question.path: question for question in (*form.questions, *form.local)}
    for question in asked.values():
        if question.reference is not None:
            found += _reference(question, known)
        elif question.prefill is not None:
            origin = asked[question.prefill.from_].reference
            there = known.get(origin.form) if origin is not None else None
            found += _prefill(question, form, there) if there is not None else ()
    return tuple(found)


def _reference(question: Question, known: Mapping[str, Form]) -> Iterator[Finding]:
    assert question.reference is not None
    there = known.get(question.reference.form)
    if there is None:
        yield finding("reference-unknown-form", question.path, form=question.reference.form)
        return
    key = there.leaf(question.reference.key)
    if key is None or key.kind != "text":
        yield finding("reference-no-key", question.path, form=there.slug, name=question.reference.key)


def _prefill(question: Question, form: Form, there: Form) -> Iterator[Finding]:
    """Check that a prefilled answer has the same kind, and here at least as good protection as there."""
    assert question.prefill is not None
    take = question.prefill.take
    taken = next((one for one in (*there.questions, *there.local) if one.path == take), None)
    if taken is None:
        yield finding("prefill-no-question", question.path, form=there.slug, name=take)
        return
    kinds = taken.kind == question.kind or (taken.kind, question.kind) in _SAME
    codes = not question.codes or set(taken.codes) <= set(question.codes)
    if not kinds or taken.listed != question.listed or (not taken.codes and question.codes) or not codes:
        yield finding("prefill-kind", question.path, name=take)
    kept = {who for one in there.logic.withheld if one.path == take for who in one.who}
    keeps = {who for one in form.logic.withheld if one.path == question.path for who in one.who}
    looser = taken.sensitivity > question.sensitivity or (taken.local_only and not question.local_only)
    if looser or (not kept <= keeps and not question.local_only):
        yield finding("prefill-class", question.path, name=take)


def found(question: Question, answer: Any, records: Iterable[Document]) -> Iterator[tuple[Document, Document | None]]:
    """The records that a reference means: those of the other form in which the key has this answer, as they are shown.

    With each comes the item that has it, if the key stands in a repeating group.
    """
    assert question.reference is not None
    key, wanted = question.reference.key, canonical(answer)
    for record in records:
        for item, value in _at(record, key):
            if value is not None and canonical(value) == wanted:
                yield record, item


def prefilled(form: Form, path: str, answer: Any, records: Iterable[Document]) -> dict[str, Any]:
    """The answers that a device fills in when the reference at this path gets this answer; in an item, of that item.

    `records` are the records of the form referred to that the device holds, as they are shown; with `within`, only
    the one that it refers to. Nothing is filled in unless all that is found says the same. The device writes what comes
    out only where nothing is answered yet; from then on it is the worker's own answer.
    """
    template = paths.template(path)
    asked = (*form.questions, *form.local)
    reference = next((question for question in asked if question.path == template), None)
    if reference is None or reference.reference is None:
        return {}
    means = list(found(reference, answer, records))
    filled = {}
    for question in asked:
        if question.prefill is None or question.prefill.from_ != template:
            continue
        take = question.prefill.take
        values = [value for record, item in means for value in _taken(record, item, take)]
        if values and values[0] is not None and len(set(map(canonical, values))) == 1:
            filled[_beside(path, question)] = values[0]
    return filled


def _taken(record: Document, item: Document | None, take: str) -> Iterator[Any]:
    if paths.repeat_of(take) is not None:
        yield item.get(take.rpartition("/")[2]) if item is not None else None
    else:
        yield from (value for _, value in _at(record, take))


def _beside(path: str, question: Question) -> str:
    """The place of an answer to a question, seen from another in the same item."""
    return question.path if question.repeat is None else f"{path.rpartition('/')[0]}/{question.name}"


def _at(record: Document, template: str) -> Iterator[tuple[Document | None, Any]]:
    """The answers of a shown record at a template: once, or of every item with that item."""
    group = paths.repeat_of(template)
    around: Any = record
    *way, name = paths.parse(template if group is None else group)
    for part in way:
        around = around.get(part) if isinstance(around, Mapping) else None
    value = around.get(name) if isinstance(around, Mapping) else None
    if group is None:
        yield None, value
    else:
        last = template.rpartition("/")[2]
        items = [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
        yield from ((item, item.get(last)) for item in items)
