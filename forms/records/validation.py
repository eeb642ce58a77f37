"""Validates the answers of a record against its form (SPEC.md section 8.1).

Nothing is refused for its content: what does not fit is shown, and listed for a person.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import jsonschema_rs

from forms import paths
from forms.answers import ITEM_ID
from forms.definition.document import Form
from forms.definition.inspection import compiled
from forms.findings import Finding, finding
from forms.schema.question import Question

FINDING_CODES: Final = {  # the keyword that failed, and what is said of it
    "type": "wrong-kind",
    "enum": "unknown-choice",
    "format": "not-a-date",
    "pattern": "wrong-pattern",
    "minLength": "too-short",
    "maxLength": "too-long",
    "minimum": "too-low",
    "maximum": "too-high",
    "exclusiveMinimum": "not-above",
    "exclusiveMaximum": "not-below",
    "multipleOf": "wrong-step",
    "minItems": "too-few",
    "maxItems": "too-many",
    "uniqueItems": "chosen-twice",
}


class Validator:
    """One form version made ready once, to look at any number of its records."""

    def __init__(
        self, form: Form, may_be_hidden: Collection[str] = (), lists: Mapping[str, Collection[str]] | None = None
    ) -> None:
        """`may_be_hidden` are questions that are not always asked: the schema is not asked for those, so that a whole
        record stays on its quick way. `lists` are the codes of the municipality's lists that are at hand, those that
        are no longer offered included."""
        required = form.schema.get("required", [])
        self._if_asked = tuple(f"/{name}" for name in required if f"/{name}" in may_be_hidden)
        always = [name for name in required if f"/{name}" not in self._if_asked]
        self._schema = compiled({**form.schema, "required": always})
        self._repeats = tuple((repeat, paths.parse(repeat)) for repeat in form.repeats)
        asked = [question for question in (*form.questions, *form.local) if question.listed in (lists or {})]
        self._listed = [(question, frozenset((lists or {})[question.listed or ""])) for question in asked]
        self._place = {question.path: place for place, question in enumerate(form.questions)}

    def findings(
        self, document: Mapping[str, Any], hidden: Collection[str] = (), more: Collection[Finding] = ()
    ) -> tuple[Finding, ...]:
        """Everything that does not fit, in the order of the form, `more` among it; an item is named by its id.

        Of what `may_be_hidden`, only what is not `hidden` is missed.

        Takes documents that `answers.assemble` made of values that `answers.check` let pass.
        """
        bare, ids = self._bare(document)
        found = {finding("missing", path) for path in self._if_asked if path[1:] not in document and path not in hidden}
        found |= {*more}
        if not self._schema.is_valid(bare):
            found |= {one for error in self._schema.iter_errors(bare) for one in self._said(error, ids)}
        found |= {finding("unknown-choice", path) for path in self._unlisted(document)}
        return tuple(sorted(found, key=self._order))

    def _unlisted(self, document: Mapping[str, Any]) -> Iterator[str]:
        """Answers that the list of their question does not have; what is no text is the schema's to say."""
        for question, codes in self._listed:
            for path, value in _answers(document, question):
                chosen = value if isinstance(value, list) else [value]
                if any(isinstance(code, str) and code not in codes for code in chosen):
                    yield path

    def _bare(self, document: Mapping[str, Any]) -> tuple[Mapping[str, Any], dict[str, list[str]]]:
        """The document without the ids of items, which are addresses and no answers, and those ids apart."""
        ids: dict[str, list[str]] = {}
        for repeat, names in self._repeats:
            items = document
            for name in names:
                items = items.get(name, {}) if isinstance(items, Mapping) else {}
            if isinstance(items, list):
                ids[repeat] = [item[ITEM_ID] for item in items]
                bare = [{name: value for name, value in item.items() if name != ITEM_ID} for item in items]
                document = _replaced(document, names, bare)
        return document, ids

    def _said(self, error: jsonschema_rs.ValidationError, ids: Mapping[str, list[str]]) -> Iterator[Finding]:
        keyword, facts = error.kind.name, error.kind.as_dict()
        at = self._at(error.instance_path, ids)
        if keyword == "required":
            yield finding("missing", at + paths.format([facts["property"]]))
        elif keyword == "additionalProperties":
            for name in facts["unexpected"]:
                yield finding("no-such-question", at + paths.format([name]))
        else:
            limit = facts.get("limit", facts.get("multiple_of"))
            yield finding(FINDING_CODES[keyword], at, limit=limit)

    def _at(self, instance_path: list[str | int], ids: Mapping[str, list[str]]) -> str:
        """The field path of a fault: a place in a repeat becomes its item, one inside an answer its answer."""
        at = ""
        for name in instance_path:
            if isinstance(name, str):
                at += paths.format([name])
            elif at in ids:
                at += "/" + ids[at][name]
            else:
                break
        return at

    def _order(self, one: Finding) -> tuple[int, str, str]:
        return self._place.get(paths.template(one.path), len(self._place)), one.path, one.code


def _answers(document: Mapping[str, Any], question: Question) -> Iterator[tuple[str, Any]]:
    """The answers to one question, with the path of each."""
    *way, name = paths.parse(question.repeat or question.path)
    around: Any = document
    for part in way:
        around = around.get(part) if isinstance(around, Mapping) else None
    found = around.get(name) if isinstance(around, Mapping) else None
    if question.repeat is None:
        yield question.path, found
    else:
        for item in found if isinstance(found, list) else ():
            yield f"{question.repeat}/{item[ITEM_ID]}/{question.name}", item.get(question.name)


def _replaced(document: Mapping[str, Any], names: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A copy of the document with one member replaced; what was handed in stays as it was."""
    if len(names) == 1:
        return {**document, names[0]: value}
    return {**document, names[0]: _replaced(document[names[0]], names[1:], value)}
